/* The three objectives of fine-tuning (spec §9): loss, and its gradient with respect to latents
 * and temperature. In double; the sums run in index order. Thread: any.
 *
 * texts u [2·classes][latent]: "P is present." and "P is not present." of each class in turn;
 * volumes v [n][latent]; all of unit norm. Gradients are written, not added to. */
#pragma once

#include <glib.h>
#include <stdint.h>

typedef struct {
  const float *texts;   /* [2·classes, latent]; clip: [n, latent], the report of each volume */
  const float *volumes; /* [n, latent] */
  const int64_t
      *labels; /* [n, classes]: 1 present, 0 absent, any other value unknown; not for clip */
  int n, classes, latent;
  double scale; /* exp(temperature) */
} MedctObjectiveInput;

typedef struct {
  float *texts, *volumes; /* as in the input */
  double temperature;     /* ∂loss/∂temperature, of the logarithm of the scale */
} MedctObjectiveGradient;

/* How bce weighs its terms. All zero but positive_weight = NULL: plain binary cross-entropy. */
typedef struct {
  const double *positive_weight; /* [classes] or NULL: 1 */
  double gamma_positive;         /* positive term · (1 − p)^γ₊ */
  double gamma_negative, margin; /* negative term · pₘ^γ₋, pₘ = max(p − m, 0) */
} MedctBceOptions;

/* Mean over the known labels of (1 − p(true statement))². 0 when all are unknown. */
double medct_objective_vocab(MedctObjectiveGradient *gradient, const MedctObjectiveInput *input);
/* Mean over the known labels of the binary cross-entropy of p(present). */
double medct_objective_bce(MedctObjectiveGradient *gradient, const MedctObjectiveInput *input,
                           const MedctBceOptions *options);
/* Symmetric InfoNCE: the mean of the cross-entropies over rows and over columns of
 * scale·⟨uᵢ, vⱼ⟩. */
double medct_objective_clip(MedctObjectiveGradient *gradient, const MedctObjectiveInput *input);
