/* Between the files of the experiment. */
#pragma once

#include "app/experiment.h"
#include "app/pretrain-data.h"
#include "model/train_set.h"

G_BEGIN_DECLS

typedef enum {
  MEDCT_COHORT_B_TRAIN,
  MEDCT_COHORT_B_VALIDATION,
  MEDCT_COHORT_B_TEST,
  MEDCT_COHORT_A_TEST,
  MEDCT_N_COHORTS,
} MedctExperimentCohort;

/* What a model says about the patients of a cohort. */
typedef struct {
  guint n;
  int latent;
  float *logits;  /* [n, MEDCT_N_PATHOLOGIES]: of "present" over "absent" */
  float *latents; /* [n, latent]: v of each */
} MedctExperimentScores;

struct _MedctExperiment {
  MedctExperimentOptions options;
  const MedctMonitor *monitor;
  MedctModel *model;
  char *weights_sha256;
  MedctPretrainData *development; /* training and validation of B; drawn when first needed */
  MedctPretrainData *test;        /* of test_cohort */
  MedctPretrainItem *test_items;  /* without labels and boxes */
  MedctExperimentCohort test_cohort;
  double base_validation_auroc;
  GPtrArray *runs; /* of MedctExperimentRun */
  MedctExperimentMeasures base_b, base_a;
  MedctExperimentBaselines baselines;
};

/* ---- patients ------------------------------------------------------------------------------ */

/* Refuses the seed of the model's own training patients, as its card says it. */
gboolean medct_experiment_seeds_check(const MedctExperiment *x, GError **error);
/* *set ← the patients of a cohort, drawn when they are not there; those of a test without labels.
 * Valid until other patients are asked for. */
gboolean medct_experiment_patients(MedctExperiment *x, MedctExperimentCohort cohort,
                                   MedctPretrainSet *set, GError **error);
guint medct_experiment_count(const MedctExperiment *x, MedctExperimentCohort cohort);
/* labels [n, MEDCT_N_PATHOLOGIES] of training or validation; the caller frees. */
gint8 *medct_experiment_labels(const MedctExperiment *x, MedctExperimentCohort cohort);
/* The same of a test: the one function that makes them. Whoever calls it chooses nothing. */
gint8 *medct_experiment_test_labels(const MedctExperiment *x, MedctExperimentCohort cohort);
/* Frees the patients of the tests, and of development. */
void medct_experiment_release(MedctExperiment *x);
/* tensor [frames, image, image] of a patient. */
void medct_experiment_tensor(const MedctConfig *config, const MedctPretrainItem *item,
                             float *tensor);

/* ---- scores -------------------------------------------------------------------------------- */

/* Of a run's model, or of the base where `run` is NULL; from the folder where they are kept. */
MedctExperimentScores *medct_experiment_scores(MedctExperiment *x, const MedctExperimentRun *run,
                                               MedctExperimentCohort cohort, GError **error);
void medct_experiment_scores_free(MedctExperimentScores *scores);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MedctExperimentScores, medct_experiment_scores_free)
/* logits [n, MEDCT_N_PATHOLOGIES] from latents v [n, L] and texts u [2·MEDCT_N_PATHOLOGIES, L]. */
void medct_experiment_logits(float *logits, const float *v, const float *u, guint n, int latent,
                             double scale);
double medct_experiment_auroc(const float *logits, const gint8 *labels, guint n);

/* ---- training ------------------------------------------------------------------------------ */

/* Where the run keeps what it made; the caller frees. */
char *medct_experiment_folder(const MedctExperiment *x, const MedctExperimentRun *run);
/* Are training patients augmented? Where image layers learn; sentences alone and the probe learn
 * from latents that are computed once. */
gboolean medct_experiment_augments(const MedctExperiment *x, const MedctExperimentRun *run);
/* Fills trainable, seconds and choice. Each in its own file. */
gboolean medct_experiment_train_lora(MedctExperiment *x, MedctExperimentRun *run, GError **error);
gboolean medct_experiment_train_full(MedctExperiment *x, MedctExperimentRun *run, GError **error);
gboolean medct_experiment_train_probe(MedctExperiment *x, MedctExperimentRun *run, GError **error);
/* scores ← what the probe says about latents. */
gboolean medct_experiment_probe_score(const MedctExperiment *x, const MedctExperimentRun *run,
                                      MedctExperimentScores *scores, GError **error);

/* Finished trainings are not done again. */
gboolean medct_experiment_part_load(const MedctExperiment *x, MedctExperimentRun *run,
                                    gboolean *found, GError **error);
gboolean medct_experiment_part_save(const MedctExperiment *x, const MedctExperimentRun *run,
                                    GError **error);
/* The folder holds parts of these settings, or none. */
gboolean medct_experiment_settings_claim(const MedctExperiment *x, GError **error);

/* ---- measuring ----------------------------------------------------------------------------- */

/* Base and selected runs on the test patients; the last thing done. */
gboolean medct_experiment_measure(MedctExperiment *x, GError **error);

/* An arm over its seeds. */
typedef struct {
  guint n, n_above, n_below;      /* seeds; those whose interval on B lies above 0, or below */
  guint n_kept;                   /* that keep the base */
  double auroc, gain, forgetting; /* means: of B, of B, and of the gain on A */
} MedctExperimentSummary;
MedctExperimentSummary medct_experiment_summary(const MedctExperiment *x, MedctArm arm);

G_END_DECLS
