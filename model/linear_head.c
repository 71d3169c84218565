#include "model/linear_head.h"
#include "model/matmul.h"
#include <math.h>

/* Rows that are multiplied at once. */
#define BLOCK_ROWS 256

/* Weighted cross-entropy of a logit, and its derivative. */
static double
cross_entropy(double *slope, double logit, gboolean present, double weight)
{
  double p = 1 / (1 + exp(-logit));
  double signed_logit = present ? logit : -logit;
  /* ln(1 + e^−x) without overflow on either side */
  double loss =
      signed_logit > 0 ? log1p(exp(-signed_logit)) : log1p(exp(signed_logit)) - signed_logit;
  *slope = weight * (p - (present ? 1 : 0));
  return weight * loss;
}

/* d [n, classes] holds logits and becomes their gradient. */
static double
block_loss(const MedctLinearHead *h, float *d, const uint8_t *targets, int n, double scale)
{
  double loss = 0;
  for (int i = 0; i < n * h->classes; i++) {
    int k = i % h->classes;
    double slope;
    if (targets[i] > 1) {
      d[i] = 0;
      continue;
    }
    loss += cross_entropy(&slope, (double)d[i] + h->b[k], targets[i] == 1,
                          targets[i] ? h->positive[k] : h->negative[k]);
    d[i] = (float)(scale * slope);
  }
  return loss;
}

double
medct_linear_head_loss(const MedctLinearHead *h, const float *x, const uint8_t *targets, int n,
                       double scale, float *dx, float *dW, float *db)
{
  int C = h->classes, D = h->D;
  g_autofree float *d = g_new(float, BLOCK_ROWS *C);
  double loss = 0, each = 1 / ((double)n * C);
  for (int first = 0; first < n; first += BLOCK_ROWS) {
    int rows = MIN(BLOCK_ROWS, n - first);
    const float *rows_x = x + (gsize)first * D;
    medct_product(d, C, rows_x, D, h->W, D, TRUE, 1, 0, rows, C, D);
    loss += block_loss(h, d, targets + (gsize)first * C, rows, scale * each);
    if (dx)
      medct_product(dx + (gsize)first * D, D, d, C, h->W, D, FALSE, 1, 1, rows, D, C);
    if (dW)
      medct_product_at(dW, D, d, C, rows_x, D, 1, 1, C, D, rows);
    for (int i = 0; db && i < rows * C; i++)
      db[i % C] += d[i];
  }
  return loss * each;
}

void
medct_balanced_weights(float *positive, float *negative, const double *frequency, int classes,
                       double limit)
{
  for (int k = 0; k < classes; k++) {
    double p = CLAMP(frequency[k], 1e-9, 1 - 1e-9);
    positive[k] = (float)fmin(0.5 / p, limit);
    negative[k] = (float)fmin(0.5 / (1 - p), limit);
  }
}
