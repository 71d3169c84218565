/* The NIfTI reader, a plugin like any other (medct.volume-reader/1). */
#include "plugins/nifti/plugin.h"
#include "plugins/nifti/bytes.h"
#include "plugins/nifti/voxels.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MOST_EXTRA ((uint64_t)64 << 20) /* bytes after the data that are ignored with a warning */

typedef struct {
  medct_volume_reader abi;
  const medct_host *host;
  NiftiHeader header;
  NiftiBytes *bytes;
  NiftiOutput output;
  const char *name;
  uint64_t next_slice;
  uint64_t n_finite;
} Reader;

static Reader *
self(const medct_volume_reader *abi)
{
  return abi->plugin_data;
}

static bool
reader_init(const medct_volume_reader *abi, medct_error *error)
{
  return true;
}

static void
reader_close(const medct_volume_reader *abi)
{
  Reader *r = self(abi);
  g_clear_pointer(&r->bytes, nifti_bytes_free);
  nifti_header_clear(&r->header);
  memset(&r->header, 0, sizeof r->header);
}

static void
reader_destroy(const medct_volume_reader *abi)
{
  reader_close(abi);
  g_free(self(abi));
}

static gboolean
has_nifti_name(const char *name)
{
  static const char *const endings[] = {".nii", ".nii.gz", ".hdr", ".img", ".hdr.gz", ".img.gz"};
  g_autofree char *lower = g_ascii_strdown(name, -1);
  for (gsize i = 0; i < G_N_ELEMENTS(endings); i++)
    if (g_str_has_suffix(lower, endings[i]))
      return TRUE;
  return FALSE;
}

/* A NIfTI name is enough to be asked: then a broken file gets a message that says what is broken.
 */
static uint32_t
reader_probe(const medct_volume_reader *abi, const char *name, const uint8_t *head,
             uint64_t head_bytes, uint64_t file_bytes)
{
  gboolean named = has_nifti_name(name);
  if (head_bytes >= 348 && nifti_header_size(head) != 0)
    return named ? 100 : 90;
  if (head_bytes >= 2 && head[0] == 0x1f && head[1] == 0x8b)
    return named ? 90 : 20;
  return named ? 60 : 0;
}

/* ---- opening
 * ----------------------------------------------------------------------------------------- */

/* What people have in place of the file. */
static const char *
known_mistake(const uint8_t *head, uint64_t n)
{
  if (n >= 20 && memcmp(head, "version https://git-", 20) == 0)
    return "a Git-LFS pointer: fetch the real file with `git lfs pull`";
  for (uint64_t i = 0; i + 5 < MIN(n, 300); i++)
    if (g_ascii_strncasecmp((const char *)head + i, "<html", 5) == 0 ||
        g_ascii_strncasecmp((const char *)head + i, "<!doc", 5) == 0)
      return "a web page: the download was refused or needs a login";
  return NULL;
}

static char *
swap_ending(const char *name, const char *from, const char *to)
{
  const char *dot = g_strrstr(name, from);
  return dot ? g_strdup_printf("%.*s%s%s", (int)(dot - name), name, to, dot + strlen(from)) : NULL;
}

/* "scan.img" for "scan.hdr", with or without .gz, in the case the file has. */
static const medct_stream *
find_partner(const medct_source *source, const char *name, const char *from, const char *to)
{
  g_autofree char *partner = swap_ending(name, from, to);
  const medct_stream *stream = partner ? source->sibling(source, partner) : NULL;
  if (stream || partner == NULL)
    return stream;
  g_autofree char *other = g_str_has_suffix(partner, ".gz")
                               ? g_strndup(partner, strlen(partner) - 3)
                               : g_strconcat(partner, ".gz", NULL);
  return source->sibling(source, other);
}

static const medct_stream *
header_stream(const medct_source *source)
{
  const medct_stream *stream = source->stream(source, 0);
  g_autofree char *lower = g_ascii_strdown(stream->name, -1);
  if (g_strrstr(lower, ".img") == NULL)
    return stream;
  const medct_stream *partner = find_partner(source, stream->name, ".img", ".hdr");
  return partner ? partner : stream;
}

static bool
read_head(Reader *r, uint8_t head[NIFTI_HEAD_BYTES], uint64_t *n, medct_error *error)
{
  *n = 0;
  if (!nifti_bytes_read_some(r->bytes, head, 348, n, error))
    return false;
  if (*n == 348 && nifti_header_size(head) == 540) {
    uint64_t more = 0;
    if (!nifti_bytes_read_some(r->bytes, head + 348, 540 - 348, &more, error))
      return false;
    *n += more;
  }
  const char *mistake = known_mistake(head, *n);
  if (mistake)
    return nifti_refuse(error, MEDCT_PLUGIN_FORMAT, r->name, "the file", "NIfTI", "%s", mistake);
  return nifti_header_parse(&r->header, head, *n, r->name, error);
}

/* The chain of extensions between header and data: each at least 16 bytes, a multiple of 16. */
static bool
check_extensions(Reader *r, int64_t *at, medct_error *error)
{
  uint8_t flag[4], size_bytes[4];
  uint32_t size;
  if (!nifti_bytes_read(r->bytes, flag, 4, error))
    return false;
  *at += 4;
  while (flag[0] != 0 && r->header.vox_offset - *at >= 16) {
    if (!nifti_bytes_read(r->bytes, size_bytes, 4, error))
      return false;
    memcpy(&size, size_bytes, 4);
    size = r->header.swapped ? GUINT32_SWAP_LE_BE(size) : size;
    if (size < 16 || size % 16 != 0 || size > r->header.vox_offset - *at)
      return nifti_refuse(error, MEDCT_PLUGIN_FORMAT, r->name, "an extension's size",
                          "a multiple of 16 that ends before vox_offset", "%u", size);
    if (!nifti_bytes_skip(r->bytes, size - 4, error))
      return false;
    *at += size;
  }
  return true;
}

static bool
switch_to_image(Reader *r, const medct_source *source, const char *header_name, medct_error *error)
{
  const medct_stream *first = source->stream(source, 0);
  const medct_stream *image = g_str_equal(first->name, header_name)
                                  ? find_partner(source, header_name, ".hdr", ".img")
                                  : first;
  if (image == NULL)
    return nifti_refuse(error, MEDCT_PLUGIN_IO, r->name, "the .img file beside the header", "there",
                        "missing");
  nifti_bytes_free(r->bytes);
  r->bytes = nifti_bytes_new(image, r->host);
  r->name = image->name;
  return nifti_bytes_skip(r->bytes, (uint64_t)r->header.vox_offset, error);
}

/* dims have been checked against overflow. */
static uint64_t
data_bytes(const NiftiHeader *h)
{
  return (uint64_t)h->dims[0] * (uint64_t)h->dims[1] * (uint64_t)h->dims[2] *
         (uint64_t)h->n_volumes * (uint64_t)h->bytes;
}

static bool
check_length(const Reader *r, medct_error *error)
{
  uint64_t length = nifti_bytes_length(r->bytes), needed = data_bytes(&r->header);
  if (length == UINT64_MAX)
    return true;
  uint64_t offset = (uint64_t)r->header.vox_offset;
  if (offset > length || needed > length - offset)
    return nifti_refuse(error, MEDCT_PLUGIN_FORMAT, r->name, "the file",
                        "at least as long as vox_offset and dim say",
                        "%" G_GUINT64_FORMAT " bytes long, %" G_GUINT64_FORMAT " are needed",
                        length, offset + needed);
  return true;
}

static void
fill_header(const Reader *r, medct_volume_header *out)
{
  const NiftiHeader *h = &r->header;
  out->voxel_type = r->output.voxel_type;
  for (int a = 0; a < 3; a++) {
    out->dims[a] = (uint64_t)h->dims[a];
    out->spacing_mm[a] = h->spacing_mm[a];
  }
  out->hu_slope = r->output.slope;
  out->hu_intercept = r->output.inter;
  memcpy(out->affine, h->affine, sizeof out->affine);
  out->orientation_known = h->orientation_known;
  out->spacing_known = h->spacing_known;
  g_strlcpy(out->format, h->version == 1 ? "NIfTI-1" : "NIfTI-2", sizeof out->format);
}

static bool
reader_open(const medct_volume_reader *abi, const medct_source *source, medct_volume_header *out,
            medct_error *error)
{
  Reader *r = self(abi);
  uint8_t head[NIFTI_HEAD_BYTES] = {0};
  uint64_t n = 0;
  const medct_stream *stream = header_stream(source);
  reader_close(abi);
  r->name = stream->name;
  r->next_slice = r->n_finite = 0;
  r->bytes = nifti_bytes_new(stream, r->host);
  if (stream->length == 0)
    return nifti_refuse(error, MEDCT_PLUGIN_FORMAT, r->name, "the file", "NIfTI", "empty");
  if (!read_head(r, head, &n, error))
    return false;
  r->output = nifti_output(&r->header);
  if (r->header.pair) {
    if (!switch_to_image(r, source, stream->name, error))
      return false;
  } else {
    int64_t at = (int64_t)n;
    if (!check_length(r, error) || !check_extensions(r, &at, error) ||
        !nifti_bytes_skip(r->bytes, (uint64_t)(r->header.vox_offset - at), error))
      return false;
  }
  if (!check_length(r, error))
    return false;
  fill_header(r, out);
  return true;
}

/* ---- reading
 * ------------------------------------------------------------------------------------------ */

static void
count_finite(Reader *r, const float *voxels, uint64_t n)
{
  for (uint64_t i = 0; i < n && r->n_finite == 0; i++)
    r->n_finite += isfinite(voxels[i]) ? 1 : 0;
}

/* After the last slice: the rest of the file, so that truncation and a bad CRC behind it are seen.
 */
static bool
finish(Reader *r, medct_error *error)
{
  const NiftiHeader *h = &r->header;
  uint64_t extra, other = data_bytes(h) / (uint64_t)h->n_volumes * (uint64_t)(h->n_volumes - 1);
  if (!nifti_bytes_finish(r->bytes, other + MOST_EXTRA, &extra, error))
    return false;
  if (extra < other)
    return nifti_refuse(
        error, MEDCT_PLUGIN_FORMAT, r->name, "the data", "as long as the header says",
        "%" G_GUINT64_FORMAT " bytes short: copy or download the file again", other - extra);
  if (extra > other)
    nifti_warn(h->warnings, "trailing-bytes",
               "The file goes on after the voxels; that was ignored.");
  if (r->output.voxel_type == MEDCT_VOXELS_FLOAT32 && r->n_finite == 0)
    nifti_warn(h->warnings, "all-nan", "Not one voxel is a finite number.");
  return true;
}

static bool
read_converted(Reader *r, uint8_t *out, uint64_t n, medct_error *error)
{
  enum { VOXELS = 1 << 17 };
  g_autofree uint8_t *stored = g_malloc((gsize)VOXELS * (gsize)r->header.bytes);
  for (uint64_t done = 0; done < n;) {
    uint64_t step = MIN(n - done, VOXELS);
    if (!nifti_bytes_read(r->bytes, stored, step * (uint64_t)r->header.bytes, error))
      return false;
    nifti_convert(out + done * (uint64_t)r->output.bytes, stored, &r->header, step);
    done += step;
  }
  return true;
}

static bool
reader_read(const medct_volume_reader *abi, uint64_t first, uint64_t n, void *voxels,
            medct_error *error)
{
  Reader *r = self(abi);
  const NiftiHeader *h = &r->header;
  if (r->bytes == NULL || first != r->next_slice || n > (uint64_t)h->dims[2] - first)
    return nifti_refuse(error, MEDCT_PLUGIN_ARGUMENT, r->name ? r->name : "NIfTI",
                        "the slice asked for", "the next one", "%" G_GUINT64_FORMAT, first);
  uint64_t count = (uint64_t)h->dims[0] * (uint64_t)h->dims[1] * n;
  gboolean in_place = r->output.bytes == h->bytes;
  if (in_place) {
    if (!nifti_bytes_read(r->bytes, voxels, count * (uint64_t)h->bytes, error))
      return false;
    nifti_convert(voxels, voxels, h, count);
  } else if (!read_converted(r, voxels, count, error)) {
    return false;
  }
  if (r->output.voxel_type == MEDCT_VOXELS_FLOAT32)
    count_finite(r, voxels, count);
  r->next_slice += n;
  return r->next_slice < (uint64_t)h->dims[2] || finish(r, error);
}

static uint32_t
reader_warning_count(const medct_volume_reader *abi)
{
  return self(abi)->header.warnings ? self(abi)->header.warnings->len : 0;
}

static bool
reader_warning(const medct_volume_reader *abi, uint32_t index, medct_warning *warning)
{
  if (index >= reader_warning_count(abi))
    return false;
  const medct_warning *own = &g_array_index(self(abi)->header.warnings, medct_warning, index);
  g_strlcpy(warning->code, own->code, sizeof warning->code);
  g_strlcpy(warning->message, own->message, sizeof warning->message);
  return true;
}

static const void *
reader_get_extension(const medct_volume_reader *abi, const char *id)
{
  return NULL;
}

/* ---- factory
 * -------------------------------------------------------------------------------------------- */

static const medct_descriptor descriptor = {
    .size = sizeof(medct_descriptor),
    .id = "medct.nifti",
    .name = "NIfTI",
    .version = "1.0",
    .description = "Reads NIfTI-1 and NIfTI-2 files and pairs, compressed or not.",
    .extensions = ".nii;.nii.gz;.hdr;.img;.hdr.gz;.img.gz",
};

static uint32_t
factory_count(void)
{
  return 1;
}

static const medct_descriptor *
factory_descriptor(uint32_t index)
{
  return index == 0 ? &descriptor : NULL;
}

static const void *
factory_create(const medct_host *host, const char *descriptor_id)
{
  if (!g_str_equal(descriptor_id, descriptor.id))
    return NULL;
  Reader *r = g_new0(Reader, 1);
  r->host = host;
  r->abi = (medct_volume_reader){
      r,           reader_init,          reader_destroy, reader_probe, reader_open,
      reader_read, reader_warning_count, reader_warning, reader_close, reader_get_extension};
  return &r->abi;
}

static const medct_factory factory = {factory_count, factory_descriptor, factory_create};

static bool
plugin_init(const char *plugin_path, medct_error *error)
{
  return true;
}

static void
plugin_deinit(void)
{
}

static const void *
get_factory(const char *factory_id)
{
  return g_str_equal(factory_id, MEDCT_VOLUME_READER) ? &factory : NULL;
}

const medct_plugin_entry medct_nifti_entry = {MEDCT_ABI_MAJOR, MEDCT_ABI_MINOR, plugin_init,
                                              plugin_deinit, get_factory};
