/* What pre-training is made of, each against what it must compute: the codebook, the classifier on
 * top of features, the first projection, the draw of tokens. */
#include "model/codebook_learning.h"
#include "model/linear_head.h"
#include "model/projection_init.h"
#include "model/token_draw.h"
#include <math.h>
#include <string.h>

static float *
random_floats(GRand *rand, gsize n)
{
  float *x = g_new(float, n);
  for (gsize i = 0; i < n; i++)
    x[i] = (float)g_rand_double_range(rand, -1, 1);
  return x;
}

/* ---- codebook ------------------------------------------------------------------------------- */

enum { D = 6, K = 4, N = 400 };

/* Tokens in K bundles about the axes, so that there is one right answer. */
static float *
bundles(GRand *rand)
{
  float *tokens = random_floats(rand, N * D);
  for (int i = 0; i < N; i++) {
    for (int d = 0; d < D; d++)
      tokens[i * D + d] *= 0.1f;
    tokens[i * D + i % K] += 2;
  }
  return tokens;
}

static void
test_clusters(void)
{
  g_autoptr(GRand) rand = g_rand_new_with_seed(5);
  g_autofree float *tokens = bundles(rand);
  float codebooks[2][K * D];
  for (int threads = 1; threads <= 2; threads++) {
    MedctPool *pool = medct_pool_new(threads);
    g_assert_true(
        medct_codebook_cluster(codebooks[threads - 1], K, D, tokens, N, 12, 1, pool, NULL));
    medct_pool_free(pool);
  }
  g_assert_cmpmem(codebooks[0], sizeof codebooks[0], codebooks[1], sizeof codebooks[1]);
  /* Each axis is met by one code, of the bundle's own length. */
  for (int axis = 0; axis < K; axis++) {
    int met = 0;
    for (int k = 0; k < K; k++)
      met += fabsf(codebooks[0][k * D + axis] - 2) < 0.05f;
    g_assert_cmpint(met, ==, 1);
  }
}

static void
test_average_follows_and_revives(void)
{
  float codebook[2 * 2] = {1, 0, 0, 1}, tokens[3 * 2] = {4, 0, 4, 0, 4, 0};
  int32_t codes[3] = {0, 0, 0};
  MedctCodebookAverage average;
  medct_codebook_average_init(&average, codebook, 2, 2, 3);
  average.decay = 0.5;
  g_assert_cmpint(medct_codebook_average_step(&average, codebook, tokens, codes, 3, 1), ==, 0);
  /* counts 3·½ + 3·½, sums 3·½ + 12·½ */
  g_assert_cmpfloat_with_epsilon(codebook[0], 2.5f, 1e-6);
  g_assert_cmpfloat(codebook[3], ==, 1);
  int replaced = 0;
  for (int step = 0; step < 3 && replaced == 0; step++)
    replaced = medct_codebook_average_step(&average, codebook, tokens, codes, 3, 2 + step);
  g_assert_cmpint(replaced, ==, 1);
  g_assert_cmpfloat(codebook[2], ==, 4);
  /* As if met once: what it was before is forgotten, and half of three tokens comes to half of one.
   */
  codes[0] = codes[1] = codes[2] = 1;
  const float found[3 * 2] = {0, 2, 0, 2, 0, 2};
  g_assert_cmpint(medct_codebook_average_step(&average, codebook, found, codes, 3, 9), ==, 0);
  g_assert_cmpfloat_with_epsilon(codebook[2], 4 * 0.5f / 2, 1e-6);
  g_assert_cmpfloat_with_epsilon(codebook[3], 6 * 0.5f / 2, 1e-6);
  medct_codebook_average_clear(&average);
}

/* Most tokens are the same, so most codes begin there and all but one of them are never met: they
 * are drawn anew until each of the rare kinds has one. */
static void
test_empty_clusters_become_tokens(void)
{
  enum { TOKENS = 40, KINDS = 4 };
  float tokens[TOKENS * KINDS] = {0}, codebook[KINDS * KINDS];
  int n_whole = 0;
  for (int i = 0; i < TOKENS; i++) {
    int kind = i % 10 == 7 ? 1 + i / 10 % 3 : 0;
    tokens[i * KINDS + kind] = (float)(2 + kind);
  }
  MedctPool *pool = medct_pool_new(1);
  for (guint64 seed = 1; seed <= 20; seed++) {
    int met = 0;
    g_assert_true(
        medct_codebook_cluster(codebook, KINDS, KINDS, tokens, TOKENS, 60, seed, pool, NULL));
    for (int kind = 0; kind < KINDS; kind++)
      for (int k = 0; k < KINDS; k++)
        if (codebook[k * KINDS + kind] == (float)(2 + kind)) {
          met++;
          break;
        }
    n_whole += met == KINDS;
  }
  g_assert_cmpint(n_whole, >=, 15);
  medct_pool_free(pool);
}

/* ---- classifier ----------------------------------------------------------------------------- */

enum { ROWS = 300, CLASSES = 3 };

/* What the loss is, one logit after the other. */
static double
naive_loss(const MedctLinearHead *head, const float *x, const uint8_t *targets, int n)
{
  double loss = 0;
  for (int i = 0; i < n; i++)
    for (int k = 0; k < head->classes; k++) {
      double logit = head->b[k];
      for (int d = 0; d < head->D; d++)
        logit += (double)x[i * head->D + d] * head->W[k * head->D + d];
      double p = 1 / (1 + exp(-logit));
      uint8_t target = targets[i * head->classes + k];
      if (target == 1)
        loss -= head->positive[k] * log(p);
      else if (target == 0)
        loss -= head->negative[k] * log(1 - p);
    }
  return loss / (n * head->classes);
}

static void
test_head_gradients(void)
{
  g_autoptr(GRand) rand = g_rand_new_with_seed(6);
  g_autofree float *x = random_floats(rand, ROWS * D), *W = random_floats(rand, CLASSES * D);
  g_autofree float *b = random_floats(rand, CLASSES);
  const float positive[CLASSES] = {3, 1, 20}, negative[CLASSES] = {0.6f, 1, 0.5f};
  g_autofree uint8_t *targets = g_new(uint8_t, ROWS * CLASSES);
  for (int i = 0; i < ROWS * CLASSES; i++)
    targets[i] = (uint8_t)g_rand_int_range(rand, 0, 3); /* 2: unknown */
  MedctLinearHead head = {W, b, positive, negative, CLASSES, D};
  g_autofree float *dx = g_new0(float, ROWS *D), *dW = g_new0(float, CLASSES *D);
  g_autofree float *db = g_new0(float, CLASSES);
  double loss = medct_linear_head_loss(&head, x, targets, ROWS, 1, dx, dW, db);
  g_assert_cmpfloat_with_epsilon(loss, naive_loss(&head, x, targets, ROWS), 1e-6);
  struct {
    float *values, *gradient;
    int n;
  } parts[] = {{x, dx, ROWS * D}, {W, dW, CLASSES * D}, {b, db, CLASSES}};
  for (guint p = 0; p < G_N_ELEMENTS(parts); p++)
    for (int i = 0; i < parts[p].n; i += 1 + parts[p].n / 7) {
      float kept = parts[p].values[i], step = 1e-2f;
      parts[p].values[i] = kept + step;
      double up = medct_linear_head_loss(&head, x, targets, ROWS, 0, NULL, NULL, NULL);
      parts[p].values[i] = kept - step;
      double down = medct_linear_head_loss(&head, x, targets, ROWS, 0, NULL, NULL, NULL);
      parts[p].values[i] = kept;
      g_assert_cmpfloat_with_epsilon(parts[p].gradient[i], (up - down) / (2 * (double)step), 1e-5);
    }
}

static void
test_head_bears_large_logits(void)
{
  const float x[1] = {1}, W[1] = {1e4f}, b[1] = {0}, one[1] = {1};
  const uint8_t absent[1] = {0}, present[1] = {1};
  MedctLinearHead head = {W, b, one, one, 1, 1};
  g_assert_cmpfloat(medct_linear_head_loss(&head, x, absent, 1, 0, NULL, NULL, NULL), ==, 1e4);
  g_assert_cmpfloat(medct_linear_head_loss(&head, x, present, 1, 0, NULL, NULL, NULL), ==, 0);
}

static void
test_balanced_weights(void)
{
  const double frequency[3] = {0.5, 0.01, 0};
  float positive[3], negative[3];
  medct_balanced_weights(positive, negative, frequency, 3, 30);
  g_assert_cmpfloat(positive[0], ==, 1);
  g_assert_cmpfloat(positive[1], ==, 30);
  g_assert_cmpfloat(positive[2], ==, 30);
  g_assert_cmpfloat_with_epsilon(negative[1], 0.5 / 0.99, 1e-6);
}

/* ---- projection ----------------------------------------------------------------------------- */

static void
test_projection_begins_without_the_constant(void)
{
  enum { LATENT = 5, CELLS = 3, VOLUMES = 200 };
  g_autoptr(GRand) rand = g_rand_new_with_seed(7);
  g_autofree float *pooled = random_floats(rand, VOLUMES * D);
  for (int i = 0; i < VOLUMES; i++)
    for (int d = 0; d < D; d++)
      pooled[i * D + d] = pooled[i * D + d] * (d == 2 ? 1 : 0.05f) + 3;
  const float direction[D] = {1, -1};
  float projection[LATENT * CELLS * D];
  MedctProjectionData data = {pooled, direction, VOLUMES, D, 1, CELLS};
  medct_projection_init(projection, LATENT, &data);
  double mean[LATENT] = {0}, square[LATENT] = {0};
  for (int i = 0; i < VOLUMES; i++)
    for (int r = 0; r < LATENT; r++) {
      double z = 0;
      for (int cell = 0; cell < CELLS; cell++)
        for (int d = 0; d < D; d++)
          z += (double)projection[(r * CELLS + cell) * D + d] * pooled[i * D + d];
      mean[r] += z / VOLUMES;
      square[r] += z * z / VOLUMES;
    }
  for (int r = 0; r < LATENT - 1; r++)
    g_assert_cmpfloat_with_epsilon(mean[r], 0, 1e-4);
  /* The direction that was given answers to its difference, but for a constant. */
  double covariance = 0, variance = 0, mean_of_given = 0;
  for (int i = 0; i < VOLUMES; i++)
    mean_of_given += (double)(pooled[i * D] - pooled[i * D + 1]) / VOLUMES;
  for (int i = 0; i < VOLUMES; i++) {
    double given = (double)(pooled[i * D] - pooled[i * D + 1]) - mean_of_given, z = 0;
    for (int cell = 0; cell < CELLS; cell++)
      for (int d = 0; d < D; d++)
        z += (double)projection[cell * D + d] * pooled[i * D + d];
    covariance += given * z / VOLUMES;
    variance += given * given / VOLUMES;
  }
  g_assert_cmpfloat_with_epsilon(covariance / variance, 1, 0.05);
  /* The first principal direction, the one that varies, has the scale of all of them. */
  g_assert_cmpfloat_with_epsilon(sqrt(square[1]), 0.4, 0.02);
  g_assert_cmpfloat_with_epsilon(mean[LATENT - 1], 2, 1e-3);
  g_assert_cmpfloat(square[LATENT - 1] - mean[LATENT - 1] * mean[LATENT - 1], <, 0.01);
}

/* ---- tokens --------------------------------------------------------------------------------- */

/* One token of 1,000 shows class 0, ten show class 1, none shows class 2; one of class 1 is
 * unknown. Half of the draws go to what shows something, each class with an even share (class 2's
 * falls to the next), the rest to all tokens alike. */
static void
test_tokens_of_small_findings_are_drawn(void)
{
  enum { TOKENS = 1000, FINDINGS = 3, DRAWS = 20000 };
  g_autofree guint8 *targets = g_new0(guint8, TOKENS * FINDINGS);
  g_autofree int *drawn = g_new0(int, TOKENS);
  targets[700 * FINDINGS] = 1;
  for (int i = 100; i < 110; i++)
    targets[i * FINDINGS + 1] = 1;
  targets[500 * FINDINGS + 1] = 2;
  for (int n = 0; n < DRAWS; n++) {
    int token = medct_token_draw(targets, TOKENS, FINDINGS, (guint64)(2 * n));
    g_assert_cmpint(token, >=, 0);
    g_assert_cmpint(token, <, TOKENS);
    drawn[token]++;
  }
  int second = 0, others = 0;
  for (int i = 0; i < TOKENS; i++)
    if (i >= 100 && i < 110) {
      second += drawn[i];
      g_assert_cmpint(drawn[i], >, DRAWS / 6 / 10 / 2);
    } else if (i != 700) {
      others += drawn[i];
      g_assert_cmpint(drawn[i], <, DRAWS / 2 / TOKENS * 4);
    }
  g_assert_cmpfloat_with_epsilon((double)drawn[700] / DRAWS, 1 / 3.0, 0.02);
  g_assert_cmpfloat_with_epsilon((double)second / DRAWS, 1 / 6.0, 0.02);
  g_assert_cmpfloat_with_epsilon((double)others / DRAWS, 1 / 2.0, 0.02);
  memset(targets, 0, TOKENS * FINDINGS);
  for (int n = 0; n < 100; n++) /* nothing to see: all alike */
    g_assert_cmpint(medct_token_draw(targets, TOKENS, FINDINGS, (guint64)(2 * n)), <, TOKENS);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/pretrain-parts/codebook/clusters", test_clusters);
  g_test_add_func("/pretrain-parts/codebook/average", test_average_follows_and_revives);
  g_test_add_func("/pretrain-parts/codebook/empty-clusters", test_empty_clusters_become_tokens);
  g_test_add_func("/pretrain-parts/head/gradients", test_head_gradients);
  g_test_add_func("/pretrain-parts/head/large-logits", test_head_bears_large_logits);
  g_test_add_func("/pretrain-parts/head/balanced", test_balanced_weights);
  g_test_add_func("/pretrain-parts/projection", test_projection_begins_without_the_constant);
  g_test_add_func("/pretrain-parts/tokens", test_tokens_of_small_findings_are_drawn);
  return g_test_run();
}
