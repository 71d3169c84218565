/* The vision encoder of spec §4 written down plainly in double, a token at a time: the twin that
 * the fast one is held against at sizes for which there are no golden files. */
#pragma once

#include "model/config.h"

/* volume [frames][image][image] → tokens before quantisation [t·h·w][D]; caller frees. */
double *naive_vision(const MedctTensorFile *weights, const MedctConfig *config, const float *volume,
                     int frames);
