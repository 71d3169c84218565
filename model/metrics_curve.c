/* The curve of a ranking, and the thresholds chosen on it. */
#include "model/metrics_private.h"
#include <math.h>

static gboolean
has_both(const MedctRanking *ranking)
{
  return ranking->n_present > 0 && ranking->n_present < ranking->n;
}

MedctCurvePoint *
medct_ranking_curve(const MedctRanking *ranking, gsize *n)
{
  *n = 0;
  if (!has_both(ranking))
    return NULL;
  double present = (double)ranking->n_present, absent = (double)(ranking->n - ranking->n_present);
  MedctCurvePoint *points = g_new(MedctCurvePoint, ranking->n + 1);
  points[(*n)++] = (MedctCurvePoint){INFINITY, 0, 0, 1};
  MedctTieCounts all = {0}, tie;
  for (gsize at = 0; medct_ranking_next_tie(ranking, NULL, &at, &tie);) {
    all.present += tie.present;
    all.absent += tie.absent;
    points[(*n)++] = (MedctCurvePoint){
        .threshold = ranking->rows[at - 1].score,
        .fpr = (double)all.absent / absent,
        .tpr = (double)all.present / present,
        .precision = (double)all.present / (double)(all.present + all.absent),
    };
  }
  return points;
}

/* The first point with the largest tpr − fpr. */
static gsize
find_youden(const MedctCurvePoint *points, gsize n)
{
  gsize best = 0;
  for (gsize i = 1; i < n; i++)
    if (points[i].tpr - points[i].fpr > points[best].tpr - points[best].fpr)
      best = i;
  return best;
}

double
medct_ranking_youden_j(const MedctRanking *ranking)
{
  gsize n;
  g_autofree MedctCurvePoint *points = medct_ranking_curve(ranking, &n);
  if (points == NULL)
    return NAN;
  gsize best = find_youden(points, n);
  return points[best].tpr - points[best].fpr;
}

/* Half-way between the lowest score that is to be over and the next, so that "greater" holds for
 * the one and not for the other. */
static double
youden_threshold(const MedctRanking *ranking)
{
  gsize n;
  g_autofree MedctCurvePoint *points = medct_ranking_curve(ranking, &n);
  gsize best = find_youden(points, n);
  if (best == 0)
    return points[1].threshold;
  double over = points[best].threshold, under = best + 1 < n ? points[best + 1].threshold : 0;
  return MIN(over, under) + (over - MIN(over, under)) / 2;
}

static double
upstream_threshold(const MedctRanking *ranking)
{
  double best = NAN, nearest = INFINITY;
  for (int i = 0; i < 100; i++) {
    double threshold = i * (1.0 / 99);
    MedctRates rates = medct_confusion_rates(medct_ranking_confusion(ranking, threshold, NULL));
    double fpr = 1 - rates.specificity, miss = 1 - rates.recall;
    double distance = sqrt(fpr * fpr + miss * miss);
    if (distance > nearest)
      continue;
    nearest = distance;
    best = threshold;
  }
  return best;
}

double
medct_ranking_threshold(const MedctRanking *ranking, MedctThresholdRule rule)
{
  if (rule == MEDCT_THRESHOLD_HALF)
    return 0.5;
  if (!has_both(ranking))
    return NAN;
  return rule == MEDCT_THRESHOLD_YOUDEN ? youden_threshold(ranking) : upstream_threshold(ranking);
}
