/* The relative position bias that all spatial layers share (spec §4.2). */
#pragma once

#include "model/config.h"

/* bias [heads][h·w][h·w] for a grid of h × w cells. */
void medct_position_bias(float *bias, const MedctTensorFile *weights, const MedctConfig *config,
                         int h, int w);
