#include "tests/naive-vision.h"
#include <math.h>
#include <string.h>

#define V "visual_transformer."

typedef struct {
  const MedctTensorFile *weights;
  const MedctConfig *c;
  int T, H, W, D;
} Net;

static const float *G_GNUC_PRINTF(2, 3) get(const Net *net, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  g_autofree char *name = g_strdup_vprintf(format, args);
  va_end(args);
  const MedctTensor *t = medct_tensor_file_lookup(net->weights, name);
  g_assert_nonnull(t);
  return t->data;
}

static double
gelu(double x)
{
  return 0.5 * x * (1 + erf(x / sqrt(2.0)));
}

static void
norm(double *y, const double *x, const float *gamma, const float *beta, int n)
{
  double mean = 0, variance = 0;
  for (int i = 0; i < n; i++)
    mean += x[i] / n;
  for (int i = 0; i < n; i++)
    variance += (x[i] - mean) * (x[i] - mean) / n;
  for (int i = 0; i < n; i++)
    y[i] = (x[i] - mean) / sqrt(variance + 1e-5) * gamma[i] + beta[i];
}

static void
linear(double *y, const double *x, const float *W, const float *b, int out, int in)
{
  for (int o = 0; o < out; o++) {
    y[o] = b ? b[o] : 0;
    for (int i = 0; i < in; i++)
      y[o] += (double)W[o * in + i] * x[i];
  }
}

static double *
embed(const Net *net, const float *volume)
{
  int p = net->c->patch, pt = net->c->temporal_patch, in = p * p * pt, D = net->D,
      image = net->c->image;
  double *x = g_new(double, (gsize)net->T * net->H * net->W * D);
  g_autofree double *block = g_new(double, in), *token = g_new(double, D);
  for (int t = 0; t < net->T; t++)
    for (int cell = 0; cell < net->H * net->W; cell++) {
      for (int i = 0; i < in; i++) {
        int z = t * pt + i / (p * p), y = cell / net->W * p + i / p % p,
            l = cell % net->W * p + i % p;
        block[i] = volume[((gsize)z * image + y) * image + l];
      }
      norm(block, block, get(net, V "to_patch_emb.1.weight"), get(net, V "to_patch_emb.1.bias"),
           in);
      linear(token, block, get(net, V "to_patch_emb.2.weight"), get(net, V "to_patch_emb.2.bias"),
             D, in);
      norm(x + ((gsize)t * net->H * net->W + cell) * D, token, get(net, V "to_patch_emb.3.weight"),
           get(net, V "to_patch_emb.3.bias"), D);
    }
  return x;
}

/* bias of one head for the offset (dh, dw). */
static double
position_bias(const Net *net, int head, int dh, int dw)
{
  int D = net->D;
  double r[2] = {copysign(log(abs(dh) + 1.0), dh), copysign(log(abs(dw) + 1.0), dw)}, sum;
  g_autofree double *a = g_new(double, D), *b = g_new(double, D);
  const char *net_name = V "spatial_rel_pos_bias.net.";
  linear(a, r, get(net, "%s0.0.weight", net_name), get(net, "%s0.0.bias", net_name), D, 2);
  for (int i = 0; i < D; i++)
    a[i] = a[i] < 0 ? 0.1 * a[i] : a[i];
  linear(b, a, get(net, "%s1.0.weight", net_name), get(net, "%s1.0.bias", net_name), D, D);
  for (int i = 0; i < D; i++)
    b[i] = b[i] < 0 ? 0.1 * b[i] : b[i];
  linear(&sum, b, get(net, "%s2.weight", net_name) + head * D,
         get(net, "%s2.bias", net_name) + head, 1, D);
  return sum;
}

/* The buffer is always taken as a grid [T][H][W], in the temporal layers too. */
static double *
peg(const Net *net, const double *x, const char *layer)
{
  int T = net->T, H = net->H, W = net->W, D = net->D;
  double *y = g_new(double, (gsize)T *H *W *D);
  const float *w = get(net, "%s.0.dsconv.weight", layer), *b = get(net, "%s.0.dsconv.bias", layer);
  for (int i = 0; i < T * H * W; i++)
    for (int d = 0; d < D; d++) {
      double sum = x[(gsize)i * D + d] + b[d];
      for (int tap = 0; tap < 27; tap++) {
        int t = i / (H * W) + tap / 9 - 2, h = i / W % H + tap / 3 % 3 - 1, l = i % W + tap % 3 - 1;
        if (t >= 0 && h >= 0 && h < H && l >= 0 && l < W)
          sum += (double)w[d * 27 + tap] * x[(gsize)((t * H + h) * W + l) * D + d];
      }
      y[(gsize)i * D + d] = sum;
    }
  return y;
}

static void
unit(double *x, const float *scale, int n)
{
  double norm2 = 0;
  for (int i = 0; i < n; i++)
    norm2 += x[i] * x[i];
  for (int i = 0; i < n; i++)
    x[i] = x[i] / fmax(sqrt(norm2), 1e-12) * scale[i];
}

/* mixed [n][inner] of one head over one sequence; bias [n][n] or NULL. */
static void
attend(double *mixed, const double *q, const double *kv, const double *bias, int n, int d,
       int inner)
{
  g_autofree double *p = g_new(double, n);
  for (int i = 0; i < n; i++) {
    double sum = 0;
    for (int j = 0; j < n; j++) {
      double dot = 0;
      for (int e = 0; e < d; e++)
        dot += q[i * inner + e] * kv[j * 2 * inner + e];
      sum += p[j] = exp(8 * dot + (bias ? bias[i * n + j] : 0));
    }
    for (int e = 0; e < d; e++) {
      mixed[i * inner + e] = 0;
      for (int j = 0; j < n; j++)
        mixed[i * inner + e] += p[j] / sum * kv[j * 2 * inner + inner + e];
    }
  }
}

/* x [n][D] of one sequence ← x + Attention(x); bias [heads][n][n] or NULL. */
static void
attention(const Net *net, double *x, const char *layer, const double *bias, int n)
{
  int D = net->D, d = net->c->dim_head, heads = net->c->heads, inner = heads * d;
  g_autofree double *q = g_new(double, n *inner), *kv = g_new(double, 2 * n * inner);
  g_autofree double *mixed = g_new(double, n *inner), *y = g_new(double, D);
  for (int i = 0; i < n; i++) {
    norm(y, x + i * D, get(net, "%s.1.norm.gamma", layer), get(net, "%s.1.norm.beta", layer), D);
    linear(q + i * inner, y, get(net, "%s.1.to_q.weight", layer), NULL, inner, D);
    linear(kv + i * 2 * inner, x + i * D, get(net, "%s.1.to_kv.weight", layer), NULL, 2 * inner, D);
    for (int h = 0; h < heads; h++) {
      unit(q + i * inner + h * d, get(net, "%s.1.q_scale", layer), d);
      unit(kv + i * 2 * inner + h * d, get(net, "%s.1.k_scale", layer), d);
    }
  }
  for (int h = 0; h < heads; h++)
    attend(mixed + h * d, q + h * d, kv + h * d, bias ? bias + h * n * n : NULL, n, d, inner);
  for (int i = 0; i < n; i++) {
    linear(y, mixed + i * inner, get(net, "%s.1.to_out.weight", layer), NULL, D, inner);
    for (int e = 0; e < D; e++)
      x[i * D + e] += y[e];
  }
}

static void
feed_forward(const Net *net, double *x, const char *layer)
{
  int D = net->D, I = net->c->ff_inner;
  g_autofree double *y = g_new(double, D), *ag = g_new(double, 2 * I);
  norm(y, x, get(net, "%s.3.0.weight", layer), get(net, "%s.3.0.bias", layer), D);
  linear(ag, y, get(net, "%s.3.1.weight", layer), NULL, 2 * I, D);
  for (int i = 0; i < I; i++)
    ag[i] *= gelu(ag[I + i]);
  linear(y, ag, get(net, "%s.3.4.weight", layer), NULL, D, I);
  for (int e = 0; e < D; e++)
    x[e] += y[e];
}

/* x holds `sequences` of n tokens each; freed, the result is new. */
static double *
transform(const Net *net, double *x, const char *which, int layers, const double *bias,
          int sequences, int n)
{
  for (int l = 0; l < layers; l++) {
    g_autofree char *layer = g_strdup_printf(V "enc_%s_transformer.layers.%d", which, l);
    double *y = peg(net, x, layer);
    g_free(x);
    x = y;
    for (int s = 0; s < sequences; s++)
      attention(net, x + (gsize)s * n * net->D, layer, bias, n);
    for (int i = 0; i < sequences * n; i++)
      feed_forward(net, x + (gsize)i * net->D, layer);
  }
  for (int i = 0; i < sequences * n; i++)
    norm(x + (gsize)i * net->D, x + (gsize)i * net->D,
         get(net, V "enc_%s_transformer.norm_out.gamma", which),
         get(net, V "enc_%s_transformer.norm_out.beta", which), net->D);
  return x;
}

static double *
swap(double *x, int a, int b, int D)
{
  double *y = g_new(double, (gsize)a *b *D);
  for (int i = 0; i < a; i++)
    for (int j = 0; j < b; j++)
      memcpy(y + (gsize)(j * a + i) * D, x + (gsize)(i * b + j) * D, sizeof(double) * (gsize)D);
  g_free(x);
  return y;
}

double *
naive_vision(const MedctTensorFile *weights, const MedctConfig *c, const float *volume, int frames,
             double **spatial)
{
  int grid = c->image / c->patch, n = grid * grid;
  Net net = {weights, c, frames / c->temporal_patch, grid, grid, c->dim};
  g_autofree double *bias = g_new(double, (gsize)c->heads *n *n);
  for (int h = 0; h < c->heads; h++)
    for (int i = 0; i < n; i++)
      for (int j = 0; j < n; j++)
        bias[(h * n + i) * n + j] =
            position_bias(&net, h, i / grid - j / grid, i % grid - j % grid);
  double *x = embed(&net, volume);
  x = transform(&net, x, "spatial", c->spatial_layers, bias, net.T, n);
  if (spatial)
    *spatial = g_memdup2(x, sizeof(double) * (gsize)net.T * n * net.D);
  x = swap(x, net.T, n, net.D);
  x = transform(&net, x, "temporal", c->temporal_layers, NULL, n, net.T);
  return swap(x, n, net.T, net.D);
}
