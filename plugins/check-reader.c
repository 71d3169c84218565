/* Checks of readers: hostile streams, a good sample cut and bent, threads. */
#include "plugins/check-private.h"

#include <string.h>

/* A reader may ask for no more than this in a check; enough for small samples. */
#define MOST_SLAB_BYTES ((guint64)256 << 20)

/* ---- the watching host ---------------------------------------------------------------------- */

static bool
watched_is_cancelled(const medct_host *abi)
{
  MedctCheckHost *host = (MedctCheckHost *)abi->host_data; /* base stands first */
  const medct_host_thread_check *threads = host->thread_check;
  g_atomic_int_inc(&host->asked);
  if (!threads->is_job_thread(abi))
    g_atomic_int_inc(&host->wrong_thread);
  return host->cancel_at != 0 && g_get_monotonic_time() >= host->cancel_at;
}

static void
watched_report(const medct_host *abi, double fraction, const char *stage)
{
  MedctCheckHost *host = (MedctCheckHost *)abi->host_data; /* base stands first */
  if (!host->thread_check->is_job_thread(abi) || !(fraction >= 0 && fraction <= 1))
    g_atomic_int_inc(&host->wrong_thread);
}

static const void *
watched_get_extension(const medct_host *abi, const char *id)
{
  static const medct_host_progress progress = {watched_is_cancelled, watched_report};
  MedctCheckHost *host = (MedctCheckHost *)abi->host_data; /* base stands first */
  return strcmp(id, MEDCT_HOST_PROGRESS) == 0 ? &progress : host->get_extension(abi, id);
}

void
medct_check_host_init(MedctCheckHost *host)
{
  memset(host, 0, sizeof *host);
  medct_instance_host_init(&host->base, g_thread_self(), "checked plugin");
  host->get_extension = host->base.abi.get_extension;
  host->thread_check = host->base.abi.get_extension(&host->base.abi, MEDCT_HOST_THREAD_CHECK);
  host->base.abi.get_extension = watched_get_extension;
}

/* ---- streams -------------------------------------------------------------------------------- */

/* A stream over bytes in memory that can misbehave. */
typedef struct {
  medct_stream stream;
  medct_source source;
  const guint8 *bytes;
  guint64 n_bytes;
  int fail_at; /* the read that fails; −1: none */
  int reads;
} MemoryStream;

static int64_t
check_read_at(const medct_stream *abi, uint64_t offset, void *buffer, uint64_t n)
{
  MemoryStream *stream = abi->data;
  if (stream->reads++ == stream->fail_at)
    return -1;
  if (offset >= stream->n_bytes)
    return 0;
  uint64_t got = MIN(n, stream->n_bytes - offset);
  memcpy(buffer, stream->bytes + offset, got);
  return (int64_t)got;
}

static const medct_stream *
check_stream(const medct_source *abi, uint32_t index)
{
  MemoryStream *stream = abi->data;
  return index == 0 ? &stream->stream : NULL;
}

static const medct_stream *
check_sibling(const medct_source *abi, const char *name)
{
  return NULL;
}

/* `claimed` is the length that the stream tells. */
static void
stream_init(MemoryStream *stream, const guint8 *bytes, guint64 n_bytes, guint64 claimed,
            int fail_at)
{
  *stream = (MemoryStream){
      .stream = {sizeof(medct_stream), stream, "sample", claimed, check_read_at},
      .source = {sizeof(medct_source), stream, 1, check_stream, check_sibling},
      .bytes = bytes,
      .n_bytes = n_bytes,
      .fail_at = fail_at,
  };
}

static gboolean
read_slices(const medct_volume_reader *reader, const medct_volume_header *header,
            const char **problem)
{
  guint64 bytes = header->voxel_type == MEDCT_VOXELS_INT16 ? 2 : 4;
  for (int i = 0; i < 2; i++) {
    if (header->dims[i] == 0 || header->dims[i] > MOST_SLAB_BYTES / bytes) {
      *problem = "accepted a slice that its file cannot hold";
      return FALSE;
    }
    bytes *= header->dims[i];
  }
  g_autofree void *slice = g_malloc(bytes);
  for (guint64 k = 0; k < header->dims[2]; k++) {
    medct_error said = medct_plugin_error();
    if (reader->read(reader, k, 1, slice, &said))
      continue;
    if (said.message[0] == '\0')
      *problem = "refused without a message";
    return FALSE;
  }
  return TRUE;
}

/* Opens, reads all slices and closes. FALSE when the reader refused. *problem (static text) is set
 * when it broke the interface's rules. */
static gboolean
read_through(const medct_volume_reader *reader, MemoryStream *stream, const char **problem)
{
  medct_volume_header header = {.size = sizeof header};
  medct_error said = medct_plugin_error();
  MedctCall call;
  medct_call_enter(&call, NULL);
  gboolean done = reader->open(reader, &stream->source, &header, &said);
  if (!done && memchr(said.message, '\0', sizeof said.message) == NULL)
    *problem = "wrote a message without its end";
  else if (!done && said.message[0] == '\0')
    *problem = "refused without a message";
  done = done && read_slices(reader, &header, problem);
  for (guint i = 0; i < MIN(reader->warning_count(reader), 100); i++) {
    medct_warning warning = {.size = sizeof warning};
    reader->warning(reader, i, &warning);
  }
  reader->close(reader);
  medct_call_leave(&call);
  return done;
}

/* ---- every reader of the plugin ------------------------------------------------------------- */

typedef const char *(*ReaderTest)(const medct_volume_reader *reader, const guint8 *bytes, gsize n);

static MedctCheckState
for_each_reader(MedctCheck *check, ReaderTest test, const guint8 *bytes, gsize n)
{
  const medct_factory *factory = check->entry->get_factory(MEDCT_VOLUME_READER);
  if (factory == NULL)
    return medct_check_skip(check, "not a volume reader");
  for (guint i = 0; i < MIN(factory->count(), 256); i++) {
    MedctCheckHost host;
    medct_check_host_init(&host);
    medct_error said = medct_plugin_error();
    const char *id = factory->descriptor(i)->id;
    const medct_volume_reader *reader = factory->create(&host.base.abi, id);
    if (reader == NULL || !reader->init(reader, &said))
      return medct_check_fail(check, "%s: create or init failed: %s", id, said.message);
    const char *problem = test(reader, bytes, n);
    reader->destroy(reader);
    if (problem == NULL && host.wrong_thread > 0)
      problem = "called progress from a thread that was not its job";
    if (problem != NULL)
      return medct_check_fail(check, "%s: %s", id, problem);
  }
  return MEDCT_CHECK_PASSED;
}

static const char *
test_hostile(const medct_volume_reader *reader, const guint8 *bytes, gsize n)
{
  g_autoptr(GRand) random = g_rand_new_with_seed(20240403);
  g_autofree guint8 *noise = g_malloc0(4096);
  const char *problem = NULL;
  for (int round = 0; round < 400 && problem == NULL; round++) {
    gsize length = round == 0 ? 0 : (gsize)g_rand_int_range(random, 1, 4097);
    for (gsize i = 0; i < length && round > 1; i++)
      noise[i] = (guint8)g_rand_int(random);
    if (reader->probe(reader, "noise", noise, length, length) > 100)
      return "probe answered more than 100";
    MemoryStream stream;
    guint64 claimed = round % 4 == 3 ? (guint64)1 << 62 : length;
    stream_init(&stream, noise, length, claimed, round % 4 == 2 ? round / 4 % 5 : -1);
    if (read_through(reader, &stream, &problem) && round <= 1)
      return "opened an empty file";
  }
  return problem;
}

MedctCheckState
medct_check_hostile_streams(MedctCheck *check)
{
  return for_each_reader(check, test_hostile, NULL, 0);
}

/* The sample itself must open; cut, bent or failing, it may be refused but not crash. */
static const char *
test_sample(const medct_volume_reader *reader, const guint8 *bytes, gsize n)
{
  const char *problem = NULL;
  MemoryStream stream;
  stream_init(&stream, bytes, n, n, -1);
  if (!read_through(reader, &stream, &problem))
    return problem ? problem : "refused the sample";
  int n_reads = stream.reads;
  for (int i = 0; i < MIN(n_reads, 50) && problem == NULL; i++) {
    stream_init(&stream, bytes, n, n, i);
    if (read_through(reader, &stream, &problem))
      return "went on although a read failed";
  }
  for (int i = 0; i < 200 && problem == NULL; i++) {
    gsize length = n * (gsize)i / 200;
    stream_init(&stream, bytes, length, i % 2 ? n : length, -1);
    if (read_through(reader, &stream, &problem))
      return "accepted a file that was cut short";
  }
  g_autofree guint8 *bent = g_memdup2(bytes, n);
  for (gsize i = 0; i < MIN(n, 600) && problem == NULL; i++) {
    static const guint8 masks[] = {0x01, 0x80, 0xff};
    bent[i] ^= masks[i % G_N_ELEMENTS(masks)];
    stream_init(&stream, bent, n, n, -1);
    read_through(reader, &stream, &problem);
    bent[i] = bytes[i];
  }
  return problem;
}

MedctCheckState
medct_check_reader_sample(MedctCheck *check)
{
  if (check->target->sample == NULL)
    return medct_check_skip(check, "no --sample was given");
  g_autofree char *bytes = NULL;
  gsize n = 0;
  if (!g_file_get_contents(check->target->sample, &bytes, &n, NULL))
    return medct_check_fail(check, "the sample cannot be read");
  return for_each_reader(check, test_sample, (const guint8 *)bytes, n);
}

/* ---- threads -------------------------------------------------------------------------------- */

static gpointer
use_on_thread(gpointer data)
{
  MedctCheck *check = data;
  for (gsize i = 0; medct_plugin_kinds[i] != NULL; i++) {
    const medct_factory *factory = check->entry->get_factory(medct_plugin_kinds[i]);
    for (guint k = 0; factory != NULL && k < MIN(factory->count(), 256); k++)
      if (factory->descriptor(k) == NULL)
        return (gpointer) "a descriptor vanished on a second thread";
  }
  MedctCheck own = *check;
  own.message = g_string_new(NULL);
  const char *problem = for_each_reader(&own, test_hostile, NULL, 0) == MEDCT_CHECK_FAILED
                            ? "misbehaved beside others"
                            : NULL;
  g_string_free(own.message, TRUE);
  return (gpointer)problem;
}

/* Instances on several threads at once, created where they are used. */
MedctCheckState
medct_check_threads(MedctCheck *check)
{
  GThread *threads[4];
  const char *problem = NULL;
  for (gsize i = 0; i < G_N_ELEMENTS(threads); i++)
    threads[i] = g_thread_new("check", use_on_thread, check);
  for (gsize i = 0; i < G_N_ELEMENTS(threads); i++) {
    const char *found = g_thread_join(threads[i]);
    problem = problem ? problem : found;
  }
  return problem ? medct_check_fail(check, "%s", problem) : MEDCT_CHECK_PASSED;
}
