/* The gradient of every weight of both encoders against central differences of the naive twins in
 * double; where gradients come in; what is left out; equal bits for any number of threads. */
#include "model/random_weights.h"
#include "model/text_backward.h"
#include "model/vision_backward.h"
#include "tests/naive-text.h"
#include "tests/naive-vision.h"
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#define SAMPLES  6 /* elements of each tensor */
#define FRAMES   6
#define CODEBOOK "visual_transformer.vq._codebook.embed"

enum { N_TEXTS = 3 };

static const int32_t ids[] = {2, 17, 9, 11, 17, 3};
static const MedctSentence sentences[N_TEXTS] = {{ids, 6}, {ids, 2}, {ids + 1, 4}};

typedef struct {
  MedctConfig config;
  MedctWeights *weights;
  float *volume;
  int tokens; /* t·h·w */
  /* the loss is the sum of products with these */
  float *w_latent, *w_tokens, *w_spatial, *w_texts;
  int32_t *codes; /* NULL: not quantised */
  gsize room;     /* for activations */
} Fixture;

static float *
numbers(GRand *rand, gsize n, double spread)
{
  float *x = g_new(float, n);
  for (gsize i = 0; i < n; i++)
    x[i] = (float)g_rand_double_range(rand, -spread, spread);
  return x;
}

static MedctConfig
tiny(void)
{
  MedctConfig c;
  g_autoptr(GError) error = NULL;
  medct_config_named("mini", &c, &error);
  g_assert_no_error(error);
  c.dim = 12;
  c.image = 12;
  c.patch = 4;
  c.temporal_patch = 2;
  c.spatial_layers = c.temporal_layers = 2;
  c.heads = 2;
  c.dim_head = 6;
  c.ff_inner = 32;
  c.codebook = 9;
  c.frames = FRAMES;
  c.text_hidden = 16;
  c.text_layers = 2;
  c.text_heads = 4;
  c.text_inter = 20;
  c.text_vocab = 20;
  c.text_positions = 8;
  c.latent = 5;
  return c;
}

/* Gains around 1, everything else lively, buffers as they are. */
static void
shake(MedctWeights *w, GRand *rand)
{
  for (guint i = 0; i < w->n_tensors; i++) {
    const MedctTensor *t = medct_tensor_file_lookup(w->file, w->tensors[i].name);
    if (g_str_has_suffix(t->name, ".beta"))
      continue;
    float *x = w->parameters + w->tensors[i].at;
    for (gsize k = 0; k < w->tensors[i].n; k++)
      x[k] += (float)g_rand_double_range(rand, -0.3, 0.3);
  }
}

static void
set_up(Fixture *f, gconstpointer data)
{
  g_autoptr(GRand) rand = g_rand_new_with_seed(4);
  g_autoptr(GError) error = NULL;
  g_autofree char *path =
      g_strdup_printf("%s/medct-gradients-%d.safetensors", g_get_tmp_dir(), getpid());
  f->config = tiny();
  f->room = 1 << 20;
  g_assert_true(medct_random_weights_write(path, &f->config, 3, FALSE, &error));
  g_autoptr(MedctTensorFile) file = medct_tensor_file_open(path, &error);
  g_assert_no_error(error);
  f->weights = medct_weights_copy(file, &f->config, &error);
  g_assert_no_error(error);
  g_unlink(path);
  shake(f->weights, rand);
  int grid = f->config.image / f->config.patch;
  f->tokens = FRAMES / f->config.temporal_patch * grid * grid;
  gsize floats = (gsize)f->tokens * f->config.dim;
  f->volume = numbers(rand, (gsize)FRAMES * f->config.image * f->config.image, 1);
  f->w_latent = numbers(rand, f->config.latent, 1);
  f->w_tokens = numbers(rand, floats, 0.02);
  f->w_spatial = numbers(rand, floats, 0.02);
  f->w_texts = numbers(rand, (gsize)N_TEXTS * f->config.latent, 1);
}

static void
tear_down(Fixture *f, gconstpointer data)
{
  medct_weights_free(f->weights);
  g_free(f->volume);
  g_free(f->w_latent);
  g_free(f->w_tokens);
  g_free(f->w_spatial);
  g_free(f->w_texts);
  g_free(f->codes);
}

/* ---- the loss in double
 * --------------------------------------------------------------------------------- */

/* ⟨w, z/‖z‖⟩ */
static double
along(const float *w, const double *z, int n)
{
  double dot = 0, norm = 0;
  for (int i = 0; i < n; i++) {
    dot += w[i] * z[i];
    norm += z[i] * z[i];
  }
  return dot / sqrt(norm);
}

static double
dot(const float *w, const double *x, gsize n)
{
  double sum = 0;
  for (gsize i = 0; i < n; i++)
    sum += w[i] * x[i];
  return sum;
}

static double
vision_loss(const Fixture *f)
{
  const MedctConfig *c = &f->config;
  const MedctTensorFile *file = f->weights->file;
  const float *W = medct_tensor_file_lookup(file, "to_visual_latent.weight")->data;
  const float *embed = medct_tensor_file_lookup(file, CODEBOOK)->data;
  g_autofree double *spatial = NULL;
  g_autofree double *tokens = naive_vision(file, c, f->volume, FRAMES, &spatial);
  int T = FRAMES / c->temporal_patch, D = c->dim, cells = f->tokens / T;
  g_autofree double *pooled = g_new0(double, cells *D), *z = g_new0(double, c->latent);
  for (int i = 0; i < f->tokens; i++)
    for (int d = 0; d < D; d++)
      pooled[i % cells * D + d] += (f->codes ? embed[f->codes[i] * D + d] : tokens[i * D + d]) / T;
  for (int o = 0; o < c->latent; o++)
    for (int i = 0; i < cells * D; i++)
      z[o] += (double)W[(gsize)o * cells * D + i] * pooled[i];
  double loss = along(f->w_latent, z, c->latent);
  if (f->codes == NULL)
    loss += dot(f->w_tokens, tokens, (gsize)f->tokens * D) +
            dot(f->w_spatial, spatial, (gsize)f->tokens * D);
  return loss;
}

static double
text_loss(const Fixture *f)
{
  double loss = 0;
  g_autofree double *z = g_new(double, f->config.latent);
  for (int s = 0; s < N_TEXTS; s++) {
    naive_text(z, f->weights->file, &f->config, sentences[s].ids, sentences[s].n);
    loss += along(f->w_texts + s * f->config.latent, z, f->config.latent);
  }
  return loss;
}

/* ---- the gradients
 * -------------------------------------------------------------------------------------- */

static void
vision_gradients(Fixture *f, int threads)
{
  g_autoptr(GError) error = NULL;
  g_autofree float *v = g_new(float, f->config.latent);
  g_autoptr(MedctVisionTrainer) t = medct_vision_trainer_new_full(f->weights, &f->config, NULL);
  MedctVisionGradient from = {.latent = f->w_latent};
  MedctPool *pool = medct_pool_new(threads);
  memset(f->weights->gradients, 0, sizeof(float) * f->weights->n);
  medct_vision_trainer_set_quantised(t, f->codes != NULL);
  medct_vision_trainer_set_room(t, f->room);
  g_assert_true(medct_vision_trainer_forward(t, pool, v, f->volume, FRAMES, NULL, &error));
  if (f->codes == NULL) {
    from.tokens = f->w_tokens;
    from.spatial = f->w_spatial;
  } else {
    const int32_t *codes;
    medct_vision_trainer_tokens(t, &codes);
    memcpy(f->codes, codes, sizeof *codes * f->tokens);
  }
  g_assert_true(medct_vision_trainer_backward_from(t, pool, &from, NULL, &error));
  medct_pool_free(pool);
}

static void
text_gradients(Fixture *f, int threads)
{
  g_autoptr(GError) error = NULL;
  g_autofree float *u = g_new(float, N_TEXTS * f->config.latent);
  g_autoptr(MedctTextTrainer) t = medct_text_trainer_new_full(f->weights, &f->config, NULL);
  MedctPool *pool = medct_pool_new(threads);
  memset(f->weights->gradients, 0, sizeof(float) * f->weights->n);
  g_assert_true(medct_text_trainer_forward(t, pool, u, sentences, N_TEXTS, NULL, &error));
  g_assert_true(medct_text_trainer_backward(t, pool, f->w_texts, NULL, &error));
  medct_pool_free(pool);
}

static double
difference(const Fixture *f, double (*loss)(const Fixture *), float *x)
{
  float kept = *x, above = kept + 2e-5f, below = kept - 2e-5f;
  *x = above;
  double high = loss(f);
  *x = below;
  double low = loss(f);
  *x = kept;
  return (high - low) / ((double)above - below);
}

/* The element with the largest gradient, the first, and some others. */
static void
compare_tensor(const Fixture *f, const MedctWeight *w, double (*loss)(const Fixture *), GRand *rand)
{
  const float *g = f->weights->gradients + w->at;
  gsize largest = 0;
  for (gsize i = 1; i < w->n; i++)
    largest = fabsf(g[i]) > fabsf(g[largest]) ? i : largest;
  double top = fabs(g[largest]);
  for (int s = 0; s < SAMPLES; s++) {
    gsize i = s == 0 ? largest : s == 1 ? 0 : (gsize)g_rand_int_range(rand, 0, (gint32)w->n);
    double want = difference(f, loss, f->weights->parameters + w->at + i);
    if (!(fabs(g[i] - want) <= 1e-4 * top + 2e-6))
      g_error("%s[%zu]: the gradient is %g, differences give %g", w->name, i, g[i], want);
  }
}

static void
compare_all(const Fixture *f, double (*loss)(const Fixture *), const char *part,
            const char *projection)
{
  g_autoptr(GRand) rand = g_rand_new_with_seed(9);
  int n = 0;
  for (guint i = 0; i < f->weights->n_tensors; i++) {
    const MedctWeight *w = &f->weights->tensors[i];
    if (!w->trained || !(g_str_has_prefix(w->name, part) || g_str_equal(w->name, projection)))
      continue;
    gsize k = 0;
    while (k < w->n && f->weights->gradients[w->at + k] == 0)
      k++;
    g_assert_cmpuint(k, <, w->n); /* each tensor gets something */
    compare_tensor(f, w, loss, rand);
    n++;
  }
  g_assert_cmpint(n, >, 30);
}

static void
test_vision(Fixture *f, gconstpointer data)
{
  vision_gradients(f, 2);
  compare_all(f, vision_loss, "visual_transformer.", "to_visual_latent.weight");
}

/* What was not kept is computed again; half of the layers, or all. */
static void
test_recomputation(Fixture *f, gconstpointer data)
{
  gsize n = f->weights->n, layer = sizeof(float) * (gsize)f->tokens * (12 + 64);
  vision_gradients(f, 2);
  g_autofree float *kept = g_memdup2(f->weights->gradients, sizeof(float) * n);
  for (f->room = 0; f->room <= 2 * layer; f->room += 2 * layer) {
    double worst = 0, top = 0;
    vision_gradients(f, 2);
    for (gsize i = 0; i < n; i++) {
      worst = fmax(worst, fabs((double)kept[i] - f->weights->gradients[i]));
      top = fmax(top, fabs((double)kept[i]));
    }
    g_assert_cmpfloat(worst, <, 1e-5 * top);
    compare_all(f, vision_loss, "visual_transformer.", "to_visual_latent.weight");
  }
}

static void
test_text(Fixture *f, gconstpointer data)
{
  text_gradients(f, 2);
  compare_all(f, text_loss, "text_transformer.", "to_text_latent.weight");
}

/* Quantised, the loss sees the codebook and the projection; the tokens get theirs straight through:
 * that is what the golden gradients are about. */
static void
test_quantised(Fixture *f, gconstpointer data)
{
  static const char *const names[] = {CODEBOOK, "to_visual_latent.weight"};
  g_autoptr(GRand) rand = g_rand_new_with_seed(9);
  f->codes = g_new(int32_t, f->tokens);
  g_assert_false(medct_weights_lookup(f->weights, CODEBOOK)->trained);
  g_assert_cmpuint(medct_weights_set_trained(f->weights, CODEBOOK, TRUE), ==, 1);
  vision_gradients(f, 2);
  for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
    compare_tensor(f, medct_weights_lookup(f->weights, names[i]), vision_loss, rand);
}

static void
test_threads(Fixture *f, gconstpointer data)
{
  g_autofree float *vision = NULL, *text = NULL;
  gsize bytes = sizeof(float) * f->weights->n;
  for (int threads = 1; threads <= 4; threads++) {
    vision_gradients(f, threads);
    if (vision == NULL)
      vision = g_memdup2(f->weights->gradients, bytes);
    g_assert_cmpmem(f->weights->gradients, bytes, vision, bytes);
    text_gradients(f, threads);
    if (text == NULL)
      text = g_memdup2(f->weights->gradients, bytes);
    g_assert_cmpmem(f->weights->gradients, bytes, text, bytes);
  }
}

/* One tensor alone gets the same gradient as among all, and the others get none. */
static void
test_alone(Fixture *f, gconstpointer data)
{
  static const char *const names[] = {
      "visual_transformer.enc_spatial_transformer.norm_out.gamma",
      "visual_transformer.enc_temporal_transformer.norm_out.gamma",
      "visual_transformer.enc_temporal_transformer.layers.1.0.dsconv.bias",
      "visual_transformer.spatial_rel_pos_bias.net.1.0.bias",
      "visual_transformer.to_patch_emb.3.bias",
      "to_visual_latent.weight"};
  MedctWeights *w = f->weights;
  vision_gradients(f, 2);
  g_autofree float *all = g_memdup2(w->gradients, sizeof(float) * w->n);
  for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
    medct_weights_set_trained(w, "", FALSE);
    g_assert_cmpuint(medct_weights_set_trained(w, names[i], TRUE), ==, 1);
    vision_gradients(f, 2);
    const MedctWeight *one = medct_weights_lookup(w, names[i]);
    g_assert_cmpmem(w->gradients + one->at, sizeof(float) * one->n, all + one->at,
                    sizeof(float) * one->n);
    for (gsize k = 0; k < w->n; k++)
      g_assert_true((k >= one->at && k < one->at + one->n) || w->gradients[k] == 0);
  }
}

/* A step along the gradient is seen by the next forward pass, with all that is made from weights.
 */
static void
test_change(Fixture *f, gconstpointer data)
{
  g_autoptr(GError) error = NULL;
  g_autofree float *v = g_new(float, f->config.latent), *fresh = g_new(float, f->config.latent);
  MedctPool *pool = medct_pool_new(2);
  g_autoptr(MedctVisionTrainer) t = medct_vision_trainer_new_full(f->weights, &f->config, NULL);
  g_autoptr(GRand) rand = g_rand_new_with_seed(8);
  g_assert_true(medct_vision_trainer_forward(t, pool, v, f->volume, FRAMES, NULL, &error));
  shake(f->weights, rand);
  g_assert_true(medct_vision_trainer_forward(t, pool, v, f->volume, FRAMES, NULL, &error));
  g_autoptr(MedctVisionTrainer) other = medct_vision_trainer_new_full(f->weights, &f->config, NULL);
  g_assert_true(medct_vision_trainer_forward(other, pool, fresh, f->volume, FRAMES, NULL, &error));
  g_assert_cmpmem(v, sizeof(float) * f->config.latent, fresh, sizeof(float) * f->config.latent);
  medct_pool_free(pool);
}

int
main(int argc, char **argv)
{
  static const struct {
    const char *path;
    void (*test)(Fixture *f, gconstpointer data);
  } tests[] = {{"/weights/vision", test_vision},
               {"/weights/text", test_text},
               {"/weights/recomputation", test_recomputation},
               {"/weights/quantised", test_quantised},
               {"/weights/threads", test_threads},
               {"/weights/alone", test_alone},
               {"/weights/change", test_change}};
  g_test_init(&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(tests); i++)
    g_test_add(tests[i].path, Fixture, NULL, set_up, tests[i].test, tear_down);
  return g_test_run();
}
