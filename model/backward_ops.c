#include "model/backward_ops.h"
#include "model/kernels.h"
#include "model/matmul.h"
#include <math.h>
#include <string.h>

void
medct_layer_norm_weights_backward(float *dgamma, float *dbeta, const float *dy, const float *x,
                                  int rows, int D, float eps)
{
  for (int r = 0; r < rows; r++, dy += D, x += D) {
    double mean = 0, var = 0;
    for (int i = 0; i < D; i++)
      mean += x[i];
    mean /= D;
    for (int i = 0; i < D; i++)
      var += (x[i] - mean) * (x[i] - mean);
    double inv = 1 / sqrt(var / D + eps);
    /* y = x̂·gamma + beta, x̂ = (x − mean)·inv */
    for (int i = 0; dgamma && i < D; i++)
      dgamma[i] += (float)(dy[i] * (x[i] - mean) * inv);
    if (dbeta)
      medct_kernels()->add(dbeta, dy, D);
  }
}

void
medct_normalise_heads_scale_backward(float *dscale, const float *dy, const float *x, int rows,
                                     int heads, int d, int ld)
{
  for (int r = 0; r < rows; r++)
    for (int h = 0; h < heads; h++) {
      const float *head = x + (gsize)r * ld + h * d, *dhead = dy + (gsize)r * ld + h * d;
      double norm = 0;
      for (int i = 0; i < d; i++)
        norm += (double)head[i] * head[i];
      double inv = 1 / fmax(sqrt(norm), 1e-12);
      for (int i = 0; i < d; i++)
        dscale[i] += (float)(dhead[i] * head[i] * inv);
    }
}

void
medct_normalise_backward(float *dz, const float *dv, const float *v, double norm, int n)
{
  /* v = z/‖z‖ */
  gboolean floored = norm < 1e-12;
  double inv = 1 / (floored ? 1e-12 : norm), along = 0;
  for (int i = 0; i < n && !floored; i++)
    along += (double)dv[i] * v[i];
  for (int i = 0; i < n; i++)
    dz[i] = (float)(inv * (dv[i] - along * v[i]));
}

void
medct_attention_backward(const MedctHeadBackward *a)
{
  int n = a->n, d = a->d;
  /* p = softmax(scale·q·kᵀ + bias), computed again */
  if (a->bias)
    memcpy(a->p, a->bias, sizeof(float) * (gsize)n * n);
  medct_product(a->p, n, a->q, a->ldq, a->k, a->ldkv, TRUE, a->scale, a->bias ? 1 : 0, n, n, d);
  medct_kernels()->softmax(a->p, n, n, n);
  /* mixed = p·v */
  medct_product(a->dp, n, a->dmixed, a->ldq, a->v, a->ldkv, TRUE, 1, 0, n, n, d);
  medct_product_at(a->dv, a->ldkv, a->p, n, a->dmixed, a->ldq, 1, 0, n, d, n);
  medct_kernels()->softmax_backward(a->dp, a->p, n, n);
  /* s = scale·q·kᵀ + bias */
  if (a->dbias)
    medct_kernels()->add(a->dbias, a->dp, (int64_t)n * n);
  medct_product(a->dq, a->ldq, a->dp, n, a->k, a->ldkv, FALSE, a->scale, 0, n, d, n);
  medct_product_at(a->dk, a->ldkv, a->dp, n, a->q, a->ldq, a->scale, 0, n, d, n);
}

/* y(t, h, w) = x + b + Σ tap(dt, dh, dw)·x(t + dt − 2, h + dh − 1, w + dw − 1), so each x gets
 * tap·dy(t − dt + 2, h − dh + 1, w − dw + 1) wherever that lies in the grid. */
void
medct_peg_backward_row(float *dx, const float *dy, float *const *taps, int T, int H, int W, int D,
                       int t, int h)
{
  for (int w = 0; w < W; w++, dx += D) {
    const float *from[27], *tap[27];
    int n = 0;
    for (int dt = 0; dt < 3; dt++)
      for (int dh = 0; dh < 3; dh++)
        for (int dw = 0; dw < 3; dw++) {
          int yt = t - dt + 2, yh = h - dh + 1, yw = w - dw + 1;
          if (yt >= T || yh < 0 || yh >= H || yw < 0 || yw >= W)
            continue;
          from[n] = dy + (((gsize)yt * H + yh) * W + yw) * D;
          tap[n++] = taps[(dt * 3 + dh) * 3 + dw];
        }
    memcpy(dx, dy + (((gsize)t * H + h) * W + w) * D, sizeof(float) * D);
    medct_kernels()->taps(dx, from, tap, n, D);
  }
}

void
medct_peg_weights_backward_tap(float *dweight, double *sums, const float *dy, const float *x, int T,
                               int H, int W, int D, int tap)
{
  int dt = tap / 9 - 2, dh = tap / 3 % 3 - 1, dw = tap % 3 - 1;
  memset(sums, 0, sizeof *sums * D);
  for (int t = MAX(0, -dt); t < T; t++)
    for (int h = MAX(0, -dh); h < MIN(H, H - dh); h++)
      for (int w = MAX(0, -dw); w < MIN(W, W - dw); w++) {
        const float *to = dy + (((gsize)t * H + h) * W + w) * D;
        const float *from = x + (((gsize)(t + dt) * H + h + dh) * W + w + dw) * D;
        for (int d = 0; d < D; d++)
          sums[d] += (double)to[d] * from[d];
      }
  for (int d = 0; d < D; d++)
    dweight[d * 27 + tap] += (float)sums[d];
}

void
medct_bias_backward(float *dbias, double *sums, const float *dy, int64_t rows, int D)
{
  memset(sums, 0, sizeof *sums * D);
  for (int64_t r = 0; r < rows; r++, dy += D)
    for (int d = 0; d < D; d++)
      sums[d] += dy[d];
  for (int d = 0; d < D; d++)
    dbias[d] += (float)sums[d];
}
