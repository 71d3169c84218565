/* The one interface for dense products: y [rows, out] ← x [rows, in] · Wᵀ, then an epilogue, plus
 * an unmerged LoRA term. A weight is prepared once; behind it stands OpenBLAS, or for a few rows
 * our own kernel that reads the weight once. Another library can be put behind the same functions.
 *
 * Owner: the weight data stays the caller's and must outlive the prepared form. Thread:
 * medct_linear may be called from several threads at once with different y and scratch. */
#pragma once

#include "model/adapter.h"
#include "model/kernels.h"
#include "model/lora_dropout.h"

G_BEGIN_DECLS

typedef struct {
  const float *W;    /* [out, in] */
  const float *bias; /* [out] or NULL */
  int in, out;
  const MedctAdapterModule *lora;  /* or NULL: y += scale·(x·Aᵀ)·Bᵀ */
  const float *packed;             /* the same weights in reading order (model/packed.h), or NULL */
  const MedctLoraDropout *dropout; /* of what goes into A, or NULL; with first_row, the place of the
                                      first row at hand */
  gint64 first_row;
} MedctLinear;

/* Up to this many rows a product is bound by reading W, and one pass over W beats the BLAS. */
#define MEDCT_SKINNY_ROWS 64

typedef enum {
  MEDCT_EPILOGUE_NONE, /* y ← x·Wᵀ (+ bias) */
  MEDCT_EPILOGUE_ADD,  /* y ← y + x·Wᵀ (+ bias): the residual lies in y */
  MEDCT_EPILOGUE_GELU, /* y ← GELU(x·Wᵀ + bias); needs a bias */
} MedctEpilogue;

/* x row stride = in, y row stride = ldy ≥ out. scratch [rows · rank], with dropout
 * [rows · (rank + in)], NULL without LoRA. */
void medct_linear(float *y, int ldy, const float *x, const MedctLinear *linear,
                  MedctEpilogue epilogue, float *scratch, int rows);

/* C [m, n] ← α·A·B(ᵀ) + β·C, row-major with strides: what attention and quantisation need. */
void medct_product(float *C, int ldc, const float *A, int lda, const float *B, int ldb,
                   gboolean b_transposed, float alpha, float beta, int m, int n, int k);
/* Its naive twin, in double. */
void medct_product_naive(float *C, int ldc, const float *A, int lda, const float *B, int ldb,
                         gboolean b_transposed, float alpha, float beta, int m, int n, int k);

/* C [m, n] ← α·Aᵀ·B + β·C with A [k, m] and B [k, n]: what gradients need. And its naive twin. */
void medct_product_at(float *C, int ldc, const float *A, int lda, const float *B, int ldb,
                      float alpha, float beta, int m, int n, int k);
void medct_product_at_naive(float *C, int ldc, const float *A, int lda, const float *B, int ldb,
                            float alpha, float beta, int m, int n, int k);

/* Compares the BLAS with the naive twin once per process on shapes the model uses: some builds are
 * wrong on some processors. FALSE, with advice, when it is not to be trusted. Also makes the BLAS
 * single-threaded: our own pool gives it the rows (model/pool.h). */
gboolean medct_blas_check(GError **error);
/* "OpenBLAS 0.3.21, core Haswell"; caller frees. */
char *medct_blas_describe(void);

G_END_DECLS
