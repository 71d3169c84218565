#include "plugins/source.h"
#include <glib/gi18n.h>

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HASH_CHUNK (1u << 20)

typedef struct {
  medct_stream abi;
  char *name;
  int fd;
  struct stat opened;
} Stream;

struct _MedctSource {
  medct_source abi;
  char *folder;
  GPtrArray *streams; /* of Stream; the first is the file itself, then siblings */
  GAsyncQueue *to_hash;
  GThread *hasher;
  EVP_MD_CTX *digest;
  gint stop; /* atomic */
  gboolean hash_failed;
};

static void
stream_free(gpointer data)
{
  Stream *stream = data;
  close(stream->fd);
  g_free(stream->name);
  g_free(stream);
}

static int64_t
read_fully(int fd, uint64_t offset, void *buffer, uint64_t n)
{
  uint64_t done = 0;
  while (done < n) {
    ssize_t got = pread(fd, (char *)buffer + done, MIN(n - done, 1u << 30), (off_t)(offset + done));
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return -1;
    if (got == 0)
      break;
    done += (uint64_t)got;
  }
  return (int64_t)done;
}

static int64_t
stream_read_at(const medct_stream *abi, uint64_t offset, void *buffer, uint64_t n)
{
  const Stream *stream = abi->data;
  if (offset >= abi->length)
    return 0;
  return read_fully(stream->fd, offset, buffer, MIN(n, abi->length - offset));
}

/* O_NONBLOCK: opening a FIFO must not wait for its writer; regular files do not care. */
static Stream *
stream_open(const char *path, GError **error)
{
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0) {
    medct_error_file(error, MEDCT_ERROR_IO, path, "cannot be opened: %s", g_strerror(errno));
    return NULL;
  }
  struct stat info = {0};
  if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
    medct_error_field(error, S_ISDIR(info.st_mode) ? MEDCT_ERROR_UNSUPPORTED : MEDCT_ERROR_IO, path,
                      N_("its type"), "a regular file", "%s",
                      S_ISDIR(info.st_mode) ? _("a folder") : _("a device, pipe or socket"));
    close(fd);
    return NULL;
  }
  Stream *stream = g_new0(Stream, 1);
  stream->fd = fd;
  stream->opened = info;
  stream->name = g_path_get_basename(path);
  stream->abi = (medct_stream){.size = sizeof(medct_stream),
                               .data = stream,
                               .name = stream->name,
                               .length = (uint64_t)info.st_size,
                               .read_at = stream_read_at};
  return stream;
}

static const medct_stream *
source_stream(const medct_source *abi, uint32_t index)
{
  MedctSource *source = abi->data;
  return index < abi->n_streams ? &((Stream *)source->streams->pdata[index])->abi : NULL;
}

static const medct_stream *
source_sibling(const medct_source *abi, const char *name)
{
  MedctSource *source = abi->data;
  if (name == NULL || name[0] == '\0' || strchr(name, '/') || strchr(name, '\\') ||
      strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
    return NULL;
  for (guint i = 0; i < source->streams->len; i++) {
    Stream *known = source->streams->pdata[i];
    if (strcmp(known->name, name) == 0)
      return &known->abi;
  }
  g_autofree char *path = g_build_filename(source->folder, name, NULL);
  Stream *stream = stream_open(path, NULL);
  if (stream == NULL)
    return NULL;
  g_ptr_array_add(source->streams, stream);
  g_async_queue_push(source->to_hash, stream);
  return &stream->abi;
}

static gboolean
hash_stream(MedctSource *source, const Stream *stream, guint8 *chunk)
{
  for (uint64_t offset = 0; offset < stream->abi.length; offset += HASH_CHUNK) {
    uint64_t want = MIN((uint64_t)HASH_CHUNK, stream->abi.length - offset);
    if (g_atomic_int_get(&source->stop) ||
        read_fully(stream->fd, offset, chunk, want) != (int64_t)want ||
        EVP_DigestUpdate(source->digest, chunk, want) != 1)
      return FALSE;
  }
  return TRUE;
}

static gpointer
hash_thread(gpointer data)
{
  MedctSource *source = data;
  g_autofree guint8 *chunk = g_malloc(HASH_CHUNK);
  for (;;) {
    gpointer stream = g_async_queue_pop(source->to_hash);
    if (stream == data) /* the source itself ends its queue */
      return NULL;
    if (!source->hash_failed && !hash_stream(source, stream, chunk))
      source->hash_failed = TRUE;
  }
}

MedctSource *
medct_source_open(const char *path, GError **error)
{
  Stream *stream = stream_open(path, error);
  if (stream == NULL)
    return NULL;
  MedctSource *source = g_new0(MedctSource, 1);
  source->folder = g_path_get_dirname(path);
  source->streams = g_ptr_array_new_with_free_func(stream_free);
  g_ptr_array_add(source->streams, stream);
  source->to_hash = g_async_queue_new();
  source->digest = EVP_MD_CTX_new();
  source->hash_failed =
      source->digest == NULL || EVP_DigestInit_ex(source->digest, EVP_sha256(), NULL) != 1;
  source->abi = (medct_source){.size = sizeof(medct_source),
                               .data = source,
                               .n_streams = 1,
                               .stream = source_stream,
                               .sibling = source_sibling};
  return source;
}

static void
join_hasher(MedctSource *source)
{
  if (source->hasher == NULL)
    return;
  g_async_queue_push(source->to_hash, source);
  g_thread_join(g_steal_pointer(&source->hasher));
}

void
medct_source_free(MedctSource *source)
{
  g_atomic_int_set(&source->stop, 1);
  join_hasher(source);
  EVP_MD_CTX_free(source->digest);
  g_async_queue_unref(source->to_hash);
  g_ptr_array_unref(source->streams);
  g_free(source->folder);
  g_free(source);
}

void
medct_source_start_hash(MedctSource *source)
{
  g_async_queue_push(source->to_hash, source->streams->pdata[0]);
  source->hasher = g_thread_new("medct-hash", hash_thread, source);
}

const medct_source *
medct_source_abi(MedctSource *source)
{
  return &source->abi;
}

const char *
medct_source_name(const MedctSource *source)
{
  return ((Stream *)source->streams->pdata[0])->name;
}

gssize
medct_source_head(MedctSource *source, guint8 *head, gsize capacity)
{
  const medct_stream *stream = source_stream(&source->abi, 0);
  return (gssize)stream->read_at(stream, 0, head, capacity);
}

guint64
medct_source_length(const MedctSource *source)
{
  return ((Stream *)source->streams->pdata[0])->abi.length;
}

guint64
medct_source_all_bytes(const MedctSource *source)
{
  guint64 total = 0;
  for (guint i = 0; i < source->streams->len; i++)
    total += ((Stream *)source->streams->pdata[i])->abi.length;
  return total;
}

static gboolean
unchanged(const Stream *stream)
{
  struct stat now;
  return fstat(stream->fd, &now) == 0 && now.st_size == stream->opened.st_size &&
         now.st_mtim.tv_sec == stream->opened.st_mtim.tv_sec &&
         now.st_mtim.tv_nsec == stream->opened.st_mtim.tv_nsec;
}

gboolean
medct_source_finish_hash(MedctSource *source, char hex[65], GError **error)
{
  join_hasher(source);
  gboolean fine = !source->hash_failed;
  for (guint i = 0; i < source->streams->len; i++)
    fine = fine && unchanged(source->streams->pdata[i]);
  guint8 digest[32];
  if (!fine || EVP_DigestFinal_ex(source->digest, digest, NULL) != 1) {
    medct_error_file(
        error, MEDCT_ERROR_IO, medct_source_name(source),
        "changed or could not be read to its end while it was being opened; try again");
    return FALSE;
  }
  for (int i = 0; i < 32; i++)
    g_snprintf(hex + 2 * i, 3, "%02x", digest[i]);
  return TRUE;
}
