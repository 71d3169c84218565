/* A vocabulary made from reports spells reports that it has not seen. */
#include "model/tokenizer.h"
#include "model/vocabulary.h"
#include "phantom/report.h"
#include <glib/gstdio.h>
#include <string.h>

static GHashTable *
new_counts(void)
{
  return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
}

static gsize
count_of(GHashTable *counts, const char *word)
{
  return GPOINTER_TO_SIZE(g_hash_table_lookup(counts, word));
}

static void
test_counts(void)
{
  g_autoptr(GHashTable) counts = new_counts();
  g_autoptr(GError) error = NULL;
  g_assert_true(medct_tokenizer_count_words("Nodule, nodule; NODULE 4.5mm", -1, counts, &error));
  g_assert_cmpuint(count_of(counts, "nodule"), ==, 3);
  g_assert_cmpuint(count_of(counts, ","), ==, 1);
  g_assert_cmpuint(count_of(counts, "5mm"), ==, 1);
  g_assert_cmpuint(count_of(counts, "Nodule"), ==, 0);
  g_assert_false(medct_tokenizer_count_words("\xff", -1, counts, &error));
}

static int
line_of(const char *text, const char *piece)
{
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
  for (int n = 0; lines[n]; n++)
    if (strcmp(lines[n], piece) == 0)
      return n;
  return -1;
}

/* "low" ×5, "lowest" ×2: joins by hand. */
static void
test_merges(void)
{
  g_autoptr(GHashTable) counts = new_counts();
  g_assert_true(medct_tokenizer_count_words("low low low low low lowest lowest", -1, counts, NULL));
  g_autofree char *all = medct_vocabulary_make(counts, 1000, NULL, NULL);
  g_assert_cmpint(line_of(all, "[PAD]"), ==, 0);
  g_assert_cmpint(line_of(all, "[MASK]"), ==, 4);
  int characters = line_of(all, "##z") + 1;
  /* lo and ##ow are as frequent: ##ow comes first in the alphabet */
  g_assert_cmpint(line_of(all, "##ow"), ==, characters);
  g_assert_cmpint(line_of(all, "low"), ==, characters + 1);
  g_assert_cmpint(line_of(all, "lowest"), >, characters + 1);
  g_assert_cmpint(line_of(all, "##lowest"), ==, -1);
  g_autofree char *some = medct_vocabulary_make(counts, characters + 2, NULL, NULL);
  g_assert_cmpint(line_of(some, "low"), ==, characters + 1);
  g_assert_cmpint(line_of(some, "lowest"), ==, -1);
}

static char *
report(gboolean site_b, guint64 index)
{
  MedctSite site = site_b ? medct_site_b() : medct_site_a();
  g_autoptr(MedctLabelModel) model = medct_label_model_new(&site);
  g_autoptr(GArray) none = g_array_new(FALSE, FALSE, sizeof(MedctObject));
  MedctLabels labels = medct_label_model_draw(model, 3, index);
  MedctPatient patient;
  medct_patient_draw(&patient, &site, 3, index);
  return medct_phantom_report(none, &labels, &patient, &site);
}

static MedctTokenizer *
open_text(const char *text)
{
  g_autofree char *path = NULL;
  g_close(g_file_open_tmp("vocab-XXXXXX.txt", &path, NULL), NULL);
  g_assert_true(g_file_set_contents(path, text, -1, NULL));
  MedctTokenizer *tokenizer = medct_tokenizer_open(path, NULL);
  g_unlink(path);
  g_assert_nonnull(tokenizer);
  return tokenizer;
}

/* Made from site A's reports, it knows all words of other reports of A, spells those of B, and
 * needs fewer pieces than letters. */
static void
test_held_out(void)
{
  g_autoptr(GHashTable) counts = new_counts(), again = new_counts();
  for (guint64 n = 0; n < 60; n++) {
    g_autofree char *text = report(FALSE, n), *backwards = report(FALSE, 59 - n);
    g_assert_true(medct_tokenizer_count_words(text, -1, counts, NULL));
    g_assert_true(medct_tokenizer_count_words(backwards, -1, again, NULL));
  }
  g_autofree char *vocabulary = medct_vocabulary_make(counts, 500, NULL, NULL),
                  *same = medct_vocabulary_make(again, 500, NULL, NULL);
  g_assert_cmpstr(vocabulary, ==, same);
  g_autoptr(MedctTokenizer) tokenizer = open_text(vocabulary);
  g_assert_cmpint(medct_tokenizer_size(tokenizer), ==, 500);
  for (guint64 n = 0; n < 80; n++) {
    g_autofree char *text = report(n >= 40, 1000 + n);
    g_autoptr(GArray) ids = medct_tokenizer_encode(tokenizer, text, -1, 2000, NULL);
    for (guint i = 0; i < ids->len; i++)
      g_assert_cmpint(g_array_index(ids, int32_t, i), !=, 1);
    g_assert_cmpuint(ids->len, <, n < 40 ? strlen(text) / 4 : strlen(text));
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/vocabulary/counts", test_counts);
  g_test_add_func("/vocabulary/merges", test_merges);
  g_test_add_func("/vocabulary/held-out", test_held_out);
  return g_test_run();
}
