/* medct metrics: how well scores in a table agree with labels in another. */
#include "app/cmd-version.h"
#include "app/commands.h"
#include "app/json-out.h"
#include "app/metrics-out.h"
#include "model/score_table.h"
#include <math.h>

static MedctClassMetrics *
measure(const MedctScoreTable *table)
{
  MedctClassMetrics *metrics = g_new(MedctClassMetrics, table->n_classes);
  for (guint c = 0; c < table->n_classes; c++) {
    g_autoptr(MedctRanking) ranking =
        medct_ranking_new(table->scores + c, table->labels + c, table->n_rows, table->n_classes);
    metrics[c] = medct_ranking_metrics(ranking);
  }
  return metrics;
}

static void
print_json(const MedctScoreTable *table, const MedctClassMetrics *metrics)
{
  g_autoptr(JsonBuilder) b = json_builder_new();
  MedctMeanMetrics mean = medct_metrics_mean(metrics, table->n_classes);
  json_builder_begin_object(b);
  medct_json_add_string(b, "source", "medct " MEDCT_VERSION);
  medct_json_begin_array(b, "classes");
  for (guint c = 0; c < table->n_classes; c++) {
    json_builder_begin_object(b);
    if (table->classes)
      medct_json_add_string(b, "name", table->classes[c]);
    medct_json_add_class_metrics(b, &metrics[c]);
    json_builder_end_object(b);
  }
  json_builder_end_array(b);
  medct_json_begin_object(b, "summary");
  medct_json_add_number(b, "mean_auroc", mean.auroc);
  medct_json_add_number(b, "mean_average_precision", mean.average_precision);
  medct_json_add_number(b, "macro_f1_at_0_5", mean.at_half.f1);
  medct_json_add_number(b, "mean_accuracy_at_0_5", mean.at_half.accuracy);
  json_builder_end_object(b);
  json_builder_end_object(b);
  medct_json_print(b, TRUE);
}

static void
print_line(const char *name, const double values[7])
{
  enum { WIDTH = 34 };
  g_autofree char *cut = g_utf8_substring(name, 0, MIN(g_utf8_strlen(name, -1), WIDTH));
  g_print("%s%*s", cut, WIDTH - (int)g_utf8_strlen(cut, -1), "");
  for (int i = 0; i < 7; i++) {
    char text[16];
    medct_format_metric(values[i], text);
    g_print("  %*s%s", 6 - (int)g_utf8_strlen(text, -1), "", text);
  }
  g_print("\n");
}

static void
print_table(const MedctScoreTable *table, const MedctClassMetrics *metrics)
{
  MedctMeanMetrics mean = medct_metrics_mean(metrics, table->n_classes);
  g_print("%-34s   share   AUROC      AP     acc    prec  recall      F1   (at 0.5)\n", "finding");
  for (guint c = 0; c < table->n_classes; c++) {
    const MedctClassMetrics *m = &metrics[c];
    g_autofree char *number = g_strdup_printf("finding %u", c + 1);
    print_line(table->classes ? table->classes[c] : number,
               (double[]){m->prevalence, m->auroc, m->average_precision, m->at_half.accuracy,
                          m->at_half.precision, m->at_half.recall, m->at_half.f1});
  }
  print_line("mean", (double[]){NAN, mean.auroc, mean.average_precision, mean.at_half.accuracy,
                                mean.at_half.precision, mean.at_half.recall, mean.at_half.f1});
}

static int
run_metrics(const MedctInvocation *invocation)
{
  g_autoptr(GError) error = NULL;
  const char *scores = medct_invocation_needed(invocation, "scores", &error);
  const char *labels = scores ? medct_invocation_needed(invocation, "labels", &error) : NULL;
  g_autoptr(MedctScoreTable) table = labels ? medct_score_table_load(scores, labels, &error) : NULL;
  if (!table)
    return medct_command_fail(invocation, error);
  g_autofree MedctClassMetrics *metrics = measure(table);
  if (medct_invocation_flag(invocation, "json"))
    print_json(table, metrics);
  else
    print_table(table, metrics);
  return 0;
}

static const MedctOption options[] = {
    {"scores", 's', "CSV", FALSE, NULL, "One row a volume, one column a finding. Required."},
    {"labels", 'l', "CSV", FALSE, NULL,
     "The same shape: 1 present, 0 absent, empty or −1 unknown. Required."},
    {"json", 'j', NULL, FALSE, NULL, "Prints JSON, with all digits."},
    {NULL},
};

const MedctCommand medct_command_metrics = {
    .name = "metrics",
    .arguments = "",
    .min_arguments = 0,
    .max_arguments = 0,
    .summary = "measure scores against labels",
    .description =
        "For each finding: its share of the volumes, AUROC (ties count half), average precision, "
        "and at thresholds accuracy, precision, recall, specificity and F1; and their means.\n\n"
        "With headers the first column names the volume and the others the findings, and rows are "
        "matched by volume. Tables of numbers without a header are matched by place. Unknown "
        "labels count nowhere. A finding that is always or never present has no AUROC and is left "
        "out of its mean.\n\n"
        "A score is over a threshold when it is greater. The JSON gives the threshold that "
        "CT-CLIP's own code chooses (nearest to the corner of the ROC curve) and what it yields on "
        "these very volumes: optimistic, and there for comparison. medct eval chooses on the "
        "validation split instead.",
    .options = options,
    .examples = "medct metrics --scores scores.csv --labels labels.csv\n  a table\n"
                "medct metrics -s scores.csv -l labels.csv --json > metrics.json\n  every number",
    .run = run_metrics,
};
