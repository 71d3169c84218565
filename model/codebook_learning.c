#include "model/codebook_learning.h"
#include "model/vq.h"
#include <string.h>

/* GRand is bit-equal everywhere for a seed. */
static GRand *
rand_from(guint64 seed)
{
  const guint32 words[] = {(guint32)seed, (guint32)(seed >> 32)};
  return g_rand_new_with_seed_array(words, G_N_ELEMENTS(words));
}

static void
begin_at_tokens(float *codebook, int K, int D, const float *tokens, int n, GRand *rand)
{
  g_autofree int *order = g_new(int, n);
  for (int i = 0; i < n; i++)
    order[i] = i;
  for (int k = 0; k < K; k++) {
    int other = g_rand_int_range(rand, k, n), drawn = order[other];
    order[other] = order[k];
    order[k] = drawn;
    memcpy(codebook + (gsize)k * D, tokens + (gsize)drawn * D, sizeof(float) * D);
  }
}

static void
take_token(float *entry, int D, const float *tokens, int n, GRand *rand)
{
  memcpy(entry, tokens + (gsize)g_rand_int_range(rand, 0, n) * D, sizeof(float) * D);
}

/* counts [K] and sums [K, D] are written. */
static void
sum_by_code(double *counts, double *sums, int K, int D, const float *tokens, const int32_t *codes,
            int n)
{
  memset(counts, 0, sizeof *counts * K);
  memset(sums, 0, sizeof *sums * (gsize)K * D);
  for (int i = 0; i < n; i++) {
    double *sum = sums + (gsize)codes[i] * D;
    counts[codes[i]]++;
    for (int d = 0; d < D; d++)
      sum[d] += tokens[(gsize)i * D + d];
  }
}

gboolean
medct_codebook_cluster(float *codebook, int K, int D, const float *tokens, int n, int rounds,
                       guint64 seed, MedctPool *pool, const MedctMonitor *monitor)
{
  g_autoptr(GRand) rand = rand_from(seed);
  g_autofree int32_t *codes = g_new(int32_t, n);
  g_autofree double *counts = g_new(double, K), *sums = g_new(double, (gsize)K *D);
  begin_at_tokens(codebook, K, D, tokens, n, rand);
  MedctQuantiser *quantiser = medct_quantiser_from(codebook, K, D);
  gboolean done = TRUE;
  for (int round = 0; done && round < rounds; round++) {
    medct_quantiser_refresh(quantiser);
    done = medct_quantiser_run(quantiser, pool, codes, NULL, tokens, n, monitor);
    if (!done)
      break;
    sum_by_code(counts, sums, K, D, tokens, codes, n);
    for (int k = 0; k < K; k++) {
      float *entry = codebook + (gsize)k * D;
      if (counts[k] == 0)
        take_token(entry, D, tokens, n, rand);
      for (int d = 0; counts[k] > 0 && d < D; d++)
        entry[d] = (float)(sums[(gsize)k * D + d] / counts[k]);
    }
  }
  medct_quantiser_free(quantiser);
  return done;
}

void
medct_codebook_average_init(MedctCodebookAverage *a, const float *codebook, int K, int D,
                            double count)
{
  *a = (MedctCodebookAverage){.K = K, .D = D, .decay = 0.98, .dead = 0.5};
  a->counts = g_new(double, K);
  a->sums = g_new(double, (gsize)K *D);
  for (int k = 0; k < K; k++)
    a->counts[k] = count;
  for (gsize i = 0; i < (gsize)K * D; i++)
    a->sums[i] = count * (double)codebook[i];
}

void
medct_codebook_average_clear(MedctCodebookAverage *a)
{
  g_clear_pointer(&a->counts, g_free);
  g_clear_pointer(&a->sums, g_free);
}

int
medct_codebook_average_step(MedctCodebookAverage *a, float *codebook, const float *tokens,
                            const int32_t *codes, int n, guint64 seed)
{
  g_autoptr(GRand) rand = rand_from(seed);
  g_autofree double *counts = g_new(double, a->K), *sums = g_new(double, (gsize)a->K * a->D);
  int replaced = 0;
  sum_by_code(counts, sums, a->K, a->D, tokens, codes, n);
  for (int k = 0; k < a->K; k++) {
    float *entry = codebook + (gsize)k * a->D;
    double *sum = a->sums + (gsize)k * a->D;
    a->counts[k] = a->decay * a->counts[k] + (1 - a->decay) * counts[k];
    for (int d = 0; d < a->D; d++)
      sum[d] = a->decay * sum[d] + (1 - a->decay) * sums[(gsize)k * a->D + d];
    if (a->counts[k] < a->dead) {
      take_token(entry, a->D, tokens, n, rand);
      /* As if met once a step, so that it has time to find its place. */
      a->counts[k] = 1;
      for (int d = 0; d < a->D; d++)
        sum[d] = entry[d];
      replaced++;
    } else {
      for (int d = 0; d < a->D; d++)
        entry[d] = (float)(sum[d] / a->counts[k]);
    }
  }
  return replaced;
}
