/* Encodings kept on disk between runs, in the user's cache folder. A file that is damaged, cut
 * short or belongs to another key is as good as absent; failing to write is no error for the
 * caller's work. Files: "MEDCTENC" · version · payload length · SHA-256 of key and payload ·
 * payload. Thread: any; several processes may share the folder. */
#pragma once

#include "model/error.h"
#include <stdint.h>

G_BEGIN_DECLS

#define MEDCT_CACHE_MAX_ENTRY ((gsize)16 << 20)  /* bytes of one encoding */
#define MEDCT_CACHE_MAX_TOTAL ((guint64)1 << 30) /* bytes of all; the oldest go first */

/* 64 hex digits over the parts, each with its length, so that no two lists of parts collide. */
char *medct_cache_key(const char *const *parts);

GBytes *medct_cache_load(const char *key); /* NULL: not there */
void medct_cache_store(const char *key, const void *bytes, gsize n_bytes);
guint64 medct_cache_size(void); /* bytes of all entries */
/* Removes the oldest entries until at most `max_total` bytes are left. */
void medct_cache_trim(guint64 max_total);

G_END_DECLS
