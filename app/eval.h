/* What `medct eval` works with: the scores of a model on the volumes of a cohort, and what they
 * are worth. Used by cmd-eval.c and its reports. Thread: one at a time; long calls take a monitor.
 */
#pragma once

#include "model/cohort.h"
#include "model/estimate.h"
#include "model/pathologies.h"
#include "plugins/host.h"

G_BEGIN_DECLS

/* ---- scores -------------------------------------------------------------------------------- */

/* Which rows, in the cohort's order: those of the split that is measured and of validation. */
typedef struct {
  MedctCohort *cohort;
  MedctSplit split;
  guint n;
  guint *rows;  /* [n] rows of the cohort */
  char **error; /* [n]: why a volume has no scores, or NULL; such rows count nowhere */
} MedctEvalRows;

MedctEvalRows *medct_eval_rows_new(MedctCohort *cohort, MedctSplit split, GError **error);
void medct_eval_rows_free(MedctEvalRows *rows);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MedctEvalRows, medct_eval_rows_free)

typedef struct {
  double
      *probability; /* [n, n_classes]: of the finding's sentence over its negation; NaN without */
  float *image;     /* [n, latent] */
  float *report;    /* [n, latent]; zero without a report */
  guint latent, n_cached;
} MedctEvalScores;

/* How one finding is asked for; others are asked as "X is present.". */
typedef struct {
  char *finding; /* a class of the cohort */
  MedctPrompt *asked;
} MedctEvalQuestion;

/* From "FINDING=SENTENCE", against its opposite by rule, or "FINDING=SENTENCE | AGAINST". The
 * finding has to be one of the cohort. */
MedctEvalQuestion *medct_eval_question_new(const char *text, const MedctCohort *cohort,
                                           GError **error);
void medct_eval_question_free(MedctEvalQuestion *question);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MedctEvalQuestion, medct_eval_question_free)

/* Scores every row, with `questions` (of MedctEvalQuestion). A volume that cannot be read or
 * encoded is noted in `rows` and the rest go on. What was encoded stays in the cache on disk: a run
 * that was stopped goes on from there. */
MedctEvalScores *medct_eval_score(MedctHost *host, MedctBackend *backend, MedctEvalRows *rows,
                                  const GPtrArray *questions, const MedctMonitor *monitor,
                                  GError **error);
void medct_eval_scores_free(MedctEvalScores *scores);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MedctEvalScores, medct_eval_scores_free)

/* The measured rows as a table that `medct metrics` reads: volume, a probability a finding. */
gboolean medct_eval_scores_save(const MedctEvalScores *scores, const MedctEvalRows *rows,
                                const char *path, GError **error);

/* ---- what they are worth ------------------------------------------------------------------- */

enum { MEDCT_EVAL_N_RECALL = 4, MEDCT_EVAL_N_OVERLAP = 4 };
extern const guint medct_eval_recall_at[MEDCT_EVAL_N_RECALL];   /* 5, 10, 50, 100 */
extern const guint medct_eval_overlap_at[MEDCT_EVAL_N_OVERLAP]; /* 1, 5, 10, 50 */

/* Scores and labels of the measured split, of rows that have both. */
typedef struct {
  guint n_rows, n_patients, n_validation;
  MedctScored measured;         /* arrays owned here */
  double *thresholds;           /* [n_classes], chosen on validation; NaN without */
  MedctClassMetrics *classes;   /* [n_classes] */
  MedctEstimate *at_half;       /* n_classes + 1 intervals a measure */
  MedctEstimate *at_validation; /* NULL where validation itself is measured or is empty */
  guint n_reports, n_labelled;
  double recall[MEDCT_EVAL_N_RECALL], overlap[MEDCT_EVAL_N_OVERLAP]; /* NaN without */
} MedctEvaluation;

typedef struct {
  MedctThresholdRule rule;
  guint n_draws;
  guint64 seed;
} MedctEvalOptions;

MedctEvaluation *medct_evaluate(const MedctEvalRows *rows, const MedctEvalScores *scores,
                                const MedctEvalOptions *options, const MedctMonitor *monitor,
                                GError **error);
void medct_evaluation_free(MedctEvaluation *evaluation);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MedctEvaluation, medct_evaluation_free)

/* The mean over classes of what saying always "present" (or always "absent") gives. */
MedctRates medct_evaluation_trivial(const MedctEvaluation *evaluation, gboolean present);

/* ---- reports ------------------------------------------------------------------------------- */

typedef struct {
  const MedctEvalRows *rows;
  const MedctEvalOptions *options;
  const char *cohort_name;
  const GPtrArray *questions;                       /* of MedctEvalQuestion */
  const medct_model_info *base_info, *adapter_info; /* the second may be NULL */
  const MedctEvaluation *base, *adapter;            /* the second may be NULL */
} MedctEvalReport;

void medct_eval_report_print(const MedctEvalReport *report);
void medct_eval_report_print_json(const MedctEvalReport *report);

G_END_DECLS
