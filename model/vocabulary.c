#include "model/vocabulary.h"
#include <glib/gi18n.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  gsize count;
  GArray *pieces; /* of guint: the word as pieces */
} Word;

typedef struct {
  GPtrArray *pieces; /* id → text; pieces inside words begin with ## */
  GHashTable *ids;   /* text → id + 1 */
  GArray *words;     /* of Word */
  GHashTable *pairs; /* two ids in one number → how often, a gsize of its own */
} Making;

static guint
add_piece(Making *making, char *taken_text)
{
  gpointer known = g_hash_table_lookup(making->ids, taken_text);
  if (known != NULL) {
    g_free(taken_text);
    return GPOINTER_TO_UINT(known) - 1;
  }
  g_ptr_array_add(making->pieces, taken_text);
  g_hash_table_insert(making->ids, taken_text, GUINT_TO_POINTER(making->pieces->len));
  return making->pieces->len - 1;
}

static void
add_characters(Making *making)
{
  static const char *const specials[] = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"};
  for (gsize n = 0; n < G_N_ELEMENTS(specials); n++)
    add_piece(making, g_strdup(specials[n]));
  for (int c = '!'; c <= '~'; c++)
    if (!g_ascii_isupper(c))
      add_piece(making, g_strdup_printf("%c", c));
  for (int c = '!'; c <= '~'; c++)
    if (g_ascii_isalnum(c) && !g_ascii_isupper(c))
      add_piece(making, g_strdup_printf("##%c", c));
}

/* ---- words --------------------------------------------------------------------------------- */

static int
by_text(gconstpointer a, gconstpointer b)
{
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void
clear_word(gpointer word)
{
  g_array_unref(((Word *)word)->pieces);
}

/* In the alphabet's order, so that a hash table's order leaves no trace. */
static void
add_words(Making *making, GHashTable *counts)
{
  guint n = 0;
  g_autofree gpointer *texts = g_hash_table_get_keys_as_array(counts, &n);
  qsort(texts, n, sizeof *texts, by_text);
  for (guint i = 0; i < n; i++) {
    const char *text = texts[i];
    Word word = {GPOINTER_TO_SIZE(g_hash_table_lookup(counts, text)),
                 g_array_new(FALSE, FALSE, sizeof(guint))};
    for (const char *p = text; *p; p = g_utf8_next_char(p)) {
      int bytes = (int)(g_utf8_next_char(p) - p);
      guint id = add_piece(making, g_strdup_printf("%s%.*s", p > text ? "##" : "", bytes, p));
      g_array_append_val(word.pieces, id);
    }
    g_array_append_val(making->words, word);
  }
}

/* ---- pairs --------------------------------------------------------------------------------- */

static gint64
pair_key(guint a, guint b)
{
  return ((gint64)a << 32) | b;
}

/* Adds the word's pairs to the table, or takes them out of it. */
static void
count_pairs(Making *making, const Word *word, gboolean add)
{
  for (guint n = 0; n + 1 < word->pieces->len; n++) {
    gint64 key =
        pair_key(g_array_index(word->pieces, guint, n), g_array_index(word->pieces, guint, n + 1));
    gsize *count = g_hash_table_lookup(making->pairs, &key);
    if (count == NULL) {
      count = g_new0(gsize, 1);
      g_hash_table_insert(making->pairs, g_memdup2(&key, sizeof key), count);
    }
    *count += add ? word->count : -word->count;
  }
}

static char *
join(const Making *making, gint64 key)
{
  const char *a = making->pieces->pdata[key >> 32], *b = making->pieces->pdata[key & G_MAXUINT32];
  return g_strconcat(a, b + 2, NULL);
}

/* The most frequent pair; of equal ones the first in the alphabet. FALSE: none is left. */
static gboolean
best_pair(const Making *making, gint64 *best)
{
  gsize most = 0;
  GHashTableIter iter;
  gpointer key, count;
  g_autofree char *first = NULL;
  g_hash_table_iter_init(&iter, making->pairs);
  while (g_hash_table_iter_next(&iter, &key, &count)) {
    gsize n = *(gsize *)count;
    if (n == 0 || n < most)
      continue;
    g_autofree char *text = join(making, *(gint64 *)key);
    if (n == most && strcmp(text, first) > 0)
      continue;
    if (n == most && strcmp(text, first) == 0 && *(gint64 *)key > *best)
      continue;
    most = n;
    *best = *(gint64 *)key;
    g_free(first);
    first = g_steal_pointer(&text);
  }
  return most > 0;
}

static gboolean
has_pair(const Word *word, guint a, guint b)
{
  const guint *pieces = (const guint *)(const void *)word->pieces->data;
  for (guint n = 0; n + 1 < word->pieces->len; n++)
    if (pieces[n] == a && pieces[n + 1] == b)
      return TRUE;
  return FALSE;
}

static void
merge(Making *making, gint64 key)
{
  guint a = (guint)(key >> 32), b = (guint)(key & G_MAXUINT32);
  guint joined = add_piece(making, join(making, key));
  for (guint w = 0; w < making->words->len; w++) {
    Word *word = &g_array_index(making->words, Word, w);
    if (!has_pair(word, a, b))
      continue;
    count_pairs(making, word, FALSE);
    for (guint n = 0; n + 1 < word->pieces->len; n++)
      if (g_array_index(word->pieces, guint, n) == a &&
          g_array_index(word->pieces, guint, n + 1) == b) {
        g_array_index(word->pieces, guint, n) = joined;
        g_array_remove_index(word->pieces, n + 1);
      }
    count_pairs(making, word, TRUE);
  }
}

/* ---- the vocabulary ------------------------------------------------------------------------ */

static gboolean
merge_until(Making *making, guint size, const MedctMonitor *monitor, GError **error)
{
  gint64 best;
  for (guint w = 0; w < making->words->len; w++)
    count_pairs(making, &g_array_index(making->words, Word, w), TRUE);
  while (making->pieces->len < size && best_pair(making, &best)) {
    merge(making, best);
    g_hash_table_remove(making->pairs, &best);
    medct_monitor_progress(monitor, (double)making->pieces->len / size, "joining pieces");
    if (medct_monitor_cancelled(monitor)) {
      g_set_error_literal(error, MEDCT_ERROR, MEDCT_ERROR_CANCELLED, _("stopped on request"));
      return FALSE;
    }
  }
  return TRUE;
}

static char *
list_pieces(const GPtrArray *pieces, guint size)
{
  GString *text = g_string_new(NULL);
  for (guint n = 0; n < MIN(pieces->len, size); n++)
    g_string_append_printf(text, "%s\n", (const char *)pieces->pdata[n]);
  return g_string_free(text, FALSE);
}

char *
medct_vocabulary_make(GHashTable *counts, int size, const MedctMonitor *monitor, GError **error)
{
  if (g_hash_table_size(counts) > MEDCT_VOCABULARY_WORDS) {
    g_set_error(error, MEDCT_ERROR, MEDCT_ERROR_ARGUMENT,
                _("the texts hold %u different words, expected at most %d; are these reports?"),
                g_hash_table_size(counts), MEDCT_VOCABULARY_WORDS);
    return NULL;
  }
  Making making = {g_ptr_array_new_with_free_func(g_free),
                   g_hash_table_new(g_str_hash, g_str_equal),
                   g_array_new(FALSE, FALSE, sizeof(Word)),
                   g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free)};
  g_array_set_clear_func(making.words, clear_word);
  add_characters(&making);
  add_words(&making, counts);
  char *text = merge_until(&making, (guint)size, monitor, error)
                   ? list_pieces(making.pieces, (guint)size)
                   : NULL;
  g_hash_table_unref(making.ids);
  g_hash_table_unref(making.pairs);
  g_array_unref(making.words);
  g_ptr_array_unref(making.pieces);
  return text;
}
