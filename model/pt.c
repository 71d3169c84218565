/* Reading what torch.save writes since PyTorch 1.6: a zip of one pickle and one file per storage.
 */
#include "model/pt_pickle.h"
#include "model/pt_zip.h"
#include "model/tensor_file_private.h"
#include <glib/gi18n.h>
#include <string.h>

#define MAX_PICKLE_BYTES (64u << 20)

typedef struct {
  MedctTensorFile *file;
  GHashTable *entries;
  char *root; /* "archive/" */
  gboolean swap;
  guint64 copy_budget; /* copies never take more than the file has */
  GError **error;
} Reader;

static gboolean
refuse(const Reader *reader, const char *name, const char *reason)
{
  medct_error_file(reader->error, MEDCT_ERROR_FORMAT, reader->file->path, "%s%.200s%s%s",
                   name ? _("tensor \"") : "", name ? name : "", name ? "\" " : "", _(reason));
  return FALSE;
}

/* The folder of the only data.pkl. */
static gboolean
find_root(Reader *reader)
{
  GHashTableIter iter;
  gpointer key;
  g_hash_table_iter_init(&iter, reader->entries);
  while (g_hash_table_iter_next(&iter, &key, NULL)) {
    const char *name = key, *slash = strchr(name, '/');
    if (slash == NULL || !g_str_equal(slash, "/data.pkl"))
      continue;
    if (reader->root)
      return refuse(reader, NULL, N_("holds two data.pkl; expected one"));
    reader->root = g_strndup(name, (gsize)(slash - name) + 1);
  }
  return reader->root || refuse(reader, NULL, N_("is a zip without data.pkl, not PyTorch weights"));
}

static const MedctZipEntry *
find_entry(const Reader *reader, const char *folder, const char *name)
{
  g_autofree char *path = g_strconcat(reader->root, folder, name, NULL);
  return g_hash_table_lookup(reader->entries, path);
}

static gboolean
read_byte_order(Reader *reader)
{
  const MedctZipEntry *entry = find_entry(reader, "", "byteorder");
  const guint8 *bytes = medct_mapping_bytes(reader->file->mapping);
  if (entry == NULL || (entry->size == 6 && memcmp(bytes + entry->offset, "little", 6) == 0))
    return TRUE;
  reader->swap = entry->size == 3 && memcmp(bytes + entry->offset, "big", 3) == 0;
  return reader->swap || refuse(reader, NULL, N_("byteorder is neither \"little\" nor \"big\""));
}

/* Shape and strides, and that the last element lies inside the storage. */
static gboolean
read_layout(const Reader *reader, const char *name, const MedctPickleValue *value,
            MedctTensor *tensor, gint64 *strides)
{
  guint n = value->shape->items->len;
  gint64 last = value->number, limit = value->storage->number;
  if (n > MEDCT_TENSOR_MAX_DIMS)
    return refuse(reader, name, N_("has more than 8 axes"));
  tensor->n_dims = (int)n;
  for (guint i = 0; i < n; i++) {
    const MedctPickleValue *size = value->shape->items->pdata[i];
    const MedctPickleValue *stride = value->stride->items->pdata[i];
    if (size->type != MEDCT_PICKLE_INT || stride->type != MEDCT_PICKLE_INT || size->number < 0 ||
        stride->number < 0)
      return refuse(reader, name, N_("has a size or a stride that is no whole number"));
    tensor->shape[i] = size->number;
    strides[i] = stride->number;
  }
  if (!medct_shape_elements(tensor->shape, tensor->n_dims, &tensor->n_elements) ||
      tensor->n_elements > limit)
    return refuse(reader, name, N_("has more elements than its storage"));
  if (value->number < 0 || value->number > limit)
    return refuse(reader, name, N_("begins outside its storage"));
  for (guint i = 0; tensor->n_elements > 0 && i < n; i++) {
    gint64 steps = tensor->shape[i] - 1;
    if (steps > 0 && strides[i] > (limit - last) / steps)
      return refuse(reader, name, N_("reaches outside its storage"));
    last += steps * strides[i];
  }
  return tensor->n_elements == 0 || last < limit ||
         refuse(reader, name, N_("reaches outside its storage"));
}

static gboolean
is_contiguous(const MedctTensor *tensor, const gint64 *strides)
{
  gint64 expected = 1;
  for (int i = tensor->n_dims - 1; i >= 0; i--) {
    if (tensor->shape[i] != 1 && strides[i] != expected)
      return FALSE;
    expected *= tensor->shape[i];
  }
  return TRUE;
}

/* Row-major copy of a strided tensor, bytes swapped where the file is big-endian. */
static void
gather(const Reader *reader, const MedctTensor *tensor, const gint64 *strides, const guint8 *from,
       guint8 *to)
{
  gint64 index[MEDCT_TENSOR_MAX_DIMS] = {0};
  gint64 at = 0;
  gsize width = medct_dtype_bytes(tensor->dtype);
  for (gint64 n = 0; n < tensor->n_elements; n++, to += width) {
    const guint8 *element = from + (gsize)at * width;
    for (gsize b = 0; b < width; b++)
      to[b] = element[reader->swap ? width - 1 - b : b];
    for (int i = tensor->n_dims - 1; i >= 0; i--) {
      at += strides[i];
      if (++index[i] < tensor->shape[i])
        break;
      at -= index[i] * strides[i];
      index[i] = 0;
    }
  }
}

static gboolean
place(Reader *reader, const char *name, const guint8 *from, const gint64 *strides,
      MedctTensor *tensor)
{
  gsize width = medct_dtype_bytes(tensor->dtype);
  gboolean in_place = tensor->n_elements == 0 || is_contiguous(tensor, strides);
  tensor->data = from;
  if (in_place && (!reader->swap || width == 1) && (guintptr)from % width == 0)
    return TRUE;
  guint64 n_bytes = (guint64)tensor->n_elements * width;
  guint8 *copy =
      n_bytes <= reader->copy_budget ? medct_tensor_file_new_copy(reader->file, n_bytes) : NULL;
  if (copy == NULL)
    return refuse(reader, name, N_("would take more memory than the file justifies"));
  reader->copy_budget -= n_bytes;
  gather(reader, tensor, strides, from, copy);
  tensor->data = copy;
  return TRUE;
}

/* The name as inference knows it; NULL when it is to be left out. */
static const char *
bare_name(const char *name, gboolean lipro)
{
  if (g_str_has_prefix(name, "module."))
    name += strlen("module.");
  if (g_str_has_prefix(name, "trained_model."))
    name += strlen("trained_model.");
  return lipro && g_str_has_prefix(name, "classifier.") ? NULL : name;
}

static gboolean
add_tensor(Reader *reader, const char *name, const MedctPickleValue *value)
{
  const MedctZipEntry *entry = find_entry(reader, "data/", value->storage->text);
  gint64 strides[MEDCT_TENSOR_MAX_DIMS];
  MedctTensor tensor = {.name = name, .dtype = value->storage->dtype};
  gsize width = medct_dtype_bytes(tensor.dtype);
  if (entry == NULL)
    return refuse(reader, name, N_("has a storage that the file lacks"));
  if ((guint64)value->storage->number > entry->size / width)
    return refuse(reader, name, N_("has a storage that is cut short"));
  if (!read_layout(reader, name, value, &tensor, strides))
    return FALSE;
  const guint8 *from = medct_mapping_bytes(reader->file->mapping) + entry->offset;
  return place(reader, name, from + (gsize)value->number * width, strides, &tensor) &&
         (medct_tensor_file_add(reader->file, &tensor) || refuse(reader, name, N_("stands twice")));
}

static gboolean
has_tensors(const MedctPickleValue *dict)
{
  for (guint i = 0; i + 1 < dict->items->len; i += 2)
    if (((const MedctPickleValue *)dict->items->pdata[i + 1])->type == MEDCT_PICKLE_TENSOR)
      return TRUE;
  return FALSE;
}

/* The dictionary of tensors: the root, or its "model" or "state_dict". */
static const MedctPickleValue *
find_state_dict(const Reader *reader, const MedctPickleValue *root)
{
  static const char *const wrappers[] = {"model", "state_dict"};
  if (root->type == MEDCT_PICKLE_DICT && has_tensors(root))
    return root;
  for (gsize i = 0; root->type == MEDCT_PICKLE_DICT && i < G_N_ELEMENTS(wrappers); i++) {
    const MedctPickleValue *inner = medct_pickle_dict_get(root, wrappers[i]);
    if (inner && inner->type == MEDCT_PICKLE_DICT && has_tensors(inner))
      return inner;
  }
  if (medct_pickle_dict_get(root, "param_groups") && medct_pickle_dict_get(root, "state"))
    refuse(
        reader, NULL,
        N_("holds the state of an optimiser ({\"state\", \"param_groups\"}), not weights: "
           "CT-CLIP's "
           "fine-tuning script overwrites its epoch files with it; use a file saved before that"));
  else
    refuse(reader, NULL,
           N_("holds no state_dict, neither at the top nor under \"model\" or "
              "\"state_dict\""));
  return NULL;
}

static gboolean
has_lipro_prefix(const MedctPickleValue *dict)
{
  for (guint i = 0; i + 1 < dict->items->len; i += 2) {
    const MedctPickleValue *key = dict->items->pdata[i];
    if (key->type == MEDCT_PICKLE_STRING && strstr(key->text, "trained_model.") == key->text)
      return TRUE;
  }
  return FALSE;
}

static gboolean
add_state_dict(Reader *reader, const MedctPickleValue *dict)
{
  gboolean lipro = has_lipro_prefix(dict), ignored = FALSE;
  for (guint i = 0; i + 1 < dict->items->len; i += 2) {
    const MedctPickleValue *key = dict->items->pdata[i], *value = dict->items->pdata[i + 1];
    if (value->type != MEDCT_PICKLE_TENSOR || key->type != MEDCT_PICKLE_STRING)
      continue;
    const char *name = bare_name(key->text, lipro);
    ignored = ignored || name == NULL;
    if (name && !add_tensor(reader, name, value))
      return FALSE;
  }
  if (ignored)
    medct_tensor_file_warn(reader->file, "This is a CT_LiPro file: its classifier is ignored, only "
                                         "the encoders are used.");
  return TRUE;
}

static gboolean
read_archive(Reader *reader)
{
  const char *path = reader->file->path;
  if (!find_root(reader) ||
      !medct_zip_verify(reader->file->mapping, reader->entries, path, reader->error) ||
      !read_byte_order(reader))
    return FALSE;
  const MedctZipEntry *entry = find_entry(reader, "", "data.pkl");
  if (entry->size > MAX_PICKLE_BYTES)
    return refuse(reader, NULL, N_("has a data.pkl of more than 64 MiB"));
  const guint8 *bytes = medct_mapping_bytes(reader->file->mapping) + entry->offset;
  g_autoptr(MedctPickle) pickle = medct_pickle_load(bytes, entry->size, path, reader->error);
  if (pickle == NULL)
    return FALSE;
  const MedctPickleValue *dict = find_state_dict(reader, medct_pickle_root(pickle));
  return dict && add_state_dict(reader, dict);
}

gboolean
medct_pt_read(MedctTensorFile *file, GError **error)
{
  Reader reader = {.file = file, .copy_budget = medct_mapping_size(file->mapping), .error = error};
  reader.entries = medct_zip_read(file->mapping, file->path, error);
  gboolean ok = reader.entries && read_archive(&reader);
  g_clear_pointer(&reader.entries, g_hash_table_unref);
  g_free(reader.root);
  return ok;
}
