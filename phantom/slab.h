/* Some slices of the volume while they are painted. Slabs are painted independently of each other,
 * so their number and the number of threads leave no trace. Thread: one a slab. */
#pragma once

#include "phantom/scene.h"

G_BEGIN_DECLS

typedef struct {
  MedctVec origin, step; /* mm of the first voxel and between voxels */
  int nx, ny, nz;
  float edge;       /* mm: the size of a voxel, over which surfaces fade */
  float *hu, *lung; /* [nz][ny][nx]: Hounsfield units; share of lung, 0 to 1 */
} MedctSlab;

/* Voxel indices inside a slab, both ends included; empty when low > high. */
typedef struct {
  int low[3], high[3];
} MedctBox;

#define MEDCT_BOX_EMPTY ((MedctBox){{G_MAXINT, G_MAXINT, G_MAXINT}, {-1, -1, -1}})

static inline gboolean
medct_box_is_empty(const MedctBox *box)
{
  return box->low[0] > box->high[0] || box->low[1] > box->high[1] || box->low[2] > box->high[2];
}

/* Air, table, body wall and the lungs' substance. */
void medct_slab_paint_body(MedctSlab *slab, const MedctScene *scene);
/* One stroke; `changed` grows to hold every voxel that it changed when it is not NULL. */
void medct_slab_paint(MedctSlab *slab, const MedctStroke *stroke, MedctBox *changed);

G_END_DECLS
