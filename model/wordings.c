#include "model/wordings.h"
#include <string.h>

typedef enum { MASS, COUNT, PLURAL } Number; /* "emphysema", "a nodule", "enlarged nodes" */

typedef struct {
  const char *words; /* as they stand inside a sentence */
  Number number;
} Noun;

/* Names of each pathology beside its own, and a whole sentence with its opposite where there is a
 * usual one. In the order of medct_pathology_name(). */
static const struct {
  Number number; /* of the pathology's own name */
  Noun others[2];
  const char *sentence[2];
} grammar[MEDCT_N_PATHOLOGIES] = {
    {MASS, {{"medical device", COUNT}, {"implanted material", MASS}}, {NULL}},
    {MASS, {{"calcified arterial plaques", PLURAL}, {"arterial calcification", MASS}}, {NULL}},
    {MASS,
     {{"enlarged heart", COUNT}, {NULL}},
     {"The heart is enlarged.", "The heart is not enlarged."}},
    {COUNT, {{"fluid in the pericardium", MASS}, {NULL}}, {NULL}},
    {MASS, {{"coronary calcification", MASS}, {"calcified coronary plaques", PLURAL}}, {NULL}},
    {COUNT, {{"sliding hiatal hernia", COUNT}, {"hernia of the hiatus", COUNT}}, {NULL}},
    {MASS,
     {{"enlarged lymph nodes", PLURAL}, {NULL}},
     {"The lymph nodes are enlarged.", "The lymph nodes are not enlarged."}},
    {MASS, {{"emphysematous change", MASS}, {"emphysematous areas", PLURAL}}, {NULL}},
    {MASS, {{"atelectatic change", MASS}, {"collapsed lung tissue", MASS}}, {NULL}},
    {COUNT, {{"pulmonary nodule", COUNT}, {"nodule in the lung", COUNT}}, {NULL}},
    {COUNT, {{"pulmonary opacity", COUNT}, {"opacity in the lung", COUNT}}, {NULL}},
    {COUNT, {{"fibrotic scarring", MASS}, {"fibrotic changes of the lung", PLURAL}}, {NULL}},
    {COUNT, {{"fluid in the pleural space", MASS}, {NULL}}, {NULL}},
    {COUNT, {{"mosaic attenuation", MASS}, {NULL}}, {NULL}},
    {MASS,
     {{"thickened bronchial walls", PLURAL}, {NULL}},
     {"The bronchial walls are thickened.", "The bronchial walls are not thickened."}},
    {MASS, {{"airspace consolidation", MASS}, {"consolidated lung tissue", MASS}}, {NULL}},
    {MASS,
     {{"dilated bronchi", PLURAL}, {NULL}},
     {"The bronchi are dilated.", "The bronchi are not dilated."}},
    {MASS,
     {{"thickened interlobular septa", PLURAL}, {NULL}},
     {"The interlobular septa are thickened.", "The interlobular septa are not thickened."}},
};

/* ---- frames -------------------------------------------------------------------------------- */

/* {N}: the noun with a capital; {n}: as it stands; {a}: its article and a space, or nothing; {is}:
 * is or are. The first frames serve every noun, the others a finding's own name. */
static const char *const frames[][2] = {
    {"{N} {is} present.", "{N} {is} not present."},
    {"There {is} {a}{n}.", "There {is} no {n}."},
    {"{N} {is} seen.", "No {n} {is} seen."},
    {"The CT shows {a}{n}.", "The CT shows no {n}."},
    {"Evidence of {n}.", "No evidence of {n}."},
};
enum { FRAMES_FOR_ALL = 2 };

/* Around a sentence that names its finding with a verb of its own; {s}: without its capital. */
static const char *const sentence_frames[] = {
    "The CT shows that {s}",
    "It is seen that {s}",
    "Findings: {S}",
    "Impression: {S}",
};

static void
append_capital(GString *text, const char *words, gboolean upper)
{
  g_string_append_c(text, upper ? g_ascii_toupper(*words) : g_ascii_tolower(*words));
  g_string_append(text, words + 1);
}

static const char *
article(const Noun *noun)
{
  if (noun->number != COUNT)
    return "";
  return strchr("aeiouAEIOU", noun->words[0]) != NULL ? "an " : "a ";
}

/* A place holder's text; the number of its characters, 0 when `at` is none. */
static gsize
fill(GString *text, const char *at, const Noun *noun)
{
  if (g_str_has_prefix(at, "{N}") || g_str_has_prefix(at, "{S}"))
    append_capital(text, noun->words, TRUE);
  else if (g_str_has_prefix(at, "{s}"))
    append_capital(text, noun->words, FALSE);
  else if (g_str_has_prefix(at, "{n}"))
    g_string_append(text, noun->words);
  else if (g_str_has_prefix(at, "{a}"))
    g_string_append(text, article(noun));
  else if (g_str_has_prefix(at, "{is}"))
    g_string_append(text, noun->number == PLURAL ? "are" : "is");
  else
    return 0;
  return at[1] == 'i' ? 4 : 3;
}

static char *
frame_text(const char *frame, const Noun *noun)
{
  GString *text = g_string_new(NULL);
  while (*frame != '\0') {
    gsize n = fill(text, frame, noun);
    if (n == 0)
      g_string_append_c(text, *frame);
    frame += MAX(n, 1);
  }
  return g_string_free(text, FALSE);
}

/* ---- what was said ------------------------------------------------------------------------- */

gboolean
medct_wordings_denies(const char *sentence)
{
  return g_ascii_strncasecmp(sentence, "no ", 3) == 0 || strstr(sentence, " no ") != NULL ||
         strstr(sentence, " not ") != NULL;
}

/* "There is a small nodule." → "small nodule", COUNT; FALSE when the sentence is of no such form.
 * `words` gets a string of its own. */
static gboolean
noun_of(const char *sentence, char **words, Number *number)
{
  static const char *const heads[] = {"there is evidence of ", "there is ",    "there are ",
                                      "the ct shows ",         "evidence of ", ""};
  static const char *const tails[] = {" is present", " are present", " is seen",
                                      " are seen",   " is visible",  ""};
  g_autofree char *text = g_strdup(sentence);
  gsize head = 0, tail = 0;
  while (strlen(text) > 0 && strchr(". ", text[strlen(text) - 1]) != NULL)
    text[strlen(text) - 1] = '\0';
  while (g_ascii_strncasecmp(text, heads[head], strlen(heads[head])) != 0)
    head++;
  char *noun = text + strlen(heads[head]);
  while (!g_str_has_suffix(noun, tails[tail]))
    tail++;
  if (*heads[head] == '\0' && *tails[tail] == '\0')
    return FALSE;
  noun[strlen(noun) - strlen(tails[tail])] = '\0';
  gboolean plural = strstr(heads[head], " are ") != NULL || strstr(tails[tail], " are ") != NULL;
  gsize skip = g_ascii_strncasecmp(noun, "a ", 2) == 0    ? 2
               : g_ascii_strncasecmp(noun, "an ", 3) == 0 ? 3
                                                          : 0;
  if (noun[skip] == '\0')
    return FALSE;
  *number = plural ? PLURAL : skip > 0 ? COUNT : MASS;
  *words = g_strdup(noun + skip);
  if (skip == 0 && *heads[head] == '\0') /* it began the sentence */
    **words = g_ascii_tolower(**words);
  return TRUE;
}

/* ---- the list ------------------------------------------------------------------------------ */

typedef struct {
  GPtrArray *pairs;
  gboolean denies; /* the sense of the first pair */
} List;

/* Takes both; leaves out what is there already. */
static void
add(List *list, char *present, char *absent)
{
  MedctPrompt *pair = g_new0(MedctPrompt, 1);
  pair->prompt = list->denies ? absent : present;
  pair->against = list->denies ? present : absent;
  pair->name = g_strdup(pair->prompt);
  for (guint n = 0; n < list->pairs->len; n++) {
    const MedctPrompt *there = list->pairs->pdata[n];
    if (g_ascii_strcasecmp(there->prompt, pair->prompt) == 0) {
      medct_prompt_free(pair);
      return;
    }
  }
  g_ptr_array_add(list->pairs, pair);
}

static void
add_frames(List *list, const Noun *noun, gsize n_frames)
{
  for (gsize n = 0; n < n_frames; n++)
    add(list, frame_text(frames[n][0], noun), frame_text(frames[n][1], noun));
}

static void
add_finding(List *list, guint finding)
{
  g_autofree char *name = g_strdup(medct_pathology_name(finding));
  *name = g_ascii_tolower(*name);
  add_frames(list, &(Noun){name, grammar[finding].number}, G_N_ELEMENTS(frames));
  for (int n = 0; n < 2 && grammar[finding].others[n].words != NULL; n++)
    add_frames(list, &grammar[finding].others[n], FRAMES_FOR_ALL);
  if (grammar[finding].sentence[0] != NULL)
    add(list, g_strdup(grammar[finding].sentence[0]), g_strdup(grammar[finding].sentence[1]));
}

static int
pathology_named(const char *words)
{
  for (guint n = 0; n < MEDCT_N_PATHOLOGIES; n++)
    if (g_ascii_strcasecmp(words, medct_pathology_name(n)) == 0)
      return (int)n;
  return -1;
}

static void
add_free(List *list, const char *present, const char *absent)
{
  g_autofree char *words = NULL;
  Number number = MASS;
  if (noun_of(present, &words, &number)) {
    int finding = pathology_named(words);
    if (finding >= 0)
      add_finding(list, (guint)finding);
    else
      add_frames(list, &(Noun){words, number}, G_N_ELEMENTS(frames));
    return;
  }
  for (gsize n = 0; n < G_N_ELEMENTS(sentence_frames); n++)
    add(list, frame_text(sentence_frames[n], &(Noun){present, MASS}),
        frame_text(sentence_frames[n], &(Noun){absent, MASS}));
}

GPtrArray *
medct_wordings_new(const MedctPrompt *pair, int finding)
{
  List list = {g_ptr_array_new_with_free_func((GDestroyNotify)medct_prompt_free),
               medct_wordings_denies(pair->prompt)};
  const char *present = list.denies ? pair->against : pair->prompt;
  const char *absent = list.denies ? pair->prompt : pair->against;
  add(&list, g_strdup(present), g_strdup(absent));
  if (finding >= 0)
    add_finding(&list, (guint)finding);
  else
    add_free(&list, present, absent);
  return list.pairs;
}
