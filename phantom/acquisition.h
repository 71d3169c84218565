/* What the scanner makes of the body: slices of some thickness, a kernel, noise with the kernel's
 * texture, an offset of the HU scale. Noise depends on the voxel's place alone. Thread: any. */
#pragma once

#include "phantom/slab.h"
#include <stdint.h>

G_BEGIN_DECLS

/* Slices on either side that a slice needs, and voxels in plane, beyond which nothing spreads. */
int medct_acquisition_reach(const MedctPatient *patient, double slice_mm);
#define MEDCT_KERNEL_REACH 1

/* Makes slices first … first + n − 1 of `slab` into int16 HU `out` [n][ny][nx]. `k0`: the volume's
 * index of the slab's slice `first`. */
void medct_acquisition_scan(const MedctSlab *slab, const MedctScene *scene, int first, int n,
                            int64_t k0, double slice_mm, int16_t *out);

G_END_DECLS
