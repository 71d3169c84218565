/* Gradient of the relative position bias (spec §4.2), of the weights of its small network. */
#pragma once

#include "model/weights.h"

/* Are any of its weights trained? FALSE for NULL. */
gboolean medct_position_bias_is_trained(const MedctWeights *weights);
/* Adds the gradients of dbias [heads][h·w][h·w] to those of the weights that are trained. */
void medct_position_bias_backward(const MedctWeights *weights, const float *dbias,
                                  const MedctConfig *config, int h, int w);
