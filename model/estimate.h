/* Measures of a model on one set of volumes, with intervals: per class and over all classes, at one
 * threshold a class; two models on the same volumes are compared in pairs.
 * Owner: the caller. Thread: any, nothing is shared. */
#pragma once

#include "model/bootstrap.h"
#include "model/error.h"
#include "model/metrics.h"
#include "model/monitor.h"

G_BEGIN_DECLS

#define MEDCT_MAX_DRAWS 10000

/* What is measured. Rows without a label of a class count not in it. Borrowed arrays. */
typedef struct {
  guint n_rows, n_classes;
  const double *scores;  /* [n_rows, n_classes] */
  const gint8 *labels;   /* [n_rows, n_classes] */
  const guint *patients; /* [n_rows] */
} MedctScored;

typedef enum {
  MEDCT_MEASURE_AUROC,
  MEDCT_MEASURE_AVERAGE_PRECISION,
  MEDCT_MEASURE_ACCURACY,
  MEDCT_MEASURE_PRECISION,
  MEDCT_MEASURE_RECALL,
  MEDCT_MEASURE_SPECIFICITY,
  MEDCT_MEASURE_F1,
  MEDCT_MEASURE_F1_WEIGHTED,
  MEDCT_N_MEASURES,
} MedctMeasure;
/* "auroc", … as the JSON names it. */
const char *medct_measure_name(MedctMeasure measure);

typedef struct _MedctEstimate MedctEstimate;

/* thresholds [n_classes]; NaN: the class is left out of what needs a threshold. n_draws may be 0:
 * then there are no intervals. NULL only when cancelled. */
MedctEstimate *medct_estimate_new(const MedctScored *scored, const double *thresholds,
                                  guint n_draws, guint64 seed, const MedctMonitor *monitor,
                                  GError **error);
void medct_estimate_free(MedctEstimate *estimate);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MedctEstimate, medct_estimate_free)

/* `class_index` n_classes: the mean over the classes that have a value. */
MedctInterval medct_estimate_interval(const MedctEstimate *estimate, guint class_index,
                                      MedctMeasure measure);
/* `after` − `before`, from the same draws: both from the same rows, seed and number of draws. */
MedctInterval medct_estimate_difference(const MedctEstimate *before, const MedctEstimate *after,
                                        guint class_index, MedctMeasure measure);

/* thresholds [n_classes] by a rule, on these rows. */
void medct_scored_thresholds(const MedctScored *scored, MedctThresholdRule rule,
                             double *thresholds);

G_END_DECLS
