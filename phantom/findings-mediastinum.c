/* Hiatal hernia: part of the stomach above the diaphragm behind the heart: a wall of soft tissue,
 * mixed content, often gas with a level. Lymphadenopathy: nodes of more than 10 mm across at the
 * known stations. */
#include "phantom/findings-private.h"

/* ---- hiatal hernia ------------------------------------------------------------------------- */

typedef struct {
  MedctEllipsoid form;
  MedctVec down;
  float inset; /* mm inside the outer surface */
  float gas;   /* mm along gravity above which it holds gas; G_MAXFLOAT: no limit */
} Sac;

static float
sac_field(MedctVec p, const void *data)
{
  const Sac *sac = data;
  float d = medct_ellipsoid_distance(&sac->form, p) + sac->inset;
  /* back bone and aorta keep their places */
  float x = p.x, y = p.y - 68, u = p.x - 21, v = p.y - 44;
  d = MAX(d, MAX(24 - sqrtf(x * x + y * y), 14.5f - sqrtf(u * u + v * v)));
  if (sac->gas < G_MAXFLOAT)
    d = MAX(d, medct_vec_dot(medct_vec_sub(p, sac->form.middle), sac->down) - sac->gas);
  return d;
}

static void
add_sac(MedctScene *scene, MedctStroke stroke, Sac sac, float inset, float hu)
{
  sac.inset = inset;
  stroke.hu = hu;
  stroke.data = medct_scene_keep(scene, &sac, sizeof sac);
  medct_scene_add(scene, stroke);
}

void
medct_draw_hernia(MedctScene *scene, int grade, MedctRandom *random)
{
  static const MedctRange radius = {{16, 23, 31}, {23, 31, 45}};
  float mm = medct_range_draw(&radius, grade, random), r = mm / scene->patient->scale;
  gboolean gas = medct_random_chance(random, 0.8);
  float content = (float)medct_random_between(random, -60, 30);
  MedctVec middle = {6, 32 - 0.3f * r, -74 + 0.55f * r + scene->patient->breath};
  Sac sac = {.form = medct_ellipsoid(middle, (MedctVec){1.1f * r, 0.85f * r, r}),
             .down = scene->patient->down,
             .gas = G_MAXFLOAT};
  MedctStroke stroke = {.layer = MEDCT_LAYER_PLEURA, .shape = sac_field};
  stroke.object =
      medct_scene_add_object(scene, (MedctObject){.finding = MEDCT_FINDING_HIATAL_HERNIA,
                                                  .grade = grade,
                                                  .name = "hiatal hernia",
                                                  .place = "esophageal hiatus",
                                                  .size_mm = 2 * mm});
  stroke.bounds = medct_ellipsoid_bounds(&sac.form);
  add_sac(scene, stroke, sac, 0, -95); /* fat, wall, content, gas */
  add_sac(scene, stroke, sac, 2.5f, 38);
  add_sac(scene, stroke, sac, 6, content);
  sac.gas = -0.15f * r;
  if (gas)
    add_sac(scene, stroke, sac, 6, -940);
}

/* ---- lymph nodes --------------------------------------------------------------------------- */

typedef struct {
  MedctVec at;
  const char *name;
  int side;
} Station;

static const Station stations[] = {
    {{-18, -2, 84}, "right upper paratracheal station", -1},
    {{-19, 4, 52}, "right lower paratracheal station", -1},
    {{15, 12, 46}, "left lower paratracheal station", 1},
    {{30, -8, 46}, "aortopulmonary window", 1},
    {{6, -48, 56}, "prevascular space", 0},
    {{2, 24, 12}, "subcarinal station", 0},
    {{-48, 12, 12}, "right hilum", -1},
    {{54, 16, 14}, "left hilum", 1},
    {{18, 28, -34}, "paraesophageal station", 0},
};

static void
draw_node(MedctScene *scene, int grade, MedctRandom *random, const Station *station, float mm,
          float hu)
{
  float r = mm / scene->patient->scale;
  MedctVec shift = {(float)medct_random_normal(random, 0, 3.5),
                    (float)medct_random_normal(random, 0, 3.5),
                    (float)medct_random_normal(random, 0, 5)};
  float oval = (float)medct_random_between(random, 1.05, 1.5);
  MedctVec along = {(float)medct_random_normal(random, 0, 0.4),
                    (float)medct_random_normal(random, 0, 0.4), 1};
  MedctEllipsoid node =
      medct_ellipsoid_turned(medct_vec_add(station->at, shift), (MedctVec){oval * r, r, 1.05f * r},
                             along, (MedctVec){0, 1, 0});
  MedctStroke stroke = {.layer = MEDCT_LAYER_HEART, .hu = hu};
  stroke.object =
      medct_scene_add_object(scene, (MedctObject){.finding = MEDCT_FINDING_LYMPHADENOPATHY,
                                                  .grade = grade,
                                                  .name = "enlarged lymph node",
                                                  .place = station->name,
                                                  .side = station->side,
                                                  .size_mm = 2 * mm});
  medct_scene_add_ellipsoid(scene, stroke, node);
}

void
medct_draw_lymphadenopathy(MedctScene *scene, int grade, MedctRandom *random)
{
  static const MedctRange count = {{3, 4, 7}, {4, 7, 11}}, radius = {{7, 8.5f, 11}, {9, 12, 17}};
  int n = medct_range_count(&count, grade, random);
  double u = medct_random_uniform(random);
  float hu = (float)(scene->patient->enhanced ? 70 + 25 * u : 32 + 13 * u);
  for (int i = 0; i < n; i++) {
    int which = medct_random_integer(random, 0, G_N_ELEMENTS(stations) - 1);
    draw_node(scene, grade, random, &stations[which], medct_range_draw(&radius, grade, random), hu);
  }
}
