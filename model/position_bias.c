#include "model/position_bias.h"
#include "model/kernels.h"
#include <math.h>

#define NET "visual_transformer.spatial_rel_pos_bias.net."

static const float *
tensor(const MedctTensorFile *weights, const char *name)
{
  return medct_tensor_file_lookup(weights, name)->data;
}

static float
signed_log(int r)
{
  return copysignf(logf((float)(r < 0 ? -r : r) + 1), (float)r);
}

static void
leaky_relu(float *x, const float *bias, int n)
{
  for (int i = 0; i < n; i++) {
    x[i] += bias[i];
    x[i] = x[i] < 0 ? 0.1f * x[i] : x[i];
  }
}

void
medct_position_offsets(float *offsets, int h, int w)
{
  for (int dh = 1 - h; dh < h; dh++)
    for (int dw = 1 - w; dw < w; dw++) {
      *offsets++ = signed_log(dh);
      *offsets++ = signed_log(dw);
    }
}

/* out [heads] for one offset r [2] between two cells; hidden [2·D] is scratch. */
static void
offset_bias(float *out, float *hidden, const MedctTensorFile *weights, const MedctConfig *c,
            const float *r)
{
  const MedctKernels *kernels = medct_kernels();
  float *next = hidden + c->dim;
  kernels->skinny(hidden, c->dim, r, tensor(weights, NET "0.0.weight"), 1, 2, c->dim);
  leaky_relu(hidden, tensor(weights, NET "0.0.bias"), c->dim);
  kernels->skinny(next, c->dim, hidden, tensor(weights, NET "1.0.weight"), 1, c->dim, c->dim);
  leaky_relu(next, tensor(weights, NET "1.0.bias"), c->dim);
  kernels->skinny(out, c->heads, next, tensor(weights, NET "2.weight"), 1, c->dim, c->heads);
  kernels->add(out, tensor(weights, NET "2.bias"), c->heads);
}

void
medct_position_bias(float *bias, const MedctTensorFile *weights, const MedctConfig *c, int h, int w)
{
  int rows = 2 * h - 1, columns = 2 * w - 1, n = h * w;
  g_autofree float *table = g_new(float, (gsize)rows *columns * c->heads);
  g_autofree float *hidden = g_new(float, 2 * c->dim);
  g_autofree float *offsets = g_new(float, (gsize)rows *columns * 2);
  medct_position_offsets(offsets, h, w);
  for (int i = 0; i < rows * columns; i++)
    offset_bias(table + (gsize)i * c->heads, hidden, weights, c, offsets + 2 * i);
  for (int head = 0; head < c->heads; head++)
    for (int i = 0; i < n; i++)
      for (int j = 0; j < n; j++) {
        int dh = i / w - j / w + h - 1, dw = i % w - j % w + w - 1;
        bias[((gsize)head * n + i) * n + j] = table[((gsize)dh * columns + dw) * c->heads + head];
      }
}
