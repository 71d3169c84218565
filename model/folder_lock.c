#include "model/folder_lock.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

struct _MedctFolderLock {
  char *path;
  int file;
};

/* The one who held it may have removed the file between our open and our lock. */
static gboolean
is_at(int file, const char *path)
{
  struct stat held, there;
  return fstat(file, &held) == 0 && stat(path, &there) == 0 && held.st_ino == there.st_ino &&
         held.st_dev == there.st_dev;
}

/* Who holds it, as the holder wrote it: for the message only; 0 when it is not legible. */
static int
holder(const char *path)
{
  char tainted_text[16] = "";
  int file = open(path, O_RDONLY | O_CLOEXEC);
  gssize n = file >= 0 ? read(file, tainted_text, sizeof tainted_text - 1) : 0;
  if (file >= 0)
    close(file);
  gint64 process = 0;
  if (n <= 0)
    return 0;
  g_strchomp(tainted_text);
  return g_ascii_string_to_signed(tainted_text, 10, 1, G_MAXINT, &process, NULL) ? (int)process : 0;
}

static void
refuse(const char *path, const char *busy, GError **error)
{
  g_autofree char *folder = g_path_get_dirname(path);
  g_autofree char *who = NULL;
  int process = holder(path);
  if (process > 0)
    who = g_strdup_printf(" (process %d)", process);
  medct_error_file(error, MEDCT_ERROR_IO, folder, "is being worked on by another program%s: %s",
                   who != NULL ? who : "", _(busy));
}

static void
sign(int file)
{
  g_autofree char *text = g_strdup_printf("%d\n", (int)getpid());
  if (ftruncate(file, 0) != 0 || write(file, text, strlen(text)) < 0)
    g_debug("the lock is not signed"); /* it holds all the same */
}

MedctFolderLock *
medct_folder_lock_new(const char *folder, const char *name, const char *busy, GError **error)
{
  g_autofree char *path = g_build_filename(folder, name, NULL);
  for (;;) {
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0) {
      medct_error_file(error, MEDCT_ERROR_IO, path, "cannot be made: %s", g_strerror(errno));
      return NULL;
    }
    if (flock(file, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
      close(file);
      refuse(path, busy, error);
      return NULL;
    }
    if (is_at(file, path)) {
      MedctFolderLock *lock = g_new0(MedctFolderLock, 1);
      sign(file);
      lock->path = g_steal_pointer(&path);
      lock->file = file;
      return lock;
    }
    close(file);
  }
}

void
medct_folder_lock_free(MedctFolderLock *lock)
{
  if (lock == NULL)
    return;
  g_unlink(lock->path); /* before others can take it */
  close(lock->file);
  g_free(lock->path);
  g_free(lock);
}

gboolean
medct_folder_is_locked(const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename(folder, name, NULL);
  int file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (file < 0)
    return FALSE;
  gboolean locked = flock(file, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  close(file);
  return locked;
}
