/* A branching tree that feeds given points, as vessels and airways do: each point in turn is joined
 * to the node from which the way back to the root is short, and radii follow from the number of
 * points fed (Murray's law has radius³ add up; measured lungs lie near that). */
#pragma once

#include "phantom/vec.h"

G_BEGIN_DECLS

typedef struct {
  MedctVec at;
  int parent; /* −1: the root */
  int fed;    /* how many points hang on it */
  float path; /* mm to the root along the tree */
} MedctTreeNode;

/* GArray of MedctTreeNode, parents before children. `points` [n] are reordered. `along` is the
 * direction in which the root sets out. */
GArray *medct_tree_grow(MedctVec root, MedctVec along, MedctVec *points, int n);

G_END_DECLS
