/* How well a pre-trained model answers to sentences of a reader's own: a finding in other words,
 * its side, its size. Zero-shot, each sentence against its opposite. Thread: any. */
#pragma once

#include "app/pretrain-data.h"
#include "model/ctclip.h"

G_BEGIN_DECLS

/* Means of AUROCs over statements and their wordings; NaN where nothing could be measured. */
typedef struct {
  double wordings;     /* the finding and no more, over all patients */
  double sides, sizes; /* among the patients who have the finding: 0.5 is chance */
  double both;         /* side and size in one sentence, as these */
} MedctPretrainSaid;

/* latents [n_items, latent] of the set's items, unit norm. */
gboolean medct_pretrain_statements_measure(MedctModel *model, const MedctPretrainSet *set,
                                           const float *latents, MedctPretrainSaid *said,
                                           GError **error);

G_END_DECLS
