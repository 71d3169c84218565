#include "app/json-out.h"
#include <math.h>

void
medct_json_add_string(JsonBuilder *b, const char *key, const char *value)
{
  json_builder_set_member_name(b, key);
  if (value)
    json_builder_add_string_value(b, value);
  else
    json_builder_add_null_value(b);
}

void
medct_json_add_number(JsonBuilder *b, const char *key, double value)
{
  json_builder_set_member_name(b, key);
  if (isfinite(value))
    json_builder_add_double_value(b, value);
  else
    json_builder_add_null_value(b);
}

void
medct_json_add_int(JsonBuilder *b, const char *key, gint64 value)
{
  json_builder_set_member_name(b, key);
  json_builder_add_int_value(b, value);
}

void
medct_json_add_boolean(JsonBuilder *b, const char *key, gboolean value)
{
  json_builder_set_member_name(b, key);
  json_builder_add_boolean_value(b, value);
}

void
medct_json_begin_object(JsonBuilder *b, const char *key)
{
  json_builder_set_member_name(b, key);
  json_builder_begin_object(b);
}

void
medct_json_begin_array(JsonBuilder *b, const char *key)
{
  json_builder_set_member_name(b, key);
  json_builder_begin_array(b);
}

void
medct_json_add_numbers(JsonBuilder *b, const char *key, const double *values, int n)
{
  medct_json_begin_array(b, key);
  for (int i = 0; i < n; i++)
    json_builder_add_double_value(b, values[i]);
  json_builder_end_array(b);
}

void
medct_json_add_ints(JsonBuilder *b, const char *key, const gint64 *values, int n)
{
  medct_json_begin_array(b, key);
  for (int i = 0; i < n; i++)
    json_builder_add_int_value(b, values[i]);
  json_builder_end_array(b);
}

void
medct_json_add_warning(JsonBuilder *b, const char *code, const char *message)
{
  json_builder_begin_object(b);
  medct_json_add_string(b, "code", code);
  medct_json_add_string(b, "message", message);
  json_builder_end_object(b);
}

void
medct_json_print(JsonBuilder *b, gboolean indented)
{
  g_autoptr(JsonNode) root = json_builder_get_root(b);
  g_autofree char *text = json_to_string(root, indented);
  g_print("%s\n", text);
}
