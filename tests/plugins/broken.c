/* A reader that breaks one rule, chosen when it is compiled. Its format begins with "BRKN". */
#include "plugins/medct-plugin.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static bool
reader_init(const medct_volume_reader *reader, medct_error *error)
{
  return true;
}

static void
reader_destroy(const medct_volume_reader *reader)
{
}

static uint32_t
reader_probe(const medct_volume_reader *reader, const char *name, const uint8_t *head,
             uint64_t head_bytes, uint64_t file_bytes)
{
  return head_bytes >= 4 && memcmp(head, "BRKN", 4) == 0 ? 100 : 0;
}

static bool
reader_open(const medct_volume_reader *reader, const medct_source *source,
            medct_volume_header *header, medct_error *error)
{
#ifdef BROKEN_CRASH
  raise(SIGSEGV);
#endif
#ifdef BROKEN_HANG
  for (;;)
    pause();
#endif
#ifndef BROKEN_SILENT
  strcpy(error->message, "refused");
#endif
#ifdef BROKEN_HUGE /* opens with a size that its file cannot hold */
  header->voxel_type = MEDCT_VOXELS_INT16;
  header->dims[0] = header->dims[1] = header->dims[2] = UINT64_C(1) << 40;
  for (int i = 0; i < 3; i++)
    header->spacing_mm[i] = 1;
  header->hu_slope = 1;
  return true;
#else
  return false;
#endif
}

static bool
reader_read(const medct_volume_reader *reader, uint64_t first, uint64_t n, void *voxels,
            medct_error *error)
{
  abort();
}

static uint32_t
reader_warning_count(const medct_volume_reader *reader)
{
  return 0;
}

static bool
reader_warning(const medct_volume_reader *reader, uint32_t index, medct_warning *warning)
{
  return false;
}

static void
reader_close(const medct_volume_reader *reader)
{
}

static const void *
reader_get_extension(const medct_volume_reader *reader, const char *id)
{
  return NULL;
}

static const medct_volume_reader reader_abi = {
    NULL,        reader_init,          reader_destroy, reader_probe, reader_open,
    reader_read, reader_warning_count, reader_warning, reader_close, reader_get_extension,
};

static const medct_descriptor descriptor = {
    sizeof(medct_descriptor), "org.example.broken", "Broken", "1", "Broken on purpose.", ".brk",
};

static uint32_t
factory_count(void)
{
  return 1;
}

static const medct_descriptor *
factory_descriptor(uint32_t index)
{
  return &descriptor;
}

static const void *
factory_create(const medct_host *host, const char *id)
{
  return strcmp(id, descriptor.id) == 0 ? &reader_abi : NULL;
}

static bool
entry_init(const char *path, medct_error *error)
{
#ifdef BROKEN_INIT
  strcpy(error->message, "no licence on a full moon");
  return false;
#else
#ifdef BROKEN_SLOW
  nanosleep(&(struct timespec){.tv_nsec = 150000000}, NULL);
#endif
  return true;
#endif
}

static void
entry_deinit(void)
{
}

static const void *
entry_get_factory(const char *id)
{
  static const medct_factory factory = {factory_count, factory_descriptor, factory_create};
#ifdef BROKEN_KINDS
  return strcmp(id, MEDCT_MODEL_BACKEND) == 0 ? &factory : NULL;
#else
  return strcmp(id, MEDCT_VOLUME_READER) == 0 ? &factory : NULL;
#endif
}

#ifdef BROKEN_ABI
#define ABI_MAJOR 2
#else
#define ABI_MAJOR MEDCT_ABI_MAJOR
#endif
#ifdef BROKEN_SYMBOL
#define medct_entry medct_other
#endif
MEDCT_PLUGIN_EXPORT extern const medct_plugin_entry medct_entry;
const medct_plugin_entry medct_entry = {
    ABI_MAJOR, MEDCT_ABI_MINOR, entry_init, entry_deinit, entry_get_factory,
};
