/* Between the files of one training. */
#pragma once

#include "model/fine_tune.h"
#include "model/lora.h"
#include "model/text_backward.h"
#include "model/train_texts.h"
#include "model/train_volumes.h"

G_BEGIN_DECLS

typedef struct {
  const MedctFineTune *job;
  MedctTrainOptions options;
  const MedctConfig *config;
  double scale; /* exp(temperature) of the model */
  MedctLora *lora;
  MedctTrainVolumes *volumes;
  MedctTextTrainer *text;
  MedctTrainTexts *texts;
  MedctPool *pool;
  int threads;             /* of the pool, as asked for */
  GArray *training;        /* of guint: items that can teach something */
  GArray *validation;      /* of guint */
  guint *order;            /* [training] of the present epoch */
  gint64 order_epoch;      /* −1: none yet */
  double *positive_weight; /* [n_classes] or NULL */
  float *prompts;          /* [2·n_classes, latent] where the text encoder is frozen, or NULL */
  gint64 steps_per_epoch, steps;

  /* what a checkpoint holds, beside lora->parameters */
  gint64 step;           /* done */
  gint64 evaluated;      /* the step of the last evaluation; −1: none */
  gint64 best_step;      /* of `best`; −1: none */
  double best_score;     /* AUROC, or −loss where no finding has both labels */
  int waited;            /* evaluations since */
  float *first, *second; /* [lora->n] AdamW's moments */
  float *best;           /* [lora->n] parameters of the best evaluation */

  guint damaged;  /* newer checkpoints that did not verify at the start */
  gint64 saved;   /* the step that is on disk; −1: none */
  gint64 written; /* the best_step whose adapter lies in best-so-far; −1: none */
  GArray *paces;  /* of double: seconds of the latest steps */
} MedctTraining;

/* exp(temperature), as it is trained or as the model has it. */
double medct_training_scale(const MedctTraining *t);
MedctTrainRecord medct_training_record(const MedctTraining *t, MedctTrainRecordKind kind);
void medct_training_tell(const MedctTraining *t, const MedctTrainRecord *record);

/* One optimiser step; on failure, cancelling included, nothing of the state has changed. */
gboolean medct_training_step(MedctTraining *t, GError **error);
/* u [2·n_classes, latent] of the prompts, by the text encoder as it is. */
gboolean medct_training_prompts(MedctTraining *t, float *u, GError **error);
/* Loss and AUROC on the validation split; keeps the parameters when they are the best. */
gboolean medct_training_evaluate(MedctTraining *t, GError **error);

/* The adapter of the best evaluation as a folder of its own, so that it can be tried meanwhile;
 * does nothing while the model as it is was better, or when that one is written already. */
gboolean medct_training_write_best(MedctTraining *t, GError **error);
/* The adapter where it belongs; checkpoints and best-so-far go. */
gboolean medct_training_write_adapter(MedctTraining *t, GError **error);

gboolean medct_training_save(const MedctTraining *t, GError **error);
/* FALSE without an error when there is no checkpoint. */
gboolean medct_training_restore(MedctTraining *t, GError **error);

G_END_DECLS
