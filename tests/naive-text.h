/* The text encoder of spec §5 written down plainly in double, a sentence at a time: the twin that
 * gradients are held against. */
#pragma once

#include "model/config.h"

/* ids [n] with [CLS] first → z [latent], to_text_latent of [CLS] before it gets unit length. */
void naive_text(double *z, const MedctTensorFile *weights, const MedctConfig *config,
                const int32_t *ids, int n);
