/* The naive twins: what each kernel must compute, in double, as the formula is written. */
#include "model/kernels.h"
#include <math.h>

static void
layer_norm(float *y, const float *x, const float *gamma, const float *beta, int rows, int D,
           float eps)
{
  for (int r = 0; r < rows; r++, x += D, y += D) {
    double mean = 0, var = 0;
    for (int i = 0; i < D; i++)
      mean += x[i];
    mean /= D;
    for (int i = 0; i < D; i++)
      var += (x[i] - mean) * (x[i] - mean);
    double inv = 1 / sqrt(var / D + eps);
    for (int i = 0; i < D; i++)
      y[i] = (float)((x[i] - mean) * inv * gamma[i] + (beta ? beta[i] : 0));
  }
}

static void
softmax(float *x, int rows, int n, int ld)
{
  for (int r = 0; r < rows; r++, x += ld) {
    double top = x[0], sum = 0;
    for (int i = 1; i < n; i++)
      top = fmax(top, x[i]);
    for (int i = 0; i < n; i++)
      sum += exp(x[i] - top);
    for (int i = 0; i < n; i++)
      x[i] = (float)(exp(x[i] - top) / sum);
  }
}

static double
gelu(double x)
{
  return 0.5 * x * (1 + erf(x / sqrt(2.0)));
}

static void
gelu_gate(float *y, const float *ag, int rows, int I)
{
  for (int r = 0; r < rows; r++)
    for (int i = 0; i < I; i++)
      y[(int64_t)r * I + i] =
          (float)(ag[(int64_t)r * 2 * I + i] * gelu(ag[(int64_t)r * 2 * I + I + i]));
}

static void
bias_gelu(float *x, const float *bias, int rows, int n)
{
  for (int r = 0; r < rows; r++, x += n)
    for (int i = 0; i < n; i++)
      x[i] = (float)gelu(x[i] + bias[i]);
}

static void
bias_add(float *x, const float *bias, int rows, int n)
{
  for (int r = 0; r < rows; r++, x += n)
    for (int i = 0; i < n; i++)
      x[i] += bias[i];
}

static void
add(float *y, const float *x, int64_t n)
{
  for (int64_t i = 0; i < n; i++)
    y[i] += x[i];
}

static void
normalise_heads(float *x, const float *scale, int rows, int heads, int d, int ld)
{
  for (int r = 0; r < rows; r++)
    for (int h = 0; h < heads; h++) {
      float *head = x + (int64_t)r * ld + h * d;
      double sum = 0;
      for (int i = 0; i < d; i++)
        sum += (double)head[i] * head[i];
      double inv = 1 / fmax(sqrt(sum), 1e-12);
      for (int i = 0; i < d; i++)
        head[i] = (float)(head[i] * inv * scale[i]);
    }
}

static void
taps(float *y, const float *const *x, const float *const *w, int n_taps, int D)
{
  for (int i = 0; i < D; i++) {
    double sum = y[i];
    for (int j = 0; j < n_taps; j++)
      sum += (double)x[j][i] * w[j][i];
    y[i] = (float)sum;
  }
}

static int
argmax(float *value, const float *x, int n)
{
  int best = 0;
  for (int i = 1; i < n; i++)
    if (x[i] > x[best])
      best = i;
  *value = x[best];
  return best;
}

static float
dot(const float *x, const float *y, int64_t n)
{
  double sum = 0;
  for (int64_t i = 0; i < n; i++)
    sum += (double)x[i] * y[i];
  return (float)sum;
}

static void
skinny(float *y, int ldy, const float *x, const float *w, int rows, int in, int out)
{
  for (int r = 0; r < rows; r++)
    for (int o = 0; o < out; o++)
      y[(int64_t)r * ldy + o] = dot(x + (int64_t)r * in, w + (int64_t)o * in, in);
}

static void
panel_product(float *y, int ldy, const float *x, const float *panel, int rows, int in, int n,
              int add)
{
  for (int r = 0; r < rows; r++)
    for (int o = 0; o < n; o++) {
      double sum = add ? y[(int64_t)r * ldy + o] : 0;
      for (int i = 0; i < in; i++)
        sum += (double)x[(int64_t)r * in + i] * panel[(int64_t)i * MEDCT_PANEL + o];
      y[(int64_t)r * ldy + o] = (float)sum;
    }
}

static void
attend(float *out, int ldo, const float *q, int ldq, const float *k, const float *v, int ldkv,
       const float *bias, float scale, float *logits, int n, int d)
{
  for (int i = 0; i < n; i++) {
    for (int j = 0; j < n; j++)
      logits[j] = scale * dot(q + (int64_t)i * ldq, k + (int64_t)j * ldkv, d) +
                  (bias ? bias[(int64_t)i * n + j] : 0);
    softmax(logits, 1, n, n);
    for (int c = 0; c < d; c++) {
      double sum = 0;
      for (int j = 0; j < n; j++)
        sum += (double)logits[j] * v[(int64_t)j * ldkv + c];
      out[(int64_t)i * ldo + c] = (float)sum;
    }
  }
}

/* ---- gradients ----------------------------------------------------------------------------- */

static void
layer_norm_backward(float *dx, int add_up, const float *dy, const float *x, const float *gamma,
                    int rows, int D, float eps)
{
  for (int r = 0; r < rows; r++, dx += D, dy += D, x += D) {
    double mean = 0, var = 0, g_mean = 0, gx_mean = 0;
    for (int i = 0; i < D; i++)
      mean += x[i];
    mean /= D;
    for (int i = 0; i < D; i++)
      var += (x[i] - mean) * (x[i] - mean);
    double inv = 1 / sqrt(var / D + eps);
    /* y = x̂·gamma, x̂ = (x − mean)·inv */
    for (int i = 0; i < D; i++) {
      double g = (double)dy[i] * gamma[i];
      g_mean += g;
      gx_mean += g * (x[i] - mean) * inv;
    }
    g_mean /= D;
    gx_mean /= D;
    for (int i = 0; i < D; i++) {
      double g = (double)dy[i] * gamma[i];
      float d = (float)(inv * (g - g_mean - (x[i] - mean) * inv * gx_mean));
      dx[i] = add_up ? dx[i] + d : d;
    }
  }
}

static void
softmax_backward(float *dp, const float *p, int rows, int n)
{
  for (int r = 0; r < rows; r++, dp += n, p += n) {
    /* p_i = exp(s_i)/Σ exp(s_j) */
    double sum = 0;
    for (int i = 0; i < n; i++)
      sum += (double)dp[i] * p[i];
    for (int i = 0; i < n; i++)
      dp[i] = (float)(p[i] * (dp[i] - sum));
  }
}

/* y_i = x_i/‖x‖·scale_i; below the floor of the norm the divisor is a constant. */
static void
normalise_head_backward(float *dy, const float *x, const float *scale, int d)
{
  double norm = 0, along = 0;
  for (int i = 0; i < d; i++)
    norm += (double)x[i] * x[i];
  norm = sqrt(norm);
  int floored = norm < 1e-12;
  double inv = 1 / (floored ? 1e-12 : norm);
  for (int i = 0; i < d && !floored; i++)
    along += (double)dy[i] * scale[i] * x[i] * inv;
  for (int i = 0; i < d; i++)
    dy[i] = (float)(inv * ((double)dy[i] * scale[i] - along * x[i] * inv));
}

static void
normalise_heads_backward(float *dy, const float *x, const float *scale, int rows, int heads, int d,
                         int ld)
{
  for (int r = 0; r < rows; r++)
    for (int h = 0; h < heads; h++)
      normalise_head_backward(dy + (int64_t)r * ld + h * d, x + (int64_t)r * ld + h * d, scale, d);
}

/* GELU(x) = x·Φ(x) with the exact Φ; its derivative is Φ(x) + x·φ(x). */
static double
normal_cdf(double x)
{
  return 0.5 * (1 + erf(x * M_SQRT1_2));
}

static double
gelu_slope(double x)
{
  return normal_cdf(x) + x * exp(-0.5 * x * x) * (M_2_SQRTPI * M_SQRT1_2 / 2);
}

static void
gelu_gate_backward(float *dag, const float *dy, const float *ag, int rows, int I)
{
  for (int r = 0; r < rows; r++, dag += 2 * I, ag += 2 * I, dy += I)
    for (int i = 0; i < I; i++) {
      /* y = a·GELU(g) */
      double a = ag[i], g = ag[I + i];
      dag[i] = (float)(dy[i] * g * normal_cdf(g));
      dag[I + i] = (float)(dy[i] * a * gelu_slope(g));
    }
}

static void
bias_gelu_backward(float *dy, const float *x, const float *bias, int rows, int n)
{
  for (int r = 0; r < rows; r++, dy += n, x += n)
    for (int i = 0; i < n; i++)
      dy[i] = (float)(dy[i] * gelu_slope((double)x[i] + bias[i]));
}

const MedctKernels medct_kernels_naive = {
    "naive",
    layer_norm,
    softmax,
    gelu_gate,
    bias_gelu,
    bias_add,
    add,
    normalise_heads,
    taps,
    argmax,
    dot,
    skinny,
    panel_product,
    attend,
    layer_norm_backward,
    softmax_backward,
    gelu_gate_backward,
    bias_gelu_backward,
    normalise_heads_backward,
};
