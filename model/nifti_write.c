#include "model/nifti_write.h"
#include "model/atomic_file.h"
#include <glib/gi18n.h>
#include <inttypes.h>
#include <isa-l/igzip_lib.h>
#include <math.h>
#include <string.h>

#define HEADER_BYTES 352 /* 348 and the four bytes that say "no extension" */

/* The standard takes either byte order, so everything is written in the machine's own. */
static void
put16(guint8 *header, gsize offset, gint16 value)
{
  memcpy(header + offset, &value, sizeof value);
}

static void
put_float(guint8 *header, gsize offset, double value)
{
  float narrow = (float)value;
  memcpy(header + offset, &narrow, sizeof narrow);
}

typedef struct {
  gint16 datatype, bytes;
} Voxel;
static const Voxel voxel_int16 = {4, 2}, voxel_float32 = {16, 4};

/* Offsets are those of struct nifti_1_header in the standard. */
static void
fill_header(guint8 header[HEADER_BYTES], Voxel voxel, const int64_t dims[3],
            const double affine[16])
{
  enum { MILLIMETRES = 2, SCANNER = 1 };
  const gint32 header_size = 348;
  memcpy(header, &header_size, sizeof header_size);
  put16(header, 40, 3);
  put_float(header, 76, 1);
  for (int axis = 0; axis < 7; axis++)
    put16(header, 42 + 2 * (gsize)axis, axis < 3 ? (gint16)dims[axis] : 1);
  for (int axis = 0; axis < 3; axis++)
    put_float(header, 80 + 4 * (gsize)axis,
              sqrt(affine[axis] * affine[axis] + affine[4 + axis] * affine[4 + axis] +
                   affine[8 + axis] * affine[8 + axis]));
  put16(header, 70, voxel.datatype);
  put16(header, 72, 8 * voxel.bytes);
  put_float(header, 108, HEADER_BYTES);
  put_float(header, 112, 1);
  header[123] = MILLIMETRES;
  memcpy(header + 148, "MedCT, not for diagnosis", 24);
  put16(header, 254, SCANNER);
  for (gsize i = 0; i < 12; i++)
    put_float(header, 280 + 4 * i, affine[i]);
  memcpy(header + 344, "n+1", 4);
}

/* Where the bytes go: as they are, or through gzip. */
typedef struct {
  MedctAtomicFile *file;
  gboolean gzip;
  struct isal_zstream stream;
  guint8 level_buffer[ISAL_DEF_LVL1_DEFAULT];
  guint8 out[1 << 16];
} Sink;

static gboolean
sink_write(Sink *sink, const void *bytes, gsize n, gboolean last, GError **error)
{
  if (!sink->gzip)
    return medct_atomic_file_write(sink->file, bytes, n, error);
  sink->stream.next_in = (guint8 *)bytes;
  sink->stream.avail_in = (guint32)n;
  sink->stream.end_of_stream = last;
  do {
    sink->stream.next_out = sink->out;
    sink->stream.avail_out = sizeof sink->out;
    if (isal_deflate(&sink->stream) != COMP_OK) {
      g_set_error(error, MEDCT_ERROR, MEDCT_ERROR_IO, _("gzip compression failed"));
      return FALSE;
    }
    if (!medct_atomic_file_write(sink->file, sink->out, sizeof sink->out - sink->stream.avail_out,
                                 error))
      return FALSE;
  } while (sink->stream.avail_out == 0);
  return TRUE;
}

static Sink *
sink_new(const char *path, GError **error)
{
  MedctAtomicFile *file = medct_atomic_file_new(path, error);
  if (!file)
    return NULL;
  Sink *sink = g_new0(Sink, 1);
  sink->file = file;
  sink->gzip = g_str_has_suffix(path, ".gz");
  isal_deflate_init(&sink->stream);
  sink->stream.gzip_flag = IGZIP_GZIP;
  sink->stream.level = 1;
  sink->stream.level_buf = sink->level_buffer;
  sink->stream.level_buf_size = sizeof sink->level_buffer;
  return sink;
}

static gboolean
write_voxels(Sink *sink, const guint8 *voxels, gsize n_bytes, GError **error)
{
  enum { BLOCK = 1 << 20 }; /* the compressor counts in 32 bits */
  for (gsize done = 0; done < n_bytes;) {
    gsize count = MIN(n_bytes - done, BLOCK);
    const guint8 *block = voxels + done;
    done += count;
    if (!sink_write(sink, block, count, done == n_bytes, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
write_volume(const char *path, const void *voxels, Voxel voxel, const int64_t dims[3],
             const double affine[16], GError **error)
{
  for (int axis = 0; axis < 3; axis++)
    if (dims[axis] < 1 || dims[axis] > G_MAXINT16) {
      medct_error_field(error, MEDCT_ERROR_UNSUPPORTED, path, N_("a size"),
                        "1 to 32767 voxels, the most that NIfTI-1 holds", "%" PRId64, dims[axis]);
      return FALSE;
    }
  guint8 header[HEADER_BYTES] = {0};
  fill_header(header, voxel, dims, affine);
  Sink *sink = sink_new(path, error);
  if (!sink)
    return FALSE;
  gsize n = (gsize)dims[0] * (gsize)dims[1] * (gsize)dims[2];
  gboolean ok = sink_write(sink, header, sizeof header, FALSE, error) &&
                write_voxels(sink, voxels, n * (gsize)voxel.bytes, error);
  if (ok)
    ok = medct_atomic_file_commit(sink->file, error);
  else
    medct_atomic_file_discard(sink->file);
  g_free(sink);
  return ok;
}

gboolean
medct_nifti_write_float(const char *path, const float *voxels, const int64_t dims[3],
                        const double affine[16], GError **error)
{
  return write_volume(path, voxels, voxel_float32, dims, affine, error);
}

gboolean
medct_nifti_write_int16(const char *path, const int16_t *voxels, const int64_t dims[3],
                        const double affine[16], GError **error)
{
  return write_volume(path, voxels, voxel_int16, dims, affine, error);
}
