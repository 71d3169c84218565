/* A read-only mapping of a file that survives the file shrinking underneath it: the lost pages
 * read as zeros and the mapping is marked, instead of the process dying of SIGBUS.
 *
 * Owner: the caller frees it; at most 64 at a time. Thread: any. */
#pragma once

#include "model/error.h"
#include <stdint.h>

G_BEGIN_DECLS

typedef struct _MedctMapping MedctMapping;

/* Regular files only. An empty file is refused. */
MedctMapping *medct_mapping_open(const char *path, GError **error);
void medct_mapping_free(MedctMapping *mapping);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MedctMapping, medct_mapping_free)

const guint8 *medct_mapping_bytes(const MedctMapping *mapping);
gsize medct_mapping_size(const MedctMapping *mapping);
/* buffer [n] ← bytes from `offset` through read(): they do not become resident. */
gboolean medct_mapping_read(const MedctMapping *mapping, guint64 offset, void *buffer, gsize n);
/* FALSE once a page could not be read, or when the file is shorter now than when it was opened. */
gboolean medct_mapping_intact(const MedctMapping *mapping);

G_END_DECLS
