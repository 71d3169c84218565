#include "app/cli.h"
#include "app/commands.h"
#include "app/experiment.h"
#include "app/output-place.h"
#include <string.h>

static gboolean
take_rates(const MedctInvocation *invocation, MedctExperimentOptions *o, GError **error)
{
  const char *const *words = medct_invocation_values(invocation, "rate");
  guint n = g_strv_length((char **)words);
  if (n > MEDCT_EXPERIMENT_MAX_RATES) {
    g_set_error(error, MEDCT_ERROR, MEDCT_ERROR_ARGUMENT,
                "--rate is given %u times, expected %d at most", n, MEDCT_EXPERIMENT_MAX_RATES);
    return FALSE;
  }
  for (guint i = 0; i < n; i++) {
    char *end = NULL;
    o->rates[i] = g_ascii_strtod(words[i], &end);
    if (*words[i] == '\0' || *end != '\0' || !(o->rates[i] >= 1e-9 && o->rates[i] <= 1)) {
      g_set_error(error, MEDCT_ERROR, MEDCT_ERROR_ARGUMENT,
                  "--rate is \"%s\", expected a number from 1e-9 to 1", words[i]);
      return FALSE;
    }
  }
  o->n_rates = n > 0 ? n : o->n_rates;
  return TRUE;
}

static void
take_arms(const MedctInvocation *invocation, MedctExperimentOptions *o)
{
  const char *const *words = medct_invocation_values(invocation, "arm");
  if (*words == NULL)
    return;
  for (int arm = 0; arm < MEDCT_N_ARMS; arm++)
    o->arms[arm] = g_strv_contains(words, medct_arm_name((MedctArm)arm));
}

static gboolean
take_options(const MedctInvocation *invocation, MedctExperimentOptions *o, GError **error)
{
  guint epochs = (guint)o->epochs, rank = (guint)o->rank, threads = 0;
  guint development = (guint)o->development_seed, test = (guint)o->test_seed;
  const char *out = medct_invocation_value(invocation, "out");
  o->model = medct_invocation_value(invocation, "model");
  o->folder = out ? out : "medct-experiment";
  if (o->model == NULL) {
    g_set_error_literal(error, MEDCT_ERROR, MEDCT_ERROR_ARGUMENT,
                        "--model is missing, expected the demo model's folder");
    return FALSE;
  }
  if (!medct_invocation_count(invocation, "seeds", 1, 100, &o->n_seeds, error) ||
      !medct_invocation_count(invocation, "patients-train", 2, 200, &o->n_train, error) ||
      !medct_invocation_count(invocation, "patients-validation", 2, 10000, &o->n_validation,
                              error) ||
      !medct_invocation_count(invocation, "patients-test", 2, 10000, &o->n_test, error) ||
      !medct_invocation_count(invocation, "development-seed", 0, 999999999, &development, error) ||
      !medct_invocation_count(invocation, "test-seed", 0, 999999999, &test, error) ||
      !medct_invocation_count(invocation, "epochs", 1, 1000, &epochs, error) ||
      !medct_invocation_count(invocation, "rank", 1, 256, &rank, error) ||
      !medct_invocation_count(invocation, "threads", 0, 256, &threads, error) ||
      !take_rates(invocation, o, error))
    return FALSE;
  o->development_seed = development;
  o->test_seed = test;
  o->epochs = (int)epochs;
  o->rank = (int)rank;
  o->threads = (int)threads;
  o->chooses_only = medct_invocation_flag(invocation, "choose-only");
  take_arms(invocation, o);
  if (development != test)
    return TRUE;
  g_set_error_literal(error, MEDCT_ERROR, MEDCT_ERROR_ARGUMENT,
                      "--test-seed is --development-seed: the test would be of patients that were "
                      "learned from");
  return FALSE;
}

static int
run_experiment(const MedctInvocation *invocation)
{
  g_autoptr(GError) error = NULL;
  MedctExperimentOptions o = MEDCT_EXPERIMENT_DEFAULT;
  if (!take_options(invocation, &o, &error))
    return medct_command_misused(invocation, error);
  if (!medct_output_check_folder(o.folder, &error))
    return medct_command_fail(invocation, error);
  g_autoptr(MedctExperiment) experiment = medct_experiment_run(&o, medct_cli_monitor(), &error);
  medct_cli_clear_progress();
  if (experiment == NULL || !medct_experiment_save_json(experiment, &error)) {
    int status = medct_command_fail(invocation, error);
    if (g_error_matches(error, MEDCT_ERROR, MEDCT_ERROR_CANCELLED))
      g_printerr("What is done is kept in --out: the same command goes on from there.\n");
    return status;
  }
  if (medct_invocation_flag(invocation, "json"))
    medct_experiment_print_json(experiment);
  else
    medct_experiment_print(experiment);
  return 0;
}

static const MedctOption options[] = {
    {"model", 'm', "DIR", FALSE, NULL, "The demo model: trained on site A. Required."},
    {"out", 'o', "DIR", FALSE, NULL,
     "Keeps adapters, scores and experiment.json; what is there is not computed again; "
     "medct-experiment by default."},
    {"seeds", 'n', "N", FALSE, NULL,
     "How often each arm is trained, with other first weights and another order; 3 by default."},
    {"arm", 0, "ARM", TRUE, "lora|lora-text|lora-vision|full|probe|control|control-end",
     "Only this one, and others given so; all by default."},
    {"rate", 'l', "X", TRUE, NULL,
     "A learning rate to try with the first seed, up to four; 0.003 by default. Full "
     "fine-tuning takes a quarter of it."},
    {"epochs", 'e', "N", FALSE, NULL, "Times through the training patients; 8 by default."},
    {"rank", 'r', "N", FALSE, NULL, "Of LoRA, with \316\261 twice as large; 8 by default."},
    {"patients-train", 0, "N", FALSE, NULL, "Labelled patients of B to learn from; 200, the most."},
    {"patients-validation", 0, "N", FALSE, NULL, "Patients of B to choose on; 200 by default."},
    {"patients-test", 0, "N", FALSE, NULL, "Test patients of each site; 600 by default."},
    {"development-seed", 0, "S", FALSE, NULL,
     "What training and validation patients are drawn from; 7001 by default."},
    {"test-seed", 0, "S", FALSE, NULL, "What test patients are drawn from; 7004 by default."},
    {"choose-only", 0, NULL, FALSE, NULL,
     "Stops before the tests: for fixing rates and epochs without having seen them."},
    {"threads", 't', "N", FALSE, NULL, "Threads; as many as processors by default."},
    {"json", 'j', NULL, FALSE, NULL, "Prints JSON in place of the table."},
    {NULL},
};

const MedctCommand medct_command_demo_experiment = {
    .name = "demo experiment",
    .arguments = "",
    .min_arguments = 0,
    .max_arguments = 0,
    .summary = "measure what adaptation to another made-up hospital gains",
    .description =
        "Takes a model of the made-up site A to patients of site B: measures it as it is, adapts "
        "it with LoRA on at most 200 labelled patients, and measures it again on other patients of "
        "B and of A (what it forgot). Beside it: LoRA in one encoder alone, full fine-tuning, a "
        "linear probe, and a control that learns shuffled labels.\n\n"
        "Where image layers learn, each training patient is augmented anew in every epoch, as in "
        "the "
        "model's pre-training: moved by up to 3 voxels along each axis, noise of up to 12 HU, an "
        "offset of up to 6 HU either way.\n\n"
        "Everything is chosen on validation patients of B; where nothing is better than the model "
        "as it is, that is kept. Test patients come from a seed of their own, and their labels are "
        "made after the last choice.\n\n"
        "Everything is SYNTHETIC: the numbers say nothing about real images.",
    .options = options,
    .examples = "medct demo experiment -m demo\n  The table, in about an hour on two "
                "cores\n"
                "medct demo experiment -m demo --seeds 1 --arm lora --arm control --json\n"
                "  The shortest that is worth something\n",
    .run = run_experiment,
};
