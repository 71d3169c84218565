/* What a reader reads: the host opens the file, the reader only sees bytes. Regular files only, so
 * that nothing blocks and sizes mean something. While the reader works, a second thread hashes the
 * same bytes (SHA-256 of the file, then of each sibling that was asked for).
 *
 * Owner: the caller. Thread: one at a time. */
#pragma once

#include "model/error.h"
#include "plugins/medct-plugin.h"

G_BEGIN_DECLS

typedef struct _MedctSource MedctSource;

MedctSource *medct_source_open(const char *path, GError **error);
void medct_source_free(MedctSource *source); /* stops hashing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MedctSource, medct_source_free)

const medct_source *medct_source_abi(MedctSource *source); /* lives as long as the source */
const char *medct_source_name(const MedctSource *source);
/* head [capacity] ← the first bytes; how many, −1 on a read error. */
gssize medct_source_head(MedctSource *source, guint8 *head, gsize capacity);
guint64 medct_source_length(const MedctSource *source);
guint64 medct_source_all_bytes(const MedctSource *source); /* with the siblings asked for */

/* Starts hashing on a second thread; once, when a reader has been chosen. */
void medct_source_start_hash(MedctSource *source);
/* Waits for the hash; FALSE when the bytes could not all be read, or changed meanwhile. Call once,
 * after reading. */
gboolean medct_source_finish_hash(MedctSource *source, char hex[65], GError **error);

G_END_DECLS
