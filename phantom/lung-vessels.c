#include "phantom/lung-vessels.h"
#include "phantom/lobes.h"
#include "phantom/random.h"
#include "phantom/tree.h"

enum { POINTS = 1700, TRIES = 3 }; /* of all lobes together; candidates a point */

typedef struct {
  MedctVec artery, vein, airway, along;
  float share; /* of the lungs' volume */
} Root;

static const Root roots[MEDCT_N_LOBES] = {
    {{-48, 4, 26}, {-46, -8, 4}, {-44, 16, 24}, {-0.6f, 0, 0.8f}, 0.2f},
    {{-49, 8, -14}, {-46, -8, 2}, {-50, 2, -18}, {-0.6f, -0.7f, -0.4f}, 0.1f},
    {{-50, 22, -26}, {-46, 26, -28}, {-46, 28, -24}, {-0.3f, 0.4f, -0.85f}, 0.26f},
    {{52, -2, 24}, {52, -12, 6}, {54, 4, 10}, {0.6f, -0.4f, 0.7f}, 0.22f},
    {{52, 32, -26}, {52, 26, -30}, {47, 33, -24}, {0.3f, 0.4f, -0.85f}, 0.22f},
};

/* ---- points to feed ------------------------------------------------------------------------ */

static gboolean
random_point(const MedctScene *scene, MedctRandom *random, MedctLobe lobe, MedctVec *point)
{
  int side = medct_lobe_side(lobe);
  for (int tries = 0; tries < 60; tries++) {
    MedctVec p = {(float)(side * medct_random_between(random, 2, 140)),
                  (float)medct_random_between(random, -95, 105),
                  (float)medct_random_between(random, -135, 130)};
    if (medct_lobe_at(p) == lobe && medct_lattice_at(scene->lung, p) < -2.5f) {
      *point = p;
      return TRUE;
    }
  }
  return FALSE;
}

static float
nearest(const MedctVec *points, int n, MedctVec p)
{
  float least = G_MAXFLOAT;
  for (int i = 0; i < n; i++) {
    MedctVec d = medct_vec_sub(points[i], p);
    float d2 = medct_vec_dot(d, d);
    least = MIN(least, d2);
  }
  return least;
}

/* Of a few candidates the loneliest is taken: points spread evenly, as lobules do. */
static int
spread_points(const MedctScene *scene, MedctRandom *random, MedctLobe lobe, int wanted,
              MedctVec *points)
{
  int n = 0;
  for (int i = 0; i < wanted; i++) {
    MedctVec best = {0}, p;
    float loneliest = -1;
    for (int tries = 0; tries < TRIES; tries++) {
      if (!random_point(scene, random, lobe, &p))
        continue;
      float lonely = nearest(points, n, p);
      if (lonely > loneliest)
        loneliest = lonely, best = p;
    }
    if (loneliest >= 0)
      points[n++] = best;
  }
  return n;
}

/* ---- drawing ------------------------------------------------------------------------------- */

static float
vessel_radius(const MedctTreeNode *node)
{
  return 0.58f * powf((float)node->fed, 0.37f);
}

static void
draw_vessels(MedctScene *scene, const GArray *nodes, float hu, gboolean artery)
{
  MedctStroke stroke = {.layer = MEDCT_LAYER_VESSELS,
                        .blend = MEDCT_BLEND_GROW,
                        .object = -1,
                        .hu = hu,
                        .in_lung = FALSE};
  for (guint n = 1; n < nodes->len; n++) {
    const MedctTreeNode *node = &g_array_index(nodes, MedctTreeNode, n);
    const MedctTreeNode *parent = &g_array_index(nodes, MedctTreeNode, node->parent);
    float r = vessel_radius(node), rp = MIN(vessel_radius(parent), r * 1.25f);
    MedctTube tube = {parent->at, node->at, rp, r};
    medct_scene_add_tube(scene, stroke, tube);
    if (artery)
      g_array_append_val(scene->arteries, tube);
  }
}

/* Off the artery, away from the chest wall; turning no faster than airways do. */
static MedctVec
aside_of(const MedctTreeNode *node, MedctVec along, MedctVec before)
{
  MedctVec to_hilum = medct_vec_sub((MedctVec){0, 18, 0}, node->at);
  MedctVec aside = medct_vec_cross(along, medct_vec_cross(to_hilum, along));
  return medct_vec_unit(medct_vec_mix(before, medct_vec_unit(aside), 0.25f));
}

static float
lumen_radius(float artery)
{
  return 0.82f * artery;
}

static void
draw_bronchi(MedctScene *scene, const GArray *nodes, MedctVec root, int lobe)
{
  enum { SMALLEST = 7 }; /* points fed: what a scanner still shows of an airway */
  g_autofree MedctVec *at = g_new(MedctVec, nodes->len), *aside = g_new(MedctVec, nodes->len);
  at[0] = root;
  aside[0] = medct_vec_unit(medct_vec_sub(root, g_array_index(nodes, MedctTreeNode, 0).at));
  for (guint n = 1; n < nodes->len; n++) {
    const MedctTreeNode *node = &g_array_index(nodes, MedctTreeNode, n);
    const MedctTreeNode *parent = &g_array_index(nodes, MedctTreeNode, node->parent);
    float artery = vessel_radius(node), r = lumen_radius(artery), wall = 0.42f + 0.13f * r;
    MedctVec along = medct_vec_unit(medct_vec_sub(node->at, parent->at));
    aside[n] = aside_of(node, along, aside[node->parent]);
    at[n] = medct_vec_add(node->at, medct_vec_scale(aside[n], artery + r + wall));
    if (node->fed < SMALLEST)
      continue;
    float rp = MIN(lumen_radius(vessel_radius(parent)), 1.2f * r);
    MedctBronchus bronchus = {{at[node->parent], at[n], rp, r}, wall, lobe};
    g_array_append_val(scene->bronchi, bronchus);
  }
}

void
medct_lung_vessels_grow(MedctScene *scene)
{
  const MedctPatient *patient = scene->patient;
  static const char *const names[MEDCT_N_LOBES] = {"tree 0", "tree 1", "tree 2", "tree 3",
                                                   "tree 4"};
  for (int lobe = 0; lobe < MEDCT_N_LOBES; lobe++) {
    MedctRandom random = medct_random_stream(patient->seed, patient->index, names[lobe]);
    int wanted = (int)(POINTS * roots[lobe].share);
    g_autofree MedctVec *points = g_new(MedctVec, wanted);
    int n = spread_points(scene, &random, lobe, wanted, points);
    g_autoptr(GArray) arteries = medct_tree_grow(roots[lobe].artery, roots[lobe].along, points, n);
    draw_vessels(scene, arteries, patient->blood_right - 4, TRUE);
    draw_bronchi(scene, arteries, roots[lobe].airway, lobe);
    n = spread_points(scene, &random, lobe, wanted * 3 / 4, points);
    g_autoptr(GArray) veins = medct_tree_grow(roots[lobe].vein, roots[lobe].along, points, n);
    draw_vessels(scene, veins, patient->blood_left - 4, FALSE);
  }
}
