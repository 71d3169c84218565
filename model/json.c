#include "model/json.h"
#include <math.h>
#include <string.h>

typedef struct {
  const char *at, *end, *begin;
  const char *what;
  GHashTable *keys[MEDCT_JSON_MAX_DEPTH + 1];
  int depth;
} Scanner;

static gboolean
refuse(Scanner *s, const char *why, GError **error)
{
  medct_error_file(error, MEDCT_ERROR_FORMAT, s->what,
                   "JSON is not valid at byte %" G_GSIZE_FORMAT ": %s", (gsize)(s->at - s->begin),
                   why);
  return FALSE;
}

static void
skip_space(Scanner *s)
{
  while (s->at < s->end && strchr(" \t\r\n", *s->at) && *s->at)
    s->at++;
}

/* At the opening quote; leaves after the closing one. *text is the raw inside. */
static gboolean
scan_string(Scanner *s, const char **text, gsize *n, GError **error)
{
  const char *start = ++s->at;
  for (; s->at < s->end && *s->at != '"'; s->at++) {
    if ((guchar)*s->at < 0x20)
      return refuse(s, "a control character in a string", error);
    if (*s->at == '\\' && ++s->at >= s->end)
      break;
  }
  if (s->at >= s->end)
    return refuse(s, "a string that does not end", error);
  *text = start;
  *n = (gsize)(s->at++ - start);
  return TRUE;
}

static gboolean
scan_word(Scanner *s, GError **error)
{
  static const char *const words[] = {"true", "false", "null"};
  for (gsize i = 0; i < G_N_ELEMENTS(words); i++) {
    gsize n = strlen(words[i]);
    if ((gsize)(s->end - s->at) >= n && memcmp(s->at, words[i], n) == 0) {
      s->at += n;
      return TRUE;
    }
  }
  const char *start = s->at;
  while (s->at < s->end && *s->at && strchr("+-.eE0123456789", *s->at))
    s->at++;
  if (s->at == start || (*start != '-' && !g_ascii_isdigit(*start)))
    return refuse(s, "a value was expected", error);
  return TRUE;
}

static gboolean
open_level(Scanner *s, char bracket, GError **error)
{
  if (s->depth >= MEDCT_JSON_MAX_DEPTH)
    return refuse(s, "nested deeper than 64 levels", error);
  s->depth++;
  s->keys[s->depth] =
      bracket == '{' ? g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL) : NULL;
  s->at++;
  return TRUE;
}

static void
close_level(Scanner *s)
{
  g_clear_pointer(&s->keys[s->depth], g_hash_table_unref);
  s->depth--;
  s->at++;
}

static gboolean
scan_key(Scanner *s, GError **error)
{
  const char *text;
  gsize n;
  if (s->at >= s->end || *s->at != '"')
    return refuse(s, "a key in quotes was expected", error);
  if (!scan_string(s, &text, &n, error))
    return FALSE;
  if (!g_hash_table_add(s->keys[s->depth], g_strndup(text, n)))
    return refuse(s, "a key that occurs twice", error);
  skip_space(s);
  if (s->at >= s->end || *s->at != ':')
    return refuse(s, "a colon was expected", error);
  s->at++;
  skip_space(s);
  return TRUE;
}

/* After a value: closes what ends here and stands before the next value, or at the end. */
static gboolean
after_value(Scanner *s, GError **error)
{
  for (;;) {
    skip_space(s);
    if (s->depth == 0)
      return s->at == s->end ? TRUE : refuse(s, "bytes after the end", error);
    if (s->at >= s->end)
      return refuse(s, "it ends too early", error);
    gboolean object = s->keys[s->depth] != NULL;
    if (*s->at == (object ? '}' : ']')) {
      close_level(s);
      continue;
    }
    if (*s->at != ',')
      return refuse(s, "a comma was expected", error);
    s->at++;
    skip_space(s);
    return object ? scan_key(s, error) : TRUE;
  }
}

static gboolean
scan_value(Scanner *s, GError **error)
{
  const char *text;
  gsize n;
  if (s->at >= s->end)
    return refuse(s, "it ends too early", error);
  char c = *s->at;
  if (c == '"')
    return scan_string(s, &text, &n, error) && after_value(s, error);
  if (c != '{' && c != '[')
    return scan_word(s, error) && after_value(s, error);
  if (!open_level(s, c, error))
    return FALSE;
  skip_space(s);
  if (s->at < s->end && *s->at == (c == '{' ? '}' : ']')) {
    close_level(s);
    return after_value(s, error);
  }
  return c == '{' ? scan_key(s, error) : TRUE;
}

static gboolean
scan_document(Scanner *s, GError **error)
{
  skip_space(s);
  gboolean ok = TRUE;
  do
    ok = scan_value(s, error);
  while (ok && s->depth > 0);
  return ok;
}

JsonNode *
medct_json_parse(const char *tainted_text, gsize n_bytes, const char *what, GError **error)
{
  if (!g_utf8_validate_len(tainted_text, n_bytes, NULL)) {
    medct_error_field(error, MEDCT_ERROR_FORMAT, what, "JSON", "UTF-8", "not UTF-8");
    return NULL;
  }
  Scanner scanner = {
      .at = tainted_text, .begin = tainted_text, .end = tainted_text + n_bytes, .what = what};
  gboolean ok = scan_document(&scanner, error);
  while (scanner.depth > 0)
    close_level(&scanner);
  if (!ok)
    return NULL;
  g_autoptr(JsonParser) parser = json_parser_new_immutable();
  g_autoptr(GError) local = NULL;
  if (!json_parser_load_from_data(parser, tainted_text, (gssize)n_bytes, &local)) {
    medct_error_file(error, MEDCT_ERROR_FORMAT, what, "JSON is not valid: %s", local->message);
    return NULL;
  }
  return json_parser_steal_root(parser);
}

JsonNode *
medct_json_load(const char *path, GError **error)
{
  g_autoptr(GFile) file = g_file_new_for_path(path);
  g_autoptr(GError) local = NULL;
  g_autoptr(GFileInfo) info =
      g_file_query_info(file, G_FILE_ATTRIBUTE_STANDARD_SIZE, 0, NULL, &local);
  if (info && g_file_info_get_size(info) > 16 << 20) {
    medct_error_field(error, MEDCT_ERROR_FORMAT, path, "size", "at most 16 MiB of JSON",
                      "%" G_GINT64_FORMAT " bytes", (gint64)g_file_info_get_size(info));
    return NULL;
  }
  g_autofree char *text = NULL;
  gsize n = 0;
  if (info == NULL || !g_file_get_contents(path, &text, &n, &local)) {
    medct_error_file(error, MEDCT_ERROR_IO, path, "cannot be read: %s", local->message);
    return NULL;
  }
  return medct_json_parse(text, n, path, error);
}

gboolean
medct_json_get_double(JsonObject *object, const char *what, const char *key, double *value,
                      GError **error)
{
  JsonNode *node = json_object_get_member(object, key);
  if (node == NULL)
    return TRUE;
  GType type = JSON_NODE_HOLDS_VALUE(node) ? json_node_get_value_type(node) : G_TYPE_INVALID;
  double found = type == G_TYPE_DOUBLE || type == G_TYPE_INT64 ? json_node_get_double(node) : NAN;
  if (!isfinite(found)) {
    medct_error_field(error, MEDCT_ERROR_FORMAT, what, key, "a finite number", "something else");
    return FALSE;
  }
  *value = found;
  return TRUE;
}

gboolean
medct_json_get_int(JsonObject *object, const char *what, const char *key, gint64 low, gint64 high,
                   gint64 *value, GError **error)
{
  double number = (double)*value;
  if (!json_object_has_member(object, key))
    return TRUE;
  if (!medct_json_get_double(object, what, key, &number, error))
    return FALSE;
  if (number != floor(number) || number < (double)low || number > (double)high) {
    g_autofree char *expected =
        g_strdup_printf("a whole number from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT, low, high);
    medct_error_field(error, MEDCT_ERROR_FORMAT, what, key, expected, "%g", number);
    return FALSE;
  }
  *value = (gint64)number;
  return TRUE;
}
