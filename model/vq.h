/* Vector quantisation by cosine (spec §4.8). */
#pragma once

#include "model/config.h"
#include "model/pool.h"

typedef struct _MedctQuantiser MedctQuantiser;

/* Borrows the codebook; keeps a normalised copy of it (16 MB at full size). */
MedctQuantiser *medct_quantiser_new(const MedctTensorFile *weights, const MedctConfig *config);
/* The same from a codebook [K, D] that the caller keeps and may change … */
MedctQuantiser *medct_quantiser_from(const float *codebook, int K, int D);
/* … after which this takes the normalised copy again. */
void medct_quantiser_refresh(MedctQuantiser *quantiser);
void medct_quantiser_free(MedctQuantiser *quantiser);

/* codes [n] ← argmax_k cos(token, embed_k), the lowest of equals. tokens [n, D]. margin [n] (or
 * NULL) ← best cosine − second best. False when cancelled. */
bool medct_quantiser_run(MedctQuantiser *quantiser, MedctPool *pool, int32_t *codes, float *margin,
                         const float *tokens, int n, const MedctMonitor *monitor);
const float *medct_quantiser_codebook(const MedctQuantiser *quantiser); /* [K, D] as stored */
