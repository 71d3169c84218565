/* The text encoder while it is trained: forward that keeps every layer's input, and the gradients
 * of its LoRA matrices and, where wanted, of its weights from that of the text latents. Layers
 * below the lowest that has something trained are not entered.
 *
 * Owner: borrows weights and LoRA. Thread: one call at a time; workers take whole sentences, and
 * sums are in an order that does not depend on them: results are equal bit for bit. */
#pragma once

#include "model/lora.h"
#include "model/pool.h"
#include "model/text_encoder.h"
#include "model/weights.h"

G_BEGIN_DECLS

typedef struct _MedctTextTrainer MedctTextTrainer;

MedctTextTrainer *medct_text_trainer_new(const MedctTensorFile *weights, const MedctConfig *config,
                                         MedctLora *lora);
/* Trains what `weights` says when the trainer is made; `lora` may be NULL. Their numbers may change
 * between a backward and the next forward pass. */
MedctTextTrainer *medct_text_trainer_new_full(const MedctWeights *weights,
                                              const MedctConfig *config, MedctLora *lora);
void medct_text_trainer_free(MedctTextTrainer *trainer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MedctTextTrainer, medct_text_trainer_free)

/* The LoRA's dropout for the next forward pass and its backward; off, as at first, for evaluation.
 * Its numbers follow from `draw`: give every batch of every step another. */
void medct_text_trainer_set_dropout(MedctTextTrainer *trainer, gboolean on, guint64 draw);

/* latents [n][latent], unit norm. Refuses as medct_text_encoder_run(). */
gboolean medct_text_trainer_forward(MedctTextTrainer *trainer, MedctPool *pool, float *latents,
                                    const MedctSentence *sentences, int n,
                                    const MedctMonitor *monitor, GError **error);
/* Adds the gradient of the last forward pass, dlatents [n][latent], to the gradients of
 * the LoRA and of the weights. When cancelled these are not to be used. Parameters must not have
 * changed since. */
gboolean medct_text_trainer_backward(MedctTextTrainer *trainer, MedctPool *pool,
                                     const float *dlatents, const MedctMonitor *monitor,
                                     GError **error);

G_END_DECLS
