#include "model/position_bias_backward.h"
#include "model/lora.h"
#include "model/position_bias.h"
#include <string.h>

#define NET    "visual_transformer.spatial_rel_pos_bias.net."
#define LEAK   0.1f
#define LAYERS 3

static const char *const layers[LAYERS] = {NET "0.0", NET "1.0", NET "2"};

gboolean
medct_position_bias_is_trained(const MedctWeights *weights)
{
  for (guint i = 0; weights && i < weights->n_tensors; i++)
    if (weights->tensors[i].trained && g_str_has_prefix(weights->tensors[i].name, NET))
      return TRUE;
  return FALSE;
}

static MedctLinear
load(MedctLinearGradient *into, const MedctWeights *w, const char *name)
{
  g_autofree char *weight = g_strconcat(name, ".weight", NULL);
  g_autofree char *bias = g_strconcat(name, ".bias", NULL);
  const MedctTensor *W = medct_tensor_file_lookup(w->file, weight);
  *into = (MedctLinearGradient){.W = medct_weights_gradient(w, weight),
                                .bias = medct_weights_gradient(w, bias)};
  return (MedctLinear){.W = W->data,
                       .bias = medct_tensor_file_lookup(w->file, bias)->data,
                       .in = (int)W->shape[1],
                       .out = (int)W->shape[0]};
}

static void
leaky_relu(float *x, gsize n)
{
  for (gsize i = 0; i < n; i++)
    x[i] = x[i] < 0 ? LEAK * x[i] : x[i];
}

/* The sign of y = LeakyReLU(x) is that of x. */
static void
leaky_relu_backward(float *d, const float *y, gsize n)
{
  for (gsize i = 0; i < n; i++)
    d[i] *= y[i] < 0 ? LEAK : 1;
}

/* What every pair of cells got from its offset's row: table [(2h−1)·(2w−1), heads] ← dbias. */
static void
gather(double *table, const float *dbias, int heads, int h, int w)
{
  int n = h * w, columns = 2 * w - 1;
  for (int head = 0; head < heads; head++)
    for (int i = 0; i < n; i++)
      for (int j = 0; j < n; j++) {
        int dh = i / w - j / w + h - 1, dw = i % w - j % w + w - 1;
        table[((gsize)dh * columns + dw) * heads + head] += dbias[((gsize)head * n + i) * n + j];
      }
}

void
medct_position_bias_backward(const MedctWeights *weights, const float *dbias, const MedctConfig *c,
                             int h, int w)
{
  int rows = (2 * h - 1) * (2 * w - 1), D = c->dim;
  gsize n = (gsize)rows * c->heads, hidden = (gsize)rows * D;
  g_autofree double *table = g_new0(double, n);
  g_autofree float *offsets = g_new(float, (gsize)rows * 2), *d = g_new(float, n);
  g_autofree float *y0 = g_new(float, hidden), *y1 = g_new(float, hidden);
  g_autofree float *d0 = g_new(float, hidden), *d1 = g_new(float, hidden);
  MedctLinearGradient into[LAYERS];
  MedctLinear net[LAYERS];
  for (int i = 0; i < LAYERS; i++)
    net[i] = load(&into[i], weights, layers[i]);
  gather(table, dbias, c->heads, h, w);
  for (gsize i = 0; i < n; i++)
    d[i] = (float)table[i];
  medct_position_offsets(offsets, h, w);
  /* bias = net2(LeakyReLU(net1(LeakyReLU(net0(offset))))) */
  medct_linear(y0, D, offsets, &net[0], MEDCT_EPILOGUE_NONE, NULL, rows);
  leaky_relu(y0, hidden);
  medct_linear(y1, D, y0, &net[1], MEDCT_EPILOGUE_NONE, NULL, rows);
  leaky_relu(y1, hidden);
  medct_linear_backward(d1, 0, &into[2], d, c->heads, y1, &net[2], NULL, rows);
  leaky_relu_backward(d1, y1, hidden);
  medct_linear_backward(d0, 0, &into[1], d1, D, y0, &net[1], NULL, rows);
  leaky_relu_backward(d0, y0, hidden);
  medct_linear_backward(NULL, 0, &into[0], d0, D, offsets, &net[0], NULL, rows);
}
