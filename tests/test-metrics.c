/* Metrics against scikit-learn's answers (golden/metrics), and by hand. */
#include "model/csv.h"
#include "model/json.h"
#include "model/metrics.h"
#include <math.h>

static char *
golden(const char *name)
{
  return g_test_build_filename(G_TEST_DIST, "golden", "metrics", name, NULL);
}

static MedctCsv *
load(const char *name)
{
  g_autofree char *path = golden(name);
  g_autoptr(GError) error = NULL;
  MedctCsv *csv = medct_csv_load_numbers(path, &error);
  g_assert_no_error(error);
  g_assert_false(medct_csv_has_header(csv));
  return csv;
}

static MedctRanking *
ranking_of(guint column)
{
  g_autoptr(MedctCsv) scores = load("scores.csv");
  g_autoptr(MedctCsv) labels = load("labels.csv");
  guint n = medct_csv_n_rows(scores);
  g_assert_cmpuint(n, ==, 257);
  g_autofree double *score = g_new(double, n);
  g_autofree gint8 *label = g_new(gint8, n);
  for (guint i = 0; i < n; i++) {
    score[i] = g_ascii_strtod(medct_csv_cell(scores, i, column), NULL);
    label[i] = (gint8)g_ascii_strtoll(medct_csv_cell(labels, i, column), NULL, 10);
  }
  return medct_ranking_new(score, label, n, 1);
}

static void
expect(JsonObject *object, const char *member, double value)
{
  if (object == NULL || !json_object_has_member(object, member) ||
      json_object_get_null_member(object, member)) {
    g_assert_true(isnan(value));
    return;
  }
  g_assert_cmpfloat_with_epsilon(json_object_get_double_member(object, member), value, 1e-12);
}

static void
expect_rates(JsonObject *object, const char *member, const MedctRates *rates)
{
  JsonObject *expected =
      json_object_has_member(object, member) ? json_object_get_object_member(object, member) : NULL;
  expect(expected, "accuracy", rates->accuracy);
  expect(expected, "precision", rates->precision);
  expect(expected, "recall", rates->recall);
  expect(expected, "specificity", rates->specificity);
  expect(expected, "f1", rates->f1);
  expect(expected, "f1_weighted", rates->f1_weighted);
}

static void
test_golden(void)
{
  g_autofree char *path = golden("expected.json");
  g_autoptr(JsonNode) node = medct_json_load(path, NULL);
  JsonObject *root = json_node_get_object(node);
  JsonArray *classes = json_object_get_array_member(root, "classes");
  guint n = json_array_get_length(classes);
  g_autofree MedctClassMetrics *metrics = g_new(MedctClassMetrics, n);
  for (guint c = 0; c < n; c++) {
    JsonObject *class = json_array_get_object_element(classes, c);
    g_autoptr(MedctRanking) ranking = ranking_of(c);
    metrics[c] = medct_ranking_metrics(ranking);
    expect(class, "prevalence", metrics[c].prevalence);
    expect(class, "auroc", metrics[c].auroc);
    expect(class, "average_precision", metrics[c].average_precision);
    expect(class, "youden_j", metrics[c].youden_j);
    expect(class, "upstream_threshold", metrics[c].upstream_threshold);
    expect_rates(class, "at_0.5", &metrics[c].at_half);
    expect_rates(class, "at_upstream", &metrics[c].at_upstream);
  }
  MedctMeanMetrics mean = medct_metrics_mean(metrics, n);
  JsonObject *summary = json_object_get_object_member(root, "summary");
  expect(summary, "mean_auroc", mean.auroc);
  expect(summary, "mean_average_precision", mean.average_precision);
  expect(summary, "macro_f1_at_0_5", mean.at_half.f1);
  expect(summary, "mean_accuracy_at_0_5", mean.at_half.accuracy);
}

static void
test_ties_and_unknown(void)
{
  const double scores[] = {0.9, 0.5, 0.5, 0.1, 0.99, 0.0};
  const gint8 labels[] = {1, 1, 0, 0, -1, -1};
  g_assert_cmpfloat(medct_mean_auroc(scores, labels, 6, 1), ==, 3.5 / 4);
  g_assert_true(isnan(medct_mean_auroc(scores, labels, 1, 1)));
  g_assert_true(isnan(medct_mean_auroc(scores, labels, 0, 1)));
  const double pairs[] = {0.9, 0.2, 0.5, 0.3, 0.1, 0.4};
  const gint8 both[] = {1, 1, 1, 1, 0, 1}; /* the second class has one value only */
  g_assert_cmpfloat(medct_mean_auroc(pairs, both, 3, 2), ==, 1);
}

/* A row that counts twice is a row that stands twice. */
static void
test_weights_are_copies(void)
{
  const double scores[] = {0.9, 0.7, 0.7, 0.4, 0.2}, twice[] = {0.9, 0.9, 0.7, 0.4, 0.4, 0.4, 0.2};
  const gint8 labels[] = {1, 0, 1, 1, 0}, labels_twice[] = {1, 1, 0, 1, 1, 1, 0};
  const guint32 weights[] = {2, 1, 0, 3, 1};
  g_autoptr(MedctRanking) a = medct_ranking_new(scores, labels, 5, 1);
  g_autoptr(MedctRanking) b = medct_ranking_new(twice, labels_twice, 7, 1);
  g_assert_cmpfloat(medct_ranking_auroc(a, weights), ==, medct_ranking_auroc(b, NULL));
  g_assert_cmpfloat(medct_ranking_average_precision(a, weights), ==,
                    medct_ranking_average_precision(b, NULL));
  MedctConfusion counts = medct_ranking_confusion(a, 0.4, weights);
  g_assert_cmpuint(counts.true_positive, ==, 2);
  g_assert_cmpuint(counts.false_positive, ==, 1);
  g_assert_cmpuint(counts.false_negative, ==, 3);
  g_assert_cmpuint(counts.true_negative, ==, 1);
}

/* The chosen threshold, with "greater", gives the J that the curve promises. */
static void
test_youden_threshold_keeps_its_promise(void)
{
  for (guint c = 0; c < 18; c++) {
    g_autoptr(MedctRanking) ranking = ranking_of(c);
    double threshold = medct_ranking_threshold(ranking, MEDCT_THRESHOLD_YOUDEN);
    if (isnan(threshold))
      continue;
    MedctRates rates = medct_confusion_rates(medct_ranking_confusion(ranking, threshold, NULL));
    g_assert_cmpfloat_with_epsilon(rates.recall + rates.specificity - 1,
                                   medct_ranking_youden_j(ranking), 1e-12);
  }
}

static void
test_curve_encloses_the_area(void)
{
  g_autoptr(MedctRanking) ranking = ranking_of(0);
  gsize n;
  g_autofree MedctCurvePoint *points = medct_ranking_curve(ranking, &n);
  double area = 0, precision = 0;
  for (gsize i = 1; i < n; i++) {
    area += (points[i].fpr - points[i - 1].fpr) * (points[i].tpr + points[i - 1].tpr) / 2;
    precision += (points[i].tpr - points[i - 1].tpr) * points[i].precision;
  }
  g_assert_cmpfloat_with_epsilon(area, medct_ranking_auroc(ranking, NULL), 1e-12);
  g_assert_cmpfloat_with_epsilon(precision, medct_ranking_average_precision(ranking, NULL), 1e-12);
  g_assert_cmpfloat(points[n - 1].fpr, ==, 1);
  g_assert_cmpfloat(points[n - 1].tpr, ==, 1);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/metrics/golden", test_golden);
  g_test_add_func("/metrics/ties-and-unknown", test_ties_and_unknown);
  g_test_add_func("/metrics/weights-are-copies", test_weights_are_copies);
  g_test_add_func("/metrics/youden-threshold", test_youden_threshold_keeps_its_promise);
  g_test_add_func("/metrics/curve", test_curve_encloses_the_area);
  return g_test_run();
}
