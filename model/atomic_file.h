/* A file that appears whole or not at all: written beside its place under a temporary name, synced,
 * renamed, the folder synced. Until commit the old file stays. Thread: any, one at a time each. */
#pragma once

#include "model/error.h"

G_BEGIN_DECLS

typedef struct _MedctAtomicFile MedctAtomicFile;

/* Refuses what is there and no file: a folder, a device, a pipe. */
MedctAtomicFile *medct_atomic_file_new(const char *path, GError **error);
gboolean medct_atomic_file_write(MedctAtomicFile *file, const void *bytes, gsize n, GError **error);
/* Takes the place of the old file; frees `file` either way. */
gboolean medct_atomic_file_commit(MedctAtomicFile *file, GError **error);
/* Leaves the old file; frees. */
void medct_atomic_file_discard(MedctAtomicFile *file);

/* Whether it could be written now; leaves nothing behind. */
gboolean medct_atomic_file_check(const char *path, GError **error);

/* All of it at once. */
gboolean medct_atomic_file_save(const char *path, const void *bytes, gsize n, GError **error);

G_END_DECLS
