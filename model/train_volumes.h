/* The volumes of a training set behind the vision encoder that is being trained. Whatever lies
 * below the lowest adapted layer is computed once a volume and kept (model/prefix_cache.h): the
 * input of that layer, or, where no layer is adapted, the latent itself (also in memory). A volume
 * that is augmented goes the whole way each time, and nothing is kept of it.
 *
 * Owner: borrows weights, LoRA and set. Thread: the training's. */
#pragma once

#include "model/train_options.h"
#include "model/train_set.h"
#include "model/vision_backward.h"

G_BEGIN_DECLS

typedef struct _MedctTrainVolumes MedctTrainVolumes;

MedctTrainVolumes *medct_train_volumes_new(const MedctTensorFile *weights,
                                           const MedctConfig *config, MedctLora *lora,
                                           const MedctTrainSet *set,
                                           const MedctTrainOptions *options, GError **error);
void medct_train_volumes_free(MedctTrainVolumes *volumes);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MedctTrainVolumes, medct_train_volumes_free)

/* Is any vision layer adapted? */
gboolean medct_train_volumes_trained(const MedctTrainVolumes *volumes);
/* Layers below the lowest adapted one; all of them when none is. */
int medct_train_volumes_frozen(const MedctTrainVolumes *volumes);
/* What is kept of a volume. */
guint64 medct_train_volumes_kept_bytes(const MedctTrainVolumes *volumes);
/* Dropout of the adapted layers in the next forward pass and its backward; off at first. */
void medct_train_volumes_set_dropout(MedctTrainVolumes *volumes, gboolean on, guint64 draw);
/* Augmentation, as the options have it, in the next forward passes; off at first. */
void medct_train_volumes_set_augmentation(MedctTrainVolumes *volumes, gboolean on, guint64 draw);
/* v [latent], unit norm ← item. */
gboolean medct_train_volumes_forward(MedctTrainVolumes *volumes, MedctPool *pool, float *v,
                                     guint item, const MedctMonitor *monitor, GError **error);
/* Adds the gradient of the last forward pass. */
gboolean medct_train_volumes_backward(MedctTrainVolumes *volumes, MedctPool *pool, const float *dv,
                                      const MedctMonitor *monitor, GError **error);

G_END_DECLS
