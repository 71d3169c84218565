#include "model/json.h"
#include <string.h>

static JsonNode *
parse(const char *text, gsize n, char **message)
{
  g_autoptr(GError) error = NULL;
  JsonNode *node = medct_json_parse(text, n, "some.json", &error);
  *message = error ? g_strdup(error->message) : NULL;
  g_assert_true((node == NULL) == (error != NULL));
  return node;
}

static void
test_accepts(void)
{
  static const char *const texts[] = {
      "{}",
      "[]",
      "[0, -0, 0.5, -0.5e-3, 1E+2, 9223372036854775807, 20000000000000000000.0]",
      " [1, -2.5e3, true, false, null, \"\"] \n",
      "{\"a\": {\"a\": [{\"a\": 1}]}, \"b\": \"\\\"\\\\\\u00e9\"}",
      "{\"a\": [], \"b\": {}, \"c\": [[], {}]}",
      "{\"a\": 1, \"\\u0062\": 2, \"\\\\u0061\": 3, \"\\t\": 4, \"t\": 5}",
      "\"just text\"",
  };
  for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
    g_autofree char *message = NULL;
    g_autoptr(JsonNode) node = parse(texts[i], strlen(texts[i]), &message);
    g_assert_cmpstr(message, ==, NULL);
    g_assert_nonnull(node);
  }
}

static void
test_refuses(void)
{
  static const char *const texts[][2] = {
      {"", "early"},
      {"   ", "early"},
      {"{", "key"},
      {"{\"a\": 1", "early"},
      {"{\"a\" 1}", "colon"},
      {"{\"a\": 1 \"b\": 2}", "comma"},
      {"{\"a\": 1,}", "key"},
      {"{a: 1}", "key"},
      {"{'a': 1}", "key"},
      {"[1,]", "value"},
      {"[1 2]", "comma"},
      {"[1}", "comma"},
      {"[\"a", "does not end"},
      {"[\"a\\", "backslash"},
      {"[\"a\nb\"]", "control"},
      {"[NaN]", "value"},
      {"[Infinity]", "value"},
      {"[tru]", "value"},
      {"/* no */ {}", "value"},
      {"{} // no", "bytes after"},
      {"{}{}", "bytes after"},
      {"{\"a\": 1, \"b\": 2, \"a\": 3}", "twice"},
      {"{\"x\": {\"a\": 1, \"a\": 1}}", "twice"},
      {"{\"a\": 1, \"\\u0061\": 2}", "twice"},
      {"{\"\\n\": 1, \"\\u000a\": 2}", "twice"},
      {"{\"/\": 1, \"\\/\": 2}", "twice"},
      {"{\"\xF0\x9D\x84\x9E\": 1, \"\\ud834\\udd1e\": 2}", "twice"},
      {"[\"\xff\"]", "UTF-8"},
      {"[1.2.3]", "comma"},
      {"[01]", "begins with 0"},
      {"[-]", "digit"},
      {"[+1]", "value"},
      {"[.5]", "value"},
      {"[1.]", "digit"},
      {"[1e]", "digit"},
      {"[9223372036854775808]", "64 bits"},
      {"[18446744073709551640]", "64 bits"},
      {"[\"\\q\"]", "backslash"},
      {"[\"\\u12g4\"]", "hexadecimal"},
      {"[\"\\u12", "does not end"},
      {"{\"a\": 1, \"a\\u0000\": 2}", "NUL"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
    g_autofree char *message = NULL;
    g_autoptr(JsonNode) node = parse(texts[i][0], strlen(texts[i][0]), &message);
    if (message == NULL || strstr(message, texts[i][1]) == NULL)
      g_test_message("%s: %s", texts[i][0], message);
    g_assert_null(node);
    g_assert_nonnull(message);
    g_assert_nonnull(strstr(message, texts[i][1]));
    g_assert_nonnull(strstr(message, "some.json"));
  }
}

static void
test_nul_is_refused(void)
{
  static const char text[] = "{\"a\": 1}\0{";
  g_autofree char *message = NULL;
  g_autoptr(JsonNode) node = parse(text, sizeof text - 1, &message);
  g_assert_null(node);
}

/* json-glib recurses: without our scan first, this would overrun the stack. */
static void
test_deep_nesting(void)
{
  const int depths[] = {MEDCT_JSON_MAX_DEPTH, MEDCT_JSON_MAX_DEPTH + 1, 100000};
  for (gsize i = 0; i < G_N_ELEMENTS(depths); i++)
    for (int object = 0; object < 2; object++) {
      g_autoptr(GString) text = g_string_new(NULL);
      for (int d = 0; d < depths[i]; d++)
        g_string_append(text, object ? "{\"a\":" : "[");
      g_string_append(text, object ? "1" : "");
      for (int d = 0; d < depths[i]; d++)
        g_string_append_c(text, object ? '}' : ']');
      g_autofree char *message = NULL;
      g_autoptr(JsonNode) node = parse(text->str, text->len, &message);
      g_assert_true((node != NULL) == (i == 0));
      g_assert_true(i == 0 || strstr(message, "64 levels") != NULL);
    }
}

static void
test_members(void)
{
  static const char text[] = "{\"whole\": 7, \"part\": 2.5, \"text\": \"7\", \"big\": 1e300,"
                             " \"none\": null, \"huge\": 1e999}";
  g_autofree char *message = NULL;
  g_autoptr(JsonNode) node = parse(text, strlen(text), &message);
  JsonObject *object = json_node_get_object(node);
  double number = -1;
  gint64 whole = -1;
  g_assert_true(medct_json_get_double(object, "f", "absent", &number, NULL));
  g_assert_cmpfloat(number, ==, -1);
  g_assert_true(medct_json_get_double(object, "f", "part", &number, NULL));
  g_assert_cmpfloat(number, ==, 2.5);
  g_assert_true(medct_json_get_int(object, "f", "whole", 0, 7, &whole, NULL));
  g_assert_cmpint(whole, ==, 7);
  static const char *const wrong[] = {"part", "text", "big", "none", "huge"};
  for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
    g_autoptr(GError) error = NULL;
    g_assert_false(medct_json_get_int(object, "f", wrong[i], 0, 100, &whole, &error));
    g_assert_error(error, MEDCT_ERROR, MEDCT_ERROR_FORMAT);
    g_assert_nonnull(strstr(error->message, wrong[i]));
  }
  g_assert_false(medct_json_get_int(object, "f", "whole", 8, 100, &whole, NULL));
  g_assert_false(medct_json_get_double(object, "f", "huge", &number, NULL));
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/json/accepts", test_accepts);
  g_test_add_func("/json/refuses", test_refuses);
  g_test_add_func("/json/nul", test_nul_is_refused);
  g_test_add_func("/json/deep", test_deep_nesting);
  g_test_add_func("/json/members", test_members);
  return g_test_run();
}
