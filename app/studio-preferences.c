/* The preferences window, and what a changed preference does at once. */
#include "app/preferences.h"
#include "app/studio-private.h"
#include "plugins/cache.h"
#include "ui/part-names.h"
#include <glib/gi18n.h>

/* ---- what they do -------------------------------------------------------------------------- */

static void
apply_color_scheme(const MedctPreferences *preferences)
{
  AdwColorScheme scheme = ADW_COLOR_SCHEME_PREFER_DARK;
  if (g_strcmp0(preferences->color_scheme, "dark") == 0)
    scheme = ADW_COLOR_SCHEME_FORCE_DARK;
  else if (g_strcmp0(preferences->color_scheme, "light") == 0)
    scheme = ADW_COLOR_SCHEME_FORCE_LIGHT;
  adw_style_manager_set_color_scheme(adw_style_manager_get_default(), scheme);
}

static void
trim_work(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  medct_cache_trim((guint64)GPOINTER_TO_INT(data) << 20);
  g_task_return_boolean(task, TRUE);
}

void
medct_studio_trim_cache(MedctStudioWindow *window)
{
  g_autoptr(GTask) task = g_task_new(NULL, NULL, NULL, NULL);
  g_task_set_task_data(task, GINT_TO_POINTER(window->preferences->cache_mib), NULL);
  medct_engine_hold_program(task);
  g_task_run_in_thread(task, trim_work);
}

static void
preference_changed(MedctPreferences *preferences, GParamSpec *spec, MedctStudioWindow *window)
{
  apply_color_scheme(preferences);
  for (guint n = 0; n < window->records->len; n++) {
    MedctStudyRecord *record = window->records->pdata[n];
    medct_study_set_linear(record->study, preferences->smooth_pixels);
  }
  if (g_str_equal(spec->name, "cache-mib"))
    medct_studio_trim_cache(window);
}

void
medct_studio_prepare_study(MedctStudioWindow *window, MedctStudy *study)
{
  const MedctPreferences *preferences = window->preferences;
  const MedctWindowPreset *preset = medct_window_preset_find(preferences->default_preset);
  if (preset != NULL)
    medct_study_set_window(study, preset->window);
  medct_study_show_map(study, preferences->show_map);
  medct_study_set_linear(study, preferences->smooth_pixels);
}

void
medct_studio_use_preferences(MedctStudioWindow *window, MedctPreferences *preferences)
{
  window->preferences = g_object_ref(preferences);
  apply_color_scheme(preferences);
  g_autoptr(GPropertyAction) smooth =
      g_property_action_new("smooth-pixels", preferences, "smooth-pixels");
  g_action_map_add_action(G_ACTION_MAP(window), G_ACTION(smooth));
  g_signal_connect_object(preferences, "notify", G_CALLBACK(preference_changed), window, 0);
}

/* ---- rows ---------------------------------------------------------------------------------- */

static GtkWidget *
row_with(const char *title, const char *text, GtkWidget *suffix)
{
  GtkWidget *row = adw_action_row_new();
  adw_preferences_row_set_title(ADW_PREFERENCES_ROW(row), title);
  adw_action_row_set_subtitle(ADW_ACTION_ROW(row), text);
  gtk_widget_set_valign(suffix, GTK_ALIGN_CENTER);
  adw_action_row_add_suffix(ADW_ACTION_ROW(row), suffix);
  adw_action_row_set_activatable_widget(ADW_ACTION_ROW(row), suffix);
  gtk_accessible_update_property(GTK_ACCESSIBLE(suffix), GTK_ACCESSIBLE_PROPERTY_LABEL, title, -1);
  return row;
}

static GtkWidget *
switch_row(MedctPreferences *preferences, const char *key, const char *title, const char *text)
{
  GtkWidget *widget = gtk_switch_new();
  g_object_bind_property(preferences, key, widget, "active",
                         G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE);
  return row_with(title, text, widget);
}

static GtkWidget *
spin_row(MedctPreferences *preferences, const char *key, const char *title, const char *text,
         double most, double step)
{
  GtkWidget *widget = gtk_spin_button_new_with_range(0, most, step);
  g_object_bind_property(preferences, key, widget, "value",
                         G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE);
  return row_with(title, text, widget);
}

typedef struct {
  MedctPreferences *preferences; /* borrowed: it outlives the window */
  const char *key;
  const char *const *values; /* NULL-ended, one an entry */
} Choice;

static void
entry_chosen(AdwComboRow *row, GParamSpec *spec, Choice *choice)
{
  g_object_set(choice->preferences, choice->key, choice->values[adw_combo_row_get_selected(row)],
               NULL);
}

static GtkWidget *
choice_row(MedctPreferences *preferences, const char *key, const char *const *values,
           const char *const *names, const char *title, const char *text)
{
  g_autofree char *now = NULL;
  g_object_get(preferences, key, &now, NULL);
  GtkWidget *row = adw_combo_row_new();
  g_autoptr(GtkStringList) list = gtk_string_list_new(names);
  adw_preferences_row_set_title(ADW_PREFERENCES_ROW(row), title);
  adw_action_row_set_subtitle(ADW_ACTION_ROW(row), text);
  adw_combo_row_set_model(ADW_COMBO_ROW(row), G_LIST_MODEL(list));
  for (guint n = 0; values[n] != NULL; n++)
    if (g_strcmp0(values[n], now) == 0)
      adw_combo_row_set_selected(ADW_COMBO_ROW(row), n);
  Choice *choice = g_new(Choice, 1);
  *choice = (Choice){preferences, key, values};
  g_signal_connect_data(row, "notify::selected", G_CALLBACK(entry_chosen), choice,
                        (GClosureNotify)(void (*)(void))g_free, 0);
  return row;
}

/* ---- groups -------------------------------------------------------------------------------- */

static GtkWidget *
build_pictures(MedctPreferences *preferences)
{
  static const char *const presets[] = {"lung",      "mediastinum", "bone", "abdomen",
                                        "emphysema", "model",       NULL};
  GtkWidget *group = adw_preferences_group_new();
  const char *names[MEDCT_N_WINDOW_PRESETS + 1] = {NULL};
  for (int n = 0; n < MEDCT_N_WINDOW_PRESETS; n++)
    names[n] = _(medct_window_presets[n].title);
  adw_preferences_group_set_title(ADW_PREFERENCES_GROUP(group), _("Pictures"));
  adw_preferences_group_add(ADW_PREFERENCES_GROUP(group),
                            choice_row(preferences, "default-preset", presets, names, _("Window"),
                                       _("Of a study that is opened")));
  adw_preferences_group_add(ADW_PREFERENCES_GROUP(group),
                            switch_row(preferences, "smooth-pixels", _("Smooth pixels"),
                                       _("Off shows every voxel as a square")));
  adw_preferences_group_add(ADW_PREFERENCES_GROUP(group),
                            switch_row(preferences, "show-map", _("Show the map"),
                                       _("Of a finding, as soon as there is one")));
  return group;
}

static void
say_cache(GtkWidget *row)
{
  g_autofree char *size = g_format_size(medct_cache_size());
  g_autofree char *text = g_strdup_printf(_("%s now. They open a study with its scores"), size);
  adw_action_row_set_subtitle(ADW_ACTION_ROW(row), text);
}

static void
clear_clicked(GtkButton *button, GtkWidget *row)
{
  medct_cache_trim(0);
  say_cache(row);
}

static GtkWidget *
build_work(MedctPreferences *preferences)
{
  GtkWidget *group = adw_preferences_group_new();
  GtkWidget *clear = gtk_button_new_with_label(_("Clear"));
  GtkWidget *kept = row_with(_("Kept encodings"), "", clear);
  g_signal_connect(clear, "clicked", G_CALLBACK(clear_clicked), kept);
  say_cache(kept);
  adw_preferences_group_set_title(ADW_PREFERENCES_GROUP(group), _("Computing"));
  adw_preferences_group_add(ADW_PREFERENCES_GROUP(group),
                            spin_row(preferences, "threads", _("Threads"),
                                     _("0: one a processor. From the next start on"), 1024, 1));
  adw_preferences_group_add(ADW_PREFERENCES_GROUP(group),
                            spin_row(preferences, "cache-mib", _("Room for encodings, MiB"),
                                     _("The oldest go first; 0 keeps none"), 1024, 16));
  adw_preferences_group_add(ADW_PREFERENCES_GROUP(group), kept);
  return group;
}

static GtkWidget *
build_program(MedctPreferences *preferences)
{
  static const char *const schemes[] = {"prefer-dark", "dark", "light", NULL};
  const char *names[] = {_("Follow the system"), _("Dark"), _("Light"), NULL};
  GtkWidget *group = adw_preferences_group_new();
  adw_preferences_group_set_title(ADW_PREFERENCES_GROUP(group), _("Program"));
  adw_preferences_group_add(ADW_PREFERENCES_GROUP(group),
                            switch_row(preferences, "restore-session", _("Reopen studies"),
                                       _("Those of the last session, at the next start")));
  adw_preferences_group_add(
      ADW_PREFERENCES_GROUP(group),
      choice_row(preferences, "color-scheme", schemes, names, _("Colours"), _("Of this program")));
  if (preferences->settings == NULL)
    adw_preferences_group_set_description(
        ADW_PREFERENCES_GROUP(group),
        _("The settings schema is not installed: all this lasts until the window closes."));
  return group;
}

void
medct_studio_show_preferences(MedctStudioWindow *window)
{
  GtkWidget *dialog = adw_preferences_window_new(), *page = adw_preferences_page_new();
  AdwPreferencesPage *groups = ADW_PREFERENCES_PAGE(page);
  adw_preferences_page_add(groups, ADW_PREFERENCES_GROUP(build_pictures(window->preferences)));
  adw_preferences_page_add(groups, ADW_PREFERENCES_GROUP(build_work(window->preferences)));
  adw_preferences_page_add(groups, ADW_PREFERENCES_GROUP(build_program(window->preferences)));
  adw_preferences_window_add(ADW_PREFERENCES_WINDOW(dialog), groups);
  adw_preferences_window_set_search_enabled(ADW_PREFERENCES_WINDOW(dialog), FALSE);
  gtk_window_set_title(GTK_WINDOW(dialog), _("Preferences"));
  gtk_window_set_default_size(GTK_WINDOW(dialog), 560, 700);
  gtk_window_set_transient_for(GTK_WINDOW(dialog), GTK_WINDOW(window));
  gtk_window_set_modal(GTK_WINDOW(dialog), TRUE);
  medct_name_parts(GTK_WINDOW(dialog));
  gtk_window_present(GTK_WINDOW(dialog));
}
