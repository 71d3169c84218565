#include "app/experiment-private.h"
#include <math.h>

#define FULL_RATE 0.25 /* of LoRA's: all weights move at once */

static const char *const arm_names[MEDCT_N_ARMS] = {
    [MEDCT_ARM_LORA] = "lora",
    [MEDCT_ARM_LORA_TEXT] = "lora-text",
    [MEDCT_ARM_LORA_VISION] = "lora-vision",
    [MEDCT_ARM_FULL] = "full",
    [MEDCT_ARM_PROBE] = "probe",
    [MEDCT_ARM_CONTROL] = "control",
    [MEDCT_ARM_CONTROL_END] = "control-end",
};

const char *
medct_arm_name(MedctArm arm)
{
  return arm_names[arm];
}

gboolean
medct_experiment_augments(const MedctExperiment *x, const MedctExperimentRun *run)
{
  return medct_augmentation_limits_any(&x->options.augmentation) &&
         run->arm != MEDCT_ARM_LORA_TEXT && run->arm != MEDCT_ARM_PROBE;
}

/* ---- one training --------------------------------------------------------------------------- */

static void
run_free(gpointer data)
{
  MedctExperimentRun *run = data;
  g_free(run->name);
  g_free(run->choice);
  g_free(run);
}

/* Belongs to the experiment. */
static MedctExperimentRun *
run_new(MedctExperiment *x, MedctArm arm, guint seed, double rate)
{
  MedctExperimentRun *run = g_new0(MedctExperimentRun, 1);
  run->arm = arm;
  run->seed = seed;
  run->rate = rate;
  run->name = isnan(rate) ? g_strdup(arm_names[arm])
                          : g_strdup_printf("%s-seed%u-rate%g", arm_names[arm], seed, rate);
  g_ptr_array_add(x->runs, run);
  return run;
}

static gboolean
train(MedctExperiment *x, MedctExperimentRun *run, GError **error)
{
  gboolean found = FALSE;
  if (!medct_experiment_part_load(x, run, &found, error))
    return FALSE;
  if (found)
    return TRUE;
  gint64 start = g_get_monotonic_time();
  gboolean done = run->arm == MEDCT_ARM_PROBE  ? medct_experiment_train_probe(x, run, error)
                  : run->arm == MEDCT_ARM_FULL ? medct_experiment_train_full(x, run, error)
                                               : medct_experiment_train_lora(x, run, error);
  run->seconds = (double)(g_get_monotonic_time() - start) / 1e6;
  return done && medct_experiment_part_save(x, run, error);
}

/* Trains, and measures on validation. The rule: what is not better than the model as it is there,
 * is not used. */
static MedctExperimentRun *
try_out(MedctExperiment *x, MedctArm arm, guint seed, double rate, GError **error)
{
  MedctExperimentRun *run = run_new(x, arm, seed, rate);
  if (!train(x, run, error))
    return NULL;
  g_autofree gint8 *labels = medct_experiment_labels(x, MEDCT_COHORT_B_VALIDATION);
  g_autoptr(MedctExperimentScores) scores =
      medct_experiment_scores(x, run, MEDCT_COHORT_B_VALIDATION, error);
  if (scores == NULL)
    return NULL;
  run->validation_auroc = medct_experiment_auroc(scores->logits, labels, scores->n);
  run->keeps_base =
      arm != MEDCT_ARM_CONTROL_END && !(run->validation_auroc > x->base_validation_auroc);
  return run;
}

/* ---- arms ----------------------------------------------------------------------------------- */

/* The rate that was selected for an arm; NaN without. */
static double
selected_rate(const MedctExperiment *x, MedctArm arm)
{
  for (guint i = 0; i < x->runs->len; i++) {
    const MedctExperimentRun *run = x->runs->pdata[i];
    if (run->arm == arm && run->selected)
      return run->rate;
  }
  return NAN;
}

/* All rates with the first seed. */
static gboolean
choose_rate(MedctExperiment *x, MedctArm arm, GError **error)
{
  double factor = arm == MEDCT_ARM_FULL ? FULL_RATE : 1;
  MedctExperimentRun *best = NULL;
  for (guint r = 0; r < x->options.n_rates; r++) {
    MedctExperimentRun *run = try_out(x, arm, 1, factor * x->options.rates[r], error);
    if (run == NULL)
      return FALSE;
    if (best == NULL || run->validation_auroc > best->validation_auroc)
      best = run;
  }
  best->selected = TRUE;
  return TRUE;
}

static gboolean
run_arm(MedctExperiment *x, MedctArm arm, GError **error)
{
  if (arm == MEDCT_ARM_PROBE) { /* nothing in it is drawn: one is enough */
    MedctExperimentRun *run = try_out(x, arm, 1, NAN, error);
    return run != NULL && (run->selected = TRUE);
  }
  /* the end of the control is that of the arm which it doubts */
  double rate = arm == MEDCT_ARM_CONTROL_END ? selected_rate(x, MEDCT_ARM_LORA) : NAN;
  if (arm == MEDCT_ARM_CONTROL_END && isnan(rate))
    rate = x->options.rates[0];
  guint seed = isnan(rate) ? 2 : 1;
  if (isnan(rate)) {
    if (!choose_rate(x, arm, error))
      return FALSE;
    rate = selected_rate(x, arm);
  }
  for (; seed <= x->options.n_seeds; seed++) {
    MedctExperimentRun *run = try_out(x, arm, seed, rate, error);
    if (run == NULL)
      return FALSE;
    run->selected = TRUE;
  }
  return TRUE;
}

/* ---- all of it ------------------------------------------------------------------------------ */

static gboolean
begin(MedctExperiment *x, GError **error)
{
  x->model = medct_model_open(x->options.model, error);
  if (x->model == NULL)
    return FALSE;
  medct_model_set_threads(x->model, x->options.threads);
  x->weights_sha256 = medct_tensor_file_sha256(medct_model_weights(x->model), error);
  if (x->weights_sha256 == NULL || !medct_experiment_seeds_check(x, error) ||
      !medct_experiment_settings_claim(x, error))
    return FALSE;
  g_autofree gint8 *labels = medct_experiment_labels(x, MEDCT_COHORT_B_VALIDATION);
  g_autoptr(MedctExperimentScores) scores =
      medct_experiment_scores(x, NULL, MEDCT_COHORT_B_VALIDATION, error);
  if (scores == NULL)
    return FALSE;
  x->base_validation_auroc = medct_experiment_auroc(scores->logits, labels, scores->n);
  return TRUE;
}

/* A cohort at a time, so that its patients are drawn once. */
static gboolean
score_tests(MedctExperiment *x, GError **error)
{
  for (int cohort = MEDCT_COHORT_B_TEST; cohort <= MEDCT_COHORT_A_TEST; cohort++) {
    g_autoptr(MedctExperimentScores) base =
        medct_experiment_scores(x, NULL, (MedctExperimentCohort)cohort, error);
    if (base == NULL)
      return FALSE;
    for (guint i = 0; i < x->runs->len; i++) {
      const MedctExperimentRun *run = x->runs->pdata[i];
      if (!run->selected || run->keeps_base)
        continue;
      g_autoptr(MedctExperimentScores) scores =
          medct_experiment_scores(x, run, (MedctExperimentCohort)cohort, error);
      if (scores == NULL)
        return FALSE;
    }
  }
  return TRUE;
}

MedctExperiment *
medct_experiment_run(const MedctExperimentOptions *options, const MedctMonitor *monitor,
                     GError **error)
{
  g_autoptr(MedctExperiment) x = g_new0(MedctExperiment, 1);
  x->options = *options;
  x->monitor = monitor;
  x->runs = g_ptr_array_new_with_free_func(run_free);
  if (!begin(x, error))
    return NULL;
  for (int arm = 0; arm < MEDCT_N_ARMS; arm++)
    if (options->arms[arm] && !run_arm(x, (MedctArm)arm, error))
      return NULL;
  if (options->chooses_only)
    return g_steal_pointer(&x);
  if (!score_tests(x, error))
    return NULL;
  medct_experiment_release(x);
  return medct_experiment_measure(x, error) ? g_steal_pointer(&x) : NULL;
}

void
medct_experiment_free(MedctExperiment *x)
{
  if (x == NULL)
    return;
  medct_experiment_release(x);
  g_clear_pointer(&x->model, medct_model_unref);
  g_ptr_array_unref(x->runs);
  g_free(x->weights_sha256);
  g_free(x);
}
