/* One pass from stored voxels to the tensor: for each block of output slices the source slices it
 * needs are turned into HU in the model's axes, blended along s, then p, then l. Only the part
 * inside the crop is read. Voxels that are not a number count as the low end of the clip range. */
#include "model/preprocess.h"
#include "model/pool.h"
#include "model/resample.h"
#include <glib/gi18n.h>
#include <inttypes.h>
#include <math.h>

#define PADDING        -1.0f
#define MAX_RESAMPLED  100000 /* samples on one axis */
#define MAX_SLAB       24     /* source slices in memory at once, about */
#define SLICES_AN_ITEM 4

enum { S, L, P };

/* How the tensor lies on the volume. */
typedef struct {
  const MedctVolumeHeader *header;
  const MedctConfig *config;
  int axis[3];                    /* s, l, p → array axis */
  bool flip[3];                   /* s, l, p */
  int64_t size[3];                /* of the tensor: frames, image, image */
  int64_t resampled[3], start[3]; /* after resampling; first sample kept */
  int64_t pad[3], kept[3];        /* samples before; samples that are not padding */
} Layout;

static gboolean
lay_out_axis(Layout *layout, int a, GError **error)
{
  static const char *const names[] = {"superior", "left", "posterior"};
  const MedctVolumeHeader *h = layout->header;
  int64_t n = h->dims[layout->axis[a]], target = layout->size[a];
  double ratio = h->spacing_mm[layout->axis[a]] / layout->config->spacing_mm[a];
  double size = (double)n * ratio;
  if (!(size >= 1) || size > MAX_RESAMPLED || n > MAX_RESAMPLED) {
    g_autofree char *field = g_strdup_printf("extent toward %s", names[a]);
    g_autofree char *expected =
        g_strdup_printf("1 to %d voxels of %g mm", MAX_RESAMPLED, layout->config->spacing_mm[a]);
    medct_error_field(error, MEDCT_ERROR_UNSUPPORTED, h->name, field, expected,
                      N_("%" PRId64 " voxels of %g mm, %.4g when resampled"), n,
                      h->spacing_mm[layout->axis[a]], size);
    return FALSE;
  }
  int64_t resampled = (int64_t)size;
  layout->resampled[a] = resampled;
  layout->start[a] = resampled > target ? (resampled - target) / 2 : 0;
  layout->pad[a] = resampled < target ? (target - resampled) / 2 : 0;
  layout->kept[a] = MIN(resampled, target);
  return TRUE;
}

static gboolean
lay_out(Layout *layout, const MedctVolume *volume, const MedctConfig *config,
        const MedctPreprocessOptions *options, GError **error)
{
  MedctAxes axes = {{0, 1, 2}, {false, false, false}};
  if (options == NULL || !options->as_stored)
    axes = medct_volume_axes(volume);
  *layout = (Layout){.header = medct_volume_get_header(volume),
                     .config = config,
                     .axis = {axes.axis[2], axes.axis[0], axes.axis[1]},
                     .flip = {axes.flip[2], axes.flip[0], axes.flip[1]},
                     .size = {config->frames, config->image, config->image}};
  for (int a = 0; a < 3; a++)
    if (!lay_out_axis(layout, a, error))
      return FALSE;
  return TRUE;
}

static void
describe_field(const Layout *layout, MedctField *field)
{
  *field = (MedctField){.inside = -1};
  for (int a = 0; a < 3; a++) {
    double *row = field->to_voxel + 4 * layout->axis[a];
    double n_in = (double)layout->header->dims[layout->axis[a]];
    double scale = n_in / (double)layout->resampled[a];
    double offset = ((double)(layout->start[a] - layout->pad[a]) + 0.5) * scale - 0.5;
    row[a] = layout->flip[a] ? -scale : scale;
    row[3] = layout->flip[a] ? n_in - 1 - offset : offset;
    field->resampled[a] = layout->resampled[a];
    field->crop_start[a] = layout->start[a];
    field->pad_before[a] = layout->pad[a];
  }
}

gboolean
medct_preprocess_field(const MedctVolume *volume, const MedctConfig *config,
                       const MedctPreprocessOptions *options, MedctField *field, GError **error)
{
  Layout layout;
  if (!lay_out(&layout, volume, config, options, error))
    return FALSE;
  describe_field(&layout, field);
  return TRUE;
}

/* ---- voxels to HU in the model's axes ---------------------------------------------------------
 */

typedef struct {
  double slope, intercept, low, high;
  bool clip_before;
} Rescale;

static inline double
clip(double v, double low, double high)
{
  v = v > low ? v : low; /* NaN becomes low */
  return v < high ? v : high;
}

static void
read_int16(double *y, int64_t y_step, const int16_t *x, int64_t x_step, int64_t n, const Rescale *r)
{
  double low = r->clip_before ? r->low : -INFINITY, high = r->clip_before ? r->high : INFINITY;
  if (y_step == 1 && x_step == 1) { /* the usual case, kept apart so that it is vectorised */
    for (int64_t i = 0; i < n; i++)
      y[i] = clip(r->slope * x[i] + r->intercept, low, high);
    return;
  }
  for (int64_t i = 0; i < n; i++)
    y[i * y_step] = clip(r->slope * x[i * x_step] + r->intercept, low, high);
}

static void
read_float(double *y, int64_t y_step, const float *x, int64_t x_step, int64_t n, const Rescale *r)
{
  for (int64_t i = 0; i < n; i++) {
    double v = r->slope * x[i * x_step] + r->intercept;
    y[i * y_step] = r->clip_before || !isfinite(v) ? clip(v, r->low, r->high) : v;
  }
}

/* Signed steps through the stored voxels along s, l, p, and where canonical (0, 0, 0) lies. */
static void
stored_steps(const Layout *layout, int64_t step[3], int64_t *origin)
{
  const int64_t *dims = layout->header->dims;
  const int64_t strides[3] = {1, dims[0], dims[0] * dims[1]};
  *origin = 0;
  for (int a = 0; a < 3; a++) {
    step[a] = strides[layout->axis[a]];
    if (layout->flip[a]) {
      *origin += step[a] * (dims[layout->axis[a]] - 1);
      step[a] = -step[a];
    }
  }
}

/* slab [count s, count p, count l] = HU of the box that begins at `from` (s, l, p). The innermost
 * loop runs along the file's fastest axis, whatever direction that is. */
static void
read_box(const Layout *layout, const void *voxels, const Rescale *rescale, const int64_t from[3],
         const int64_t count[3], double *slab)
{
  const int64_t slab_step[3] = {count[L] * count[P], 1, count[L]};
  int64_t step[3], at;
  int order[3]; /* which of s, l, p runs along array axis 0, 1, 2 */
  stored_steps(layout, step, &at);
  for (int a = 0; a < 3; a++) {
    order[layout->axis[a]] = a;
    at += step[a] * from[a];
  }
  const int x = order[0], y = order[1], z = order[2];
  for (int64_t k = 0; k < count[z]; k++)
    for (int64_t j = 0; j < count[y]; j++) {
      int64_t source = at + k * step[z] + j * step[y];
      double *row = slab + k * slab_step[z] + j * slab_step[y];
      if (layout->header->voxel_type == MEDCT_VOXEL_INT16)
        read_int16(row, slab_step[x], (const int16_t *)voxels + source, step[x], count[x], rescale);
      else
        read_float(row, slab_step[x], (const float *)voxels + source, step[x], count[x], rescale);
    }
}

/* ---- the work ------------------------------------------------------------------------------ */

typedef struct {
  double *slab;       /* [≤ slab_slices, count p, count l] */
  double *plane;      /* [count p, count l] after s */
  double *rows;       /* [kept p, count l] after p */
  double *transposed; /* [count l, kept p] */
} Scratch;

typedef struct {
  const Layout *layout;
  const void *voxels;
  Rescale rescale;
  MedctResampleAxis table[3];
  int64_t slices_an_item, slab_slices;
  Scratch *scratch; /* [threads] */
  int n_threads;
  float *tensor; /* [frames, image, image] */
} Job;

static void
fill(float *y, int64_t n)
{
  for (int64_t i = 0; i < n; i++)
    y[i] = PADDING;
}

/* y [image, image] from the blended plane [count p, count l] */
static void
make_slice(const Job *job, Scratch *scratch, const double *plane, float *y)
{
  const Layout *layout = job->layout;
  const MedctResampleAxis *l = &job->table[L], *p = &job->table[P];
  int64_t width = layout->size[P], after = width - layout->pad[P] - p->n;
  for (int64_t o = 0; o < p->n; o++)
    medct_resample_blend(scratch->rows + o * l->count, plane + p->low[o] * l->count,
                         plane + p->high[o] * l->count, p->weight[o], l->count);
  medct_resample_transpose(scratch->transposed, scratch->rows, p->n, l->count);
  fill(y, layout->pad[L] * width);
  for (int64_t o = 0; o < l->n; o++) {
    float *row = y + (layout->pad[L] + o) * width;
    fill(row, layout->pad[P]);
    medct_resample_finish(row + layout->pad[P], scratch->transposed + l->low[o] * p->n,
                          scratch->transposed + l->high[o] * p->n, l->weight[o], job->rescale.low,
                          job->rescale.high, p->n);
    fill(row + width - after, after);
  }
  int64_t done = layout->pad[L] + l->n;
  fill(y + done * width, (layout->size[L] - done) * width);
}

/* The outputs [begin, end) of the kept slices, whose source slices fit in the slab. */
static void
make_block(const Job *job, Scratch *scratch, int64_t begin, int64_t end)
{
  const Layout *layout = job->layout;
  const MedctResampleAxis *s = &job->table[S];
  int64_t first = s->low[begin], plane_size = job->table[L].count * job->table[P].count;
  const int64_t from[3] = {s->first + first, job->table[L].first, job->table[P].first};
  const int64_t count[3] = {s->high[end - 1] - first + 1, job->table[L].count, job->table[P].count};
  read_box(layout, job->voxels, &job->rescale, from, count, scratch->slab);
  for (int64_t o = begin; o < end; o++) {
    medct_resample_blend(scratch->plane, scratch->slab + (s->low[o] - first) * plane_size,
                         scratch->slab + (s->high[o] - first) * plane_size, s->weight[o],
                         plane_size);
    make_slice(job, scratch, scratch->plane,
               job->tensor + (layout->pad[S] + o) * layout->size[L] * layout->size[P]);
  }
}

/* An item is a block of kept slices; the one item after those fills the padding. */
static void
work_item(int item, int worker, void *data)
{
  const Job *job = data;
  const Layout *layout = job->layout;
  int64_t slice = layout->size[L] * layout->size[P], kept = layout->kept[S];
  int64_t begin = item * job->slices_an_item;
  if (begin < kept) {
    make_block(job, &job->scratch[worker], begin, MIN(begin + job->slices_an_item, kept));
    return;
  }
  int64_t end = layout->pad[S] + kept;
  fill(job->tensor, layout->pad[S] * slice);
  fill(job->tensor + end * slice, (layout->size[S] - end) * slice);
}

/* Sagittal and coronal files read several slices from each cache line: give them thicker blocks. */
static void
choose_block(Job *job)
{
  const MedctResampleAxis *s = &job->table[S];
  int64_t block = job->layout->axis[S] == 0 ? 4 * SLICES_AN_ITEM : SLICES_AN_ITEM;
  double source_per_slice =
      (double)job->layout->header->dims[job->layout->axis[S]] / (double)job->layout->resampled[S];
  block = MIN(block, (int64_t)(MAX_SLAB / source_per_slice));
  job->slices_an_item = CLAMP(block, 1, s->n);
  for (int64_t o = 0; o < s->n; o += job->slices_an_item) {
    int64_t last = MIN(o + job->slices_an_item, s->n) - 1;
    job->slab_slices = MAX(job->slab_slices, (int64_t)s->high[last] - s->low[o] + 1);
  }
}

static gboolean
job_allocate(Job *job)
{
  gsize l_count = (gsize)job->table[L].count, p_count = (gsize)job->table[P].count;
  gsize plane = l_count * p_count, rows = l_count * (gsize)job->table[P].n;
  job->tensor = g_try_new(float, (gsize)job->layout->size[S] * (gsize)job->layout->size[L] *
                                     (gsize)job->layout->size[P]);
  job->scratch = g_new0(Scratch, job->n_threads);
  if (job->tensor == NULL)
    return FALSE;
  for (int t = 0; t < job->n_threads; t++) {
    Scratch *scratch = &job->scratch[t];
    scratch->slab = g_try_new(double, plane *(gsize)job->slab_slices);
    scratch->plane = g_try_new(double, plane);
    scratch->rows = g_try_new(double, rows);
    scratch->transposed = g_try_new(double, rows);
    if (!scratch->slab || !scratch->plane || !scratch->rows || !scratch->transposed)
      return FALSE;
  }
  return TRUE;
}

static void
job_clear(Job *job)
{
  for (int t = 0; job->scratch && t < job->n_threads; t++) {
    g_free(job->scratch[t].slab);
    g_free(job->scratch[t].plane);
    g_free(job->scratch[t].rows);
    g_free(job->scratch[t].transposed);
  }
  g_free(job->scratch);
  for (int a = 0; a < 3; a++)
    medct_resample_axis_clear(&job->table[a]);
}

static gboolean
job_run(Job *job, MedctPool *pool, const MedctMonitor *monitor, GError **error)
{
  int n = (int)((job->layout->kept[S] - 1) / job->slices_an_item + 2);
  if (!job_allocate(job)) {
    medct_error_file(error, MEDCT_ERROR_MEMORY, job->layout->header->name,
                     "not enough memory for the model's input; close other programs");
    return FALSE;
  }
  if (medct_pool_run(pool, n, work_item, job, monitor, 0, 1, "resampling"))
    return TRUE;
  g_set_error_literal(error, MEDCT_ERROR, MEDCT_ERROR_CANCELLED,
                      _("preparing the volume was cancelled"));
  return FALSE;
}

float *
medct_preprocess(const MedctVolume *volume, const MedctConfig *config,
                 const MedctPreprocessOptions *options, int n_threads, MedctField *field,
                 const MedctMonitor *monitor, GError **error)
{
  Layout layout;
  if (!lay_out(&layout, volume, config, options, error))
    return NULL;
  if (field)
    describe_field(&layout, field);
  MedctPool *pool = medct_pool_new(n_threads);
  const MedctVolumeHeader *h = layout.header;
  Job job = {.layout = &layout,
             .voxels = medct_volume_voxels(volume),
             .rescale = {h->hu_slope, h->hu_intercept, config->clip_hu[0], config->clip_hu[1],
                         options == NULL || !options->clip_after},
             .n_threads = medct_pool_threads(pool)};
  for (int a = 0; a < 3; a++)
    medct_resample_axis_init(&job.table[a], h->dims[layout.axis[a]], layout.resampled[a],
                             layout.start[a], layout.kept[a]);
  choose_block(&job);
  if (!job_run(&job, pool, monitor, error))
    g_clear_pointer(&job.tensor, g_free);
  job_clear(&job);
  medct_pool_free(pool);
  return job.tensor;
}
