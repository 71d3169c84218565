/* Dropout of the LoRA's input: its statistics, and that forward pass, what is computed again and
 * the gradient see the same elements dropped, for any number of threads. */
#include "model/ctclip.h"
#include "model/text_backward.h"
#include "model/vision_backward.h"
#include <math.h>
#include <string.h>

/* ---- which elements
 * ------------------------------------------------------------------------------------- */

enum { ROWS = 300, WIDTH = 101 };

static float *
drop_ones(double p, guint64 draw, const char *module, int rows_at_once)
{
  const MedctLoraDropout dropout = {p, draw};
  float *x = g_new(float, ROWS *WIDTH);
  for (int i = 0; i < ROWS * WIDTH; i++)
    x[i] = 1;
  for (int r = 0; r < ROWS; r += rows_at_once)
    medct_lora_drop(x + r * WIDTH, x + r * WIDTH, &dropout, module, r, MIN(rows_at_once, ROWS - r),
                    WIDTH);
  return x;
}

static void
test_elements(void)
{
  g_autofree float *x = drop_ones(0.2, 5, "m", ROWS), *blocks = drop_ones(0.2, 5, "m", 37);
  g_autofree float *draw = drop_ones(0.2, 6, "m", ROWS), *module = drop_ones(0.2, 5, "n", ROWS);
  gsize bytes = sizeof(float) * ROWS * WIDTH;
  int dropped = 0, neighbours = 0, columns[WIDTH] = {0};
  for (int i = 0; i < ROWS * WIDTH; i++) {
    g_assert_true(x[i] == 0 || x[i] == 1.25f);
    dropped += x[i] == 0;
    columns[i % WIDTH] += x[i] == 0;
    neighbours += i > 0 && x[i] == 0 && x[i - 1] == 0;
  }
  g_assert_cmpfloat_with_epsilon(dropped / (double)(ROWS * WIDTH), 0.2, 0.01);
  g_assert_cmpfloat_with_epsilon(neighbours / (double)(ROWS * WIDTH), 0.04, 0.006);
  for (int i = 0; i < WIDTH; i++)
    g_assert_true(columns[i] > 30 && columns[i] < 95);
  g_assert_cmpmem(x, bytes, blocks, bytes);
  g_assert_cmpint(memcmp(x, draw, bytes), !=, 0);
  g_assert_cmpint(memcmp(x, module, bytes), !=, 0);
}

/* ---- the trainers
 * --------------------------------------------------------------------------------------- */

typedef struct {
  MedctModel *model;
  MedctTensorFile *inputs;
  MedctLora *lora;
  const float *volume;
  int frames, latent;
  float *w; /* [latent]; the loss is ⟨w, latent⟩, over all texts */
  int threads;
  gboolean on;
  guint64 draw;
} Fixture;

static void
set_up(Fixture *f, gconstpointer data)
{
  g_autofree char *weights = g_test_build_filename(G_TEST_DIST, "golden", "mini.safetensors", NULL);
  g_autofree char *folder = g_test_build_filename(G_TEST_DIST, "golden", "mini_adapter", NULL);
  g_autofree char *forward =
      g_test_build_filename(G_TEST_DIST, "golden", "mini_forward.safetensors", NULL);
  g_autoptr(GError) error = NULL;
  g_autoptr(GRand) rand = g_rand_new_with_seed(3);
  f->model = medct_model_open_with_heads(weights, 4, &error);
  g_autoptr(MedctAdapter) adapter = medct_adapter_open(folder, &error);
  f->inputs = medct_tensor_file_open(forward, &error);
  g_assert_no_error(error);
  const MedctTensor *volume = medct_tensor_file_lookup(f->inputs, "volume");
  f->volume = volume->data;
  f->frames = (int)volume->shape[2];
  f->lora = medct_lora_from_adapter(adapter);
  f->lora->dropout = 0.3;
  f->latent = medct_model_config(f->model)->latent;
  f->w = g_new(float, f->latent);
  for (int i = 0; i < f->latent; i++)
    f->w[i] = (float)g_rand_double_range(rand, -1, 1);
  f->threads = 2;
  f->on = TRUE;
  f->draw = 11;
}

static void
tear_down(Fixture *f, gconstpointer data)
{
  medct_model_unref(f->model);
  medct_tensor_file_free(f->inputs);
  medct_lora_free(f->lora);
  g_free(f->w);
}

static double
dot(const float *x, const float *y, gsize n)
{
  double sum = 0;
  for (gsize i = 0; i < n; i++)
    sum += (double)x[i] * y[i];
  return sum;
}

/* The loss; with `backward` the LoRA's gradients too. Without quantisation, which has no slope. */
static double
vision_loss(const Fixture *f, gboolean backward)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(MedctVisionTrainer) t = medct_vision_trainer_new(medct_model_weights(f->model),
                                                             medct_model_config(f->model), f->lora);
  g_autofree float *v = g_new(float, f->latent);
  MedctPool *pool = medct_pool_new(f->threads);
  medct_vision_trainer_set_quantised(t, FALSE);
  medct_vision_trainer_set_dropout(t, f->on, f->draw);
  g_assert_true(medct_vision_trainer_forward(t, pool, v, f->volume, f->frames, NULL, &error));
  g_assert_true(!backward || medct_vision_trainer_backward(t, pool, f->w, NULL, &error));
  medct_pool_free(pool);
  return dot(v, f->w, f->latent);
}

static double
text_loss(const Fixture *f, gboolean backward)
{
  enum { N = 40 };
  static const int32_t ids[] = {2, 17, 40, 33, 101, 9, 77, 12, 150, 3};
  g_autoptr(GError) error = NULL;
  g_autoptr(MedctTextTrainer) t =
      medct_text_trainer_new(medct_model_weights(f->model), medct_model_config(f->model), f->lora);
  g_autofree float *u = g_new(float, N * f->latent), *du = g_new(float, N * f->latent);
  MedctSentence sentences[N];
  for (int i = 0; i < N; i++) {
    sentences[i] = (MedctSentence){ids, 3 + i % 8};
    memcpy(du + i * f->latent, f->w, sizeof(float) * f->latent);
  }
  MedctPool *pool = medct_pool_new(f->threads);
  medct_text_trainer_set_dropout(t, f->on, f->draw);
  g_assert_true(medct_text_trainer_forward(t, pool, u, sentences, N, NULL, &error));
  g_assert_true(!backward || medct_text_trainer_backward(t, pool, du, NULL, &error));
  medct_pool_free(pool);
  return dot(u, du, N * f->latent);
}

typedef double (*Loss)(const Fixture *f, gboolean backward);
static const Loss losses[] = {vision_loss, text_loss};

/* Along the gradient the loss rises by its square. */
static void
test_slope(Fixture *f, gconstpointer which)
{
  Loss loss = losses[GPOINTER_TO_INT(which)];
  MedctLora *lora = f->lora;
  g_autofree float *kept = g_memdup2(lora->parameters, sizeof(float) * lora->n);
  loss(f, TRUE);
  double square = dot(lora->gradients, lora->gradients, lora->n), h = 0.02 / sqrt(square);
  double values[2];
  for (int side = 0; side < 2; side++) {
    for (gsize i = 0; i < lora->n; i++)
      lora->parameters[i] = kept[i] + (float)((side ? h : -h) * lora->gradients[i]);
    values[side] = loss(f, FALSE);
  }
  double slope = (values[1] - values[0]) / (2 * h);
  g_test_message("slope %g, square of the gradient %g", slope, square);
  g_assert_cmpfloat_with_epsilon(slope / square, 1, 0.01);
}

static void
test_threads(Fixture *f, gconstpointer which)
{
  Loss loss = losses[GPOINTER_TO_INT(which)];
  MedctLora *lora = f->lora;
  g_autofree float *first = NULL;
  double value = 0;
  for (f->threads = 1; f->threads <= 4; f->threads++) {
    memset(lora->gradients, 0, sizeof(float) * lora->n);
    double again = loss(f, TRUE);
    if (first == NULL) {
      first = g_memdup2(lora->gradients, sizeof(float) * lora->n);
      value = again;
    }
    g_assert_cmpfloat(again, ==, value);
    g_assert_cmpmem(first, sizeof(float) * lora->n, lora->gradients, sizeof(float) * lora->n);
  }
}

/* Another draw is another loss; evaluation is what it is without dropout. */
static void
test_draws(Fixture *f, gconstpointer which)
{
  Loss loss = losses[GPOINTER_TO_INT(which)];
  double one = loss(f, FALSE);
  f->draw = 12;
  g_assert_cmpfloat(loss(f, FALSE), !=, one);
  f->on = FALSE;
  double evaluation = loss(f, FALSE);
  g_assert_cmpfloat(evaluation, !=, one);
  f->lora->dropout = 0;
  g_assert_cmpfloat(loss(f, FALSE), ==, evaluation);
}

int
main(int argc, char **argv)
{
  static const char *const names[] = {"vision", "text"};
  static const struct {
    const char *name;
    void (*test)(Fixture *f, gconstpointer which);
  } tests[] = {{"slope", test_slope}, {"threads", test_threads}, {"draws", test_draws}};
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/dropout/elements", test_elements);
  for (int which = 0; which < 2; which++)
    for (gsize i = 0; i < G_N_ELEMENTS(tests); i++) {
      g_autofree char *path = g_strdup_printf("/dropout/%s/%s", names[which], tests[i].name);
      g_test_add(path, Fixture, GINT_TO_POINTER(which), set_up, tests[i].test, tear_down);
    }
  return g_test_run();
}
