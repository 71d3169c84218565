#include "model/kernels.h"
#include <glib.h>
#include <math.h>
#include <string.h>

static const char *const LEVELS[] = {"plain", "avx2", "avx512"};
static const int SIZES[] = {1, 3, 15, 16, 17, 64, 170, 512, 1365};

static float *
random_floats(GRand *rand, int n, float scale)
{
  float *x = g_new(float, n);
  for (int i = 0; i < n; i++)
    x[i] = scale * (float)g_rand_double_range(rand, -1, 1);
  return x;
}

/* Largest difference relative to the largest value of the reference. */
static void
assert_close(const float *got, const float *want, int n, double tolerance)
{
  double worst = 0, top = 1e-20;
  for (int i = 0; i < n; i++) {
    worst = fmax(worst, fabs((double)got[i] - want[i]));
    top = fmax(top, fabs((double)want[i]));
  }
  g_assert_cmpfloat(worst / top, <, tolerance);
}

typedef void (*Check)(const MedctKernels *fast, GRand *rand, int n);

static void
check_layer_norm(const MedctKernels *fast, GRand *rand, int n)
{
  g_autofree float *x = random_floats(rand, 5 * n, 3), *g = random_floats(rand, n, 1);
  g_autofree float *b = random_floats(rand, n, 1), *got = g_new(float, 5 * n),
                   *want = g_new(float, 5 * n);
  fast->layer_norm(got, x, g, b, 5, n, 1e-5f);
  medct_kernels_naive.layer_norm(want, x, g, b, 5, n, 1e-5f);
  assert_close(got, want, 5 * n, 1e-5);
  fast->layer_norm(got, x, g, NULL, 5, n, 1e-5f);
  medct_kernels_naive.layer_norm(want, x, g, NULL, 5, n, 1e-5f);
  assert_close(got, want, 5 * n, 1e-5);
}

static void
check_softmax(const MedctKernels *fast, GRand *rand, int n)
{
  g_autofree float *got = random_floats(rand, 4 * (n + 3), 20);
  g_autofree float *want = g_memdup2(got, sizeof(float) * 4 * (gsize)(n + 3));
  fast->softmax(got, 4, n, n + 3);
  medct_kernels_naive.softmax(want, 4, n, n + 3);
  assert_close(got, want, 4 * (n + 3), 1e-5);
}

static void
check_gradients(const MedctKernels *fast, GRand *rand, int n)
{
  enum { R = 5 };
  gsize bytes = sizeof(float) * 2 * R * (gsize)n;
  g_autofree float *x = random_floats(rand, 2 * R * n, 3), *dy = random_floats(rand, 2 * R * n, 1);
  g_autofree float *g = random_floats(rand, n, 1), *got = g_memdup2(dy, bytes),
                   *want = g_memdup2(dy, bytes);
  const MedctKernels *naive = &medct_kernels_naive;
  fast->layer_norm_backward(got, 0, dy, x, g, R, n, 1e-5f);
  naive->layer_norm_backward(want, 0, dy, x, g, R, n, 1e-5f);
  fast->layer_norm_backward(got, 1, dy, x, g, R, n, 1e-5f);
  naive->layer_norm_backward(want, 1, dy, x, g, R, n, 1e-5f);
  assert_close(got, want, n > 3 ? R * n : 0, 2e-5); /* next to nothing is left of fewer */
  fast->gelu_gate_backward(got, dy, x, R, n);
  naive->gelu_gate_backward(want, dy, x, R, n);
  assert_close(got, want, 2 * R * n, 1e-6);
  fast->bias_gelu_backward(got, x, g, R, n);
  naive->bias_gelu_backward(want, x, g, R, n);
  assert_close(got, want, 2 * R * n, 2e-6);
  memcpy(got, dy, bytes);
  memcpy(want, dy, bytes);
  fast->normalise_heads_backward(got, x, g, R, 2, n, 2 * n);
  naive->normalise_heads_backward(want, x, g, R, 2, n, 2 * n);
  assert_close(got, want, n > 1 ? 2 * R * n : 0, 2e-6);
  memcpy(got, dy, bytes);
  memcpy(want, dy, bytes);
  fast->softmax(x, R, n, n);
  fast->softmax_backward(got, x, R, n);
  naive->softmax_backward(want, x, R, n);
  assert_close(got, want, n > 1 ? R * n : 0, 1e-6);
}

static void
check_gelu(const MedctKernels *fast, GRand *rand, int n)
{
  g_autofree float *ag = random_floats(rand, 6 * n, 9), *got = g_new(float, 3 * n),
                   *want = g_new(float, 3 * n), *bias = random_floats(rand, n, 2);
  fast->gelu_gate(got, ag, 3, n);
  medct_kernels_naive.gelu_gate(want, ag, 3, n);
  assert_close(got, want, 3 * n, 1e-6);
  g_autofree float *same = g_memdup2(ag, sizeof(float) * 3 * (gsize)n);
  fast->bias_gelu(ag, bias, 3, n);
  medct_kernels_naive.bias_gelu(same, bias, 3, n);
  assert_close(ag, same, 3 * n, 1e-6);
}

/* tanh-GELU differs from the erf form by up to 5e-4 near 2: the tolerance must see it. */
static void
check_gelu_is_erf(const MedctKernels *fast, GRand *rand, int n)
{
  float x[400], zero[400] = {0};
  for (int i = 0; i < 400; i++)
    x[i] = ((float)i - 200) / 25;
  float got[400];
  memcpy(got, x, sizeof x);
  fast->bias_gelu(got, zero, 1, 400);
  for (int i = 0; i < 400; i++)
    g_assert_cmpfloat(fabs(got[i] - 0.5 * x[i] * (1 + erf(x[i] / sqrt(2.0)))), <, 4e-7);
}

static void
check_heads(const MedctKernels *fast, GRand *rand, int n)
{
  int ld = 3 * n + 5;
  g_autofree float *got = random_floats(rand, 4 * ld, 2), *scale = random_floats(rand, n, 1);
  memset(got + ld, 0, sizeof(float) * (gsize)n); /* a zero head must not divide by zero */
  g_autofree float *want = g_memdup2(got, sizeof(float) * 4 * (gsize)ld);
  fast->normalise_heads(got, scale, 4, 3, n, ld);
  medct_kernels_naive.normalise_heads(want, scale, 4, 3, n, ld);
  assert_close(got, want, 4 * ld, 1e-5);
}

static void
check_sums(const MedctKernels *fast, GRand *rand, int n)
{
  g_autofree float *a = random_floats(rand, n, 1), *b = random_floats(rand, n, 1);
  const float *x[3] = {a, b, a}, *w[3] = {b, b, a};
  g_autofree float *got = random_floats(rand, n, 1),
                   *want = g_memdup2(got, sizeof(float) * (gsize)n);
  g_assert_cmpfloat(fabs(fast->dot(a, b, n) - medct_kernels_naive.dot(a, b, n)), <, 1e-5 * n);
  fast->taps(got, x, w, 3, n);
  medct_kernels_naive.taps(want, x, w, 3, n);
  assert_close(got, want, n, 1e-5);
  fast->add(got, a, n);
  medct_kernels_naive.add(want, a, n);
  assert_close(got, want, n, 1e-5);
  fast->bias(got, a, 1, n);
  medct_kernels_naive.bias(want, a, 1, n);
  assert_close(got, want, n, 1e-5);
}

static void
check_argmax_takes_the_lowest_of_equals(const MedctKernels *fast, GRand *rand, int n)
{
  g_autofree float *x = random_floats(rand, n, 1);
  float got, want;
  x[n - 1] = x[n / 2] = 2;
  g_assert_cmpint(fast->argmax(&got, x, n), ==, medct_kernels_naive.argmax(&want, x, n));
  g_assert_cmpfloat(got, ==, want);
}

static void
check_skinny(const MedctKernels *fast, GRand *rand, int n)
{
  g_autofree float *x = random_floats(rand, 7 * n, 1), *w = random_floats(rand, 5 * n, 1);
  float got[7 * 6] = {0}, want[7 * 6] = {0};
  fast->skinny(got, 6, x, w, 7, n, 5);
  medct_kernels_naive.skinny(want, 6, x, w, 7, n, 5);
  assert_close(got, want, 42, 1e-5);
}

/* Any number of rows, an output's padding left alone, and adding to what is there. */
static void
check_panel(const MedctKernels *fast, GRand *rand, int n)
{
  g_autofree float *x = random_floats(rand, 64 * n, 1);
  g_autofree float *panel = random_floats(rand, MEDCT_PANEL * n, 1);
  for (int rows = 1; rows <= 64; rows = rows * 3 / 2 + 1)
    for (int add = 0; add < 2; add++) {
      g_autofree float *got = random_floats(rand, rows * 30, 1);
      g_autofree float *want = g_memdup2(got, sizeof(float) * rows * 30);
      fast->panel(got, 30, x, panel, rows, n, 29, add);
      medct_kernels_naive.panel(want, 30, x, panel, rows, n, 29, add);
      assert_close(got, want, rows * 30, 1e-5);
    }
}

static void
check_attend(const MedctKernels *fast, GRand *rand, int n)
{
  int length = MIN(n, 64), d = 20;
  g_autofree float *q = random_floats(rand, length * d, 1), *k = random_floats(rand, length * d, 1);
  g_autofree float *v = random_floats(rand, length * d, 1);
  g_autofree float *bias = random_floats(rand, length * length, 1), *logits = g_new(float, length);
  g_autofree float *got = g_new(float, length *d), *want = g_new(float, length *d);
  fast->attend(got, d, q, d, k, v, d, bias, 8, logits, length, d);
  medct_kernels_naive.attend(want, d, q, d, k, v, d, bias, 8, logits, length, d);
  assert_close(got, want, length * d, 1e-5);
}

static const struct {
  const char *name;
  Check check;
} CHECKS[] = {
    {"layer-norm", check_layer_norm},
    {"softmax", check_softmax},
    {"gelu", check_gelu},
    {"gradients", check_gradients},
    {"gelu-erf", check_gelu_is_erf},
    {"heads", check_heads},
    {"sums", check_sums},
    {"argmax", check_argmax_takes_the_lowest_of_equals},
    {"skinny", check_skinny},
    {"panel", check_panel},
    {"attend", check_attend},
};

static void
run_check(gconstpointer data)
{
  guint code = GPOINTER_TO_UINT(data);
  const MedctKernels *fast = medct_kernels_named(LEVELS[code / 100]);
  if (fast == NULL) {
    g_test_skip("this processor or build lacks it");
    return;
  }
  g_autoptr(GRand) rand = g_rand_new_with_seed(7);
  for (gsize i = 0; i < G_N_ELEMENTS(SIZES); i++)
    CHECKS[code % 100].check(fast, rand, SIZES[i]);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  for (guint l = 0; l < G_N_ELEMENTS(LEVELS); l++)
    for (guint c = 0; c < G_N_ELEMENTS(CHECKS); c++) {
      g_autofree char *path = g_strdup_printf("/kernels/%s/%s", LEVELS[l], CHECKS[c].name);
      g_test_add_data_func(path, GUINT_TO_POINTER(l * 100 + c), run_check);
    }
  return g_test_run();
}
