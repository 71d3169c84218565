/* Lowest and highest HU of small blocks of a volume: what a ray can leap over.
 * A block is about 6 mm wide along each axis. Owner: the caller frees; immutable once made.
 * Thread: any; making one reads every voxel, so off the main thread for large volumes. */
#pragma once

#include "render/plane.h"
#include "render/transfer.h"

G_BEGIN_DECLS

typedef struct {
  int edge[3];  /* voxels along i, j, k; block b holds b · edge … (b + 1) · edge − 1 */
  int count[3]; /* blocks */
  double edge_mm[3];
  float *low, *high; /* [count k, j, i] HU, also over `reach` voxels beyond the block's own */
  guint8 *depth;     /* [count k, j, i] blocks to the air around the body, 0 in it; at most 255 */
} MedctBlocks;

/* `reach`: how many voxels beyond a block a sample inside it may read, along i, j, k. */
MedctBlocks *medct_blocks_new(const MedctImage *image, const int reach[3]);
void medct_blocks_free(MedctBlocks *blocks);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MedctBlocks, medct_blocks_free)

/* leaps [count k, j, i]: 0 where something can be seen; n > 0: nothing within n − 1 blocks. */
void medct_blocks_leaps(const MedctBlocks *blocks, const MedctTransfer *transfer, guint8 *leaps);

G_END_DECLS
