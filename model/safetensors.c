/* Reading .safetensors in place. Layout: u64 header length N, N bytes of JSON, then the data. */
#include "model/json.h"
#include "model/tensor_file_private.h"
#include <glib/gi18n.h>
#include <inttypes.h>
#include <string.h>

#define MAX_HEADER 100000000u

typedef struct {
  const char *name;
  MedctTensor tensor;
  guint64 begin, end; /* bytes from the start of the data */
} Entry;

static gboolean
refuse(const MedctTensorFile *file, const char *name, GError **error, const char *expected,
       const char *found)
{
  medct_error_field(error, MEDCT_ERROR_FORMAT, file->path, name, expected, "%s",
                    medct_error_words(found));
  return FALSE;
}

static gboolean
parse_dtype(const char *text, MedctDtype *dtype)
{
  for (int i = MEDCT_DTYPE_F64; text && i <= MEDCT_DTYPE_BOOL; i++)
    if (g_str_equal(text, medct_dtype_name(i))) {
      *dtype = i;
      return TRUE;
    }
  return FALSE;
}

static gboolean
whole_number(JsonNode *node, guint64 *value)
{
  if (!JSON_NODE_HOLDS_VALUE(node) || json_node_get_value_type(node) != G_TYPE_INT64 ||
      json_node_get_int(node) < 0)
    return FALSE;
  *value = (guint64)json_node_get_int(node);
  return TRUE;
}

static gboolean
parse_shape(JsonNode *node, MedctTensor *tensor)
{
  if (node == NULL || !JSON_NODE_HOLDS_ARRAY(node))
    return FALSE;
  JsonArray *array = json_node_get_array(node);
  guint n = json_array_get_length(array);
  if (n > MEDCT_TENSOR_MAX_DIMS)
    return FALSE;
  tensor->n_dims = (int)n;
  for (guint i = 0; i < n; i++) {
    guint64 size;
    if (!whole_number(json_array_get_element(array, i), &size))
      return FALSE;
    tensor->shape[i] = (int64_t)size;
  }
  return medct_shape_elements(tensor->shape, tensor->n_dims, &tensor->n_elements);
}

static gboolean
parse_offsets(JsonNode *node, Entry *entry)
{
  if (node == NULL || !JSON_NODE_HOLDS_ARRAY(node) ||
      json_array_get_length(json_node_get_array(node)) != 2)
    return FALSE;
  JsonArray *array = json_node_get_array(node);
  return whole_number(json_array_get_element(array, 0), &entry->begin) &&
         whole_number(json_array_get_element(array, 1), &entry->end) && entry->begin <= entry->end;
}

static gboolean
parse_entry(MedctTensorFile *file, const char *name, JsonNode *node, Entry *entry, GError **error)
{
  if (!JSON_NODE_HOLDS_OBJECT(node))
    return refuse(file, name, error, N_("an object with dtype, shape, data_offsets"),
                  N_("something else"));
  JsonObject *object = json_node_get_object(node);
  JsonNode *dtype = json_object_get_member(object, "dtype");
  const char *dtype_name =
      dtype && JSON_NODE_HOLDS_VALUE(dtype) ? json_node_get_string(dtype) : NULL;
  *entry = (Entry){.name = name};
  if (!parse_dtype(dtype_name, &entry->tensor.dtype))
    return refuse(file, name, error, N_("a dtype such as F32"),
                  dtype_name ? dtype_name : "of no dtype");
  if (!parse_shape(json_object_get_member(object, "shape"), &entry->tensor))
    return refuse(file, name, error, N_("a shape of at most 8 whole numbers"),
                  N_("of another shape"));
  if (!parse_offsets(json_object_get_member(object, "data_offsets"), entry))
    return refuse(file, name, error, N_("data_offsets [begin, end]"),
                  N_("without valid data_offsets"));
  guint64 n_bytes = (guint64)entry->tensor.n_elements * medct_dtype_bytes(entry->tensor.dtype);
  if (entry->end - entry->begin != n_bytes)
    return refuse(file, name, error, N_("as many bytes as its shape and dtype take"),
                  N_("of another byte length"));
  return TRUE;
}

static gboolean
parse_metadata(MedctTensorFile *file, JsonNode *node, GError **error)
{
  if (!JSON_NODE_HOLDS_OBJECT(node))
    return refuse(file, "__metadata__", error, N_("an object of strings"), N_("something else"));
  JsonObjectIter iter;
  const char *key;
  JsonNode *value;
  json_object_iter_init(&iter, json_node_get_object(node));
  while (json_object_iter_next(&iter, &key, &value)) {
    const char *text = JSON_NODE_HOLDS_VALUE(value) ? json_node_get_string(value) : NULL;
    if (text == NULL)
      return refuse(file, "__metadata__", error, N_("an object of strings"),
                    N_("with another value"));
    g_hash_table_insert(file->metadata, g_strdup(key), g_strdup(text));
  }
  return TRUE;
}

static int
by_offset(gconstpointer a, gconstpointer b)
{
  const Entry *x = a, *y = b;
  if (x->begin != y->begin)
    return x->begin < y->begin ? -1 : 1;
  return x->end < y->end ? -1 : x->end > y->end;
}

/* In place where aligned; a copy where not, so that no kernel ever meets a misaligned float. */
static gboolean
place_data(MedctTensorFile *file, Entry *entry, const guint8 *data, GError **error)
{
  const guint8 *bytes = data + entry->begin;
  gsize n = (gsize)(entry->end - entry->begin);
  entry->tensor.name = entry->name;
  entry->tensor.data = bytes;
  if ((guintptr)bytes % medct_dtype_bytes(entry->tensor.dtype) != 0) {
    void *copy = medct_tensor_file_new_copy(file, n);
    if (copy == NULL)
      return refuse(file, entry->name, error, N_("memory for a copy"), N_("too large to copy"));
    memcpy(copy, bytes, n);
    entry->tensor.data = copy;
  }
  medct_tensor_file_add(file, &entry->tensor);
  return TRUE;
}

static gboolean
place_entries(MedctTensorFile *file, GArray *entries, const guint8 *data, guint64 n_data,
              GError **error)
{
  guint64 expected = 0;
  g_array_sort(entries, by_offset);
  for (guint i = 0; i < entries->len; i++) {
    Entry *entry = &g_array_index(entries, Entry, i);
    if (entry->begin != expected || entry->end > n_data)
      return refuse(file, entry->name, error,
                    N_("data that follows the previous tensor inside the file"),
                    N_("overlapping, after a hole, or past the end"));
    expected = entry->end;
    if (!place_data(file, entry, data, error))
      return FALSE;
  }
  if (expected != n_data)
    return refuse(file, N_("the data"), error, N_("exactly what the header lists"),
                  N_("of another length"));
  return TRUE;
}

static JsonNode *
read_header(MedctTensorFile *file, guint64 *n_header, GError **error)
{
  const guint8 *bytes = medct_mapping_bytes(file->mapping);
  gsize size = medct_mapping_size(file->mapping);
  if (size < 9) {
    medct_error_field(error, MEDCT_ERROR_FORMAT, file->path, N_("the file"),
                      ".safetensors or PyTorch .pt weights", N_("only %zu bytes long"), size);
    return NULL;
  }
  memcpy(n_header, bytes, 8);
  *n_header = GUINT64_FROM_LE(*n_header);
  if (*n_header < 1 || *n_header > MAX_HEADER || *n_header > size - 8 || bytes[8] != '{') {
    medct_error_field(error, MEDCT_ERROR_FORMAT, file->path, N_("the header"),
                      ".safetensors (JSON of 1 to 100,000,000 bytes) or a PyTorch zip",
                      N_("neither: length %" PRIu64), *n_header);
    return NULL;
  }
  return medct_json_parse((const char *)bytes + 8, (gsize)*n_header, file->path, error);
}

gboolean
medct_safetensors_read(MedctTensorFile *file, GError **error)
{
  guint64 n_header;
  g_autoptr(JsonNode) root = read_header(file, &n_header, error);
  if (root == NULL)
    return FALSE;
  if (!JSON_NODE_HOLDS_OBJECT(root))
    return refuse(file, N_("the header"), error, N_("a JSON object"), N_("something else"));
  g_autoptr(GArray) entries = g_array_new(FALSE, FALSE, sizeof(Entry));
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;
  json_object_iter_init_ordered(&iter, json_node_get_object(root));
  while (json_object_iter_next_ordered(&iter, &name, &node)) {
    Entry entry;
    if (g_str_equal(name, "__metadata__")) {
      if (!parse_metadata(file, node, error))
        return FALSE;
      continue;
    }
    if (!parse_entry(file, name, node, &entry, error))
      return FALSE;
    g_array_append_val(entries, entry);
  }
  const guint8 *data = medct_mapping_bytes(file->mapping) + 8 + n_header;
  return place_entries(file, entries, data, medct_mapping_size(file->mapping) - 8 - n_header,
                       error);
}
