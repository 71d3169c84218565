/* The model as a whole: opening, adapters, texts. Encodings live in encoding.c. */
#include "model/ctclip_private.h"
#include "model/model_files.h"
#include "model/summary.h"
#include <math.h>
#include <string.h>

#define MAX_REMEMBERED 4096 /* text latents, 2 KB each */

/* ---- opening ------------------------------------------------------------------------------- */

static MedctTokenizer *
open_vocabulary(const char *model_path, GError **error)
{
  g_autofree char *path = medct_model_find_file(model_path, "vocab.txt");
  return path ? medct_tokenizer_open(path, error) : NULL;
}

static void
build_encoders(MedctModel *model)
{
  medct_vision_free(model->vision);
  medct_text_encoder_free(model->text);
  model->vision = medct_vision_new(model->weights, &model->config, model->adapter);
  model->text =
      medct_text_encoder_new(model->weights, &model->config, model->adapter, model->n_threads);
  medct_model_set_trace(model, model->trace, model->trace_data);
}

static gboolean
open_parts(MedctModel *model, const char *path, int text_heads, GError **error)
{
  g_autofree char *weights = medct_model_find_weights(path, error);
  g_autofree char *config = medct_model_find_file(path, "config.json");
  g_autoptr(GError) local = NULL;
  if (weights == NULL)
    return FALSE;
  model->weights = medct_tensor_file_open(weights, error);
  if (model->weights == NULL ||
      !medct_config_from_tensors(model->weights, config, text_heads, &model->config, error) ||
      !medct_config_widen(&model->config, model->weights, error))
    return FALSE;
  model->tokenizer = open_vocabulary(path, &local);
  if (local != NULL) {
    g_propagate_error(error, g_steal_pointer(&local));
    return FALSE;
  }
  return TRUE;
}

MedctModel *
medct_model_open(const char *path, GError **error)
{
  return medct_model_open_with_heads(path, 0, error);
}

MedctModel *
medct_model_open_with_heads(const char *path, int text_heads, GError **error)
{
  if (!medct_blas_check(error))
    return NULL;
  g_autoptr(MedctModel) model = g_new0(MedctModel, 1);
  g_atomic_ref_count_init(&model->refs);
  g_mutex_init(&model->text_mutex);
  model->remembered = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
  if (!open_parts(model, path, text_heads, error))
    return NULL;
  model->quantiser = medct_quantiser_new(model->weights, &model->config);
  build_encoders(model);
  return g_steal_pointer(&model);
}

MedctModel *
medct_model_ref(MedctModel *model)
{
  g_atomic_ref_count_inc(&model->refs);
  return model;
}

void
medct_model_unref(MedctModel *model)
{
  if (model == NULL || !g_atomic_ref_count_dec(&model->refs))
    return;
  medct_vision_free(model->vision);
  medct_text_encoder_free(model->text);
  medct_quantiser_free(model->quantiser);
  medct_pool_free(model->pool);
  medct_adapter_unref(model->adapter);
  medct_tokenizer_free(model->tokenizer);
  medct_tensor_file_free(model->weights);
  g_hash_table_unref(model->remembered);
  g_mutex_clear(&model->text_mutex);
  g_free(model);
}

MedctPool *
medct_model_pool(MedctModel *model)
{
  if (g_once_init_enter(&model->pool))
    g_once_init_leave(&model->pool, medct_pool_new(model->n_threads));
  return model->pool;
}

/* ---- facts --------------------------------------------------------------------------------- */

const MedctConfig *
medct_model_config(const MedctModel *model)
{
  return &model->config;
}

MedctTensorFile *
medct_model_weights(const MedctModel *model)
{
  return model->weights;
}

MedctTokenizer *
medct_model_tokenizer(const MedctModel *model)
{
  return model->tokenizer;
}

int64_t
medct_model_parameters(const MedctModel *model)
{
  MedctSummary summary;
  medct_summary_count(model->weights, &model->config, &summary);
  return summary.parameters;
}

double
medct_model_temperature(const MedctModel *model)
{
  float temperature = *(const float *)medct_tensor_file_lookup(model->weights, "temperature")->data;
  if (model->adapter)
    medct_adapter_temperature(model->adapter, &temperature);
  return exp(temperature);
}

/* ---- adapter, threads, trace --------------------------------------------------------------- */

gboolean
medct_model_set_adapter(MedctModel *model, MedctAdapter *adapter, GError **error)
{
  if (adapter && !medct_adapter_check(adapter, model->weights, error))
    return FALSE;
  g_mutex_lock(&model->text_mutex);
  MedctAdapter *old = model->adapter;
  model->adapter = adapter ? medct_adapter_ref(adapter) : NULL;
  g_hash_table_remove_all(model->remembered);
  build_encoders(model);
  medct_adapter_unref(old);
  g_mutex_unlock(&model->text_mutex);
  return TRUE;
}

void
medct_model_set_threads(MedctModel *model, int n_threads)
{
  g_mutex_lock(&model->text_mutex);
  model->n_threads = n_threads;
  g_clear_pointer(&model->pool, medct_pool_free);
  build_encoders(model);
  g_mutex_unlock(&model->text_mutex);
}

void
medct_model_set_trace(MedctModel *model, MedctTrace trace, void *user_data)
{
  model->trace = trace;
  model->trace_data = user_data;
  medct_vision_set_trace(model->vision, trace, user_data);
  medct_text_encoder_set_trace(model->text, trace, user_data);
}

/* ---- texts --------------------------------------------------------------------------------- */

gboolean
medct_model_encode_ids(MedctModel *model, const MedctSentence *sentences, int n, float *latents,
                       GError **error)
{
  g_mutex_lock(&model->text_mutex);
  gboolean ok = medct_text_encoder_run(model->text, sentences, n, latents, NULL, error) &&
                medct_tensor_file_check(model->weights, error);
  g_mutex_unlock(&model->text_mutex);
  return ok;
}

/* Tokens of the texts that are not remembered; `which` gets their indices. */
static gboolean
tokenise_new(MedctModel *model, const char *const *texts, int n, GPtrArray *tokens, GArray *which,
             GError **error)
{
  for (int i = 0; i < n; i++) {
    if (g_hash_table_contains(model->remembered, texts[i]))
      continue;
    GArray *ids =
        medct_tokenizer_encode(model->tokenizer, texts[i], -1, model->config.text_positions, error);
    if (ids == NULL)
      return FALSE;
    g_ptr_array_add(tokens, ids);
    g_array_append_val(which, i);
  }
  return TRUE;
}

static gboolean
encode_new(MedctModel *model, const char *const *texts, GPtrArray *tokens, GArray *which,
           const MedctMonitor *monitor, GError **error)
{
  int n = (int)tokens->len, L = model->config.latent;
  g_autofree MedctSentence *sentences = g_new(MedctSentence, n + 1);
  g_autofree float *latents = g_new(float, (gsize)(n + 1) * L);
  for (int i = 0; i < n; i++) {
    GArray *ids = g_ptr_array_index(tokens, i);
    sentences[i] = (MedctSentence){(const int32_t *)(void *)ids->data, (int)ids->len};
  }
  if (n > 0 && !medct_text_encoder_run(model->text, sentences, n, latents, monitor, error))
    return FALSE;
  for (int i = 0; i < n; i++)
    g_hash_table_replace(model->remembered, g_strdup(texts[g_array_index(which, int, i)]),
                         g_memdup2(latents + (gsize)i * L, sizeof(float) * L));
  return medct_tensor_file_check(model->weights, error);
}

gboolean
medct_model_encode_texts(MedctModel *model, const char *const *texts, int n, float *latents,
                         GError **error)
{
  return medct_model_encode_texts_watched(model, texts, n, latents, NULL, error);
}

gboolean
medct_model_encode_texts_watched(MedctModel *model, const char *const *texts, int n, float *latents,
                                 const MedctMonitor *monitor, GError **error)
{
  if (model->tokenizer == NULL) {
    medct_error_file(error, MEDCT_ERROR_ARGUMENT, medct_tensor_file_path(model->weights),
                     "has no vocabulary: put the model's vocab.txt beside the weights");
    return FALSE;
  }
  g_autoptr(GPtrArray) tokens = g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref);
  g_autoptr(GArray) which = g_array_new(FALSE, FALSE, sizeof(int));
  g_mutex_lock(&model->text_mutex);
  if (g_hash_table_size(model->remembered) + (guint)n > MAX_REMEMBERED)
    g_hash_table_remove_all(model->remembered);
  gboolean ok = tokenise_new(model, texts, n, tokens, which, error) &&
                encode_new(model, texts, tokens, which, monitor, error);
  for (int i = 0; ok && i < n; i++)
    memcpy(latents + (gsize)i * model->config.latent,
           g_hash_table_lookup(model->remembered, texts[i]), sizeof(float) * model->config.latent);
  g_mutex_unlock(&model->text_mutex);
  return ok;
}
