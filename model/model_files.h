/* Which files make a model. Thread: any. */
#pragma once

#include "model/error.h"

G_BEGIN_DECLS

/* `path` itself when it is no folder; else the folder's model.safetensors, or its only
 * .safetensors, or its only .pt. The caller frees it; NULL when there is none or no only one. */
char *medct_model_find_weights(const char *path, GError **error);

/* Whether a model may be made in `folder`: MEDCT_ERROR_ARGUMENT where one is. */
gboolean medct_model_check_free(const char *folder, GError **error);

/* The file `name` in the folder of `path` (a model folder, or a weights file); NULL without it. */
char *medct_model_find_file(const char *path, const char *name);

G_END_DECLS
