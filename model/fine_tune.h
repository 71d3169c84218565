/* Fine-tuning with LoRA: steps, validation, checkpoints, from a training set to a PEFT adapter.
 * Source: spec §8, §9. Equal options, set, weights and machine give equal adapters bit for bit, for
 * any number of threads, and however often the run was killed and resumed.
 *
 * Thread: one dedicated thread for the whole run; callbacks come on it. */
#pragma once

#include "model/ctclip.h"
#include "model/train_options.h"
#include "model/train_set.h"

G_BEGIN_DECLS

typedef enum {
  MEDCT_TRAIN_RECORD_STARTED,     /* step: where it goes on; later records are new; message: what
                                     is odd about it, or NULL */
  MEDCT_TRAIN_RECORD_PREPARED,    /* one more volume is encoded: `prepared` of `to_prepare` */
  MEDCT_TRAIN_RECORD_STEP,        /* loss, lr, grad_norm */
  MEDCT_TRAIN_RECORD_EVALUATION,  /* val_loss, val_auroc, interval, class_auroc, best */
  MEDCT_TRAIN_RECORD_SAVED,       /* a checkpoint of `step` is on disk */
  MEDCT_TRAIN_RECORD_SAVE_FAILED, /* message says why; training goes on */
  MEDCT_TRAIN_RECORD_FINISHED,    /* the adapter is written; message says of which evaluation */
} MedctTrainRecordKind;

/* Numbers that a kind does not have are NaN. Valid during the call. */
typedef struct {
  MedctTrainRecordKind kind;
  gint64 step, steps; /* done; in all */
  int epoch, epochs;  /* from 1 */
  guint prepared, to_prepare;
  double loss, lr, grad_norm;
  double seconds;      /* of this step, evaluation or volume */
  double seconds_left; /* until the end, from the pace so far */
  double val_loss, val_auroc;
  double interval[2];        /* 95 %, of val_auroc, by bootstrap over patients */
  const double *class_auroc; /* [n_classes] or NULL; NaN where a class has one label only */
  guint n_classes;
  gboolean best; /* the best mean AUROC so far */
  const char *message;
} MedctTrainRecord;

typedef struct {
  void (*record)(void *user_data, const MedctTrainRecord *record);
  int (*threads)(void *user_data);     /* asked before each step; ≤ 0: all. NULL: all */
  gboolean (*finish)(void *user_data); /* stop after this step and write the adapter; may be NULL */
  void *user_data;
  const MedctMonitor *monitor; /* polled often; a pause is a call that does not return */
} MedctTrainWatch;

typedef struct {
  MedctModel *model; /* without adapter */
  const MedctTrainSet *set;
  MedctTrainOptions options;
  const char *folder; /* gets the adapter's two files; while it runs `checkpoints`, and
                         `best-so-far` with the adapter of the best evaluation yet */
  gboolean resume;    /* from the newest checkpoint there, when there is one */
  gboolean measure;   /* for plan(): pieces of the work are timed, with watch.threads; seconds */
  MedctTrainWatch watch;
} MedctFineTune;

/* What a run will be, before it begins. */
typedef struct {
  gint64 trainable, parameters; /* of LoRA; of the model */
  gint64 steps, steps_per_epoch;
  int frozen_layers, vision_layers; /* of the vision encoder: run once a volume */
  guint64 memory_bytes;             /* resident, mapped weights included */
  guint64 cache_bytes;              /* on disk, for all volumes */
  double seconds;                   /* of the whole run here, about; NaN: not measured */
} MedctTrainPlan;

gboolean medct_fine_tune_plan(const MedctFineTune *job, MedctTrainPlan *plan, GError **error);

/* Cancelled: MEDCT_ERROR_CANCELLED after the last whole step was saved, so that `resume` goes on
 * from it. The best adapter by validation AUROC is written, or the last without one. */
gboolean medct_fine_tune_run(const MedctFineTune *job, GError **error);

G_END_DECLS
