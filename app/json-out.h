/* What every --json output is made of: one member of the object at hand each. NULL and NaN become
 * null, since JSON knows neither. */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

void medct_json_add_string(JsonBuilder *b, const char *key, const char *value);
void medct_json_add_number(JsonBuilder *b, const char *key, double value);
void medct_json_add_int(JsonBuilder *b, const char *key, gint64 value);
void medct_json_add_boolean(JsonBuilder *b, const char *key, gboolean value);
void medct_json_add_numbers(JsonBuilder *b, const char *key, const double *values, int n);
void medct_json_add_ints(JsonBuilder *b, const char *key, const gint64 *values, int n);
/* {"code": …, "message": …} without a key, for an array of warnings. */
void medct_json_add_warning(JsonBuilder *b, const char *code, const char *message);
/* Opens an object or array under a key; close it with json_builder_end_object or _array. */
void medct_json_begin_object(JsonBuilder *b, const char *key);
void medct_json_begin_array(JsonBuilder *b, const char *key);
/* Prints what was built as one line, or indented. */
void medct_json_print(JsonBuilder *b, gboolean indented);

G_END_DECLS
