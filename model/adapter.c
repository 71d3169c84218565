#include "model/adapter_combine.h"
#include "model/adapter_private.h"
#include "model/sha256.h"
#include "model/widen.h"
#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#define PREFIX "base_model.model."

static void
clear_module(gpointer data)
{
  g_free((char *)((MedctAdapterModule *)data)->module);
}

/* "base_model.model.X.lora_A.weight" → X; which is 'A' or 'B', 0 for any other key. */
static char *
split_key(const char *key, char *which)
{
  static const char *const endings[] = {".lora_A.weight", ".lora_B.weight"};
  for (int i = 0; i < 2; i++)
    if (g_str_has_prefix(key, PREFIX) && g_str_has_suffix(key, endings[i])) {
      gsize n = strlen(key) - strlen(PREFIX) - strlen(endings[i]);
      *which = i == 0 ? 'A' : 'B';
      return n < strlen(key) ? g_strndup(key + strlen(PREFIX), n) : NULL;
    }
  *which = 0;
  return NULL;
}

static gboolean
all_finite(const MedctTensor *t)
{
  const float *x = t->data;
  for (int64_t i = 0; i < t->n_elements; i++)
    if (!isfinite(x[i]))
      return FALSE;
  return TRUE;
}

static gboolean
check_matrix(const char *path, const MedctTensor *t, GError **error)
{
  if (t->dtype != MEDCT_DTYPE_F32 || t->n_dims != 2 || t->n_elements < 1 ||
      t->shape[0] > G_MAXINT || t->shape[1] > G_MAXINT) {
    medct_error_field(error, MEDCT_ERROR_FORMAT, path, t->name, "a matrix of floats",
                      N_("%s of %d dimensions"), medct_dtype_name(t->dtype), t->n_dims);
    return FALSE;
  }
  if (!all_finite(t)) {
    medct_error_field(error, MEDCT_ERROR_FORMAT, path, t->name, "finite numbers",
                      N_("NaN or infinite somewhere"));
    return FALSE;
  }
  return TRUE;
}

static const MedctTensor *
find_partner(const MedctAdapter *adapter, const char *module, char which)
{
  g_autofree char *key = g_strdup_printf(PREFIX "%s.lora_%c.weight", module, which);
  return medct_tensor_file_lookup(adapter->tensors, key);
}

/* `other_ranks` gets a module whose matrices are not of the rank that the configuration has. */
static gboolean
add_module(MedctAdapter *adapter, char *module, const MedctTensor *A, GString *other_ranks,
           GError **error)
{
  const char *path = adapter->weights_path;
  const MedctTensor *B = find_partner(adapter, module, 'B');
  int rank;
  double alpha;
  if (!check_matrix(path, A, error) || !check_matrix(path, B, error))
    return FALSE;
  medct_adapter_config_module(adapter->config, module, &rank, &alpha);
  if (A->shape[0] != rank || B->shape[1] != rank) {
    g_string_append_printf(other_ranks,
                           "%s%s (rank %d, found %" G_GINT64_FORMAT " and %" G_GINT64_FORMAT ")",
                           other_ranks->len ? ", " : "", module, rank, A->shape[0], B->shape[1]);
    return TRUE;
  }
  MedctAdapterModule found = {.module = g_strdup(module),
                              .rank = rank,
                              .in = (int)A->shape[1],
                              .out = (int)B->shape[0],
                              .alpha = alpha,
                              .scale = (float)medct_adapter_scale(
                                  alpha, rank, medct_adapter_config_rslora(adapter->config)),
                              .A = A->data,
                              .B = B->data};
  g_array_append_val(adapter->modules, found);
  adapter->parameters += A->n_elements + B->n_elements;
  return TRUE;
}

/* Lists every key that is not half of a pair. */
static gboolean
check_keys(const MedctAdapter *adapter, GError **error)
{
  g_autoptr(GString) list = g_string_new(NULL);
  for (guint i = 0; i < medct_tensor_file_count(adapter->tensors); i++) {
    const MedctTensor *t = medct_tensor_file_get(adapter->tensors, i);
    char which;
    g_autofree char *module = split_key(t->name, &which);
    if (module == NULL)
      g_string_append_printf(list, "%s%s (not a LoRA matrix)", list->len ? ", " : "", t->name);
    else if (find_partner(adapter, module, which == 'A' ? 'B' : 'A') == NULL)
      g_string_append_printf(list, "%s%s (without its lora_%c)", list->len ? ", " : "", t->name,
                             which == 'A' ? 'B' : 'A');
  }
  if (list->len == 0 && medct_tensor_file_count(adapter->tensors) > 0)
    return TRUE;
  medct_error_file(error, MEDCT_ERROR_FORMAT, adapter->weights_path,
                   "expected pairs of lora_A and lora_B, found: %s",
                   list->len ? list->str : _("nothing"));
  return FALSE;
}

static gboolean
read_modules(MedctAdapter *adapter, GError **error)
{
  if (!check_keys(adapter, error))
    return FALSE;
  for (guint i = 0; i < medct_tensor_file_count(adapter->tensors); i++)
    if (!medct_tensor_file_widen(adapter->tensors, medct_tensor_file_get(adapter->tensors, i)->name,
                                 error))
      return FALSE;
  g_autoptr(GString) other_ranks = g_string_new(NULL);
  for (guint i = 0; i < medct_tensor_file_count(adapter->tensors); i++) {
    const MedctTensor *t = medct_tensor_file_get(adapter->tensors, i);
    char which;
    g_autofree char *module = split_key(t->name, &which);
    if (which == 'A' && !add_module(adapter, module, t, other_ranks, error))
      return FALSE;
  }
  if (other_ranks->len == 0)
    return TRUE;
  medct_error_file(error, MEDCT_ERROR_MISMATCH, adapter->weights_path,
                   "does not fit adapter_config.json: %s", other_ranks->str);
  return FALSE;
}

static gboolean
read_temperature(MedctAdapter *adapter, GError **error)
{
  const char *text = medct_tensor_file_metadata(adapter->tensors, "temperature");
  char *end = NULL;
  if (text == NULL)
    return TRUE;
  adapter->temperature_share = 1;
  adapter->temperature = g_ascii_strtod(text, &end);
  if (end != text && *end == 0 && fabs(adapter->temperature) <= 20)
    return TRUE;
  medct_error_field(error, MEDCT_ERROR_FORMAT, adapter->weights_path, "temperature",
                    "a number from -20 to 20", "\"%.40s\"", text);
  return FALSE;
}

MedctAdapter *
medct_adapter_alloc(void)
{
  MedctAdapter *adapter = g_new0(MedctAdapter, 1);
  g_atomic_ref_count_init(&adapter->refs);
  adapter->modules = g_array_new(FALSE, FALSE, sizeof(MedctAdapterModule));
  g_array_set_clear_func(adapter->modules, clear_module);
  return adapter;
}

MedctAdapter *
medct_adapter_open(const char *folder, GError **error)
{
  if (!g_file_test(folder, G_FILE_TEST_IS_DIR)) {
    medct_error_file(error, MEDCT_ERROR_IO, folder,
                     "no such folder, expected one with adapter_config.json and "
                     "adapter_model.safetensors");
    return NULL;
  }
  g_autoptr(MedctAdapter) adapter = medct_adapter_alloc();
  g_autofree char *config_path = g_build_filename(folder, "adapter_config.json", NULL);
  adapter->weights_path = g_build_filename(folder, "adapter_model.safetensors", NULL);
  adapter->config = medct_adapter_config_load(config_path, error);
  if (adapter->config == NULL)
    return NULL;
  adapter->tensors = medct_tensor_file_open(adapter->weights_path, error);
  if (adapter->tensors == NULL || !read_modules(adapter, error) ||
      !read_temperature(adapter, error))
    return NULL;
  return g_steal_pointer(&adapter);
}

MedctAdapter *
medct_adapter_ref(MedctAdapter *adapter)
{
  g_atomic_ref_count_inc(&adapter->refs);
  return adapter;
}

void
medct_adapter_unref(MedctAdapter *adapter)
{
  if (adapter == NULL || !g_atomic_ref_count_dec(&adapter->refs))
    return;
  g_array_unref(adapter->modules);
  for (guint i = 0; adapter->parts && i < adapter->parts->len; i++)
    medct_adapter_unref(g_array_index(adapter->parts, MedctAdapterPart, i).adapter);
  g_clear_pointer(&adapter->parts, g_array_unref);
  g_free(adapter->matrices);
  medct_tensor_file_free(adapter->tensors);
  medct_adapter_config_free(adapter->config);
  g_free(adapter->weights_path);
  g_free(adapter);
}

double
medct_adapter_scale(double alpha, int rank, gboolean rslora)
{
  return rslora ? alpha / sqrt(rank) : alpha / rank;
}

guint
medct_adapter_count(const MedctAdapter *adapter)
{
  return adapter->modules->len;
}

const MedctAdapterModule *
medct_adapter_get(const MedctAdapter *adapter, guint index)
{
  return &g_array_index(adapter->modules, MedctAdapterModule, index);
}

const MedctAdapterModule *
medct_adapter_lookup(const MedctAdapter *adapter, const char *module)
{
  for (guint i = 0; i < adapter->modules->len; i++)
    if (g_str_equal(medct_adapter_get(adapter, i)->module, module))
      return medct_adapter_get(adapter, i);
  return NULL;
}

int64_t
medct_adapter_parameters(const MedctAdapter *adapter)
{
  return adapter->parameters;
}

const char *
medct_adapter_base_sha256(const MedctAdapter *adapter)
{
  return adapter->tensors ? medct_tensor_file_metadata(adapter->tensors, "base_sha256") : NULL;
}

gboolean
medct_adapter_temperature(const MedctAdapter *adapter, float *temperature)
{
  if (adapter->temperature_share == 0)
    return FALSE;
  *temperature = (float)((1 - adapter->temperature_share) * *temperature + adapter->temperature);
  return TRUE;
}

gboolean
medct_adapter_rslora(const MedctAdapter *adapter)
{
  return adapter->config && medct_adapter_config_rslora(adapter->config);
}

double
medct_adapter_dropout(const MedctAdapter *adapter)
{
  return adapter->config ? medct_adapter_config_dropout(adapter->config) : 0;
}

char *
medct_adapter_sha256(const MedctAdapter *adapter, GError **error)
{
  if (adapter->parts == NULL)
    return medct_sha256_file(adapter->weights_path, error);
  g_autofree char *text = medct_adapter_describe(adapter, error);
  if (text == NULL)
    return NULL;
  char hex[65];
  medct_sha256_bytes(text, strlen(text), hex);
  return g_strdup(hex);
}

char *
medct_adapter_describe(const MedctAdapter *adapter, GError **error)
{
  g_autoptr(GString) text = g_string_new(NULL);
  for (guint i = 0; i < medct_adapter_part_count(adapter); i++) {
    double weight;
    char number[G_ASCII_DTOSTR_BUF_SIZE];
    g_autofree char *sha256 = medct_adapter_sha256(medct_adapter_part(adapter, i, &weight), error);
    if (sha256 == NULL)
      return NULL;
    g_string_append_printf(text, "%s%s:%s", i > 0 ? " " : "", sha256,
                           g_ascii_formatd(number, sizeof number, "%.17g", weight));
  }
  return g_string_free(g_steal_pointer(&text), FALSE);
}

static const char *
why_not(const MedctTensorFile *base, const MedctAdapterModule *m)
{
  g_autofree char *name = g_strconcat(m->module, ".weight", NULL);
  const MedctTensor *w = medct_tensor_file_lookup(base, name);
  if (w == NULL || w->n_dims != 2)
    return "the model has no such layer";
  return w->shape[0] == m->out && w->shape[1] == m->in ? NULL : "of another size";
}

/* A Linear of the base that the configuration names but the weights do not adapt. */
static gboolean
lacks_pair(const MedctAdapter *adapter, const MedctTensor *w, char **module)
{
  if (w->n_dims != 2 || !g_str_has_suffix(w->name, ".weight"))
    return FALSE;
  *module = g_strndup(w->name, strlen(w->name) - strlen(".weight"));
  if (medct_adapter_config_targets(adapter->config, *module) &&
      medct_adapter_lookup(adapter, *module) == NULL)
    return TRUE;
  g_clear_pointer(module, g_free);
  return FALSE;
}

static gboolean
check_parts(const MedctAdapter *adapter, const MedctTensorFile *base, GError **error)
{
  double weight;
  for (guint i = 0; i < medct_adapter_part_count(adapter); i++)
    if (!medct_adapter_check(medct_adapter_part(adapter, i, &weight), base, error))
      return FALSE;
  return TRUE;
}

gboolean
medct_adapter_check(const MedctAdapter *adapter, const MedctTensorFile *base, GError **error)
{
  if (adapter->parts)
    return check_parts(adapter, base, error);
  g_autoptr(GString) list = g_string_new(NULL);
  for (guint i = 0; i < adapter->modules->len; i++) {
    const MedctAdapterModule *m = medct_adapter_get(adapter, i);
    const char *why = why_not(base, m);
    if (why)
      g_string_append_printf(list, "%s%s (%s)", list->len ? ", " : "", m->module, why);
  }
  for (guint i = 0; i < medct_tensor_file_count(base); i++) {
    g_autofree char *module = NULL;
    if (lacks_pair(adapter, medct_tensor_file_get(base, i), &module))
      g_string_append_printf(list, "%s%s (targeted, but the adapter has no matrices for it)",
                             list->len ? ", " : "", module);
  }
  if (list->len == 0)
    return TRUE;
  medct_error_file(error, MEDCT_ERROR_MISMATCH, adapter->weights_path,
                   "does not fit the model %s: %s", medct_tensor_file_path(base), list->str);
  return FALSE;
}
