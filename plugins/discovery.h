/* Where plugins lie, and bringing one in: manifest → permissions → hash → the user's yes → dlopen.
 * Order of folders: MEDCT_PLUGIN_PATH (colon-separated), the user's data folder, the library
 * folder; the first plugin of a name wins. Thread: main. */
#pragma once

#include "plugins/host-private.h"
#include "plugins/manifest.h"

G_BEGIN_DECLS

/* A record for NAME.ini with NAME.so beside it. `entry` stays NULL unless it was enabled, or
 * `run_anyway` (the validator's), and started. Never NULL. */
MedctPlugin *medct_discovery_load(const char *manifest_path, gboolean run_anyway);

/* NAME.so or NAME.ini → NAME.ini; caller frees. */
char *medct_discovery_manifest_path(const char *path);

G_END_DECLS
