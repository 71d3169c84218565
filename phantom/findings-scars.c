/* Atelectasis: lung without air: plates of a few millimetres across the bases that reach the
 * pleura, and where it is more, a block of the base where gravity presses it. Fibrotic sequela:
 * what old inflammation left: irregular strands from the pleura toward the hilum, a cap over the
 * apex, small calcified spots. */
#include "phantom/findings-private.h"

/* ---- atelectasis --------------------------------------------------------------------------- */

static void
draw_plate(MedctScene *scene, int grade, MedctRandom *random)
{
  int lobe = medct_random_chance(random, 0.5) ? MEDCT_LOBE_RIGHT_LOWER : MEDCT_LOBE_LEFT_LOWER;
  float long_mm = (float)medct_random_between(random, 36, 68),
        half_mm = (float)medct_random_between(random, 2, 4.5), scale = scene->patient->scale;
  MedctVec best = {0};
  for (int tries = 0; tries < 6; tries++) {
    MedctVec p = medct_finding_point(scene, random, lobe, 5, 22, &lobe);
    if (tries == 0 || p.z < best.z)
      best = p;
  }
  MedctVec inward = medct_vec_unit((MedctVec){-best.x, 10 - best.y, 0});
  MedctVec flat = {(float)medct_random_normal(random, 0, 0.25),
                   (float)medct_random_normal(random, 0, 0.25), 1};
  MedctVec half = {long_mm / 2 / scale, half_mm / scale, 0.3f * long_mm / scale};
  MedctEllipsoid plate = medct_ellipsoid_turned(best, half, inward, flat);
  MedctStroke stroke = {.layer = MEDCT_LAYER_MASSES, .in_lung = TRUE};
  stroke.hu = (float)medct_random_between(random, 0, 40);
  stroke.object =
      medct_scene_add_object(scene, medct_finding_in_lobe(MEDCT_FINDING_ATELECTASIS, grade,
                                                          "plate atelectasis", lobe, long_mm));
  medct_scene_add_ellipsoid(scene, stroke, plate);
}

/* The place in a lower lobe that lies deepest along gravity, near the diaphragm. */
static MedctVec
dependent_base(const MedctScene *scene, int lobe)
{
  int side = medct_lobe_side((MedctLobe)lobe);
  MedctVec best = {(float)side * 60, 40, -80};
  float most = -G_MAXFLOAT;
  for (float z = -105; z < -50; z += 5)
    for (float y = -90; y < 110; y += 5)
      for (float x = 15; x < 135; x += 5) {
        MedctVec p = {x * (float)side, y, z};
        float deep = medct_vec_dot(p, scene->patient->down) - 0.3f * z;
        if (deep > most && medct_lattice_at(scene->lung, p) < -2)
          most = deep, best = p;
      }
  return best;
}

static void
draw_block(MedctScene *scene, int grade, MedctRandom *random)
{
  static const MedctRange radius = {{14, 20, 32}, {20, 30, 48}};
  int lobe = medct_random_chance(random, 0.5) ? MEDCT_LOBE_RIGHT_LOWER : MEDCT_LOBE_LEFT_LOWER;
  float mm = medct_range_draw(&radius, grade, random), r = mm / scene->patient->scale;
  MedctStroke stroke = {.layer = MEDCT_LAYER_PARENCHYMA, .in_lung = TRUE, .edge = 3};
  stroke.hu = (float)medct_random_between(random, 30, 55);
  stroke.object =
      medct_scene_add_object(scene, medct_finding_in_lobe(MEDCT_FINDING_ATELECTASIS, grade,
                                                          "collapsed base", lobe, 2 * mm));
  MedctBlob blob = {.middle = dependent_base(scene, lobe),
                    .radius = 1.25f * r,
                    .rough = 0.12f * r,
                    .squash = 1.7f,
                    .lobe = -1};
  medct_finding_add_blob(scene, stroke, blob);
}

void
medct_draw_atelectasis(MedctScene *scene, int grade, MedctRandom *random)
{
  static const MedctRange plates = {{1, 2, 2}, {2, 3, 4}};
  int n = medct_range_count(&plates, grade, random);
  for (int i = 0; i < n; i++)
    draw_plate(scene, grade, random);
  if (grade > 1)
    draw_block(scene, grade, random);
}

/* ---- fibrotic sequela ---------------------------------------------------------------------- */

/* A line with two bends that tapers. Returns its end. */
static MedctVec
draw_line(MedctScene *scene, MedctStroke stroke, MedctRandom *random, MedctVec p, MedctVec along,
          float length, float half)
{
  for (int piece = 0; piece < 3; piece++) {
    MedctVec aside = {(float)medct_random_normal(random, 0, 0.3),
                      (float)medct_random_normal(random, 0, 0.3),
                      (float)medct_random_normal(random, 0, 0.3)};
    MedctVec next = medct_vec_add(p, medct_vec_scale(medct_vec_add(along, aside), length / 3));
    float thick = half * (1 - 0.27f * (float)piece);
    medct_scene_add_tube(scene, stroke, (MedctTube){p, next, thick, 0.75f * thick});
    p = next;
  }
  return p;
}

/* A tag at the pleura from which strands spread toward the hilum, in lung that is a little hazy. */
static void
draw_strands(MedctScene *scene, int grade, MedctRandom *random, int lobe)
{
  float mm = (float)medct_random_between(random, 18, 42), scale = scene->patient->scale;
  float half = (float)medct_random_between(random, 1.7, 3) / scale;
  MedctVec p = medct_finding_point(scene, random, lobe, 1, 5, &lobe);
  MedctVec to_hilum = medct_vec_unit(
      medct_vec_sub((MedctVec){(float)medct_lobe_side((MedctLobe)lobe) * 46, 10, 5}, p));
  MedctStroke stroke = {.layer = MEDCT_LAYER_MASSES,
                        .blend = MEDCT_BLEND_GROW,
                        .in_lung = TRUE,
                        .hu = (float)medct_random_between(random, 10, 60)};
  stroke.object = medct_scene_add_object(
      scene, medct_finding_in_lobe(MEDCT_FINDING_FIBROTIC_SEQUELA, grade, "strand", lobe, mm));
  MedctBlob tag = {.middle = p, .radius = 3.2f * half, .rough = half, .lobe = -1};
  medct_finding_add_blob(scene, stroke, tag);
  MedctStroke haze = stroke;
  haze.layer = MEDCT_LAYER_PARENCHYMA, haze.blend = MEDCT_BLEND_RAISE;
  haze.hu = -590, haze.edge = 8, tag.radius = 0.3f * mm / scale;
  medct_finding_add_blob(scene, haze, tag);
  MedctVec end = p;
  int n = medct_random_integer(random, 2, 3);
  for (int i = 0; i < n; i++) {
    MedctVec spread = {(float)medct_random_normal(random, 0, 0.45),
                       (float)medct_random_normal(random, 0, 0.45),
                       (float)medct_random_normal(random, 0, 0.45)};
    float length = mm / scale * (i == 0 ? 1 : 0.6f);
    end = draw_line(scene, stroke, random, p, medct_vec_unit(medct_vec_add(to_hilum, spread)),
                    length, half);
  }
  stroke.hu = 450;
  if (medct_random_chance(random, 0.3))
    medct_scene_add_ellipsoid(scene, stroke, medct_ellipsoid(end, (MedctVec){2, 2, 2}));
}

typedef struct {
  const MedctScene *scene;
  float thick, bottom; /* mm; z below which there is none */
} Cap;

static float
cap_field(MedctVec p, const void *data)
{
  const Cap *cap = data;
  float ragged = 2.5f * medct_lattice_at(cap->scene->texture[MEDCT_TEXTURE_CLOUDS], p);
  float thick = cap->thick * medct_shape_step(cap->bottom, cap->bottom + 28, p.z);
  float inside = -medct_lattice_at(cap->scene->lung, p); /* mm to the pleura */
  return thick > 0 ? inside - thick - ragged : 9;
}

static void
draw_cap(MedctScene *scene, int grade, int side)
{
  static const float mm[3] = {6, 9, 13};
  Cap cap = {scene, mm[grade - 1] / scene->patient->scale, scene->patient->apex - 36};
  MedctStroke stroke = {
      .layer = MEDCT_LAYER_PARENCHYMA, .in_lung = TRUE, .hu = 15, .edge = 1.5f, .shape = cap_field};
  stroke.object = medct_scene_add_object(
      scene, medct_finding_in_lobe(MEDCT_FINDING_FIBROTIC_SEQUELA, grade, "apical cap",
                                   side < 0 ? MEDCT_LOBE_RIGHT_UPPER : MEDCT_LOBE_LEFT_UPPER,
                                   mm[grade - 1]));
  stroke.data = medct_scene_keep(scene, &cap, sizeof cap);
  stroke.bounds =
      (MedctBounds){{side < 0 ? -130 : 0, -110, cap.bottom}, {side < 0 ? 0 : 130, 130, 150}};
  medct_scene_add(scene, stroke);
}

void
medct_draw_scars(MedctScene *scene, int grade, MedctRandom *random)
{
  static const MedctRange strands = {{2, 4, 6}, {3, 6, 10}};
  static const int apical[2] = {MEDCT_LOBE_RIGHT_UPPER, MEDCT_LOBE_LEFT_UPPER},
                   basal[2] = {MEDCT_LOBE_RIGHT_LOWER, MEDCT_LOBE_LEFT_LOWER};
  gboolean above = medct_random_chance(random, 0.65);
  int n = medct_range_count(&strands, grade, random);
  for (int i = 0; i < n; i++) {
    int half = medct_random_integer(random, 0, 1);
    draw_strands(scene, grade, random, above ? apical[half] : basal[half]);
  }
  gboolean right = medct_random_chance(random, 0.7), left = medct_random_chance(random, 0.7);
  if (above && right)
    draw_cap(scene, grade, -1);
  if (above && left)
    draw_cap(scene, grade, 1);
}
