#include "plugins/nifti/file.h"
#include <glib/gi18n.h>
#include <inttypes.h>

#include <string.h>

#define MOST_EXTRA ((uint64_t)16 << 20) /* bytes after the data that are ignored with a warning */

/* What people have in place of the file. */
static const char *
known_mistake(const uint8_t *tainted, uint64_t n)
{
  if (n >= 20 && memcmp(tainted, "version https://git-", 20) == 0)
    return "a Git-LFS pointer: fetch the real file with `git lfs pull`";
  for (uint64_t i = 0; i + 5 < MIN(n, 300); i++)
    if (g_ascii_strncasecmp((const char *)tainted + i, "<html", 5) == 0 ||
        g_ascii_strncasecmp((const char *)tainted + i, "<!doc", 5) == 0)
      return "a web page: the download was refused or needs a login";
  if (n >= 4 && memcmp(tainted, "NRRD", 4) == 0)
    return "NRRD: convert it to NIfTI first";
  if (n >= 132 && memcmp(tainted + 128, "DICM", 4) == 0)
    return "DICOM: convert the folder to NIfTI first";
  return NULL;
}

/* ---- the two files of a pair --------------------------------------------------------------- */

static char *
swap_ending(const char *name, const char *from, const char *to)
{
  const char *dot = g_strrstr(name, from);
  return dot ? g_strdup_printf("%.*s%s%s", (int)(dot - name), name, to, dot + strlen(from)) : NULL;
}

static const medct_stream *
try_partner(const medct_source *source, const char *name, const char *from, const char *to)
{
  g_autofree char *partner = swap_ending(name, from, to);
  const medct_stream *stream = partner ? source->sibling(source, partner) : NULL;
  if (stream || partner == NULL)
    return stream;
  gboolean upper = g_ascii_isupper(to[1]);
  const char *gz = upper ? ".GZ" : ".gz";
  g_autofree char *other = g_str_has_suffix(partner, gz) ? g_strndup(partner, strlen(partner) - 3)
                                                         : g_strconcat(partner, gz, NULL);
  return source->sibling(source, other);
}

/* "scan.img" for "scan.hdr", with or without .gz, in the case that the name has. */
static const medct_stream *
find_partner(const medct_source *source, const char *name, const char *from, const char *to)
{
  g_autofree char *upper_from = g_ascii_strup(from, -1), *upper_to = g_ascii_strup(to, -1);
  const medct_stream *stream = try_partner(source, name, from, to);
  return stream ? stream : try_partner(source, name, upper_from, upper_to);
}

static gboolean
is_image_name(const char *name)
{
  g_autofree char *lower = g_ascii_strdown(name, -1);
  return g_str_has_suffix(lower, ".img") || g_str_has_suffix(lower, ".img.gz");
}

static const medct_stream *
header_stream(const medct_source *source)
{
  const medct_stream *stream = source->stream(source, 0);
  const medct_stream *partner =
      is_image_name(stream->name) ? find_partner(source, stream->name, ".img", ".hdr") : NULL;
  return partner ? partner : stream;
}

/* ---- header, extensions -------------------------------------------------------------------- */

static bool
read_head(NiftiFile *file, medct_error *error)
{
  uint8_t tainted[NIFTI_HEAD_BYTES] = {0};
  uint64_t n = 0, more = 0;
  if (!nifti_bytes_read_some(file->bytes, tainted, 348, &n, error))
    return false;
  int size = n >= 4 ? nifti_header_size(tainted) : 0;
  if (n == 348 && size == 540 &&
      !nifti_bytes_read_some(file->bytes, tainted + n, 540 - 348, &more, error))
    return false;
  const char *mistake = size == 0 ? known_mistake(tainted, n) : NULL;
  if (mistake)
    return nifti_refuse(error, MEDCT_PLUGIN_FORMAT, file->name, N_("the file"), "NIfTI", "%s",
                        mistake);
  return nifti_header_parse(&file->header, tainted, n + more, file->name, error);
}

/* The chain of extensions from here to `end`: each at least 16 bytes, a multiple of 16. The header
 * of a pair has no end but its file's. *at: bytes from the start of the file. */
static bool
check_extensions(NiftiFile *file, uint64_t *at, uint64_t end, medct_error *error)
{
  uint8_t flag[4] = {0};
  uint64_t got = 0;
  if (!nifti_bytes_read_some(file->bytes, flag, sizeof flag, &got, error))
    return false;
  *at += got;
  end = MIN(end, nifti_bytes_capacity(file->bytes));
  while (flag[0] != 0 && *at < end) {
    uint8_t size_bytes[4];
    uint32_t size;
    if (!nifti_bytes_read_some(file->bytes, size_bytes, 4, &got, error))
      return false;
    if (got == 0)
      return true;
    memcpy(&size, size_bytes, 4);
    size = file->header.swapped ? GUINT32_SWAP_LE_BE(size) : size;
    if (got < 4 || size < 16 || size % 16 != 0 || size > end - *at)
      return nifti_refuse(error, MEDCT_PLUGIN_FORMAT, file->name, N_("an extension's size"),
                          "a multiple of 16 that ends before the voxels", "%u", size);
    if (!nifti_bytes_skip(file->bytes, size - 4, error))
      return false;
    *at += size;
  }
  return true;
}

/* ---- opening ------------------------------------------------------------------------------- */

/* dims have been checked against overflow. */
static uint64_t
data_bytes(const NiftiHeader *h)
{
  return (uint64_t)h->dims[0] * (uint64_t)h->dims[1] * (uint64_t)h->dims[2] *
         (uint64_t)h->n_volumes * (uint64_t)h->bytes;
}

/* Before memory is taken: a header may ask for no more than its file can hold. */
static bool
check_length(const NiftiFile *file, medct_error *error)
{
  uint64_t most = nifti_bytes_capacity(file->bytes), needed = data_bytes(&file->header);
  uint64_t offset = (uint64_t)file->header.vox_offset;
  if (offset > most || needed > most - offset)
    return nifti_refuse(error, MEDCT_PLUGIN_FORMAT, file->name, N_("the file"),
                        "at least as long as vox_offset and dim say",
                        N_("good for %" PRIu64 " bytes of the %" PRIu64 " needed"), most,
                        offset + needed);
  return true;
}

static bool
open_bytes(NiftiFile *file, const medct_stream *stream, medct_error *error)
{
  g_clear_pointer(&file->bytes, nifti_bytes_free);
  file->name = stream->name;
  file->bytes = nifti_bytes_new(stream, file->host);
  if (stream->length == 0)
    return nifti_refuse(error, MEDCT_PLUGIN_FORMAT, file->name, N_("the file"), "NIfTI",
                        N_("empty"));
  return true;
}

/* From the header's file to the voxels in the other. */
static bool
switch_to_image(NiftiFile *file, const medct_source *source, const medct_stream *header,
                uint64_t at, medct_error *error)
{
  const medct_stream *first = source->stream(source, 0);
  const medct_stream *image =
      first == header ? find_partner(source, header->name, ".hdr", ".img") : first;
  uint64_t extra;
  if (image == NULL)
    return nifti_refuse(error, MEDCT_PLUGIN_IO, file->name, N_("the .img file beside the header"),
                        "there", N_("missing"));
  return check_extensions(file, &at, G_MAXUINT64, error) &&
         nifti_bytes_finish(file->bytes, MOST_EXTRA, &extra, error) &&
         open_bytes(file, image, error) && check_length(file, error) &&
         nifti_bytes_skip(file->bytes, (uint64_t)file->header.vox_offset, error);
}

bool
nifti_file_open(NiftiFile *file, const medct_source *source, const medct_host *host,
                medct_error *error)
{
  const medct_stream *stream = header_stream(source);
  file->host = host;
  if (!open_bytes(file, stream, error) || !read_head(file, error))
    return false;
  uint64_t at = file->header.version == 1 ? 348 : 540;
  if (file->header.pair)
    return switch_to_image(file, source, stream, at, error);
  uint64_t offset = (uint64_t)file->header.vox_offset;
  return check_length(file, error) && check_extensions(file, &at, offset, error) &&
         nifti_bytes_skip(file->bytes, offset - at, error);
}

void
nifti_file_close(NiftiFile *file)
{
  g_clear_pointer(&file->bytes, nifti_bytes_free);
  nifti_header_clear(&file->header);
  *file = (NiftiFile){0};
}

bool
nifti_file_finish(NiftiFile *file, medct_error *error)
{
  const NiftiHeader *h = &file->header;
  uint64_t extra, n_volumes = (uint64_t)h->n_volumes;
  uint64_t other = data_bytes(h) / n_volumes * (n_volumes - 1);
  if (!nifti_bytes_finish(file->bytes, other + MOST_EXTRA, &extra, error))
    return false;
  if (extra < other)
    return nifti_refuse(error, MEDCT_PLUGIN_FORMAT, file->name, N_("the data"),
                        "as long as the header says: copy or download the file again",
                        N_("%" PRIu64 " bytes short"), other - extra);
  if (extra > other)
    nifti_warn(h->warnings, "trailing-bytes",
               "The file goes on after the voxels; that was ignored.");
  return true;
}
