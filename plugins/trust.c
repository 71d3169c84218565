#include "plugins/trust.h"
#include <glib/gi18n.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STORE_GROUP     "Enabled plugins"
#define STORE_MAX_BYTES (1u << 20)

static gboolean
owner_is_trusted(const struct stat *info)
{
  return info->st_uid == 0 || info->st_uid == geteuid();
}

static gboolean
refuse(const char *path, const char *what, const char *remedy, GError **error)
{
  medct_error_file(error, MEDCT_ERROR_IO, path, "%s; %s", _(what), _(remedy));
  return FALSE;
}

static gboolean
folder_is_trusted(const char *file, const char *folder, GError **error)
{
  struct stat info;
  g_autofree char *shown = g_path_get_basename(folder);
  if (lstat(folder, &info) != 0 || !S_ISDIR(info.st_mode))
    return refuse(file, N_("a folder above it cannot be examined"), N_("check its permissions"),
                  error);
  if (!owner_is_trusted(&info)) {
    g_autofree char *what = g_strdup_printf("its folder \"%s\" belongs to another user", shown);
    return refuse(file, what, N_("move the plugin into a folder of your own"), error);
  }
  if ((info.st_mode & (S_IWGRP | S_IWOTH)) != 0 && (info.st_mode & S_ISVTX) == 0) {
    g_autofree char *what = g_strdup_printf("others can write into its folder \"%s\"", shown);
    return refuse(file, what, N_("take that permission away (chmod go-w)"), error);
  }
  return TRUE;
}

/* `real` has no symbolic links left in it: realpath() made it. */
static gboolean
folders_are_trusted(const char *file, const char *real, GError **error)
{
  g_autofree char *folder = g_path_get_dirname(real);
  for (;;) {
    if (!folder_is_trusted(file, folder, error))
      return FALSE;
    if (strcmp(folder, "/") == 0)
      return TRUE;
    char *above = g_path_get_dirname(folder);
    g_free(folder);
    folder = above;
  }
}

static gboolean
file_is_trusted(int fd, const char *path, guint64 max_bytes, GError **error)
{
  struct stat info;
  if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode))
    return refuse(path, N_("is not a regular file"), N_("a plugin and its manifest must be"),
                  error);
  if (!owner_is_trusted(&info))
    return refuse(path, N_("belongs to another user"), N_("copy it, so that it is yours"), error);
  if ((info.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    return refuse(path, N_("can be written by others"),
                  N_("take that permission away (chmod go-w)"), error);
  if (info.st_size <= 0 || (guint64)info.st_size > max_bytes)
    return refuse(path, N_("is empty or too large"),
                  N_("a manifest has at most 64 KiB, a plugin 1 GiB"), error);
  return TRUE;
}

int
medct_trust_open(const char *path, guint64 max_bytes, GError **error)
{
  g_autofree char *folder = g_path_get_dirname(path);
  char *real_folder = realpath(folder, NULL);
  if (real_folder == NULL) {
    medct_error_file(error, MEDCT_ERROR_IO, path, "cannot be found: %s", g_strerror(errno));
    return -1;
  }
  g_autofree char *name = g_path_get_basename(path);
  g_autofree char *real = g_build_filename(real_folder, name, NULL);
  free(real_folder);
  int fd = open(real, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
  if (fd < 0) {
    medct_error_file(error, MEDCT_ERROR_IO, path, "cannot be opened: %s",
                     errno == ELOOP ? _("it is a symbolic link; name the file itself")
                                    : g_strerror(errno));
    return -1;
  }
  if (folders_are_trusted(path, real, error) && file_is_trusted(fd, path, max_bytes, error))
    return fd;
  close(fd);
  return -1;
}

/* Calls take(data, chunk, n) over the whole file. */
static gboolean
for_each_chunk(int fd, void (*take)(gpointer data, const guint8 *chunk, gsize n), gpointer data,
               const char *path, GError **error)
{
  guint8 chunk[16384];
  off_t offset = 0;
  for (;;) {
    ssize_t n = pread(fd, chunk, sizeof chunk, offset);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0) {
      medct_error_file(error, MEDCT_ERROR_IO, path, "cannot be read: %s", g_strerror(errno));
      return FALSE;
    }
    if (n == 0)
      return TRUE;
    take(data, chunk, (gsize)n);
    offset += n;
  }
}

static void
take_hash(gpointer data, const guint8 *chunk, gsize n)
{
  g_checksum_update(data, chunk, (gssize)n);
}

char *
medct_trust_sha256(int fd, const char *path, GError **error)
{
  g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
  if (!for_each_chunk(fd, take_hash, checksum, path, error))
    return NULL;
  return g_strdup(g_checksum_get_string(checksum));
}

static void
take_bytes(gpointer data, const guint8 *chunk, gsize n)
{
  g_byte_array_append(data, chunk, (guint)n);
}

GBytes *
medct_trust_read(int fd, const char *path, GError **error)
{
  g_autoptr(GByteArray) bytes = g_byte_array_new();
  if (!for_each_chunk(fd, take_bytes, bytes, path, error))
    return NULL;
  return g_byte_array_free_to_bytes(g_steal_pointer(&bytes));
}

/* ---- the user's list ----------------------------------------------------------------------- */

static char *
store_path(void)
{
  return g_build_filename(g_get_user_config_dir(), "medct", "plugins.ini", NULL);
}

/* An absent list is an empty one. A list that others could have written counts for nothing. */
static GKeyFile *
store_load(GError **error)
{
  g_autoptr(GKeyFile) keys = g_key_file_new();
  g_autofree char *path = store_path();
  if (!g_file_test(path, G_FILE_TEST_EXISTS))
    return g_steal_pointer(&keys);
  int fd = medct_trust_open(path, STORE_MAX_BYTES, error);
  if (fd < 0)
    return NULL;
  g_autoptr(GBytes) bytes = medct_trust_read(fd, path, error);
  close(fd);
  if (bytes == NULL || !g_key_file_load_from_bytes(keys, bytes, G_KEY_FILE_NONE, error))
    return NULL;
  return g_steal_pointer(&keys);
}

gboolean
medct_trust_is_enabled(const char *sha256)
{
  g_autoptr(GKeyFile) keys = store_load(NULL);
  return keys != NULL && g_key_file_has_key(keys, STORE_GROUP, sha256, NULL);
}

gboolean
medct_trust_set_enabled(const char *sha256, const char *name, gboolean enabled, GError **error)
{
  g_autoptr(GKeyFile) keys = store_load(error);
  if (keys == NULL)
    return FALSE;
  if (enabled)
    g_key_file_set_string(keys, STORE_GROUP, sha256, name);
  else if (!g_key_file_remove_key(keys, STORE_GROUP, sha256, NULL))
    return TRUE;
  g_autofree char *path = store_path();
  g_autofree char *folder = g_path_get_dirname(path);
  if (g_mkdir_with_parents(folder, 0700) != 0) {
    medct_error_file(error, MEDCT_ERROR_IO, folder, "cannot be made: %s", g_strerror(errno));
    return FALSE;
  }
  gsize n = 0;
  g_autofree char *text = g_key_file_to_data(keys, &n, NULL);
  return g_file_set_contents_full(path, text, (gssize)n,
                                  G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE,
                                  0600, error);
}
