/* Cardiomegaly: the heart's shadow is wider than half of the chest.
 * Pericardial effusion: fluid of 5 to 20 HU around the heart, thickest where gravity takes it.
 * Coronary and arterial wall calcification: plaques of several hundred HU along the coronary
 * arteries and in the wall of the aorta. */
#include "phantom/findings-private.h"
#include "phantom/heart.h"
#include "phantom/vessels.h"

void
medct_draw_cardiomegaly(MedctScene *scene, int grade, MedctRandom *random)
{
  static const MedctRange size = {{1.14f, 1.22f, 1.34f}, {1.22f, 1.34f, 1.5f}};
  scene->heart_size *= medct_range_draw(&size, grade, random);
  MedctHeart heart = medct_heart(scene->patient, scene->heart_size);
  MedctBounds bounds = medct_heart_bounds(&heart);
  float wide = (bounds.high.x - bounds.low.x) * scene->patient->scale;
  int object = medct_scene_add_object(scene, (MedctObject){.finding = MEDCT_FINDING_CARDIOMEGALY,
                                                           .grade = grade,
                                                           .name = "enlarged heart",
                                                           .place = "heart",
                                                           .size_mm = wide});
  medct_heart_draw(&heart, scene, object);
}

/* ---- pericardial effusion ------------------------------------------------------------------ */

typedef struct {
  MedctHeart heart;
  MedctVec middle, down;
  float thick, inner; /* mm; distance from the muscle at which the fluid begins */
  float skin;         /* mm of fat and membrane outside */
} Fluid;

static float
layer_field(MedctVec p, const void *data)
{
  const Fluid *fluid = data;
  float d = medct_heart_distance(&fluid->heart, p);
  float dependent = medct_vec_dot(medct_vec_unit(medct_vec_sub(p, fluid->middle)), fluid->down);
  float thick = fluid->thick * (0.7f + 0.5f * dependent) * medct_shape_step(24, -2, p.z);
  return MAX(d - fluid->inner - thick - fluid->skin, fluid->inner - d);
}

void
medct_draw_pericardial_effusion(MedctScene *scene, int grade, MedctRandom *random)
{
  static const MedctRange thickness = {{6, 10, 17}, {9, 16, 27}};
  float mm = medct_range_draw(&thickness, grade, random);
  Fluid fluid = {.heart = medct_heart(scene->patient, scene->heart_size),
                 .down = scene->patient->down,
                 .thick = mm / scene->patient->scale};
  fluid.middle = medct_vec_mix(fluid.heart.outer[0].middle, fluid.heart.outer[2].middle, 0.5f);
  fluid.inner = 0.5f * fluid.heart.fat;
  int object =
      medct_scene_add_object(scene, (MedctObject){.finding = MEDCT_FINDING_PERICARDIAL_EFFUSION,
                                                  .grade = grade,
                                                  .name = "pericardial effusion",
                                                  .place = "pericardium",
                                                  .size_mm = mm});
  MedctStroke stroke = {.layer = MEDCT_LAYER_HEART, .object = object, .shape = layer_field};
  stroke.bounds =
      medct_bounds_grow(medct_heart_bounds(&fluid.heart), 1.3f * fluid.thick + fluid.inner + 4);
  static const struct {
    float skin, hu;
  } skins[] = {{3, -85}, {1, 30}, {0, 0}};
  float hu = (float)medct_random_between(random, 5, 20);
  for (gsize n = 0; n < G_N_ELEMENTS(skins); n++) {
    fluid.skin = skins[n].skin;
    stroke.data = medct_scene_keep(scene, &fluid, sizeof fluid);
    stroke.hu = skins[n].skin > 0 ? skins[n].hu : hu;
    medct_scene_add(scene, stroke);
  }
}

/* ---- calcium ------------------------------------------------------------------------------- */

void
medct_draw_coronary_calcification(MedctScene *scene, int grade, MedctRandom *random)
{
  static const MedctRange count = {{3, 5, 9}, {5, 8, 14}};
  static const char *const places[] = {"left anterior descending artery", "circumflex artery",
                                       "right coronary artery"};
  MedctHeart heart = medct_heart(scene->patient, scene->heart_size);
  int n = medct_range_count(&count, grade, random);
  for (int i = 0; i < n; i++) {
    int artery = (int)(3 * medct_random_uniform(random) * medct_random_uniform(random));
    float t = (float)medct_random_between(random, 0.02, 0.85);
    float mm = (float)medct_random_between(random, 1.6, 2.6), r = mm / scene->patient->scale;
    float half = (float)medct_random_between(random, 0.01, 0.05);
    MedctTube tube = {medct_heart_coronary(&heart, (MedctCoronary)artery, t - half),
                      medct_heart_coronary(&heart, (MedctCoronary)artery, t + half), r, r};
    MedctStroke stroke = {.layer = MEDCT_LAYER_DEPOSITS, .blend = MEDCT_BLEND_RAISE};
    stroke.hu = (float)medct_random_between(random, 550, 1050);
    stroke.object =
        medct_scene_add_object(scene, (MedctObject){.finding = MEDCT_FINDING_CORONARY_CALCIFICATION,
                                                    .grade = grade,
                                                    .name = "calcified plaque",
                                                    .place = places[artery],
                                                    .size_mm = 2 * mm});
    medct_scene_add_tube(scene, stroke, tube);
  }
}

/* Pieces of the aorta that the volume shows. */
static GArray *
aorta_pieces(const MedctPatient *patient)
{
  g_autoptr(GArray) vessels = medct_great_vessels(patient);
  GArray *pieces = g_array_new(FALSE, FALSE, sizeof(MedctTube));
  for (guint n = 0; n < vessels->len; n++) {
    const MedctGreatVessel *vessel = &g_array_index(vessels, MedctGreatVessel, n);
    if (vessel->kind == MEDCT_VESSEL_AORTA && vessel->tube.b.z > -120 && vessel->tube.a.z > 0)
      g_array_append_val(pieces, vessel->tube);
    else if (vessel->kind == MEDCT_VESSEL_AORTA && vessel->tube.a.y > 30 && vessel->tube.b.z > -120)
      g_array_append_val(pieces, vessel->tube);
  }
  return pieces;
}

/* An arc in the wall: from one angle around the vessel to another. */
static void
draw_plaque(MedctScene *scene, const MedctTube *piece, MedctRandom *random, MedctStroke stroke,
            float r)
{
  enum { STEPS = 4 };
  MedctVec along = medct_vec_unit(medct_vec_sub(piece->b, piece->a));
  MedctVec u = medct_vec_unit(medct_vec_cross(along, (MedctVec){0.3f, 0.2f, 0.9f}));
  MedctVec v = medct_vec_cross(along, u);
  MedctVec middle = medct_vec_mix(piece->a, piece->b, (float)medct_random_uniform(random));
  float start = (float)medct_random_between(random, 0, 2 * G_PI);
  float arc = (float)medct_random_between(random, 0.25, 0.9), wall = piece->ra - 0.9f;
  MedctVec from = {0};
  for (int n = 0; n <= STEPS; n++) {
    float angle = start + arc * (float)n / STEPS;
    MedctVec out = medct_vec_add(medct_vec_scale(u, wall * cosf(angle)),
                                 medct_vec_scale(v, wall * sinf(angle)));
    MedctVec to = medct_vec_add(middle, out);
    if (n > 0)
      medct_scene_add_tube(scene, stroke, (MedctTube){from, to, r, r});
    from = to;
  }
}

void
medct_draw_arterial_calcification(MedctScene *scene, int grade, MedctRandom *random)
{
  static const MedctRange count = {{4, 8, 16}, {7, 14, 29}};
  g_autoptr(GArray) pieces = aorta_pieces(scene->patient);
  int n = medct_range_count(&count, grade, random);
  for (int i = 0; i < n; i++) {
    int which = medct_random_integer(random, 0, (int)pieces->len - 1);
    const MedctTube *piece = &g_array_index(pieces, MedctTube, which);
    float mm = (float)medct_random_between(random, 1.6, 2.6), r = mm / scene->patient->scale;
    MedctStroke stroke = {.layer = MEDCT_LAYER_DEPOSITS, .blend = MEDCT_BLEND_RAISE};
    stroke.hu = (float)medct_random_between(random, 600, 1100);
    const char *place = piece->a.z > 50   ? "aortic arch"
                        : piece->a.y > 30 ? "descending aorta"
                                          : "ascending aorta";
    stroke.object =
        medct_scene_add_object(scene, (MedctObject){.finding = MEDCT_FINDING_ARTERIAL_CALCIFICATION,
                                                    .grade = grade,
                                                    .name = "calcified plaque",
                                                    .place = place,
                                                    .size_mm = 2 * mm});
    draw_plaque(scene, piece, random, stroke, r);
  }
}
