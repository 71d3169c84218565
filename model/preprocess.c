#include "model/preprocess.h"
#include "model/pool.h"
#include <math.h>

/* One axis of the tensor: where it comes from and how it is resampled. */
typedef struct {
  int array;         /* the array axis */
  bool flip;         /* its index runs backward */
  int64_t n_in;      /* voxels */
  int64_t n_out;     /* after resampling */
  int64_t target;    /* of the tensor */
  int64_t crop, pad; /* crop start, pad before */
  int64_t first, n;  /* tensor indices that are not padding: first … first + n − 1 */
  int64_t *low;      /* [n] source index below, in the axis's own direction */
  int64_t *high;     /* [n] and above, clamped */
  double *weight;    /* [n] of high */
} Axis;

typedef struct {
  const MedctVolumeHeader *header;
  const void *voxels;
  const MedctConfig *config;
  bool clip_after;
  Axis axes[3]; /* s, l, p */
  float *tensor;
  double *scratch; /* threads · (plane + rows) */
  int64_t plane, rows;
} Resampling;

/* ---- geometry
 * ------------------------------------------------------------------------------------- */

static gboolean
plan_axis(Axis *axis, const MedctVolumeHeader *h, double target_mm, int64_t target, GError **error)
{
  axis->n_in = h->dims[axis->array];
  axis->target = target;
  /* The quotient is rounded to double before it is multiplied, then truncated (spec §3.4). */
  double size = (double)axis->n_in * (h->spacing_mm[axis->array] / target_mm);
  if (!(size >= 1 && size < 1e9)) {
    medct_error_field(error, MEDCT_ERROR_UNSUPPORTED, h->name, "the size after resampling",
                      "at least one voxel on every axis: check the spacing", "%g", size);
    return FALSE;
  }
  axis->n_out = (int64_t)size;
  axis->crop = axis->n_out > target ? (axis->n_out - target) / 2 : 0;
  axis->pad = target > axis->n_out ? (target - axis->n_out) / 2 : 0;
  axis->first = axis->pad;
  axis->n = MIN(axis->n_out, target);
  return TRUE;
}

/* Tensor axes s, l, p from the affine, or as upstream stores them: array [i, j, k] → [k][i][j]. */
static gboolean
plan(Axis axes[3], const MedctVolume *volume, const MedctConfig *c,
     const MedctPreprocessOptions *options, GError **error)
{
  const MedctVolumeHeader *h = medct_volume_get_header(volume);
  MedctAxes patient = {{0, 1, 2}, {false, false, false}}; /* L, P, S */
  const int from[3] = {2, 0, 1};                          /* s, l, p among L, P, S */
  const int64_t size[3] = {c->frames, c->image, c->image};
  if (options == NULL || !options->as_stored)
    patient = medct_volume_axes(volume);
  for (int a = 0; a < 3; a++) {
    axes[a] = (Axis){.array = patient.axis[from[a]], .flip = patient.flip[from[a]]};
    if (!plan_axis(&axes[a], h, c->spacing_mm[a], size[a], error))
      return FALSE;
  }
  return TRUE;
}

/* Index r after resampling lies at (r + ½)·n_in/n_out − ½ of the source (align_corners false). */
static void
fill_field(MedctField *field, const Axis axes[3])
{
  *field = (MedctField){.inside = -1};
  for (int a = 0; a < 3; a++) {
    const Axis *axis = &axes[a];
    double scale = (double)axis->n_in / (double)axis->n_out;
    double offset = ((double)(axis->crop - axis->pad) + 0.5) * scale - 0.5;
    double *row = field->to_voxel + 4 * axis->array;
    row[a] = axis->flip ? -scale : scale;
    row[3] = axis->flip ? (double)(axis->n_in - 1) - offset : offset;
    field->resampled[a] = axis->n_out;
    field->crop_start[a] = axis->crop;
    field->pad_before[a] = axis->pad;
  }
}

gboolean
medct_preprocess_field(const MedctVolume *volume, const MedctConfig *config,
                       const MedctPreprocessOptions *options, MedctField *field, GError **error)
{
  Axis axes[3];
  if (!plan(axes, volume, config, options, error))
    return FALSE;
  fill_field(field, axes);
  return TRUE;
}

/* ---- resampling
 * ------------------------------------------------------------------------------------- */

/* As PyTorch's interpolate: the coordinate is clamped at 0, the upper neighbour at the end. */
static void
fill_weights(Axis *axis)
{
  double scale = (double)axis->n_in / (double)axis->n_out;
  axis->low = g_new(int64_t, axis->n);
  axis->high = g_new(int64_t, axis->n);
  axis->weight = g_new(double, axis->n);
  for (int64_t i = 0; i < axis->n; i++) {
    double at = fmax(((double)(i + axis->crop) + 0.5) * scale - 0.5, 0);
    axis->low[i] = MIN((int64_t)at, axis->n_in - 1);
    axis->high[i] = MIN(axis->low[i] + 1, axis->n_in - 1);
    axis->weight[i] = at - (double)axis->low[i];
  }
}

static void
clear_weights(Axis *axis)
{
  g_free(axis->low);
  g_free(axis->high);
  g_free(axis->weight);
}

static int64_t
array_stride(const Resampling *r, int array_axis)
{
  const int64_t *n = r->header->dims;
  return array_axis == 0 ? 1 : array_axis == 1 ? n[0] : n[0] * n[1];
}

/* Start and step of an axis in voxels, its flip taken in. */
static int64_t
axis_origin(const Resampling *r, const Axis *axis, int64_t *step)
{
  int64_t stride = array_stride(r, axis->array);
  *step = axis->flip ? -stride : stride;
  return axis->flip ? (axis->n_in - 1) * stride : 0;
}

/* HU, clipped unless clipping comes last; what is not a number becomes the low end, air. */
static inline double
clipped(const Resampling *r, double value)
{
  double hu = r->header->hu_slope * value + r->header->hu_intercept;
  if (isnan(hu))
    return r->config->clip_hu[0];
  if (r->clip_after)
    return isfinite(hu) ? hu : hu < 0 ? r->config->clip_hu[0] : r->config->clip_hu[1];
  hu = hu > r->config->clip_hu[0] ? hu : r->config->clip_hu[0];
  return hu < r->config->clip_hu[1] ? hu : r->config->clip_hu[1];
}

/* plane [l][p] of the source columns low … high, blended between two source slices. */
#define BLEND(type)                                                                                \
  do {                                                                                             \
    const type *a = (const type *)r->voxels + origin + z0 * step_s;                                \
    const type *b = (const type *)r->voxels + origin + z1 * step_s;                                \
    for (int64_t i = l_first; i <= l_last; i++)                                                    \
      for (int64_t j = p_first; j <= p_last; j++) {                                                \
        int64_t at = i * step_l + j * step_p;                                                      \
        plane[(i - l_first) * width + j - p_first] =                                               \
            (1 - w) * clipped(r, a[at]) + w * clipped(r, b[at]);                                   \
      }                                                                                            \
  } while (0)

static void
blend_slices(const Resampling *r, double *plane, int64_t slice)
{
  const Axis *s = &r->axes[0], *l = &r->axes[1], *p = &r->axes[2];
  int64_t step_s, step_l, step_p;
  int64_t origin =
      axis_origin(r, s, &step_s) + axis_origin(r, l, &step_l) + axis_origin(r, p, &step_p);
  int64_t z0 = s->low[slice], z1 = s->high[slice];
  int64_t l_first = l->low[0], l_last = l->high[l->n - 1];
  int64_t p_first = p->low[0], p_last = p->high[p->n - 1], width = p_last - p_first + 1;
  double w = s->weight[slice];
  if (r->header->voxel_type == MEDCT_VOXEL_INT16)
    BLEND(int16_t);
  else
    BLEND(float);
}

/* One slice of the tensor: between slices, then along p, then along l; in double, as the original.
 */
static void
resample_slice(int item, int worker, void *data)
{
  const Resampling *r = data;
  const Axis *s = &r->axes[0], *l = &r->axes[1], *p = &r->axes[2];
  double *plane = r->scratch + worker * (r->plane + r->rows), *rows = plane + r->plane;
  int64_t width = p->high[p->n - 1] - p->low[0] + 1, l_first = l->low[0];
  int64_t height = l->high[l->n - 1] - l_first + 1;
  blend_slices(r, plane, item);
  for (int64_t i = 0; i < height; i++)
    for (int64_t j = 0; j < p->n; j++) {
      const double *row = plane + i * width - p->low[0];
      rows[i * p->n + j] = (1 - p->weight[j]) * row[p->low[j]] + p->weight[j] * row[p->high[j]];
    }
  float *out = r->tensor + (s->first + item) * l->target * p->target;
  for (int64_t i = 0; i < l->n; i++) {
    const double *a = rows + (l->low[i] - l_first) * p->n,
                 *b = rows + (l->high[i] - l_first) * p->n;
    float *line = out + (l->first + i) * p->target + p->first;
    for (int64_t j = 0; j < p->n; j++) {
      double hu = (1 - l->weight[i]) * a[j] + l->weight[i] * b[j];
      if (r->clip_after)
        hu = fmin(fmax(hu, r->config->clip_hu[0]), r->config->clip_hu[1]);
      line[j] = (float)(hu / 1000);
    }
  }
}

static bool
resample(Resampling *r, int n_threads, const MedctMonitor *monitor)
{
  MedctPool *pool = medct_pool_new(n_threads);
  const Axis *l = &r->axes[1], *p = &r->axes[2];
  int64_t height = l->high[l->n - 1] - l->low[0] + 1;
  r->plane = height * (p->high[p->n - 1] - p->low[0] + 1);
  r->rows = height * p->n;
  r->scratch = g_new(double, (r->plane + r->rows) * medct_pool_threads(pool));
  bool done =
      medct_pool_run(pool, (int)r->axes[0].n, resample_slice, r, monitor, 0, 1, "resampling");
  g_free(r->scratch);
  medct_pool_free(pool);
  return done;
}

float *
medct_preprocess(const MedctVolume *volume, const MedctConfig *config,
                 const MedctPreprocessOptions *options, int n_threads, MedctField *field,
                 const MedctMonitor *monitor, GError **error)
{
  Resampling r = {.header = medct_volume_get_header(volume),
                  .voxels = medct_volume_voxels(volume),
                  .config = config,
                  .clip_after = options && options->clip_after};
  if (!plan(r.axes, volume, config, options, error))
    return NULL;
  gsize n = (gsize)config->frames * config->image * config->image;
  r.tensor = g_try_new(float, n);
  if (r.tensor == NULL) {
    medct_error_file(error, MEDCT_ERROR_MEMORY, r.header->name, "no memory for the model's input");
    return NULL;
  }
  for (gsize i = 0; i < n; i++)
    r.tensor[i] = -1; /* padding */
  for (int a = 0; a < 3; a++)
    fill_weights(&r.axes[a]);
  if (field)
    fill_field(field, r.axes);
  bool done = resample(&r, n_threads, monitor);
  for (int a = 0; a < 3; a++)
    clear_weights(&r.axes[a]);
  if (done)
    return r.tensor;
  g_free(r.tensor);
  g_set_error(error, MEDCT_ERROR, MEDCT_ERROR_CANCELLED, "preparing the volume was cancelled");
  return NULL;
}
