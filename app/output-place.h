/* Whether what a command will write has a place: asked before anything is opened or computed, since
 * the answer after an hour of scoring costs the hour. Leaves nothing behind. Thread: any. */
#pragma once

#include "model/error.h"

G_BEGIN_DECLS

/* `inputs` (NULL-ended) are what the command reads: writing
 * over one of them is refused. `out` NULL: nothing is wanted, TRUE. */
gboolean medct_output_check_file(const char *out, const char *const *inputs, GError **error);
/* The folder may be missing, if it can be made. `out` NULL: TRUE. */
gboolean medct_output_check_folder(const char *out, GError **error);

G_END_DECLS
