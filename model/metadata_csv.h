/* The metadata table that goes with CT-RATE volumes (spec §3.1): VolumeName, RescaleSlope,
 * RescaleIntercept, XYSpacing "[0.7, 0.7]", ZSpacing. Files of the data set's first version hold
 * raw values and need slope and intercept from it; files of the second hold HU already, and
 * applying them again is the usual mistake. Source: CT-RATE data set card. Thread: any. */
#pragma once

#include "model/volume.h"

G_BEGIN_DECLS

typedef enum {
  MEDCT_RESCALE_AUTO, /* by the histogram */
  MEDCT_RESCALE_RAW,  /* the voxels are raw: apply slope and intercept */
  MEDCT_RESCALE_HU,   /* the voxels are HU: leave them out */
} MedctRescale;

/* "auto", "raw" or "hu". */
gboolean medct_rescale_parse(const char *text, MedctRescale *rescale, GError **error);

/* A new volume that shares the voxels and has the table's spacing (XYSpacing's first value for i
 * and j, ZSpacing for k) and, where the voxels are raw, its slope and intercept on top of the
 * file's own. The row is found by the volume's file name, with or without .nii.gz. What was chosen
 * is said in a warning, "metadata-raw", "metadata-hu" or "metadata-unsure". */
MedctVolume *medct_metadata_csv_apply(MedctVolume *volume, const char *path, MedctRescale rescale,
                                      GError **error);

G_END_DECLS
