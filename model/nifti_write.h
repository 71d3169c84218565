/* Writes a volume as NIfTI-1 (.nii, or .nii.gz by the name's end): heat-maps, made-up chests.
 * Atomic: the file is there whole or not at all. Source: NIfTI-1.1 standard. Thread: any. */
#pragma once

#include "model/error.h"
#include <stdint.h>

G_BEGIN_DECLS

/* voxels [dims[2]][dims[1]][dims[0]]; affine row-major 4×4, voxel index → RAS mm. */
gboolean medct_nifti_write_float(const char *path, const float *voxels, const int64_t dims[3],
                                 const double affine[16], GError **error);
gboolean medct_nifti_write_int16(const char *path, const int16_t *voxels, const int64_t dims[3],
                                 const double affine[16], GError **error);

G_END_DECLS
