/* Pre-training a small CT-CLIP from scratch, on volumes whose findings have boxes. Contrastive
 * learning alone collapses at this size (docs/decisions.md), so it goes in stages:
 *   dense  the vision encoder without quantisation learns, by linear heads that are thrown away
 *          afterwards, which findings lie in which token and in the volume;
 *   text   text encoder and both projections learn on cached pooled tokens: reports against volumes
 *          (InfoNCE) and the pairs of prompts against labels (cross-entropy);
 *   joint  a codebook from clusters, quantisation on, everything together;
 *   sentences  as text, on cached tokens as they are used, without reports: prompts, other words,
 *          sides and sizes against what was drawn. Without statements in the set, prompts only.
 * Fine-tuning is another thing: model/fine_tune.h.
 *
 * Owner: borrows weights and set. Thread: one. The same seed, set and options give the same bits
 * whatever the number of threads, also when interrupted and resumed. */
#pragma once

#include "model/finding_boxes.h"
#include "model/monitor.h"
#include "model/text_encoder.h"
#include "model/weights.h"

G_BEGIN_DECLS

typedef struct {
  const int16_t *voxels;        /* HU [frames][image][image]: s, l, p */
  const int8_t *labels;         /* [n_classes]: 1 present, 0 absent, other values unknown */
  const MedctFindingBox *boxes; /* i, j, k: voxels along l, p, s of the tensor */
  guint n_boxes;
  const int8_t *truths; /* [n_statements] 1 true, 0 false, other values unknown; or NULL */
  MedctSentence report; /* n 0: none */
  gboolean validation;
} MedctPretrainItem;

/* Something that can be said of a volume, in several wordings. */
typedef struct {
  guint class_index;
  const MedctSentence *wordings; /* [2·n_wordings]: a wording, then its opposite */
  guint n_wordings;
} MedctPretrainStatement;

typedef struct {
  const MedctPretrainItem *items;
  guint n_items, n_classes;
  const MedctSentence *prompts; /* [2·n_classes]: present and absent of each class */
  const gboolean *withheld;     /* [n_classes]: never shown as label, box or prompt; or NULL */
  /* The first n_classes say their class and no more, the others a side or a size; or NULL. Nothing
   * is said of what is withheld: its truths are unknown. */
  const MedctPretrainStatement *statements;
  guint n_statements;
  const guint (*rivals)[2]; /* [n_rivals]: statements that differ in one word */
  guint n_rivals;
} MedctPretrainSet;

enum {
  MEDCT_PRETRAIN_DENSE,
  MEDCT_PRETRAIN_TEXT,
  MEDCT_PRETRAIN_JOINT,
  MEDCT_PRETRAIN_SENTENCES,
  MEDCT_N_PRETRAIN_STAGES
};
/* "dense", "text", "joint", "sentences". */
const char *medct_pretrain_stage_name(int stage);

typedef struct {
  struct {
    int steps, batch;
    double lr;
  } stages[MEDCT_N_PRETRAIN_STAGES];
  int warm_up; /* steps, in each stage */
  double weight_decay, clip;
  int shift;              /* augmentation: voxels along every axis, boxes move along */
  double noise_hu;        /* standard deviation at most */
  double offset_hu;       /* at most, either way */
  int evaluate_every;     /* steps */
  int checkpoint_seconds; /* between two checkpoints; 0: every step */
  guint64 seed;
} MedctPretrainOptions;

#define MEDCT_PRETRAIN_DEFAULT                                                                     \
  ((MedctPretrainOptions){                                                                         \
      .stages = {{8000, 8, 3e-3}, {300, 48, 2e-3}, {800, 8, 1e-3}, {6000, 48, 3e-3}},              \
      .warm_up = 60,                                                                               \
      .weight_decay = 0.02,                                                                        \
      .clip = 1,                                                                                   \
      .shift = 3,                                                                                  \
      .noise_hu = 12,                                                                              \
      .offset_hu = 6,                                                                              \
      .evaluate_every = 500,                                                                       \
      .checkpoint_seconds = 120,                                                                   \
      .seed = 1})

typedef struct {
  int stage, step; /* step counts from 1 within its stage */
  double loss;
  double val_auroc; /* mean over classes on the validation items; NaN: not evaluated here */
  /* As val_auroc, over qualified statements, among the volumes that have the finding: whether a
   * side or a size is told from the other. NaN: there are none. */
  double val_said;
} MedctPretrainRecord;

typedef void (*MedctPretrainReport)(const MedctPretrainRecord *record, void *data);

/* Trains the weights in place, from the newest checkpoint in `folder` where there is one of the
 * same options and set. Cancelled: a checkpoint is written and MEDCT_ERROR_CANCELLED returned.
 * `report` may be NULL. */
gboolean medct_pretrain(MedctWeights *weights, const MedctConfig *config,
                        const MedctPretrainSet *set, const MedctPretrainOptions *options,
                        int n_threads, const char *folder, MedctPretrainReport report,
                        void *report_data, const MedctMonitor *monitor, GError **error);

G_END_DECLS
