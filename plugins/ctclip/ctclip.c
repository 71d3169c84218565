#include "plugins/ctclip/ctclip.h"

#include "model/adapter_combine.h"
#include "model/card.h"
#include "model/matmul.h"
#include "model/sha256.h"
#include "plugins/ctclip/backend.h"
#include <glib/gi18n.h>

#include <stdlib.h>
#include <string.h>

bool
medct_ctclip_fail(medct_error *said, GError *error)
{
  static const int32_t codes[] = {
      [MEDCT_ERROR_IO] = MEDCT_PLUGIN_IO,
      [MEDCT_ERROR_FORMAT] = MEDCT_PLUGIN_FORMAT,
      [MEDCT_ERROR_UNSUPPORTED] = MEDCT_PLUGIN_UNSUPPORTED,
      [MEDCT_ERROR_MISMATCH] = MEDCT_PLUGIN_MISMATCH,
      [MEDCT_ERROR_ARGUMENT] = MEDCT_PLUGIN_ARGUMENT,
      [MEDCT_ERROR_CANCELLED] = MEDCT_PLUGIN_CANCELLED,
      [MEDCT_ERROR_MEMORY] = MEDCT_PLUGIN_MEMORY,
  };
  gboolean ours = error->domain == MEDCT_ERROR && (gsize)error->code < G_N_ELEMENTS(codes);
  said->code = ours ? codes[error->code] : MEDCT_PLUGIN_IO;
  g_strlcpy(said->message, error->message, sizeof said->message);
  g_error_free(error);
  return false;
}

/* ---- life ---------------------------------------------------------------------------------- */

static bool
is_cancelled(void *data)
{
  const MedctCtclip *self = data;
  return self->progress != NULL && self->progress->is_cancelled(self->host);
}

static void
report(void *data, double fraction, const char *stage)
{
  const MedctCtclip *self = data;
  if (self->progress != NULL)
    self->progress->report(self->host, fraction, stage);
}

static bool
backend_init(const medct_model_backend *abi, medct_error *said)
{
  MedctCtclip *self = abi->plugin_data;
  const medct_host_settings *settings = self->host->get_extension(self->host, MEDCT_HOST_SETTINGS);
  char threads[16] = "";
  self->progress = self->host->get_extension(self->host, MEDCT_HOST_PROGRESS);
  self->monitor = (MedctMonitor){is_cancelled, report, self};
  self->weights_warnings = g_ptr_array_new_with_free_func(g_free);
  self->adapter_warnings = g_ptr_array_new_with_free_func(g_free);
  if (settings != NULL && settings->get(self->host, "threads", threads, sizeof threads))
    self->n_threads = (int)CLAMP(strtol(threads, NULL, 10), 0, 1024);
  return true;
}

static void
backend_destroy(const medct_model_backend *abi)
{
  MedctCtclip *self = abi->plugin_data;
  g_clear_pointer(&self->model, medct_model_unref);
  g_clear_pointer(&self->weights_warnings, g_ptr_array_unref);
  g_clear_pointer(&self->adapter_warnings, g_ptr_array_unref);
  g_free(self->name);
  g_free(self);
}

static void
warn(GPtrArray *warnings, const char *code, const char *message)
{
  medct_warning *warning = g_new0(medct_warning, 1);
  warning->size = sizeof *warning;
  g_strlcpy(warning->code, code, sizeof warning->code);
  g_strlcpy(warning->message, message, sizeof warning->message);
  g_ptr_array_add(warnings, warning);
}

/* ---- model --------------------------------------------------------------------------------- */

uint32_t
medct_ctclip_probe(const char *path)
{
  if (g_file_test(path, G_FILE_TEST_IS_DIR))
    return 40;
  if (!g_file_test(path, G_FILE_TEST_IS_REGULAR))
    return 0;
  return g_str_has_suffix(path, ".safetensors") || g_str_has_suffix(path, ".pt") ? 50 : 10;
}

static uint32_t
backend_probe(const medct_model_backend *abi, const char *path)
{
  return medct_ctclip_probe(path);
}

/* What is odd about the weights, by their own reader, their metadata and the model card. */
static void
note_weights(MedctCtclip *self, const MedctCard *card)
{
  const MedctTensorFile *weights = medct_model_weights(self->model);
  const char *noted = medct_tensor_file_metadata(weights, "kind");
  const char *kind = noted != NULL ? noted : card->kind;
  self->flags = 0;
  g_ptr_array_set_size(self->weights_warnings, 0);
  for (const char *const *odd = medct_tensor_file_warnings(weights); *odd != NULL; odd++)
    warn(self->weights_warnings, "weights-odd", *odd);
  if (strcmp(kind, "random") == 0) {
    self->flags = MEDCT_MODEL_RANDOM;
    warn(self->weights_warnings, "model-random", "The weights are random: scores mean nothing.");
  } else if (strcmp(kind, "demo") == 0) {
    self->flags = MEDCT_MODEL_DEMO;
    warn(self->weights_warnings, "model-demo", "Demo model, trained on synthetic chests only.");
  }
}

static gboolean
stopped(MedctCtclip *self, GError **error)
{
  gboolean stop = is_cancelled(self);
  if (stop)
    g_set_error_literal(error, MEDCT_ERROR, MEDCT_ERROR_CANCELLED, _("stopped"));
  return stop;
}

static bool
backend_load(const medct_model_backend *abi, const char *path, medct_error *said)
{
  MedctCtclip *self = abi->plugin_data;
  GError *error = NULL;
  /* Looked at between the parts that take a moment: a hash that is known does not look. */
  g_autoptr(MedctModel) model =
      medct_blas_check(&error) && !stopped(self, &error) ? medct_model_open(path, &error) : NULL;
  if (model == NULL || stopped(self, &error))
    return medct_ctclip_fail(said, error);
  g_autofree char *sha256 = medct_sha256_file_watched(
      medct_tensor_file_path(medct_model_weights(model)), &self->monitor, &error);
  g_autoptr(MedctCard) card = sha256 ? medct_card_for_model(path, &error) : NULL;
  if (card == NULL)
    return medct_ctclip_fail(said, error);
  if (self->n_threads > 0)
    medct_model_set_threads(model, self->n_threads);
  g_clear_pointer(&self->model, medct_model_unref);
  self->model = g_steal_pointer(&model);
  g_strlcpy(self->weights_sha256, sha256, sizeof self->weights_sha256);
  self->adapter_sha256[0] = '\0';
  self->adapter_parameters = 0;
  g_ptr_array_set_size(self->adapter_warnings, 0);
  g_free(self->name);
  self->name = *card->name ? g_strdup(card->name) : g_path_get_basename(path);
  note_weights(self, card);
  return true;
}

static void
warn_other_base(MedctCtclip *self, const MedctAdapter *adapter)
{
  double weight;
  for (guint i = 0; i < medct_adapter_part_count(adapter); i++) {
    const char *base = medct_adapter_base_sha256(medct_adapter_part(adapter, i, &weight));
    if (base == NULL || g_ascii_strcasecmp(base, self->weights_sha256) == 0)
      continue;
    g_autofree char *message =
        g_strdup_printf("The adapter was made for other base weights: %.16s…, these are %.16s….",
                        base, self->weights_sha256);
    warn(self->adapter_warnings, "adapter-other-base", message);
  }
}

static bool
backend_load_adapter(const medct_model_backend *abi, const char *path, medct_error *said)
{
  MedctCtclip *self = abi->plugin_data;
  GError *error = NULL;
  if (self->model == NULL)
    return medct_ctclip_fail(said, g_error_new_literal(MEDCT_ERROR, MEDCT_ERROR_ARGUMENT,
                                                       _("load a model before its adapter")));
  g_autoptr(MedctAdapter) adapter = path ? medct_adapter_open_all(path, &error) : NULL;
  g_autofree char *sha256 = adapter ? medct_adapter_sha256(adapter, &error) : NULL;
  if ((path != NULL && sha256 == NULL) || !medct_model_set_adapter(self->model, adapter, &error))
    return medct_ctclip_fail(said, error);
  g_ptr_array_set_size(self->adapter_warnings, 0);
  g_strlcpy(self->adapter_sha256, sha256 ? sha256 : "", sizeof self->adapter_sha256);
  self->adapter_parameters = adapter ? medct_adapter_parameters(adapter) : 0;
  if (adapter != NULL)
    warn_other_base(self, adapter);
  return true;
}

static bool
backend_describe(const medct_model_backend *abi, medct_model_info *info, medct_error *said)
{
  MedctCtclip *self = abi->plugin_data;
  if (self->model == NULL)
    return medct_ctclip_fail(
        said, g_error_new_literal(MEDCT_ERROR, MEDCT_ERROR_ARGUMENT, _("no model is loaded")));
  const MedctConfig *config = medct_model_config(self->model);
  const int extent[3] = {config->frames, config->image, config->image};
  info->flags = self->flags;
  const char *cut; /* the copy may end inside a character */
  g_strlcpy(info->name, self->name, sizeof info->name);
  if (!g_utf8_validate(info->name, -1, &cut))
    info->name[cut - info->name] = '\0';
  g_strlcpy(info->architecture, "CT-CLIP", sizeof info->architecture);
  info->n_parameters = (uint64_t)medct_model_parameters(self->model);
  info->latent = (uint32_t)config->latent;
  info->grid[0] = (uint32_t)(config->frames / config->temporal_patch);
  info->grid[1] = info->grid[2] = (uint32_t)(config->image / config->patch);
  for (int i = 0; i < 3; i++)
    info->field_mm[i] = extent[i] * config->spacing_mm[i];
  info->scale = medct_model_temperature(self->model);
  g_strlcpy(info->weights_sha256, self->weights_sha256, sizeof info->weights_sha256);
  g_strlcpy(info->adapter_sha256, self->adapter_sha256, sizeof info->adapter_sha256);
  info->adapter_parameters = (uint64_t)self->adapter_parameters;
  return true;
}

static uint32_t
backend_warning_count(const medct_model_backend *abi)
{
  const MedctCtclip *self = abi->plugin_data;
  return self->weights_warnings->len + self->adapter_warnings->len;
}

static bool
backend_warning(const medct_model_backend *abi, uint32_t index, medct_warning *warning)
{
  const MedctCtclip *self = abi->plugin_data;
  guint n = self->weights_warnings->len;
  if (index >= backend_warning_count(abi))
    return false;
  *warning = *(medct_warning *)(index < n ? self->weights_warnings->pdata[index]
                                          : self->adapter_warnings->pdata[index - n]);
  return true;
}

/* ---- texts and scores ---------------------------------------------------------------------- */

static bool
backend_encode_texts(const medct_model_backend *abi, const char *const *texts, uint32_t n,
                     float *latents, medct_error *said)
{
  MedctCtclip *self = abi->plugin_data;
  GError *error = NULL;
  if (self->model == NULL || n > G_MAXINT32)
    return medct_ctclip_fail(
        said, g_error_new_literal(MEDCT_ERROR, MEDCT_ERROR_ARGUMENT, _("no model is loaded")));
  if (medct_model_encode_texts_watched(self->model, texts, (int)n, latents, &self->monitor, &error))
    return true;
  return medct_ctclip_fail(said, error);
}

static bool
backend_score(const medct_model_backend *abi, const medct_encoding *encoding, const float *latents,
              uint32_t n, float *cosine, medct_error *said)
{
  const MedctCtclip *self = abi->plugin_data;
  const float *v = medct_encoding_latent(encoding->encoding);
  int L = medct_model_config(self->model)->latent;
  for (uint32_t i = 0; i < n; i++) {
    double sum = 0;
    for (int k = 0; k < L; k++)
      sum += (double)latents[(gsize)i * (gsize)L + (gsize)k] * v[k];
    cosine[i] = (float)sum;
  }
  return true;
}

static bool
backend_score_share(const medct_model_backend *abi, medct_encoding *encoding, const float *u,
                    float *share, medct_error *said)
{
  MedctCtclip *self = abi->plugin_data;
  GError *error = NULL;
  if (medct_encoding_share(self->model, encoding->encoding, u, share, &self->monitor, &error))
    return true;
  return medct_ctclip_fail(said, error);
}

static const void *
backend_get_extension(const medct_model_backend *abi, const char *id)
{
  return NULL;
}

/* ---- factory and entry --------------------------------------------------------------------- */

static const medct_descriptor descriptor = {
    .size = sizeof(medct_descriptor),
    .id = "org.medct.ctclip",
    .name = "CT-CLIP",
    .version = "1",
    .description = "CT-CLIP's image and text encoders with LoRA adapters.",
    .extensions = "",
};

static uint32_t
factory_count(void)
{
  return 1;
}

static const medct_descriptor *
factory_descriptor(uint32_t index)
{
  return index == 0 ? &descriptor : NULL;
}

static const void *
factory_create(const medct_host *host, const char *id)
{
  if (strcmp(id, descriptor.id) != 0)
    return NULL;
  MedctCtclip *self = g_new0(MedctCtclip, 1);
  self->host = host;
  self->abi = (medct_model_backend){
      .plugin_data = self,
      .init = backend_init,
      .destroy = backend_destroy,
      .probe = backend_probe,
      .load = backend_load,
      .load_adapter = backend_load_adapter,
      .describe = backend_describe,
      .warning_count = backend_warning_count,
      .warning = backend_warning,
      .encode_volume = medct_ctclip_encode,
      .release_encoding = medct_ctclip_release,
      .describe_encoding = medct_ctclip_describe_encoding,
      .store_encoding = medct_ctclip_store,
      .restore_encoding = medct_ctclip_restore,
      .encode_texts = backend_encode_texts,
      .score = backend_score,
      .score_share = backend_score_share,
      .get_extension = backend_get_extension,
  };
  return &self->abi;
}

static bool
entry_init(const char *path, medct_error *said)
{
  return true;
}

static void
entry_deinit(void)
{
}

static const void *
entry_get_factory(const char *id)
{
  static const medct_factory factory = {factory_count, factory_descriptor, factory_create};
  if (strcmp(id, MEDCT_MODEL_TRAINER) == 0)
    return &medct_ctclip_trainer_factory;
  return strcmp(id, MEDCT_MODEL_BACKEND) == 0 ? &factory : NULL;
}

const medct_plugin_entry medct_ctclip_entry = {
    MEDCT_ABI_MAJOR, MEDCT_ABI_MINOR, entry_init, entry_deinit, entry_get_factory,
};
