/* Peribronchial thickening: walls of bronchi thicker than their artery explains, as rings across
 * and tram lines along, with cuffs at the hila. Bronchiectasis: bronchi wider than the artery
 * beside them (signet ring), with thick walls, that do not taper, in clusters. */
#include "phantom/findings-private.h"

/* ---- peribronchial thickening -------------------------------------------------------------- */

void
medct_draw_peribronchial_thickening(MedctScene *scene, int grade, MedctRandom *random)
{
  static const MedctRange factor = {{2, 2.5f, 3.3f}, {2.5f, 3.3f, 4.2f}};
  float times = medct_range_draw(&factor, grade, random);
  int objects[MEDCT_N_LOBES];
  for (int lobe = 0; lobe < MEDCT_N_LOBES; lobe++)
    objects[lobe] = medct_scene_add_object(
        scene, medct_finding_in_lobe(MEDCT_FINDING_PERIBRONCHIAL_THICKENING, grade,
                                     "thick bronchial walls", lobe, 0));
  MedctStroke wall = {.layer = MEDCT_LAYER_AIRWAYS, .blend = MEDCT_BLEND_GROW, .hu = 15};
  for (guint n = 0; n < scene->bronchi->len; n++) {
    const MedctBronchus *bronchus = &g_array_index(scene->bronchi, MedctBronchus, n);
    float from_hilum = MAX(0.0f, fabsf(bronchus->lumen.b.x) - 45);
    float cuff = (float)(grade + 1) * expf(-from_hilum / 22);
    float thick = bronchus->wall * times + 0.6f + 0.5f * cuff;
    MedctTube outer = bronchus->lumen;
    outer.ra += thick, outer.rb += thick;
    wall.object = objects[bronchus->lobe];
    medct_scene_add_tube(scene, wall, outer);
  }
}

/* ---- bronchiectasis ------------------------------------------------------------------------ */

/* One wide tube that swells and narrows a little, with its artery. */
static void
draw_wide_bronchus(MedctScene *scene, MedctRandom *random, int object, MedctVec from,
                   MedctVec along, MedctVec aside, float r)
{
  enum { PIECES = 4 };
  float length = (float)medct_random_between(random, 16, 28) / PIECES;
  MedctStroke wall = {.layer = MEDCT_LAYER_AIRWAYS,
                      .blend = MEDCT_BLEND_GROW,
                      .object = object,
                      .hu = 20,
                      .in_lung = TRUE};
  MedctStroke lumen = {.layer = MEDCT_LAYER_LUMENS,
                       .blend = MEDCT_BLEND_BORE,
                       .object = object,
                       .hu = -985,
                       .in_lung = TRUE};
  float artery = 0.45f * r;
  MedctVec gap = medct_vec_scale(aside, r + 1.9f + artery);
  for (int n = 0; n < PIECES; n++) {
    MedctVec to = medct_vec_add(from, medct_vec_scale(along, length));
    float ra = r * (n % 2 ? 1.12f : 0.92f), rb = r * (n % 2 ? 0.92f : 1.12f);
    medct_scene_add_tube(scene, wall, (MedctTube){from, to, ra + 1.8f, rb + 1.8f});
    medct_scene_add_tube(scene, lumen, (MedctTube){from, to, ra, rb});
    medct_scene_add_tube(
        scene, wall, (MedctTube){medct_vec_add(from, gap), medct_vec_add(to, gap), artery, artery});
    MedctVec bend = {(float)medct_random_normal(random, 0, 0.12),
                     (float)medct_random_normal(random, 0, 0.12),
                     (float)medct_random_normal(random, 0, 0.12)};
    along = medct_vec_unit(medct_vec_add(along, bend));
    from = to;
  }
}

static void
draw_cluster(MedctScene *scene, int grade, MedctRandom *random)
{
  static const int tubes[3] = {6, 7, 9};
  static const MedctRange radius = {{3, 3.8f, 5}, {4.2f, 5.5f, 8}};
  static const int usual[] = {MEDCT_LOBE_RIGHT_LOWER, MEDCT_LOBE_LEFT_LOWER,
                              MEDCT_LOBE_RIGHT_MIDDLE, MEDCT_LOBE_LEFT_UPPER};
  int lobe = usual[medct_random_integer(random, 0, G_N_ELEMENTS(usual) - 1)];
  MedctVec middle = medct_finding_point(scene, random, lobe, 14, 45, &lobe);
  MedctVec hilum = {(float)medct_lobe_side((MedctLobe)lobe) * 46, 14, -5};
  MedctVec out = medct_vec_unit(medct_vec_sub(middle, hilum));
  MedctVec u = medct_vec_unit(medct_vec_cross(out, (MedctVec){0.2f, 0.1f, 1})),
           v = medct_vec_cross(out, u);
  float scale = scene->patient->scale, widest = 0;
  int object =
      medct_scene_add_object(scene, medct_finding_in_lobe(MEDCT_FINDING_BRONCHIECTASIS, grade,
                                                          "dilated bronchi", lobe, 0));
  for (int n = 0; n < tubes[grade - 1]; n++) {
    float mm = medct_range_draw(&radius, grade, random), r = mm / scale;
    float angle = 2.4f * (float)n, far = (2.1f * r + 3) * sqrtf((float)n);
    MedctVec spread =
        medct_vec_add(medct_vec_scale(u, far * cosf(angle)), medct_vec_scale(v, far * sinf(angle)));
    MedctVec fan = medct_vec_unit(medct_vec_add(out, medct_vec_scale(spread, 0.012f)));
    MedctVec from = medct_vec_add(medct_vec_sub(middle, medct_vec_scale(out, 10)), spread);
    draw_wide_bronchus(scene, random, object, from, fan, u, r);
    widest = MAX(widest, 2 * mm);
  }
  g_array_index(scene->objects, MedctObject, object).size_mm = widest;
}

void
medct_draw_bronchiectasis(MedctScene *scene, int grade, MedctRandom *random)
{
  static const MedctRange clusters = {{1, 2, 2}, {1, 2, 3}};
  int n = medct_range_count(&clusters, grade, random);
  for (int i = 0; i < n; i++)
    draw_cluster(scene, grade, random);
}
