#include "model/card.h"
#include "model/json.h"
#include <glib/gi18n.h>

#define MAX_CHARACTERS 4000

static MedctCard *
new_card(void)
{
  MedctCard *card = g_new0(MedctCard, 1);
  card->thresholds = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
  return card;
}

void
medct_card_free(MedctCard *card)
{
  if (card == NULL)
    return;
  g_free(card->name);
  g_free(card->kind);
  g_free(card->description);
  g_hash_table_unref(card->thresholds);
  g_free(card);
}

/* Cards end up on terminals and in reports: no escape sequences, no line breaks. */
static gboolean
is_plain(const char *text)
{
  if (g_utf8_strlen(text, -1) > MAX_CHARACTERS)
    return FALSE;
  for (const char *p = text; *p; p = g_utf8_next_char(p))
    if (g_unichar_iscntrl(g_utf8_get_char(p)))
      return FALSE;
  return TRUE;
}

static gboolean
read_text(JsonObject *root, const char *path, const char *key, char **text, GError **error)
{
  JsonNode *node = json_object_get_member(root, key);
  const char *found = "";
  if (node)
    found = JSON_NODE_HOLDS_VALUE(node) ? json_node_get_string(node) : NULL;
  if (found == NULL || !is_plain(found)) {
    medct_error_field(error, MEDCT_ERROR_FORMAT, path, key,
                      "a text of at most 4,000 characters without line breaks",
                      N_("something else"));
    return FALSE;
  }
  *text = g_strdup(found);
  return TRUE;
}

static gboolean
read_thresholds(JsonObject *root, const char *path, GHashTable *thresholds, GError **error)
{
  JsonNode *node = json_object_get_member(root, "thresholds");
  if (node == NULL)
    return TRUE;
  if (!JSON_NODE_HOLDS_OBJECT(node)) {
    medct_error_field(error, MEDCT_ERROR_FORMAT, path, "thresholds",
                      "an object of findings and probabilities", N_("something else"));
    return FALSE;
  }
  JsonObject *object = json_node_get_object(node);
  JsonObjectIter iter;
  const char *finding;
  json_object_iter_init(&iter, object);
  while (json_object_iter_next(&iter, &finding, NULL)) {
    double value;
    if (!medct_json_get_double(object, path, finding, &value, error))
      return FALSE;
    if (value < 0 || value > 1) {
      g_autofree char *field = g_strdup_printf("thresholds.%.80s", finding);
      medct_error_field(error, MEDCT_ERROR_FORMAT, path, field, "a probability from 0 to 1", "%g",
                        value);
      return FALSE;
    }
    g_hash_table_insert(thresholds, g_strdup(finding), g_memdup2(&value, sizeof value));
  }
  return TRUE;
}

MedctCard *
medct_card_load(const char *path, GError **error)
{
  g_autoptr(JsonNode) node = medct_json_load(path, error);
  if (node == NULL)
    return NULL;
  if (!JSON_NODE_HOLDS_OBJECT(node)) {
    medct_error_field(error, MEDCT_ERROR_FORMAT, path, N_("the file"), "a JSON object",
                      N_("something else"));
    return NULL;
  }
  JsonObject *root = json_node_get_object(node);
  g_autoptr(MedctCard) card = new_card();
  if (!read_text(root, path, "name", &card->name, error) ||
      !read_text(root, path, "kind", &card->kind, error) ||
      !read_text(root, path, "description", &card->description, error) ||
      !read_thresholds(root, path, card->thresholds, error))
    return NULL;
  return g_steal_pointer(&card);
}

MedctCard *
medct_card_for_model(const char *model_path, GError **error)
{
  gboolean is_folder = g_file_test(model_path, G_FILE_TEST_IS_DIR);
  g_autofree char *folder = is_folder ? g_strdup(model_path) : g_path_get_dirname(model_path);
  g_autofree char *path = g_build_filename(folder, "model.json", NULL);
  if (g_file_test(path, G_FILE_TEST_EXISTS))
    return medct_card_load(path, error);
  MedctCard *card = new_card();
  card->name = g_strdup("");
  card->kind = g_strdup("");
  card->description = g_strdup("");
  return card;
}

gboolean
medct_card_threshold(const MedctCard *card, const char *finding, double *threshold)
{
  const double *found = g_hash_table_lookup(card->thresholds, finding);
  if (found)
    *threshold = *found;
  return found != NULL;
}
