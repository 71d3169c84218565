/* Gradients of the passes between matrix products: of the weights in them, which are added to, and
 * of what flows through, as far as that is not a kernel (model/kernels.h). The forward passes are
 * in model/kernels.h and model/vision_layer.h.
 *
 * Nothing here allocates. Thread: any. Gradient first, inputs const, sizes last. */
#pragma once

#include <glib.h>
#include <stdint.h>

/* y = (x − mean)/√(var + eps)·gamma + beta: dgamma, dbeta [D] (each may be NULL) += …, before dy is
 * overwritten by the gradient of x. */
void medct_layer_norm_weights_backward(float *dgamma, float *dbeta, const float *dy, const float *x,
                                       int rows, int D, float eps);

/* y = x/max(‖x‖, 1e-12)·scale[d], each head of each row (row stride ld): dscale [d] += …, before dy
 * is overwritten by the gradient of x. */
void medct_normalise_heads_scale_backward(float *dscale, const float *dy, const float *x, int rows,
                                          int heads, int d, int ld);

/* v = z/max(‖z‖, 1e-12): dz [n] ← from dv, v and the norm of z. */
void medct_normalise_backward(float *dz, const float *dv, const float *v, double norm, int n);

/* One head of one sequence: mixed = softmax(scale·q·kᵀ + bias)·v. */
typedef struct {
  const float *q;      /* [n, d], stride ldq */
  const float *k, *v;  /* [n, d], stride ldkv */
  const float *dmixed; /* [n, d], stride ldq */
  const float *bias;   /* [n, n] or NULL */
  float *dq, *dk, *dv; /* written; strides as q, k, v */
  float *dbias;        /* [n, n] added to, or NULL */
  float *p, *dp;       /* scratch [n, n] each */
  float scale;
  int ldq, ldkv, n, d;
} MedctHeadBackward;
void medct_attention_backward(const MedctHeadBackward *head);

/* y = x + PEG(x) on a grid [T][H][W] (spec §4.5): dx [W, D] of the row (t, h) ← from all of
 * dy [T·H·W, D]. taps [27][D]. */
void medct_peg_backward_row(float *dx, const float *dy, float *const *taps, int T, int H, int W,
                            int D, int t, int h);

/* The same: dweight [D][27] += the gradient of tap `tap`, over all of dy and x [T·H·W, D];
 * sums [D] is scratch. */
void medct_peg_weights_backward_tap(float *dweight, double *sums, const float *dy, const float *x,
                                    int T, int H, int W, int D, int tap);
/* dbias [D] += the sum over rows of dy [rows, D]; sums [D] is scratch. */
void medct_bias_backward(float *dbias, double *sums, const float *dy, int64_t rows, int D);
