#include "model/sha256.h"
#include "model/tensor_file_private.h"
#include <string.h>

static const struct {
  const char *name;
  size_t bytes;
} DTYPES[] = {{"F64", 8}, {"F32", 4}, {"F16", 2}, {"BF16", 2}, {"I64", 8}, {"I32", 4}, {"I16", 2},
              {"I8", 1},  {"U64", 8}, {"U32", 4}, {"U16", 2},  {"U8", 1},  {"BOOL", 1}};

size_t
medct_dtype_bytes(MedctDtype dtype)
{
  return DTYPES[dtype].bytes;
}

const char *
medct_dtype_name(MedctDtype dtype)
{
  return DTYPES[dtype].name;
}

gboolean
medct_shape_elements(const int64_t *shape, int n_dims, int64_t *n_elements)
{
  int64_t n = 1;
  for (int i = 0; i < n_dims; i++) {
    if (shape[i] < 0 || (shape[i] > 0 && n > G_MAXINT64 / 16 / shape[i]))
      return FALSE;
    n *= shape[i];
  }
  *n_elements = n;
  return TRUE;
}

static void
free_tensor(gpointer data)
{
  MedctTensor *tensor = data;
  g_free((char *)tensor->name);
  g_free(tensor);
}

gboolean
medct_tensor_file_add(MedctTensorFile *file, const MedctTensor *tensor)
{
  if (g_hash_table_contains(file->by_name, tensor->name))
    return FALSE;
  MedctTensor *own = g_memdup2(tensor, sizeof *tensor);
  own->name = g_strdup(tensor->name);
  g_ptr_array_add(file->tensors, own);
  g_hash_table_insert(file->by_name, (gpointer)own->name, own);
  return TRUE;
}

void *
medct_tensor_file_new_copy(MedctTensorFile *file, gsize n_bytes)
{
  void *copy = g_try_malloc(MAX(n_bytes, 1));
  if (copy)
    g_ptr_array_add(file->copies, copy);
  return copy;
}

/* What people download by mistake. */
static const char *
known_mistake(const guint8 *bytes, gsize n)
{
  if (n >= 7 && memcmp(bytes, "version https://git-lfs", MIN(n, 23)) == 0)
    return "is a Git-LFS pointer, not the weights: fetch the real file with `git lfs pull`";
  for (gsize i = 0; i + 5 < MIN(n, 512); i++)
    if (g_ascii_strncasecmp((const char *)bytes + i, "<html", 5) == 0 ||
        g_ascii_strncasecmp((const char *)bytes + i, "<!doc", 5) == 0)
      return "is a web page, not weights: the download was refused or needs a login";
  if (n >= 9 && bytes[0] == 0x80 && bytes[1] >= 2 && bytes[1] <= 5 && bytes[8] != '{')
    return "is a legacy PyTorch pickle: re-save it with torch.save(state_dict, path) of "
           "PyTorch 1.6 or newer";
  if (n > 262 && memcmp(bytes + 257, "ustar", 5) == 0)
    return "is a legacy PyTorch tar file: re-save it with torch.save(state_dict, path) of "
           "PyTorch 1.6 or newer";
  return NULL;
}

static gboolean
read_by_magic(MedctTensorFile *file, GError **error)
{
  const guint8 *bytes = medct_mapping_bytes(file->mapping);
  gsize n = medct_mapping_size(file->mapping);
  const char *mistake = known_mistake(bytes, n);
  if (mistake) {
    medct_error_file(error, MEDCT_ERROR_FORMAT, file->path, "%s", mistake);
    return FALSE;
  }
  if (n >= 4 && memcmp(bytes, "PK\3\4", 4) == 0)
    return medct_pt_read(file, error);
  return medct_safetensors_read(file, error);
}

MedctTensorFile *
medct_tensor_file_new_memory(const char *path)
{
  MedctTensorFile *file = g_new0(MedctTensorFile, 1);
  file->path = g_strdup(path);
  file->tensors = g_ptr_array_new_with_free_func(free_tensor);
  file->by_name = g_hash_table_new(g_str_hash, g_str_equal);
  file->metadata = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
  file->warnings = g_ptr_array_new_with_free_func(g_free);
  g_ptr_array_add(file->warnings, NULL);
  file->copies = g_ptr_array_new_with_free_func(g_free);
  return file;
}

MedctTensorFile *
medct_tensor_file_open(const char *path, GError **error)
{
  MedctMapping *mapping = medct_mapping_open(path, error);
  if (mapping == NULL)
    return NULL;
  MedctTensorFile *file = medct_tensor_file_new_memory(path);
  file->mapping = mapping;
  if (!read_by_magic(file, error) || !medct_tensor_file_check(file, error))
    g_clear_pointer(&file, medct_tensor_file_free);
  return file;
}

void
medct_tensor_file_free(MedctTensorFile *file)
{
  if (file == NULL)
    return;
  g_hash_table_unref(file->by_name);
  g_hash_table_unref(file->metadata);
  g_ptr_array_unref(file->tensors);
  g_ptr_array_unref(file->copies);
  g_ptr_array_unref(file->warnings);
  medct_mapping_free(file->mapping);
  g_free(file->path);
  g_free(file);
}

const char *
medct_tensor_file_path(const MedctTensorFile *file)
{
  return file->path;
}

guint
medct_tensor_file_count(const MedctTensorFile *file)
{
  return file->tensors->len;
}

const MedctTensor *
medct_tensor_file_get(const MedctTensorFile *file, guint index)
{
  return g_ptr_array_index(file->tensors, index);
}

const MedctTensor *
medct_tensor_file_lookup(const MedctTensorFile *file, const char *name)
{
  return g_hash_table_lookup(file->by_name, name);
}

const char *
medct_tensor_file_metadata(const MedctTensorFile *file, const char *key)
{
  return g_hash_table_lookup(file->metadata, key);
}

void
medct_tensor_file_warn(MedctTensorFile *file, const char *message)
{
  g_ptr_array_insert(file->warnings, (int)file->warnings->len - 1, g_strdup(message));
}

const char *const *
medct_tensor_file_warnings(const MedctTensorFile *file)
{
  return (const char *const *)file->warnings->pdata;
}

gboolean
medct_tensor_file_check(const MedctTensorFile *file, GError **error)
{
  if (file->mapping == NULL || medct_mapping_intact(file->mapping))
    return TRUE;
  medct_error_file(error, MEDCT_ERROR_IO, file->path,
                   "became shorter while it was open: restore the file and load it again");
  return FALSE;
}

char *
medct_tensor_file_sha256(const MedctTensorFile *file, GError **error)
{
  return medct_sha256_file(file->path, error);
}
