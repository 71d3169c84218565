/* The tokeniser: bytes up to the first form feed are a vocabulary, those behind it a text for it
 * and for a vocabulary that is sound. */
#include "model/tokenizer.h"
#include "tests/fuzz/fuzz-file.h"
#include <string.h>

static void
encode(const MedctTokenizer *tokenizer, const char *text, gsize n)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GArray) ids = medct_tokenizer_encode(tokenizer, text, (gssize)n, 64, &error);
  g_assert_true((ids != NULL) == (error == NULL));
  if (ids == NULL)
    return;
  g_assert_cmpuint(ids->len, >=, 2);
  g_assert_cmpuint(ids->len, <=, 64);
  for (guint i = 0; i < ids->len; i++) {
    int32_t id = g_array_index(ids, int32_t, i);
    g_assert_true(id >= 0 && id < medct_tokenizer_size(tokenizer));
  }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static const char sound[] = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\npleural\ne\n##e\n##s\n.\n";
  const uint8_t *end = memchr(data, '\f', size);
  gsize n = end ? (gsize)(end - data) : size;
  const char *text = end ? (const char *)end + 1 : (const char *)data;
  gsize n_text = end ? size - n - 1 : size;
  g_autoptr(GError) error = NULL;
  g_autoptr(MedctTokenizer) given = medct_tokenizer_open(fuzz_file(".txt", data, n), &error);
  g_assert_true((given != NULL) == (error == NULL));
  if (given)
    encode(given, text, n_text);
  g_autoptr(MedctTokenizer) own =
      medct_tokenizer_open(fuzz_file("-own.txt", (const uint8_t *)sound, strlen(sound)), NULL);
  g_assert_nonnull(own);
  encode(own, text, n_text);
  return 0;
}
