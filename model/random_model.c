#include "model/random_model.h"
#include "model/folder.h"
#include "model/model_folder.h"
#include "model/pathologies.h"
#include "model/random_weights.h"
#include <json-glib/json-glib.h>
#include <string.h>

/* ---- vocabulary --------------------------------------------------------------------------------
 */

/* Words of findings beside those of the pathologies' prompts, the more common first. */
static const char FINDINGS[] =
    "there a the no of in and are with seen left right both lobe upper lower middle normal "
    "findings "
    "impression nodules opacities effusions ground glass heart size trachea aorta mediastinal "
    "lymph nodes mm small mild minimal large bilateral chest ct evaluation consistent fracture "
    "bone "
    "liver mass pneumothorax pneumonia catheter stent";

typedef struct {
  GString *text;
  GHashTable *seen;
  int n, limit;
} Vocabulary;

static void
add_piece(Vocabulary *v, const char *piece)
{
  if (v->n >= v->limit || !g_hash_table_add(v->seen, g_strdup(piece)))
    return;
  g_string_append_printf(v->text, "%s\n", piece);
  v->n++;
}

static void
add_words(Vocabulary *v, const char *text)
{
  g_autofree char *lower = g_ascii_strdown(text, -1);
  g_auto(GStrv) words = g_strsplit_set(lower, " .", -1);
  for (char **word = words; *word; word++)
    if (**word)
      add_piece(v, *word);
}

/* Every ASCII sign alone and, for letters and digits, as the end of a word: nothing is [UNK]. */
static void
add_characters(Vocabulary *v)
{
  for (int continued = 0; continued < 2; continued++)
    for (int group = 0; group < 3; group++)
      for (char c = '!'; c <= '~'; c++) {
        char piece[4] = {'#', '#', c, 0};
        int kind = g_ascii_islower(c) ? 0 : g_ascii_isdigit(c) ? 1 : g_ascii_ispunct(c) ? 2 : 3;
        if (kind == group && !(continued && group == 2))
          add_piece(v, continued ? piece : piece + 2);
      }
}

char *
medct_random_vocabulary(int n)
{
  g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  static const char *const specials[] = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"};
  Vocabulary v = {g_string_new(NULL), seen, 0, n};
  for (gsize i = 0; i < G_N_ELEMENTS(specials); i++)
    add_piece(&v, specials[i]);
  add_characters(&v);
  for (int present = 1; present >= 0; present--)
    for (guint i = 0; i < MEDCT_N_PATHOLOGIES; i++) {
      g_autofree char *prompt = medct_pathology_prompt(medct_pathology_name(i), present);
      add_words(&v, prompt);
    }
  add_words(&v, FINDINGS);
  for (int i = 0; v.n < n; i++) {
    g_autofree char *filler = g_strdup_printf("[unused%d]", i);
    add_piece(&v, filler);
  }
  return g_string_free(v.text, FALSE);
}

/* ---- the card ------------------------------------------------------------------------------- */

static gboolean
save_card(const char *folder, const char *name, GError **error)
{
  const char *const members[][2] = {
      {"name", name},
      {"kind", "random"},
      {"description", "Random weights for tests and measurements. Scores mean nothing."}};
  g_autoptr(JsonBuilder) b = json_builder_new();
  json_builder_begin_object(b);
  for (gsize i = 0; i < G_N_ELEMENTS(members); i++) {
    json_builder_set_member_name(b, members[i][0]);
    json_builder_add_string_value(b, members[i][1]);
  }
  json_builder_end_object(b);
  return medct_model_folder_save_json(folder, "model.json", b, error);
}

gboolean
medct_random_model_write(const char *folder, const char *name, const MedctConfig *config,
                         guint64 seed, gboolean used_only, GError **error)
{
  g_autofree char *weights = g_build_filename(folder, "model.safetensors", NULL);
  g_autofree char *vocabulary = medct_random_vocabulary(config->text_vocab);
  if (config->text_vocab < 5) {
    medct_error_field(error, MEDCT_ERROR_ARGUMENT, name, "text_vocab",
                      "at least 5, for the special tokens", "%d", config->text_vocab);
    return FALSE;
  }
  if (!medct_folder_make(folder, 0777, error))
    return FALSE;
  return medct_model_folder_save_text(folder, "vocab.txt", vocabulary, error) &&
         medct_model_folder_save_config(folder, config, error) && save_card(folder, name, error) &&
         medct_random_weights_write(weights, config, seed, used_only, error);
}
