#include "model/matmul.h"
#include <cblas.h>
#include <glib/gi18n.h>
#include <math.h>

void
medct_product(float *C, int ldc, const float *A, int lda, const float *B, int ldb,
              gboolean b_transposed, float alpha, float beta, int m, int n, int k)
{
  cblas_sgemm(CblasRowMajor, CblasNoTrans, b_transposed ? CblasTrans : CblasNoTrans, m, n, k, alpha,
              A, lda, B, ldb, beta, C, ldc);
}

void
medct_product_naive(float *C, int ldc, const float *A, int lda, const float *B, int ldb,
                    gboolean b_transposed, float alpha, float beta, int m, int n, int k)
{
  for (int i = 0; i < m; i++)
    for (int j = 0; j < n; j++) {
      double sum = 0;
      for (int l = 0; l < k; l++)
        sum += (double)A[(gsize)i * lda + l] *
               (b_transposed ? B[(gsize)j * ldb + l] : B[(gsize)l * ldb + j]);
      float *c = &C[(gsize)i * ldc + j];
      *c = (float)(alpha * sum + (beta == 0 ? 0 : beta * (double)*c));
    }
}

void
medct_product_at(float *C, int ldc, const float *A, int lda, const float *B, int ldb, float alpha,
                 float beta, int m, int n, int k)
{
  cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, m, n, k, alpha, A, lda, B, ldb, beta, C,
              ldc);
}

void
medct_product_at_naive(float *C, int ldc, const float *A, int lda, const float *B, int ldb,
                       float alpha, float beta, int m, int n, int k)
{
  for (int i = 0; i < m; i++)
    for (int j = 0; j < n; j++) {
      double sum = 0;
      for (int l = 0; l < k; l++)
        sum += (double)A[(gsize)l * lda + i] * B[(gsize)l * ldb + j];
      float *c = &C[(gsize)i * ldc + j];
      *c = (float)(alpha * sum + (beta == 0 ? 0 : beta * (double)*c));
    }
}

/* W is read once for all rows. */
static void
skinny_product(float *y, int ldy, const float *x, const MedctLinear *l, gboolean add, int rows)
{
  enum { BLOCK = 64 };
  float part[MEDCT_SKINNY_ROWS * BLOCK];
  const MedctKernels *kernels = medct_kernels();
  for (int o = 0; o < l->out; o += BLOCK) {
    int n = MIN(BLOCK, l->out - o);
    const float *W = l->W + (gsize)o * l->in;
    if (!add) {
      kernels->skinny(y + o, ldy, x, W, rows, l->in, n);
      continue;
    }
    kernels->skinny(part, BLOCK, x, W, rows, l->in, n);
    for (int r = 0; r < rows; r++)
      kernels->add(y + (gsize)r * ldy + o, part + r * BLOCK, n);
  }
}

static void
packed_product(float *y, int ldy, const float *x, const MedctLinear *l, gboolean add, int rows)
{
  for (int o = 0; o < l->out; o += MEDCT_PANEL)
    medct_kernels()->panel(y + o, ldy, x, l->packed + (gsize)o * l->in, rows, l->in,
                           MIN(MEDCT_PANEL, l->out - o), add);
}

static void
add_lora(float *y, int ldy, const float *x, const MedctLinear *l, float *scratch, int rows)
{
  const MedctAdapterModule *lora = l->lora;
  if (l->dropout && l->dropout->p > 0) {
    float *dropped = scratch + (gsize)rows * lora->rank;
    medct_lora_drop(dropped, x, l->dropout, lora->module, l->first_row, rows, l->in);
    x = dropped;
  }
  medct_product(scratch, lora->rank, x, lora->in, lora->A, lora->in, TRUE, 1, 0, rows, lora->rank,
                lora->in);
  medct_product(y, ldy, scratch, lora->rank, lora->B, lora->rank, TRUE, lora->scale, 1, rows,
                lora->out, lora->rank);
}

void
medct_linear(float *y, int ldy, const float *x, const MedctLinear *l, MedctEpilogue epilogue,
             float *scratch, int rows)
{
  const MedctKernels *kernels = medct_kernels();
  gboolean add = epilogue == MEDCT_EPILOGUE_ADD;
  if (rows <= MEDCT_SKINNY_ROWS && l->packed)
    packed_product(y, ldy, x, l, add, rows);
  else if (rows <= MEDCT_SKINNY_ROWS)
    skinny_product(y, ldy, x, l, add, rows);
  else
    medct_product(y, ldy, x, l->in, l->W, l->in, TRUE, 1, add ? 1 : 0, rows, l->out, l->in);
  if (l->lora)
    add_lora(y, ldy, x, l, scratch, rows);
  if (l->bias == NULL)
    return;
  for (int r = 0; r < rows; r++) {
    if (epilogue == MEDCT_EPILOGUE_GELU)
      kernels->bias_gelu(y + (gsize)r * ldy, l->bias, 1, l->out);
    else
      kernels->bias(y + (gsize)r * ldy, l->bias, 1, l->out);
  }
}

/* ---- is the BLAS right?
 * ---------------------------------------------------------------------------- */

static float *
test_numbers(GRand *rand, gsize n)
{
  float *x = g_new(float, n);
  for (gsize i = 0; i < n; i++)
    x[i] = (float)g_rand_double_range(rand, -1, 1);
  return x;
}

enum { PLAIN, B_TRANSPOSED, A_TRANSPOSED, N_PRODUCTS };

static double
product_error(GRand *rand, int m, int n, int k, int which)
{
  g_autofree float *A = test_numbers(rand, (gsize)m * k), *B = test_numbers(rand, (gsize)n * k);
  g_autofree float *C = test_numbers(rand, (gsize)m * n);
  g_autofree float *D = g_memdup2(C, sizeof(float) * (gsize)m * n);
  int ldb = which == B_TRANSPOSED ? k : n;
  if (which == A_TRANSPOSED) {
    medct_product_at(C, n, A, m, B, n, 0.5f, 1, m, n, k);
    medct_product_at_naive(D, n, A, m, B, n, 0.5f, 1, m, n, k);
  } else {
    medct_product(C, n, A, k, B, ldb, which == B_TRANSPOSED, 0.5f, 1, m, n, k);
    medct_product_naive(D, n, A, k, B, ldb, which == B_TRANSPOSED, 0.5f, 1, m, n, k);
  }
  double worst = 0;
  for (gsize i = 0; i < (gsize)m * n; i++)
    worst = fmax(worst, isfinite(C[i]) ? fabs((double)C[i] - D[i]) : INFINITY);
  return worst / sqrt(k);
}

static double
worst_error(void)
{
  static const int shapes[][3] = {{33, 65, 512}, {70, 85, 32},    {37, 32, 70},
                                  {64, 170, 64}, {17, 130, 1365}, {40, 16, 2730}};
  g_autoptr(GRand) rand = g_rand_new_with_seed(1);
  double worst = 0;
  for (gsize i = 0; i < G_N_ELEMENTS(shapes); i++)
    for (int which = PLAIN; which < N_PRODUCTS; which++)
      worst = fmax(worst, product_error(rand, shapes[i][0], shapes[i][1], shapes[i][2], which));
  return worst;
}

gboolean
medct_blas_check(GError **error)
{
  static gsize state = 0; /* 1 right, 2 wrong */
  if (g_once_init_enter(&state)) {
    openblas_set_num_threads(1);
    g_once_init_leave(&state, worst_error() < 1e-5 ? 1 : 2);
  }
  if (state == 1)
    return TRUE;
  g_autofree char *blas = medct_blas_describe();
  g_set_error(
      error, MEDCT_ERROR, MEDCT_ERROR_UNSUPPORTED,
      _("%s gives wrong products on this processor, so nothing is computed with it: start "
        "again with OPENBLAS_CORETYPE=Haswell (or Prescott) in the environment, or install a "
        "newer OpenBLAS"),
      blas);
  return FALSE;
}

char *
medct_blas_describe(void)
{
  g_auto(GStrv) words = g_strsplit(openblas_get_config(), " ", 3);
  const char *version = words[0] && words[1] ? words[1] : "of unknown version";
  return g_strdup_printf("OpenBLAS %s, core %s", version, openblas_get_corename());
}
