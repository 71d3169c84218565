/* Gradient of the patch embedding's weights (spec §4.1): norm, linear, norm. */
#pragma once

#include "model/gradient_sum.h"
#include "model/vision_private.h"
#include "model/weights.h"

enum {
  MEDCT_PATCH_GAMMA,
  MEDCT_PATCH_BETA,
  MEDCT_PATCH_W,
  MEDCT_PATCH_BIAS,
  MEDCT_PATCH_TOKEN_GAMMA,
  MEDCT_PATCH_TOKEN_BETA,
  MEDCT_PATCH_N_PARTS
};

/* TRUE when something is trained. */
gboolean medct_vision_patch_slots(MedctGradientSlot slots[MEDCT_PATCH_N_PARTS],
                                  const MedctVision *vision, const MedctWeights *weights);
/* d [t·h·w, D] is the gradient of the tokens that the embedding made of the volume. False:
 * cancelled. */
bool medct_vision_patch_backward(const MedctVision *vision, const MedctGradientSlot *slots,
                                 const float *d, const float *volume, int T, int H, int W,
                                 MedctPool *pool, const MedctMonitor *monitor);
