/* A plugin's NAME.ini, read before any of its code runs. Plain data. Thread: any.
 *
 *   [MedCT Plugin]
 *   name=…  version=…  kinds=medct.volume-reader/1;…  file-types=.abc;  authors=…;  licence=…
 */
#pragma once

#include "model/error.h"

G_BEGIN_DECLS

#define MEDCT_MANIFEST_MAX_BYTES (64u * 1024u)

typedef struct {
  char *name, *version, *licence;
  char **kinds, **file_types, **authors; /* NULL-ended */
} MedctManifest;

/* `file` names it in errors. Refuses missing keys, unknown kinds, control characters, long values.
 */
MedctManifest *medct_manifest_parse(const char *file, const char *bytes, gsize n_bytes,
                                    GError **error);
void medct_manifest_free(MedctManifest *manifest);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MedctManifest, medct_manifest_free)

/* Does the running code offer a kind that the manifest does not name, or lack one that it names? */
gboolean medct_manifest_has_kind(const MedctManifest *manifest, const char *kind);

G_END_DECLS
