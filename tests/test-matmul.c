#include "model/matmul.h"
#include <math.h>

static float *
random_floats(GRand *rand, gsize n)
{
  float *x = g_new(float, n);
  for (gsize i = 0; i < n; i++)
    x[i] = (float)g_rand_double_range(rand, -1, 1);
  return x;
}

/* Largest difference relative to the largest value of the reference. */
static void
assert_close(const float *got, const float *want, gsize n)
{
  double worst = 0, top = 1e-20;
  for (gsize i = 0; i < n; i++) {
    worst = fmax(worst, isfinite(got[i]) ? fabs((double)got[i] - want[i]) : INFINITY);
    top = fmax(top, fabs((double)want[i]));
  }
  g_assert_cmpfloat(worst / top, <, 1e-5);
}

static void
test_product(void)
{
  static const int shapes[][3] = {
      {1, 1, 1}, {17, 33, 5}, {64, 50, 170}, {100, 81, 16}, {3, 200, 48}};
  g_autoptr(GRand) rand = g_rand_new_with_seed(3);
  for (gsize s = 0; s < G_N_ELEMENTS(shapes); s++)
    for (int transposed = 0; transposed < 2; transposed++) {
      int m = shapes[s][0], n = shapes[s][1], k = shapes[s][2], ldb = (transposed ? k : n) + 3;
      g_autofree float *A = random_floats(rand, (gsize)m * (k + 2));
      g_autofree float *B = random_floats(rand, (gsize)(transposed ? n : k) * ldb);
      g_autofree float *C = random_floats(rand, (gsize)m * (n + 1));
      g_autofree float *D = g_memdup2(C, sizeof(float) * (gsize)m * (n + 1));
      medct_product(C, n + 1, A, k + 2, B, ldb, transposed, 1.5f, 1, m, n, k);
      medct_product_naive(D, n + 1, A, k + 2, B, ldb, transposed, 1.5f, 1, m, n, k);
      assert_close(C, D, (gsize)m * (n + 1));
    }
}

static double
gelu(double x)
{
  return 0.5 * x * (1 + erf(x / sqrt(2.0)));
}

/* y [rows, ldy] as spec §8 words it, in double. */
static void
linear_naive(float *y, int ldy, const float *x, const MedctLinear *l, MedctEpilogue epilogue,
             int rows)
{
  for (int r = 0; r < rows; r++)
    for (int o = 0; o < l->out; o++) {
      double sum = l->bias ? l->bias[o] : 0;
      for (int i = 0; i < l->in; i++)
        sum += (double)x[r * l->in + i] * l->W[o * l->in + i];
      for (int k = 0; l->lora && k < l->lora->rank; k++) {
        double a = 0;
        for (int i = 0; i < l->in; i++)
          a += (double)x[r * l->in + i] * l->lora->A[k * l->in + i];
        sum += l->lora->scale * a * l->lora->B[o * l->lora->rank + k];
      }
      if (epilogue == MEDCT_EPILOGUE_GELU)
        sum = gelu(sum);
      y[r * ldy + o] = (float)(sum + (epilogue == MEDCT_EPILOGUE_ADD ? y[r * ldy + o] : 0));
    }
}

static void
check_linear(GRand *rand, int rows, int in, int out, gboolean bias, int rank,
             MedctEpilogue epilogue)
{
  g_autofree float *W = random_floats(rand, (gsize)out * in), *b = random_floats(rand, out);
  g_autofree float *A = random_floats(rand, (gsize)rank * in + 1);
  g_autofree float *B = random_floats(rand, (gsize)out * rank + 1);
  g_autofree float *x = random_floats(rand, (gsize)rows * in);
  g_autofree float *scratch = g_new(float, (gsize)rows *rank + 1);
  int ldy = out + 5;
  g_autofree float *y = random_floats(rand, (gsize)rows * ldy);
  g_autofree float *want = g_memdup2(y, sizeof(float) * (gsize)rows * ldy);
  MedctAdapterModule lora = {.rank = rank, .in = in, .out = out, .scale = 2.25f, .A = A, .B = B};
  MedctLinear linear = {W, bias ? b : NULL, in, out, rank > 0 ? &lora : NULL};
  medct_linear(y, ldy, x, &linear, epilogue, scratch, rows);
  linear_naive(want, ldy, x, &linear, epilogue, rows);
  assert_close(y, want, (gsize)rows * ldy);
}

/* Few rows go through our own kernel, many through the BLAS; both with every epilogue, with LoRA
 * (scale ≠ 1) and without, and the columns beyond `out` stay as they were. */
static void
test_linear(void)
{
  static const int rows[] = {1, 2, 5, 8, 13, 16, 17, 40}, ins[] = {16, 48, 170},
                   outs[] = {1, 32, 131};
  g_autoptr(GRand) rand = g_rand_new_with_seed(4);
  for (gsize r = 0; r < G_N_ELEMENTS(rows); r++)
    for (gsize i = 0; i < G_N_ELEMENTS(ins); i++)
      for (int rank = 0; rank < 4; rank += 3) {
        check_linear(rand, rows[r], ins[i], outs[i], FALSE, rank, MEDCT_EPILOGUE_NONE);
        check_linear(rand, rows[r], ins[i], outs[i], TRUE, rank, MEDCT_EPILOGUE_NONE);
        check_linear(rand, rows[r], ins[i], outs[i], TRUE, rank, MEDCT_EPILOGUE_ADD);
        check_linear(rand, rows[r], ins[i], outs[i], TRUE, rank, MEDCT_EPILOGUE_GELU);
      }
}

static void
test_blas(void)
{
  g_autoptr(GError) error = NULL;
  g_assert_true(medct_blas_check(&error));
  g_assert_no_error(error);
  g_autofree char *name = medct_blas_describe();
  g_assert_true(g_str_has_prefix(name, "OpenBLAS 0."));
  g_assert_nonnull(strstr(name, ", core "));
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/matmul/product", test_product);
  g_test_add_func("/matmul/linear", test_linear);
  g_test_add_func("/matmul/blas", test_blas);
  return g_test_run();
}
