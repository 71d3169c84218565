/* The vision encoder while it is trained: forward that keeps every layer's input, and the gradients
 * of its LoRA matrices and, where wanted, of its weights from that of the image latent. Layers
 * below the lowest that has something trained are not entered.
 *
 * Owner: borrows weights and LoRA. Thread: one call at a time; the pool's workers do the work, and
 * sums are in an order that does not depend on them: results are equal bit for bit. Memory: from
 * the lowest layer on a copy [t·h·w, D] of every layer's input, and, as far as there is room, of
 * what is dearest to compute again. */
#pragma once

#include "model/config.h"
#include "model/lora.h"
#include "model/pool.h"
#include "model/weights.h"

G_BEGIN_DECLS

typedef struct _MedctVisionTrainer MedctVisionTrainer;

MedctVisionTrainer *medct_vision_trainer_new(const MedctTensorFile *weights,
                                             const MedctConfig *config, MedctLora *lora);
/* Trains what `weights` says when the trainer is made; `lora` may be NULL. Their numbers may change
 * between a backward and the next forward pass. */
MedctVisionTrainer *medct_vision_trainer_new_full(const MedctWeights *weights,
                                                  const MedctConfig *config, MedctLora *lora);
void medct_vision_trainer_free(MedctVisionTrainer *trainer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MedctVisionTrainer, medct_vision_trainer_free)

/* Most bytes of activations that may be kept beside the layers' inputs, so that the backward pass
 * need not compute them again; 1.5 GiB at first. Before the first forward pass. */
void medct_vision_trainer_set_room(MedctVisionTrainer *trainer, guint64 bytes);
/* Without quantisation the latent is made from the tokens as they are. */
void medct_vision_trainer_set_quantised(MedctVisionTrainer *trainer, gboolean quantised);

/* The LoRA's dropout for the next forward pass and its backward; off, as at first, for evaluation.
 * Its numbers follow from `draw`: give every volume of every step another. */
void medct_vision_trainer_set_dropout(MedctVisionTrainer *trainer, gboolean on, guint64 draw);

/* v [latent], unit norm ← volume [frames][image][image], which must stay until the backward pass
 * where the patch embedding is trained. */
gboolean medct_vision_trainer_forward(MedctVisionTrainer *trainer, MedctPool *pool, float *v,
                                      const float *volume, int frames, const MedctMonitor *monitor,
                                      GError **error);
/* Of the last forward pass: tokens [t·h·w, D] before quantisation, and the codes [t·h·w] that they
 * have or would have; `codes` may be NULL. Valid until the next. */
const float *medct_vision_trainer_tokens(const MedctVisionTrainer *trainer, const int32_t **codes);
/* Output [t·h·w, D] of the spatial transformer, after its norm; valid until the backward pass. NULL
 * when nothing spatial is trained. */
const float *medct_vision_trainer_spatial(MedctVisionTrainer *trainer);
/* How many layers lie below the lowest pair, counted from the first spatial one; all when there is
 * no pair. What goes into the next layer depends on the volume and the frozen weights only, as long
 * as no weights below it are trained. */
int medct_vision_trainer_frozen(const MedctVisionTrainer *trainer);
/* That input [t·h·w, D] of the last forward pass; NULL when all layers are frozen or before. */
const float *medct_vision_trainer_prefix(const MedctVisionTrainer *trainer);
/* The forward pass from it, bit-equal to that from the volume. Not when all layers are frozen. */
gboolean medct_vision_trainer_forward_from(MedctVisionTrainer *trainer, MedctPool *pool, float *v,
                                           const float *prefix, int frames,
                                           const MedctMonitor *monitor, GError **error);
/* Where gradients come in; each may be NULL. */
typedef struct {
  const float *latent;  /* [latent] of the image latent */
  const float *tokens;  /* [t·h·w, D] of the tokens before quantisation */
  const float *spatial; /* [t·h·w, D] of the spatial transformer's output */
} MedctVisionGradient;

/* Adds the gradients of the last forward pass to those of the LoRA and of the weights. When
 * cancelled these are not to be used. Parameters must not have changed since. */
gboolean medct_vision_trainer_backward_from(MedctVisionTrainer *trainer, MedctPool *pool,
                                            const MedctVisionGradient *from,
                                            const MedctMonitor *monitor, GError **error);
/* The same from dv [latent] alone. */
gboolean medct_vision_trainer_backward(MedctVisionTrainer *trainer, MedctPool *pool,
                                       const float *dv, const MedctMonitor *monitor,
                                       GError **error);

G_END_DECLS
