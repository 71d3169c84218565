#include "model/json.h"
#include <glib/gi18n.h>
#include <inttypes.h>
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
  medct_error_file(error, MEDCT_ERROR_FORMAT, s->what, "JSON is not valid at byte %zu: %s",
                   (gsize)(s->at - s->begin), _(why));
  return FALSE;
}

static void
skip_space(Scanner *s)
{
  while (s->at < s->end && strchr(" \t\r\n", *s->at) && *s->at)
    s->at++;
}

/* At the backslash; leaves on the last character of the escape. */
static gboolean
scan_escape(Scanner *s, GError **error)
{
  s->at++;
  if (s->at >= s->end || *s->at == 0 || strchr("\"\\/bfnrtu", *s->at) == NULL)
    return refuse(s, N_("a backslash before something else than \" \\ / b f n r t u"), error);
  if (*s->at != 'u')
    return TRUE;
  if (s->end - s->at < 5)
    return refuse(s, N_("a string that does not end"), error);
  for (int i = 1; i <= 4; i++)
    if (!g_ascii_isxdigit(s->at[i]))
      return refuse(s, N_("\\u without four hexadecimal digits"), error);
  if (memcmp(s->at + 1, "0000", 4) == 0)
    return refuse(s, N_("a NUL character in a string"), error);
  s->at += 4;
  return TRUE;
}

/* At the opening quote; leaves after the closing one. *text is the raw inside. */
static gboolean
scan_string(Scanner *s, const char **text, gsize *n, GError **error)
{
  const char *start = ++s->at;
  for (; s->at < s->end && *s->at != '"'; s->at++) {
    if ((guchar)*s->at < 0x20)
      return refuse(s, N_("a control character in a string"), error);
    if (*s->at == '\\' && !scan_escape(s, error))
      return FALSE;
  }
  if (s->at >= s->end)
    return refuse(s, N_("a string that does not end"), error);
  *text = start;
  *n = (gsize)(s->at++ - start);
  return TRUE;
}

static gboolean
skip_one(Scanner *s, const char *any_of)
{
  if (s->at >= s->end || *s->at == 0 || strchr(any_of, *s->at) == NULL)
    return FALSE;
  s->at++;
  return TRUE;
}

static gboolean
skip_digits(Scanner *s)
{
  const char *start = s->at;
  while (s->at < s->end && g_ascii_isdigit(*s->at))
    s->at++;
  return s->at > start;
}

/* json-glib takes 01 and wraps whole numbers beyond 64 bits; nobody's file needs either. */
static gboolean
scan_number(Scanner *s, GError **error)
{
  gboolean negative = skip_one(s, "-");
  const char *start = s->at;
  if (!skip_digits(s))
    return refuse(s, negative ? "a digit was expected" : "a value was expected", error);
  gsize digits = (gsize)(s->at - start);
  if (digits > 1 && *start == '0')
    return refuse(s, N_("a number that begins with 0"), error);
  gboolean whole = TRUE;
  if (skip_one(s, ".")) {
    whole = FALSE;
    if (!skip_digits(s))
      return refuse(s, N_("a digit was expected"), error);
  }
  if (skip_one(s, "eE")) {
    whole = FALSE;
    skip_one(s, "+-");
    if (!skip_digits(s))
      return refuse(s, N_("a digit was expected"), error);
  }
  if (whole && (digits > 19 || (digits == 19 && memcmp(start, "9223372036854775807", 19) > 0)))
    return refuse(s, N_("a whole number beyond 64 bits"), error);
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
  return scan_number(s, error);
}

static gboolean
open_level(Scanner *s, char bracket, GError **error)
{
  if (s->depth >= MEDCT_JSON_MAX_DEPTH)
    return refuse(s, N_("nested deeper than 64 levels"), error);
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

static gunichar
hex4(const char *digits)
{
  gunichar c = 0;
  for (int i = 0; i < 4; i++)
    c = c << 4 | (gunichar)MAX(g_ascii_xdigit_value(digits[i]), 0);
  return c;
}

/* A key as it will compare: \u0061 is a. Its escapes are known to be valid. */
static char *
unescape(const char *raw, gsize n)
{
  GString *text = g_string_sized_new(n);
  for (const char *at = raw, *end = raw + n; at < end; at++) {
    static const char plain[] = "\b\f\n\r\t", letters[] = "bfnrt";
    if (*at != '\\' || ++at >= end) {
      g_string_append_c(text, at < end ? *at : '\\');
      continue;
    }
    const char *letter = strchr(letters, *at);
    if (*at != 'u' || end - at < 5) {
      g_string_append_c(text, letter ? plain[letter - letters] : *at);
      continue;
    }
    gunichar c = hex4(at + 1), low = end - at >= 11 && at[5] == '\\' ? hex4(at + 7) : 0;
    at += 4;
    if (c >= 0xD800 && c < 0xDC00 && low >= 0xDC00 && low < 0xE000) {
      c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
      at += 6;
    }
    g_string_append_unichar(text, c);
  }
  return g_string_free(text, FALSE);
}

static gboolean
scan_key(Scanner *s, GError **error)
{
  const char *text;
  gsize n;
  if (s->at >= s->end || *s->at != '"')
    return refuse(s, N_("a key in quotes was expected"), error);
  if (!scan_string(s, &text, &n, error))
    return FALSE;
  if (!g_hash_table_add(s->keys[s->depth],
                        memchr(text, '\\', n) ? unescape(text, n) : g_strndup(text, n)))
    return refuse(s, N_("a key that occurs twice"), error);
  skip_space(s);
  if (s->at >= s->end || *s->at != ':')
    return refuse(s, N_("a colon was expected"), error);
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
      return s->at == s->end ? TRUE : refuse(s, N_("bytes after the end"), error);
    if (s->at >= s->end)
      return refuse(s, N_("it ends too early"), error);
    gboolean object = s->keys[s->depth] != NULL;
    if (*s->at == (object ? '}' : ']')) {
      close_level(s);
      continue;
    }
    if (*s->at != ',')
      return refuse(s, N_("a comma was expected"), error);
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
    return refuse(s, N_("it ends too early"), error);
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
    medct_error_field(error, MEDCT_ERROR_FORMAT, what, "JSON", "UTF-8", N_("not UTF-8"));
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
    medct_error_field(error, MEDCT_ERROR_FORMAT, path, N_("size"), "at most 16 MiB of JSON",
                      N_("%" PRId64 " bytes"), (gint64)g_file_info_get_size(info));
    return NULL;
  }
  g_autofree char *text = NULL;
  gsize n = 0;
  if (info == NULL || !g_file_get_contents(path, &text, &n, &local)) {
    medct_error_unreadable(error, path, local);
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
    medct_error_field(error, MEDCT_ERROR_FORMAT, what, key, "a finite number",
                      N_("something else"));
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
  if (number != floor(number) || number < (double)low || number > (double)high ||
      number >= 0x1p63) { /* as a double, G_MAXINT64 is one more than there is */
    g_autofree char *expected =
        g_strdup_printf("a whole number from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT, low, high);
    medct_error_field(error, MEDCT_ERROR_FORMAT, what, key, expected, "%g", number);
    return FALSE;
  }
  *value = (gint64)number;
  return TRUE;
}

gboolean
medct_json_check_members(JsonObject *object, const char *what, const char *part,
                         const char *const *known, GError **error)
{
  g_autoptr(GList) members = json_object_get_members(object);
  for (const GList *member = members; member != NULL; member = member->next)
    if (!g_strv_contains(known, member->data)) {
      g_autofree char *expected = g_strjoinv(", ", (char **)known);
      medct_error_field(error, MEDCT_ERROR_FORMAT, what, part, expected, "\"%.40s\"",
                        (const char *)member->data);
      return FALSE;
    }
  return TRUE;
}
