#include "phantom/slab.h"

#define LUNG_BASE (-860.0f) /* what a tube in lung fades into */
#define WALL_BASE (20.0f)   /* what a lumen fades into */
#define THIN      0.55f     /* voxels: thinner tubes are drawn this thick and fainter instead */

static inline float
blend(MedctBlend how, float old, float hu, float w)
{
  float v;
  switch (how) {
  case MEDCT_BLEND_SET:
    return old + w * (hu - old);
  case MEDCT_BLEND_RAISE:
    return hu > old ? old + w * (hu - old) : old;
  case MEDCT_BLEND_LOWER:
    return hu < old ? old + w * (hu - old) : old;
  case MEDCT_BLEND_ADD:
    return old + w * hu;
  case MEDCT_BLEND_GROW:
    v = LUNG_BASE + w * (hu - LUNG_BASE);
    return MAX(v, old);
  case MEDCT_BLEND_BORE:
    v = WALL_BASE + w * (hu - WALL_BASE);
    return MIN(v, old);
  }
  return old;
}

static int
first_index(float low, float origin, float step)
{
  return MAX(0, (int)ceilf((low - origin) / step));
}

static int
last_index(float high, float origin, float step, int n)
{
  return MIN(n - 1, (int)floorf((high - origin) / step));
}

static MedctBox
reach(const MedctSlab *slab, MedctBounds b)
{
  return (MedctBox){{first_index(b.low.x, slab->origin.x, slab->step.x),
                     first_index(b.low.y, slab->origin.y, slab->step.y),
                     first_index(b.low.z, slab->origin.z, slab->step.z)},
                    {last_index(b.high.x, slab->origin.x, slab->step.x, slab->nx),
                     last_index(b.high.y, slab->origin.y, slab->step.y, slab->ny),
                     last_index(b.high.z, slab->origin.z, slab->step.z, slab->nz)}};
}

static void
note_change(MedctBox *box, int i, int j, int k)
{
  const int at[3] = {i, j, k};
  for (int axis = 0; axis < 3; axis++) {
    box->low[axis] = MIN(box->low[axis], at[axis]);
    box->high[axis] = MAX(box->high[axis], at[axis]);
  }
}

/* A thin tube keeps its mass: drawn wider than it is, it is drawn fainter. */
static MedctStroke
thicken(const MedctStroke *stroke, float edge)
{
  MedctStroke drawn = *stroke;
  float r = 0.5f * (stroke->tube.ra + stroke->tube.rb), thin = THIN * edge;
  if (stroke->shape == NULL && r < thin) {
    drawn.opacity *= (r / thin) * (r / thin);
    drawn.tube.ra = drawn.tube.rb = thin;
    drawn.bounds = medct_bounds_grow(drawn.bounds, thin - r);
  }
  return drawn;
}

static void
paint_row(MedctSlab *slab, const MedctStroke *stroke, const MedctBox *box, int j, int k, float edge,
          MedctBox *changed)
{
  gsize at = ((gsize)k * (gsize)slab->ny + (gsize)j) * (gsize)slab->nx;
  float *hu = slab->hu + at, *lung = slab->lung + at;
  MedctVec p = {0, slab->origin.y + (float)j * slab->step.y,
                slab->origin.z + (float)k * slab->step.z};
  for (int i = box->low[0]; i <= box->high[0]; i++) {
    if (stroke->in_lung && lung[i] <= 0)
      continue;
    p.x = slab->origin.x + (float)i * slab->step.x;
    float d =
        stroke->shape ? stroke->shape(p, stroke->data) : medct_tube_distance(&stroke->tube, p);
    float w = 0.5f - d / edge;
    if (w <= 0)
      continue;
    w = MIN(w, 1.0f) * stroke->opacity * (stroke->in_lung ? lung[i] : 1.0f);
    float old = hu[i];
    hu[i] = blend(stroke->blend, old, stroke->hu, w);
    if (changed && hu[i] != old)
      note_change(changed, i, j, k);
  }
}

void
medct_slab_paint(MedctSlab *slab, const MedctStroke *stroke, MedctBox *changed)
{
  MedctStroke drawn = thicken(stroke, slab->edge);
  float edge = MAX(slab->edge, stroke->edge);
  MedctBox box = reach(slab, medct_bounds_grow(drawn.bounds, 0.5f * edge));
  for (int k = box.low[2]; k <= box.high[2]; k++)
    for (int j = box.low[1]; j <= box.high[1]; j++)
      paint_row(slab, &drawn, &box, j, k, edge, changed);
}
