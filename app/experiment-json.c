/* The experiment as JSON. */
#include "app/cmd-version.h"
#include "app/experiment-private.h"
#include "app/json-out.h"
#include "model/model_folder.h"

static void
add_interval(JsonBuilder *b, const char *key, const MedctInterval *interval)
{
  medct_json_begin_object(b, key);
  medct_json_add_number(b, "value", interval->value);
  medct_json_add_number(b, "low", interval->low);
  medct_json_add_number(b, "high", interval->high);
  json_builder_end_object(b);
}

static void
add_measures(JsonBuilder *b, const char *key, const MedctExperimentMeasures *m, gboolean gains)
{
  medct_json_begin_object(b, key);
  add_interval(b, "auroc", &m->auroc);
  if (gains)
    add_interval(b, "gain", &m->gain);
  add_interval(b, "accuracy", &m->accuracy);
  add_interval(b, "macro_f1", &m->f1);
  medct_json_begin_array(b, "findings");
  for (guint k = 0; k < MEDCT_N_PATHOLOGIES; k++) {
    json_builder_begin_object(b);
    medct_json_add_string(b, "name", medct_pathology_name(k));
    add_interval(b, "auroc", &m->class_auroc[k]);
    if (gains)
      add_interval(b, "gain", &m->class_gain[k]);
    json_builder_end_object(b);
  }
  json_builder_end_array(b);
  json_builder_end_object(b);
}

static void
add_settings(JsonBuilder *b, const MedctExperiment *x)
{
  const MedctExperimentOptions *o = &x->options;
  medct_json_begin_object(b, "settings");
  medct_json_add_int(b, "b_training_patients", o->n_train);
  medct_json_add_int(b, "b_validation_patients", o->n_validation);
  medct_json_add_int(b, "test_patients_each_site", o->n_test);
  medct_json_add_int(b, "development_seed", (gint64)o->development_seed);
  medct_json_add_int(b, "test_seed", (gint64)o->test_seed);
  medct_json_add_int(b, "seeds", o->n_seeds);
  medct_json_add_int(b, "epochs", o->epochs);
  medct_json_add_int(b, "batch", o->batch);
  medct_json_add_int(b, "rank", o->rank);
  medct_json_add_string(b, "objective", "vocab");
  medct_json_add_numbers(b, "rates_of_lora", o->rates, (int)o->n_rates);
  medct_json_begin_object(b, "augmentation"); /* of the arms in which image layers learn */
  medct_json_add_int(b, "shift_voxels", o->augmentation.shift);
  medct_json_add_number(b, "noise_hu", o->augmentation.noise_hu);
  medct_json_add_number(b, "offset_hu", o->augmentation.offset_hu);
  json_builder_end_object(b);
  medct_json_add_string(
      b, "rule",
      "By mean AUROC on B's validation patients: the epoch of each training; the rate, with seed "
      "1; the model as it is where nothing is better. Thresholds: Youden, on the same patients.");
  medct_json_add_string(b, "intervals",
                        "95 %, bootstrap over patients, 1000 draws, gains in pairs");
  json_builder_end_object(b);
}

static void
add_baselines(JsonBuilder *b, const MedctExperimentBaselines *baselines)
{
  medct_json_begin_object(b, "baselines_on_b");
  medct_json_add_number(b, "accuracy_all_present", baselines->accuracy_present);
  medct_json_add_number(b, "accuracy_all_absent", baselines->accuracy_absent);
  medct_json_add_number(b, "accuracy_majority", baselines->accuracy_majority);
  medct_json_add_number(b, "macro_f1_all_present", baselines->f1_present);
  medct_json_add_number(b, "macro_f1_all_absent", 0);
  json_builder_end_object(b);
}

static void
add_run(JsonBuilder *b, const MedctExperiment *x, const MedctExperimentRun *run)
{
  json_builder_begin_object(b);
  medct_json_add_string(b, "arm", medct_arm_name(run->arm));
  medct_json_add_int(b, "seed", run->seed);
  medct_json_add_number(b, "rate", run->rate);
  medct_json_add_boolean(b, "shuffled_labels",
                         run->arm == MEDCT_ARM_CONTROL || run->arm == MEDCT_ARM_CONTROL_END);
  medct_json_add_boolean(b, "augmented", medct_experiment_augments(x, run));
  medct_json_add_string(b, "choice", run->choice);
  medct_json_add_number(b, "validation_auroc", run->validation_auroc);
  medct_json_add_boolean(b, "selected", run->selected);
  medct_json_add_boolean(b, "keeps_base", run->keeps_base);
  medct_json_add_int(b, "trainable", run->trainable);
  medct_json_add_number(b, "trainable_share",
                        (double)run->trainable / (double)medct_model_parameters(x->model));
  medct_json_add_number(b, "minutes", run->seconds / 60);
  if (run->selected && !x->options.chooses_only) {
    add_measures(b, "b", &run->b, TRUE);
    add_measures(b, "a", &run->a, TRUE);
  }
  json_builder_end_object(b);
}

static void
add_summary(JsonBuilder *b, const MedctExperiment *x)
{
  medct_json_begin_array(b, "arms");
  for (int arm = 0; arm < MEDCT_N_ARMS; arm++) {
    MedctExperimentSummary s = medct_experiment_summary(x, (MedctArm)arm);
    if (s.n == 0)
      continue;
    json_builder_begin_object(b);
    medct_json_add_string(b, "arm", medct_arm_name((MedctArm)arm));
    medct_json_add_int(b, "seeds", s.n);
    medct_json_add_number(b, "mean_auroc_b", s.auroc);
    medct_json_add_number(b, "mean_gain_b", s.gain);
    medct_json_add_number(b, "mean_gain_a", s.forgetting);
    medct_json_add_int(b, "seeds_with_interval_above_0", s.n_above);
    medct_json_add_int(b, "seeds_with_interval_below_0", s.n_below);
    medct_json_add_int(b, "seeds_that_keep_the_base", s.n_kept);
    json_builder_end_object(b);
  }
  json_builder_end_array(b);
}

static JsonBuilder *
build(const MedctExperiment *x)
{
  gboolean tested = !x->options.chooses_only;
  JsonBuilder *b = json_builder_new();
  json_builder_begin_object(b);
  medct_json_add_string(b, "source", "medct " MEDCT_VERSION);
  medct_json_add_string(b, "data",
                        "SYNTHETIC: made-up patients of two made-up hospitals. Says nothing about "
                        "real images.");
  medct_json_add_string(b, "notice", "Research use only, not for diagnosis");
  medct_json_add_string(b, "weights_sha256", x->weights_sha256);
  medct_json_add_int(b, "parameters", medct_model_parameters(x->model));
  add_settings(b, x);
  if (tested)
    add_baselines(b, &x->baselines);
  medct_json_begin_object(b, "base");
  medct_json_add_number(b, "validation_auroc", x->base_validation_auroc);
  if (tested) {
    add_measures(b, "b", &x->base_b, FALSE);
    add_measures(b, "a", &x->base_a, FALSE);
  }
  json_builder_end_object(b);
  if (tested)
    add_summary(b, x);
  medct_json_begin_array(b, "runs");
  for (guint i = 0; i < x->runs->len; i++)
    add_run(b, x, x->runs->pdata[i]);
  json_builder_end_array(b);
  json_builder_end_object(b);
  return b;
}

gboolean
medct_experiment_save_json(const MedctExperiment *x, GError **error)
{
  g_autoptr(JsonBuilder) b = build(x);
  return medct_model_folder_save_json(x->options.folder, "experiment.json", b, error);
}

void
medct_experiment_print_json(const MedctExperiment *x)
{
  g_autoptr(JsonBuilder) b = build(x);
  medct_json_print(b, TRUE);
}
