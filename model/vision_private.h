/* Shared by vision.c and vision_backward.c. */
#pragma once

#include "model/vision.h"
#include "model/vision_layer.h"

typedef struct {
  MedctVisionLayer *layers;
  int n_layers;
  const float *out_gamma, *out_beta;
} MedctVisionTransformer;

/* What a layer's backward pass would else compute again: [t·h·w, inner] after attention,
 * [t·h·w, 2·I] before the gate. Each may be NULL. */
typedef struct {
  float *mixed, *ag;
} MedctVisionInside;

struct _MedctVision {
  const MedctTensorFile *weights;
  MedctConfig config;
  int rank;
  const float *patch_gamma, *patch_beta; /* [block] */
  MedctLinear patch;                     /* block → D */
  const float *token_gamma, *token_beta; /* [D] */
  MedctVisionTransformer spatial, temporal;
  float *position_bias; /* [heads][h·w][h·w], made on first use */
  MedctVisionTrace trace;
  void *trace_data;
  /* Where training wants them: copies [t·h·w, D] of the input of every spatial layer, of the
   * spatial norm_out, of every temporal layer, of the temporal norm_out. NULL otherwise, and each
   * may be NULL. */
  float *const *kept;
  const MedctVisionInside *inside; /* of every layer, spatial first; NULL: not wanted */
  /* memory for the present size */
  int frames, threads;
  float *x, *y;   /* [t·h·w, D] twice */
  float *scratch; /* threads · scratch_floats */
  gsize scratch_floats;
};

/* block [pt][p1][p2] of token (t, h, w), in the order the linear was trained with. */
void medct_vision_gather_patch(float *block, const float *volume, const MedctConfig *config, int t,
                               int h, int w);
