#include "phantom/volume.h"
#include "phantom/acquisition.h"

#define FIELD_MM  360.0 /* in plane */
#define HEIGHT_MM 292.0
#define MIDDLE_Z  (-6.0f) /* z of the volume's middle in the phantom */
enum { SLICES = 12 };     /* a slab has so many of its own */

MedctGrid
medct_grid_new(const double spacing[3])
{
  MedctGrid grid;
  for (int axis = 0; axis < 3; axis++) {
    double extent = axis < 2 ? FIELD_MM : HEIGHT_MM;
    grid.spacing[axis] = spacing[axis];
    grid.dims[axis] = MAX(1, (int64_t)floor(extent / spacing[axis] + 1e-6));
  }
  return grid;
}

void
medct_grid_affine(const MedctGrid *grid, double affine[16])
{
  for (int n = 0; n < 16; n++)
    affine[n] = n == 15;
  for (int axis = 0; axis < 3; axis++) {
    double sign = axis < 2 ? -1 : 1, middle = (double)(grid->dims[axis] - 1) / 2;
    affine[4 * axis + axis] = sign * grid->spacing[axis];
    affine[4 * axis + 3] = -sign * grid->spacing[axis] * middle;
  }
}

typedef struct {
  const MedctScene *scene;
  const MedctGrid *grid;
  int halo;
  int16_t *out;
  MedctBox *boxes; /* [slabs][objects] */
} Job;

static MedctSlab
make_slab(const Job *job, int64_t k0, int nz)
{
  const MedctGrid *grid = job->grid;
  const MedctPatient *patient = job->scene->patient;
  double scale = (double)patient->scale;
  MedctSlab slab = {.nx = (int)grid->dims[0], .ny = (int)grid->dims[1], .nz = nz};
  slab.step = (MedctVec){(float)(grid->spacing[0] / scale), (float)(grid->spacing[1] / scale),
                         (float)(grid->spacing[2] / scale)};
  slab.origin.x = -slab.step.x * (float)(grid->dims[0] - 1) / 2 - patient->off_x;
  slab.origin.y = -slab.step.y * (float)(grid->dims[1] - 1) / 2 - patient->off_y + 8;
  slab.origin.z = MIDDLE_Z + slab.step.z * ((float)k0 - (float)(grid->dims[2] - 1) / 2);
  slab.edge = (slab.step.x + slab.step.y + slab.step.z) / 3;
  gsize n = (gsize)slab.nx * (gsize)slab.ny * (gsize)nz;
  slab.hu = g_new(float, n);
  slab.lung = g_new(float, n);
  return slab;
}

static void
paint_all(MedctSlab *slab, const Job *job, MedctBox *boxes)
{
  const GArray *strokes = job->scene->strokes;
  float low = slab->origin.z - slab->edge,
        high = low + slab->step.z * (float)slab->nz + 2 * slab->edge;
  medct_slab_paint_body(slab, job->scene);
  for (int layer = 0; layer < MEDCT_N_LAYERS; layer++)
    for (guint n = 0; n < strokes->len; n++) {
      const MedctStroke *stroke = &g_array_index(strokes, MedctStroke, n);
      if ((int)stroke->layer != layer || stroke->bounds.high.z + stroke->edge < low ||
          stroke->bounds.low.z - stroke->edge > high)
        continue;
      medct_slab_paint(slab, stroke, stroke->object < 0 ? NULL : &boxes[stroke->object]);
    }
}

static void
paint_slab(int item, int worker, void *data)
{
  const Job *job = data;
  int64_t nz = job->grid->dims[2], k0 = (int64_t)item * SLICES;
  int n = (int)MIN(SLICES, nz - k0);
  guint n_objects = job->scene->objects->len;
  MedctBox *boxes = job->boxes + (gsize)item * n_objects;
  /* Slices beyond the volume's ends are painted too: the first slice is as thick as the others. */
  MedctSlab slab = make_slab(job, k0 - job->halo, n + 2 * job->halo);
  for (guint o = 0; o < n_objects; o++)
    boxes[o] = MEDCT_BOX_EMPTY;
  paint_all(&slab, job, boxes);
  for (guint o = 0; o < n_objects; o++)
    if (!medct_box_is_empty(&boxes[o])) {
      boxes[o].low[2] += (int)k0 - job->halo;
      boxes[o].high[2] += (int)k0 - job->halo;
    }
  gsize slice = (gsize)slab.nx * (gsize)slab.ny;
  medct_acquisition_scan(&slab, job->scene, job->halo, n, k0, job->grid->spacing[2],
                         job->out + (gsize)k0 * slice);
  g_free(slab.hu);
  g_free(slab.lung);
}

/* The kernel and the thickness of slices spread what was drawn by so many voxels. */
static MedctBox
join_boxes(const Job *job, int n_slabs, guint object)
{
  guint n_objects = job->scene->objects->len;
  const int spread[3] = {MEDCT_KERNEL_REACH, MEDCT_KERNEL_REACH, job->halo};
  MedctBox all = MEDCT_BOX_EMPTY;
  for (int s = 0; s < n_slabs; s++) {
    const MedctBox *box = &job->boxes[(gsize)s * n_objects + object];
    for (int axis = 0; axis < 3 && !medct_box_is_empty(box); axis++) {
      all.low[axis] = MIN(all.low[axis], MAX(0, box->low[axis] - spread[axis]));
      all.high[axis] =
          MAX(all.high[axis], (int)MIN(job->grid->dims[axis] - 1, box->high[axis] + spread[axis]));
    }
  }
  return all;
}

int16_t *
medct_phantom_render(const MedctScene *scene, const MedctGrid *grid, MedctPool *pool,
                     MedctBox *boxes)
{
  int n_slabs = (int)((grid->dims[2] + SLICES - 1) / SLICES);
  guint n_objects = scene->objects->len;
  gsize n = (gsize)grid->dims[0] * (gsize)grid->dims[1] * (gsize)grid->dims[2];
  g_autofree MedctBox *each = g_new(MedctBox, (gsize)n_slabs * MAX(n_objects, 1));
  Job job = {scene, grid, medct_acquisition_reach(scene->patient, grid->spacing[2]),
             g_new(int16_t, n), each};
  medct_pool_run(pool, n_slabs, paint_slab, &job, NULL, 0, 1, NULL);
  for (guint o = 0; o < n_objects; o++)
    boxes[o] = join_boxes(&job, n_slabs, o);
  return job.out;
}
