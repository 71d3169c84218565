#include "model/summary.h"
#include <string.h>

/* What PyTorch registers as a buffer: it is saved, but no optimiser touches it. */
static gboolean
is_buffer(const char *name)
{
  return strstr(name, "._codebook.") || g_str_has_suffix(name, ".beta") ||
         g_str_has_suffix(name, ".position_ids");
}

static int64_t *
part_of(MedctSummary *summary, const char *name)
{
  if (g_str_equal(name, "temperature"))
    return &summary->temperature;
  if (g_str_has_prefix(name, "text_transformer."))
    return &summary->text;
  if (g_str_has_prefix(name, "visual_transformer."))
    return &summary->vision;
  return strstr(name, "_latent_extra.") ? &summary->extra : &summary->projections;
}

void
medct_summary_count(const MedctTensorFile *weights, const MedctConfig *config,
                    MedctSummary *summary)
{
  g_autoptr(GPtrArray) specs = medct_config_tensor_specs(config);
  g_autoptr(GHashTable) known = g_hash_table_new(g_str_hash, g_str_equal);
  *summary = (MedctSummary){0};
  for (guint i = 0; i < specs->len; i++) {
    MedctTensorSpec *spec = specs->pdata[i];
    g_hash_table_insert(known, spec->name, spec);
  }
  for (guint i = 0; i < medct_tensor_file_count(weights); i++) {
    const MedctTensor *tensor = medct_tensor_file_get(weights, i);
    const MedctTensorSpec *spec = g_hash_table_lookup(known, tensor->name);
    if (spec == NULL && !g_str_has_suffix(tensor->name, ".position_ids")) {
      summary->n_unknown++;
      continue;
    }
    if (spec && spec->used)
      summary->n_used++;
    else
      summary->n_unused++;
    *(is_buffer(tensor->name) ? &summary->buffers : part_of(summary, tensor->name)) +=
        tensor->n_elements;
  }
  summary->parameters = summary->text + summary->vision + summary->projections + summary->extra +
                        summary->temperature;
}
