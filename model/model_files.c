#include "model/model_files.h"

static char *
beside(const char *folder, const char *name)
{
  char *path = g_build_filename(folder, name, NULL);
  if (!g_file_test(path, G_FILE_TEST_IS_REGULAR))
    g_clear_pointer(&path, g_free);
  return path;
}

static char *
find_in_folder(const char *folder, GError **error)
{
  static const char *const endings[] = {".safetensors", ".pt"};
  char *named = beside(folder, "model.safetensors");
  if (named)
    return named;
  for (gsize e = 0; e < G_N_ELEMENTS(endings); e++) {
    g_autoptr(GError) cause = NULL;
    g_autoptr(GDir) dir = g_dir_open(folder, 0, &cause);
    g_autofree char *found = NULL;
    const char *name;
    int n = 0;
    if (dir == NULL) {
      medct_error_unreadable(error, folder, cause);
      return NULL;
    }
    while ((name = g_dir_read_name(dir)) != NULL)
      if (g_str_has_suffix(name, endings[e]) && n++ == 0)
        found = g_strdup(name);
    if (n == 1)
      return g_build_filename(folder, found, NULL);
    if (n > 1) {
      medct_error_file(error, MEDCT_ERROR_ARGUMENT, folder,
                       "holds %d %s files: name the weights model.safetensors, or give the file", n,
                       endings[e]);
      return NULL;
    }
  }
  medct_error_file(error, MEDCT_ERROR_IO, folder,
                   "holds no weights, expected model.safetensors or one .safetensors or .pt file");
  return NULL;
}

char *
medct_model_find_weights(const char *path, GError **error)
{
  gboolean is_folder = g_file_test(path, G_FILE_TEST_IS_DIR);
  return is_folder ? find_in_folder(path, error) : g_strdup(path);
}

char *
medct_model_find_file(const char *path, const char *name)
{
  gboolean is_folder = g_file_test(path, G_FILE_TEST_IS_DIR);
  g_autofree char *folder = is_folder ? g_strdup(path) : g_path_get_dirname(path);
  return beside(folder, name);
}

gboolean
medct_model_check_free(const char *folder, GError **error)
{
  g_autofree char *found =
      g_file_test(folder, G_FILE_TEST_IS_DIR) ? medct_model_find_weights(folder, NULL) : NULL;
  if (found == NULL)
    return TRUE;
  medct_error_file(error, MEDCT_ERROR_ARGUMENT, folder,
                   "holds a model already: choose another folder");
  return FALSE;
}
