#include "plugins/nifti/bytes.h"
#include "plugins/nifti/header.h"
#include <glib/gi18n.h>
#include <inttypes.h>
#include <isa-l/igzip_lib.h>
#include <string.h>

#define CHUNK (256 * 1024)
#define STEP  ((uint64_t)4 << 20) /* between two looks at is_cancelled */
/* Deflate's densest code takes a bit for the length and one for the distance of 258 bytes. */
#define MOST_EXPANSION 1032u

struct _NiftiBytes {
  const medct_stream *stream;
  const medct_host *host;
  const medct_host_progress *progress; /* or NULL */
  uint64_t offset;                     /* next byte of the stream to read */
  bool gzip, ended;
  struct inflate_state inflate;
  uint8_t chunk[CHUNK];
};

NiftiBytes *
nifti_bytes_new(const medct_stream *stream, const medct_host *host)
{
  uint8_t magic[2] = {0};
  NiftiBytes *b = g_new0(NiftiBytes, 1);
  b->stream = stream;
  b->host = host;
  b->progress = host ? host->get_extension(host, MEDCT_HOST_PROGRESS) : NULL;
  b->gzip = stream->read_at(stream, 0, magic, 2) == 2 && magic[0] == 0x1f && magic[1] == 0x8b;
  isal_inflate_init(&b->inflate);
  b->inflate.crc_flag = ISAL_GZIP;
  return b;
}

void
nifti_bytes_free(NiftiBytes *bytes)
{
  g_free(bytes);
}

uint64_t
nifti_bytes_capacity(const NiftiBytes *bytes)
{
  uint64_t length = MIN(bytes->stream->length, (uint64_t)INT64_MAX);
  if (!bytes->gzip)
    return length;
  return length > INT64_MAX / MOST_EXPANSION ? (uint64_t)INT64_MAX : length * MOST_EXPANSION;
}

static bool
fail_read(const NiftiBytes *b, medct_error *error)
{
  return nifti_refuse(error, MEDCT_PLUGIN_IO, b->stream->name, N_("the file"), "readable",
                      N_("not readable at byte %" PRIu64), b->offset);
}

/* Fills the chunk when it is used up; at the end of the file it stays empty. */
static bool
refill(NiftiBytes *b, medct_error *error)
{
  if (b->inflate.avail_in > 0)
    return true;
  int64_t n = b->stream->read_at(b->stream, b->offset, b->chunk, CHUNK);
  if (n < 0)
    return fail_read(b, error);
  b->offset += (uint64_t)n;
  b->inflate.next_in = b->chunk;
  b->inflate.avail_in = (uint32_t)n;
  return true;
}

/* After a member: another, or the end. Zeros there are padding; anything else is not gzip. */
static bool
next_member(NiftiBytes *b, medct_error *error)
{
  bool zeros = false;
  for (;;) {
    if (!refill(b, error))
      return false;
    if (b->inflate.avail_in == 0) {
      b->ended = true;
      return true;
    }
    if (*b->inflate.next_in != 0)
      break;
    zeros = true;
    b->inflate.next_in++;
    b->inflate.avail_in--;
  }
  if (zeros || *b->inflate.next_in != 0x1f)
    return nifti_refuse(error, MEDCT_PLUGIN_FORMAT, b->stream->name, "what follows the gzip data",
                        "the end of the file", N_("neither gzip nor padding: copy the file again"));
  isal_inflate_reset(&b->inflate);
  b->inflate.crc_flag = ISAL_GZIP;
  return true;
}

static bool
refuse_gzip(const NiftiBytes *b, int status, medct_error *error)
{
  if (status == ISAL_INCORRECT_CHECKSUM)
    return nifti_refuse(error, MEDCT_PLUGIN_FORMAT, b->stream->name, N_("the gzip checksum"),
                        "that of the data: copy or download the file again", N_("another"));
  return nifti_refuse(error, MEDCT_PLUGIN_FORMAT, b->stream->name, N_("the gzip data"), "intact",
                      N_("damaged near byte %" PRIu64), b->offset - b->inflate.avail_in);
}

/* Once the last input byte is in, output may still be to come: the file is cut short only when
 * nothing comes of a call any more. */
static bool
inflate_some(NiftiBytes *b, uint8_t *out, uint64_t n, uint64_t *got, medct_error *error)
{
  struct inflate_state *inflate = &b->inflate;
  uint32_t asked = (uint32_t)MIN(n, STEP);
  inflate->next_out = out;
  inflate->avail_out = asked;
  while (inflate->avail_out > 0 && !b->ended) {
    if (inflate->block_state == ISAL_BLOCK_FINISH) {
      if (!next_member(b, error))
        return false;
      continue;
    }
    if (!refill(b, error))
      return false;
    bool no_input = inflate->avail_in == 0;
    uint32_t before = inflate->avail_out;
    int status = isal_inflate(inflate);
    if (status < 0)
      return refuse_gzip(b, status, error);
    if (no_input && inflate->avail_out == before && inflate->block_state != ISAL_BLOCK_FINISH)
      return nifti_refuse(error, MEDCT_PLUGIN_FORMAT, b->stream->name, N_("the gzip data"),
                          "complete: copy or download the file again", N_("cut short"));
  }
  *got = asked - inflate->avail_out;
  return true;
}

static bool
copy_some(NiftiBytes *b, uint8_t *out, uint64_t n, uint64_t *got, medct_error *error)
{
  int64_t read = b->stream->read_at(b->stream, b->offset, out, MIN(n, STEP));
  if (read < 0)
    return fail_read(b, error);
  b->offset += (uint64_t)read;
  *got = (uint64_t)read;
  return true;
}

bool
nifti_bytes_read_some(NiftiBytes *b, void *out, uint64_t n, uint64_t *got, medct_error *error)
{
  *got = 0;
  while (*got < n) {
    uint64_t step = 0;
    if (b->progress && b->progress->is_cancelled(b->host)) {
      error->code = MEDCT_PLUGIN_CANCELLED;
      g_strlcpy(error->message, "opening was cancelled", sizeof error->message);
      return false;
    }
    if (!(b->gzip ? inflate_some : copy_some)(b, (uint8_t *)out + *got, n - *got, &step, error))
      return false;
    if (step == 0)
      return true;
    *got += step;
  }
  return true;
}

bool
nifti_bytes_read(NiftiBytes *b, void *out, uint64_t n, medct_error *error)
{
  uint64_t got;
  if (!nifti_bytes_read_some(b, out, n, &got, error))
    return false;
  if (got == n)
    return true;
  return nifti_refuse(error, MEDCT_PLUGIN_FORMAT, b->stream->name, N_("the data"),
                      "as long as the header says: copy or download the file again",
                      N_("%" PRIu64 " bytes short or more"), n - got);
}

bool
nifti_bytes_skip(NiftiBytes *b, uint64_t n, medct_error *error)
{
  if (!b->gzip) { /* whoever skips has compared with the length */
    b->offset += n;
    return true;
  }
  g_autofree uint8_t *waste = g_malloc(CHUNK);
  while (n > 0) {
    uint64_t step = MIN(n, CHUNK);
    if (!nifti_bytes_read(b, waste, step, error))
      return false;
    n -= step;
  }
  return true;
}

bool
nifti_bytes_finish(NiftiBytes *b, uint64_t most, uint64_t *extra, medct_error *error)
{
  g_autofree uint8_t *waste = g_malloc(CHUNK);
  uint64_t got = CHUNK;
  *extra = 0;
  if (!b->gzip) {
    *extra = b->stream->length > b->offset ? b->stream->length - b->offset : 0;
    return true;
  }
  while (got == CHUNK) {
    if (!nifti_bytes_read_some(b, waste, CHUNK, &got, error))
      return false;
    *extra += got;
    if (*extra > most)
      return nifti_refuse(error, MEDCT_PLUGIN_FORMAT, b->stream->name, N_("the decompressed data"),
                          "as long as the header says", N_("far longer: not a plain NIfTI file"));
  }
  return true;
}
