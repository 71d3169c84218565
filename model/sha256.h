/* SHA-256 as lower-case hex. Files are read, not mapped, so that hashing 1.75 GB of weights leaves
 * no pages behind; the answer is remembered in the user cache by device, inode, size and times.
 * Thread: any. */
#pragma once

#include "model/error.h"
#include "model/monitor.h"

G_BEGIN_DECLS

char *medct_sha256_file(const char *path, GError **error);
/* The same for weights that take seconds: reports 0 … 1 and may be cancelled. */
char *medct_sha256_file_watched(const char *path, const MedctMonitor *monitor, GError **error);
void medct_sha256_bytes(const void *bytes, gsize n, char hex[65]);

typedef struct _MedctSha256 MedctSha256;
MedctSha256 *medct_sha256_new(void);
void medct_sha256_update(MedctSha256 *sha, const void *bytes, gsize n);
void medct_sha256_finish(MedctSha256 *sha, char hex[65]); /* frees it */

G_END_DECLS
