/* Pleural effusion: fluid of 0 to 20 HU between lung and chest wall, where gravity takes it, with a
 * crescent's upper border that climbs along the wall. */
#include "phantom/findings-private.h"

typedef struct {
  const MedctScene *scene;
  float level; /* mm along gravity, below which fluid stands at the lung's base */
  int side;
} Pool;

static float
fluid_field(MedctVec p, const void *data)
{
  const Pool *pool = data;
  if (p.x * (float)pool->side < 0)
    return 99;
  float deep = medct_vec_dot(p, pool->scene->patient->down);
  float wall = medct_lattice_at(pool->scene->cage, p);
  float climb = 16 * expf(MIN(wall, 0.0f) / 7);
  /* fluid is deepest at the base and thins out toward the apex */
  float rise = 0.10f * MAX(p.z + 90, 0.0f) - 0.25f * MIN(p.z + 90, 0.0f) * -1;
  return pool->level - deep - climb + rise;
}

/* How far along gravity the lung of a side reaches near its base. */
static float
lowest(const MedctScene *scene, int side)
{
  const MedctLattice *lung = scene->lung;
  float most = -G_MAXFLOAT;
  for (float z = -100; z < -40; z += 10)
    for (float y = -110; y < 120; y += 4)
      for (float x = 4; x < 145; x += 4) {
        MedctVec p = {x * (float)side, y, z};
        if (medct_lattice_at(lung, p) < 0)
          most = MAX(most, medct_vec_dot(p, scene->patient->down));
      }
  return most;
}

static void
fill_side(MedctScene *scene, int grade, int side, float mm, float hu)
{
  int object =
      medct_scene_add_object(scene, (MedctObject){.finding = MEDCT_FINDING_PLEURAL_EFFUSION,
                                                  .grade = grade,
                                                  .name = "pleural effusion",
                                                  .place = "pleural space",
                                                  .side = side,
                                                  .size_mm = mm});
  Pool pool = {scene, lowest(scene, side) - mm / scene->patient->scale, side};
  MedctStroke stroke = {
      .layer = MEDCT_LAYER_PLEURA,
      .in_lung = TRUE,
      .object = object,
      .hu = hu,
      .shape = fluid_field,
      .bounds = {{side < 0 ? -160 : 0, -130, -160}, {side < 0 ? 0 : 160, 135, 135}}};
  stroke.data = medct_scene_keep(scene, &pool, sizeof pool);
  medct_scene_add(scene, stroke);
}

void
medct_draw_pleural_effusion(MedctScene *scene, int grade, MedctRandom *random)
{
  static const MedctRange thickness = {{12, 19, 40}, {18, 38, 75}};
  float mm = medct_range_draw(&thickness, grade, random);
  float hu = (float)medct_random_between(random, 2, 18);
  int side = medct_random_chance(random, 0.55) ? -1 : 1;
  gboolean both = medct_random_chance(random, 0.45);
  float less = (float)medct_random_between(random, 0.5, 0.9);
  fill_side(scene, grade, side, mm, hu);
  if (both)
    fill_side(scene, MAX(1, grade - 1), -side, MAX(12, mm * less), hu);
}
