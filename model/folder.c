#include "model/folder.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <unistd.h>

gboolean
medct_folder_make(const char *folder, int mode, GError **error)
{
  if (g_mkdir_with_parents(folder, mode) == 0)
    return TRUE;
  medct_error_file(error, MEDCT_ERROR_IO, folder, "the folder cannot be made: %s",
                   g_strerror(errno));
  return FALSE;
}

gboolean
medct_folder_check(const char *folder, GError **error)
{
  g_autofree char *at = g_strdup(folder);
  while (access(at, F_OK) != 0 && errno == ENOENT) { /* up to what is there */
    char *above = g_path_get_dirname(at);
    g_free(at);
    at = above;
  }
  if (!g_file_test(at, G_FILE_TEST_IS_DIR))
    errno = ENOTDIR;
  else if (access(at, W_OK | X_OK) == 0)
    return TRUE;
  medct_error_file(error, MEDCT_ERROR_IO, folder, "cannot be written into: %s", g_strerror(errno));
  return FALSE;
}
