/* The same volume stored with its axes in another order or direction, as scanners and converters
 * leave them; the affine says so. */
#pragma once

#include "phantom/volume.h"

G_BEGIN_DECLS

/* Axis n of the file runs along axis[n] of the phantom (0 Left, 1 Posterior, 2 Superior), backward
 * where flip[n]. */
typedef struct {
  int axis[3];
  gboolean flip[3];
} MedctOrientation;

/* "LPS", "RAS", "PSR": the directions in which i, j and k run. */
gboolean medct_orientation_parse(const char *letters, MedctOrientation *orientation,
                                 GError **error);
/* Voxels, grid and affine as stored. The result is the caller's (g_free). */
int16_t *medct_orientation_store(const MedctOrientation *orientation, const int16_t *voxels,
                                 const MedctGrid *grid, int64_t dims[3], double affine[16]);
MedctBox medct_orientation_box(const MedctOrientation *orientation, const MedctGrid *grid,
                               const MedctBox *box);

G_END_DECLS
