#include "phantom/spine.h"

#define GAP 24.0f /* mm from one vertebra to the next */

/* A body's middle lies here; the back is round. */
static MedctVec
middle(float z)
{
  float u = CLAMP(z - 10, -135.0f, 125.0f);
  return (MedctVec){0, 66 - 0.0009f * u * u, 0};
}

/* The place in the nearest vertebra: y from the body's middle, z from its mid-height. */
static MedctVec
local(MedctVec p)
{
  MedctVec m = middle(p.z);
  return (MedctVec){p.x, p.y - m.y, p.z - GAP * roundf(p.z / GAP)};
}

static float
column(MedctVec q, float z)
{
  float grow = 1 - 0.0012f * (z + 140); /* lower vertebrae are larger */
  float x = q.x / (18.5f * grow), y = q.y / (15.0f * grow);
  /* rather kidney than circle: the back side is flat */
  float f = sqrtf(x * x + y * y) + 0.1f * medct_shape_step(4, 14, q.y);
  return (f - 1) * 15 * grow;
}

static float
body_field(MedctVec p, const void *data)
{
  MedctVec q = local(p);
  float waist = 1.1f * (1 - MIN(1.0f, fabsf(q.z) / 9));
  return MAX(column(q, p.z) + waist, fabsf(q.z) - 9.6f);
}

static float
marrow_field(MedctVec p, const void *data)
{
  return body_field(p, data) + 1.3f;
}

static float
disc_field(MedctVec p, const void *data)
{
  MedctVec q = local(p);
  return column(q, p.z) + 0.6f;
}

static float
arch_field(MedctVec p, const void *data)
{
  MedctVec q = local(p);
  q.x = fabsf(q.x);
  static const MedctTube pedicle = {{9, 8, 3}, {11, 22, 2}, 4.2f, 4.2f},
                         lamina = {{11, 24, 0}, {0, 35, -6}, 3.6f, 3.6f},
                         transverse = {{11, 23, 2}, {31, 33, 4}, 4.5f, 4.2f},
                         spinous = {{0, 34, -4}, {0, 57, -16}, 3.2f, 3.4f};
  float d = medct_shape_join(medct_tube_distance(&pedicle, q), medct_tube_distance(&lamina, q), 4);
  d = medct_shape_join(d, medct_tube_distance(&transverse, q), 4);
  /* spinous processes hang down into the next level */
  MedctVec below = q;
  below.z -= q.z > 4 ? GAP : 0;
  return medct_shape_join(d, medct_tube_distance(&spinous, below), 4);
}

static float
arch_marrow_field(MedctVec p, const void *data)
{
  return arch_field(p, data) + 1.5f;
}

static float
canal_field(MedctVec p, const void *data)
{
  MedctVec q = local(p);
  float x = q.x / 10.5f, y = (q.y - 23.5f) / 8.5f;
  return (sqrtf(x * x + y * y) - 1) * 8.5f;
}

static float
cord_field(MedctVec p, const void *data)
{
  MedctVec q = local(p);
  float x = q.x / 7.5f, y = (q.y - 23.5f) / 6.2f;
  return (sqrtf(x * x + y * y) - 1) * 6;
}

void
medct_spine_draw(MedctScene *scene)
{
  float marrow = scene->patient->marrow;
  const struct {
    MedctField field;
    float hu, half_x, front, back;
  } parts[] = {
      {disc_field, 85, 24, -24, 20},
      {body_field, 480, 24, -24, 20},
      {marrow_field, marrow, 24, -24, 20},
      {arch_field, 560, 40, 0, 70},
      {arch_marrow_field, marrow + 60, 40, 0, 70},
      {canal_field, -20, 12, 12, 34},
      {cord_field, 38, 10, 12, 34},
  };
  for (gsize n = 0; n < G_N_ELEMENTS(parts); n++) {
    float bulge = 22; /* the round back takes the column this far forward at the ends */
    medct_scene_add(scene,
                    (MedctStroke){.layer = MEDCT_LAYER_BODY,
                                  .object = -1,
                                  .shape = parts[n].field,
                                  .hu = parts[n].hu,
                                  .bounds = {{-parts[n].half_x, 66 + parts[n].front - bulge, -215},
                                             {parts[n].half_x, 66 + parts[n].back, 215}}});
  }
}
