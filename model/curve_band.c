#include "model/curve_band.h"
#include "model/bootstrap.h"
#include "model/metrics_private.h"
#include <math.h>

/* Does the curve's piece from x to next_x hold the place? Levels of precision hold their right end,
 * where recall is reached. */
static gboolean
reaches(MedctBandKind kind, double place, double x, double next_x)
{
  return place < next_x || (kind == MEDCT_BAND_PRECISION_RECALL && place == next_x && next_x > x);
}

/* values [n]: the drawn curve's height at x = i/(n − 1); between points the ROC is linear and
 * precision is that of the point behind. FALSE when the draw has one label value only. */
static gboolean
sample_curve(const MedctRanking *ranking, MedctBandKind kind, const guint32 *weights, guint n,
             double *values)
{
  MedctTieCounts whole = {0}, all = {0}, tie;
  for (gsize at = 0; medct_ranking_next_tie(ranking, weights, &at, &tie);) {
    whole.present += tie.present;
    whole.absent += tie.absent;
  }
  if (whole.present == 0 || whole.absent == 0)
    return FALSE;
  double x = 0, y = kind == MEDCT_BAND_ROC ? 0 : NAN;
  guint i = 0;
  for (gsize at = 0; medct_ranking_next_tie(ranking, weights, &at, &tie);) {
    if (tie.present + tie.absent == 0)
      continue;
    all.present += tie.present;
    all.absent += tie.absent;
    double tpr = (double)all.present / (double)whole.present;
    double fpr = (double)all.absent / (double)whole.absent;
    double precision = (double)all.present / (double)(all.present + all.absent);
    double next_x = kind == MEDCT_BAND_ROC ? fpr : tpr;
    double next_y = kind == MEDCT_BAND_ROC ? tpr : precision;
    for (; i < n && reaches(kind, (double)i / (n - 1), x, next_x); i++)
      values[i] = kind == MEDCT_BAND_ROC
                      ? y + (next_y - y) * ((double)i / (n - 1) - x) / (next_x - x)
                      : next_y;
    x = next_x;
    y = next_y;
  }
  for (; i < n; i++)
    values[i] = y;
  return TRUE;
}

void
medct_curve_band(const MedctRanking *ranking, MedctBandKind kind, const guint *patients,
                 guint n_rows, guint n_draws, guint64 seed, guint n, double *low, double *high)
{
  g_autoptr(MedctBootstrap) bootstrap = medct_bootstrap_new(patients, n_rows, seed);
  g_autofree guint32 *weights = g_new(guint32, n_rows);
  g_autofree double *values = g_new(double, (gsize)n_draws *n);
  guint n_drawn = 0;
  for (guint draw = 0; draw < n_draws; draw++) {
    medct_bootstrap_draw(bootstrap, draw, weights);
    n_drawn += sample_curve(ranking, kind, weights, n, values + (gsize)n_drawn * n);
  }
  for (guint i = 0; i < n; i++) {
    MedctInterval at = medct_interval_from_samples(NAN, values + i, n_drawn, n);
    low[i] = at.low;
    high[i] = at.high;
  }
}

static void
set_wilson(MedctReliabilityBin *bin)
{
  const double z = 1.959963984540054;
  double n = bin->n, p = bin->n_present / n;
  double middle = (p + z * z / (2 * n)) / (1 + z * z / n);
  double half = z / (1 + z * z / n) * sqrt(p * (1 - p) / n + z * z / (4 * n * n));
  bin->share = p;
  bin->low = fmax(0, middle - half);
  bin->high = fmin(1, middle + half);
}

double
medct_reliability(const double *probabilities, const gint8 *labels, gsize n, gsize stride,
                  MedctReliabilityBin bins[MEDCT_RELIABILITY_BINS])
{
  double sums[MEDCT_RELIABILITY_BINS] = {0}, gap = 0;
  guint n_known = 0;
  for (int b = 0; b < MEDCT_RELIABILITY_BINS; b++)
    bins[b] = (MedctReliabilityBin){0, 0, NAN, NAN, NAN, NAN};
  for (gsize i = 0; i < n; i++) {
    double p = probabilities[i * stride];
    if (labels[i * stride] < 0 || !isfinite(p))
      continue;
    int b = (int)(CLAMP(p, 0, 1) * MEDCT_RELIABILITY_BINS);
    b = MIN(b, MEDCT_RELIABILITY_BINS - 1);
    bins[b].n++;
    bins[b].n_present += labels[i * stride] > 0;
    sums[b] += p;
    n_known++;
  }
  for (int b = 0; b < MEDCT_RELIABILITY_BINS; b++) {
    if (bins[b].n == 0)
      continue;
    bins[b].mean = sums[b] / bins[b].n;
    set_wilson(&bins[b]);
    gap += bins[b].n * fabs(bins[b].mean - bins[b].share);
  }
  return n_known ? gap / n_known : NAN;
}
