#include "model/json.h"
#include "model/tokenizer.h"
#include <glib/gstdio.h>
#include <string.h>

/* ids 0 … : [PAD] [UNK] [CLS] [SEP] [MASK] and a few pieces */
static const char vocabulary[] = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n"
                                 "pleural\n##s\neff\n##usion\n.\n-\ne\n##f\n中\n[\nis\n²\n";

static char *
write_file(const char *bytes, gssize n)
{
  char *path = NULL;
  int fd = g_file_open_tmp("medct-vocab-XXXXXX", &path, NULL);
  g_assert_cmpint(fd, >=, 0);
  g_close(fd, NULL);
  g_assert_true(g_file_set_contents(path, bytes, n, NULL));
  return path;
}

static MedctTokenizer *
open_bytes(const char *bytes, gssize n, GError **error)
{
  g_autofree char *path = write_file(bytes, n);
  MedctTokenizer *tokenizer = medct_tokenizer_open(path, error);
  g_unlink(path);
  return tokenizer;
}

static MedctTokenizer *
open_small(void)
{
  g_autoptr(GError) error = NULL;
  MedctTokenizer *tokenizer = open_bytes(vocabulary, -1, &error);
  g_assert_no_error(error);
  return tokenizer;
}

static void
check_ids(const MedctTokenizer *tokenizer, const char *text, gssize length, int max_ids,
          const char *expected)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GArray) ids = medct_tokenizer_encode(tokenizer, text, length, max_ids, &error);
  g_assert_no_error(error);
  g_autoptr(GString) line = g_string_new(NULL);
  for (guint n = 0; n < ids->len; n++)
    g_string_append_printf(line, "%s%d", n ? " " : "", g_array_index(ids, int32_t, n));
  g_assert_cmpstr(line->str, ==, expected);
}

static void
test_words_and_pieces(void)
{
  g_autoptr(MedctTokenizer) t = open_small();
  g_assert_cmpint(medct_tokenizer_size(t), ==, 17);
  check_ids(t, "Pleural effusion.", -1, 512, "2 5 7 8 9 3");
  check_ids(t, "PLEURALS", -1, 512, "2 5 6 3");
  check_ids(t, "", -1, 512, "2 3");
  check_ids(t, " \t\r\n\xE2\x80\xA8\xC2\xA0", -1, 512, "2 3");
  check_ids(t, "pleural-effusion", -1, 512, "2 5 10 7 8 3");
  check_ids(t, "pleuralx", -1, 512, "2 1 3"); /* one part without a piece: [UNK] */
  check_ids(t,
            "pleural\xE4\xB8\xAD"
            "eff",
            -1, 512, "2 5 13 7 3"); /* CJK stands alone */
  check_ids(t,
            "\xC3\xA9"
            "f",
            -1, 512, "2 11 12 3");             /* é: the accent goes */
  check_ids(t, "\xC2\xB2", -1, 512, "2 16 3"); /* ² is no 2: NFC, not NFKC */
}

static void
test_special_tokens_in_exact_case(void)
{
  g_autoptr(MedctTokenizer) t = open_small();
  check_ids(t, "pleural[MASK]effusion", -1, 512, "2 5 4 7 8 3");
  check_ids(t, "[mask]", -1, 512, "2 14 1 1 3");
}

static void
test_dropped_characters(void)
{
  g_autoptr(MedctTokenizer) t = open_small();
  check_ids(t, "ple\xE2\x80\x8Bural", -1, 512, "2 5 3"); /* zero width space is Cf */
  check_ids(t, "ple\xEF\xBF\xBDural", -1, 512, "2 5 3");
  check_ids(t, "ple\xF0\xAB\xA0\x9Eural", -1, 512, "2 5 3"); /* not assigned, if among CJK */
  check_ids(t, "ple\x01ural", -1, 512, "2 5 3");
  check_ids(t, "ple\0ural", 8, 512, "2 5 3");
}

static void
test_limits(void)
{
  g_autoptr(MedctTokenizer) t = open_small();
  g_autofree char *hundred = g_strnfill(100, 'f'), *longer = g_strnfill(101, 'f');
  hundred[0] = longer[0] = 'e';
  g_autofree char *many = g_strnfill(1000, '.');
  check_ids(t, longer, -1, 512, "2 1 3");
  check_ids(t, many, -1, 5, "2 9 9 9 3");
  check_ids(t, "pleural", -1, 2, "2 3");
  g_autoptr(GArray) ids = medct_tokenizer_encode(t, many, -1, 512, NULL);
  g_assert_cmpuint(ids->len, ==, 512);
  g_autoptr(GArray) whole = medct_tokenizer_encode(t, "eff" /* 7 */, 1, 512, NULL);
  g_assert_cmpint(g_array_index(whole, int32_t, 1), ==, 11); /* only "e" was given */
  g_autoptr(GArray) word = medct_tokenizer_encode(t, hundred, -1, 512, NULL);
  g_assert_cmpuint(word->len, ==, 2 + 99 - 1); /* "eff" is one piece, then 97 × "##f" */
}

/* A text whose combining characters would take minutes to order, and a long one of which only the
 * beginning counts. */
static void
test_texts_that_would_take_long(void)
{
  g_autoptr(MedctTokenizer) t = open_small();
  g_autoptr(GString) marks = g_string_new("e");
  for (int n = 0; n < 500; n++)
    g_string_append(marks, "\xCC\x81\xCC\xA3");
  check_ids(t, marks->str, -1, 512, "2 11 3");
  g_string_append(marks, "\xCC\x81");
  g_autoptr(GError) error = NULL;
  g_assert_null(medct_tokenizer_encode(t, marks->str, -1, 512, &error));
  g_assert_error(error, MEDCT_ERROR, MEDCT_ERROR_FORMAT);
  g_autoptr(GString) whole = g_string_new("pleural eff ");
  g_string_append(whole, marks->str); /* is not looked at */
  check_ids(t, whole->str, -1, 4, "2 5 7 3");
}

static void
test_refuses_text_that_is_not_utf8(void)
{
  g_autoptr(MedctTokenizer) t = open_small();
  const char *const bad[] = {"\xff", "pleural \xC3", "\xED\xA0\x80", "\xC0\x80"};
  for (gsize n = 0; n < G_N_ELEMENTS(bad); n++) {
    g_autoptr(GError) error = NULL;
    g_assert_null(medct_tokenizer_encode(t, bad[n], -1, 512, &error));
    g_assert_error(error, MEDCT_ERROR, MEDCT_ERROR_FORMAT);
  }
}

static void
test_hostile_vocabularies(void)
{
  static const struct {
    const char *bytes;
    gssize n;
    const char *part;
  } bad[] = {
      {"", 0, "size"},
      {"[PAD]\n[UNK]\n[CLS]\n", -1, "[SEP]"},
      {"[UNK]\n[CLS]\n[SEP]\n\xff\n", -1, "UTF-8"},
      {"[UNK]\n[CLS]\n[SEP]\na\0b\n", 20, "UTF-8"},
      {"{\"model\": \"not a vocabulary\"}", -1, "[UNK]"},
  };
  for (gsize n = 0; n < G_N_ELEMENTS(bad); n++) {
    g_autoptr(GError) error = NULL;
    g_assert_null(open_bytes(bad[n].bytes, bad[n].n, &error));
    g_assert_error(error, MEDCT_ERROR, MEDCT_ERROR_FORMAT);
    g_assert_nonnull(strstr(error->message, bad[n].part));
  }
  g_autoptr(GError) error = NULL;
  g_assert_null(medct_tokenizer_open("/nonexistent/vocab.txt", &error));
  g_assert_error(error, MEDCT_ERROR, MEDCT_ERROR_IO);
}

static void
test_line_ends_and_a_last_line_without_one(void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(MedctTokenizer) t =
      open_bytes("\xEF\xBB\xBF[UNK]\r\n[CLS]\r\n[SEP]\r\n\r\nedema", -1, &error);
  g_assert_no_error(error);
  g_assert_cmpint(medct_tokenizer_size(t), ==, 5);
  check_ids(t, "edema", -1, 512, "1 4 2");
}

/* ---- the reference's answers --------------------------------------------------------------- */

/* The text of a line with its length: U+0000, which json-glib would end it at, travels as a letter
 * that no line holds. */
static GString *
read_text(JsonObject *object)
{
  GString *text = g_string_new(json_object_get_string_member(object, "text"));
  for (gsize n = 0; n + 2 < text->len; n++)
    if (memcmp(text->str + n, "\xEF\xBF\xBE", 3) == 0) {
      g_string_erase(text, (gssize)n, 2);
      text->str[n] = 0;
    }
  return text;
}

static void
compare_line(const MedctTokenizer *tokenizer, const char *tainted_line, int number)
{
  g_auto(GStrv) parts = g_strsplit(tainted_line, "\\u0000", -1);
  g_autofree char *line = g_strjoinv("\\uFFFE", parts);
  g_autoptr(GError) error = NULL;
  g_autoptr(JsonNode) root = medct_json_parse(line, strlen(line), "cxr_bert.jsonl", &error);
  g_assert_no_error(error);
  JsonObject *object = json_node_get_object(root);
  JsonArray *expected = json_object_get_array_member(object, "ids");
  g_autoptr(GString) text = read_text(object);
  g_autoptr(GArray) ids =
      medct_tokenizer_encode(tokenizer, text->str, (gssize)text->len, 512, &error);
  g_assert_no_error(error);
  g_autofree char *shown = g_utf8_make_valid(text->str, (gssize)MIN(text->len, 60));
  g_test_message("line %d: %s", number, shown);
  g_assert_cmpuint(ids->len, ==, json_array_get_length(expected));
  for (guint n = 0; n < ids->len; n++)
    g_assert_cmpint(g_array_index(ids, int32_t, n), ==, json_array_get_int_element(expected, n));
}

static void
test_reference(void)
{
  const char *shared = g_getenv("MEDCT_SHARED") ? g_getenv("MEDCT_SHARED") : "";
  g_autofree char *vocab = g_build_filename(shared, "ct", "text", "vocab.txt", NULL);
  g_autofree char *answers = g_build_filename(shared, "golden", "tokens", "cxr_bert.jsonl", NULL);
  g_autofree char *text = NULL;
  if (!g_file_test(vocab, G_FILE_TEST_EXISTS) || !g_file_get_contents(answers, &text, NULL, NULL)) {
    g_test_skip("CXR-BERT's vocabulary or its golden ids are not there");
    return;
  }
  g_autoptr(GError) error = NULL;
  g_autoptr(MedctTokenizer) t = medct_tokenizer_open(vocab, &error);
  g_assert_no_error(error);
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
  int n = 0;
  for (; lines[n] && lines[n][0]; n++)
    compare_line(t, lines[n], n + 1);
  g_assert_cmpint(n, >=, 100);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/tokenizer/pieces", test_words_and_pieces);
  g_test_add_func("/tokenizer/special", test_special_tokens_in_exact_case);
  g_test_add_func("/tokenizer/dropped", test_dropped_characters);
  g_test_add_func("/tokenizer/limits", test_limits);
  g_test_add_func("/tokenizer/long", test_texts_that_would_take_long);
  g_test_add_func("/tokenizer/not-utf8", test_refuses_text_that_is_not_utf8);
  g_test_add_func("/tokenizer/vocabularies", test_hostile_vocabularies);
  g_test_add_func("/tokenizer/line-ends", test_line_ends_and_a_last_line_without_one);
  g_test_add_func("/tokenizer/reference", test_reference);
  return g_test_run();
}
