#include "app/prompts.h"
#include "model/atomic_file.h"
#include "model/json.h"
#include <glib/gi18n.h>
#include <string.h>

#define MOST_BYTES 4096 /* of one sentence, as medct_prompt_new() takes */

struct _MedctPrompts {
  GPtrArray *history, *saved; /* of char * */
  GHashTable *against;        /* kept sentence → its own opposite, where one was written */
};

MedctPrompts *
medct_prompts_new(void)
{
  MedctPrompts *prompts = g_new0(MedctPrompts, 1);
  prompts->history = g_ptr_array_new_with_free_func(g_free);
  prompts->saved = g_ptr_array_new_with_free_func(g_free);
  prompts->against = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
  return prompts;
}

void
medct_prompts_free(MedctPrompts *prompts)
{
  g_ptr_array_unref(prompts->history);
  g_ptr_array_unref(prompts->saved);
  g_hash_table_unref(prompts->against);
  g_free(prompts);
}

char *
medct_prompts_path(void)
{
  return g_build_filename(g_get_user_data_dir(), "medct", "prompts.json", NULL);
}

static gboolean
find(const GPtrArray *list, const char *text, guint *place)
{
  return g_ptr_array_find_with_equal_func((GPtrArray *)list, text, g_str_equal, place);
}

/* ---- the file ------------------------------------------------------------------------------ */

static gboolean
is_sentence(JsonNode *node)
{
  if (!JSON_NODE_HOLDS_VALUE(node) || json_node_get_value_type(node) != G_TYPE_STRING)
    return FALSE;
  const char *text = json_node_get_string(node);
  gsize n = strlen(text);
  if (n == 0 || n > MOST_BYTES)
    return FALSE;
  for (const char *at = text; *at != '\0'; at = g_utf8_next_char(at))
    if (g_unichar_iscntrl(g_utf8_get_char(at)))
      return FALSE;
  return TRUE;
}

/* The member's sentences; NULL when it is something else. */
static GPtrArray *
read_list(JsonObject *object, const char *path, const char *key, guint most, GError **error)
{
  g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(g_free);
  JsonNode *node = json_object_get_member(object, key);
  if (node == NULL)
    return g_steal_pointer(&list);
  JsonArray *array = JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;
  guint n = array != NULL ? json_array_get_length(array) : 0;
  gboolean fine = array != NULL;
  for (guint i = 0; fine && i < MIN(n, most); i++) {
    JsonNode *element = json_array_get_element(array, i);
    fine = is_sentence(element);
    if (fine && !find(list, json_node_get_string(element), NULL))
      g_ptr_array_add(list, g_strdup(json_node_get_string(element)));
  }
  if (fine)
    return g_steal_pointer(&list);
  medct_error_field(error, MEDCT_ERROR_FORMAT, path, key, "a list of sentences",
                    N_("something else"));
  return NULL;
}

/* The opposites of sentences in `saved`; NULL when the member is something else. */
static GHashTable *
read_against(JsonObject *object, const char *path, const GPtrArray *saved, GError **error)
{
  g_autoptr(GHashTable) table = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
  JsonNode *node = json_object_get_member(object, "against");
  JsonObject *all =
      node != NULL && JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
  gboolean fine = node == NULL || all != NULL;
  for (guint n = 0; fine && all != NULL && n < saved->len; n++) {
    JsonNode *element = json_object_get_member(all, saved->pdata[n]);
    fine = element == NULL || is_sentence(element);
    if (fine && element != NULL)
      g_hash_table_replace(table, g_strdup(saved->pdata[n]),
                           g_strdup(json_node_get_string(element)));
  }
  if (fine)
    return g_steal_pointer(&table);
  medct_error_field(error, MEDCT_ERROR_FORMAT, path, "against", "sentences by sentence",
                    N_("something else"));
  return NULL;
}

gboolean
medct_prompts_load(MedctPrompts *prompts, const char *path, GError **error)
{
  g_autoptr(JsonNode) root = NULL;
  g_autoptr(GPtrArray) history = NULL, saved = NULL;
  g_autoptr(GHashTable) against = NULL;
  if (g_file_test(path, G_FILE_TEST_EXISTS)) {
    root = medct_json_load(path, error);
    if (root == NULL)
      return FALSE;
    if (!JSON_NODE_HOLDS_OBJECT(root)) {
      medct_error_file(error, MEDCT_ERROR_FORMAT, path, "is no list of prompts");
      return FALSE;
    }
    JsonObject *object = json_node_get_object(root);
    history = read_list(object, path, "history", MEDCT_PROMPTS_MOST_HISTORY, error);
    saved = history ? read_list(object, path, "saved", MEDCT_PROMPTS_MOST_SAVED, error) : NULL;
    against = saved ? read_against(object, path, saved, error) : NULL;
    if (against == NULL)
      return FALSE;
  }
  g_ptr_array_unref(prompts->history);
  g_ptr_array_unref(prompts->saved);
  g_hash_table_remove_all(prompts->against);
  if (against != NULL) {
    g_hash_table_unref(prompts->against);
    prompts->against = g_steal_pointer(&against);
  }
  prompts->history = history ? g_steal_pointer(&history) : g_ptr_array_new_with_free_func(g_free);
  prompts->saved = saved ? g_steal_pointer(&saved) : g_ptr_array_new_with_free_func(g_free);
  return TRUE;
}

static void
add_list(JsonBuilder *b, const char *key, const GPtrArray *list)
{
  json_builder_set_member_name(b, key);
  json_builder_begin_array(b);
  for (guint n = 0; n < list->len; n++)
    json_builder_add_string_value(b, list->pdata[n]);
  json_builder_end_array(b);
}

static void
add_against(JsonBuilder *b, const MedctPrompts *prompts)
{
  json_builder_set_member_name(b, "against");
  json_builder_begin_object(b);
  for (guint n = 0; n < prompts->saved->len; n++) {
    const char *against = g_hash_table_lookup(prompts->against, prompts->saved->pdata[n]);
    if (against == NULL)
      continue;
    json_builder_set_member_name(b, prompts->saved->pdata[n]);
    json_builder_add_string_value(b, against);
  }
  json_builder_end_object(b);
}

gboolean
medct_prompts_save(const MedctPrompts *prompts, const char *path, GError **error)
{
  g_autoptr(JsonBuilder) b = json_builder_new();
  json_builder_begin_object(b);
  add_list(b, "history", prompts->history);
  add_list(b, "saved", prompts->saved);
  add_against(b, prompts);
  json_builder_end_object(b);
  g_autoptr(JsonNode) root = json_builder_get_root(b);
  g_autofree char *text = json_to_string(root, TRUE);
  g_autofree char *folder = g_path_get_dirname(path);
  g_mkdir_with_parents(folder, 0700);
  return medct_atomic_file_save(path, text, strlen(text), error);
}

/* ---- history ------------------------------------------------------------------------------- */

gboolean
medct_prompts_remember(MedctPrompts *prompts, const char *text)
{
  guint place;
  if (*text == '\0' || strlen(text) > MOST_BYTES)
    return FALSE;
  if (find(prompts->history, text, &place)) {
    if (place == 0)
      return FALSE;
    g_ptr_array_remove_index(prompts->history, place);
  }
  g_ptr_array_insert(prompts->history, 0, g_strdup(text));
  if (prompts->history->len > MEDCT_PROMPTS_MOST_HISTORY)
    g_ptr_array_set_size(prompts->history, MEDCT_PROMPTS_MOST_HISTORY);
  return TRUE;
}

guint
medct_prompts_n_history(const MedctPrompts *prompts)
{
  return prompts->history->len;
}

const char *
medct_prompts_history(const MedctPrompts *prompts, guint index)
{
  g_return_val_if_fail(index < prompts->history->len, NULL);
  return prompts->history->pdata[index];
}

void
medct_prompts_forget_history(MedctPrompts *prompts)
{
  g_ptr_array_set_size(prompts->history, 0);
}

/* ---- saved --------------------------------------------------------------------------------- */

gboolean
medct_prompts_keep(MedctPrompts *prompts, const char *text)
{
  if (*text == '\0' || strlen(text) > MOST_BYTES || find(prompts->saved, text, NULL) ||
      prompts->saved->len >= MEDCT_PROMPTS_MOST_SAVED)
    return FALSE;
  g_ptr_array_add(prompts->saved, g_strdup(text));
  return TRUE;
}

gboolean
medct_prompts_remove(MedctPrompts *prompts, const char *text)
{
  guint place;
  if (!find(prompts->saved, text, &place))
    return FALSE;
  g_hash_table_remove(prompts->against, text);
  g_ptr_array_remove_index(prompts->saved, place);
  return TRUE;
}

const char *
medct_prompts_against(const MedctPrompts *prompts, const char *text)
{
  return g_hash_table_lookup(prompts->against, text);
}

gboolean
medct_prompts_set_against(MedctPrompts *prompts, const char *text, const char *against)
{
  if (!medct_prompts_is_kept(prompts, text) ||
      g_strcmp0(against, medct_prompts_against(prompts, text)) == 0 ||
      (against != NULL && strlen(against) > MOST_BYTES))
    return FALSE;
  if (against != NULL)
    g_hash_table_replace(prompts->against, g_strdup(text), g_strdup(against));
  else
    g_hash_table_remove(prompts->against, text);
  return TRUE;
}

gboolean
medct_prompts_is_kept(const MedctPrompts *prompts, const char *text)
{
  return find(prompts->saved, text, NULL);
}

guint
medct_prompts_n_saved(const MedctPrompts *prompts)
{
  return prompts->saved->len;
}

const char *
medct_prompts_saved(const MedctPrompts *prompts, guint index)
{
  g_return_val_if_fail(index < prompts->saved->len, NULL);
  return prompts->saved->pdata[index];
}
