/* BERT's uncased WordPiece, step by step as spec §5 numbers it. */
#include "model/tokenizer.h"
#include <glib/gi18n.h>
#include <string.h>

#define MAX_WORD   100  /* characters; a longer word is [UNK] */
#define MAX_MARKS  1000 /* combining characters in a row */
#define MAX_PIECES 2000000
#define MAX_FILE   (64 << 20)

static const char *const SPECIALS[] = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"};
enum { PAD, UNK, CLS, SEP, MASK, N_SPECIALS };

struct _MedctTokenizer {
  GHashTable *pieces; /* text → id */
  char *text;         /* the file; pieces point into it */
  int size;
  int32_t special[N_SPECIALS];
};

/* ---- the vocabulary ----------------------------------------------------------------------------
 */

static char *
read_file(const char *path, gsize *n, GError **error)
{
  g_autoptr(GError) local = NULL;
  g_autofree char *text = NULL;
  g_autoptr(GMappedFile) mapped = g_mapped_file_new(path, FALSE, &local);
  if (mapped == NULL) {
    medct_error_unreadable(error, path, local);
    return NULL;
  }
  *n = g_mapped_file_get_length(mapped);
  if (*n == 0 || *n > MAX_FILE) {
    medct_error_field(error, MEDCT_ERROR_FORMAT, path, N_("size"),
                      "a vocabulary of 1 byte to 64 MiB", N_("%zu bytes"), *n);
    return NULL;
  }
  text = g_strndup(g_mapped_file_get_contents(mapped), *n);
  if (strlen(text) != *n || !g_utf8_validate(text, (gssize)*n, NULL)) {
    medct_error_field(error, MEDCT_ERROR_FORMAT, path, "encoding", "UTF-8 text, one piece a line",
                      N_("something else"));
    return NULL;
  }
  return g_steal_pointer(&text);
}

/* Splits in place; the id is the line number from 0. Of equal lines the last counts, as upstream.
 */
static gboolean
index_pieces(MedctTokenizer *t, const char *path, GError **error)
{
  char *line = t->text + (g_str_has_prefix(t->text, "\xEF\xBB\xBF") ? 3 : 0), *end;
  for (; *line; line = end + 1) {
    end = strchr(line, '\n');
    if (end == NULL)
      end = line + strlen(line) - 1; /* the last line: nothing to cut */
    else
      *end = 0;
    gsize n = strlen(line);
    if (n > 0 && line[n - 1] == '\r')
      line[n - 1] = 0;
    if (t->size >= MAX_PIECES) {
      medct_error_field(error, MEDCT_ERROR_FORMAT, path, N_("lines"), "at most 2,000,000",
                        N_("more"));
      return FALSE;
    }
    g_hash_table_insert(t->pieces, line, GINT_TO_POINTER(t->size++));
  }
  return TRUE;
}

static gboolean
find_specials(MedctTokenizer *t, const char *path, GError **error)
{
  for (int i = 0; i < N_SPECIALS; i++) {
    gpointer id = NULL;
    gboolean known = g_hash_table_lookup_extended(t->pieces, SPECIALS[i], NULL, &id);
    t->special[i] = known ? GPOINTER_TO_INT(id) : -1;
    if (!known && (i == UNK || i == CLS || i == SEP)) {
      medct_error_field(error, MEDCT_ERROR_FORMAT, path, SPECIALS[i], "a line of the vocabulary",
                        N_("missing"));
      return FALSE;
    }
  }
  return TRUE;
}

MedctTokenizer *
medct_tokenizer_open(const char *path, GError **error)
{
  gsize n;
  char *text = read_file(path, &n, error);
  if (text == NULL)
    return NULL;
  g_autoptr(MedctTokenizer) t = g_new0(MedctTokenizer, 1);
  t->text = text;
  t->pieces = g_hash_table_new(g_str_hash, g_str_equal);
  if (!index_pieces(t, path, error) || !find_specials(t, path, error))
    return NULL;
  return g_steal_pointer(&t);
}

void
medct_tokenizer_free(MedctTokenizer *tokenizer)
{
  if (tokenizer == NULL)
    return;
  g_hash_table_unref(tokenizer->pieces);
  g_free(tokenizer->text);
  g_free(tokenizer);
}

int
medct_tokenizer_size(const MedctTokenizer *tokenizer)
{
  return tokenizer->size;
}

/* ---- characters ---------------------------------------------------------------------------- */

static gboolean
is_cjk(gunichar c)
{
  static const gunichar ranges[][2] = {{0x4E00, 0x9FFF},   {0x3400, 0x4DBF},   {0x20000, 0x2A6DF},
                                       {0x2A700, 0x2B73F}, {0x2B740, 0x2B81F}, {0x2B820, 0x2CEAF},
                                       {0xF900, 0xFAFF},   {0x2F800, 0x2FA1F}};
  for (gsize i = 0; i < G_N_ELEMENTS(ranges); i++)
    if (c >= ranges[i][0] && c <= ranges[i][1])
      return TRUE;
  return FALSE;
}

static gboolean
is_dropped(gunichar c)
{
  if (c == 0 || c == 0xFFFD)
    return TRUE;
  switch (g_unichar_type(c)) {
  case G_UNICODE_CONTROL:
  case G_UNICODE_FORMAT:
  case G_UNICODE_SURROGATE:
  case G_UNICODE_PRIVATE_USE:
  case G_UNICODE_UNASSIGNED:
    return TRUE;
  default:
    return FALSE;
  }
}

static gboolean
is_space(gunichar c)
{
  return c == '\t' || c == '\n' || c == '\r' || c == 0x2028 || c == 0x2029 ||
         g_unichar_type(c) == G_UNICODE_SPACE_SEPARATOR;
}

static gboolean
is_punctuation(gunichar c)
{
  if (c < 128)
    return g_ascii_ispunct((char)c);
  switch (g_unichar_type(c)) {
  case G_UNICODE_CONNECT_PUNCTUATION:
  case G_UNICODE_DASH_PUNCTUATION:
  case G_UNICODE_CLOSE_PUNCTUATION:
  case G_UNICODE_FINAL_PUNCTUATION:
  case G_UNICODE_INITIAL_PUNCTUATION:
  case G_UNICODE_OTHER_PUNCTUATION:
  case G_UNICODE_OPEN_PUNCTUATION:
    return TRUE;
  default:
    return FALSE;
  }
}

/* One code point on its own, no locale, no final sigma → how many. U+0130 is the one whose lower
 * case is two; Roman numerals and circled letters have one, but are no letters to GLib. */
static int
lower_case(gunichar c, gunichar lower[2])
{
  lower[0] = g_unichar_tolower(c);
  lower[1] = 0x307;
  if (c == 0x130)
    lower[0] = 'i';
  else if (c >= 0x2160 && c <= 0x216F)
    lower[0] = c + 16;
  else if (c >= 0x24B6 && c <= 0x24CF)
    lower[0] = c + 26;
  return c == 0x130 ? 2 : 1;
}

/* ---- pieces -------------------------------------------------------------------------------- */

/* Step 5: greedy longest match; the whole word is [UNK] when one part has none. */
static void
append_pieces(const MedctTokenizer *t, GArray *ids, const char *word)
{
  gsize n = strlen(word), first = ids->len;
  g_autofree char *piece = g_malloc(n + 3);
  gsize at = 0;
  gboolean known = g_utf8_strlen(word, -1) <= MAX_WORD;
  while (known && at < n) {
    gsize end = n, prefix = at > 0 ? 2 : 0;
    gpointer id = NULL;
    memcpy(piece, "##", 2);
    memcpy(piece + prefix, word + at, n - at + 1);
    for (known = FALSE; end > at && !known;) {
      piece[prefix + end - at] = 0;
      known = g_hash_table_lookup_extended(t->pieces, piece, NULL, &id);
      if (!known)
        end = (gsize)(g_utf8_prev_char(word + end) - word);
    }
    int32_t number = GPOINTER_TO_INT(id);
    if (known)
      g_array_append_val(ids, number);
    at = end;
  }
  if (!known) {
    g_array_set_size(ids, (guint)first);
    g_array_append_val(ids, t->special[UNK]);
  }
}

/* Where words go: to ids, or, when a vocabulary is to be made, into counts. */
typedef struct {
  const MedctTokenizer *t;
  GArray *ids;
  GHashTable *counts; /* word → how often; NULL: look up pieces */
  guint most;         /* ids wanted; further text is not looked at */
  GString *word;      /* cleaned, not yet normalised */
  int marks;          /* combining characters at its end */
} Words;

static void
end_word(const Words *w, GString *word)
{
  if (word->len > 0 && w->counts) {
    gsize before = GPOINTER_TO_SIZE(g_hash_table_lookup(w->counts, word->str));
    g_hash_table_insert(w->counts, g_strdup(word->str), GSIZE_TO_POINTER(before + 1));
  } else if (word->len > 0) {
    append_pieces(w->t, w->ids, word->str);
  }
  g_string_truncate(word, 0);
}

/* Lower-case again, NFD, strip marks, split at punctuation. */
static void
append_word(const Words *w, const char *text, gsize n)
{
  g_autoptr(GString) lower = g_string_sized_new(n);
  g_autoptr(GString) word = g_string_sized_new(n);
  for (const char *p = text; p < text + n; p = g_utf8_next_char(p)) {
    gunichar pair[2];
    int n_lower = lower_case(g_utf8_get_char(p), pair);
    for (int i = 0; i < n_lower; i++)
      g_string_append_unichar(lower, pair[i]);
  }
  g_autofree char *split = g_utf8_normalize(lower->str, (gssize)lower->len, G_NORMALIZE_NFD);
  for (const char *p = split; *p; p = g_utf8_next_char(p)) {
    gunichar c = g_utf8_get_char(p);
    if (g_unichar_type(c) == G_UNICODE_NON_SPACING_MARK)
      continue;
    if (is_punctuation(c)) {
      end_word(w, word);
      g_string_append_unichar(word, c);
      end_word(w, word);
    } else {
      g_string_append_unichar(word, c);
    }
  }
  end_word(w, word);
}

/* ---- steps 1 to 4, a word at a time -------------------------------------------------------- */

static void
words_end(Words *w)
{
  if (w->word->len > 0 && w->ids->len < w->most) {
    /* No space takes part in a composition, so that words can be composed one by one. */
    g_autofree char *composed =
        g_utf8_normalize(w->word->str, (gssize)w->word->len, G_NORMALIZE_NFC);
    append_word(w, composed, strlen(composed));
  }
  g_string_truncate(w->word, 0);
  w->marks = 0;
}

/* Ordering combining characters takes the square of how many stand in a row. */
static gboolean
words_add(Words *w, gunichar c, GError **error)
{
  w->marks = g_unichar_combining_class(c) == 0 ? 0 : w->marks + 1;
  if (w->marks > MAX_MARKS) {
    g_set_error(error, MEDCT_ERROR, MEDCT_ERROR_FORMAT,
                _("the text has more than %d combining characters in a row"), MAX_MARKS);
    return FALSE;
  }
  g_string_append_unichar(w->word, c);
  return TRUE;
}

static gboolean
words_clean(Words *w, gunichar c, GError **error)
{
  gboolean space = is_space(c), alone = is_cjk(c);
  if (!space && is_dropped(c))
    return TRUE;
  if (space || alone)
    words_end(w);
  if (!space && !words_add(w, c, error))
    return FALSE;
  if (alone)
    words_end(w);
  return TRUE;
}

/* text [n] without special tokens */
static gboolean
append_stretch(Words *w, const char *text, gsize n, GError **error)
{
  for (const char *p = text; p < text + n && w->ids->len < w->most; p = g_utf8_next_char(p)) {
    gunichar lower[2];
    int n_lower = lower_case(g_utf8_get_char(p), lower);
    for (int i = 0; i < n_lower; i++)
      if (!words_clean(w, lower[i], error))
        return FALSE;
  }
  words_end(w);
  return TRUE;
}

/* The special token that stands exactly here, or −1. */
static int
special_at(const MedctTokenizer *t, const char *p, const char *end)
{
  for (int i = 0; *p == '[' && i < N_SPECIALS; i++) {
    gsize n = strlen(SPECIALS[i]);
    if (t->special[i] >= 0 && (gsize)(end - p) >= n && memcmp(p, SPECIALS[i], n) == 0)
      return i;
  }
  return -1;
}

/* GLib's own check refuses U+0000, which step 2 drops. */
static gboolean
is_utf8(const char *text, gsize n)
{
  for (const char *p = text, *end = text + n; p < end; p++)
    if (!g_utf8_validate_len(p, (gsize)(end - p), &p) && *p != 0)
      return FALSE;
  return TRUE;
}

static gboolean
append_text(Words *w, const char *text, const char *end, GError **error)
{
  const char *start = text, *p = text;
  while (p < end && w->ids->len < w->most) {
    int special = special_at(w->t, p, end);
    if (special < 0) {
      p = g_utf8_next_char(p);
      continue;
    }
    if (!append_stretch(w, start, (gsize)(p - start), error))
      return FALSE;
    g_array_append_val(w->ids, w->t->special[special]);
    start = p += strlen(SPECIALS[special]);
  }
  return append_stretch(w, start, (gsize)(end - start), error);
}

GArray *
medct_tokenizer_encode(const MedctTokenizer *t, const char *text, gssize length, int max_ids,
                       GError **error)
{
  gsize n = length < 0 ? strlen(text) : (gsize)length;
  if (!is_utf8(text, n)) {
    g_set_error_literal(error, MEDCT_ERROR, MEDCT_ERROR_FORMAT, _("the text is not UTF-8"));
    return NULL;
  }
  g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(int32_t));
  g_autoptr(GString) word = g_string_new(NULL);
  Words words = {.t = t, .ids = ids, .most = (guint)MAX(max_ids - 1, 1), .word = word};
  g_array_append_val(ids, t->special[CLS]);
  if (!append_text(&words, text, text + n, error))
    return NULL;
  if (ids->len > words.most)
    g_array_set_size(ids, words.most);
  g_array_append_val(ids, t->special[SEP]);
  return g_steal_pointer(&ids);
}

gboolean
medct_tokenizer_count_words(const char *text, gssize length, GHashTable *counts, GError **error)
{
  gsize n = length < 0 ? strlen(text) : (gsize)length;
  if (!is_utf8(text, n)) {
    g_set_error_literal(error, MEDCT_ERROR, MEDCT_ERROR_FORMAT, _("the text is not UTF-8"));
    return FALSE;
  }
  g_autoptr(GArray) none = g_array_new(FALSE, FALSE, sizeof(int32_t));
  g_autoptr(GString) word = g_string_new(NULL);
  Words words = {.ids = none, .counts = counts, .most = G_MAXUINT, .word = word};
  return append_stretch(&words, text, n, error);
}
