#include "model/pt_zip.h"
#include <glib/gi18n.h>
#include <isa-l/crc.h>
#include <string.h>

typedef struct {
  const MedctMapping *mapping;
  const guint8 *bytes;
  guint64 size;
  const char *path;
  GError **error;
} Zip;

typedef struct {
  guint64 n_entries, directory_bytes, directory_at;
} Directory;

static guint64
little(const guint8 *at, int n)
{
  guint64 value = 0;
  for (int i = n - 1; i >= 0; i--)
    value = value << 8 | at[i];
  return value;
}

static gboolean
refuse(const Zip *zip, const char *name, const char *reason)
{
  medct_error_file(zip->error, MEDCT_ERROR_FORMAT, zip->path, "%s%.100s%s%s",
                   name ? _("zip entry \"") : "", name ? name : "", name ? "\" " : "", _(reason));
  return FALSE;
}

static gboolean
inside(const Zip *zip, guint64 offset, guint64 n)
{
  return offset <= zip->size && n <= zip->size - offset;
}

/* The end record stands last, before a comment of at most 65,535 bytes. */
static gboolean
find_end(const Zip *zip, guint64 *at)
{
  guint64 lowest = zip->size > 22 + 65535 ? zip->size - 22 - 65535 : 0;
  for (guint64 i = zip->size - MIN(zip->size, 22) + 1; i > lowest; i--)
    if (inside(zip, i - 1, 22) && memcmp(zip->bytes + i - 1, "PK\5\6", 4) == 0) {
      *at = i - 1;
      return TRUE;
    }
  return refuse(zip, NULL,
                N_("is cut short: the zip directory at its end is missing; download it again"));
}

static gboolean
read_zip64(const Zip *zip, guint64 end, Directory *directory)
{
  if (end < 20 || memcmp(zip->bytes + end - 20, "PK\6\7", 4) != 0)
    return TRUE;
  guint64 at = little(zip->bytes + end - 20 + 8, 8);
  if (!inside(zip, at, 56) || memcmp(zip->bytes + at, "PK\6\6", 4) != 0)
    return refuse(zip, NULL, N_("has a broken zip64 directory"));
  directory->n_entries = little(zip->bytes + at + 32, 8);
  directory->directory_bytes = little(zip->bytes + at + 40, 8);
  directory->directory_at = little(zip->bytes + at + 48, 8);
  return TRUE;
}

static gboolean
find_directory(const Zip *zip, Directory *directory)
{
  guint64 end;
  if (!find_end(zip, &end))
    return FALSE;
  directory->n_entries = little(zip->bytes + end + 10, 2);
  directory->directory_bytes = little(zip->bytes + end + 12, 4);
  directory->directory_at = little(zip->bytes + end + 16, 4);
  if (!read_zip64(zip, end, directory))
    return FALSE;
  if (!inside(zip, directory->directory_at, directory->directory_bytes) ||
      directory->n_entries > directory->directory_bytes / 46)
    return refuse(zip, NULL, N_("has a zip directory that lies outside the file"));
  return TRUE;
}

/* Sizes and offset of 0xFFFFFFFF stand in extra field 1, in this order. */
static gboolean
read_zip64_extra(const guint8 *extra, guint64 n, guint64 *const values[3])
{
  guint64 at = 0;
  while (n - at >= 4) {
    guint64 id = little(extra + at, 2), length = little(extra + at + 2, 2);
    at += 4;
    if (length > n - at)
      return FALSE;
    for (int i = 0; id == 1 && i < 3; i++) {
      if (*values[i] != 0xFFFFFFFFu)
        continue;
      if (length < 8)
        return FALSE;
      *values[i] = little(extra + at, 8);
      at += 8;
      length -= 8;
    }
    at += length;
  }
  return TRUE;
}

static gboolean
check_local(const Zip *zip, guint64 local, MedctZipEntry *entry, gsize n_name)
{
  const guint8 *header = zip->bytes + local;
  if (!inside(zip, local, 30) || memcmp(header, "PK\3\4", 4) != 0)
    return refuse(zip, entry->name, N_("has no local header"));
  guint64 n_local = little(header + 26, 2), n_extra = little(header + 28, 2);
  if (n_local != n_name || !inside(zip, local + 30, n_local) ||
      memcmp(header + 30, entry->name, n_name) != 0)
    return refuse(zip, entry->name, N_("is named differently in its local header"));
  entry->offset = local + 30 + n_local + n_extra;
  if (little(header + 8, 2) != 0)
    return refuse(zip, entry->name, N_("is compressed; torch.save stores entries as they are"));
  return inside(zip, entry->offset, entry->size) ||
         refuse(zip, entry->name, N_("ends outside the file"));
}

/* Reads one central record at *at and moves *at behind it. */
static gboolean
read_entry(const Zip *zip, guint64 *at, guint64 end, MedctZipEntry *entry)
{
  const guint8 *record = zip->bytes + *at;
  if (end - *at < 46 || memcmp(record, "PK\1\2", 4) != 0)
    return refuse(zip, NULL, N_("has a broken zip directory"));
  guint64 n_name = little(record + 28, 2), n_extra = little(record + 30, 2);
  guint64 n_all = 46 + n_name + n_extra + little(record + 32, 2);
  guint64 stored = little(record + 20, 4), local = little(record + 42, 4);
  entry->crc = (guint32)little(record + 16, 4);
  entry->size = little(record + 24, 4);
  if (n_all > end - *at || n_name == 0 || memchr(record + 46, 0, n_name) != NULL)
    return refuse(zip, NULL, N_("has a broken zip directory"));
  entry->name = g_strndup((const char *)record + 46, n_name);
  if (!g_utf8_validate(entry->name, -1, NULL))
    return refuse(zip, NULL, N_("has a zip entry whose name is not UTF-8"));
  if (!read_zip64_extra(record + 46 + n_name, n_extra,
                        (guint64 *const[3]){&entry->size, &stored, &local}))
    return refuse(zip, entry->name, N_("has a broken zip64 field"));
  if (little(record + 10, 2) != 0 || stored != entry->size)
    return refuse(zip, entry->name, N_("is compressed; torch.save stores entries as they are"));
  if (little(record + 8, 2) & 1)
    return refuse(zip, entry->name, N_("is encrypted"));
  *at += n_all;
  return check_local(zip, local, entry, n_name);
}

static void
free_entry(gpointer data)
{
  g_free(((MedctZipEntry *)data)->name);
  g_free(data);
}

GHashTable *
medct_zip_read(const MedctMapping *mapping, const char *path, GError **error)
{
  Zip zip = {mapping, medct_mapping_bytes(mapping), medct_mapping_size(mapping), path, error};
  Directory directory;
  if (!find_directory(&zip, &directory))
    return NULL;
  g_autoptr(GHashTable) entries = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, free_entry);
  guint64 at = directory.directory_at, end = at + directory.directory_bytes, total = 0;
  for (guint64 i = 0; i < directory.n_entries; i++) {
    MedctZipEntry *entry = g_new0(MedctZipEntry, 1);
    if (!read_entry(&zip, &at, end, entry)) {
      free_entry(entry);
      return NULL;
    }
    gboolean too_much = entry->size > zip.size - total;
    gboolean known = g_hash_table_contains(entries, entry->name);
    if (too_much || known) {
      refuse(&zip, entry->name, known ? "stands twice" : "overlaps another one");
      free_entry(entry);
      return NULL;
    }
    total += entry->size;
    g_hash_table_insert(entries, entry->name, entry);
  }
  return g_steal_pointer(&entries);
}

gboolean
medct_zip_verify(const MedctMapping *mapping, GHashTable *entries, const char *path, GError **error)
{
  const guint64 chunk = 1 << 20;
  g_autofree guint8 *buffer = g_malloc(chunk);
  GHashTableIter iter;
  gpointer value;
  g_hash_table_iter_init(&iter, entries);
  while (g_hash_table_iter_next(&iter, NULL, &value)) {
    const MedctZipEntry *entry = value;
    guint32 crc = 0;
    for (guint64 at = 0; at < entry->size; at += chunk) {
      guint64 n = MIN(chunk, entry->size - at);
      if (!medct_mapping_read(mapping, entry->offset + at, buffer, n)) {
        medct_error_file(error, MEDCT_ERROR_IO, path, "cannot be read to its end");
        return FALSE;
      }
      crc = crc32_gzip_refl(crc, buffer, n);
    }
    if (crc != entry->crc) {
      medct_error_file(error, MEDCT_ERROR_FORMAT, path,
                       "zip entry \"%.100s\" is damaged: its CRC-32 is %08x, expected %08x; "
                       "download the file again",
                       entry->name, crc, entry->crc);
      return FALSE;
    }
  }
  return TRUE;
}
