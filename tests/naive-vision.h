/* The vision encoder of spec §4 written down plainly in double, a token at a time: the twin that
 * the fast one is held against at sizes for which there are no golden files. */
#pragma once

#include "model/config.h"

/* volume [frames][image][image] → tokens before quantisation [t·h·w][D]; caller frees. `spatial`
 * (or NULL) gets the same of the spatial transformer alone, the caller's too. */
double *naive_vision(const MedctTensorFile *weights, const MedctConfig *config, const float *volume,
                     int frames, double **spatial);
