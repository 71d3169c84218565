/* A linear classifier with several yes-or-no answers on top of features, as pre-training hangs it
 * on tokens and on whole volumes and throws it away afterwards: weighted binary cross-entropy and
 * its gradients. Sums in double and in index order. Thread: any. */
#pragma once

#include <glib.h>
#include <stdint.h>

typedef struct {
  const float *W;                   /* [classes, D] */
  const float *b;                   /* [classes] */
  const float *positive, *negative; /* [classes]: weight of a target 1 and of a target 0 */
  int classes, D;
} MedctLinearHead;

/* Loss: the weighted cross-entropy's mean over rows and classes, of features x [n, D] and targets
 * [n, classes] of 1, 0 or other values, which are left out. Adds scale times the gradients to
 * dx [n, D], dW and db (each may be NULL). */
double medct_linear_head_loss(const MedctLinearHead *head, const float *x, const uint8_t *targets,
                              int n, double scale, float *dx, float *dW, float *db);

/* Weights that let a rare class speak as loud as a frequent one: 0.5/p for positives, at most
 * `limit`, and 0.5/(1 − p) for negatives, from the frequency p of each class. */
void medct_balanced_weights(float *positive, float *negative, const double *frequency, int classes,
                            double limit);
