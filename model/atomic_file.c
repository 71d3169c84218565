#include "model/atomic_file.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

struct _MedctAtomicFile {
  char *path, *temporary;
  gboolean replaces; /* a file is there already */
  int fd;
};

/* A rename would put a file where a device is, and fails late on a folder. */
static gboolean
check_place(const char *path, gboolean *replaces, GError **error)
{
  struct stat found;
  *replaces = stat(path, &found) == 0;
  if (!*replaces || S_ISREG(found.st_mode))
    return TRUE;
  medct_error_file(error, MEDCT_ERROR_IO, path, "cannot be written: it is a %s, expected a file",
                   S_ISDIR(found.st_mode) ? _("folder") : _("device or pipe"));
  return FALSE;
}

MedctAtomicFile *
medct_atomic_file_new(const char *path, GError **error)
{
  gboolean replaces;
  if (!check_place(path, &replaces, error))
    return NULL;
  MedctAtomicFile *file = g_new0(MedctAtomicFile, 1);
  file->replaces = replaces;
  file->path = g_strdup(path);
  file->temporary = g_strconcat(path, ".XXXXXX", NULL);
  file->fd = g_mkstemp_full(file->temporary, O_RDWR | O_CLOEXEC, 0666);
  if (file->fd >= 0)
    return file;
  medct_error_file(error, MEDCT_ERROR_IO, path, "cannot be written: %s",
                   errno == ENOENT ? _("its folder does not exist, make it first")
                                   : g_strerror(errno));
  g_free(file->path);
  g_free(file->temporary);
  g_free(file);
  return NULL;
}

/* From errno; `what`: "written" or "saved". */
static void
fail(const MedctAtomicFile *file, const char *what, GError **error)
{
  medct_error_file(error, MEDCT_ERROR_IO, file->path, "could not be %s (%s)%s", what,
                   g_strerror(errno),
                   file->replaces ? _("; the file that was there is unchanged") : "");
}

gboolean
medct_atomic_file_write(MedctAtomicFile *file, const void *bytes, gsize n, GError **error)
{
  const char *at = bytes;
  while (n > 0) {
    ssize_t done = write(file->fd, at, MIN(n, (gsize)1 << 30));
    if (done < 0 && errno == EINTR)
      continue;
    if (done <= 0) {
      fail(file, "written", error);
      return FALSE;
    }
    at += done;
    n -= (gsize)done;
  }
  return TRUE;
}

static void
free_file(MedctAtomicFile *file)
{
  g_free(file->path);
  g_free(file->temporary);
  g_free(file);
}

static void
sync_folder(const char *path)
{
  g_autofree char *folder = g_path_get_dirname(path);
  int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd >= 0) {
    fsync(fd);
    close(fd);
  }
}

gboolean
medct_atomic_file_commit(MedctAtomicFile *file, GError **error)
{
  gboolean ok = fsync(file->fd) == 0;
  ok = close(file->fd) == 0 && ok;
  ok = ok && g_rename(file->temporary, file->path) == 0;
  if (!ok) {
    fail(file, "saved", error);
    g_unlink(file->temporary);
  } else {
    sync_folder(file->path);
  }
  free_file(file);
  return ok;
}

void
medct_atomic_file_discard(MedctAtomicFile *file)
{
  if (file == NULL)
    return;
  close(file->fd);
  g_unlink(file->temporary);
  free_file(file);
}

gboolean
medct_atomic_file_check(const char *path, GError **error)
{
  MedctAtomicFile *file = medct_atomic_file_new(path, error);
  medct_atomic_file_discard(file);
  return file != NULL;
}

gboolean
medct_atomic_file_save(const char *path, const void *bytes, gsize n, GError **error)
{
  MedctAtomicFile *file = medct_atomic_file_new(path, error);
  if (file == NULL)
    return FALSE;
  if (medct_atomic_file_write(file, bytes, n, error))
    return medct_atomic_file_commit(file, error);
  medct_atomic_file_discard(file);
  return FALSE;
}
