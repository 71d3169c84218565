/* An evaluation for people. */
#include "app/eval.h"
#include "app/metrics-out.h"
#include <math.h>

enum { WIDTH = 34 };

static void
print_name(const char *name)
{
  g_autofree char *cut = g_utf8_substring(name, 0, MIN(g_utf8_strlen(name, -1), WIDTH));
  g_print("%s%*s", cut, WIDTH - (int)g_utf8_strlen(cut, -1), "");
}

static void
print_number(double value)
{
  char text[16];
  medct_format_metric(value, text);
  g_print("  %*s%s", 6 - (int)g_utf8_strlen(text, -1), "", text);
}

/* "0.732 [0.690, 0.771]" */
static void
print_interval(MedctInterval interval)
{
  print_number(interval.value);
  if (isfinite(interval.low))
    g_print(" [%.3f, %.3f]", interval.low, interval.high);
  else
    g_print("%15s", "");
}

static void
print_classes(const MedctEvalReport *report)
{
  const MedctEvaluation *base = report->base, *adapter = report->adapter;
  guint n_classes = base->measured.n_classes;
  g_print("%-*s  present     AP   AUROC                 %s\n", WIDTH, "finding",
          adapter ? "adapter's AUROC       change" : "");
  for (guint c = 0; c <= n_classes; c++) {
    print_name(c < n_classes ? medct_cohort_class(report->rows->cohort, c) : "mean");
    if (c < n_classes)
      g_print("  %7" G_GSIZE_FORMAT, base->classes[c].n_present);
    else
      g_print("%9s", "");
    print_number(medct_estimate_interval(base->at_half, c, MEDCT_MEASURE_AVERAGE_PRECISION).value);
    print_interval(medct_estimate_interval(base->at_half, c, MEDCT_MEASURE_AUROC));
    if (adapter) {
      print_interval(medct_estimate_interval(adapter->at_half, c, MEDCT_MEASURE_AUROC));
      print_interval(
          medct_estimate_difference(base->at_half, adapter->at_half, c, MEDCT_MEASURE_AUROC));
    }
    g_print("\n");
  }
}

static void
print_rates_line(const char *name, const double values[6])
{
  print_name(name);
  for (int i = 0; i < 6; i++)
    print_number(values[i]);
  g_print("\n");
}

static void
print_estimate(const char *name, const MedctEstimate *estimate, guint n_classes)
{
  double values[6];
  for (int i = 0; i < 6; i++)
    values[i] =
        medct_estimate_interval(estimate, n_classes, (MedctMeasure)(MEDCT_MEASURE_ACCURACY + i))
            .value;
  print_rates_line(name, values);
}

static void
print_trivial(const char *name, MedctRates rates)
{
  print_rates_line(name, (double[]){rates.accuracy, rates.precision, rates.recall,
                                    rates.specificity, rates.f1, rates.f1_weighted});
}

static void
print_rates(const MedctEvalReport *report)
{
  const MedctEvaluation *base = report->base, *adapter = report->adapter;
  guint n = base->measured.n_classes;
  g_print("\n%-*s     acc    prec  recall    spec      F1  F1wgt\n", WIDTH,
          "means over the findings");
  print_estimate(adapter ? "base, at 0.5" : "at 0.5", base->at_half, n);
  if (adapter)
    print_estimate("adapter, at 0.5", adapter->at_half, n);
  if (base->at_validation)
    print_estimate(adapter ? "base, validation thresholds" : "validation thresholds",
                   base->at_validation, n);
  if (adapter && adapter->at_validation)
    print_estimate("adapter, validation thresholds", adapter->at_validation, n);
  print_trivial("always \"present\"", medct_evaluation_trivial(base, TRUE));
  print_trivial("always \"absent\"", medct_evaluation_trivial(base, FALSE));
}

static void
print_retrieval(const char *name, const MedctEvaluation *e)
{
  g_print("\n%sreport to volume (%u)   ", name, e->n_reports);
  for (int i = 0; i < MEDCT_EVAL_N_RECALL; i++) {
    char text[16];
    medct_format_metric(e->recall[i], text);
    g_print("  recall@%u %s", medct_eval_recall_at[i], text);
  }
  g_print("\n%svolume to volume (%u)   ", name, e->n_labelled);
  for (int i = 0; i < MEDCT_EVAL_N_OVERLAP; i++) {
    char text[16];
    medct_format_metric(e->overlap[i], text);
    g_print("  overlap@%u %s", medct_eval_overlap_at[i], text);
  }
  g_print("\n");
}

void
medct_eval_report_print(const MedctEvalReport *report)
{
  const MedctEvaluation *base = report->base;
  guint n_failed = 0;
  for (guint i = 0; i < report->rows->n; i++)
    n_failed += report->rows->error[i] != NULL;
  g_print("%s, %s: %u volumes of %u patients", report->cohort_name,
          medct_split_name(report->rows->split), base->n_rows, base->n_patients);
  if (base->n_validation)
    g_print("; thresholds from %u validation volumes", base->n_validation);
  if (n_failed)
    g_print("; %u volumes could not be scored", n_failed);
  for (guint i = 0; i < report->questions->len; i++) {
    const MedctEvalQuestion *question = report->questions->pdata[i];
    g_print("\n%s is asked as \"%s\" against \"%s\"", question->finding, question->asked->prompt,
            question->asked->against);
  }
  g_print("\n[ ]: 95 %% of %u bootstrap draws of patients%s\n\n", report->options->n_draws,
          report->adapter ? ", the same draws for base and adapter" : "");
  print_classes(report);
  print_rates(report);
  print_retrieval(report->adapter ? "base     " : "", base);
  if (report->adapter)
    print_retrieval("adapter  ", report->adapter);
  g_print("\nResearch use only, not for diagnosis.\n");
}
