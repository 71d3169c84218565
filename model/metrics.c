#include "model/metrics.h"
#include "model/metrics_private.h"
#include <math.h>
#include <stdlib.h>

/* Falling score; rows as they came within ties, so that the order is one and the same everywhere.
 */
static int
compare_rows(const void *left, const void *right)
{
  const MedctRankedRow *a = left, *b = right;
  if (isnan(a->score) || isnan(b->score))
    return isnan(a->score) != isnan(b->score) ? (isnan(a->score) ? 1 : -1) : 0;
  if (a->score != b->score)
    return a->score < b->score ? 1 : -1;
  return a->row < b->row ? -1 : a->row > b->row;
}

MedctRanking *
medct_ranking_new(const double *scores, const gint8 *labels, gsize n, gsize stride)
{
  MedctRanking *ranking = g_new0(MedctRanking, 1);
  ranking->rows = g_new(MedctRankedRow, n);
  for (gsize i = 0; i < n; i++) {
    gint8 label = labels[i * stride];
    if (label < 0)
      continue;
    ranking->rows[ranking->n++] = (MedctRankedRow){scores[i * stride], (guint32)i, label != 0};
    ranking->n_present += label != 0;
  }
  if (ranking->n > 0)
    qsort(ranking->rows, ranking->n, sizeof *ranking->rows, compare_rows);
  return ranking;
}

void
medct_ranking_free(MedctRanking *ranking)
{
  if (ranking == NULL)
    return;
  g_free(ranking->rows);
  g_free(ranking);
}

/* Pairs (present, absent) in the right order, over all such pairs. Counted in halves: exact. */
double
medct_ranking_auroc(const MedctRanking *ranking, const guint32 *weights)
{
  MedctTieCounts all = {0}, tie;
  double halves = 0;
  for (gsize at = 0; medct_ranking_next_tie(ranking, weights, &at, &tie);) {
    halves += (double)tie.absent * (2 * all.present + tie.present);
    all.present += tie.present;
    all.absent += tie.absent;
  }
  if (all.present == 0 || all.absent == 0)
    return NAN;
  return halves / (2.0 * (double)all.present * (double)all.absent);
}

/* Σ (recallₖ − recallₖ₋₁) · precisionₖ over distinct scores. */
double
medct_ranking_average_precision(const MedctRanking *ranking, const guint32 *weights)
{
  MedctTieCounts all = {0}, tie;
  double sum = 0;
  for (gsize at = 0; medct_ranking_next_tie(ranking, weights, &at, &tie);) {
    all.present += tie.present;
    all.absent += tie.absent;
    if (tie.present > 0)
      sum += (double)tie.present * ((double)all.present / (double)(all.present + all.absent));
  }
  return all.present == 0 || all.absent == 0 ? NAN : sum / (double)all.present;
}

MedctConfusion
medct_ranking_confusion(const MedctRanking *ranking, double threshold, const guint32 *weights)
{
  MedctConfusion counts = {0};
  for (gsize i = 0; i < ranking->n; i++) {
    const MedctRankedRow *row = &ranking->rows[i];
    guint64 weight = weights ? weights[row->row] : 1;
    if (row->score > threshold)
      *(row->present ? &counts.true_positive : &counts.false_positive) += weight;
    else
      *(row->present ? &counts.false_negative : &counts.true_negative) += weight;
  }
  return counts;
}

static double
ratio(double part, double whole)
{
  return whole > 0 ? part / whole : 0;
}

MedctRates
medct_confusion_rates(MedctConfusion counts)
{
  double tp = (double)counts.true_positive, fp = (double)counts.false_positive;
  double tn = (double)counts.true_negative, fn = (double)counts.false_negative;
  double f1 = ratio(2 * tp, 2 * tp + fp + fn), f1_absent = ratio(2 * tn, 2 * tn + fp + fn);
  return (MedctRates){
      .accuracy = ratio(tp + tn, tp + fp + tn + fn),
      .precision = ratio(tp, tp + fp),
      .recall = ratio(tp, tp + fn),
      .specificity = ratio(tn, tn + fp),
      .f1 = f1,
      .f1_weighted = ratio(f1 * (tp + fn) + f1_absent * (tn + fp), tp + fp + tn + fn),
  };
}

MedctClassMetrics
medct_ranking_metrics(const MedctRanking *ranking)
{
  double upstream = medct_ranking_threshold(ranking, MEDCT_THRESHOLD_UPSTREAM);
  MedctClassMetrics metrics = {
      .n = ranking->n,
      .n_present = ranking->n_present,
      .prevalence = ranking->n ? (double)ranking->n_present / (double)ranking->n : NAN,
      .auroc = medct_ranking_auroc(ranking, NULL),
      .average_precision = medct_ranking_average_precision(ranking, NULL),
      .youden_j = medct_ranking_youden_j(ranking),
      .upstream_threshold = upstream,
      .youden_threshold = medct_ranking_threshold(ranking, MEDCT_THRESHOLD_YOUDEN),
      .at_half = medct_confusion_rates(medct_ranking_confusion(ranking, 0.5, NULL)),
      .at_upstream = {NAN, NAN, NAN, NAN, NAN, NAN},
  };
  if (isfinite(upstream))
    metrics.at_upstream = medct_confusion_rates(medct_ranking_confusion(ranking, upstream, NULL));
  return metrics;
}

/* Adds `value` where there is one. */
static void
add_value(double *sum, guint *n, double value)
{
  if (isnan(value))
    return;
  *sum += value;
  (*n)++;
}

MedctMeanMetrics
medct_metrics_mean(const MedctClassMetrics *classes, guint n_classes)
{
  MedctMeanMetrics mean = {0};
  guint n_auroc = 0, n_precision = 0, n_rates = 0;
  for (guint c = 0; c < n_classes; c++) {
    add_value(&mean.auroc, &n_auroc, classes[c].auroc);
    add_value(&mean.average_precision, &n_precision, classes[c].average_precision);
    if (classes[c].n == 0)
      continue;
    const MedctRates *rates = &classes[c].at_half;
    n_rates++;
    mean.at_half.accuracy += rates->accuracy;
    mean.at_half.precision += rates->precision;
    mean.at_half.recall += rates->recall;
    mean.at_half.specificity += rates->specificity;
    mean.at_half.f1 += rates->f1;
    mean.at_half.f1_weighted += rates->f1_weighted;
  }
  mean.auroc = n_auroc ? mean.auroc / n_auroc : NAN;
  mean.average_precision = n_precision ? mean.average_precision / n_precision : NAN;
  double scale = n_rates ? 1.0 / n_rates : NAN;
  mean.at_half.accuracy *= scale;
  mean.at_half.precision *= scale;
  mean.at_half.recall *= scale;
  mean.at_half.specificity *= scale;
  mean.at_half.f1 *= scale;
  mean.at_half.f1_weighted *= scale;
  return mean;
}

double
medct_mean_auroc(const double *scores, const gint8 *labels, gsize n, guint n_classes)
{
  double sum = 0;
  guint n_defined = 0;
  for (guint c = 0; c < n_classes; c++) {
    g_autoptr(MedctRanking) ranking = medct_ranking_new(scores + c, labels + c, n, n_classes);
    add_value(&sum, &n_defined, medct_ranking_auroc(ranking, NULL));
  }
  return n_defined ? sum / n_defined : NAN;
}
