/* The weights of BERT (spec §5), embedding and post-norm layers. Borrows them. */
#pragma once

#include "model/matmul.h"

#define MEDCT_TEXT_NORM_EPS 1e-12f

typedef struct {
  const float *words, *positions, *types; /* [vocab|positions|2, hidden] */
  const float *gamma, *beta;              /* [hidden] */
} MedctTextEmbedding;

typedef struct {
  MedctLinear query, key, value, output, intermediate, dense;
  const float *attention_gamma, *attention_beta, *output_gamma, *output_beta; /* [hidden] */
} MedctTextLayer;

void medct_text_embedding_load(MedctTextEmbedding *embedding, const MedctTensorFile *weights);
/* x [n, hidden] ← LN(word + type 0 + position) of a sentence that has been checked. */
void medct_text_embed(float *x, const MedctTextEmbedding *embedding, const int32_t *ids, int n,
                      int hidden);

/* Layer n of a checkpoint whose configuration has been checked; `adapter` may be NULL. */
void medct_text_layer_load(MedctTextLayer *layer, const MedctTensorFile *weights,
                           const MedctAdapter *adapter, int n);
