/* The vision encoder while it is trained: forward that keeps every layer's input, and the gradient
 * of its LoRA matrices from that of the image latent. Layers below the lowest pair are not entered.
 *
 * Owner: borrows weights and LoRA. Thread: one call at a time; the pool's workers do the work, and
 * sums are in an order that does not depend on them: results are equal bit for bit. Memory: one
 * copy [t·h·w, D] of the input of every layer from the lowest pair on. */
#pragma once

#include "model/config.h"
#include "model/lora.h"
#include "model/pool.h"

G_BEGIN_DECLS

typedef struct _MedctVisionTrainer MedctVisionTrainer;

MedctVisionTrainer *medct_vision_trainer_new(const MedctTensorFile *weights,
                                             const MedctConfig *config, MedctLora *lora);
void medct_vision_trainer_free(MedctVisionTrainer *trainer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MedctVisionTrainer, medct_vision_trainer_free)

/* v [latent], unit norm ← volume [frames][image][image]. */
gboolean medct_vision_trainer_forward(MedctVisionTrainer *trainer, MedctPool *pool, float *v,
                                      const float *volume, int frames, const MedctMonitor *monitor,
                                      GError **error);
/* How many layers lie below the lowest pair, counted from the first spatial one; all when there is
 * no pair. What goes into the next layer depends on the volume and the frozen weights only. */
int medct_vision_trainer_frozen(const MedctVisionTrainer *trainer);
/* That input [t·h·w, D] of the last forward pass; NULL when all layers are frozen or before. */
const float *medct_vision_trainer_prefix(const MedctVisionTrainer *trainer);
/* The forward pass from it, bit-equal to that from the volume. Not when all layers are frozen. */
gboolean medct_vision_trainer_forward_from(MedctVisionTrainer *trainer, MedctPool *pool, float *v,
                                           const float *prefix, int frames,
                                           const MedctMonitor *monitor, GError **error);
/* Adds the gradient of the last forward pass, dv [latent], to the LoRA's gradients. When cancelled
 * these are not to be used. Parameters must not have changed since. */
gboolean medct_vision_trainer_backward(MedctVisionTrainer *trainer, MedctPool *pool,
                                       const float *dv, const MedctMonitor *monitor,
                                       GError **error);

G_END_DECLS
