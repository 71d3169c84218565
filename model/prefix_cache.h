/* What the frozen part of the vision encoder made of a volume, kept on disk between epochs and
 * runs: 28 MB a volume at the released size, or 2 kB where only the latent is needed. The key is
 * the SHA-256 of weights, input and prefix. A file that is damaged or of another key is as good as
 * absent; failing to write is no error for the training.
 *
 * Thread: one at a time each; several processes may share the folder. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _MedctPrefixCache MedctPrefixCache;

/* `prefix` says how far: "latent", "layer 4". Never holds more than `max_bytes`: the longest unused
 * go first, but nothing that this object itself used, so that a cohort larger than the limit keeps
 * its beginning instead of chasing itself out. */
MedctPrefixCache *medct_prefix_cache_new(const char *weights_sha256, const char *prefix,
                                         guint64 max_bytes);
void medct_prefix_cache_free(MedctPrefixCache *cache);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MedctPrefixCache, medct_prefix_cache_free)

/* FALSE: not there. `identity` is the SHA-256 of the input; "" is never kept. */
gboolean medct_prefix_cache_load(MedctPrefixCache *cache, const char *identity, float *values,
                                 gsize n);
void medct_prefix_cache_store(MedctPrefixCache *cache, const char *identity, const float *values,
                              gsize n);

G_END_DECLS
