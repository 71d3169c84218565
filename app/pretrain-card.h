/* The model card of a pre-trained model: what it was trained on and how, its thresholds from the
 * validation patients, and what it is worth on test patients. All SYNTHETIC. Thread: any. */
#pragma once

#include "app/pretrain-recipe.h"

G_BEGIN_DECLS

/* Measures the model in `folder` on the recipe's validation and test patients, which are drawn
 * again, and writes model.json. The test labels choose nothing. */
gboolean medct_pretrain_card_write(const char *folder, const MedctPretrainRecipe *recipe,
                                   int n_threads, const MedctMonitor *monitor, GError **error);

G_END_DECLS
