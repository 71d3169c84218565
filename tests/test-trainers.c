/* The trainers beside their golden numbers: equal bits for any number of threads, only what is
 * asked for, cancelling, refusals. */
#include "model/ctclip.h"
#include "model/text_backward.h"
#include "model/vision_backward.h"
#include <string.h>

typedef struct {
  MedctModel *model;
  MedctAdapter *adapter;
  MedctTensorFile *inputs;
  const float *volume;
  int frames;
} Fixture;

static void
set_up(Fixture *f, gconstpointer data)
{
  g_autofree char *weights = g_test_build_filename(G_TEST_DIST, "golden", "mini.safetensors", NULL);
  g_autofree char *folder = g_test_build_filename(G_TEST_DIST, "golden", "mini_adapter", NULL);
  g_autofree char *forward =
      g_test_build_filename(G_TEST_DIST, "golden", "mini_forward.safetensors", NULL);
  g_autoptr(GError) error = NULL;
  f->model = medct_model_open_with_heads(weights, 4, &error);
  g_assert_no_error(error);
  f->adapter = medct_adapter_open(folder, &error);
  g_assert_no_error(error);
  f->inputs = medct_tensor_file_open(forward, &error);
  g_assert_no_error(error);
  const MedctTensor *volume = medct_tensor_file_lookup(f->inputs, "volume");
  f->volume = volume->data;
  f->frames = (int)volume->shape[2];
}

static void
tear_down(Fixture *f, gconstpointer data)
{
  medct_model_unref(f->model);
  medct_adapter_unref(f->adapter);
  medct_tensor_file_free(f->inputs);
}

/* Forward and backward of one volume, or of 40 sentences, with the latent as its own gradient's
 * direction turned by one place. */
static gboolean
vision_step(const Fixture *f, MedctLora *lora, int threads, const MedctMonitor *monitor,
            GError **error)
{
  const MedctConfig *c = medct_model_config(f->model);
  g_autoptr(MedctVisionTrainer) t =
      medct_vision_trainer_new(medct_model_weights(f->model), c, lora);
  g_autofree float *v = g_new(float, c->latent + 1);
  MedctPool *pool = medct_pool_new(threads);
  gboolean ok = medct_vision_trainer_forward(t, pool, v, f->volume, f->frames, NULL, error);
  v[c->latent] = v[0];
  ok = ok && medct_vision_trainer_backward(t, pool, v + 1, monitor, error);
  medct_pool_free(pool);
  return ok;
}

static gboolean
text_step(const Fixture *f, MedctLora *lora, int threads, const MedctMonitor *monitor,
          GError **error)
{
  enum { N = 40 };
  static const int32_t ids[] = {2, 17, 40, 33, 101, 9, 77, 12, 150, 3};
  const MedctConfig *c = medct_model_config(f->model);
  g_autoptr(MedctTextTrainer) t = medct_text_trainer_new(medct_model_weights(f->model), c, lora);
  g_autofree float *u = g_new(float, N * c->latent + 1);
  MedctSentence sentences[N];
  for (int i = 0; i < N; i++)
    sentences[i] = (MedctSentence){ids, 3 + i % 8};
  MedctPool *pool = medct_pool_new(threads);
  gboolean ok = medct_text_trainer_forward(t, pool, u, sentences, N, NULL, error);
  u[N * c->latent] = u[0];
  ok = ok && medct_text_trainer_backward(t, pool, u + 1, monitor, error);
  medct_pool_free(pool);
  return ok;
}

static void
test_threads(Fixture *f, gconstpointer data)
{
  g_autoptr(MedctLora) one = medct_lora_from_adapter(f->adapter);
  for (int threads = 1; threads <= 4; threads++) {
    g_autoptr(MedctLora) lora = medct_lora_from_adapter(f->adapter);
    g_autoptr(GError) error = NULL;
    MedctLora *into = threads == 1 ? one : lora;
    g_assert_true(vision_step(f, into, threads, NULL, &error));
    g_assert_true(text_step(f, into, threads, NULL, &error));
    g_assert_no_error(error);
    g_assert_cmpmem(into->gradients, sizeof(float) * into->n, one->gradients,
                    sizeof(float) * one->n);
  }
  for (guint i = 0; i < one->n_modules; i++) { /* each pair got something */
    gsize k = one->modules[i].at, end = k + one->modules[i].n;
    while (k < end && one->gradients[k] == 0)
      k++;
    g_assert_cmpuint(k, <, end);
  }
}

/* Without the pairs below, those above get the same gradient as with them. */
static void
test_subset(Fixture *f, gconstpointer data)
{
  g_autoptr(MedctLora) all = medct_lora_from_adapter(f->adapter);
  g_autoptr(MedctLora) some = medct_lora_from_adapter(f->adapter);
  g_autoptr(GError) error = NULL;
  for (guint i = 0; i < some->n_modules; i++) {
    MedctLoraModule *m = &some->modules[i];
    if (strstr(m->module.module, "layers.1.1.to_q") || strstr(m->module.module, "layer.1.att"))
      continue;
    /* hidden from the search: as if the adapter had no such pair; in `all` it has no effect */
    memset(all->parameters + m->at, 0, sizeof(float) * m->n);
    g_free((char *)m->module.module);
    m->module.module = g_strdup("elsewhere");
  }
  g_assert_true(vision_step(f, all, 2, NULL, &error) && text_step(f, all, 2, NULL, &error));
  g_assert_true(vision_step(f, some, 2, NULL, &error) && text_step(f, some, 2, NULL, &error));
  g_assert_no_error(error);
  for (guint i = 0; i < some->n_modules; i++) {
    const MedctLoraModule *m = &some->modules[i];
    gboolean hidden = g_str_equal(m->module.module, "elsewhere");
    double top = 0;
    for (gsize k = m->at; k < m->at + m->n; k++)
      top = MAX(top, ABS(all->gradients[k]));
    for (gsize k = m->at; k < m->at + m->n; k++)
      g_assert_cmpfloat_with_epsilon(some->gradients[k], hidden ? 0 : all->gradients[k],
                                     1e-4 * top + 1e-12);
  }
}

/* As if the adapter had no pair whose path holds one of these. */
static void
hide_below(MedctLora *lora, const char *const *hidden)
{
  for (guint i = 0; i < lora->n_modules; i++)
    for (const char *const *part = hidden; *part; part++)
      if (strstr(lora->modules[i].module.module, *part)) {
        g_free((char *)lora->modules[i].module.module);
        lora->modules[i].module.module = g_strdup("elsewhere");
      }
}

/* From the kept input of the first layer that is trained: the same latent and gradients. */
static void
check_prefix(const Fixture *f, const char *const *hidden, int frozen)
{
  const MedctConfig *c = medct_model_config(f->model);
  MedctPool *pool = medct_pool_new(2);
  g_autoptr(MedctLora) lora = medct_lora_from_adapter(f->adapter);
  g_autoptr(GError) error = NULL;
  hide_below(lora, hidden);
  g_autoptr(MedctVisionTrainer) t =
      medct_vision_trainer_new(medct_model_weights(f->model), c, lora);
  g_assert_cmpint(medct_vision_trainer_frozen(t), ==, frozen);
  gsize n = (gsize)(f->frames / c->temporal_patch) * (c->image / c->patch) * (c->image / c->patch) *
            c->dim;
  g_autofree float *v = g_new(float, c->latent), *again = g_new(float, c->latent);
  g_assert_true(medct_vision_trainer_forward(t, pool, v, f->volume, f->frames, NULL, &error));
  g_assert_true(medct_vision_trainer_backward(t, pool, v, NULL, &error));
  if (medct_vision_trainer_prefix(t)) {
    g_autofree float *prefix = g_memdup2(medct_vision_trainer_prefix(t), sizeof(float) * n);
    g_autofree float *first = g_memdup2(lora->gradients, sizeof(float) * lora->n);
    memset(lora->gradients, 0, sizeof(float) * lora->n);
    g_assert_true(
        medct_vision_trainer_forward_from(t, pool, again, prefix, f->frames, NULL, &error));
    g_assert_true(medct_vision_trainer_backward(t, pool, again, NULL, &error));
    g_assert_cmpmem(v, sizeof(float) * c->latent, again, sizeof(float) * c->latent);
    g_assert_cmpmem(first, sizeof(float) * lora->n, lora->gradients, sizeof(float) * lora->n);
  }
  g_assert_no_error(error);
  medct_pool_free(pool);
}

static void
test_prefix(Fixture *f, gconstpointer data)
{
  const MedctConfig *c = medct_model_config(f->model);
  check_prefix(f, (const char *const[]){NULL}, 0);
  check_prefix(f, (const char *const[]){"enc_spatial_transformer.layers.0", NULL}, 1);
  check_prefix(f, (const char *const[]){"enc_spatial", NULL}, c->spatial_layers);
  check_prefix(f, (const char *const[]){"enc_spatial", "enc_temporal_transformer.layers.0", NULL},
               c->spatial_layers + 1);
  check_prefix(f, (const char *const[]){"enc_", NULL}, c->spatial_layers + c->temporal_layers);
}

static bool
always(void *data)
{
  return true;
}

static void
test_cancel(Fixture *f, gconstpointer data)
{
  const MedctMonitor monitor = {.cancelled = always};
  g_autoptr(MedctLora) lora = medct_lora_from_adapter(f->adapter);
  g_autoptr(GError) error = NULL;
  g_assert_false(vision_step(f, lora, 2, &monitor, &error));
  g_assert_error(error, MEDCT_ERROR, MEDCT_ERROR_CANCELLED);
  g_clear_error(&error);
  g_assert_false(text_step(f, lora, 2, &monitor, &error));
  g_assert_error(error, MEDCT_ERROR, MEDCT_ERROR_CANCELLED);
}

static void
test_refusals(Fixture *f, gconstpointer data)
{
  g_autoptr(MedctLora) lora = medct_lora_from_adapter(f->adapter);
  g_autoptr(GError) error = NULL;
  g_assert_true(medct_lora_check_trainable(lora, &error));
  f->frames += 1;
  g_assert_false(vision_step(f, lora, 1, NULL, &error));
  g_assert_error(error, MEDCT_ERROR, MEDCT_ERROR_ARGUMENT);
  g_clear_error(&error);
  g_free((char *)lora->modules[0].module.module);
  lora->modules[0].module.module = g_strdup("to_text_latent");
  g_assert_false(medct_lora_check_trainable(lora, &error));
  g_assert_error(error, MEDCT_ERROR, MEDCT_ERROR_UNSUPPORTED);
  g_assert_nonnull(strstr(error->message, "to_text_latent"));
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add("/trainers/threads", Fixture, NULL, set_up, test_threads, tear_down);
  g_test_add("/trainers/subset", Fixture, NULL, set_up, test_subset, tear_down);
  g_test_add("/trainers/prefix", Fixture, NULL, set_up, test_prefix, tear_down);
  g_test_add("/trainers/cancel", Fixture, NULL, set_up, test_cancel, tear_down);
  g_test_add("/trainers/refusals", Fixture, NULL, set_up, test_refusals, tear_down);
  return g_test_run();
}
