#include "app/volume-folder.h"
#include <glib/gi18n.h>
#include <string.h>

/* .nii, .nii.gz, .hdr */
static gboolean
is_volume(const char *name)
{
  static const char *const endings[] = {".nii", ".nii.gz", ".hdr"};
  g_autofree char *lower = g_ascii_strdown(name, -1);
  for (gsize n = 0; n < G_N_ELEMENTS(endings); n++)
    if (name[0] != '.' && g_str_has_suffix(lower, endings[n]))
      return TRUE;
  return FALSE;
}

static int
by_name(gconstpointer a, gconstpointer b)
{
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

char **
medct_volume_folder_list(const char *folder, GError **error)
{
  g_autoptr(GError) cause = NULL;
  g_autoptr(GDir) dir = g_dir_open(folder, 0, &cause);
  if (dir == NULL) {
    medct_error_file(error, MEDCT_ERROR_IO, folder, "the folder cannot be read");
    return NULL;
  }
  g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
  const char *name;
  while ((name = g_dir_read_name(dir)) != NULL) {
    g_autofree char *path = g_build_filename(folder, name, NULL);
    if (is_volume(name) && g_file_test(path, G_FILE_TEST_IS_REGULAR))
      g_ptr_array_add(paths, g_steal_pointer(&path));
  }
  if (paths->len == 0) {
    medct_error_field(error, MEDCT_ERROR_UNSUPPORTED, folder, N_("the folder"),
                      "one with .nii, .nii.gz or .hdr files in it", N_("without any"));
    return NULL;
  }
  g_ptr_array_sort(paths, by_name);
  g_ptr_array_add(paths, NULL);
  return (char **)g_ptr_array_free(g_steal_pointer(&paths), FALSE);
}

char **
medct_volume_folder_expand(const char *const *paths)
{
  g_autoptr(GStrvBuilder) all = g_strv_builder_new();
  for (; *paths != NULL; paths++) {
    g_auto(GStrv) inside =
        g_file_test(*paths, G_FILE_TEST_IS_DIR) ? medct_volume_folder_list(*paths, NULL) : NULL;
    if (inside != NULL)
      g_strv_builder_addv(all, (const char **)inside);
    else
      g_strv_builder_add(all, *paths);
  }
  return g_strv_builder_end(all);
}
