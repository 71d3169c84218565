/* The small files of a model folder beside the weights: vocab.txt, config.json (input and heads,
 * spec §3), model.json (the card, model/card.h). Each is written atomically. Thread: any. */
#pragma once

#include "model/config.h"
#include <json-glib/json-glib.h>

G_BEGIN_DECLS

gboolean medct_model_folder_save_text(const char *folder, const char *name, const char *text,
                                      GError **error);
/* The builder's root, indented. */
gboolean medct_model_folder_save_json(const char *folder, const char *name, JsonBuilder *builder,
                                      GError **error);
gboolean medct_model_folder_save_config(const char *folder, const MedctConfig *config,
                                        GError **error);

G_END_DECLS
