/* The part of golden-check that compares losses, gradients and optimiser steps. */
#pragma once

#include "model/ctclip.h"

/* Called with the largest error of each tensor and its bound. */
typedef void (*GoldenReport)(const char *name, double error, double bound, const char *unit,
                             void *user_data);

/* `train` holds what the reference computed from the volumes and prompts of `inputs` (a golden
 * forward file) with the base weights of `model` and the adapter. FALSE when the files cannot be
 * used. */
gboolean golden_train_check(MedctModel *model, const MedctAdapter *adapter,
                            const MedctTensorFile *inputs, const MedctTensorFile *train,
                            GoldenReport report, void *user_data, GError **error);
