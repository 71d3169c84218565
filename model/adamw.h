/* AdamW with decoupled weight decay, the learning rate's course and the clipping of gradients
 * (spec §9). Plain numbers in, plain numbers out; the same on every run. Thread: any. */
#pragma once

#include <glib.h>
#include <stdint.h>

typedef struct {
  double beta1, beta2, epsilon, weight_decay;
} MedctAdamW;

#define MEDCT_ADAMW_DEFAULT ((MedctAdamW){0.9, 0.999, 1e-8, 0.1})

/* One step on parameters [n] from gradients [n] multiplied by `factor`; first and second moments
 * [n] start at zero and belong to the caller. `step` counts from 1. */
void medct_adamw_step(const MedctAdamW *adamw, float *parameters, float *first, float *second,
                      const float *gradients, double factor, double lr, int64_t step, gsize n);

/* Euclidean norm of gradients [n], summed in index order. */
double medct_gradient_norm(const float *gradients, gsize n);
/* min(1, max_norm/(norm + 1e-6)); 1 when max_norm ≤ 0: no clipping. */
double medct_clip_factor(double norm, double max_norm);

/* Rate for step 0 … steps − 1: base·(step + 1)/warm_up while step < warm_up, then
 * base·½(1 + cos(π·progress)) with progress from 0 to 1 over what is left. */
double medct_learning_rate(double base, int64_t step, int64_t warm_up, int64_t steps);
