#include "phantom/tree.h"
#include <stdlib.h>

#define PIECE_MM 6.0f /* between nodes of a branch */

typedef struct {
  MedctVec point;
  float far;
} Target;

static int
nearer_first(const void *a, const void *b)
{
  float x = ((const Target *)a)->far, y = ((const Target *)b)->far;
  return (x > y) - (x < y);
}

/* Short ways win, and so does setting out near the root: else branches would fold back. */
static int
best_node(const GArray *nodes, MedctVec point)
{
  int best = 0;
  float least = G_MAXFLOAT;
  for (guint n = 0; n < nodes->len; n++) {
    const MedctTreeNode *node = &g_array_index(nodes, MedctTreeNode, n);
    float cost = medct_vec_length(medct_vec_sub(point, node->at)) + 0.42f * node->path;
    if (cost < least)
      least = cost, best = (int)n;
  }
  return best;
}

static MedctVec
direction_at(const GArray *nodes, int n, MedctVec along)
{
  const MedctTreeNode *node = &g_array_index(nodes, MedctTreeNode, n);
  if (node->parent < 0)
    return along;
  const MedctTreeNode *parent = &g_array_index(nodes, MedctTreeNode, node->parent);
  return medct_vec_unit(medct_vec_sub(node->at, parent->at));
}

/* A branch leaves along its parent and bends toward the point: a quadratic curve. */
static void
add_branch(GArray *nodes, int from, MedctVec along, MedctVec to)
{
  MedctVec a = g_array_index(nodes, MedctTreeNode, from).at;
  float length = medct_vec_length(medct_vec_sub(to, a));
  MedctVec bend =
      medct_vec_add(a, medct_vec_scale(direction_at(nodes, from, along), 0.34f * length));
  MedctVec control = medct_vec_mix(bend, medct_vec_mix(a, to, 0.5f), 0.3f);
  int pieces = MAX(1, (int)(length / PIECE_MM));
  for (int piece = 1; piece <= pieces; piece++) {
    float t = (float)piece / (float)pieces;
    MedctVec p = medct_vec_mix(medct_vec_mix(a, control, t), medct_vec_mix(control, to, t), t);
    const MedctTreeNode *parent = &g_array_index(nodes, MedctTreeNode, from);
    float step = medct_vec_length(medct_vec_sub(p, parent->at));
    MedctTreeNode node = {p, from, 0, parent->path + step};
    from = (int)nodes->len;
    g_array_append_val(nodes, node);
  }
  for (int n = from; n >= 0; n = g_array_index(nodes, MedctTreeNode, n).parent)
    g_array_index(nodes, MedctTreeNode, n).fed++;
}

GArray *
medct_tree_grow(MedctVec root, MedctVec along, MedctVec *points, int n)
{
  GArray *nodes = g_array_new(FALSE, FALSE, sizeof(MedctTreeNode));
  MedctTreeNode first = {root, -1, 0, 0};
  g_array_append_val(nodes, first);
  g_autofree Target *targets = g_new(Target, MAX(n, 1));
  for (int i = 0; i < n; i++)
    targets[i] = (Target){points[i], medct_vec_length(medct_vec_sub(points[i], root))};
  qsort(targets, (gsize)n, sizeof *targets, nearer_first);
  for (int i = 0; i < n; i++) {
    points[i] = targets[i].point;
    add_branch(nodes, best_node(nodes, points[i]), along, points[i]);
  }
  return nodes;
}
