/* A loaded model behind whichever plugin computes it, and the cache of its encodings. */
#include "plugins/host-private.h"

#include "plugins/cache.h"
#include "plugins/volume-view.h"
#include <glib/gi18n.h>

#include <string.h>

/* Part of the cache key: raise it when preprocessing changes what a volume becomes. */
#define PREPROCESSING_VERSION "1"

struct _MedctBackend {
  gatomicrefcount references;
  MedctHost *plugin_host; /* keeps the plugin running */
  MedctInstanceHost host;
  const medct_model_backend *abi;
  char *id, *version; /* of the descriptor */
  medct_model_info info;
  GPtrArray *warnings; /* of MedctWarning */
};

struct _MedctStudyEncoding {
  gatomicrefcount references;
  MedctBackend *backend;
  medct_encoding *abi;
  medct_encoding_info info;
  gboolean was_cached;
};

static MedctBackend *
backend_new(MedctHost *host, const MedctCandidate *candidate, GError **error)
{
  MedctBackend *backend = g_new0(MedctBackend, 1);
  g_atomic_ref_count_init(&backend->references);
  backend->plugin_host = medct_host_ref(host);
  backend->id = g_strdup(candidate->descriptor->id);
  backend->version = g_strdup(candidate->descriptor->version ? candidate->descriptor->version : "");
  backend->warnings = g_ptr_array_new_with_free_func(medct_warning_free);
  medct_instance_host_init(&backend->host, host->main_thread, backend->id);
  backend->abi = candidate->factory->create(&backend->host.abi, backend->id);
  medct_error said = medct_plugin_error();
  if (backend->abi != NULL && backend->abi->init(backend->abi, &said))
    return backend;
  medct_plugin_error_propagate(error, backend->id, &said);
  medct_backend_unref(backend);
  return NULL;
}

MedctBackend *
medct_backend_ref(MedctBackend *backend)
{
  g_atomic_ref_count_inc(&backend->references);
  return backend;
}

void
medct_backend_unref(MedctBackend *backend)
{
  if (backend == NULL || !g_atomic_ref_count_dec(&backend->references))
    return;
  if (backend->abi != NULL)
    backend->abi->destroy(backend->abi);
  g_ptr_array_unref(backend->warnings);
  g_free(backend->id);
  g_free(backend->version);
  medct_host_unref(backend->plugin_host);
  g_free(backend);
}

static MedctBackend *
choose_backend(MedctHost *host, const char *path, GError **error)
{
  g_autoptr(GArray) candidates = medct_host_candidates(host, MEDCT_MODEL_BACKEND);
  g_autoptr(MedctBackend) best = NULL;
  guint best_confidence = 0;
  for (guint i = 0; i < candidates->len; i++) {
    g_autoptr(MedctBackend) backend =
        backend_new(host, &g_array_index(candidates, MedctCandidate, i), NULL);
    guint confidence = backend ? MIN(backend->abi->probe(backend->abi, path), 100) : 0;
    if (confidence > best_confidence) {
      best_confidence = confidence;
      g_clear_pointer(&best, medct_backend_unref);
      best = g_steal_pointer(&backend);
    }
  }
  if (best == NULL)
    medct_error_file(error, MEDCT_ERROR_UNSUPPORTED, path,
                     g_file_test(path, G_FILE_TEST_EXISTS)
                         ? _("is not a model that this program or an enabled plugin can load")
                         : _("does not exist"));
  return g_steal_pointer(&best);
}

static void
end_string(char *text, gsize capacity)
{
  text[capacity - 1] = '\0';
  if (!g_utf8_validate(text, -1, NULL))
    text[0] = '\0';
}

static gboolean
info_is_sane(const medct_model_info *info)
{
  enum { MOST_LATENT = 1 << 16, MOST_CELLS = 1 << 24 };
  guint64 cells = 1;
  for (int i = 0; i < 3; i++) {
    if (info->grid[i] == 0 || info->grid[i] > MOST_CELLS / cells)
      return FALSE;
    cells *= info->grid[i];
  }
  return info->latent > 0 && info->latent <= MOST_LATENT;
}

static void
copy_warnings(MedctBackend *backend)
{
  enum { MOST_WARNINGS = 1000 };
  const medct_model_backend *abi = backend->abi;
  g_ptr_array_set_size(backend->warnings, 0);
  guint n = MIN(abi->warning_count(abi), MOST_WARNINGS);
  for (guint i = 0; i < n; i++) {
    medct_warning said = {.size = sizeof said};
    if (!abi->warning(abi, i, &said))
      continue;
    MedctWarning *warning = g_new(MedctWarning, 1);
    end_string(said.code, sizeof said.code);
    warning->code = g_strdup(said.code);
    warning->message =
        g_utf8_make_valid(said.message, (gssize)strnlen(said.message, sizeof said.message));
    g_ptr_array_add(backend->warnings, warning);
  }
}

/* What the plugin says of the loaded model and adapter; checked, since sizes follow from it. */
static gboolean
refresh_info(MedctBackend *backend, GError **error)
{
  medct_model_info info = {.size = sizeof info};
  medct_error said = medct_plugin_error();
  if (!backend->abi->describe(backend->abi, &info, &said)) {
    medct_plugin_error_propagate(error, NULL, &said);
    return FALSE;
  }
  if (!info_is_sane(&info)) {
    medct_error_file(error, MEDCT_ERROR_FORMAT, backend->id,
                     "describes a model without a usable latent or grid");
    return FALSE;
  }
  end_string(info.name, sizeof info.name);
  end_string(info.architecture, sizeof info.architecture);
  end_string(info.weights_sha256, sizeof info.weights_sha256);
  end_string(info.adapter_sha256, sizeof info.adapter_sha256);
  backend->info = info;
  copy_warnings(backend);
  return TRUE;
}

gboolean
medct_backend_set_adapter(MedctBackend *backend, const char *adapter, GError **error)
{
  MedctCall call;
  medct_error said = medct_plugin_error();
  medct_call_enter(&call, NULL);
  gboolean done = backend->abi->load_adapter(backend->abi, adapter, &said);
  if (!done)
    medct_plugin_error_propagate(error, NULL, &said);
  done = done && refresh_info(backend, error);
  medct_call_leave(&call);
  return done;
}

MedctBackend *
medct_host_load_model(MedctHost *host, const char *path, const char *adapter,
                      const MedctMonitor *monitor, GError **error)
{
  MedctCall call;
  medct_error said = medct_plugin_error();
  medct_call_enter(&call, monitor);
  g_autoptr(MedctBackend) backend = choose_backend(host, path, error);
  gboolean done = backend != NULL;
  if (done && !backend->abi->load(backend->abi, path, &said)) {
    medct_plugin_error_propagate(error, NULL, &said);
    done = FALSE;
  }
  done = done && (adapter ? medct_backend_set_adapter(backend, adapter, error)
                          : refresh_info(backend, error));
  medct_call_leave(&call);
  return done ? g_steal_pointer(&backend) : NULL;
}

const medct_model_info *
medct_backend_info(const MedctBackend *backend)
{
  return &backend->info;
}

guint
medct_backend_n_warnings(const MedctBackend *backend)
{
  return backend->warnings->len;
}

const MedctWarning *
medct_backend_warning(const MedctBackend *backend, guint index)
{
  g_return_val_if_fail(index < backend->warnings->len, NULL);
  return backend->warnings->pdata[index];
}

/* ---- encodings ----------------------------------------------------------------------------- */

/* Models without a hash of their weights cannot be told apart: nothing is kept for them. */
static char *
cache_key(const MedctBackend *backend, MedctVolume *volume, guint32 flags)
{
  if (backend->info.weights_sha256[0] == '\0')
    return NULL;
  g_autofree char *options = g_strdup_printf("%u", flags);
  const char *const parts[] = {PREPROCESSING_VERSION,
                               backend->id,
                               backend->version,
                               medct_volume_content_hash(volume),
                               backend->info.weights_sha256,
                               backend->info.adapter_sha256,
                               options,
                               medct_volume_get_header(volume)->orientation_known ? "o" : "-",
                               NULL};
  return medct_cache_key(parts);
}

static medct_encoding *
restore(MedctBackend *backend, const char *key, const medct_volume_view *view,
        const medct_encode_options *options)
{
  g_autoptr(GBytes) bytes = medct_cache_load(key);
  if (bytes == NULL)
    return NULL;
  gsize n = 0;
  const void *data = g_bytes_get_data(bytes, &n);
  medct_encoding *encoding = NULL;
  medct_error said = medct_plugin_error();
  if (!backend->abi->restore_encoding(backend->abi, data, n, view, options, &encoding, &said))
    return NULL;
  return encoding;
}

static void
keep(MedctBackend *backend, const char *key, const medct_encoding *encoding)
{
  medct_error said = medct_plugin_error();
  uint64_t n = 0;
  if (!backend->abi->store_encoding(backend->abi, encoding, NULL, 0, &n, &said) || n == 0 ||
      n > MEDCT_CACHE_MAX_ENTRY)
    return;
  g_autofree guint8 *bytes = g_malloc(n);
  uint64_t written = 0;
  if (backend->abi->store_encoding(backend->abi, encoding, bytes, n, &written, &said) &&
      written <= n)
    medct_cache_store(key, bytes, written);
}

static MedctStudyEncoding *
wrap_encoding(MedctBackend *backend, medct_encoding *abi, gboolean was_cached, GError **error)
{
  MedctStudyEncoding *encoding = g_new0(MedctStudyEncoding, 1);
  g_atomic_ref_count_init(&encoding->references);
  encoding->backend = medct_backend_ref(backend);
  encoding->abi = abi;
  encoding->was_cached = was_cached;
  encoding->info.size = sizeof encoding->info;
  medct_error said = medct_plugin_error();
  gboolean fine = backend->abi->describe_encoding(backend->abi, abi, &encoding->info, &said);
  if (!fine)
    medct_plugin_error_propagate(error, NULL, &said);
  for (int i = 0; fine && i < 3; i++)
    if (encoding->info.grid[i] == 0 || encoding->info.grid[i] > backend->info.grid[i]) {
      medct_error_file(error, MEDCT_ERROR_FORMAT, backend->id,
                       "made an encoding whose grid is not the model's");
      fine = FALSE;
    }
  if (fine)
    return encoding;
  medct_study_encoding_unref(encoding);
  return NULL;
}

MedctStudyEncoding *
medct_backend_encode(MedctBackend *backend, MedctVolume *volume, const MedctEncodeRequest *request,
                     const MedctMonitor *monitor, GError **error)
{
  const medct_encode_options options = {sizeof options, request ? request->flags : 0};
  const medct_volume_view view = medct_volume_view_of(volume);
  g_autofree char *key =
      request && request->no_cache ? NULL : cache_key(backend, volume, options.flags);
  medct_error said = medct_plugin_error();
  MedctCall call;
  medct_call_enter(&call, monitor);
  medct_encoding *encoding = key ? restore(backend, key, &view, &options) : NULL;
  gboolean was_cached = encoding != NULL;
  if (!was_cached &&
      !backend->abi->encode_volume(backend->abi, &view, &options, &encoding, &said)) {
    medct_plugin_error_propagate(error, NULL, &said);
    encoding = NULL;
  } else if (!was_cached && key != NULL) {
    keep(backend, key, encoding);
  }
  MedctStudyEncoding *wrapped =
      encoding ? wrap_encoding(backend, encoding, was_cached, error) : NULL;
  medct_call_leave(&call);
  return wrapped;
}

MedctStudyEncoding *
medct_study_encoding_ref(MedctStudyEncoding *encoding)
{
  g_atomic_ref_count_inc(&encoding->references);
  return encoding;
}

void
medct_study_encoding_unref(MedctStudyEncoding *encoding)
{
  if (encoding == NULL || !g_atomic_ref_count_dec(&encoding->references))
    return;
  encoding->backend->abi->release_encoding(encoding->backend->abi, encoding->abi);
  medct_backend_unref(encoding->backend);
  g_free(encoding);
}

const medct_encoding_info *
medct_study_encoding_info(const MedctStudyEncoding *encoding)
{
  return &encoding->info;
}

gboolean
medct_study_encoding_was_cached(const MedctStudyEncoding *encoding)
{
  return encoding->was_cached;
}

/* ---- texts and scores ---------------------------------------------------------------------- */

static gboolean
settle(MedctCall *call, gboolean done, const medct_error *said, GError **error)
{
  medct_call_leave(call);
  if (!done)
    medct_plugin_error_propagate(error, NULL, said);
  return done;
}

gboolean
medct_backend_encode_texts(MedctBackend *backend, const char *const *texts, guint n, float *latents,
                           const MedctMonitor *monitor, GError **error)
{
  for (guint i = 0; i < n; i++)
    if (!g_utf8_validate(texts[i], -1, NULL)) {
      medct_error_file(error, MEDCT_ERROR_ARGUMENT, "prompt", "is not valid UTF-8");
      return FALSE;
    }
  medct_error said = medct_plugin_error();
  MedctCall call;
  medct_call_enter(&call, monitor);
  gboolean done = n == 0 || backend->abi->encode_texts(backend->abi, texts, n, latents, &said);
  return settle(&call, done, &said, error);
}

gboolean
medct_backend_score(MedctBackend *backend, MedctStudyEncoding *encoding, const float *latents,
                    guint n, float *cosine, GError **error)
{
  medct_error said = medct_plugin_error();
  MedctCall call;
  medct_call_enter(&call, NULL);
  gboolean done =
      n == 0 || backend->abi->score(backend->abi, encoding->abi, latents, n, cosine, &said);
  return settle(&call, done, &said, error);
}

gboolean
medct_backend_share(MedctBackend *backend, MedctStudyEncoding *encoding, const float *u,
                    float *share, const MedctMonitor *monitor, GError **error)
{
  medct_error said = medct_plugin_error();
  MedctCall call;
  medct_call_enter(&call, monitor);
  gboolean done = backend->abi->score_share(backend->abi, encoding->abi, u, share, &said);
  return settle(&call, done, &said, error);
}
