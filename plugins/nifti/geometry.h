/* Where a NIfTI volume lies in the patient: sform before qform before neither, as the standard has
 * it, with a warning for everything that was put right. */
#pragma once

#include <glib.h>
#include <stdint.h>

typedef struct {
  int64_t dims[3];
  double pixdim[3], qfac; /* pixdim[1…3] and pixdim[0] */
  int qform_code, sform_code, units;
  double quatern[3], qoffset[3];
  double srow[12]; /* row-major 3×4 */
  /* solved */
  double spacing_mm[3];
  double affine[16];
  gboolean spacing_known, orientation_known;
} NiftiGeometry;

/* warnings: of medct_warning. */
void nifti_geometry_solve(NiftiGeometry *geometry, GArray *warnings);
