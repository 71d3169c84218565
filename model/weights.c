#include "model/weights.h"
#include "model/tensor_file_private.h"
#include "model/widen.h"
#include <string.h>

#define CODEBOOK "visual_transformer.vq._codebook.embed"

static gboolean
is_beta(const char *name)
{
  return g_str_has_suffix(name, ".beta");
}

/* The numbers of one tensor behind those that are there already. */
static gboolean
copy_tensor(MedctWeights *w, const MedctTensor *from, GError **error)
{
  MedctWeight *weight = &w->tensors[w->n_tensors++];
  MedctTensor to = *from;
  if (!medct_dtype_is_float(from->dtype)) {
    medct_error_field(error, MEDCT_ERROR_FORMAT, w->file->path, from->name, "of a float type", "%s",
                      medct_dtype_name(from->dtype));
    return FALSE;
  }
  medct_tensor_read_f32(from, 0, from->n_elements, w->parameters + w->n);
  to.dtype = MEDCT_DTYPE_F32;
  to.data = w->parameters + w->n;
  medct_tensor_file_add(w->file, &to);
  *weight = (MedctWeight){.name = medct_tensor_file_lookup(w->file, from->name)->name,
                          .at = w->n,
                          .n = (gsize)from->n_elements,
                          .trained = !is_beta(from->name) && !g_str_equal(from->name, CODEBOOK)};
  w->n += weight->n;
  return TRUE;
}

MedctWeights *
medct_weights_copy(const MedctTensorFile *source, const MedctConfig *config, GError **error)
{
  g_autoptr(GPtrArray) specs = medct_config_tensor_specs(config);
  g_autoptr(MedctWeights) w = g_new0(MedctWeights, 1);
  g_autofree const MedctTensor **found = g_new0(const MedctTensor *, specs->len);
  gsize n = 0;
  guint count = 0;
  for (guint i = 0; i < specs->len; i++) {
    const MedctTensorSpec *spec = specs->pdata[i];
    if (spec->used) {
      found[count] = medct_tensor_file_lookup(source, spec->name);
      n += (gsize)found[count++]->n_elements;
    }
  }
  w->file = medct_tensor_file_new_memory(medct_tensor_file_path(source));
  w->tensors = g_new0(MedctWeight, count);
  w->parameters = g_try_new(float, n);
  w->gradients = g_try_new0(float, n);
  if (w->parameters == NULL || w->gradients == NULL) {
    medct_error_file(error, MEDCT_ERROR_MEMORY, w->file->path,
                     "its %zu numbers and their gradients do not fit in memory", n);
    return NULL;
  }
  for (guint i = 0; i < count; i++)
    if (!copy_tensor(w, found[i], error))
      return NULL;
  return medct_tensor_file_check(source, error) ? g_steal_pointer(&w) : NULL;
}

void
medct_weights_free(MedctWeights *w)
{
  if (w == NULL)
    return;
  medct_tensor_file_free(w->file);
  g_free(w->tensors);
  g_free(w->parameters);
  g_free(w->gradients);
  g_free(w);
}

guint
medct_weights_set_trained(MedctWeights *w, const char *prefix, gboolean trained)
{
  guint n = 0;
  for (guint i = 0; i < w->n_tensors; i++) {
    MedctWeight *weight = &w->tensors[i];
    if (!g_str_has_prefix(weight->name, prefix) || is_beta(weight->name) ||
        (g_str_equal(weight->name, CODEBOOK) && !g_str_equal(prefix, CODEBOOK)))
      continue;
    weight->trained = trained;
    n++;
  }
  return n;
}

const MedctWeight *
medct_weights_lookup(const MedctWeights *w, const char *name)
{
  for (guint i = 0; i < w->n_tensors; i++)
    if (g_str_equal(w->tensors[i].name, name))
      return &w->tensors[i];
  return NULL;
}

float *
medct_weights_gradient(const MedctWeights *w, const char *name)
{
  const MedctWeight *weight = w ? medct_weights_lookup(w, name) : NULL;
  return weight && weight->trained ? w->gradients + weight->at : NULL;
}
