#include "model/prefix_cache.h"
#include "model/atomic_file.h"
#include "model/sha256.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Raise it when preprocessing or the encoder change what a volume becomes. */
#define VERSION "1"
#define MAGIC   "MEDCTPFX"
#define ENDING  ".prefix"
#define ORDER   0x01020304u

typedef struct {
  char magic[8];
  guint32 order, zero; /* byte order of the numbers */
  guint64 n;
  char sha256[64]; /* of key and numbers */
} Header;

struct _MedctPrefixCache {
  char *folder, *weights, *prefix;
  guint64 max_bytes;
  GHashTable *used; /* names of files that this object read or wrote */
};

MedctPrefixCache *
medct_prefix_cache_new(const char *weights_sha256, const char *prefix, guint64 max_bytes)
{
  MedctPrefixCache *cache = g_new0(MedctPrefixCache, 1);
  cache->folder = g_build_filename(g_get_user_cache_dir(), "medct", "prefixes", NULL);
  cache->weights = g_strdup(weights_sha256);
  cache->prefix = g_strdup(prefix);
  cache->max_bytes = max_bytes;
  cache->used = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  return cache;
}

void
medct_prefix_cache_free(MedctPrefixCache *cache)
{
  if (cache == NULL)
    return;
  g_free(cache->folder);
  g_free(cache->weights);
  g_free(cache->prefix);
  g_hash_table_unref(cache->used);
  g_free(cache);
}

/* ---- one entry ----------------------------------------------------------------------------- */

/* key, and the file's name from it (caller frees) */
static char *
entry_name(const MedctPrefixCache *cache, const char *identity, char key[65])
{
  g_autofree char *text = g_strjoin("\n", VERSION, cache->weights, identity, cache->prefix, NULL);
  medct_sha256_bytes(text, strlen(text), key);
  return g_strconcat(key, ENDING, NULL);
}

static Header
make_header(const char *key, const float *values, gsize n)
{
  Header header = {.magic = MAGIC, .order = ORDER, .n = n};
  char hex[65];
  MedctSha256 *sha = medct_sha256_new();
  medct_sha256_update(sha, key, 64);
  medct_sha256_update(sha, values, sizeof *values * n);
  medct_sha256_finish(sha, hex);
  memcpy(header.sha256, hex, sizeof header.sha256);
  return header;
}

static gboolean
read_all(int fd, void *bytes, gsize n)
{
  guint8 *at = bytes;
  while (n > 0) {
    ssize_t done = read(fd, at, MIN(n, (gsize)1 << 30));
    if (done < 0 && errno == EINTR)
      continue;
    if (done <= 0)
      return FALSE;
    at += done;
    n -= (gsize)done;
  }
  return TRUE;
}

gboolean
medct_prefix_cache_load(MedctPrefixCache *cache, const char *identity, float *values, gsize n)
{
  char key[65];
  g_autofree char *name = entry_name(cache, identity, key);
  g_autofree char *path = g_build_filename(cache->folder, name, NULL);
  int fd = *identity && cache->max_bytes > 0
               ? open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
               : -1;
  struct stat info;
  Header tainted;
  if (fd < 0)
    return FALSE;
  gboolean found = fstat(fd, &info) == 0 && S_ISREG(info.st_mode) &&
                   (guint64)info.st_size == sizeof tainted + sizeof *values * (guint64)n &&
                   read_all(fd, &tainted, sizeof tainted) &&
                   read_all(fd, values, sizeof *values * n);
  close(fd);
  if (!found)
    return FALSE;
  Header expected = make_header(key, values, n);
  if (memcmp(&expected, &tainted, sizeof expected) != 0)
    return FALSE;
  utimensat(AT_FDCWD, path, NULL, AT_SYMLINK_NOFOLLOW); /* recently used: last to be removed */
  g_hash_table_add(cache->used, g_steal_pointer(&name));
  return TRUE;
}

/* ---- room ---------------------------------------------------------------------------------- */

typedef struct {
  char *name;
  gint64 used; /* ns */
  guint64 bytes;
} Entry;

static void
entry_clear(gpointer data)
{
  g_free(((Entry *)data)->name);
}

static int
compare_used(gconstpointer a, gconstpointer b)
{
  const Entry *first = a, *second = b;
  return (first->used > second->used) - (first->used < second->used);
}

static GArray *
list_entries(const MedctPrefixCache *cache, guint64 *total)
{
  GArray *entries = g_array_new(FALSE, FALSE, sizeof(Entry));
  g_array_set_clear_func(entries, entry_clear);
  g_autoptr(GDir) dir = g_dir_open(cache->folder, 0, NULL);
  const char *name;
  while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
    struct stat info;
    g_autofree char *path = g_build_filename(cache->folder, name, NULL);
    if (!g_str_has_suffix(name, ENDING) || lstat(path, &info) != 0)
      continue;
    Entry entry = {g_strdup(name), (gint64)info.st_mtim.tv_sec * 1000000000 + info.st_mtim.tv_nsec,
                   (guint64)info.st_size};
    *total += entry.bytes;
    g_array_append_val(entries, entry);
  }
  return entries;
}

static gboolean
make_room(MedctPrefixCache *cache, guint64 bytes)
{
  guint64 total = 0;
  g_autoptr(GArray) entries = list_entries(cache, &total);
  g_array_sort(entries, compare_used);
  for (guint i = 0; i < entries->len && total + bytes > cache->max_bytes; i++) {
    const Entry *entry = &g_array_index(entries, Entry, i);
    g_autofree char *path = g_build_filename(cache->folder, entry->name, NULL);
    if (!g_hash_table_contains(cache->used, entry->name) && g_unlink(path) == 0)
      total -= entry->bytes;
  }
  return total + bytes <= cache->max_bytes;
}

void
medct_prefix_cache_store(MedctPrefixCache *cache, const char *identity, const float *values,
                         gsize n)
{
  char key[65];
  g_autofree char *name = entry_name(cache, identity, key);
  g_autofree char *path = g_build_filename(cache->folder, name, NULL);
  g_autoptr(GError) error = NULL;
  if (*identity == '\0' || cache->max_bytes == 0 || g_mkdir_with_parents(cache->folder, 0700) != 0)
    return;
  if (!make_room(cache, sizeof(Header) + sizeof *values * (guint64)n))
    return;
  Header header = make_header(key, values, n);
  MedctAtomicFile *file = medct_atomic_file_new(path, &error);
  if (file != NULL && (!medct_atomic_file_write(file, &header, sizeof header, &error) ||
                       !medct_atomic_file_write(file, values, sizeof *values * n, &error)))
    medct_atomic_file_discard(g_steal_pointer(&file));
  if (file != NULL && medct_atomic_file_commit(file, &error))
    g_hash_table_add(cache->used, g_steal_pointer(&name));
  if (error != NULL)
    g_info("prefix of a volume not kept on disk: %s", error->message);
}
