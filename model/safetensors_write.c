#include "model/atomic_file.h"
#include "model/tensor_file.h"
#include <json-glib/json-glib.h>
#include <string.h>

static void
add_metadata(JsonBuilder *builder, const char *const *metadata)
{
  json_builder_set_member_name(builder, "__metadata__");
  json_builder_begin_object(builder);
  for (; metadata[0] && metadata[1]; metadata += 2) {
    json_builder_set_member_name(builder, metadata[0]);
    json_builder_add_string_value(builder, metadata[1]);
  }
  json_builder_end_object(builder);
}

static void
add_tensor(JsonBuilder *builder, const MedctTensor *tensor, gint64 *offset)
{
  gint64 n_bytes = tensor->n_elements * (gint64)medct_dtype_bytes(tensor->dtype);
  json_builder_set_member_name(builder, tensor->name);
  json_builder_begin_object(builder);
  json_builder_set_member_name(builder, "dtype");
  json_builder_add_string_value(builder, medct_dtype_name(tensor->dtype));
  json_builder_set_member_name(builder, "shape");
  json_builder_begin_array(builder);
  for (int i = 0; i < tensor->n_dims; i++)
    json_builder_add_int_value(builder, tensor->shape[i]);
  json_builder_end_array(builder);
  json_builder_set_member_name(builder, "data_offsets");
  json_builder_begin_array(builder);
  json_builder_add_int_value(builder, *offset);
  json_builder_add_int_value(builder, *offset + n_bytes);
  json_builder_end_array(builder);
  json_builder_end_object(builder);
  *offset += n_bytes;
}

/* The header, padded with spaces so that the data begins at a multiple of 64. */
static GString *
make_header(const MedctTensor *tensors, guint n_tensors, const char *const *metadata)
{
  g_autoptr(JsonBuilder) builder = json_builder_new();
  gint64 offset = 0;
  json_builder_begin_object(builder);
  if (metadata)
    add_metadata(builder, metadata);
  for (guint i = 0; i < n_tensors; i++)
    add_tensor(builder, &tensors[i], &offset);
  json_builder_end_object(builder);
  g_autoptr(JsonNode) root = json_builder_get_root(builder);
  g_autofree char *json = json_to_string(root, FALSE);
  GString *header = g_string_new(json);
  while ((header->len + 8) % 64 != 0)
    g_string_append_c(header, ' ');
  return header;
}

static gboolean
write_filled(MedctAtomicFile *file, const MedctTensor *tensor, guint index, MedctTensorFill fill,
             void *user_data, GError **error)
{
  enum { PIECE = 1 << 17 };
  gsize width = medct_dtype_bytes(tensor->dtype);
  g_autofree void *piece = g_malloc(PIECE * width);
  for (int64_t at = 0; at < tensor->n_elements; at += PIECE) {
    int64_t n = MIN(PIECE, tensor->n_elements - at);
    fill(index, at, n, piece, user_data);
    if (!medct_atomic_file_write(file, piece, (gsize)n * width, error))
      return FALSE;
  }
  return TRUE;
}

gboolean
medct_safetensors_write_filled(const char *path, const MedctTensor *tensors, guint n_tensors,
                               const char *const *metadata, MedctTensorFill fill, void *user_data,
                               GError **error)
{
  MedctAtomicFile *file = medct_atomic_file_new(path, error);
  if (file == NULL)
    return FALSE;
  g_autoptr(GString) header = make_header(tensors, n_tensors, metadata);
  guint64 n_header = GUINT64_TO_LE((guint64)header->len);
  gboolean ok = medct_atomic_file_write(file, &n_header, 8, error) &&
                medct_atomic_file_write(file, header->str, header->len, error);
  for (guint i = 0; ok && i < n_tensors; i++)
    ok = write_filled(file, &tensors[i], i, fill, user_data, error);
  if (!ok) {
    medct_atomic_file_discard(file);
    return FALSE;
  }
  return medct_atomic_file_commit(file, error);
}

gboolean
medct_safetensors_write(const char *path, const MedctTensor *tensors, guint n_tensors,
                        const char *const *metadata, GError **error)
{
  MedctAtomicFile *file = medct_atomic_file_new(path, error);
  if (file == NULL)
    return FALSE;
  g_autoptr(GString) header = make_header(tensors, n_tensors, metadata);
  guint64 n_header = GUINT64_TO_LE((guint64)header->len);
  gboolean ok = medct_atomic_file_write(file, &n_header, 8, error) &&
                medct_atomic_file_write(file, header->str, header->len, error);
  for (guint i = 0; ok && i < n_tensors; i++)
    ok = medct_atomic_file_write(file, tensors[i].data,
                                 (gsize)tensors[i].n_elements * medct_dtype_bytes(tensors[i].dtype),
                                 error);
  if (!ok) {
    medct_atomic_file_discard(file);
    return FALSE;
  }
  return medct_atomic_file_commit(file, error);
}
