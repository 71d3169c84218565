/* From the stored type to what MedCT keeps: int16 as it is, 8 and 16 bits without loss as int16,
 * everything wider as float32. */
#pragma once

#include "plugins/nifti/header.h"

typedef struct {
  uint32_t voxel_type; /* MEDCT_VOXELS_… */
  int bytes;           /* of a voxel that comes out */
  double slope, inter; /* of what comes out */
} NiftiOutput;

NiftiOutput nifti_output(const NiftiHeader *header);
/* out [n] ← stored [n], byte order put right. out == stored when both have the same width. */
void nifti_convert(void *out, void *stored, const NiftiHeader *header, uint64_t n);
