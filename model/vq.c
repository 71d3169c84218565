#include "model/vq.h"
#include "model/matmul.h"
#include <math.h>
#include <string.h>

#define BLOCK_ROWS  288
#define BLOCK_CODES 1024

struct _MedctQuantiser {
  const float *codebook; /* [K, D] as stored */
  float *unit;           /* [K, D] normalised */
  int K, D;
};

typedef struct {
  const MedctQuantiser *quantiser;
  int32_t *codes;
  float *margin;
  const float *tokens;
  int n;
  float *similarity; /* threads · [BLOCK_ROWS, BLOCK_CODES] */
} Pass;

MedctQuantiser *
medct_quantiser_from(const float *codebook, int K, int D)
{
  MedctQuantiser *q = g_new0(MedctQuantiser, 1);
  q->codebook = codebook;
  q->K = K;
  q->D = D;
  q->unit = g_aligned_alloc((gsize)K * D, sizeof(float), 64);
  medct_quantiser_refresh(q);
  return q;
}

void
medct_quantiser_refresh(MedctQuantiser *q)
{
  memcpy(q->unit, q->codebook, sizeof(float) * (gsize)q->K * q->D);
  g_autofree float *ones = g_new(float, q->D);
  for (int d = 0; d < q->D; d++)
    ones[d] = 1;
  medct_kernels()->normalise_heads(q->unit, ones, q->K, 1, q->D, q->D);
}

MedctQuantiser *
medct_quantiser_new(const MedctTensorFile *weights, const MedctConfig *config)
{
  const char name[] = "visual_transformer.vq._codebook.embed";
  return medct_quantiser_from(medct_tensor_file_lookup(weights, name)->data, config->codebook,
                              config->dim);
}

void
medct_quantiser_free(MedctQuantiser *quantiser)
{
  if (quantiser == NULL)
    return;
  g_aligned_free(quantiser->unit);
  g_free(quantiser);
}

const float *
medct_quantiser_codebook(const MedctQuantiser *quantiser)
{
  return quantiser->codebook;
}

typedef struct {
  float best, second;
  int32_t code;
} Best;

/* row [n] holds similarities of codes first …; the token's own norm does not move the argmax. */
static void
take_best(Best *best, float *row, int first, int n, gboolean want_second)
{
  float value;
  int index = medct_kernels()->argmax(&value, row, n);
  if (value > best->best) {
    best->second = best->best;
    best->best = value;
    best->code = first + index;
    row[index] = -INFINITY;
  }
  if (want_second) {
    medct_kernels()->argmax(&value, row, n);
    best->second = fmaxf(best->second, value);
  }
}

static void
quantise_block(int item, int worker, void *data)
{
  Pass *pass = data;
  const MedctQuantiser *q = pass->quantiser;
  int first = item * BLOCK_ROWS, rows = MIN(BLOCK_ROWS, pass->n - first);
  const float *tokens = pass->tokens + (gsize)first * q->D;
  float *similarity = pass->similarity + (gsize)worker * BLOCK_ROWS * BLOCK_CODES;
  Best best[BLOCK_ROWS];
  for (int r = 0; r < rows; r++)
    best[r] = (Best){-INFINITY, -INFINITY, 0};
  for (int k = 0; k < q->K; k += BLOCK_CODES) {
    int n = MIN(BLOCK_CODES, q->K - k);
    medct_product(similarity, n, tokens, q->D, q->unit + (gsize)k * q->D, q->D, TRUE, 1, 0, rows, n,
                  q->D);
    for (int r = 0; r < rows; r++)
      take_best(&best[r], similarity + (gsize)r * n, k, n, pass->margin != NULL);
  }
  for (int r = 0; r < rows; r++) {
    const float *token = tokens + (gsize)r * q->D;
    pass->codes[first + r] = best[r].code;
    if (pass->margin)
      pass->margin[first + r] = (best[r].best - best[r].second) /
                                fmaxf(sqrtf(medct_kernels()->dot(token, token, q->D)), 1e-12f);
  }
}

bool
medct_quantiser_run(MedctQuantiser *quantiser, MedctPool *pool, int32_t *codes, float *margin,
                    const float *tokens, int n, const MedctMonitor *monitor)
{
  gsize per_worker = (gsize)BLOCK_ROWS * BLOCK_CODES;
  float *similarity = g_aligned_alloc(per_worker * medct_pool_threads(pool), sizeof(float), 64);
  Pass pass = {quantiser, codes, margin, tokens, n, similarity};
  bool done = medct_pool_run(pool, (n + BLOCK_ROWS - 1) / BLOCK_ROWS, quantise_block, &pass,
                             monitor, 0.85, 0.98, "quantisation");
  g_aligned_free(similarity);
  return done;
}
