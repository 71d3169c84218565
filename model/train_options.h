/* What fine-tuning is told: which layers get LoRA, which objective, for how long. Presets give
 * sensible values for everything; spec §8, §9. Plain data. Thread: any. */
#pragma once

#include "model/augmentation.h"
#include "model/lora_new.h"

G_BEGIN_DECLS

typedef enum {
  MEDCT_TRAIN_QUICK,    /* text encoder only: volumes are encoded once */
  MEDCT_TRAIN_BALANCED, /* and the temporal layers: the spatial ones run once a volume */
  MEDCT_TRAIN_FULL,     /* every layer of both encoders */
} MedctTrainPreset;

typedef enum {
  MEDCT_TRAIN_VOCAB,
  MEDCT_TRAIN_BCE,
  MEDCT_TRAIN_CLIP,
} MedctTrainObjective;

typedef struct {
  MedctLoraSpec lora; /* which layers, rank, α, dropout; its seed is not looked at */
  MedctTrainObjective objective;
  gboolean temperature;      /* the scale of the similarities is trained too */
  double lr, lr_ratio;       /* of A; B learns lr_ratio times as fast (LoRA+) */
  double weight_decay;       /* decoupled */
  double clip_norm;          /* of the gradient; 0: no clipping */
  double warm_up;            /* share of all steps, 0 … 1 */
  int epochs;                /* over the training split */
  int batch, accumulate;     /* volumes whose loss is one; such losses in a step */
  int patience;              /* epochs without a better validation AUROC until it stops; 0: never */
  gboolean positive_weights; /* bce: a positive counts (negatives / positives) of its class */
  gboolean asymmetric;       /* bce: asymmetric focusing, γ₊ 0, γ₋ 4, m 0.05 */
  MedctAugmentationLimits augmentation; /* of training volumes, anew in every epoch */
  guint64 seed;
  guint64 cache_bytes; /* most that frozen prefixes may take on disk; 0: none are kept */
} MedctTrainOptions;

MedctTrainOptions medct_train_preset_options(MedctTrainPreset preset);
/* Is any layer of the text encoder adapted, of the vision encoder? */
gboolean medct_train_options_adapt_text(const MedctTrainOptions *options);
gboolean medct_train_options_adapt_vision(const MedctTrainOptions *options);
/* Refuses what cannot be trained with, naming the option. */
gboolean medct_train_options_check(const MedctTrainOptions *options, GError **error);
/* Everything that decides the result, as one line: a checkpoint of other options is another run's.
 * Caller frees. */
char *medct_train_options_text(const MedctTrainOptions *options);

G_END_DECLS
