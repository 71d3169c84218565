#include "model/estimate.h"
#include <glib/gi18n.h>
#include <math.h>

struct _MedctEstimate {
  guint n_classes, n_draws;
  double *values; /* [1 + n_draws][n_classes + 1][MEDCT_N_MEASURES]; the rows as they are first */
};

typedef struct {
  MedctRanking **rankings; /* [n_classes] */
  const double *thresholds;
} Classes;

const char *
medct_measure_name(MedctMeasure measure)
{
  static const char *const names[MEDCT_N_MEASURES] = {
      "auroc",  "average_precision", "accuracy", "precision",
      "recall", "specificity",       "f1",       "f1_weighted",
  };
  g_return_val_if_fail(measure < MEDCT_N_MEASURES, "");
  return names[measure];
}

static gsize
row_size(const MedctEstimate *estimate)
{
  return (gsize)(estimate->n_classes + 1) * MEDCT_N_MEASURES;
}

static void
measure_class(const MedctRanking *ranking, double threshold, const guint32 *weights,
              double values[MEDCT_N_MEASURES])
{
  for (int m = 0; m < MEDCT_N_MEASURES; m++)
    values[m] = NAN;
  values[MEDCT_MEASURE_AUROC] = medct_ranking_auroc(ranking, weights);
  values[MEDCT_MEASURE_AVERAGE_PRECISION] = medct_ranking_average_precision(ranking, weights);
  MedctConfusion counts = medct_ranking_confusion(ranking, threshold, weights);
  if (isnan(threshold) ||
      counts.true_positive + counts.false_positive + counts.true_negative + counts.false_negative ==
          0)
    return;
  MedctRates rates = medct_confusion_rates(counts);
  values[MEDCT_MEASURE_ACCURACY] = rates.accuracy;
  values[MEDCT_MEASURE_PRECISION] = rates.precision;
  values[MEDCT_MEASURE_RECALL] = rates.recall;
  values[MEDCT_MEASURE_SPECIFICITY] = rates.specificity;
  values[MEDCT_MEASURE_F1] = rates.f1;
  values[MEDCT_MEASURE_F1_WEIGHTED] = rates.f1_weighted;
}

/* values [n_classes + 1][MEDCT_N_MEASURES]; the mean last */
static void
measure_all(const Classes *classes, guint n_classes, const guint32 *weights, double *values)
{
  double *mean = values + (gsize)n_classes * MEDCT_N_MEASURES;
  for (guint c = 0; c < n_classes; c++)
    measure_class(classes->rankings[c], classes->thresholds[c], weights,
                  values + (gsize)c * MEDCT_N_MEASURES);
  for (int m = 0; m < MEDCT_N_MEASURES; m++) {
    double sum = 0;
    guint n = 0;
    for (guint c = 0; c < n_classes; c++) {
      double value = values[(gsize)c * MEDCT_N_MEASURES + m];
      if (isnan(value))
        continue;
      sum += value;
      n++;
    }
    mean[m] = n ? sum / n : NAN;
  }
}

static gboolean
measure_draws(MedctEstimate *estimate, const Classes *classes, const MedctScored *scored,
              guint64 seed, const MedctMonitor *monitor, GError **error)
{
  g_autoptr(MedctBootstrap) bootstrap = medct_bootstrap_new(scored->patients, scored->n_rows, seed);
  g_autofree guint32 *weights = g_new(guint32, scored->n_rows);
  for (guint n = 0; n < estimate->n_draws; n++) {
    if (medct_monitor_cancelled(monitor)) {
      g_set_error_literal(error, MEDCT_ERROR, MEDCT_ERROR_CANCELLED, _("stopped"));
      return FALSE;
    }
    medct_monitor_progress(monitor, (double)n / estimate->n_draws, "intervals");
    medct_bootstrap_draw(bootstrap, n, weights);
    measure_all(classes, estimate->n_classes, weights,
                estimate->values + (gsize)(n + 1) * row_size(estimate));
  }
  return TRUE;
}

MedctEstimate *
medct_estimate_new(const MedctScored *scored, const double *thresholds, guint n_draws, guint64 seed,
                   const MedctMonitor *monitor, GError **error)
{
  g_return_val_if_fail(n_draws <= MEDCT_MAX_DRAWS, NULL);
  g_autoptr(MedctEstimate) estimate = g_new0(MedctEstimate, 1);
  guint n_classes = estimate->n_classes = scored->n_classes;
  estimate->n_draws = n_draws;
  estimate->values = g_new(double, (gsize)(1 + n_draws) * row_size(estimate));
  Classes classes = {g_new(MedctRanking *, n_classes), thresholds};
  for (guint c = 0; c < n_classes; c++)
    classes.rankings[c] =
        medct_ranking_new(scored->scores + c, scored->labels + c, scored->n_rows, n_classes);
  measure_all(&classes, n_classes, NULL, estimate->values);
  gboolean done = measure_draws(estimate, &classes, scored, seed, monitor, error);
  for (guint c = 0; c < n_classes; c++)
    medct_ranking_free(classes.rankings[c]);
  g_free(classes.rankings);
  return done ? g_steal_pointer(&estimate) : NULL;
}

void
medct_estimate_free(MedctEstimate *estimate)
{
  if (estimate == NULL)
    return;
  g_free(estimate->values);
  g_free(estimate);
}

MedctInterval
medct_estimate_interval(const MedctEstimate *estimate, guint class_index, MedctMeasure measure)
{
  gsize at = (gsize)class_index * MEDCT_N_MEASURES + measure, stride = row_size(estimate);
  return medct_interval_from_samples(estimate->values[at], estimate->values + stride + at,
                                     estimate->n_draws, stride);
}

MedctInterval
medct_estimate_difference(const MedctEstimate *before, const MedctEstimate *after,
                          guint class_index, MedctMeasure measure)
{
  g_return_val_if_fail(before->n_classes == after->n_classes && before->n_draws == after->n_draws,
                       ((MedctInterval){NAN, NAN, NAN}));
  gsize at = (gsize)class_index * MEDCT_N_MEASURES + measure, stride = row_size(before);
  g_autofree double *samples = g_new(double, before->n_draws);
  for (guint n = 0; n < before->n_draws; n++)
    samples[n] = after->values[(n + 1) * stride + at] - before->values[(n + 1) * stride + at];
  return medct_interval_from_samples(after->values[at] - before->values[at], samples,
                                     before->n_draws, 1);
}

void
medct_scored_thresholds(const MedctScored *scored, MedctThresholdRule rule, double *thresholds)
{
  for (guint c = 0; c < scored->n_classes; c++) {
    g_autoptr(MedctRanking) ranking = medct_ranking_new(scored->scores + c, scored->labels + c,
                                                        scored->n_rows, scored->n_classes);
    thresholds[c] = medct_ranking_threshold(ranking, rule);
  }
}
