/* The adaptation experiment of the demo: a model of site A meets patients of site B, is adapted on
 * few of them, and is measured on others of B and of A. SYNTHETIC: every patient is made up.
 *
 * What is chosen (rate, epoch, whether to keep the model as it is) is chosen on B's validation
 * patients. The patients of both tests are other draws; one function reads their labels, after
 * everything has been chosen.
 *
 * Owner: medct_experiment_free. Thread: one. */
#pragma once

#include "model/augmentation.h"
#include "model/ctclip.h"
#include "model/estimate.h"
#include "model/pathologies.h"

G_BEGIN_DECLS

typedef enum {
  MEDCT_ARM_LORA,        /* both encoders */
  MEDCT_ARM_LORA_TEXT,   /* the text encoder alone */
  MEDCT_ARM_LORA_VISION, /* the image encoder alone */
  MEDCT_ARM_FULL,        /* every weight */
  MEDCT_ARM_PROBE,       /* a linear classifier on the image latents */
  MEDCT_ARM_CONTROL,     /* as lora, with labels shuffled between training patients */
  MEDCT_ARM_CONTROL_END, /* the same without choosing: the last epoch, whatever it is worth */
  MEDCT_N_ARMS,
} MedctArm;
/* "lora", "lora-text", … */
const char *medct_arm_name(MedctArm arm);

#define MEDCT_EXPERIMENT_MAX_RATES 4

typedef struct {
  const char *model;                   /* folder */
  const char *folder;                  /* keeps finished parts; made when missing */
  guint n_train, n_validation, n_test; /* patients of B, of B, and of each B and A */
  guint64 development_seed, test_seed; /* what the patients are drawn from */
  guint n_seeds;                       /* of adaptation: 1 … n */
  int epochs, batch, rank;
  double rates[MEDCT_EXPERIMENT_MAX_RATES]; /* of LoRA; tried with seed 1 */
  guint n_rates;
  MedctAugmentationLimits augmentation; /* of training patients, where image layers learn */
  gboolean arms[MEDCT_N_ARMS];
  gboolean chooses_only; /* stops before the tests: for fixing settings without having seen them */
  int threads;           /* 0: all. Changes no number */
} MedctExperimentOptions;

#define MEDCT_EXPERIMENT_DEFAULT                                                                   \
  ((MedctExperimentOptions){.n_train = 200,                                                        \
                            .n_validation = 200,                                                   \
                            .n_test = 600,                                                         \
                            .development_seed = 7001,                                              \
                            .test_seed = 7004,                                                     \
                            .n_seeds = 3,                                                          \
                            .epochs = 8,                                                           \
                            .batch = 8,                                                            \
                            .rank = 8,                                                             \
                            .rates = {3e-3},                                                       \
                            .n_rates = 1,                                                          \
                            .augmentation = {3, 12, 6},                                            \
                            .arms = {TRUE, TRUE, TRUE, TRUE, TRUE, TRUE, TRUE}})

/* On one site's test patients. `gain` is the difference to the base, in pairs. */
typedef struct {
  MedctInterval auroc, gain;  /* mean over findings */
  MedctInterval accuracy, f1; /* macro, at thresholds from B's validation */
  MedctInterval class_auroc[MEDCT_N_PATHOLOGIES];
  MedctInterval class_gain[MEDCT_N_PATHOLOGIES];
} MedctExperimentMeasures;

/* One training: an arm with a seed and a rate. */
typedef struct {
  MedctArm arm;
  guint seed;
  double rate; /* NaN: the arm has none */
  char *name;  /* of its folder */
  /* the training */
  gint64 trainable; /* numbers */
  double seconds;
  char *choice; /* what was chosen within it */
  double validation_auroc;
  /* the rule */
  gboolean selected;            /* by its validation AUROC, among the rates */
  gboolean keeps_base;          /* since it was no better on validation */
  MedctExperimentMeasures b, a; /* of the selected ones */
} MedctExperimentRun;

/* Says the same of everybody, or what is more frequent. */
typedef struct {
  double accuracy_present, accuracy_absent, accuracy_majority;
  double f1_present; /* macro; that of "absent" is 0 */
} MedctExperimentBaselines;

typedef struct _MedctExperiment MedctExperiment;

/* Runs what is not in the folder yet. Refuses a folder with parts of other settings. */
MedctExperiment *medct_experiment_run(const MedctExperimentOptions *options,
                                      const MedctMonitor *monitor, GError **error);
void medct_experiment_free(MedctExperiment *experiment);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MedctExperiment, medct_experiment_free)

void medct_experiment_print(const MedctExperiment *experiment);
/* Also kept in the folder, as experiment.json. */
gboolean medct_experiment_save_json(const MedctExperiment *experiment, GError **error);
void medct_experiment_print_json(const MedctExperiment *experiment);

G_END_DECLS
