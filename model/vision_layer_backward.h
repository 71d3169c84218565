/* Gradient through one layer of the spatial or temporal transformer, after its PEG. What the
 * forward pass computed is computed again: only x is kept (model/vision_layer.h). */
#pragma once

#include "model/lora.h"
#include "model/vision_layer.h"

/* Floats of one worker's memory for blocks of `rows` tokens in sequences of n. */
gsize medct_vision_backward_floats(const MedctConfig *config, int rank, int rows, int n);
/* Floats of the gradients of a layer's pairs: to_q, to_kv, to_out, those that it has. */
gsize medct_vision_layer_pair_floats(const MedctVisionLayer *layer);

/* d [sequences·n, D]: the gradient of the layer's output becomes that of x [sequences·n, D], the
 * layer's input with its PEG added. pairs [medct_vision_layer_pair_floats] is written. bias
 * [heads][n][n] or NULL. */
void medct_vision_layer_backward_block(float *d, float *pairs, const float *x,
                                       const MedctVisionLayer *layer, const MedctConfig *config,
                                       const float *bias, float *memory, int rank, int sequences,
                                       int n);
