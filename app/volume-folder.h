/* A folder as a list of volumes. Thread: any. */
#pragma once

#include "model/error.h"

G_BEGIN_DECLS

/* Paths of the volumes that lie in `folder` itself, sorted bytewise by name; what is neither a file
 * nor named like NIfTI is left out. NULL when there is none. Free with g_strfreev. */
char **medct_volume_folder_list(const char *folder, GError **error);
/* The same for a list of paths in which folders stand for what they hold. A folder without volumes
 * stays in the list, so that opening it says what is wrong. Free with g_strfreev. */
char **medct_volume_folder_expand(const char *const *paths);

G_END_DECLS
