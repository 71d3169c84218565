/* The part of ZIP that torch.save writes: stored entries, zip64 included. Private to model/. */
#pragma once

#include "model/mapping.h"

G_BEGIN_DECLS

typedef struct {
  char *name;
  guint64 offset, size; /* of the data, checked to lie inside the file */
  guint32 crc;
} MedctZipEntry;

/* Every entry: inside the file, stored, its local name equal to the central one, no name twice, and
 * all of them together not larger than the file. Names → MedctZipEntry. */
GHashTable *medct_zip_read(const MedctMapping *mapping, const char *path, GError **error);

/* CRC-32 of every entry against the directory; reads rather than maps, so that 1.75 GB of weights
 * do not become resident. */
gboolean medct_zip_verify(const MedctMapping *mapping, GHashTable *entries, const char *path,
                          GError **error);

G_END_DECLS
