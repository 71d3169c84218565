#include "model/folder.h"

#include <errno.h>
#include <glib/gstdio.h>

gboolean
medct_folder_make(const char *folder, int mode, GError **error)
{
  if (g_mkdir_with_parents(folder, mode) == 0)
    return TRUE;
  medct_error_file(error, MEDCT_ERROR_IO, folder, "the folder cannot be made: %s",
                   g_strerror(errno));
  return FALSE;
}
