/* The elementwise passes between matrix products: one table of functions per instruction set.
 *
 * The same source (kernels_impl.h) is compiled for plain C, AVX2 and AVX-512 and chosen at run
 * time; kernels_naive.c holds the twins that state what each must compute. Kernels never allocate.
 * Thread: any; they touch nothing but their arguments. Output first, inputs const, sizes last. */
#pragma once

#include <stdint.h>

/* Outputs that lie side by side in a packed weight (model/packed.h). */
#define MEDCT_PANEL 32

typedef struct {
  const char *name; /* "plain", "avx2", "avx512" */

  /* y [rows, D] ← (x − mean)/√(var + eps)·gamma + beta; beta may be NULL; y may be x. */
  void (*layer_norm)(float *y, const float *x, const float *gamma, const float *beta, int rows,
                     int D, float eps);
  /* x [rows, n] (row stride ld) ← softmax over each row, in place. */
  void (*softmax)(float *x, int rows, int n, int ld);
  /* y [rows, I] ← a·GELU(g), ag [rows, 2·I] holds a | g in each row. */
  void (*gelu_gate)(float *y, const float *ag, int rows, int I);
  /* x [rows, n] ← GELU(x + bias[n]). */
  void (*bias_gelu)(float *x, const float *bias, int rows, int n);
  /* x [rows, n] ← x + bias[n]. */
  void (*bias)(float *x, const float *bias, int rows, int n);
  /* y [n] ← y + x. */
  void (*add)(float *y, const float *x, int64_t n);
  /* Each head of each row of x [rows, heads, d] (row stride ld) ← x/max(‖x‖, 1e-12)·scale[d]. */
  void (*normalise_heads)(float *x, const float *scale, int rows, int heads, int d, int ld);
  /* y [D] += Σ w[n_taps] over the taps: y += tap_j ⊙ w_j; w is [n_taps][D]. */
  void (*taps)(float *y, const float *const *x, const float *const *w, int n_taps, int D);
  /* Index of the largest of x [n], the lowest on ties; *value its value. */
  int (*argmax)(float *value, const float *x, int n);
  /* Σ x·y over n. */
  float (*dot)(const float *x, const float *y, int64_t n);
  /* y [rows, out] ← x [rows, in] · wᵀ for a few rows (1 … 64): w [out, in] is read once.
   * ldy is the stride of y's rows. */
  void (*skinny)(float *y, int ldy, const float *x, const float *w, int rows, int in, int out);
  /* y [rows, n] ← x [rows, in] · panelᵀ (added to y when `add`) for a few rows, n ≤ MEDCT_PANEL:
   * panel [in][MEDCT_PANEL] holds the weights of n outputs and is read once, front to back. */
  void (*panel)(float *y, int ldy, const float *x, const float *panel, int rows, int in, int n,
                int add);
  /* One attention head over a short sequence: out [n, d] ← softmax(8·q·kᵀ + bias)·v; q, k, v with
   * row strides ldq, ldkv; bias [n, n] or NULL; logits [n] is scratch. */
  void (*attend)(float *out, int ldo, const float *q, int ldq, const float *k, const float *v,
                 int ldkv, const float *bias, float scale, float *logits, int n, int d);

  /* Gradients, of what flows through only. layer_norm: dx [rows, D] ← (or += with `add_up`) from dy
   * and the x that went in; dx may be dy. */
  void (*layer_norm_backward)(float *dx, int add_up, const float *dy, const float *x,
                              const float *gamma, int rows, int D, float eps);
  /* p [rows, n] = softmax(s): dp (stride n) becomes ds, in place. */
  void (*softmax_backward)(float *dp, const float *p, int rows, int n);
  /* dag [rows, 2·I] ← from dy [rows, I]. */
  void (*gelu_gate_backward)(float *dag, const float *dy, const float *ag, int rows, int I);
  /* y = GELU(x + bias): dy [rows, n] becomes dx, in place. */
  void (*bias_gelu_backward)(float *dy, const float *x, const float *bias, int rows, int n);
  /* dy [rows, heads, d] (row stride ld) becomes dx, in place; x as it was before, same stride. */
  void (*normalise_heads_backward)(float *dy, const float *x, const float *scale, int rows,
                                   int heads, int d, int ld);
} MedctKernels;

/* The best table this processor runs; MEDCT_CPU=plain|avx2|avx512 in the environment limits it. */
const MedctKernels *medct_kernels(void);
/* By name, for tests; NULL when this processor or build lacks it. */
const MedctKernels *medct_kernels_named(const char *name);

extern const MedctKernels medct_kernels_naive;
