/* Nodules and filled air spaces.
 *
 * Nodule: a rounded opacity of at most 30 mm, well or poorly defined, solid, part-solid or
 * calcified. Opacity: hazy increase of the lung's density in which vessels and airways remain
 * visible (ground glass), or patches of it. Consolidation: air spaces filled to the density of soft
 * tissue, which hides vessels and leaves airways as air bronchograms; stops at fissures. */
#include "phantom/findings-private.h"

/* ---- nodules ------------------------------------------------------------------------------- */

static void
draw_spicules(MedctScene *scene, MedctRandom *random, MedctVec middle, float r, int object)
{
  MedctStroke stroke = {.layer = MEDCT_LAYER_MASSES,
                        .blend = MEDCT_BLEND_GROW,
                        .in_lung = TRUE,
                        .object = object,
                        .hu = 10};
  int n = medct_random_integer(random, 7, 14);
  for (int i = 0; i < n; i++) {
    MedctVec out = medct_vec_unit((MedctVec){(float)medct_random_normal(random, 0, 1),
                                             (float)medct_random_normal(random, 0, 1),
                                             (float)medct_random_normal(random, 0, 1)});
    float reach = r * (float)medct_random_between(random, 1.35, 1.9);
    MedctTube tube = {medct_vec_add(middle, medct_vec_scale(out, 0.7f * r)),
                      medct_vec_add(middle, medct_vec_scale(out, reach)), 1.1f, 0.35f};
    medct_scene_add_tube(scene, stroke, tube);
  }
}

void
medct_draw_nodules(MedctScene *scene, int grade, MedctRandom *random)
{
  static const MedctRange count = {{1, 1, 2}, {2, 3, 5}}, radius = {{4, 5.5f, 9}, {5.5f, 9, 14.5f}};
  int n = medct_range_count(&count, grade, random);
  for (int i = 0; i < n; i++) {
    float mm = medct_range_draw(&radius, grade, random), r = mm / scene->patient->scale;
    double kind = medct_random_uniform(random);
    gboolean subsolid = kind<0.12, calcified = kind> 0.88;
    int lobe;
    MedctVec p = medct_finding_point(scene, random, -1, r + 2, 60, &lobe);
    const char *name = subsolid ? "part-solid nodule" : calcified ? "calcified nodule" : "nodule";
    int object = medct_scene_add_object(
        scene, medct_finding_in_lobe(MEDCT_FINDING_NODULE, grade, name, lobe, 2 * mm));
    float hu = (float)medct_random_between(random, 20, 60);
    MedctStroke stroke = {.layer = MEDCT_LAYER_MASSES, .in_lung = TRUE, .object = object};
    stroke.hu = subsolid ? -480 : calcified ? 420 : hu;
    stroke.edge = subsolid ? 3 : 0;
    MedctBlob blob = {.middle = p, .radius = r, .rough = 0.1f * r, .lobe = -1};
    medct_finding_add_blob(scene, stroke, blob);
    if (subsolid) {
      stroke.hu = hu, stroke.edge = 1.5f, blob.radius = 0.45f * r;
      medct_finding_add_blob(scene, stroke, blob);
    } else if (!calcified && mm > 7) {
      draw_spicules(scene, random, p, r, object);
    }
  }
}

/* ---- ground glass -------------------------------------------------------------------------- */

void
medct_draw_opacity(MedctScene *scene, int grade, MedctRandom *random)
{
  static const MedctRange count = {{2, 3, 6}, {3, 6, 11}}, radius = {{15, 16, 17}, {24, 28, 34}};
  int n = medct_range_count(&count, grade, random);
  for (int i = 0; i < n; i++) {
    float mm = medct_range_draw(&radius, grade, random), r = mm / scene->patient->scale;
    int lobe;
    MedctVec p = medct_finding_point(scene, random, -1, 4, 26, &lobe);
    int object =
        medct_scene_add_object(scene, medct_finding_in_lobe(MEDCT_FINDING_OPACITY, grade,
                                                            "ground-glass opacity", lobe, 2 * mm));
    MedctStroke stroke = {.layer = MEDCT_LAYER_PARENCHYMA,
                          .blend = MEDCT_BLEND_RAISE,
                          .in_lung = TRUE,
                          .object = object,
                          .edge = 0.7f * r,
                          .hu = (float)medct_random_between(random, -600, -380)};
    MedctBlob blob = {.middle = p, .radius = 0.8f * r, .rough = 0.34f * r, .lobe = lobe};
    medct_finding_add_blob(scene, stroke, blob);
  }
}

/* ---- consolidation ------------------------------------------------------------------------- */

void
medct_draw_consolidation(MedctScene *scene, int grade, MedctRandom *random)
{
  static const MedctRange count = {{1, 1, 2}, {1, 2, 4}}, radius = {{13, 18, 26}, {20, 30, 42}};
  int n = medct_range_count(&count, grade, random);
  for (int i = 0; i < n; i++) {
    float mm = medct_range_draw(&radius, grade, random), r = mm / scene->patient->scale;
    gboolean halo = medct_random_chance(random, 0.6);
    int lobe;
    MedctVec p = medct_finding_point(scene, random, -1, 0.3f * r, 0.8f * r, &lobe);
    int object =
        medct_scene_add_object(scene, medct_finding_in_lobe(MEDCT_FINDING_CONSOLIDATION, grade,
                                                            "consolidation", lobe, 2 * mm));
    MedctStroke stroke = {.layer = MEDCT_LAYER_PARENCHYMA,
                          .in_lung = TRUE,
                          .object = object,
                          .edge = 5,
                          .hu = (float)medct_random_between(random, 22, 48)};
    MedctBlob blob = {.middle = p, .radius = 0.85f * r, .rough = 0.3f * r, .lobe = lobe};
    if (halo) {
      MedctStroke haze = stroke;
      MedctBlob wide = blob;
      haze.blend = MEDCT_BLEND_RAISE, haze.hu = -520, haze.edge = 12, wide.radius += 7;
      medct_finding_add_blob(scene, haze, wide);
    }
    medct_finding_add_blob(scene, stroke, blob);
  }
}
