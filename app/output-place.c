#include "app/output-place.h"
#include "model/atomic_file.h"
#include "model/folder.h"
#include <sys/stat.h>

static gboolean
same_file(const char *one, const char *other)
{
  struct stat a, b;
  return stat(one, &a) == 0 && stat(other, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

gboolean
medct_output_check_file(const char *out, const char *const *inputs, GError **error)
{
  if (out == NULL)
    return TRUE;
  for (; *inputs != NULL; inputs++)
    if (same_file(out, *inputs)) {
      medct_error_file(error, MEDCT_ERROR_ARGUMENT, out,
                       "is read by the same command and would be overwritten: name another file "
                       "to write");
      return FALSE;
    }
  return medct_atomic_file_check(out, error);
}

gboolean
medct_output_check_folder(const char *out, GError **error)
{
  return out == NULL || medct_folder_check(out, error);
}
