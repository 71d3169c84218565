#include "tests/naive-text.h"
#include <math.h>

#define T "text_transformer."

typedef struct {
  const MedctTensorFile *weights;
  int n, H, heads, inter;
} Net;

static const float *G_GNUC_PRINTF(2, 3) get(const Net *net, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  g_autofree char *name = g_strdup_vprintf(format, args);
  va_end(args);
  return medct_tensor_file_lookup(net->weights, name)->data;
}

static void
norm(double *x, const float *gamma, const float *beta, int n)
{
  double mean = 0, variance = 0;
  for (int i = 0; i < n; i++)
    mean += x[i] / n;
  for (int i = 0; i < n; i++)
    variance += (x[i] - mean) * (x[i] - mean) / n;
  for (int i = 0; i < n; i++)
    x[i] = (x[i] - mean) / sqrt(variance + 1e-12) * gamma[i] + beta[i];
}

/* y [n, out] of x [n, in]. */
static double *
linear(const Net *net, const double *x, int layer, const char *name, int out, int in)
{
  const float *W = get(net, T "encoder.layer.%d.%s.weight", layer, name);
  const float *b = get(net, T "encoder.layer.%d.%s.bias", layer, name);
  double *y = g_new(double, (gsize)net->n *out);
  for (int r = 0; r < net->n; r++)
    for (int o = 0; o < out; o++) {
      y[r * out + o] = b[o];
      for (int i = 0; i < in; i++)
        y[r * out + o] += (double)W[o * in + i] * x[r * in + i];
    }
  return y;
}

static double *
attend(const Net *net, const double *q, const double *k, const double *v)
{
  int n = net->n, H = net->H, d = H / net->heads;
  double *mixed = g_new0(double, (gsize)n *H);
  g_autofree double *p = g_new(double, n);
  for (int h = 0; h < net->heads; h++)
    for (int i = 0; i < n; i++) {
      double sum = 0;
      for (int j = 0; j < n; j++) {
        double dot = 0;
        for (int e = h * d; e < (h + 1) * d; e++)
          dot += q[i * H + e] * k[j * H + e];
        sum += p[j] = exp(dot / sqrt(d));
      }
      for (int j = 0; j < n; j++)
        for (int e = h * d; e < (h + 1) * d; e++)
          mixed[i * H + e] += p[j] / sum * v[j * H + e];
    }
  return mixed;
}

/* x ← LN(x + y), of the norm called `name`. */
static void
add_and_norm(const Net *net, double *x, const double *y, int layer, const char *name)
{
  for (int i = 0; i < net->n * net->H; i++)
    x[i] += y[i];
  for (int r = 0; r < net->n; r++)
    norm(x + r * net->H, get(net, T "encoder.layer.%d.%s.weight", layer, name),
         get(net, T "encoder.layer.%d.%s.bias", layer, name), net->H);
}

static void
run_layer(const Net *net, double *x, int layer)
{
  int H = net->H, I = net->inter;
  g_autofree double *q = linear(net, x, layer, "attention.self.query", H, H);
  g_autofree double *k = linear(net, x, layer, "attention.self.key", H, H);
  g_autofree double *v = linear(net, x, layer, "attention.self.value", H, H);
  g_autofree double *mixed = attend(net, q, k, v);
  g_autofree double *out = linear(net, mixed, layer, "attention.output.dense", H, H);
  add_and_norm(net, x, out, layer, "attention.output.LayerNorm");
  g_autofree double *inner = linear(net, x, layer, "intermediate.dense", I, H);
  for (int i = 0; i < net->n * I; i++)
    inner[i] *= 0.5 * (1 + erf(inner[i] / sqrt(2.0)));
  g_autofree double *dense = linear(net, inner, layer, "output.dense", H, I);
  add_and_norm(net, x, dense, layer, "output.LayerNorm");
}

void
naive_text(double *z, const MedctTensorFile *weights, const MedctConfig *c, const int32_t *ids,
           int n)
{
  const Net net = {weights, n, c->text_hidden, c->text_heads, c->text_inter};
  int H = net.H;
  g_autofree double *x = g_new(double, (gsize)n *H);
  for (int r = 0; r < n; r++) {
    for (int i = 0; i < H; i++)
      x[r * H + i] = (double)get(&net, T "embeddings.word_embeddings.weight")[ids[r] * H + i] +
                     get(&net, T "embeddings.position_embeddings.weight")[r * H + i] +
                     get(&net, T "embeddings.token_type_embeddings.weight")[i];
    norm(x + r * H, get(&net, T "embeddings.LayerNorm.weight"),
         get(&net, T "embeddings.LayerNorm.bias"), H);
  }
  for (int l = 0; l < c->text_layers; l++)
    run_layer(&net, x, l);
  const float *W = get(&net, "to_text_latent.weight");
  for (int o = 0; o < c->latent; o++) {
    z[o] = 0;
    for (int i = 0; i < H; i++)
      z[o] += (double)W[o * H + i] * x[i];
  }
}
