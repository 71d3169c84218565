/* A Gaussian copula: correlated normal numbers, each cut at its own threshold. Correlations are
 * tetrachoric ones: those with which two normal numbers exceed their thresholds together as often
 * as the two pathologies meet. */
#include "phantom/labels.h"
#include "phantom/ct-rate-statistics.h"
#include "phantom/random.h"
#include <math.h>

enum { N = MEDCT_N_PATHOLOGIES };

struct _MedctLabelModel {
  double threshold[N];
  double factor[N][N]; /* lower triangle; times its transpose: the correlations */
};

/* Odds of site B against A: more of what a hospital ward sees, less of a screening population. */
static const double odds_b[N] = {1.7,  1, 1.4, 1,   1, 0.8, 1,   0.7, 1.4,
                                 0.75, 1, 0.7, 1.8, 1, 1,   1.6, 1,   1.4};

/* P(normal number > h). */
static double
tail(double h)
{
  return 0.5 * erfc(h * G_SQRT2 / 2);
}

static double
tail_inverse(double p)
{
  double low = -8, high = 8;
  for (int n = 0; n < 60; n++) {
    double middle = (low + high) / 2;
    *(tail(middle) > p ? &low : &high) = middle;
  }
  return (low + high) / 2;
}

/* P(both > their thresholds): Simpson's rule over the angle whose sine is the correlation. */
static double
both_above(double h, double k, double correlation)
{
  enum { STEPS = 24 };
  double end = asin(correlation), sum = 0;
  for (int n = 0; n <= STEPS; n++) {
    double angle = end * n / STEPS, c = cos(angle);
    double f = exp(-(h * h + k * k - 2 * h * k * sin(angle)) / (2 * c * c));
    sum += f * (n == 0 || n == STEPS ? 1 : n % 2 ? 4 : 2);
  }
  return tail(h) * tail(k) + sum * end / STEPS / 3 / (2 * G_PI);
}

static double
tetrachoric(double h, double k, double both)
{
  double low = -0.98, high = 0.98;
  for (int n = 0; n < 40; n++) {
    double middle = (low + high) / 2;
    *(both_above(h, k, middle) < both ? &low : &high) = middle;
  }
  return (low + high) / 2;
}

/* Cholesky's factor of (1 − shrink)·r + shrink·1; FALSE when that has no factor. */
static gboolean
factorise(double r[N][N], double shrink, double factor[N][N])
{
  for (int i = 0; i < N; i++)
    for (int j = 0; j <= i; j++) {
      double sum = i == j ? 1 : (1 - shrink) * r[i][j];
      for (int k = 0; k < j; k++)
        sum -= factor[i][k] * factor[j][k];
      if (i == j && sum < 1e-3)
        return FALSE;
      factor[i][j] = i == j ? sqrt(sum) : sum / factor[j][j];
    }
  return TRUE;
}

MedctLabelModel *
medct_label_model_new(const MedctSite *site)
{
  MedctLabelModel *model = g_new0(MedctLabelModel, 1);
  double r[N][N], published[N];
  for (int i = 0; i < N; i++) {
    double p = ct_rate_prevalence[i], odds = p / (1 - p);
    published[i] = tail_inverse(p);
    if (site->from_b[MEDCT_FACTOR_PREVALENCE])
      p = odds * odds_b[i] / (1 + odds * odds_b[i]);
    model->threshold[i] = tail_inverse(p);
  }
  for (int i = 0; i < N; i++)
    for (int j = 0; j < i; j++) {
      double both = (ct_rate_prevalence[i] * ct_rate_conditional[i][j] +
                     ct_rate_prevalence[j] * ct_rate_conditional[j][i]) /
                    2;
      r[i][j] = tetrachoric(published[i], published[j], both);
    }
  double shrink = 0;
  while (!factorise(r, shrink, model->factor))
    shrink += 0.01;
  return model;
}

void
medct_label_model_free(MedctLabelModel *model)
{
  g_free(model);
}

MedctLabels
medct_label_model_draw(const MedctLabelModel *model, guint64 seed, guint64 index)
{
  MedctRandom random = medct_random_stream(seed, index, "labels");
  MedctLabels labels = {{0}};
  double normal[N];
  for (int i = 0; i < N; i++)
    normal[i] = medct_random_normal(&random, 0, 1);
  for (int i = 0; i < N; i++) {
    double x = 0, u = medct_random_uniform(&random);
    for (int j = 0; j <= i; j++)
      x += model->factor[i][j] * normal[j];
    if (x > model->threshold[i])
      labels.grade[i] = u < 0.35 ? 1 : u < 0.75 ? 2 : 3;
  }
  return labels;
}
