/* The relative position bias that all spatial layers share (spec §4.2). */
#pragma once

#include "model/config.h"

/* offsets [(2h − 1)·(2w − 1), 2]: what the network sees of each distance (dh, dw), by rows. */
void medct_position_offsets(float *offsets, int h, int w);
/* bias [heads][h·w][h·w] for a grid of h × w cells. */
void medct_position_bias(float *bias, const MedctTensorFile *weights, const MedctConfig *config,
                         int h, int w);
