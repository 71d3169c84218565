/* Opening a volume: choose the reader by its answer to the first bytes, check what it says about
 * sizes, then read slab by slab into memory that goes back to the system when the study closes. */
#include "model/plausibility.h"
#include "plugins/host-private.h"

#include "plugins/source.h"
#include <glib/gi18n.h>

#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define HEAD_BYTES 4096
#define SLAB_BYTES (8u << 20)
/* gzip cannot shrink more than 1032-fold, and a voxel grows at most from 1 bit to 4 bytes when it
 * is converted; whole volumes of zeros stay under this. */
#define MOST_BYTES_PER_FILE_BYTE (1032u * 4u)

MedctReader *
medct_reader_new(MedctHost *host, const MedctCandidate *candidate, GError **error)
{
  MedctReader *reader = g_new0(MedctReader, 1);
  const char *id = candidate->descriptor->id;
  medct_instance_host_init(&reader->host, host->main_thread, id);
  reader->abi = candidate->factory->create(&reader->host.abi, id);
  medct_error said = medct_plugin_error();
  if (reader->abi != NULL && reader->abi->init(reader->abi, &said))
    return reader;
  medct_plugin_error_propagate(error, id, &said);
  medct_reader_free(reader);
  return NULL;
}

void
medct_reader_free(MedctReader *reader)
{
  if (reader == NULL)
    return;
  if (reader->abi != NULL)
    reader->abi->destroy(reader->abi);
  g_free(reader);
}

/* ---- voxels: [page with the mapping's length][voxels] -------------------------------------- */

static gsize
page_bytes(void)
{
  return (gsize)sysconf(_SC_PAGESIZE);
}

static void *
map_voxels(gsize n_bytes)
{
  gsize page = page_bytes();
  if (n_bytes > G_MAXSIZE - page)
    return NULL;
  gsize *mapping =
      mmap(NULL, page + n_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapping == MAP_FAILED)
    return NULL;
  mapping[0] = page + n_bytes;
  return (char *)mapping + page;
}

static void
unmap_voxels(gpointer voxels)
{
  gsize *mapping = (gsize *)((char *)voxels - page_bytes());
  munmap(mapping, mapping[0]);
}

/* ---- the header a plugin gave -------------------------------------------------------------- */

static gboolean
header_is_finite(const medct_volume_header *tainted)
{
  for (int i = 0; i < 16; i++)
    if (!isfinite(tainted->affine[i]))
      return FALSE;
  for (int i = 0; i < 3; i++)
    if (!isfinite(tainted->spacing_mm[i]) || tainted->spacing_mm[i] <= 0)
      return FALSE;
  return isfinite(tainted->hu_slope) && isfinite(tainted->hu_intercept);
}

/* Bytes of all voxels, or 0 with an error. Divides before it multiplies. */
static gsize
voxel_bytes(const medct_volume_header *tainted, const char *name, guint64 file_bytes,
            GError **error)
{
  guint64 n = tainted->voxel_type == MEDCT_VOXELS_INT16     ? 2
              : tainted->voxel_type == MEDCT_VOXELS_FLOAT32 ? 4
                                                            : 0;
  if (n == 0) {
    medct_error_field(error, MEDCT_ERROR_FORMAT, name, "voxel type", "int16 or float32", "%u",
                      tainted->voxel_type);
    return 0;
  }
  guint64 most = file_bytes > G_MAXINT64 / MOST_BYTES_PER_FILE_BYTE
                     ? (guint64)G_MAXINT64
                     : file_bytes * MOST_BYTES_PER_FILE_BYTE;
  for (int i = 0; i < 3; i++) {
    if (tainted->dims[i] == 0 || tainted->dims[i] > most / n) {
      medct_error_field(error, MEDCT_ERROR_FORMAT, name, N_("its size"),
                        "a volume that a file of this length can hold",
                        N_("%" PRIu64 " × %" PRIu64 " × %" PRIu64 " voxels"), tainted->dims[0],
                        tainted->dims[1], tainted->dims[2]);
      return 0;
    }
    n *= tainted->dims[i];
  }
  return (gsize)n;
}

static MedctVolumeHeader
checked_header(const medct_volume_header *header, const char *format, const char *name)
{
  MedctVolumeHeader out = {
      .voxel_type =
          header->voxel_type == MEDCT_VOXELS_INT16 ? MEDCT_VOXEL_INT16 : MEDCT_VOXEL_FLOAT32,
      .hu_slope = header->hu_slope,
      .hu_intercept = header->hu_intercept,
      .orientation_known = header->orientation_known != 0,
      .spacing_known = header->spacing_known != 0,
      .format = format,
      .name = name,
  };
  for (int i = 0; i < 3; i++)
    out.dims[i] = (int64_t)header->dims[i];
  memcpy(out.spacing_mm, header->spacing_mm, sizeof out.spacing_mm);
  memcpy(out.affine, header->affine, sizeof out.affine);
  return out;
}

/* ---- reading ------------------------------------------------------------------------------- */

typedef struct {
  const MedctReader *reader;
  const MedctMonitor *monitor;
  MedctSlabReady slab;
  void *user_data;
} Reading;

static gboolean
read_slabs(const Reading *reading, const MedctVolumeHeader *header, gsize n_bytes, char *voxels,
           GError **error)
{
  const medct_volume_reader *abi = reading->reader->abi;
  gsize slice_bytes = n_bytes / (gsize)header->dims[2];
  int64_t step = (int64_t)MAX(SLAB_BYTES / slice_bytes, 1);
  for (int64_t k = 0; k < header->dims[2]; k += step) {
    if (medct_monitor_cancelled(reading->monitor)) {
      medct_error_file(error, MEDCT_ERROR_CANCELLED, header->name, "opening was stopped");
      return FALSE;
    }
    int64_t n = MIN(step, header->dims[2] - k);
    medct_error said = medct_plugin_error();
    if (!abi->read(abi, (uint64_t)k, (uint64_t)n, voxels + (gsize)k * slice_bytes, &said)) {
      medct_plugin_error_propagate(error, NULL, &said);
      return FALSE;
    }
    if (reading->slab != NULL)
      reading->slab(header, voxels, k + n, reading->user_data);
    medct_monitor_progress(reading->monitor, (double)(k + n) / (double)header->dims[2],
                           "Reading slices");
  }
  return TRUE;
}

static void
copy_warnings(const medct_volume_reader *abi, MedctVolume *volume)
{
  enum { MOST_WARNINGS = 1000 };
  guint n = MIN(abi->warning_count(abi), MOST_WARNINGS);
  for (guint i = 0; i < n; i++) {
    medct_warning warning = {.size = sizeof warning};
    if (!abi->warning(abi, i, &warning))
      continue;
    g_autofree char *code =
        g_utf8_make_valid(warning.code, (gssize)strnlen(warning.code, sizeof warning.code));
    g_autofree char *message = g_utf8_make_valid(
        warning.message, (gssize)strnlen(warning.message, sizeof warning.message));
    medct_volume_add_warning(volume, code, message);
  }
}

static MedctVolume *
read_volume(const Reading *reading, MedctSource *source, const medct_volume_header *tainted,
            GError **error)
{
  const char *name = medct_source_name(source);
  gsize n_bytes = voxel_bytes(tainted, name, medct_source_all_bytes(source), error);
  if (n_bytes == 0)
    return NULL;
  if (!header_is_finite(tainted)) {
    medct_error_file(error, MEDCT_ERROR_FORMAT, name,
                     "its reader gave a spacing, affine or HU scale that is not finite");
    return NULL;
  }
  g_autofree char *format =
      g_utf8_make_valid(tainted->format, (gssize)strnlen(tainted->format, sizeof tainted->format));
  MedctVolumeHeader header = checked_header(tainted, format, name);
  void *voxels = map_voxels(n_bytes);
  if (voxels == NULL) {
    medct_error_file(error, MEDCT_ERROR_MEMORY, name,
                     "needs %.1f GiB of memory, which could not be had; close other studies",
                     (double)n_bytes / (1 << 30));
    return NULL;
  }
  if (!read_slabs(reading, &header, n_bytes, voxels, error) ||
      !medct_source_finish_hash(source, header.sha256, error)) {
    unmap_voxels(voxels);
    return NULL;
  }
  MedctVolume *volume = medct_volume_new(&header, voxels, unmap_voxels, error);
  if (volume != NULL) {
    copy_warnings(reading->reader->abi, volume);
    medct_volume_check_plausibility(volume);
  }
  return volume;
}

MedctVolume *
medct_reader_open_volume(MedctReader *reader, MedctSource *source, const MedctMonitor *monitor,
                         MedctSlabReady slab, void *user_data, GError **error)
{
  const Reading reading = {reader, monitor, slab, user_data};
  const medct_volume_reader *abi = reader->abi;
  medct_volume_header tainted = {.size = sizeof tainted};
  medct_error said = medct_plugin_error();
  MedctVolume *volume = NULL;
  MedctCall call;
  medct_call_enter(&call, monitor);
  medct_source_start_hash(source);
  if (abi->open(abi, medct_source_abi(source), &tainted, &said))
    volume = read_volume(&reading, source, &tainted, error);
  else
    medct_plugin_error_propagate(error, NULL, &said);
  abi->close(abi);
  medct_call_leave(&call);
  return volume;
}

static MedctReader *
choose_reader(MedctHost *host, MedctSource *source, GError **error)
{
  guint8 head[HEAD_BYTES] = {0};
  gssize n = medct_source_head(source, head, sizeof head);
  if (n < 0) {
    medct_error_file(error, MEDCT_ERROR_IO, medct_source_name(source), "cannot be read");
    return NULL;
  }
  g_autoptr(GArray) candidates = medct_host_candidates(host, MEDCT_VOLUME_READER);
  g_autoptr(MedctReader) best = NULL;
  guint best_confidence = 0;
  for (guint i = 0; i < candidates->len; i++) {
    g_autoptr(MedctReader) reader =
        medct_reader_new(host, &g_array_index(candidates, MedctCandidate, i), NULL);
    if (reader == NULL)
      continue;
    guint confidence = reader->abi->probe(reader->abi, medct_source_name(source), head, (guint64)n,
                                          medct_source_length(source));
    if (MIN(confidence, 100) > best_confidence) {
      best_confidence = MIN(confidence, 100);
      g_clear_pointer(&best, medct_reader_free);
      best = g_steal_pointer(&reader);
    }
  }
  if (best == NULL)
    medct_error_file(error, MEDCT_ERROR_UNSUPPORTED, medct_source_name(source),
                     n == 0 ? _("is empty") : _("is not a volume that any reader here knows"));
  return g_steal_pointer(&best);
}

MedctVolume *
medct_host_open_volume(MedctHost *host, const char *path, const MedctMonitor *monitor,
                       MedctSlabReady slab, void *user_data, GError **error)
{
  g_autoptr(MedctSource) source = medct_source_open(path, error);
  if (source == NULL)
    return NULL;
  g_autoptr(MedctReader) reader = choose_reader(host, source, error);
  if (reader == NULL)
    return NULL;
  return medct_reader_open_volume(reader, source, monitor, slab, user_data, error);
}
