/* The state of pre-training as a checkpoint. What is drawn follows from seed and step, so there is
 * no generator to keep; the cache of the text stage is made again. */
#include "model/checkpoint.h"
#include "model/pretrain_private.h"
#include <string.h>

enum { N_PARTS = 10 };

typedef struct {
  const char *name;
  gpointer data;
  gsize n, size; /* numbers, bytes of one */
} Part;

static void
list_parts(const MedctPretraining *p, Part parts[N_PARTS])
{
  const MedctPretrainHeads *h = &p->heads;
  const MedctCodebookAverage *a = &p->average;
  gsize n = p->weights->n, K = (gsize)a->K, D = (gsize)h->D;
  const Part list[N_PARTS] = {{"parameters", p->weights->parameters, n, 4},
                              {"first", p->first, n, 4},
                              {"second", p->second, n, 4},
                              {"heads", h->parameters, h->n, 4},
                              {"heads.first", h->first, h->n, 4},
                              {"heads.second", h->second, h->n, 4},
                              {"heads.mean", h->mean, D, 4},
                              {"heads.variance", h->variance, D, 4},
                              {"codebook.counts", a->counts, K, 8},
                              {"codebook.sums", a->sums, K * D, 8}};
  memcpy(parts, list, sizeof list);
}

/* Hash over options, shape and items: the same pre-training or not. */
static void
identity(const MedctPretraining *p, char hex[65])
{
  GChecksum *sum = g_checksum_new(G_CHECKSUM_SHA256);
  const MedctPretrainOptions *o = p->options;
  g_autoptr(GString) text = g_string_new("medct-pretrain-1");
  for (int s = 0; s < MEDCT_N_PRETRAIN_STAGES; s++)
    g_string_append_printf(text, " %d %d %a", o->stages[s].steps, o->stages[s].batch,
                           o->stages[s].lr);
  g_string_append_printf(text, " %d %a %a %d %a %a %" G_GUINT64_FORMAT, o->warm_up, o->weight_decay,
                         o->clip, o->shift, o->noise_hu, o->offset_hu, o->seed);
  g_string_append_printf(text, " %" G_GSIZE_FORMAT " %d %d %d %d", p->weights->n, p->config->frames,
                         p->config->image, p->config->patch, p->config->temporal_patch);
  g_string_append_printf(text, " %d %d %d %a %a", p->config->heads, p->config->dim_head,
                         p->config->text_heads, p->config->clip_hu[0], p->config->clip_hu[1]);
  g_checksum_update(sum, (const guchar *)text->str, (gssize)text->len);
  gsize voxels = (gsize)p->config->frames * (gsize)p->config->image * (gsize)p->config->image;
  for (guint i = 0; i < p->set->n_items; i++) {
    const MedctPretrainItem *item = &p->set->items[i];
    /* A sample of the voxels is enough to tell one set from another. */
    g_checksum_update(sum, (const guchar *)(item->voxels + voxels / 2), 512);
    g_checksum_update(sum, (const guchar *)item->labels, p->set->n_classes);
    if (item->truths)
      g_checksum_update(sum, (const guchar *)item->truths, p->set->n_statements);
  }
  for (guint k = 0; p->set->withheld && k < p->set->n_classes; k++)
    g_checksum_update(sum, (const guchar *)(p->set->withheld[k] ? "1" : "0"), 1);
  g_strlcpy(hex, g_checksum_get_string(sum), 65);
  g_checksum_free(sum);
}

static gint64
steps_before(const MedctPretraining *p)
{
  gint64 steps = 0;
  for (int s = 0; s < p->stage; s++)
    steps += p->options->stages[s].steps;
  return steps;
}

gboolean
medct_pretrain_save(const MedctPretraining *p, const char *folder, GError **error)
{
  Part parts[N_PARTS];
  MedctTensor tensors[N_PARTS];
  char run[65];
  list_parts(p, parts);
  identity(p, run);
  for (int i = 0; i < N_PARTS; i++)
    tensors[i] = (MedctTensor){.name = parts[i].name,
                               .dtype = parts[i].size == 8 ? MEDCT_DTYPE_F64 : MEDCT_DTYPE_F32,
                               .n_dims = 1,
                               .shape = {(int64_t)parts[i].n},
                               .n_elements = (int64_t)parts[i].n,
                               .data = parts[i].data};
  g_autofree char *stage = g_strdup_printf("%d", p->stage);
  g_autofree char *step = g_strdup_printf("%d", p->step);
  const char *const metadata[] = {"run", run, "stage", stage, "step", step, NULL};
  return medct_checkpoint_save(folder, steps_before(p) + p->step, tensors, N_PARTS, metadata,
                               error);
}

static gboolean
read_place(const MedctTensorFile *file, const char *key, int limit, int *value)
{
  gint64 found;
  const char *text = medct_tensor_file_metadata(file, key);
  if (text == NULL || !g_ascii_string_to_signed(text, 10, 0, limit, &found, NULL))
    return FALSE;
  *value = (int)found;
  return TRUE;
}

static gboolean
read_parts(MedctPretraining *p, const MedctTensorFile *file)
{
  Part parts[N_PARTS];
  list_parts(p, parts);
  for (int i = 0; i < N_PARTS; i++) {
    const MedctTensor *t = medct_tensor_file_lookup(file, parts[i].name);
    if (t == NULL || (gsize)t->n_elements != parts[i].n ||
        medct_dtype_bytes(t->dtype) != parts[i].size)
      return FALSE;
    memcpy(parts[i].data, t->data, parts[i].n * parts[i].size);
  }
  return TRUE;
}

gboolean
medct_pretrain_resume(MedctPretraining *p, const char *folder, GError **error)
{
  char run[65];
  guint damaged = 0; /* an older one costs an interval, no more */
  g_autoptr(MedctTensorFile) file = medct_checkpoint_load(folder, &damaged, error);
  if (file == NULL)
    return FALSE;
  identity(p, run);
  if (g_strcmp0(medct_tensor_file_metadata(file, "run"), run) != 0) {
    medct_error_file(error, MEDCT_ERROR_MISMATCH, medct_tensor_file_path(file),
                     "is of another pre-training (configuration, options or volumes): go on with "
                     "the same, or begin in another folder");
    return FALSE;
  }
  if (read_place(file, "stage", MEDCT_N_PRETRAIN_STAGES - 1, &p->stage) &&
      read_place(file, "step", p->options->stages[p->stage].steps, &p->step) &&
      read_parts(p, file) && medct_tensor_file_check(file, error))
    return TRUE;
  if (error != NULL && *error == NULL)
    medct_error_file(error, MEDCT_ERROR_FORMAT, medct_tensor_file_path(file),
                     "is not a checkpoint of this program");
  return FALSE;
}
