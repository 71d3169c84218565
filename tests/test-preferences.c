/* Preferences with the schema, where they last, and without, where they do for this run. */
#include "app/preferences.h"
#include "tests/test-home.h"

static void
test_last(void)
{
  char *home = test_home_make();
  g_setenv("GSETTINGS_BACKEND", "keyfile", TRUE);
  MedctPreferences *first = medct_preferences_new();
  if (first->settings == NULL) {
    g_object_unref(first);
    g_test_skip("no compiled schema here");
    return;
  }
  g_object_set(first, "default-preset", "bone", "smooth-pixels", FALSE, "cache-mib", 64,
               "color-scheme", "light", NULL);
  g_settings_sync();
  g_object_unref(first);
  g_autofree char *path = g_build_filename(home, "glib-2.0", "settings", "keyfile", NULL);
  g_assert_true(g_file_test(path, G_FILE_TEST_EXISTS));
  g_autoptr(MedctPreferences) again = medct_preferences_new();
  g_assert_cmpstr(again->default_preset, ==, "bone");
  g_assert_false(again->smooth_pixels);
  g_assert_true(again->restore_session);
  g_assert_cmpint(again->cache_mib, ==, 64);
  g_assert_cmpstr(again->color_scheme, ==, "light");
  test_home_remove(home);
}

/* The schema's defaults are the object's: a run without it must not behave differently. */
static void
test_defaults(void)
{
  g_autoptr(MedctPreferences) bound = medct_preferences_new();
  if (bound->settings == NULL) {
    g_test_skip("no compiled schema here");
    return;
  }
  g_autoptr(MedctPreferences) bare = g_object_new(MEDCT_TYPE_PREFERENCES, NULL);
  g_autoptr(GSettingsSchema) schema = NULL;
  g_object_get(bound->settings, "settings-schema", &schema, NULL);
  g_auto(GStrv) keys = g_settings_schema_list_keys(schema);
  g_assert_cmpuint(g_strv_length(keys), ==, 7);
  for (char **key = keys; *key != NULL; key++) {
    g_auto(GValue) found = G_VALUE_INIT;
    g_object_get_property(G_OBJECT(bare), *key, &found);
    g_autoptr(GVariant) expected = g_settings_get_default_value(bound->settings, *key);
    g_autofree char *left = g_variant_print(expected, FALSE);
    g_autofree char *contents = g_strdup_value_contents(&found);
    g_autofree char *right = g_strdelimit(g_ascii_strdown(contents, -1), "\"", '\'');
    g_assert_cmpstr(left, ==, right);
  }
}

static void
test_no_schema(void)
{
  if (g_test_subprocess()) {
    g_autoptr(MedctPreferences) preferences = medct_preferences_new();
    g_assert_null(preferences->settings);
    g_assert_cmpstr(preferences->default_preset, ==, "lung");
    g_object_set(preferences, "threads", 3, NULL);
    g_assert_cmpint(preferences->threads, ==, 3);
    return;
  }
  g_autofree char *schemas = g_strdup(g_getenv("GSETTINGS_SCHEMA_DIR"));
  g_setenv("GSETTINGS_SCHEMA_DIR", "/nowhere", TRUE);
  g_setenv("XDG_DATA_DIRS", "/nowhere", TRUE);
  g_test_trap_subprocess(NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_passed();
  g_unsetenv("XDG_DATA_DIRS");
  if (schemas != NULL)
    g_setenv("GSETTINGS_SCHEMA_DIR", schemas, TRUE);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/preferences/no-schema", test_no_schema);
  g_test_add_func("/preferences/last", test_last);
  g_test_add_func("/preferences/defaults", test_defaults);
  return g_test_run();
}
