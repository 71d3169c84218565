/* JSON from outside: checked strictly first (UTF-8, nesting, duplicate keys, trailing bytes,
 * comments), then given to json-glib, which by itself recurses without limit and keeps the last of
 * two equal keys. Thread: any. */
#pragma once

#include "model/error.h"
#include <json-glib/json-glib.h>

G_BEGIN_DECLS

#define MEDCT_JSON_MAX_DEPTH 64

/* `what` names the text in messages. The result is the caller's (json_node_unref). */
JsonNode *medct_json_parse(const char *tainted_text, gsize n_bytes, const char *what,
                           GError **error);
/* Refuses files over 16 MiB. */
JsonNode *medct_json_load(const char *path, GError **error);

/* Members with a type check: FALSE and a message when present with another type; when absent the
 * value is left as it was. */
gboolean medct_json_get_double(JsonObject *object, const char *what, const char *key, double *value,
                               GError **error);
gboolean medct_json_get_int(JsonObject *object, const char *what, const char *key, gint64 low,
                            gint64 high, gint64 *value, GError **error);

/* FALSE when a member is none of `known` (ended by NULL): a misspelt setting would be passed over.
 * `part` names the object in the message. */
gboolean medct_json_check_members(JsonObject *object, const char *what, const char *part,
                                  const char *const *known, GError **error);

G_END_DECLS
