#include "model/adapter_merge.h"
#include "model/widen.h"
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#define MERGED             "merged_adapters"    /* what medct_adapter_describe() said */
#define TEMPERATURE_BEFORE "temperature_before" /* since a temperature replaces the base's */

typedef struct {
  const MedctTensor *tensors;         /* as they are in the file */
  const MedctAdapterModule **modules; /* of each tensor, or NULL */
  double sign;
  int temperature_index; /* −1: as it is */
  float temperature;
} Job;

/* element (r, c) of W gets sign·scale·Σₖ B(r, k)·A(k, c), rounded once. */
static void
add_delta(float *x, const MedctAdapterModule *m, double sign, int64_t first, int64_t n)
{
  for (int64_t i = 0; i < n; i++) {
    int64_t r = (first + i) / m->in, c = (first + i) % m->in;
    double sum = 0;
    for (int k = 0; k < m->rank; k++)
      sum += (double)m->B[r * m->rank + k] * m->A[(int64_t)k * m->in + c];
    x[i] = (float)(x[i] + sign * m->scale * sum);
  }
}

static void
fill(guint index, int64_t first, int64_t n, void *out, void *data)
{
  const Job *job = data;
  const MedctTensor *t = &job->tensors[index];
  gsize width = medct_dtype_bytes(t->dtype);
  if (!medct_dtype_is_float(t->dtype)) {
    memcpy(out, (const char *)t->data + (gsize)first * width, (gsize)n * width);
    return;
  }
  medct_tensor_read_f32(t, first, n, out);
  if (job->modules[index])
    add_delta(out, job->modules[index], job->sign, first, n);
  if ((int)index == job->temperature_index)
    *(float *)out = job->temperature;
}

/* All tensors of the file in its order; floats become float32. */
static gboolean
write_all(const char *out, const MedctTensorFile *file, Job *job, const MedctAdapter *adapter,
          const char *const *metadata, GError **error)
{
  guint n = medct_tensor_file_count(file);
  g_autofree MedctTensor *from = g_new(MedctTensor, n), *to = g_new(MedctTensor, n);
  g_autofree const MedctAdapterModule **modules = g_new0(const MedctAdapterModule *, n);
  for (guint i = 0; i < n; i++) {
    from[i] = to[i] = *medct_tensor_file_get(file, i);
    if (medct_dtype_is_float(to[i].dtype))
      to[i].dtype = MEDCT_DTYPE_F32;
    if (g_str_has_suffix(from[i].name, ".weight")) {
      g_autofree char *module = g_strndup(from[i].name, strlen(from[i].name) - strlen(".weight"));
      modules[i] = medct_adapter_lookup(adapter, module);
    }
    if (job->temperature_index >= 0 && g_str_equal(from[i].name, "temperature"))
      job->temperature_index = (int)i;
  }
  job->tensors = from;
  job->modules = modules;
  if (!medct_safetensors_write_filled(out, to, n, metadata, fill, job, error))
    return FALSE;
  if (medct_tensor_file_check(file, error))
    return TRUE;
  g_unlink(out); /* zeros stand where the input was lost */
  return FALSE;
}

/* What a model's file says of itself, and two entries more. */
static gboolean
write_model(const char *out, const MedctTensorFile *file, const MedctConfig *config, Job *job,
            const MedctAdapter *adapter, const char *merged, const char *before, GError **error)
{
  g_autofree char *heads = g_strdup_printf("%d", config->text_heads);
  g_autofree char *patch = g_strdup_printf("%d", config->patch);
  const char *kind = medct_tensor_file_metadata(file, "kind"); /* random stays random */
  const char *const entries[][2] = {{"text_heads", heads},
                                    {"patch", patch},
                                    {"kind", kind},
                                    {MERGED, merged},
                                    {TEMPERATURE_BEFORE, before}};
  const char *metadata[2 * G_N_ELEMENTS(entries) + 1] = {NULL};
  int at = 0;
  for (gsize i = 0; i < G_N_ELEMENTS(entries); i++)
    if (entries[i][1]) {
      metadata[at++] = entries[i][0];
      metadata[at++] = entries[i][1];
    }
  return write_all(out, file, job, adapter, metadata, error);
}

gboolean
medct_adapter_merge(const char *out, const MedctTensorFile *base, const MedctConfig *config,
                    const MedctAdapter *adapter, GError **error)
{
  g_autofree char *described = medct_adapter_describe(adapter, error);
  char before[G_ASCII_DTOSTR_BUF_SIZE];
  Job job = {.sign = 1, .temperature_index = -1};
  if (described == NULL || !medct_adapter_check(adapter, base, error))
    return FALSE;
  if (medct_tensor_file_metadata(base, MERGED)) {
    medct_error_field(error, MEDCT_ERROR_MISMATCH, medct_tensor_file_path(base), MERGED,
                      "nothing: take that adapter out first, or merge several together", "%.80s",
                      medct_tensor_file_metadata(base, MERGED));
    return FALSE;
  }
  medct_tensor_read_f32(medct_tensor_file_lookup(base, "temperature"), 0, 1, &job.temperature);
  g_ascii_formatd(before, sizeof before, "%.9g", job.temperature);
  if (medct_adapter_temperature(adapter, &job.temperature))
    job.temperature_index = 0;
  return write_model(out, base, config, &job, adapter, described,
                     job.temperature_index < 0 ? NULL : before, error);
}

gboolean
medct_adapter_unmerge(const char *out, const MedctTensorFile *merged, const MedctConfig *config,
                      const MedctAdapter *adapter, GError **error)
{
  g_autofree char *described = medct_adapter_describe(adapter, error);
  const char *holds = medct_tensor_file_metadata(merged, MERGED);
  const char *before = medct_tensor_file_metadata(merged, TEMPERATURE_BEFORE);
  Job job = {.sign = -1, .temperature_index = before ? 0 : -1};
  if (described == NULL || !medct_adapter_check(adapter, merged, error))
    return FALSE;
  if (g_strcmp0(described, holds) != 0) {
    medct_error_field(error, MEDCT_ERROR_MISMATCH, medct_tensor_file_path(merged), MERGED,
                      described, "%.200s", holds ? holds : _("not there: nothing was merged"));
    return FALSE;
  }
  job.temperature = before ? (float)g_ascii_strtod(before, NULL) : 0;
  if (!isfinite(job.temperature)) {
    medct_error_field(error, MEDCT_ERROR_FORMAT, medct_tensor_file_path(merged), TEMPERATURE_BEFORE,
                      "a number", "\"%.40s\"", before);
    return FALSE;
  }
  return write_model(out, merged, config, &job, adapter, NULL, NULL, error);
}
