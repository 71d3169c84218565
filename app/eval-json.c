/* An evaluation as JSON. */
#include "app/cmd-version.h"
#include "app/eval.h"
#include "app/json-out.h"
#include "app/metrics-out.h"
#include <math.h>

static void
add_interval(JsonBuilder *b, const char *key, MedctInterval interval)
{
  medct_json_begin_object(b, key);
  medct_json_add_number(b, "value", interval.value);
  medct_json_add_number(b, "low", interval.low);
  medct_json_add_number(b, "high", interval.high);
  json_builder_end_object(b);
}

/* `index` n_classes: the mean. */
static void
add_measures(JsonBuilder *b, const char *key, const MedctEstimate *estimate, guint index,
             MedctMeasure first)
{
  medct_json_begin_object(b, key);
  for (int m = (int)first; m < MEDCT_N_MEASURES; m++)
    add_interval(b, medct_measure_name((MedctMeasure)m),
                 medct_estimate_interval(estimate, index, (MedctMeasure)m));
  json_builder_end_object(b);
}

static void
add_class(JsonBuilder *b, const MedctEvalReport *report, const MedctEvaluation *e, guint c)
{
  json_builder_begin_object(b);
  medct_json_add_string(b, "name", medct_cohort_class(report->rows->cohort, c));
  medct_json_add_int(b, "known", (gint64)e->classes[c].n);
  medct_json_add_int(b, "present", (gint64)e->classes[c].n_present);
  medct_json_add_class_metrics(b, &e->classes[c]);
  add_measures(b, "intervals_at_0.5", e->at_half, c, MEDCT_MEASURE_AUROC);
  if (e->at_validation && isfinite(e->thresholds[c])) {
    medct_json_add_number(b, "validation_threshold", e->thresholds[c]);
    add_measures(b, "at_validation_threshold", e->at_validation, c, MEDCT_MEASURE_ACCURACY);
  }
  json_builder_end_object(b);
}

static void
add_at(JsonBuilder *b, const char *prefix, const guint *k, const double *values, int n)
{
  for (int i = 0; i < n; i++) {
    g_autofree char *key = g_strdup_printf("%s@%u", prefix, k[i]);
    medct_json_add_number(b, key, values[i]);
  }
}

static void
add_retrieval(JsonBuilder *b, const MedctEvaluation *e)
{
  medct_json_begin_object(b, "retrieval");
  medct_json_begin_object(b, "report_to_volume");
  medct_json_add_int(b, "reports", e->n_reports);
  add_at(b, "recall", medct_eval_recall_at, e->recall, MEDCT_EVAL_N_RECALL);
  json_builder_end_object(b);
  medct_json_begin_object(b, "volume_to_volume");
  medct_json_add_int(b, "volumes", e->n_labelled);
  add_at(b, "overlap", medct_eval_overlap_at, e->overlap, MEDCT_EVAL_N_OVERLAP);
  json_builder_end_object(b);
  json_builder_end_object(b);
}

static void
add_evaluation(JsonBuilder *b, const char *key, const MedctEvalReport *report,
               const MedctEvaluation *e, const medct_model_info *info)
{
  guint n_classes = e->measured.n_classes;
  medct_json_begin_object(b, key);
  medct_json_add_string(b, "weights_sha256", info->weights_sha256);
  medct_json_add_string(b, "adapter_sha256", info->adapter_sha256[0] ? info->adapter_sha256 : NULL);
  medct_json_begin_array(b, "classes");
  for (guint c = 0; c < n_classes; c++)
    add_class(b, report, e, c);
  json_builder_end_array(b);
  add_measures(b, "mean_at_0.5", e->at_half, n_classes, MEDCT_MEASURE_AUROC);
  if (e->at_validation)
    add_measures(b, "mean_at_validation_thresholds", e->at_validation, n_classes,
                 MEDCT_MEASURE_ACCURACY);
  add_retrieval(b, e);
  json_builder_end_object(b);
}

static void
add_difference(JsonBuilder *b, const MedctEvalReport *report)
{
  const MedctEvaluation *base = report->base, *adapter = report->adapter;
  guint n_classes = base->measured.n_classes;
  medct_json_begin_object(b, "difference");
  medct_json_begin_object(b, "mean_at_0.5");
  for (int m = 0; m < MEDCT_N_MEASURES; m++)
    add_interval(
        b, medct_measure_name((MedctMeasure)m),
        medct_estimate_difference(base->at_half, adapter->at_half, n_classes, (MedctMeasure)m));
  json_builder_end_object(b);
  if (base->at_validation && adapter->at_validation) {
    medct_json_begin_object(b, "mean_at_validation_thresholds");
    for (int m = MEDCT_MEASURE_ACCURACY; m < MEDCT_N_MEASURES; m++)
      add_interval(b, medct_measure_name((MedctMeasure)m),
                   medct_estimate_difference(base->at_validation, adapter->at_validation, n_classes,
                                             (MedctMeasure)m));
    json_builder_end_object(b);
  }
  medct_json_begin_array(b, "auroc");
  for (guint c = 0; c < n_classes; c++) {
    MedctInterval gain =
        medct_estimate_difference(base->at_half, adapter->at_half, c, MEDCT_MEASURE_AUROC);
    json_builder_begin_object(b);
    medct_json_add_string(b, "name", medct_cohort_class(report->rows->cohort, c));
    medct_json_add_number(b, "value", gain.value);
    medct_json_add_number(b, "low", gain.low);
    medct_json_add_number(b, "high", gain.high);
    json_builder_end_object(b);
  }
  json_builder_end_array(b);
  json_builder_end_object(b);
}

static void
add_failed(JsonBuilder *b, const MedctEvalRows *rows)
{
  medct_json_begin_array(b, "failed");
  for (guint i = 0; i < rows->n; i++) {
    if (!rows->error[i])
      continue;
    g_autofree char *name =
        g_path_get_basename(medct_cohort_row(rows->cohort, rows->rows[i])->volume);
    json_builder_begin_object(b);
    medct_json_add_string(b, "volume", name);
    medct_json_add_string(b, "error", rows->error[i]);
    json_builder_end_object(b);
  }
  json_builder_end_array(b);
}

static void
add_questions(JsonBuilder *b, const GPtrArray *questions)
{
  medct_json_begin_array(b, "questions");
  for (guint i = 0; i < questions->len; i++) {
    const MedctEvalQuestion *question = questions->pdata[i];
    json_builder_begin_object(b);
    medct_json_add_string(b, "finding", question->finding);
    medct_json_add_string(b, "prompt", question->asked->prompt);
    medct_json_add_string(b, "against", question->asked->against);
    json_builder_end_object(b);
  }
  json_builder_end_array(b);
}

static void
add_settings(JsonBuilder *b, const MedctEvalReport *report)
{
  static const char *const rules[] = {"half", "youden", "upstream"};
  medct_json_add_string(b, "source", "medct " MEDCT_VERSION);
  medct_json_add_string(b, "notice", "Research use only, not for diagnosis");
  medct_json_add_string(b, "cohort", report->cohort_name);
  medct_json_add_string(b, "model", report->base_info->name);
  medct_json_add_boolean(b, "random_weights", (report->base_info->flags & MEDCT_MODEL_RANDOM) != 0);
  medct_json_add_boolean(b, "demo", (report->base_info->flags & MEDCT_MODEL_DEMO) != 0);
  medct_json_add_string(b, "split", medct_split_name(report->rows->split));
  medct_json_add_int(b, "volumes", report->base->n_rows);
  medct_json_add_int(b, "patients", report->base->n_patients);
  medct_json_add_int(b, "validation_volumes", report->base->n_validation);
  add_questions(b, report->questions);
  medct_json_add_string(b, "threshold_rule", rules[report->options->rule]);
  medct_json_begin_object(b, "bootstrap");
  medct_json_add_string(b, "unit", "patient");
  medct_json_add_int(b, "draws", report->options->n_draws);
  medct_json_add_int(b, "seed", (gint64)report->options->seed);
  medct_json_add_number(b, "level", 0.95);
  json_builder_end_object(b);
}

void
medct_eval_report_print_json(const MedctEvalReport *report)
{
  g_autoptr(JsonBuilder) b = json_builder_new();
  MedctRates positive = medct_evaluation_trivial(report->base, TRUE);
  MedctRates negative = medct_evaluation_trivial(report->base, FALSE);
  json_builder_begin_object(b);
  add_settings(b, report);
  add_failed(b, report->rows);
  medct_json_begin_object(b, "baselines");
  medct_json_add_rates(b, "all_positive", &positive);
  medct_json_add_rates(b, "all_negative", &negative);
  json_builder_end_object(b);
  add_evaluation(b, "base", report, report->base, report->base_info);
  if (report->adapter) {
    add_evaluation(b, "adapter", report, report->adapter, report->adapter_info);
    add_difference(b, report);
  }
  json_builder_end_object(b);
  medct_json_print(b, TRUE);
}
