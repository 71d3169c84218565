/* NIfTI files made in memory, and a host that reads them through the plugin interface and nothing
 * else. For tests and fuzzing only. */
#pragma once

#include "plugins/nifti/plugin.h"

#include <gio/gio.h>
#include <string.h>

/* ---- a host of the smallest kind ------------------------------------------------------------ */

typedef struct {
  const char *name;
  const guint8 *bytes;
  gsize n;
} MemoryFile;

typedef struct {
  const MemoryFile *files; /* the first is what was opened */
  guint n_files;
  gsize most_per_read; /* gzip must cope with input that comes in any pieces; 0: no limit */
  guint slices_per_read;
  gint64 polls_before_cancel; /* −1: never */
  guint64 most_voxel_bytes;   /* more than this is not read, only opened */
} MemoryHost;

typedef struct {
  gboolean opened, done;
  medct_error error;
  medct_volume_header header;
  guint8 *voxels;
  GArray *warnings; /* of medct_warning */
} MemoryRead;

static inline void
memory_read_clear(MemoryRead *read)
{
  g_free(read->voxels);
  g_array_unref(read->warnings);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(MemoryRead, memory_read_clear)

typedef struct {
  MemoryHost setup;
  medct_host abi;
  medct_source source;
  medct_stream streams[4];
} MemoryState;

static inline int64_t
memory_read_at(const medct_stream *stream, uint64_t offset, void *buffer, uint64_t n)
{
  MemoryState *state = stream->data;
  const MemoryFile *file = &state->setup.files[stream - state->streams];
  if (offset >= file->n)
    return 0;
  uint64_t count = MIN(n, file->n - offset);
  if (file->n > 2 && state->setup.most_per_read && file->bytes[0] == 0x1f)
    count = MIN(count, state->setup.most_per_read);
  if (count)
    memcpy(buffer, file->bytes + offset, count);
  return (int64_t)count;
}

static inline const medct_stream *
memory_stream(const medct_source *source, uint32_t index)
{
  MemoryState *state = source->data;
  return index == 0 ? &state->streams[0] : NULL;
}

static inline const medct_stream *
memory_sibling(const medct_source *source, const char *name)
{
  MemoryState *state = source->data;
  for (guint i = 0; i < state->setup.n_files; i++)
    if (strcmp(state->setup.files[i].name, name) == 0)
      return &state->streams[i];
  return NULL;
}

static inline bool
memory_is_cancelled(const medct_host *host)
{
  MemoryState *state = host->host_data;
  return state->setup.polls_before_cancel >= 0 && state->setup.polls_before_cancel-- == 0;
}

static inline void
memory_report(const medct_host *host, double fraction, const char *stage)
{
  g_assert_true(fraction >= 0 && fraction <= 1);
}

static inline const void *
memory_extension(const medct_host *host, const char *id)
{
  static const medct_host_progress progress = {memory_is_cancelled, memory_report};
  return strcmp(id, MEDCT_HOST_PROGRESS) == 0 ? &progress : NULL;
}

static inline void
memory_read_slices(const medct_volume_reader *reader, const MemoryHost *setup, MemoryRead *read)
{
  const medct_volume_header *h = &read->header;
  guint64 width = h->voxel_type == MEDCT_VOXELS_INT16 ? 2 : 4;
  g_assert_cmpuint(h->dims[0], <=, G_MAXINT64 / width / h->dims[1] / h->dims[2]);
  guint64 slice = h->dims[0] * h->dims[1] * width;
  if (setup->most_voxel_bytes && slice * h->dims[2] > setup->most_voxel_bytes)
    return;
  read->voxels = g_malloc(slice * h->dims[2]);
  guint64 step = setup->slices_per_read ? setup->slices_per_read : h->dims[2];
  for (guint64 k = 0; k < h->dims[2]; k += step)
    if (!reader->read(reader, k, MIN(step, h->dims[2] - k), read->voxels + k * slice, &read->error))
      return;
  read->done = TRUE;
}

/* Opens files[0], reads all slices, closes. */
static inline MemoryRead
memory_read(MemoryHost setup)
{
  MemoryState state = {.setup = setup};
  state.abi = (medct_host){MEDCT_ABI_MAJOR, MEDCT_ABI_MINOR, "test", "1", &state, memory_extension};
  state.source = (medct_source){sizeof state.source, &state, 1, memory_stream, memory_sibling};
  for (guint i = 0; i < setup.n_files; i++)
    state.streams[i] = (medct_stream){sizeof(medct_stream), &state, setup.files[i].name,
                                      setup.files[i].n, memory_read_at};
  const medct_factory *factory = medct_nifti_entry.get_factory(MEDCT_VOLUME_READER);
  const medct_volume_reader *reader = factory->create(&state.abi, factory->descriptor(0)->id);
  MemoryRead read = {.error = {.size = sizeof read.error},
                     .header = {.size = sizeof read.header},
                     .warnings = g_array_new(FALSE, TRUE, sizeof(medct_warning))};
  g_assert_true(reader->init(reader, &read.error));
  read.opened = reader->open(reader, &state.source, &read.header, &read.error);
  if (read.opened)
    memory_read_slices(reader, &setup, &read);
  for (guint i = 0; i < reader->warning_count(reader); i++) {
    medct_warning warning = {.size = sizeof warning};
    g_assert_true(reader->warning(reader, i, &warning));
    g_array_append_val(read.warnings, warning);
  }
  reader->close(reader);
  reader->destroy(reader);
  return read;
}

static inline MemoryRead
memory_read_bytes(const char *name, const void *bytes, gsize n)
{
  MemoryFile file = {name, bytes, n};
  return memory_read((MemoryHost){.files = &file, .n_files = 1, .polls_before_cancel = -1});
}

static inline double
memory_hu(const MemoryRead *read, guint64 at)
{
  double voxel = read->header.voxel_type == MEDCT_VOXELS_INT16 ? ((gint16 *)read->voxels)[at]
                                                               : ((float *)read->voxels)[at];
  return read->header.hu_slope * voxel + read->header.hu_intercept;
}

static inline gboolean
memory_warned(const MemoryRead *read, const char *code)
{
  for (guint i = 0; i < read->warnings->len; i++)
    if (strcmp(g_array_index(read->warnings, medct_warning, i).code, code) == 0)
      return TRUE;
  return FALSE;
}

/* ---- files ---------------------------------------------------------------------------------- */

/* Where the fields are; [0] NIfTI-1, [1] NIfTI-2. */
typedef struct {
  guint header, dim, dim_size, datatype, bitpix, pixdim, real, offset, slope, inter;
  guint qform, sform, code, quatern, srow, units;
} NiftiLayout;
static const NiftiLayout nifti_layouts[2] = {
    {348, 40, 2, 70, 72, 76, 4, 108, 112, 116, 252, 254, 2, 256, 280, 123},
    {540, 16, 8, 12, 14, 104, 8, 168, 176, 184, 344, 348, 4, 352, 400, 500},
};

static inline void
nifti_put(guint8 *file, guint at, const void *value, guint size, gboolean swapped)
{
  for (guint i = 0; i < size; i++)
    file[at + i] = ((const guint8 *)value)[swapped ? size - 1 - i : i];
}

static inline void
nifti_put_int(guint8 *file, guint at, gint64 value, guint size, gboolean swapped)
{
  guint8 bytes[8]; /* little-endian, as the machines that run these tests are */
  for (guint i = 0; i < 8; i++)
    bytes[i] = (guint8)((guint64)value >> 8 * i);
  nifti_put(file, at, bytes, size, swapped != (G_BYTE_ORDER == G_BIG_ENDIAN));
}

static inline void
nifti_put_real(guint8 *file, guint at, double value, guint size, gboolean swapped)
{
  float narrow = (float)value;
  nifti_put(file, at, size == 4 ? (void *)&narrow : (void *)&value, size, swapped);
}

/* A header with an sform of 1, 2, 3 mm, then `voxels` as they are. */
static inline GByteArray *
nifti_make(int version, gboolean swapped, int datatype, int bits, const int dims[3],
           const void *voxels, gsize n_bytes)
{
  const NiftiLayout *at = &nifti_layouts[version - 1];
  guint start = at->header + 4;
  GByteArray *file = g_byte_array_sized_new((guint)(start + n_bytes));
  g_byte_array_set_size(file, start);
  memset(file->data, 0, start);
  nifti_put_int(file->data, 0, at->header, 4, swapped);
  memcpy(file->data + (version == 1 ? 344 : 4), version == 1 ? "n+1\0" : "n+2\0\r\n\032\n",
         version == 1 ? 4 : 8);
  for (guint i = 0; i < 4; i++)
    nifti_put_int(file->data, at->dim + i * at->dim_size, i ? dims[i - 1] : 3, at->dim_size,
                  swapped);
  nifti_put_int(file->data, at->datatype, datatype, 2, swapped);
  nifti_put_int(file->data, at->bitpix, bits, 2, swapped);
  nifti_put_real(file->data, at->slope, 1, at->real, swapped);
  nifti_put_int(file->data, at->sform, 1, at->code, swapped);
  for (guint a = 0; a < 3; a++) {
    nifti_put_real(file->data, at->pixdim + (a + 1) * at->real, a + 1, at->real, swapped);
    nifti_put_real(file->data, at->srow + 5 * a * at->real, a + 1, at->real, swapped);
  }
  nifti_put_real(file->data, at->pixdim, 1, at->real, swapped);
  if (version == 1)
    nifti_put_real(file->data, at->offset, start, 4, swapped);
  else
    nifti_put_int(file->data, at->offset, start, 8, swapped);
  g_byte_array_append(file, voxels, (guint)n_bytes);
  return file;
}

/* gzip by zlib, which shares nothing with what reads it. */
static inline GByteArray *
gzip_bytes(const guint8 *bytes, gsize n)
{
  g_autoptr(GZlibCompressor) zlib = g_zlib_compressor_new(G_ZLIB_COMPRESSOR_FORMAT_GZIP, 6);
  GByteArray *out = g_byte_array_new();
  GConverterResult result = G_CONVERTER_CONVERTED;
  while (result != G_CONVERTER_FINISHED) {
    guint8 block[65536];
    gsize read = 0, written = 0;
    result = g_converter_convert(G_CONVERTER(zlib), bytes, n, block, sizeof block,
                                 G_CONVERTER_INPUT_AT_END, &read, &written, NULL);
    g_assert_cmpint(result, !=, G_CONVERTER_ERROR);
    bytes += read;
    n -= read;
    g_byte_array_append(out, block, (guint)written);
  }
  return out;
}
