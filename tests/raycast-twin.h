/* What gl-raycast draws, said plainly in C: every sample of every ray, no leaps. */
#pragma once

#include "render/gl-raycast.h"

/* rgb [height, width, 3], 0 … 1, rows from the top. The volume of `view` gives image and steps. */
void raycast_twin(const MedctGlRayView *view, const MedctTransfer *transfer, int width, int height,
                  float *rgb);
