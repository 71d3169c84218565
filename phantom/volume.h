/* From a scene to voxels: slabs painted side by side, then what a scanner does to them. */
#pragma once

#include "phantom/slab.h"
#include <stdint.h>

G_BEGIN_DECLS

/* The array runs toward Left, Posterior, Superior. */
typedef struct {
  int64_t dims[3];
  double spacing[3]; /* mm */
} MedctGrid;

/* Covers 360 × 360 × 292 mm; sizes from the spacing. */
MedctGrid medct_grid_new(const double spacing[3]);
/* Row-major 4×4, voxel index → RAS mm. */
void medct_grid_affine(const MedctGrid *grid, double affine[16]);

/* int16 HU [nz][ny][nx], the caller's (g_free). `boxes` (one an object of the scene) become the
 * voxels that each object changed. The same bits whatever the threads. */
int16_t *medct_phantom_render(const MedctScene *scene, const MedctGrid *grid, MedctPool *pool,
                              MedctBox *boxes);

G_END_DECLS
