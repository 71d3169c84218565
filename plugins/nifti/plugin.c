/* The NIfTI reader, a plugin like any other (medct.volume-reader/1). */
#include "plugins/nifti/plugin.h"
#include "plugins/nifti/file.h"
#include "plugins/nifti/voxels.h"
#include <glib/gi18n.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

typedef struct {
  medct_volume_reader abi;
  const medct_host *host;
  NiftiFile file;
  NiftiOutput output;
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
  nifti_file_close(&self(abi)->file);
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

static void
fill_header(const Reader *r, medct_volume_header *out)
{
  const NiftiHeader *h = &r->file.header;
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
  reader_close(abi);
  r->next_slice = r->n_finite = 0;
  if (!nifti_file_open(&r->file, source, r->host, error))
    return false;
  r->output = nifti_output(&r->file.header);
  fill_header(r, out);
  return true;
}

/* ---- reading ------------------------------------------------------------------------------- */

static void
count_finite(Reader *r, const float *voxels, uint64_t n)
{
  for (uint64_t i = 0; i < n && r->n_finite == 0; i++)
    r->n_finite += isfinite(voxels[i]) ? 1 : 0;
}

static bool
read_converted(Reader *r, uint8_t *out, uint64_t n, medct_error *error)
{
  enum { VOXELS = 1 << 17 };
  g_autofree uint8_t *stored = g_malloc((gsize)VOXELS * (gsize)r->file.header.bytes);
  for (uint64_t done = 0; done < n;) {
    uint64_t step = MIN(n - done, VOXELS);
    if (!nifti_bytes_read(r->file.bytes, stored, step * (uint64_t)r->file.header.bytes, error))
      return false;
    nifti_convert(out + done * (uint64_t)r->output.bytes, stored, &r->file.header, step);
    done += step;
  }
  return true;
}

static bool
reader_read(const medct_volume_reader *abi, uint64_t first, uint64_t n, void *voxels,
            medct_error *error)
{
  Reader *r = self(abi);
  const NiftiHeader *h = &r->file.header;
  if (r->file.bytes == NULL || first != r->next_slice || n > (uint64_t)h->dims[2] - first)
    return nifti_refuse(error, MEDCT_PLUGIN_ARGUMENT, r->file.name ? r->file.name : "NIfTI",
                        N_("the slice asked for"), "the next one", "%" PRIu64, first);
  uint64_t count = (uint64_t)h->dims[0] * (uint64_t)h->dims[1] * n;
  gboolean in_place = r->output.bytes == h->bytes;
  if (in_place) {
    if (!nifti_bytes_read(r->file.bytes, voxels, count * (uint64_t)h->bytes, error))
      return false;
    nifti_convert(voxels, voxels, h, count);
  } else if (!read_converted(r, voxels, count, error)) {
    return false;
  }
  if (r->output.voxel_type == MEDCT_VOXELS_FLOAT32)
    count_finite(r, voxels, count);
  r->next_slice += n;
  if (n == 0 || r->next_slice < (uint64_t)h->dims[2])
    return true;
  if (r->output.voxel_type == MEDCT_VOXELS_FLOAT32 && r->n_finite == 0)
    nifti_warn(h->warnings, "all-nan", "Not one voxel is a finite number.");
  return nifti_file_finish(&r->file, error);
}

static uint32_t
reader_warning_count(const medct_volume_reader *abi)
{
  return self(abi)->file.header.warnings ? self(abi)->file.header.warnings->len : 0;
}

static bool
reader_warning(const medct_volume_reader *abi, uint32_t index, medct_warning *warning)
{
  if (index >= reader_warning_count(abi))
    return false;
  const medct_warning *own = &g_array_index(self(abi)->file.header.warnings, medct_warning, index);
  g_strlcpy(warning->code, own->code, sizeof warning->code);
  g_strlcpy(warning->message, own->message, sizeof warning->message);
  return true;
}

static const void *
reader_get_extension(const medct_volume_reader *abi, const char *id)
{
  return NULL;
}

/* ---- factory ------------------------------------------------------------------------------- */

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
  if (g_strcmp0(descriptor_id, descriptor.id) != 0)
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
  return g_strcmp0(factory_id, MEDCT_VOLUME_READER) == 0 ? &factory : NULL;
}

const medct_plugin_entry medct_nifti_entry = {MEDCT_ABI_MAJOR, MEDCT_ABI_MINOR, plugin_init,
                                              plugin_deinit, get_factory};
