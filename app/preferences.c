#include "app/preferences.h"

#define SCHEMA "org.medct.Studio"

G_DEFINE_FINAL_TYPE(MedctPreferences, medct_preferences, G_TYPE_OBJECT)

enum {
  DEFAULT_PRESET = 1,
  SMOOTH_PIXELS,
  SHOW_MAP,
  THREADS,
  CACHE_MIB,
  RESTORE_SESSION,
  COLOR_SCHEME,
  N_PROPERTIES,
};

static void
get_property(GObject *object, guint id, GValue *value, GParamSpec *spec)
{
  const MedctPreferences *preferences = MEDCT_PREFERENCES(object);
  switch (id) {
  case DEFAULT_PRESET:
    g_value_set_string(value, preferences->default_preset);
    break;
  case SMOOTH_PIXELS:
    g_value_set_boolean(value, preferences->smooth_pixels);
    break;
  case SHOW_MAP:
    g_value_set_boolean(value, preferences->show_map);
    break;
  case THREADS:
    g_value_set_int(value, preferences->threads);
    break;
  case CACHE_MIB:
    g_value_set_int(value, preferences->cache_mib);
    break;
  case RESTORE_SESSION:
    g_value_set_boolean(value, preferences->restore_session);
    break;
  case COLOR_SCHEME:
    g_value_set_string(value, preferences->color_scheme);
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
  }
}

static void
set_property(GObject *object, guint id, const GValue *value, GParamSpec *spec)
{
  MedctPreferences *preferences = MEDCT_PREFERENCES(object);
  switch (id) {
  case DEFAULT_PRESET:
    g_free(preferences->default_preset);
    preferences->default_preset = g_value_dup_string(value);
    break;
  case SMOOTH_PIXELS:
    preferences->smooth_pixels = g_value_get_boolean(value);
    break;
  case SHOW_MAP:
    preferences->show_map = g_value_get_boolean(value);
    break;
  case THREADS:
    preferences->threads = g_value_get_int(value);
    break;
  case CACHE_MIB:
    preferences->cache_mib = g_value_get_int(value);
    break;
  case RESTORE_SESSION:
    preferences->restore_session = g_value_get_boolean(value);
    break;
  case COLOR_SCHEME:
    g_free(preferences->color_scheme);
    preferences->color_scheme = g_value_dup_string(value);
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
  }
}

static void
medct_preferences_finalize(GObject *object)
{
  MedctPreferences *preferences = MEDCT_PREFERENCES(object);
  g_clear_object(&preferences->settings);
  g_free(preferences->default_preset);
  g_free(preferences->color_scheme);
  G_OBJECT_CLASS(medct_preferences_parent_class)->finalize(object);
}

/* The defaults are the schema's; tests/test-preferences.c holds them against it. */
static void
medct_preferences_class_init(MedctPreferencesClass *klass)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS;
  GObjectClass *object_class = G_OBJECT_CLASS(klass);
  object_class->get_property = get_property;
  object_class->set_property = set_property;
  object_class->finalize = medct_preferences_finalize;
  g_object_class_install_property(object_class, DEFAULT_PRESET,
                                  g_param_spec_string("default-preset", NULL, NULL, "lung", flags));
  g_object_class_install_property(object_class, SMOOTH_PIXELS,
                                  g_param_spec_boolean("smooth-pixels", NULL, NULL, TRUE, flags));
  g_object_class_install_property(object_class, SHOW_MAP,
                                  g_param_spec_boolean("show-map", NULL, NULL, TRUE, flags));
  g_object_class_install_property(object_class, THREADS,
                                  g_param_spec_int("threads", NULL, NULL, 0, 1024, 0, flags));
  g_object_class_install_property(object_class, CACHE_MIB,
                                  g_param_spec_int("cache-mib", NULL, NULL, 0, 1024, 1024, flags));
  g_object_class_install_property(object_class, RESTORE_SESSION,
                                  g_param_spec_boolean("restore-session", NULL, NULL, TRUE, flags));
  g_object_class_install_property(
      object_class, COLOR_SCHEME,
      g_param_spec_string("color-scheme", NULL, NULL, "prefer-dark", flags));
}

static void
medct_preferences_init(MedctPreferences *preferences)
{
}

/* Asking GSettings for a schema that is not there ends the program, so it is looked up first. */
static GSettings *
find_settings(void)
{
  GSettingsSchemaSource *source = g_settings_schema_source_get_default();
  GSettingsSchema *schema =
      source != NULL ? g_settings_schema_source_lookup(source, SCHEMA, TRUE) : NULL;
  if (schema == NULL)
    return NULL;
  GSettings *settings = g_settings_new_full(schema, NULL, NULL);
  g_settings_schema_unref(schema);
  return settings;
}

MedctPreferences *
medct_preferences_new(void)
{
  MedctPreferences *preferences = g_object_new(MEDCT_TYPE_PREFERENCES, NULL);
  preferences->settings = find_settings();
  if (preferences->settings == NULL) {
    g_info("the schema " SCHEMA " is not installed: preferences last for this run only");
    return preferences;
  }
  guint n = 0;
  g_autofree GParamSpec **specs =
      g_object_class_list_properties(G_OBJECT_GET_CLASS(preferences), &n);
  g_autoptr(GSettingsSchema) schema = NULL;
  g_object_get(preferences->settings, "settings-schema", &schema, NULL);
  for (guint i = 0; i < n; i++)
    if (g_settings_schema_has_key(schema, specs[i]->name)) /* an older schema may lack one */
      g_settings_bind(preferences->settings, specs[i]->name, preferences, specs[i]->name,
                      G_SETTINGS_BIND_DEFAULT);
  return preferences;
}
