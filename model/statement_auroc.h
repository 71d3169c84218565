/* How well a statement and its opposite tell the volumes of a pre-training set apart. Thread: any.
 */
#pragma once

#include "model/pretrain.h"

G_BEGIN_DECLS

/* AUROC of statement `statement` of the set on items [n], whose latents are v [n, latent], by
 * u [2, latent]: the sentence and its opposite, all of unit norm. What says more than its class is
 * measured among the items that have it: whether the side or the size is told. NaN when there are
 * not both true and false ones. */
double medct_statement_auroc(const MedctPretrainSet *set, guint statement,
                             const MedctPretrainItem *const *items, guint n, const float *v,
                             const float *u, int latent);

G_END_DECLS
