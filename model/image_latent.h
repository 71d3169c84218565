/* From codes to the image latent and back (spec §4.9): mean over t of the stored embeddings,
 * to_visual_latent, unit norm. */
#pragma once

#include "model/config.h"
#include "model/pool.h"

typedef struct {
  const float *projection; /* to_visual_latent [latent, cells·D] */
  const float *codebook;   /* [K, D] as stored */
  int T, cells, D, latent; /* cells = h·w */
} MedctImageLatent;

/* v [latent] ← codes [T·cells], or where these are NULL from tokens [T·cells, D] that were not
 * quantised. *norm is that of v before it had unit length; pooled [cells·D] is written. False:
 * cancelled. */
bool medct_image_latent(float *v, double *norm, float *pooled, const MedctImageLatent *head,
                        const int32_t *codes, const float *tokens, MedctPool *pool,
                        const MedctMonitor *monitor);
/* dtokens [cells][T][D] ← dv [latent], straight through the quantisation (∂out/∂in = 1); and
 * dprojection [latent, cells·D], where not NULL, += …. */
bool medct_image_latent_backward(float *dtokens, float *dprojection, const float *dv,
                                 const float *v, double norm, const float *pooled,
                                 const MedctImageLatent *head, MedctPool *pool,
                                 const MedctMonitor *monitor);
