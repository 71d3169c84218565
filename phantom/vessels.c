#include "phantom/vessels.h"

typedef struct {
  float x, y, z, r;
} Knot;

typedef struct {
  MedctVesselKind kind;
  gboolean in_hilum;
  int n;
  Knot knots[11];
} Path;

/* mm; a man of mean size. Radii are outer ones of vessels and inner ones of airways. */
static const Path paths[] = {
    {MEDCT_VESSEL_AORTA,
     FALSE,
     11,
     {{9, -18, -16, 15},
      {-6, -28, 8, 16},
      {-13, -30, 34, 16},
      {-8, -24, 54, 15},
      {4, -8, 65, 14.5f},
      {18, 14, 64, 14},
      {26, 34, 48, 13},
      {28, 41, 20, 12.5f},
      {25, 43, -30, 12},
      {16, 42, -80, 11.5f},
      {6, 39, -215, 11}}},
    {MEDCT_VESSEL_ARCH_BRANCH,
     FALSE,
     4,
     {{-8, -20, 60, 7}, {-15, -8, 86, 6.5f}, {-22, 4, 112, 6}, {-26, 6, 215, 4}}},
    {MEDCT_VESSEL_ARCH_BRANCH,
     FALSE,
     4,
     {{-18, -2, 104, 5}, {-34, 8, 120, 4.8f}, {-62, 8, 126, 4.5f}, {-100, -4, 122, 4}}},
    {MEDCT_VESSEL_ARCH_BRANCH, FALSE, 3, {{6, -6, 68, 4.5f}, {16, 3, 98, 4.2f}, {20, 6, 215, 4}}},
    {MEDCT_VESSEL_ARCH_BRANCH,
     FALSE,
     5,
     {{17, 10, 68, 5.5f},
      {26, 20, 96, 5},
      {36, 18, 122, 5},
      {62, 8, 126, 4.6f},
      {100, -4, 122, 4}}},
    {MEDCT_VESSEL_PULMONARY_ARTERY,
     FALSE,
     4,
     {{22, -50, -14, 14}, {24, -40, 6, 14}, {22, -24, 20, 14}, {20, -14, 24, 12}}},
    {MEDCT_VESSEL_PULMONARY_ARTERY,
     FALSE,
     4,
     {{20, -14, 23, 11}, {2, -3, 17, 10}, {-20, 3, 14, 9.5f}, {-36, 7, 10, 8.5f}}},
    {MEDCT_VESSEL_PULMONARY_ARTERY,
     FALSE,
     4,
     {{20, -14, 24, 12}, {30, 2, 27, 11}, {39, 13, 22, 10}, {43, 20, 10, 8.5f}}},
    {MEDCT_VESSEL_PULMONARY_ARTERY,
     TRUE,
     3,
     {{-36, 7, 10, 8.5f}, {-45, 12, -6, 7.5f}, {-50, 22, -26, 6.5f}}},
    {MEDCT_VESSEL_PULMONARY_ARTERY, TRUE, 2, {{-30, 5, 12, 7}, {-48, 4, 26, 5}}},
    {MEDCT_VESSEL_PULMONARY_ARTERY,
     TRUE,
     3,
     {{43, 20, 10, 8.5f}, {49, 26, -6, 7.5f}, {52, 32, -26, 6.5f}}},
    {MEDCT_VESSEL_PULMONARY_ARTERY, TRUE, 2, {{40, 14, 20, 7}, {52, -2, 24, 5}}},
    {MEDCT_VESSEL_PULMONARY_VEIN, FALSE, 3, {{-8, 4, -6, 7}, {-28, -2, -4, 7}, {-46, -8, 4, 5.5f}}},
    {MEDCT_VESSEL_PULMONARY_VEIN,
     FALSE,
     3,
     {{-8, 12, -18, 7}, {-28, 20, -22, 7}, {-46, 26, -28, 6}}},
    {MEDCT_VESSEL_PULMONARY_VEIN, FALSE, 3, {{18, 2, -4, 7}, {36, -4, -2, 7}, {52, -12, 6, 5.5f}}},
    {MEDCT_VESSEL_PULMONARY_VEIN, FALSE, 3, {{18, 12, -18, 7}, {36, 18, -24, 7}, {52, 26, -30, 6}}},
    {MEDCT_VESSEL_VEIN,
     FALSE,
     4,
     {{-29, -16, 70, 9}, {-30, -20, 40, 9.5f}, {-28, -22, 14, 10}, {-26, -26, -8, 10.5f}}},
    {MEDCT_VESSEL_VEIN,
     FALSE,
     4,
     {{-29, -16, 70, 8.5f}, {-33, -18, 90, 7.5f}, {-38, -14, 118, 7}, {-40, -6, 215, 6}}},
    {MEDCT_VESSEL_VEIN,
     FALSE,
     5,
     {{-27, -20, 74, 7.5f},
      {-8, -40, 80, 6.5f},
      {12, -38, 90, 6.5f},
      {32, -22, 110, 7},
      {42, -8, 215, 6}}},
    {MEDCT_VESSEL_VEIN,
     FALSE,
     5,
     {{-29, -16, 38, 4.5f},
      {-25, 6, 46, 4.5f},
      {-12, 32, 42, 4.2f},
      {-8, 46, 24, 4},
      {-8, 46, -215, 3.5f}}},
    {MEDCT_VESSEL_VEIN,
     FALSE,
     4,
     {{-24, -22, -52, 12}, {-25, -10, -76, 12.5f}, {-26, 4, -110, 12.5f}, {-24, 12, -215, 12}}},
    {MEDCT_VESSEL_AIRWAY,
     FALSE,
     4,
     {{0, -4, 215, 8.3f}, {0, 6, 110, 8.3f}, {-1, 14, 70, 8.6f}, {1, 19, 40, 9}}},
    {MEDCT_VESSEL_AIRWAY, FALSE, 3, {{0, 19, 39, 8}, {-14, 21, 24, 7.4f}, {-28, 20, 14, 7}}},
    {MEDCT_VESSEL_AIRWAY, FALSE, 3, {{2, 19, 39, 7.6f}, {18, 23, 22, 6.7f}, {36, 24, 7, 6.2f}}},
    {MEDCT_VESSEL_AIRWAY, TRUE, 2, {{-24, 20, 18, 5.5f}, {-44, 16, 24, 4.6f}}},
    {MEDCT_VESSEL_AIRWAY, TRUE, 2, {{-28, 20, 14, 6.5f}, {-39, 19, -8, 5.6f}}},
    {MEDCT_VESSEL_AIRWAY, TRUE, 2, {{-39, 18, -8, 4.2f}, {-50, 2, -18, 3.4f}}},
    {MEDCT_VESSEL_AIRWAY, TRUE, 2, {{-39, 19, -8, 5.2f}, {-46, 28, -24, 4.6f}}},
    {MEDCT_VESSEL_AIRWAY, TRUE, 3, {{36, 24, 7, 5.5f}, {46, 14, 6, 4.8f}, {54, 4, 10, 4.2f}}},
    {MEDCT_VESSEL_AIRWAY, TRUE, 3, {{36, 24, 7, 5.6f}, {43, 28, -8, 5}, {47, 33, -24, 4.6f}}},
    {MEDCT_VESSEL_GULLET,
     FALSE,
     6,
     {{4, 26, 215, 7},
      {7, 30, 70, 7.5f},
      {8, 38, 10, 7.5f},
      {10, 36, -40, 7.5f},
      {18, 28, -74, 8},
      {32, 14, -96, 9}}},
};

/* Catmull-Rom between knots, so that no vessel has a corner. */
static Knot
curve(const Path *path, int n, float t)
{
  Knot k[4];
  for (int i = 0; i < 4; i++)
    k[i] = path->knots[CLAMP(n - 1 + i, 0, path->n - 1)];
  float t2 = t * t, t3 = t2 * t;
  float w[4] = {-0.5f * t3 + t2 - 0.5f * t, 1.5f * t3 - 2.5f * t2 + 1,
                -1.5f * t3 + 2 * t2 + 0.5f * t, 0.5f * t3 - 0.5f * t2};
  Knot sum = {0};
  for (int i = 0; i < 4; i++) {
    sum.x += w[i] * k[i].x, sum.y += w[i] * k[i].y;
    sum.z += w[i] * k[i].z, sum.r += w[i] * k[i].r;
  }
  return sum;
}

static void
add_path(GArray *vessels, const Path *path, float widen)
{
  enum { PIECES = 4 };
  for (int n = 0; n + 1 < path->n; n++)
    for (int piece = 0; piece < PIECES; piece++) {
      Knot a = curve(path, n, (float)piece / PIECES),
           b = curve(path, n, (float)(piece + 1) / PIECES);
      MedctGreatVessel vessel = {
          path->kind, {{a.x, a.y, a.z}, {b.x, b.y, b.z}, a.r * widen, b.r * widen}, path->in_hilum};
      vessel.bounds = medct_tube_bounds(&vessel.tube);
      g_array_append_val(vessels, vessel);
    }
}

GArray *
medct_great_vessels(const MedctPatient *patient)
{
  GArray *vessels = g_array_new(FALSE, FALSE, sizeof(MedctGreatVessel));
  for (gsize n = 0; n < G_N_ELEMENTS(paths); n++)
    add_path(vessels, &paths[n], paths[n].kind == MEDCT_VESSEL_AORTA ? patient->aorta : 1);
  return vessels;
}

static void
draw_airway(MedctScene *scene, MedctTube tube)
{
  MedctStroke wall = {.layer = MEDCT_LAYER_ORGANS, .object = -1, .hu = 30};
  MedctStroke lumen = {.layer = MEDCT_LAYER_CHAMBERS, .object = -1, .hu = -1000};
  MedctTube outer = tube;
  outer.ra += 1.6f, outer.rb += 1.6f;
  medct_scene_add_tube(scene, wall, outer);
  medct_scene_add_tube(scene, lumen, tube);
}

static void
draw_vessel(MedctScene *scene, const MedctGreatVessel *vessel)
{
  const MedctPatient *p = scene->patient;
  static const float wall_mm = 1.5f;
  gboolean left = vessel->kind == MEDCT_VESSEL_AORTA || vessel->kind == MEDCT_VESSEL_ARCH_BRANCH ||
                  vessel->kind == MEDCT_VESSEL_PULMONARY_VEIN;
  float blood = left ? p->blood_left : p->blood_right;
  MedctStroke stroke = {.layer = MEDCT_LAYER_ORGANS, .object = -1, .hu = blood};
  if (vessel->kind == MEDCT_VESSEL_GULLET)
    stroke.hu = 40;
  if (vessel->kind != MEDCT_VESSEL_AORTA) {
    medct_scene_add_tube(scene, stroke, vessel->tube);
    return;
  }
  stroke.hu = 48;
  medct_scene_add_tube(scene, stroke, vessel->tube);
  MedctTube inner = vessel->tube;
  inner.ra -= wall_mm, inner.rb -= wall_mm;
  stroke.layer = MEDCT_LAYER_CHAMBERS, stroke.hu = blood;
  medct_scene_add_tube(scene, stroke, inner);
}

void
medct_great_vessels_draw(GArray *vessels, MedctScene *scene)
{
  for (guint n = 0; n < vessels->len; n++) {
    const MedctGreatVessel *vessel = &g_array_index(vessels, MedctGreatVessel, n);
    if (vessel->kind == MEDCT_VESSEL_AIRWAY)
      draw_airway(scene, vessel->tube);
    else
      draw_vessel(scene, vessel);
  }
}
