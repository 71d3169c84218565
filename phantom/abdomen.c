#include "phantom/abdomen.h"
#include "phantom/thorax.h"

/* Inside the cage and below the dome, whichever is nearer. */
static float
under(const MedctScene *scene, MedctVec p, float below_dome, float off_cage)
{
  float dome = (p.z - medct_thorax_dome(scene->patient, p.x, p.y)) * 0.75f + below_dome;
  return medct_shape_meet(dome, medct_lattice_at(scene->cage, p) + off_cage, 8);
}

static float
diaphragm_field(MedctVec p, const void *data)
{
  return MAX(under(data, p, 0, 1.5f), -under(data, p, 3, 4));
}

static float
liver_field(MedctVec p, const void *data)
{
  float room = under(data, p, 3.2f, 5.5f);
  float left = (p.x - 42) * 0.8f + 0.55f * (p.y + 46) + 0.1f * (p.z + 90);
  float back = MAX(p.y - 78, p.y - 30 - 0.9f * fabsf(MIN(p.x + 12, 0.0f)));
  return medct_shape_meet(medct_shape_meet(room, left, 18), back, 14);
}

static float
stomach_room(MedctVec p, const void *data)
{
  static const MedctEllipsoid form = {
      {58, -18, -112}, {46, 50, 46}, {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
  return medct_shape_meet(medct_ellipsoid_distance(&form, p), under(data, p, 4, 6), 8);
}

static float
stomach_inside(MedctVec p, const void *data)
{
  return stomach_room(p, data) + 4;
}

/* Gas rises against gravity. */
static float
stomach_gas(MedctVec p, const void *data)
{
  const MedctScene *scene = data;
  MedctVec q = medct_vec_sub(p, (MedctVec){58, -18, -112});
  return MAX(stomach_inside(p, data), medct_vec_dot(q, scene->patient->down) + 8);
}

static float
spleen_field(MedctVec p, const void *data)
{
  static const MedctEllipsoid form = {
      {86, 46, -116}, {30, 46, 40}, {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
  float d = medct_shape_meet(medct_ellipsoid_distance(&form, p), under(data, p, 4, 6), 8);
  return MAX(d, -stomach_room(p, data) + 2);
}

void
medct_abdomen_draw(MedctScene *scene)
{
  const MedctPatient *patient = scene->patient;
  const struct {
    MedctField field;
    MedctLayer layer;
    float hu;
    MedctBounds bounds;
  } parts[] = {
      {diaphragm_field, MEDCT_LAYER_BODY, 45, {{-140, -100, -215}, {140, 110, -20}}},
      {liver_field, MEDCT_LAYER_BODY, patient->liver, {{-140, -100, -215}, {80, 95, -25}}},
      {stomach_room, MEDCT_LAYER_BODY, 42, {{8, -70, -215}, {108, 36, -60}}},
      {stomach_inside, MEDCT_LAYER_BODY, 18, {{8, -70, -215}, {108, 36, -60}}},
      {stomach_gas, MEDCT_LAYER_BODY, -985, {{8, -70, -215}, {108, 36, -60}}},
      {spleen_field, MEDCT_LAYER_BODY, patient->spleen, {{50, 0, -215}, {125, 100, -70}}},
  };
  for (gsize n = 0; n < G_N_ELEMENTS(parts); n++)
    medct_scene_add(scene, (MedctStroke){.layer = parts[n].layer,
                                         .object = -1,
                                         .shape = parts[n].field,
                                         .data = scene,
                                         .hu = parts[n].hu,
                                         .bounds = parts[n].bounds});
  const MedctEllipsoid kidneys[] = {
      medct_ellipsoid((MedctVec){-58, 62, -158}, (MedctVec){24, 24, 34}),
      medct_ellipsoid((MedctVec){56, 60, -152}, (MedctVec){24, 24, 36})};
  for (int n = 0; n < 2; n++)
    medct_scene_add_ellipsoid(
        scene,
        (MedctStroke){.layer = MEDCT_LAYER_BODY, .object = -1, .hu = patient->enhanced ? 150 : 34},
        kidneys[n]);
}
