/* A volume reader in one file: reads ".exct", a format made up for this example.
 *
 *   bytes 0–3    "EXCT"
 *   bytes 4–15   three uint32, little-endian: voxels along i, j, k
 *   bytes 16–27  three float32, little-endian: spacing in mm
 *   bytes 28–    int16 voxels in HU, little-endian, i fastest; nothing after them */
#include <medct-plugin.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEADER_BYTES 28u

/* One instance; the vtable stands first, so its address is the instance's. */
typedef struct {
  medct_volume_reader abi;
  const medct_host *host;
  const medct_stream *stream;
  uint32_t dims[3];
} reader;

static bool
fail(medct_error *error, int32_t code, const char *file, const char *what)
{
  error->code = code;
  snprintf(error->message, sizeof error->message, "%s: %s", file, what);
  return false;
}

static uint32_t
u32(const uint8_t *bytes)
{
  return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
         (uint32_t)bytes[3] << 24;
}

static float
f32(const uint8_t *bytes)
{
  uint32_t bits = u32(bytes);
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static bool
reader_init(const medct_volume_reader *abi, medct_error *error)
{
  (void)abi, (void)error;
  return true;
}

static void
reader_destroy(const medct_volume_reader *abi)
{
  free(abi->plugin_data);
}

static uint32_t
reader_probe(const medct_volume_reader *abi, const char *name, const uint8_t *head,
             uint64_t head_bytes, uint64_t file_bytes)
{
  (void)abi, (void)name, (void)file_bytes;
  return head_bytes >= 4 && memcmp(head, "EXCT", 4) == 0 ? 90 : 0;
}

/* Sizes come from a stranger's file: divide before multiplying. */
static bool
dims_fit(const uint32_t dims[3], uint64_t data_bytes)
{
  uint64_t left = data_bytes / 2;
  for (int i = 0; i < 3; i++) {
    if (dims[i] == 0 || dims[i] > left)
      return false;
    left /= dims[i];
  }
  return (uint64_t)dims[0] * dims[1] * dims[2] * 2 == data_bytes;
}

static bool
reader_open(const medct_volume_reader *abi, const medct_source *source, medct_volume_header *header,
            medct_error *error)
{
  reader *self = abi->plugin_data;
  const medct_stream *stream = source->stream(source, 0);
  uint8_t bytes[HEADER_BYTES];
  if (stream->read_at(stream, 0, bytes, HEADER_BYTES) != HEADER_BYTES)
    return fail(error, MEDCT_PLUGIN_FORMAT, stream->name, "shorter than its header of 28 bytes");
  if (memcmp(bytes, "EXCT", 4) != 0)
    return fail(error, MEDCT_PLUGIN_FORMAT, stream->name, "does not begin with EXCT");
  for (int i = 0; i < 3; i++) {
    self->dims[i] = u32(bytes + 4 + 4 * i);
    header->dims[i] = self->dims[i];
    header->spacing_mm[i] = f32(bytes + 16 + 4 * i);
    if (!(header->spacing_mm[i] > 0 && header->spacing_mm[i] < 1000))
      return fail(error, MEDCT_PLUGIN_FORMAT, stream->name, "spacing is not between 0 and 1000 mm");
    header->affine[5 * i] = header->spacing_mm[i];
  }
  header->affine[15] = 1;
  if (stream->length < HEADER_BYTES || !dims_fit(self->dims, stream->length - HEADER_BYTES))
    return fail(error, MEDCT_PLUGIN_FORMAT, stream->name, "its size does not fit its length");
  header->voxel_type = MEDCT_VOXELS_INT16;
  header->hu_slope = 1;
  header->spacing_known = 1;
  snprintf(header->format, sizeof header->format, "EXCT");
  self->stream = stream;
  return true;
}

static bool
reader_read(const medct_volume_reader *abi, uint64_t first, uint64_t n, void *voxels,
            medct_error *error)
{
  reader *self = abi->plugin_data;
  uint64_t slice = (uint64_t)self->dims[0] * self->dims[1];
  if (first > self->dims[2] || n > self->dims[2] - first)
    return fail(error, MEDCT_PLUGIN_ARGUMENT, self->stream->name, "slices outside the volume");
  int64_t bytes = (int64_t)(n * slice * 2);
  if (self->stream->read_at(self->stream, HEADER_BYTES + first * slice * 2, voxels,
                            (uint64_t)bytes) != bytes)
    return fail(error, MEDCT_PLUGIN_IO, self->stream->name, "could not be read to its end");
  uint8_t *raw = voxels; /* to native byte order */
  for (uint64_t i = 0; i < n * slice; i++) {
    int16_t value = (int16_t)(raw[2 * i] | raw[2 * i + 1] << 8);
    memcpy(raw + 2 * i, &value, 2);
  }
  return true;
}

static uint32_t
reader_warning_count(const medct_volume_reader *abi)
{
  (void)abi;
  return 1;
}

static bool
reader_warning(const medct_volume_reader *abi, uint32_t index, medct_warning *warning)
{
  (void)abi;
  if (index != 0)
    return false;
  snprintf(warning->code, sizeof warning->code, "orientation-unknown");
  snprintf(warning->message, sizeof warning->message,
           "This format does not say which way the patient lies.");
  return true;
}

static void
reader_close(const medct_volume_reader *abi)
{
  reader *self = abi->plugin_data;
  self->stream = NULL;
}

static const void *
reader_get_extension(const medct_volume_reader *abi, const char *id)
{
  (void)abi, (void)id;
  return NULL;
}

/* ---- factory and entry --------------------------------------------------------------------- */

static const medct_descriptor descriptor = {
    sizeof(medct_descriptor),
    "org.example.reader",
    "Example reader",
    "1.0",
    "Reads the example format .exct.",
    ".exct",
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
factory_create(const medct_host *host, const char *id)
{
  if (strcmp(id, descriptor.id) != 0)
    return NULL;
  reader *self = calloc(1, sizeof *self);
  if (self == NULL)
    return NULL;
  self->host = host;
  self->abi = (medct_volume_reader){
      self,        reader_init,          reader_destroy, reader_probe, reader_open,
      reader_read, reader_warning_count, reader_warning, reader_close, reader_get_extension,
  };
  return &self->abi;
}

static bool
entry_init(const char *path, medct_error *error)
{
  (void)path, (void)error;
  return true;
}

static void
entry_deinit(void)
{
}

static const void *
entry_get_factory(const char *id)
{
  static const medct_factory factory = {factory_count, factory_descriptor, factory_create};
  return strcmp(id, MEDCT_VOLUME_READER) == 0 ? &factory : NULL;
}

MEDCT_PLUGIN_EXPORT extern const medct_plugin_entry medct_entry;
const medct_plugin_entry medct_entry = {
    MEDCT_ABI_MAJOR, MEDCT_ABI_MINOR, entry_init, entry_deinit, entry_get_factory,
};
