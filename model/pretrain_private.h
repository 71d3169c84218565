/* What the files of pre-training share: its state, and one slot for each volume of a batch. */
#pragma once

#include "model/adamw.h"
#include "model/codebook_learning.h"
#include "model/linear_head.h"
#include "model/pretrain.h"
#include "model/text_backward.h"
#include "model/vision_backward.h"

/* The heads that are thrown away: on the spatial tokens, on the final tokens, on the volume. */
enum { HEAD_SPATIAL, HEAD_TOKENS, HEAD_VOLUME, N_HEADS };

typedef struct {
  int classes, D;
  gsize each, n;                                /* numbers of a head, of all: W [classes, D], b */
  float *parameters, *first, *second;           /* [n] */
  float *mean, *variance;                       /* [D] of pooled tokens, running */
  float *positive[N_HEADS], *negative[N_HEADS]; /* [classes] weights */
} MedctPretrainHeads;

/* Everything that one volume of a batch needs, so that volumes go in parallel, each on one thread,
 * and gradients are summed in the order of the slots whatever the threads. */
typedef struct {
  MedctWeights *weights; /* a copy; its parameters are set before every step */
  MedctVisionTrainer *vision;
  MedctPool *alone; /* of one thread */
  const MedctPretrainItem *item;
  float *volume;               /* [frames, image, image] */
  uint8_t *targets;            /* [t·h·w, classes] */
  uint8_t *labels;             /* [classes] */
  float *d_spatial, *d_tokens; /* [t·h·w, D] */
  float *pooled;               /* [D] */
  float *head_gradients;       /* [heads.n] */
  float *v, *dv;               /* [latent] */
  float *tokens;               /* [t·h·w, D], a copy for the codebook */
  int32_t *codes;              /* [t·h·w] */
  double loss;
  gboolean failed;
} MedctPretrainSlot;

typedef struct {
  MedctWeights *weights;
  const MedctConfig *config;
  const MedctPretrainSet *set;
  const MedctPretrainOptions *options;
  MedctPool *pool;
  const MedctMonitor *monitor;
  guint *train, *validation; /* items */
  guint n_train, n_validation;
  int T, cells, n_tokens;
  MedctPretrainHeads heads;
  float *first, *second;    /* [weights->n] moments */
  float *noise;             /* the seed's table (model/augmentation.h) */
  MedctPretrainSlot *slots; /* of the stage */
  int n_slots;
  MedctTextTrainer *text; /* of the stages that have one */
  MedctCodebookAverage average;
  float *pooled; /* text and sentences: [n_items, cells·D] */
  guint *order;  /* [n_train] of the present epoch */
  gint64 epoch;  /* of order; −1: none */
  int stage, step;
  gboolean started; /* the stage's beginning is done: a checkpoint may be written */
} MedctPretraining;

#define PRETRAIN_CODEBOOK   "visual_transformer.vq._codebook.embed"
#define PRETRAIN_PROJECTION "to_visual_latent.weight"

/* pretrain_heads.c */
void medct_pretrain_heads_init(MedctPretraining *p);
void medct_pretrain_heads_clear(MedctPretraining *p);
/* The classes' weights from the training items; needs a slot. */
void medct_pretrain_heads_weigh(MedctPretraining *p);
MedctLinearHead medct_pretrain_head(const MedctPretrainHeads *heads, int which);
/* After a step: the running statistics follow the slots' pooled tokens. */
void medct_pretrain_heads_follow(MedctPretraining *p);
/* out [D] ← pooled [D], standardised. */
void medct_pretrain_standardise(float *out, const MedctPretrainHeads *heads, const float *pooled);

/* pretrain_slot.c */
void medct_pretrain_slots_make(MedctPretraining *p, int n, gboolean quantised);
void medct_pretrain_slots_free(MedctPretraining *p);
/* The slots see the present parameters. */
void medct_pretrain_slots_refresh(MedctPretraining *p);
/* The slot's volume and targets: of the item as it is, or augmented for `draw`. */
void medct_pretrain_slot_fill(const MedctPretraining *p, MedctPretrainSlot *slot,
                              const MedctPretrainItem *item, const guint64 *draw);
gboolean medct_pretrain_slot_forward(const MedctPretraining *p, MedctPretrainSlot *slot);
/* The dense loss of the last forward pass times `scale`, and, with that and the slot's dv (where
 * `latent`), the gradients. */
gboolean medct_pretrain_slot_backward(const MedctPretraining *p, MedctPretrainSlot *slot,
                                      double scale, gboolean latent);
/* Runs `work` on the first n slots, in parallel. FALSE when cancelled or one failed. */
gboolean medct_pretrain_slots_run(MedctPretraining *p, int n, MedctPoolWork work, void *data);

/* pretrain_text.c: cached pooled tokens, and the two stages on them. `fresh`: not resumed. */
gboolean medct_pretrain_text_begin(MedctPretraining *p, gboolean fresh, GError **error);
gboolean medct_pretrain_text_step(MedctPretraining *p, double *loss, GError **error);
/* v [latent] of an item, from the cache. */
void medct_pretrain_cached_latent(const MedctPretraining *p, guint item, float *v);

/* The label of an item for a class, −1 where it is withheld. */
int medct_pretrain_label(const MedctPretraining *p, const MedctPretrainItem *item, guint k);
/* labels [classes] of an item, as these. */
void medct_pretrain_labels(const MedctPretraining *p, const MedctPretrainItem *item,
                           int64_t *labels);
/* Loss of u [2·classes + n, latent], prompts then reports, against v [n, latent], and the gradients
 * du, dv and that of the temperature. */
double medct_pretrain_objectives(const MedctPretraining *p, const float *u, const float *v,
                                 const int64_t *labels, int n, double clip_weight,
                                 double prompt_weight, float *du, float *dv, double *dtemperature);

/* pretrain_sentences.c: what is said in a step of the last stage. */
typedef struct {
  int n_plain, n_rivals; /* sentences that say a class and no more; pairs of rivals */
  int n_pairs;           /* n_plain + 2·n_rivals: sentences with their opposites */
  guint *statements;     /* [n_pairs]: the plain ones, then both of each pair of rivals */
  MedctSentence *texts;  /* [2·n_pairs]: a sentence, then its opposite */
} MedctPretrainSentences;
/* The choice follows from stage and step. */
void medct_pretrain_sentences_choose(const MedctPretraining *p, MedctPretrainSentences *sentences);
void medct_pretrain_sentences_clear(MedctPretrainSentences *sentences);
/* The loss of u [2·n_pairs, latent] against v [n, latent] of `items` [n]; du is written, dv and
 * *dtemperature are added to. */
double medct_pretrain_sentences_objective(const MedctPretraining *p,
                                          const MedctPretrainSentences *sentences,
                                          const MedctPretrainItem *const *items, int n,
                                          const float *u, const float *v, float *du, float *dv,
                                          double *dtemperature);

/* pretrain_said.c: MedctPretrainRecord.val_said, of v [n_validation, latent]. */
gboolean medct_pretrain_said(MedctPretraining *p, const float *v, double *auroc, GError **error);

/* pretrain_joint.c */
gboolean medct_pretrain_joint_begin(MedctPretraining *p, gboolean fresh, GError **error);
gboolean medct_pretrain_joint_step(MedctPretraining *p, double *loss, GError **error);

/* pretrain_evaluate.c: mean AUROC on the validation items: of the volume head in the dense stage,
 * else of the pairs of prompts; and val_said. */
gboolean medct_pretrain_evaluate(MedctPretraining *p, MedctPretrainRecord *record, GError **error);

/* pretrain_saving.c */
gboolean medct_pretrain_save(const MedctPretraining *p, const char *folder, GError **error);
/* FALSE without an error: there is nothing to go on from. */
gboolean medct_pretrain_resume(MedctPretraining *p, const char *folder, GError **error);

/* pretrain.c */
/* The item of draw `n` of the stage: epochs in shuffled order. */
const MedctPretrainItem *medct_pretrain_draw(MedctPretraining *p, gint64 n);
/* One AdamW step from gradients in weights and, when not NULL, of the heads. */
void medct_pretrain_apply(MedctPretraining *p, const float *head_gradients);
/* Sums the slots' gradients into weights' and head_gradients [heads.n]. */
void medct_pretrain_gather(MedctPretraining *p, int n, float *head_gradients);
gboolean medct_pretrain_cancelled(GError **error);
double medct_pretrain_scale(const MedctPretraining *p); /* exp(temperature) */
