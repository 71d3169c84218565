/* Bootstrap over patients, measures with intervals, paired comparison, retrieval. */
#include "model/counter_random.h"
#include "model/estimate.h"
#include "model/retrieval.h"
#include <math.h>
#include <string.h>

enum { ROWS = 400 };

typedef struct {
  double base[ROWS], better[ROWS];
  gint8 labels[ROWS];
  guint patients[ROWS];
} Made;

/* Normal scores, present shifted by 1 (base) and 1.5 (better) standard deviations. */
static void
make(Made *made)
{
  for (guint i = 0; i < ROWS; i++) {
    double noise = 0;
    for (guint j = 0; j < 12; j++)
      noise += medct_counter_unit(medct_counter_key(i, "noise") + j) / 2;
    made->labels[i] = i % 4 == 0;
    made->base[i] = noise + 1.0 * made->labels[i];
    made->better[i] = noise + 1.5 * made->labels[i];
    made->patients[i] = i;
  }
}

static void
test_draws(void)
{
  const guint patients[] = {7, 3, 7, 900, 3};
  g_autoptr(MedctBootstrap) bootstrap = medct_bootstrap_new(patients, 5, 1);
  guint32 weights[5], again[5];
  guint64 total = 0;
  gboolean differ = FALSE;
  for (guint n = 0; n < 3000; n++) {
    medct_bootstrap_draw(bootstrap, n, weights);
    g_assert_cmpuint(weights[0], ==, weights[2]);
    g_assert_cmpuint(weights[1], ==, weights[4]);
    g_assert_cmpuint(weights[0] + weights[1] + weights[3], ==, 3);
    total += weights[3];
    differ |= weights[0] != 1;
  }
  g_assert_true(differ);
  g_assert_cmpuint(total, >, 2850); /* 3,000 expected, standard deviation 45 */
  g_assert_cmpuint(total, <, 3150);
  medct_bootstrap_draw(bootstrap, 2999, again);
  g_assert_cmpmem(weights, sizeof weights, again, sizeof again);
  g_autoptr(MedctBootstrap) other = medct_bootstrap_new(patients, 5, 2);
  differ = FALSE;
  for (guint n = 0; n < 20; n++) {
    medct_bootstrap_draw(bootstrap, n, weights);
    medct_bootstrap_draw(other, n, again);
    differ |= memcmp(weights, again, sizeof again) != 0;
  }
  g_assert_true(differ);
}

/* The interval is as wide as theory says (Hanley and McNeil 1982). */
static void
test_interval_width(void)
{
  static Made made;
  make(&made);
  const double half = 0.5;
  MedctScored scored = {ROWS, 1, made.base, made.labels, made.patients};
  g_autoptr(MedctEstimate) estimate = medct_estimate_new(&scored, &half, 2000, 1, NULL, NULL);
  MedctInterval auroc = medct_estimate_interval(estimate, 0, MEDCT_MEASURE_AUROC);
  double a = auroc.value, q1 = a / (2 - a), q2 = 2 * a * a / (1 + a), m = 100, n = 300;
  double se = sqrt((a * (1 - a) + (m - 1) * (q1 - a * a) + (n - 1) * (q2 - a * a)) / (m * n));
  g_assert_cmpfloat(a, ==, medct_mean_auroc(made.base, made.labels, ROWS, 1));
  g_assert_cmpfloat_with_epsilon(auroc.high - auroc.low, 2 * 1.96 * se, 0.15 * 2 * 1.96 * se);
  g_assert_cmpfloat(auroc.low, <, a);
  g_assert_cmpfloat(auroc.high, >, a);
  MedctInterval mean = medct_estimate_interval(estimate, 1, MEDCT_MEASURE_AUROC);
  g_assert_cmpfloat(mean.low, ==, auroc.low);
}

/* Rows of one person are drawn together: every row twice is no more evidence than once. */
static void
test_patients_stay_together(void)
{
  static Made made;
  make(&made);
  static double scores[2 * ROWS];
  static gint8 labels[2 * ROWS];
  static guint patients[2 * ROWS];
  for (guint i = 0; i < 2 * ROWS; i++) {
    scores[i] = made.base[i / 2];
    labels[i] = made.labels[i / 2];
    patients[i] = i / 2;
  }
  const double half = 0.5;
  MedctScored once = {ROWS, 1, made.base, made.labels, made.patients};
  MedctScored twice = {2 * ROWS, 1, scores, labels, patients};
  g_autoptr(MedctEstimate) a = medct_estimate_new(&once, &half, 500, 1, NULL, NULL);
  g_autoptr(MedctEstimate) b = medct_estimate_new(&twice, &half, 500, 1, NULL, NULL);
  MedctInterval x = medct_estimate_interval(a, 0, MEDCT_MEASURE_AUROC);
  MedctInterval y = medct_estimate_interval(b, 0, MEDCT_MEASURE_AUROC);
  g_assert_cmpfloat(x.low, ==, y.low);
  g_assert_cmpfloat(x.high, ==, y.high);
}

static void
test_paired_difference(void)
{
  static Made made;
  make(&made);
  const double half = 0.5;
  MedctScored base = {ROWS, 1, made.base, made.labels, made.patients};
  MedctScored better = {ROWS, 1, made.better, made.labels, made.patients};
  g_autoptr(MedctEstimate) a = medct_estimate_new(&base, &half, 1000, 1, NULL, NULL);
  g_autoptr(MedctEstimate) b = medct_estimate_new(&better, &half, 1000, 1, NULL, NULL);
  MedctInterval none = medct_estimate_difference(a, a, 0, MEDCT_MEASURE_AUROC);
  g_assert_cmpfloat(none.low, ==, 0);
  g_assert_cmpfloat(none.high, ==, 0);
  MedctInterval gain = medct_estimate_difference(a, b, 0, MEDCT_MEASURE_AUROC);
  MedctInterval alone = medct_estimate_interval(a, 0, MEDCT_MEASURE_AUROC);
  g_assert_cmpfloat(gain.value, >, 0.03);
  g_assert_cmpfloat(gain.low, >, 0);
  /* the same draws: the difference is surer than either value */
  g_assert_cmpfloat(gain.high - gain.low, <, (alone.high - alone.low) / 2);
}

/* A class without a threshold or with one label value is left out of the mean. */
static void
test_left_out(void)
{
  const double scores[] = {0.9, 0.9, 0.2, 0.1}, thresholds[] = {0.5, NAN};
  const gint8 labels[] = {1, 1, 0, 1};
  const guint patients[] = {0, 1};
  MedctScored scored = {2, 2, scores, labels, patients};
  g_autoptr(MedctEstimate) estimate = medct_estimate_new(&scored, thresholds, 0, 1, NULL, NULL);
  g_assert_cmpfloat(medct_estimate_interval(estimate, 2, MEDCT_MEASURE_AUROC).value, ==, 1);
  g_assert_cmpfloat(medct_estimate_interval(estimate, 2, MEDCT_MEASURE_F1).value, ==, 1);
  g_assert_true(isnan(medct_estimate_interval(estimate, 1, MEDCT_MEASURE_AUROC).value));
  g_assert_true(isnan(medct_estimate_interval(estimate, 1, MEDCT_MEASURE_F1).value));
  g_assert_true(isnan(medct_estimate_interval(estimate, 2, MEDCT_MEASURE_F1).low));
  double chosen[2];
  medct_scored_thresholds(&scored, MEDCT_THRESHOLD_YOUDEN, chosen);
  g_assert_cmpfloat_with_epsilon(chosen[0], 0.55, 1e-12);
  g_assert_true(isnan(chosen[1]));
}

static bool
always(void *data)
{
  return true;
}

static void
test_cancel(void)
{
  static Made made;
  make(&made);
  const double half = 0.5;
  MedctScored scored = {ROWS, 1, made.base, made.labels, made.patients};
  MedctMonitor monitor = {.cancelled = always};
  g_autoptr(GError) error = NULL;
  g_assert_null(medct_estimate_new(&scored, &half, 100, 1, &monitor, &error));
  g_assert_error(error, MEDCT_ERROR, MEDCT_ERROR_CANCELLED);
}

static void
test_recall(void)
{
  const float texts[] = {2, 0, 0, 5, 1, 1}, volumes[] = {1, 0, 1, 0.1f, 0, 3};
  const guint k[] = {1, 2, 3};
  double recall[3];
  /* report 0: volume 0 first; report 1: volume 2, then 1; report 2: volume 1, then 0 and 2 equal */
  g_assert_true(medct_retrieval_recall(texts, volumes, 3, 2, k, 3, recall, NULL, NULL));
  g_assert_cmpfloat_with_epsilon(recall[0], 1.0 / 3, 1e-12);
  g_assert_cmpfloat_with_epsilon(recall[1], 2.0 / 3, 1e-12);
  g_assert_cmpfloat_with_epsilon(recall[2], 1, 1e-12);
}

/* Four volumes on a circle, one without a label: it is neither asked nor answered with. */
static void
test_overlap(void)
{
  const float volumes[] = {1, 0, 0.9f, 0.1f, 0.95f, 0, 0, 1};
  const gint8 labels[] = {1, 1, 1, 0, 0, -1, 0, 1};
  const guint k[] = {1, 2, 50};
  double overlap[3];
  guint n_used;
  g_assert_true(
      medct_retrieval_overlap(volumes, labels, 4, 2, 2, k, 3, overlap, &n_used, NULL, NULL));
  g_assert_cmpuint(n_used, ==, 3);
  /* 0 → 1: 1/2; 1 → 0: 1/2; 3 → 1: 0 */
  g_assert_cmpfloat_with_epsilon(overlap[0], 1.0 / 3, 1e-12);
  /* 0: (1/2 + 1/2)/2; 1: (1/2 + 0)/2; 3: (0 + 1/2)/2 */
  g_assert_cmpfloat_with_epsilon(overlap[1], 1.0 / 3, 1e-12);
  g_assert_cmpfloat(overlap[2], ==, overlap[1]);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/estimate/draws", test_draws);
  g_test_add_func("/estimate/interval-width", test_interval_width);
  g_test_add_func("/estimate/patients-stay-together", test_patients_stay_together);
  g_test_add_func("/estimate/paired-difference", test_paired_difference);
  g_test_add_func("/estimate/left-out", test_left_out);
  g_test_add_func("/estimate/cancel", test_cancel);
  g_test_add_func("/retrieval/recall", test_recall);
  g_test_add_func("/retrieval/overlap", test_overlap);
  return g_test_run();
}
