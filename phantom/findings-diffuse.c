/* Emphysema: holes of near-air density without walls among the lobules, more in the upper lobes;
 * bullae, with thin walls, when it is severe.
 * Mosaic attenuation: lung in sharply parted areas of higher and lower density.
 * Interlobular septal thickening: the lobules' walls stand out as a net of fine lines, more at the
 * bases. */
#include "phantom/findings-private.h"

static const MedctBounds halves[2] = {{{-160, -135, -160}, {-2, 140, 160}},
                                      {{2, -135, -160}, {160, 140, 160}}};

static int
add_lung(MedctScene *scene, MedctFinding finding, int grade, const char *name, int half)
{
  return medct_scene_add_object(scene, (MedctObject){.finding = (int)finding,
                                                     .grade = grade,
                                                     .name = name,
                                                     .place = half ? "left lung" : "right lung",
                                                     .side = half ? 1 : -1,
                                                     .size_mm = 0});
}

/* ---- emphysema ----------------------------------------------------------------------------- */

typedef struct {
  const MedctLattice *noise;
  float threshold, rise; /* of the noise at z 0, and how much less it takes per mm upward */
  float mm;              /* makes a difference of noise a distance */
} Holes;

static float
holes_field(MedctVec p, const void *data)
{
  const Holes *holes = data;
  float threshold = holes->threshold - holes->rise * p.z;
  return (threshold - medct_lattice_at(holes->noise, p)) * holes->mm;
}

static void
draw_bulla(MedctScene *scene, MedctRandom *random, int object, int half)
{
  static const int lobes[2] = {MEDCT_LOBE_RIGHT_UPPER, MEDCT_LOBE_LEFT_UPPER};
  int lobe;
  float r = (float)medct_random_between(random, 7, 17);
  MedctVec p = medct_finding_point(scene, random, lobes[half], 0.5f * r, 0.95f * r, &lobe);
  MedctStroke stroke = {
      .layer = MEDCT_LAYER_MASSES, .in_lung = TRUE, .object = object, .hu = -720, .opacity = 0.8f};
  MedctBlob blob = {.middle = p, .radius = r, .rough = 0.07f * r, .lobe = -1};
  medct_finding_add_blob(scene, stroke, blob);
  stroke.hu = -995, stroke.opacity = 1, blob.radius = r - 0.8f;
  medct_finding_add_blob(scene, stroke, blob);
}

void
medct_draw_emphysema(MedctScene *scene, int grade, MedctRandom *random)
{
  /* thresholds of a normal number that leave 6 to 12, 14 to 26, 30 to 50 % above them */
  static const MedctRange threshold = {{1.18f, 0.65f, 0.0f}, {1.55f, 1.08f, 0.52f}};
  Holes holes = {.noise = medct_scene_noise(scene, "emphysema", 6.5f), .mm = 4.5f};
  holes.threshold = medct_range_draw(&threshold, grade, random);
  holes.rise = (float)medct_random_between(random, 0.004, 0.009);
  MedctStroke stroke = {.layer = MEDCT_LAYER_PARENCHYMA,
                        .blend = MEDCT_BLEND_LOWER,
                        .in_lung = TRUE,
                        .hu = -988,
                        .edge = 1.4f};
  stroke.shape = holes_field, stroke.data = medct_scene_keep(scene, &holes, sizeof holes);
  for (int half = 0; half < 2; half++) {
    stroke.object = add_lung(scene, MEDCT_FINDING_EMPHYSEMA, grade, "emphysema", half);
    stroke.bounds = halves[half];
    medct_scene_add(scene, stroke);
    int bullae = grade == 1 ? 0 : medct_random_integer(random, 1, grade == 2 ? 2 : 5);
    for (int n = 0; n < bullae; n++)
      draw_bulla(scene, random, stroke.object, half);
  }
}

/* ---- mosaic attenuation -------------------------------------------------------------------- */

typedef struct {
  const MedctLattice *noise;
  float sign;
} Areas;

static float
areas_field(MedctVec p, const void *data)
{
  const Areas *areas = data;
  return areas->sign * medct_lattice_at(areas->noise, p) * 12;
}

void
medct_draw_mosaic(MedctScene *scene, int grade, MedctRandom *random)
{
  static const MedctRange step = {{45, 65, 100}, {65, 100, 150}};
  float hu = 0.8f * medct_range_draw(&step, grade, random);
  Areas dark = {medct_scene_noise(scene, "mosaic", 17), 1}, light = {dark.noise, -1};
  MedctStroke stroke = {.layer = MEDCT_LAYER_PARENCHYMA,
                        .blend = MEDCT_BLEND_ADD,
                        .in_lung = TRUE,
                        .edge = 3,
                        .shape = areas_field};
  const void *kept[2] = {medct_scene_keep(scene, &dark, sizeof dark),
                         medct_scene_keep(scene, &light, sizeof light)};
  for (int half = 0; half < 2; half++) {
    stroke.object = add_lung(scene, MEDCT_FINDING_MOSAIC, grade, "mosaic attenuation", half);
    stroke.bounds = halves[half];
    for (int part = 0; part < 2; part++) {
      stroke.data = kept[part], stroke.hu = part ? hu : -hu;
      medct_scene_add(scene, stroke);
    }
  }
}

/* ---- interlobular septa -------------------------------------------------------------------- */

typedef struct {
  guint64 key;
  float cell, half; /* mm: a lobule's size, half of a septum's thickness */
  float top;        /* z above which there are none */
} Septa;

/* One point of each cube of the lattice, somewhere inside it. */
static MedctVec
lobule_seed(const Septa *septa, int i, int j, int k)
{
  guint64 at = ((guint64)(guint16)i << 32) | ((guint64)(guint16)j << 16) | (guint16)k;
  guint64 bits = medct_random_mix(septa->key ^ at);
  float u = (float)(bits & 0xffff) / 65536, v = (float)(bits >> 16 & 0xffff) / 65536,
        w = (float)(bits >> 32 & 0xffff) / 65536;
  return (MedctVec){((float)i + u) * septa->cell, ((float)j + v) * septa->cell,
                    ((float)k + w) * septa->cell};
}

/* The two points nearest to p. */
static void
nearest_seeds(const Septa *septa, MedctVec p, MedctVec *first, MedctVec *second)
{
  int i0 = (int)floorf(p.x / septa->cell), j0 = (int)floorf(p.y / septa->cell),
      k0 = (int)floorf(p.z / septa->cell);
  float d_first = G_MAXFLOAT, d_second = G_MAXFLOAT;
  for (int k = k0 - 1; k <= k0 + 1; k++)
    for (int j = j0 - 1; j <= j0 + 1; j++)
      for (int i = i0 - 1; i <= i0 + 1; i++) {
        MedctVec seed = lobule_seed(septa, i, j, k), d = medct_vec_sub(p, seed);
        float d2 = medct_vec_dot(d, d);
        if (d2 < d_first) {
          d_second = d_first, *second = *first;
          d_first = d2, *first = seed;
        } else if (d2 < d_second) {
          d_second = d2, *second = seed;
        }
      }
}

/* Septa part the cells around the points: the plane half-way between the two nearest. */
static float
septa_field(MedctVec p, const void *data)
{
  const Septa *septa = data;
  MedctVec first = {0}, second = {0};
  float fade = septa->half * medct_shape_step(septa->top, septa->top - 50, p.z);
  nearest_seeds(septa, p, &first, &second);
  MedctVec across = medct_vec_sub(second, first);
  MedctVec from_plane = medct_vec_sub(medct_vec_mix(first, second, 0.5f), p);
  float d = medct_vec_dot(from_plane, medct_vec_unit(across));
  return fade > 0.05f ? d - fade : 5;
}

void
medct_draw_septal_thickening(MedctScene *scene, int grade, MedctRandom *random)
{
  static const float half_mm[3] = {0.6f, 0.9f, 1.3f}, opacity[3] = {0.45f, 0.6f, 0.75f},
                     tops[3] = {0, 45, 95};
  Septa septa = {.key = random->key, .half = half_mm[grade - 1], .top = tops[grade - 1]};
  septa.cell = (float)medct_random_between(random, 15, 19);
  MedctStroke stroke = {.layer = MEDCT_LAYER_PARENCHYMA,
                        .blend = MEDCT_BLEND_RAISE,
                        .in_lung = TRUE,
                        .hu = -90,
                        .opacity = opacity[grade - 1],
                        .edge = 1.4f,
                        .shape = septa_field};
  stroke.data = medct_scene_keep(scene, &septa, sizeof septa);
  for (int half = 0; half < 2; half++) {
    stroke.object =
        add_lung(scene, MEDCT_FINDING_SEPTAL_THICKENING, grade, "thickened septa", half);
    stroke.bounds = halves[half];
    stroke.bounds.high.z = septa.top;
    medct_scene_add(scene, stroke);
  }
}
