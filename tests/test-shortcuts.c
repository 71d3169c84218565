/* The shortcuts window lists what the tables of keys do, all of it and nothing else. No display. */
#include "app/studio-keys.h"
#include "ui/viewport-keys.h"
#include "ui/volume-view-input.h"
#include <string.h>

/* What the toolkit does by itself, and the keys of the list of labels (tests/ui/tour-cohort.sh). */
static const char *const others[] = {"Program: F10",  "Program: <Control>question",
                                     "Labelling: Up", "Labelling: Down",
                                     "Labelling: p",  "Labelling: a",
                                     "Labelling: u",  "Labelling: Return"};

typedef struct {
  GString *text; /* inside a property */
  char *property, *group;
  gboolean in_group;  /* its own title comes before that of its shortcuts */
  GHashTable *listed; /* "Group: accelerator" */
} Reader;

static const char *
attribute(const char **names, const char **values, const char *wanted)
{
  for (int n = 0; names[n] != NULL; n++)
    if (g_str_equal(names[n], wanted))
      return values[n];
  return "";
}

static void
begin(GMarkupParseContext *context, const char *element, const char **names, const char **values,
      gpointer data, GError **error)
{
  Reader *reader = data;
  if (g_str_equal(element, "object"))
    reader->in_group = g_str_equal(attribute(names, values, "class"), "GtkShortcutsGroup");
  if (!g_str_equal(element, "property"))
    return;
  g_free(reader->property);
  reader->property = g_strdup(attribute(names, values, "name"));
  g_string_truncate(reader->text, 0);
}

static void
say(GMarkupParseContext *context, const char *text, gsize length, gpointer data, GError **error)
{
  g_string_append_len(((Reader *)data)->text, text, (gssize)length);
}

static void
end(GMarkupParseContext *context, const char *element, gpointer data, GError **error)
{
  Reader *reader = data;
  if (!g_str_equal(element, "property"))
    return;
  if (reader->in_group && g_str_equal(reader->property, "title")) {
    g_free(reader->group);
    reader->group = g_strdup(reader->text->str);
  } else if (g_str_equal(reader->property, "accelerator")) {
    g_auto(GStrv) words = g_strsplit(reader->text->str, " ", -1);
    for (char **word = words; *word != NULL; word++) {
      char *line = g_strdup_printf("%s: %s", reader->group, *word);
      g_assert_true(g_hash_table_add(reader->listed, line)); /* else it is listed twice */
    }
  }
}

static GHashTable *
listed_keys(void)
{
  static const GMarkupParser parser = {begin, end, say, NULL, NULL};
  Reader reader = {.text = g_string_new(NULL)};
  g_autoptr(GError) error = NULL;
  g_autofree char *text = NULL;
  gsize length;
  reader.listed = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  g_file_get_contents(g_getenv("HELP_OVERLAY"), &text, &length, &error);
  g_assert_no_error(error);
  GMarkupParseContext *context = g_markup_parse_context_new(&parser, 0, &reader, NULL);
  g_markup_parse_context_parse(context, text, (gssize)length, &error);
  g_assert_no_error(error);
  g_markup_parse_context_free(context);
  g_string_free(reader.text, TRUE);
  g_free(reader.property);
  g_free(reader.group);
  return reader.listed;
}

/* It is listed under one of the groups; crosses it off. */
static void
expect(GHashTable *listed, const char *key, const char *const *groups)
{
  for (int n = 0; groups[n] != NULL; n++) {
    g_autofree char *line = g_strdup_printf("%s: %s", groups[n], key);
    if (g_hash_table_remove(listed, line))
      return;
  }
  g_test_message("%s works and is not listed under %s", key, groups[0]);
  g_test_fail();
}

static void
test_lists_what_works(void)
{
  static const char *const plane[] = {"Slices", "Window", "Pictures", NULL};
  static const char *const volume[] = {"3-D view", NULL};
  static const char *const program[] = {"Program", "Results", "Pictures", NULL};
  g_autoptr(GHashTable) listed = listed_keys();
  for (gsize n = 0; n < medct_n_plane_keys; n++)
    expect(listed, gdk_keyval_name(medct_plane_keys[n].key), plane);
  for (gsize n = 0; n < medct_n_volume_keys; n++) {
    const MedctVolumeKey *key = &medct_volume_keys[n];
    g_autofree char *name =
        g_strconcat(key->shift ? "<Shift>" : "", gdk_keyval_name(key->key), NULL);
    expect(listed, name, volume);
  }
  for (gsize n = 0; n < medct_n_studio_keys; n++)
    expect(listed, gdk_keyval_name(medct_studio_keys[n].key), program);
  for (gsize n = 0; n < medct_n_studio_accels; n++)
    for (const char *const *key = medct_studio_accels[n].keys; *key != NULL; key++)
      expect(listed, *key, program);
  for (gsize n = 0; n < G_N_ELEMENTS(others); n++)
    if (!g_hash_table_remove(listed, others[n])) {
      g_test_message("%s is not listed", others[n]);
      g_test_fail();
    }
  GHashTableIter iter;
  gpointer line;
  g_hash_table_iter_init(&iter, listed);
  while (g_hash_table_iter_next(&iter, &line, NULL)) {
    g_test_message("%s is listed and does nothing", (char *)line);
    g_test_fail();
  }
}

/* A key that stands twice in a table would act once. */
static void
test_keys_are_unique(void)
{
  for (gsize n = 0; n < medct_n_plane_keys; n++)
    for (gsize m = 0; m < n; m++)
      g_assert_cmpuint(medct_plane_keys[n].key, !=, medct_plane_keys[m].key);
  for (gsize n = 0; n < medct_n_plane_keys; n++)
    for (gsize m = 0; m < medct_n_studio_keys; m++)
      g_assert_cmpuint(medct_plane_keys[n].key, !=, medct_studio_keys[m].key);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/shortcuts/lists-what-works", test_lists_what_works);
  g_test_add_func("/shortcuts/keys-are-unique", test_keys_are_unique);
  return g_test_run();
}
