/* Gradient through one layer of the spatial or temporal transformer, after its PEG. What the
 * forward pass did not leave is computed again (model/vision_layer.h). */
#pragma once

#include "model/gradient_sum.h"
#include "model/lora.h"
#include "model/vision_layer.h"
#include "model/weights.h"

/* What of a layer may be trained, the PEG apart. */
enum {
  MEDCT_VISION_TO_Q,
  MEDCT_VISION_TO_KV,
  MEDCT_VISION_TO_OUT,
  MEDCT_VISION_FF_IN,
  MEDCT_VISION_FF_OUT,
  MEDCT_VISION_NORM_GAMMA,
  MEDCT_VISION_Q_SCALE,
  MEDCT_VISION_K_SCALE,
  MEDCT_VISION_FF_GAMMA,
  MEDCT_VISION_FF_BETA,
  MEDCT_VISION_PAIR_Q,
  MEDCT_VISION_PAIR_KV,
  MEDCT_VISION_PAIR_OUT,
  MEDCT_VISION_BIAS, /* [heads][n][n], of the position bias that the spatial layers share */
  MEDCT_VISION_N_PARTS,
};

/* Binds the layer's linears to their pairs and says where gradients go; MEDCT_VISION_BIAS is left
 * to the caller. `weights` and `lora` may be NULL. TRUE when something is trained. */
gboolean medct_vision_layer_slots(MedctGradientSlot slots[MEDCT_VISION_N_PARTS],
                                  MedctVisionLayer *layer, const MedctConfig *config,
                                  const MedctWeights *weights, MedctLora *lora, const char *prefix);

/* Floats of one worker's memory for blocks of `rows` tokens in sequences of n. */
gsize medct_vision_backward_floats(const MedctConfig *config, int rank, int rows, int n);

/* A block of rows and what its gradient is made from. */
typedef struct {
  const MedctVisionLayer *layer;
  const MedctConfig *config;
  const float *bias;       /* [heads][n][n] or NULL */
  const float *mixed, *ag; /* [sequences·n, inner] after attention and [sequences·n, 2·I] before the
                              gate, as the forward pass left them; NULL: computed again */
  gint64 first_row;        /* the block's place among all rows */
  int sequences, n;
  int rank; /* medct_lora_scratch() */
} MedctVisionBlock;

/* d [sequences·n, D]: the gradient of the layer's output becomes that of x [sequences·n, D], the
 * layer's input with its PEG added. Gradients of weights are added to `parts`, NULL where not
 * wanted. `memory` as medct_vision_backward_floats() says. */
void medct_vision_layer_backward_block(float *d, float *const parts[MEDCT_VISION_N_PARTS],
                                       const float *x, const MedctVisionBlock *block,
                                       float *memory);
