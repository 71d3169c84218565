#include "model/sha256.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

struct _MedctSha256 {
  EVP_MD_CTX *context;
};

MedctSha256 *
medct_sha256_new(void)
{
  MedctSha256 *sha = g_new0(MedctSha256, 1);
  sha->context = EVP_MD_CTX_new();
  EVP_DigestInit_ex(sha->context, EVP_sha256(), NULL);
  return sha;
}

void
medct_sha256_update(MedctSha256 *sha, const void *bytes, gsize n)
{
  EVP_DigestUpdate(sha->context, bytes, n);
}

void
medct_sha256_finish(MedctSha256 *sha, char hex[65])
{
  guint8 digest[EVP_MAX_MD_SIZE] = {0};
  EVP_DigestFinal_ex(sha->context, digest, NULL);
  for (int i = 0; i < 32; i++)
    g_snprintf(hex + 2 * i, 3, "%02x", digest[i]);
  EVP_MD_CTX_free(sha->context);
  g_free(sha);
}

void
medct_sha256_bytes(const void *bytes, gsize n, char hex[65])
{
  MedctSha256 *sha = medct_sha256_new();
  medct_sha256_update(sha, bytes, n);
  medct_sha256_finish(sha, hex);
}

/* One remembered hash is a small file named after what identifies the content. */
static char *
memory_path(const struct stat *info)
{
  g_autofree char *name = g_strdup_printf(
      "%" G_GUINT64_FORMAT "-%" G_GUINT64_FORMAT "-%" G_GUINT64_FORMAT "-%ld.%09ld-%ld.%09ld",
      (guint64)info->st_dev, (guint64)info->st_ino, (guint64)info->st_size,
      (long)info->st_mtim.tv_sec, info->st_mtim.tv_nsec, (long)info->st_ctim.tv_sec,
      info->st_ctim.tv_nsec);
  return g_build_filename(g_get_user_cache_dir(), "medct", "sha256", name, NULL);
}

static gboolean
recall(const char *path, char hex[65])
{
  g_autofree char *text = NULL;
  gsize n = 0;
  if (!g_file_get_contents(path, &text, &n, NULL) || n != 64)
    return FALSE;
  for (gsize i = 0; i < 64; i++)
    if (!g_ascii_isxdigit(text[i]))
      return FALSE;
  g_strlcpy(hex, text, 65);
  return TRUE;
}

static void
remember(const char *path, const char *hex)
{
  g_autofree char *folder = g_path_get_dirname(path);
  if (g_mkdir_with_parents(folder, 0700) == 0)
    g_file_set_contents(path, hex, 64, NULL); /* only a convenience: a failure costs a second */
}

typedef enum { HASHED, FAILED, CANCELLED } Outcome;

static Outcome
hash_descriptor(int fd, gint64 size, const MedctMonitor *monitor, char hex[65])
{
  enum { CHUNK = 1 << 20 };
  g_autofree guint8 *chunk = g_malloc(CHUNK);
  MedctSha256 *sha = medct_sha256_new();
  gint64 done = 0;
  ssize_t n = 0;
  gboolean stopped = FALSE;
  while (!(stopped = medct_monitor_cancelled(monitor)) &&
         ((n = read(fd, chunk, CHUNK)) > 0 || (n < 0 && errno == EINTR))) {
    if (n <= 0)
      continue;
    medct_sha256_update(sha, chunk, (gsize)n);
    done += n;
    medct_monitor_progress(monitor, CLAMP((double)done / (double)MAX(size, 1), 0, 1), "hash");
  }
  medct_sha256_finish(sha, hex);
  return stopped ? CANCELLED : n == 0 ? HASHED : FAILED;
}

char *
medct_sha256_file(const char *path, GError **error)
{
  return medct_sha256_file_watched(path, NULL, error);
}

char *
medct_sha256_file_watched(const char *path, const MedctMonitor *monitor, GError **error)
{
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  struct stat info;
  if (fd < 0 || fstat(fd, &info) != 0) {
    medct_error_file(error, MEDCT_ERROR_IO, path, "cannot be opened: %s", g_strerror(errno));
    if (fd >= 0)
      close(fd);
    return NULL;
  }
  char hex[65] = "";
  g_autofree char *memory = memory_path(&info);
  gboolean known = recall(memory, hex);
  Outcome outcome = known ? HASHED : hash_descriptor(fd, info.st_size, monitor, hex);
  close(fd);
  if (outcome == CANCELLED) {
    g_set_error_literal(error, MEDCT_ERROR, MEDCT_ERROR_CANCELLED, _("stopped"));
    return NULL;
  }
  if (outcome == FAILED) {
    medct_error_file(error, MEDCT_ERROR_IO, path, "cannot be read: %s", g_strerror(errno));
    return NULL;
  }
  if (!known && info.st_size > 16 << 20)
    remember(memory, hex);
  return g_strdup(hex);
}
