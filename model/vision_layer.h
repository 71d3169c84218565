/* One layer of the spatial or temporal transformer: weights, and the steps on a block of rows. */
#pragma once

#include "model/config.h"
#include "model/matmul.h"

typedef struct {
  float *peg[27];                      /* depthwise 3×3×3 taps re-laid as [tap][D], owned */
  const float *peg_weight, *peg_bias;  /* [D,1,3,3,3] as stored, [D] */
  const float *norm_gamma, *norm_beta; /* [D]; queries only */
  const float *q_scale, *k_scale;      /* [dim_head] */
  MedctLinear to_q, to_kv, to_out;
  const float *ff_gamma, *ff_beta; /* [D] */
  MedctLinear ff_in, ff_out;       /* D → 2·I, I → D */
} MedctVisionLayer;

/* What one worker needs for a block of `rows` tokens. */
typedef struct {
  float *normed;    /* [rows, D] */
  float *q;         /* [rows, inner] */
  float *kv;        /* [rows, 2·inner], keys | values */
  float *mixed;     /* [rows, inner] */
  float *logits;    /* [n, n] of one head, n tokens in a sequence */
  float *ag;        /* [rows, 2·I] */
  float *gated;     /* [rows, I] */
  float *lora;      /* [rows, rank] */
  gint64 first_row; /* of the block among all */
} MedctVisionScratch;

void medct_vision_layer_load(MedctVisionLayer *layer, const MedctTensorFile *weights,
                             const MedctConfig *config, const MedctAdapter *adapter,
                             const char *prefix);
/* Lays the taps out again, after a change of the weights. */
void medct_vision_layer_refresh(MedctVisionLayer *layer, int D);
void medct_vision_layer_clear(MedctVisionLayer *layer);
/* Floats of scratch for blocks of `rows` tokens in sequences of n. */
gsize medct_vision_scratch_floats(const MedctConfig *config, int rank, int rows, int n);
void medct_vision_scratch_place(MedctVisionScratch *scratch, float *memory,
                                const MedctConfig *config, int rank, int rows, int n);

/* y [W, D] ← x + PEG(x) for the row (t, h) of a grid [T][H][W] that lies in x (spec §4.5). */
void medct_vision_peg_row(float *y, const float *x, const MedctVisionLayer *layer, int T, int H,
                          int W, int D, int t, int h);
/* x [sequences·n, D] ← x + Attention(x) + FF(…), in place. bias [heads][n][n] or NULL. */
void medct_vision_layer_block(float *x, const MedctVisionLayer *layer, const MedctConfig *config,
                              const float *bias, MedctVisionScratch *scratch, int sequences, int n);
