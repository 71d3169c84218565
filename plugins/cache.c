#include "plugins/cache.h"

#include "model/atomic_file.h"
#include "model/sha256.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAGIC        "MEDCTENC"
#define VERSION      1u
#define HEADER_BYTES (8 + 4 + 4 + 64)

/* magic [8] · version u32 LE · payload bytes u32 LE · SHA-256 in hex [64] */
typedef struct {
  guint8 bytes[HEADER_BYTES];
} CacheHeader;

char *
medct_cache_key(const char *const *parts)
{
  MedctSha256 *sha = medct_sha256_new();
  for (; *parts != NULL; parts++) {
    guint64 length = GUINT64_TO_LE((guint64)strlen(*parts));
    medct_sha256_update(sha, &length, sizeof length);
    medct_sha256_update(sha, *parts, strlen(*parts));
  }
  char hex[65];
  medct_sha256_finish(sha, hex);
  return g_strdup(hex);
}

static char *
cache_folder(void)
{
  return g_build_filename(g_get_user_cache_dir(), "medct", "encodings", NULL);
}

static char *
entry_path(const char *key)
{
  g_autofree char *folder = cache_folder();
  g_autofree char *name = g_strconcat(key, ".enc", NULL);
  return g_build_filename(folder, name, NULL);
}

static CacheHeader
make_header(const char *key, const void *payload, gsize n)
{
  CacheHeader header;
  guint32 version = GUINT32_TO_LE(VERSION), length = GUINT32_TO_LE((guint32)n);
  char hex[65];
  MedctSha256 *sha = medct_sha256_new();
  medct_sha256_update(sha, key, strlen(key));
  medct_sha256_update(sha, payload, n);
  medct_sha256_finish(sha, hex);
  memcpy(header.bytes, MAGIC, 8);
  memcpy(header.bytes + 8, &version, 4);
  memcpy(header.bytes + 12, &length, 4);
  memcpy(header.bytes + 16, hex, 64);
  return header;
}

GBytes *
medct_cache_load(const char *key)
{
  g_autofree char *path = entry_path(key);
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  struct stat info;
  if (fd < 0)
    return NULL;
  g_autofree guint8 *tainted = NULL;
  gsize n = 0;
  if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_size > HEADER_BYTES &&
      (gsize)info.st_size <= HEADER_BYTES + MEDCT_CACHE_MAX_ENTRY) {
    n = (gsize)info.st_size;
    tainted = g_malloc(n);
    if (read(fd, tainted, n) != (ssize_t)n)
      n = 0;
  }
  close(fd);
  if (n == 0)
    return NULL;
  const guint8 *payload = tainted + HEADER_BYTES;
  CacheHeader expected = make_header(key, payload, n - HEADER_BYTES);
  if (memcmp(expected.bytes, tainted, HEADER_BYTES) != 0)
    return NULL;
  utimensat(AT_FDCWD, path, NULL, AT_SYMLINK_NOFOLLOW); /* recently used: last to be removed */
  return g_bytes_new(payload, n - HEADER_BYTES);
}

void
medct_cache_store(const char *key, const void *bytes, gsize n_bytes)
{
  g_autofree char *folder = cache_folder();
  g_autofree char *path = entry_path(key);
  g_autoptr(GError) error = NULL;
  if (n_bytes == 0 || n_bytes > MEDCT_CACHE_MAX_ENTRY || g_mkdir_with_parents(folder, 0700) != 0)
    return;
  MedctAtomicFile *file = medct_atomic_file_new(path, &error);
  CacheHeader header = make_header(key, bytes, n_bytes);
  if (file != NULL && (!medct_atomic_file_write(file, header.bytes, HEADER_BYTES, &error) ||
                       !medct_atomic_file_write(file, bytes, n_bytes, &error)))
    medct_atomic_file_discard(g_steal_pointer(&file));
  if (file != NULL && medct_atomic_file_commit(file, &error))
    medct_cache_trim(MEDCT_CACHE_MAX_TOTAL);
  if (error != NULL)
    g_info("encoding not kept on disk: %s", error->message);
}

/* ---- trimming ------------------------------------------------------------------------------ */

typedef struct {
  char *path;
  gint64 used; /* ns */
  guint64 bytes;
} Entry;

static void
entry_clear(gpointer data)
{
  g_free(((Entry *)data)->path);
}

static int
compare_used(gconstpointer a, gconstpointer b)
{
  const Entry *first = a, *second = b;
  return (first->used > second->used) - (first->used < second->used);
}

static GArray *
list_entries(guint64 *total)
{
  GArray *entries = g_array_new(FALSE, FALSE, sizeof(Entry));
  g_array_set_clear_func(entries, entry_clear);
  g_autofree char *folder = cache_folder();
  g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
  const char *name;
  while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
    struct stat info;
    g_autofree char *path = g_build_filename(folder, name, NULL);
    if (!g_str_has_suffix(name, ".enc") || lstat(path, &info) != 0)
      continue;
    Entry entry = {g_steal_pointer(&path),
                   (gint64)info.st_mtim.tv_sec * 1000000000 + info.st_mtim.tv_nsec,
                   (guint64)info.st_size};
    *total += entry.bytes;
    g_array_append_val(entries, entry);
  }
  return entries;
}

guint64
medct_cache_size(void)
{
  guint64 total = 0;
  g_array_unref(list_entries(&total));
  return total;
}

void
medct_cache_trim(guint64 max_total)
{
  guint64 total = 0;
  g_autoptr(GArray) entries = list_entries(&total);
  g_array_sort(entries, compare_used);
  for (guint i = 0; i < entries->len && total > max_total; i++) {
    const Entry *entry = &g_array_index(entries, Entry, i);
    if (g_unlink(entry->path) == 0)
      total -= entry->bytes;
  }
}
