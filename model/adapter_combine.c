#include "model/adapter_combine.h"
#include "model/adapter_private.h"
#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

static int
by_name(gconstpointer a, gconstpointer b)
{
  return strcmp(((const MedctAdapterModule *)a)->module, ((const MedctAdapterModule *)b)->module);
}

/* The modules of all, with the sum of their ranks and no numbers yet. */
static gboolean
gather_modules(MedctAdapter *all, GError **error)
{
  for (guint p = 0; p < all->parts->len; p++) {
    const MedctAdapter *part = g_array_index(all->parts, MedctAdapterPart, p).adapter;
    for (guint i = 0; i < medct_adapter_count(part); i++) {
      const MedctAdapterModule *m = medct_adapter_get(part, i);
      MedctAdapterModule *known = (MedctAdapterModule *)medct_adapter_lookup(all, m->module);
      if (known == NULL) {
        MedctAdapterModule one = {g_strdup(m->module), m->rank, m->in, m->out, 0, 1, NULL, NULL};
        g_array_append_val(all->modules, one);
        continue;
      }
      if (known->in != m->in || known->out != m->out) {
        g_set_error(error, MEDCT_ERROR, MEDCT_ERROR_MISMATCH,
                    _("the adapters do not fit each other: %s is %d × %d in one and %d × %d in "
                      "another"),
                    m->module, known->out, known->in, m->out, m->in);
        return FALSE;
      }
      known->rank += m->rank;
    }
  }
  g_array_sort(all->modules, by_name);
  return TRUE;
}

/* A = [A₁; A₂; …], B = [w₁s₁·B₁, w₂s₂·B₂, …]; α = rank, so that the scale is 1. */
static void
fill_module(MedctAdapterModule *m, float *A, float *B, const MedctAdapter *all)
{
  int rank = 0;
  for (guint p = 0; p < all->parts->len; p++) {
    const MedctAdapterPart *part = &g_array_index(all->parts, MedctAdapterPart, p);
    const MedctAdapterModule *from = medct_adapter_lookup(part->adapter, m->module);
    if (from == NULL)
      continue;
    memcpy(A + (gsize)rank * m->in, from->A, sizeof *A * (gsize)from->rank * m->in);
    for (int o = 0; o < m->out; o++)
      for (int k = 0; k < from->rank; k++)
        B[(gsize)o * m->rank + rank + k] =
            (float)(part->weight * from->scale * from->B[(gsize)o * from->rank + k]);
    rank += from->rank;
  }
  m->A = A;
  m->B = B;
  m->alpha = m->rank;
}

MedctAdapter *
medct_adapter_combine(MedctAdapter *const *adapters, const double *weights, guint n, GError **error)
{
  g_autoptr(MedctAdapter) all = medct_adapter_alloc();
  gsize floats = 0;
  all->parts = g_array_new(FALSE, FALSE, sizeof(MedctAdapterPart));
  for (guint i = 0; i < n; i++) {
    MedctAdapterPart part = {medct_adapter_ref(adapters[i]), weights[i]};
    g_array_append_val(all->parts, part);
    all->parameters += adapters[i]->parameters;
    all->temperature += weights[i] * adapters[i]->temperature;
    all->temperature_share += weights[i] * adapters[i]->temperature_share;
  }
  if (!gather_modules(all, error))
    return NULL;
  for (guint i = 0; i < all->modules->len; i++) {
    const MedctAdapterModule *m = medct_adapter_get(all, i);
    floats += (gsize)m->rank * ((gsize)m->in + m->out);
  }
  float *next = all->matrices = g_new(float, floats);
  for (guint i = 0; i < all->modules->len; i++) {
    MedctAdapterModule *m = &g_array_index(all->modules, MedctAdapterModule, i);
    gsize a = (gsize)m->rank * m->in;
    fill_module(m, next, next + a, all);
    next += a + (gsize)m->rank * m->out;
  }
  return g_steal_pointer(&all);
}

guint
medct_adapter_part_count(const MedctAdapter *adapter)
{
  return adapter->parts ? adapter->parts->len : 1;
}

const MedctAdapter *
medct_adapter_part(const MedctAdapter *adapter, guint index, double *weight)
{
  const MedctAdapterPart *part =
      adapter->parts ? &g_array_index(adapter->parts, MedctAdapterPart, index) : NULL;
  *weight = part ? part->weight : 1;
  return part ? part->adapter : adapter;
}

/* ---- from text
 * ------------------------------------------------------------------------------------------ */

/* A folder that is there as it is written has no weight, whatever its name. */
static gboolean
split_weight(const char *line, char **folder, double *weight, GError **error)
{
  const char *colon = strrchr(line, ':');
  char *end = NULL;
  *weight = 1;
  *folder = g_strdup(line);
  if (colon == NULL || g_file_test(line, G_FILE_TEST_IS_DIR))
    return TRUE;
  *weight = g_ascii_strtod(colon + 1, &end);
  (*folder)[colon - line] = '\0';
  if (end != colon + 1 && *end == '\0' && fabs(*weight) <= MEDCT_ADAPTER_MAX_WEIGHT)
    return TRUE;
  medct_error_field(error, MEDCT_ERROR_ARGUMENT, *folder, N_("the weight of the adapter"),
                    "a number from -10 to 10 after the last colon", "\"%.40s\"", colon + 1);
  return FALSE;
}

MedctAdapter *
medct_adapter_open_all(const char *text, GError **error)
{
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
  g_autoptr(GPtrArray) adapters =
      g_ptr_array_new_with_free_func((GDestroyNotify)medct_adapter_unref);
  double weights[MEDCT_ADAPTER_MAX_PARTS];
  guint n = g_strv_length(lines);
  if (n == 0 || n > MEDCT_ADAPTER_MAX_PARTS) {
    g_set_error(error, MEDCT_ERROR, MEDCT_ERROR_ARGUMENT,
                _("%u adapters were named, expected 1 to %d"), n, MEDCT_ADAPTER_MAX_PARTS);
    return NULL;
  }
  for (guint i = 0; i < n; i++) {
    g_autofree char *folder = NULL;
    MedctAdapter *adapter = split_weight(lines[i], &folder, &weights[i], error)
                                ? medct_adapter_open(folder, error)
                                : NULL;
    if (adapter == NULL)
      return NULL;
    g_ptr_array_add(adapters, adapter);
  }
  if (n == 1 && weights[0] == 1)
    return g_ptr_array_steal_index(adapters, 0);
  return medct_adapter_combine((MedctAdapter *const *)adapters->pdata, weights, n, error);
}
