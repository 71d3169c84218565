/* A training run as the Train page keeps it: a folder in the user's data folder with run.json (what
 * was asked for, how it stands, the person's note), records.jsonl (plugins/train-records.h), the
 * checkpoints while it is unfinished and the adapter once it is done.
 *
 * Owner: the caller. Thread: any, one at a time. */
#pragma once

#include "model/error.h"
#include "plugins/medct-plugin.h"

G_BEGIN_DECLS

typedef enum {
  MEDCT_RUN_QUEUED,
  MEDCT_RUN_RUNNING, /* on disk: the program ended without a word; see medct_train_run_load */
  MEDCT_RUN_STOPPED, /* by hand; goes on from its checkpoint */
  MEDCT_RUN_LEFT,    /* unfinished when the program ended: it is offered to go on */
  MEDCT_RUN_DONE,
  MEDCT_RUN_FAILED,
} MedctRunState;
#define MEDCT_RUN_N_STATES 6

/* What a person chooses. 0, or NaN: the preset's own value. */
typedef struct {
  guint32 preset, objective; /* MEDCT_TRAIN_PRESET_…, MEDCT_TRAIN_OBJECTIVE_… */
  guint32 epochs, rank, batch;
  double alpha, dropout, lr;
  guint64 seed;
} MedctTrainWish;

/* Puts the wish into a preset's defaults. */
void medct_train_wish_apply(const MedctTrainWish *wish, medct_train_options *options);

typedef struct {
  double step, loss, lr, seconds;
} MedctRunStep;

typedef struct {
  double step, loss, auroc, low, high; /* of the validation split; 95 % interval */
  gboolean best;                       /* so far */
} MedctRunEvaluation;

typedef struct {
  char *folder, *name; /* name: "Balanced 7" */
  char *cohort, *model, *note;
  char *problem;  /* why it failed, or NULL */
  gint64 created; /* seconds since 1970 */
  MedctTrainWish wish;
  MedctRunState state;
  guint64 trainable, parameters, memory_bytes, n_steps; /* 0: not known yet */
  guint32 n_epochs;
  GArray *steps;       /* MedctRunStep, steps rising */
  GArray *evaluations; /* MedctRunEvaluation, steps rising; the first at step 0 is the base */
  GPtrArray *classes;  /* char *; in the order of class_auroc */
  GArray *class_auroc; /* double [evaluations][classes], NaN: one label only */
} MedctTrainRun;

/* Makes the folder and run.json. */
MedctTrainRun *medct_train_run_new(const char *folder, const char *name, const char *cohort,
                                   const char *model, const MedctTrainWish *wish, GError **error);
/* A run that still says it is running is MEDCT_RUN_LEFT. Lines of the records that are damaged are
 * left out. */
MedctTrainRun *medct_train_run_load(const char *folder, GError **error);
void medct_train_run_free(MedctTrainRun *run);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MedctTrainRun, medct_train_run_free)

/* run.json, whole or not at all. */
gboolean medct_train_run_save(const MedctTrainRun *run, GError **error);

/* What the trainer says while it runs; `classes` [n] are the cohort's. */
void medct_train_run_take(MedctTrainRun *run, const medct_train_record *record,
                          const char *const *classes);

/* The evaluation that the adapter is of; NULL without one. */
const MedctRunEvaluation *medct_train_run_best(const MedctTrainRun *run);
const MedctRunEvaluation *medct_train_run_base(const MedctTrainRun *run);
double medct_train_run_class(const MedctTrainRun *run, guint evaluation, guint index);
/* Mean of the last steps; NaN without. */
double medct_train_run_loss(const MedctTrainRun *run);
/* The median of the last steps, seconds; NaN without. */
double medct_train_run_pace(const MedctTrainRun *run);
/* The folder of its adapter; of an unfinished run that of its best evaluation yet. NULL without.
 * Free it. */
char *medct_train_run_adapter(const MedctTrainRun *run);
gboolean medct_train_run_can_resume(const MedctTrainRun *run);

G_END_DECLS
