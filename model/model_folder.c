#include "model/model_folder.h"
#include "model/atomic_file.h"
#include <string.h>

gboolean
medct_model_folder_save_text(const char *folder, const char *name, const char *text, GError **error)
{
  g_autofree char *path = g_build_filename(folder, name, NULL);
  return medct_atomic_file_save(path, text, strlen(text), error);
}

/* json-glib prints every number with 17 digits, 0.457 as 0.45700000000000002. This is JSON that it
 * printed; numbers that fewer digits tell as well become shorter. */
static char *
shorten_numbers(const char *json)
{
  GString *out = g_string_new(NULL);
  gboolean in_string = FALSE;
  while (*json) {
    char digits[G_ASCII_DTOSTR_BUF_SIZE], *end = NULL;
    in_string ^= *json == '"';
    if (in_string && *json == '\\')
      g_string_append_c(out, *json++);
    if (in_string || !(g_ascii_isdigit(*json) || *json == '-')) {
      g_string_append_c(out, *json++);
      continue;
    }
    double value = g_ascii_strtod(json, &end);
    g_ascii_formatd(digits, sizeof digits, "%.15g", value);
    if (g_ascii_strtod(digits, NULL) == value)
      g_string_append(out, digits);
    else
      g_string_append_len(out, json, end - json);
    json = end;
  }
  return g_string_free(out, FALSE);
}

gboolean
medct_model_folder_save_json(const char *folder, const char *name, JsonBuilder *builder,
                             GError **error)
{
  g_autoptr(JsonNode) root = json_builder_get_root(builder);
  g_autofree char *text = json_to_string(root, TRUE);
  g_autofree char *shorter = shorten_numbers(text);
  g_autofree char *line = g_strconcat(shorter, "\n", NULL);
  return medct_model_folder_save_text(folder, name, line, error);
}

static void
add_numbers(JsonBuilder *b, const char *key, const double *values, int n)
{
  json_builder_set_member_name(b, key);
  json_builder_begin_array(b);
  for (int i = 0; i < n; i++)
    json_builder_add_double_value(b, values[i]);
  json_builder_end_array(b);
}

static void
add_int(JsonBuilder *b, const char *key, int value)
{
  json_builder_set_member_name(b, key);
  json_builder_add_int_value(b, value);
}

gboolean
medct_model_folder_save_config(const char *folder, const MedctConfig *config, GError **error)
{
  g_autoptr(JsonBuilder) b = json_builder_new();
  json_builder_begin_object(b);
  json_builder_set_member_name(b, "input");
  json_builder_begin_object(b);
  add_numbers(b, "spacing_mm", config->spacing_mm, 3);
  add_int(b, "frames", config->frames);
  add_int(b, "image", config->image);
  add_numbers(b, "clip_hu", config->clip_hu, 2);
  json_builder_end_object(b);
  add_int(b, "text_heads", config->text_heads);
  json_builder_end_object(b);
  return medct_model_folder_save_json(folder, "config.json", b, error);
}
