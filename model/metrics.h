/* How well scores tell present from absent, one finding at a time and over all of them.
 *
 * Labels: 1 present, 0 absent, −1 unknown; unknown ones count nowhere. A score is over a threshold
 * when it is greater, not when it is equal (spec §10). What is not defined is NaN: a class with one
 * label value only has no AUROC, no average precision and no chosen threshold. Ratios of nothing
 * to nothing are 0, as scikit-learn gives them.
 * Source: spec §10; Fawcett 2006, An introduction to ROC analysis. Thread: any; nothing is kept. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The rows of one class with a known label, by falling score: made once, asked often. */
typedef struct _MedctRanking MedctRanking;

/* scores [n] and labels [n], each `stride` elements apart. NaN scores rank below all others. */
MedctRanking *medct_ranking_new(const double *scores, const gint8 *labels, gsize n, gsize stride);
void medct_ranking_free(MedctRanking *ranking);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MedctRanking, medct_ranking_free)

/* weights [n]: how often each row counts (a bootstrap draw); NULL: once each. Ties count half. */
double medct_ranking_auroc(const MedctRanking *ranking, const guint32 *weights);
double medct_ranking_average_precision(const MedctRanking *ranking, const guint32 *weights);

/* One point for each distinct score, by falling score, after the point where nothing is over. */
typedef struct {
  double threshold; /* everything scored at least so; +∞ in the first point */
  double fpr, tpr;  /* false and true positive rate; tpr is recall */
  double precision; /* 1 in the first point */
} MedctCurvePoint;
/* [*n]; NULL for a class with one label value only. The caller frees. */
MedctCurvePoint *medct_ranking_curve(const MedctRanking *ranking, gsize *n);

typedef enum {
  MEDCT_THRESHOLD_HALF,     /* 0.5 */
  MEDCT_THRESHOLD_YOUDEN,   /* largest tpr − fpr, half-way to the next lower score */
  MEDCT_THRESHOLD_UPSTREAM, /* of i·(1/99) the nearest to (0, 1); the last of equals (CT-CLIP) */
} MedctThresholdRule;
double medct_ranking_threshold(const MedctRanking *ranking, MedctThresholdRule rule);
/* The largest tpr − fpr. */
double medct_ranking_youden_j(const MedctRanking *ranking);

/* Weighted counts of rows with a known label. */
typedef struct {
  guint64 true_positive, false_positive, true_negative, false_negative;
} MedctConfusion;
MedctConfusion medct_ranking_confusion(const MedctRanking *ranking, double threshold,
                                       const guint32 *weights);

typedef struct {
  double accuracy, precision, recall, specificity;
  double f1;          /* of "present" */
  double f1_weighted; /* F1 of "present" and of "absent", weighted by how many rows each has */
} MedctRates;
MedctRates medct_confusion_rates(MedctConfusion counts);

/* Everything about one class. */
typedef struct {
  gsize n, n_present; /* rows with a known label */
  double prevalence;
  double auroc, average_precision, youden_j;
  double upstream_threshold, youden_threshold;
  MedctRates at_half;
  MedctRates at_upstream; /* NaN without a threshold */
} MedctClassMetrics;
MedctClassMetrics medct_ranking_metrics(const MedctRanking *ranking);

/* Means over classes; those without a value are left out, and NaN means that none has one. */
typedef struct {
  double auroc, average_precision;
  MedctRates at_half; /* f1 is the macro-F1, f1_weighted what CT-CLIP reports */
} MedctMeanMetrics;
MedctMeanMetrics medct_metrics_mean(const MedctClassMetrics *classes, guint n_classes);

/* The mean AUROC alone, of scores and labels [n, n_classes]. */
double medct_mean_auroc(const double *scores, const gint8 *labels, gsize n, guint n_classes);

G_END_DECLS
