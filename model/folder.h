/* A folder to write into. Thread: any. */
#pragma once

#include "model/error.h"

G_BEGIN_DECLS

/* Makes `folder` and what is missing above it; one that is there already is as good. `mode` is
 * mkdir's. MEDCT_ERROR_IO. */
gboolean medct_folder_make(const char *folder, int mode, GError **error);
/* Whether that would do, and files could be put into it; makes nothing. MEDCT_ERROR_IO. */
gboolean medct_folder_check(const char *folder, GError **error);

G_END_DECLS
