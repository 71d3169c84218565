/* How much of the body lies inside the model's field: part of the input check. Thread: any. */
#pragma once

#include "model/preprocess.h"

/* Share, 0..1, of the voxels above −500 HU that the field covers; −1 when there are none. At most
 * about a million voxels are looked at. */
double medct_body_inside(const MedctVolume *volume, const MedctConfig *config,
                         const MedctField *field);
