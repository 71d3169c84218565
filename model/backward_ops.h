/* Gradients of the passes between matrix products: of what flows through them, and, by functions of
 * their own, of the weights in them, which are added to. The forward passes are in model/kernels.h
 * and model/vision_layer.h.
 *
 * Nothing here allocates. Thread: any. Gradient first, inputs const, sizes last. */
#pragma once

#include <glib.h>
#include <stdint.h>

/* y = (x − mean)/√(var + eps)·gamma + beta: dx [rows, D] ← (or, with add, +=) from dy and the x
 * that went in. dx may be dy. */
void medct_layer_norm_backward(float *dx, gboolean add, const float *dy, const float *x,
                               const float *gamma, int rows, int D, float eps);

/* The same norm: dgamma, dbeta [D] (each may be NULL) += …, before dy is overwritten. */
void medct_layer_norm_weights_backward(float *dgamma, float *dbeta, const float *dy, const float *x,
                                       int rows, int D, float eps);

/* p = softmax(s) of each row: dp [rows, n] (stride n) becomes ds, in place. */
void medct_softmax_backward(float *dp, const float *p, int rows, int n);

/* y = x/max(‖x‖, 1e-12)·scale[d], each head of each row: dy [rows, heads, d] (row stride ld)
 * becomes dx, in place; x as it was before, with the same stride. */
void medct_normalise_heads_backward(float *dy, const float *x, const float *scale, int rows,
                                    int heads, int d, int ld);

/* The same: dscale [d] += …, before dy is overwritten. */
void medct_normalise_heads_scale_backward(float *dscale, const float *dy, const float *x, int rows,
                                          int heads, int d, int ld);

/* v = z/max(‖z‖, 1e-12): dz [n] ← from dv, v and the norm of z. */
void medct_normalise_backward(float *dz, const float *dv, const float *v, double norm, int n);

/* y = a·GELU(g), ag [rows, 2·I] holds a | g: dag [rows, 2·I] ← from dy [rows, I]. */
void medct_gelu_gate_backward(float *dag, const float *dy, const float *ag, int rows, int I);

/* y = GELU(x + bias): dy [rows, n] becomes dx, in place. */
void medct_bias_gelu_backward(float *dy, const float *x, const float *bias, int rows, int n);

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
