/* The weights of a model in writable memory, for training all or some of them: one array of numbers
 * and beside it their gradients, so that an optimiser, a gradient norm and a checkpoint see plain
 * numbers; by name they are a MedctTensorFile, from which encoders and trainers are made as from
 * any other. A trainer sees a change of the numbers at its next forward pass, anything else does
 * not.
 *
 * Owner: the caller; must outlive what is made from it. Thread: whoever changes numbers is alone.
 */
#pragma once

#include "model/config.h"

G_BEGIN_DECLS

typedef struct {
  const char *name;
  gsize at, n;      /* in parameters and gradients */
  gboolean trained; /* gradients are wanted */
} MedctWeight;

typedef struct {
  MedctTensorFile *file; /* float32, in state_dict order; its data are the parameters */
  MedctWeight *tensors;
  guint n_tensors;
  float *parameters, *gradients; /* [n] */
  gsize n;
} MedctWeights;

/* Copies every tensor that inference reads. Trained are those that PyTorch calls parameters: not
 * the codebook and not the betas of the vision encoder's norms, which are buffers (spec §4). */
MedctWeights *medct_weights_copy(const MedctTensorFile *source, const MedctConfig *config,
                                 GError **error);
void medct_weights_free(MedctWeights *weights);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MedctWeights, medct_weights_free)

/* Switches the tensors whose names begin with `prefix`; returns how many. The codebook is only
 * switched by its full name: its gradient is that of a table in which every token looks up a row.
 * The betas stay as they are. */
guint medct_weights_set_trained(MedctWeights *weights, const char *prefix, gboolean trained);
/* NULL when there is no such tensor. */
const MedctWeight *medct_weights_lookup(const MedctWeights *weights, const char *name);
/* Where the gradient of a tensor goes; NULL when it is not trained, or without weights. */
float *medct_weights_gradient(const MedctWeights *weights, const char *name);

G_END_DECLS
