/* Every gradient against central differences of the forward formula, written once more in double.
 */
#include "model/adamw.h"
#include "model/backward_ops.h"
#include "model/kernels.h"
#include "model/lora.h"
#include "model/objectives.h"
#include <math.h>
#include <string.h>

#define H 1e-5 /* of the differences */

/* loss = Σ w·y for the y of one operation; x holds all its inputs, one after another. */
typedef double (*Loss)(const double *x, const float *w, const void *data);

static float *
numbers(guint32 seed, gsize n)
{
  g_autoptr(GRand) rand = g_rand_new_with_seed(seed);
  float *x = g_new(float, n);
  for (gsize i = 0; i < n; i++)
    x[i] = (float)g_rand_double_range(rand, -1.5, 1.5);
  return x;
}

/* got [n] is the gradient of the loss at x. */
static void
compare(const float *got, const float *x, gsize n, Loss loss, const float *w, const void *data)
{
  g_autofree double *at = g_new(double, n), *want = g_new(double, n);
  double top = 1e-3;
  for (gsize i = 0; i < n; i++)
    at[i] = x[i];
  for (gsize i = 0; i < n; i++) {
    at[i] = x[i] + H;
    double above = loss(at, w, data);
    at[i] = x[i] - H;
    want[i] = (above - loss(at, w, data)) / (2 * H);
    at[i] = x[i];
    top = fmax(top, fabs(want[i]));
  }
  for (gsize i = 0; i < n; i++)
    if (!(fabs(got[i] - want[i]) <= 2e-5 * top))
      g_error("gradient %zu is %g, differences give %g", i, got[i], want[i]);
}

enum { ROWS = 5, WIDTH = 7, HEADS = 2, HEAD = 4 };

static double
layer_norm_loss(const double *x, const float *w, const void *gamma)
{
  double loss = 0;
  for (int r = 0; r < ROWS; r++, x += WIDTH, w += WIDTH) {
    double mean = 0, var = 0;
    for (int i = 0; i < WIDTH; i++)
      mean += x[i] / WIDTH;
    for (int i = 0; i < WIDTH; i++)
      var += (x[i] - mean) * (x[i] - mean) / WIDTH;
    for (int i = 0; i < WIDTH; i++)
      loss += w[i] * (x[i] - mean) / sqrt(var + 1e-5) * ((const float *)gamma)[i];
  }
  return loss;
}

static void
test_layer_norm(void)
{
  g_autofree float *x = numbers(1, ROWS * WIDTH), *w = numbers(2, ROWS * WIDTH);
  g_autofree float *gamma = numbers(3, WIDTH), *dx = g_memdup2(w, sizeof(float) * ROWS * WIDTH);
  g_autofree float *sum = g_new0(float, ROWS *WIDTH);
  medct_kernels()->layer_norm_backward(dx, FALSE, dx, x, gamma, ROWS, WIDTH, 1e-5f);
  compare(dx, x, ROWS * WIDTH, layer_norm_loss, w, gamma);
  medct_kernels()->layer_norm_backward(sum, TRUE, w, x, gamma, ROWS, WIDTH, 1e-5f);
  medct_kernels()->layer_norm_backward(sum, TRUE, w, x, gamma, ROWS, WIDTH, 1e-5f);
  for (int i = 0; i < ROWS * WIDTH; i++)
    g_assert_cmpfloat_with_epsilon(sum[i], 2 * dx[i], 1e-5);
}

static double
heads_loss(const double *x, const float *w, const void *scale)
{
  double loss = 0;
  for (int r = 0; r < ROWS * HEADS; r++, x += HEAD, w += HEAD) {
    double norm = 0;
    for (int i = 0; i < HEAD; i++)
      norm += x[i] * x[i];
    for (int i = 0; i < HEAD; i++)
      loss += w[i] * x[i] / fmax(sqrt(norm), 1e-12) * ((const float *)scale)[i];
  }
  return loss;
}

static void
test_normalise_heads(void)
{
  gsize n = ROWS * HEADS * HEAD;
  g_autofree float *x = numbers(4, n), *w = numbers(5, n), *scale = numbers(6, HEAD);
  g_autofree float *dx = g_memdup2(w, sizeof(float) * n);
  medct_kernels()->normalise_heads_backward(dx, x, scale, ROWS, HEADS, HEAD, HEADS * HEAD);
  compare(dx, x, n, heads_loss, w, scale);
  memset(x, 0, sizeof(float) * n); /* under the floor of the norm nothing may become NaN */
  medct_kernels()->normalise_heads_backward(dx, x, scale, ROWS, HEADS, HEAD, HEADS * HEAD);
  for (gsize i = 0; i < n; i++)
    g_assert_true(isfinite(dx[i]));
}

static double
gate_loss(const double *x, const float *w, const void *data)
{
  double loss = 0;
  for (int r = 0; r < ROWS; r++, x += 2 * WIDTH, w += WIDTH)
    for (int i = 0; i < WIDTH; i++)
      loss += w[i] * x[i] * x[WIDTH + i] * 0.5 * erfc(-x[WIDTH + i] / sqrt(2));
  return loss;
}

static void
test_gelu_gate(void)
{
  g_autofree float *x = numbers(7, 2 * ROWS * WIDTH), *w = numbers(8, ROWS * WIDTH);
  g_autofree float *dx = g_new(float, 2 * ROWS * WIDTH);
  medct_kernels()->gelu_gate_backward(dx, w, x, ROWS, WIDTH);
  compare(dx, x, 2 * ROWS * WIDTH, gate_loss, w, NULL);
}

static double
gelu_loss(const double *x, const float *w, const void *bias)
{
  double loss = 0;
  for (int i = 0; i < ROWS * WIDTH; i++) {
    double g = x[i] + ((const float *)bias)[i % WIDTH];
    loss += w[i] * g * 0.5 * erfc(-g / sqrt(2));
  }
  return loss;
}

static void
test_bias_gelu(void)
{
  g_autofree float *x = numbers(9, ROWS * WIDTH), *w = numbers(10, ROWS * WIDTH);
  g_autofree float *bias = numbers(11, WIDTH), *dx = g_memdup2(w, sizeof(float) * ROWS * WIDTH);
  medct_kernels()->bias_gelu_backward(dx, x, bias, ROWS, WIDTH);
  compare(dx, x, ROWS * WIDTH, gelu_loss, w, bias);
}

/* x = q | k | v, each [ROWS, HEAD]; scale 8. */
static double
attention_loss(const double *x, const float *w, const void *bias)
{
  const double *q = x, *k = q + ROWS * HEAD, *v = k + ROWS * HEAD;
  double loss = 0;
  for (int i = 0; i < ROWS; i++) {
    double p[ROWS], sum = 0;
    for (int j = 0; j < ROWS; j++) {
      double s = bias ? ((const float *)bias)[i * ROWS + j] : 0;
      for (int d = 0; d < HEAD; d++)
        s += 8 * q[i * HEAD + d] * k[j * HEAD + d];
      sum += p[j] = exp(s);
    }
    for (int j = 0; j < ROWS; j++)
      for (int d = 0; d < HEAD; d++)
        loss += w[i * HEAD + d] * p[j] / sum * v[j * HEAD + d];
  }
  return loss;
}

static void
test_attention(gconstpointer with_bias)
{
  enum { N = ROWS * HEAD };
  g_autofree float *x = numbers(12, 3 * N), *w = numbers(13, N), *bias = numbers(14, ROWS * ROWS);
  float dx[3 * N], p[ROWS * ROWS], dp[ROWS * ROWS];
  for (int i = 0; i < 2 * N; i++)
    x[i] *= 0.3f;
  MedctHeadBackward head = {.q = x,
                            .k = x + N,
                            .v = x + 2 * N,
                            .dmixed = w,
                            .bias = with_bias ? bias : NULL,
                            .dq = dx,
                            .dk = dx + N,
                            .dv = dx + 2 * N,
                            .p = p,
                            .dp = dp,
                            .scale = 8,
                            .ldq = HEAD,
                            .ldkv = HEAD,
                            .n = ROWS,
                            .d = HEAD};
  medct_attention_backward(&head);
  compare(dx, x, 3 * N, attention_loss, w, with_bias ? bias : NULL);
}

enum { PT = 4, PH = 3, PW = 5, PD = 2, PN = PT * PH * PW * PD };

static double
peg_loss(const double *x, const float *w, const void *taps)
{
  double loss = 0;
  for (int i = 0; i < PN; i++) {
    int d = i % PD, pw = i / PD % PW, ph = i / PD / PW % PH, t = i / PD / PW / PH;
    double y = x[i];
    for (int tap = 0; tap < 27; tap++) {
      int st = t + tap / 9 - 2, sh = ph + tap / 3 % 3 - 1, sw = pw + tap % 3 - 1;
      if (st >= 0 && sh >= 0 && sh < PH && sw >= 0 && sw < PW)
        y += ((const float *)taps)[tap * PD + d] * x[((st * PH + sh) * PW + sw) * PD + d];
    }
    loss += w[i] * y;
  }
  return loss;
}

static void
test_peg(void)
{
  g_autofree float *x = numbers(15, PN), *w = numbers(16, PN), *taps = numbers(17, 27 * PD);
  float dx[PN], *rows[27];
  for (int tap = 0; tap < 27; tap++)
    rows[tap] = taps + tap * PD;
  for (int t = 0; t < PT; t++)
    for (int h = 0; h < PH; h++)
      medct_peg_backward_row(dx + (t * PH + h) * PW * PD, w, rows, PT, PH, PW, PD, t, h);
  compare(dx, x, PN, peg_loss, w, taps);
}

enum { IN = 6, OUT = 4, RANK = 2, X = ROWS * IN, PAIR = RANK * (IN + OUT) };

/* x = x [ROWS, IN] | A [RANK, IN] | B [OUT, RANK]; data = W [OUT, IN]; scale 3.5. */
static double
linear_loss(const double *x, const float *w, const void *data)
{
  const double *A = x + X, *B = A + RANK * IN;
  const float *W = data;
  double loss = 0;
  for (int r = 0; r < ROWS; r++)
    for (int o = 0; o < OUT; o++) {
      double y = 0;
      for (int i = 0; i < IN; i++) {
        double weight = W[o * IN + i];
        for (int k = 0; k < RANK; k++)
          weight += 3.5 * B[o * RANK + k] * A[k * IN + i];
        y += weight * x[r * IN + i];
      }
      loss += w[r * OUT + o] * y;
    }
  return loss;
}

static void
test_linear(void)
{
  g_autofree float *x = numbers(18, X + PAIR), *w = numbers(19, ROWS * OUT);
  g_autofree float *W = numbers(20, OUT * IN);
  float dx[X + PAIR] = {0}, scratch[2 * ROWS * RANK];
  const MedctAdapterModule lora = {
      .rank = RANK, .in = IN, .out = OUT, .scale = 3.5f, .A = x + X, .B = x + X + RANK * IN};
  const MedctLinear linear = {W, NULL, IN, OUT, &lora};
  const MedctLinearGradient into = {.pair = dx + X};
  medct_linear_backward(dx, 0, &into, w, OUT, x, &linear, scratch, ROWS);
  compare(dx, x, X + PAIR, linear_loss, w, W);
}

/* ---- objectives: the loss itself is tested against the golden files, its gradient here */

enum { N = 3, CLASSES = 2, LATENT = 5, U = 2 * CLASSES * LATENT, V = N * LATENT };

typedef struct {
  int which; /* 0 vocab, 1 bce, 2 bce with all options, 3 clip */
  float *texts, *volumes;
} Objective;

static const int64_t labels[N * CLASSES] = {1, 0, -1, 1, 0, 0};

static double
evaluate(const Objective *o, MedctObjectiveGradient *gradient, double temperature)
{
  static const double weights[CLASSES] = {2.5, 0.5};
  const MedctBceOptions plain = {0}, all = {weights, 1.5, 4, 0.05};
  const MedctObjectiveInput in = {o->texts, o->volumes, labels,          N,
                                  CLASSES,  LATENT,     exp(temperature)};
  return o->which == 0   ? medct_objective_vocab(gradient, &in)
         : o->which == 3 ? medct_objective_clip(gradient, &in)
                         : medct_objective_bce(gradient, &in, o->which == 1 ? &plain : &all);
}

static void
compare_objective(const Objective *o, float *x, const float *got, int n)
{
  float du[U], dv[V];
  MedctObjectiveGradient ignored = {du, dv, 0};
  for (int i = 0; i < n; i++) {
    float kept = x[i], above = kept + 1e-3f, below = kept - 1e-3f;
    x[i] = above;
    double high = evaluate(o, &ignored, 0.3);
    x[i] = below;
    double low = evaluate(o, &ignored, 0.3);
    x[i] = kept;
    g_assert_cmpfloat_with_epsilon(got[i], (high - low) / ((double)above - below), 2e-6);
  }
}

static void
test_objective(gconstpointer which)
{
  g_autofree float *u = numbers(21, U), *v = numbers(22, V);
  const Objective o = {GPOINTER_TO_INT(which), u, v};
  float du[U], dv[V], other_u[U], other_v[V];
  MedctObjectiveGradient gradient = {du, dv, 0}, ignored = {other_u, other_v, 0};
  evaluate(&o, &gradient, 0.3);
  compare_objective(&o, u, du, o.which == 3 ? V : U);
  compare_objective(&o, v, dv, V);
  double slope = (evaluate(&o, &ignored, 0.3001) - evaluate(&o, &ignored, 0.2999)) / 2e-4;
  g_assert_cmpfloat_with_epsilon(gradient.temperature, slope, 1e-6);
}

/* An unknown label changes nothing, whatever the volume; all unknown: no loss and no gradient. */
static void
test_unknown(void)
{
  static const int64_t none[N * CLASSES] = {-1, -1, -1, -1, -1, -1};
  g_autofree float *u = numbers(23, U), *v = numbers(24, V);
  float du[U], dv[V];
  MedctObjectiveGradient gradient = {du, dv, 1};
  const MedctObjectiveInput in = {u, v, none, N, CLASSES, LATENT, 2};
  g_assert_cmpfloat(medct_objective_vocab(&gradient, &in), ==, 0);
  g_assert_cmpfloat(gradient.temperature, ==, 0);
  for (int i = 0; i < V; i++)
    g_assert_cmpfloat(dv[i], ==, 0);
}

static void
test_adamw(void)
{
  const MedctAdamW adamw = MEDCT_ADAMW_DEFAULT;
  float x = 2, m = 0, v = 0;
  const float g = 8;
  /* the first step is lr in the gradient's direction, after the decay */
  medct_adamw_step(&adamw, &x, &m, &v, &g, 0.25, 0.1, 1, 1);
  g_assert_cmpfloat_with_epsilon(x, 2 * (1 - 0.1 * 0.1) - 0.1, 1e-6);
  g_assert_cmpfloat_with_epsilon(m, 0.2, 1e-6);
  g_assert_cmpfloat_with_epsilon(v, 0.004, 1e-6);
  g_assert_cmpfloat_with_epsilon(medct_clip_factor(4, 1), 0.25, 1e-6);
  g_assert_cmpfloat(medct_clip_factor(0.5, 1), ==, 1);
  g_assert_cmpfloat(medct_clip_factor(50, 0), ==, 1);
}

static void
test_learning_rate(void)
{
  g_assert_cmpfloat_with_epsilon(medct_learning_rate(1, 0, 4, 14), 0.25, 1e-12);
  g_assert_cmpfloat_with_epsilon(medct_learning_rate(1, 3, 4, 14), 1, 1e-12);
  g_assert_cmpfloat_with_epsilon(medct_learning_rate(1, 4, 4, 14), 1, 1e-12);
  g_assert_cmpfloat_with_epsilon(medct_learning_rate(1, 9, 4, 14), 0.5, 1e-12);
  g_assert_cmpfloat_with_epsilon(medct_learning_rate(1, 14, 4, 14), 0, 1e-12);
  g_assert_cmpfloat_with_epsilon(medct_learning_rate(1, 0, 0, 0), 1, 1e-12);
}

int
main(int argc, char **argv)
{
  static const char *const objectives[] = {"vocab", "bce", "bce-focused", "clip"};
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/backward/layer-norm", test_layer_norm);
  g_test_add_func("/backward/normalise-heads", test_normalise_heads);
  g_test_add_func("/backward/gelu-gate", test_gelu_gate);
  g_test_add_func("/backward/bias-gelu", test_bias_gelu);
  g_test_add_data_func("/backward/attention", NULL, test_attention);
  g_test_add_data_func("/backward/attention-bias", GINT_TO_POINTER(1), test_attention);
  g_test_add_func("/backward/peg", test_peg);
  g_test_add_func("/backward/linear", test_linear);
  for (int i = 0; i < 4; i++) {
    g_autofree char *path = g_strdup_printf("/objective/%s", objectives[i]);
    g_test_add_data_func(path, GINT_TO_POINTER(i), test_objective);
  }
  g_test_add_func("/objective/unknown", test_unknown);
  g_test_add_func("/adamw/step", test_adamw);
  g_test_add_func("/adamw/learning-rate", test_learning_rate);
  return g_test_run();
}
