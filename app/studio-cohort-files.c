/* Cohorts as files: open, make. */
#include "app/studio-cohort.h"
#include "model/cohort_write.h"
#include "model/pathologies.h"
#include "ui/part-names.h"
#include <glib/gi18n.h>

static void
file_chosen(GtkNativeDialog *dialog, int response, MedctStudioCohort *page)
{
  MedctCohortChosen chosen = (MedctCohortChosen)g_object_get_data(G_OBJECT(dialog), "chosen");
  if (response == GTK_RESPONSE_ACCEPT) {
    g_autoptr(GFile) file = gtk_file_chooser_get_file(GTK_FILE_CHOOSER(dialog));
    g_autofree char *path = g_file_get_path(file);
    if (path != NULL)
      chosen(page, path);
  }
  g_object_unref(dialog);
}

void
medct_studio_cohort_choose(MedctStudioCohort *page, const char *title, GtkFileChooserAction action,
                           const char *name, MedctCohortChosen chosen)
{
  GtkFileChooserNative *dialog = gtk_file_chooser_native_new(
      title, GTK_WINDOW(page->window), action,
      action == GTK_FILE_CHOOSER_ACTION_SAVE ? _("Save") : _("Open"), NULL);
  if (action != GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER) {
    g_autoptr(GtkFileFilter) filter = gtk_file_filter_new();
    gtk_file_filter_set_name(filter, _("Cohorts (CSV)"));
    gtk_file_filter_add_pattern(filter, "*.csv");
    gtk_file_chooser_add_filter(GTK_FILE_CHOOSER(dialog), filter);
  }
  if (name != NULL)
    gtk_file_chooser_set_current_name(GTK_FILE_CHOOSER(dialog), name);
  g_object_set_data(G_OBJECT(dialog), "chosen", (gpointer)chosen);
  g_signal_connect(dialog, "response", G_CALLBACK(file_chosen), page);
  medct_show_chooser(dialog);
}

static void
open_activated(GSimpleAction *action, GVariant *value, gpointer data)
{
  medct_studio_cohort_choose(data, _("Open a cohort"), GTK_FILE_CHOOSER_ACTION_OPEN, NULL,
                             medct_studio_cohort_open);
}

static void
open_folder_activated(GSimpleAction *action, GVariant *value, gpointer data)
{
  medct_studio_cohort_choose(data, _("Open a folder laid out as CT-RATE"),
                             GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER, NULL, medct_studio_cohort_open);
}

static void
check_activated(GSimpleAction *action, GVariant *value, gpointer data)
{
  MedctStudioCohort *page = data;
  if (page->path != NULL)
    medct_studio_cohort_open(page, page->path);
}

static void
make_new(MedctStudioCohort *page, const char *path)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(MedctCohort) cohort =
      medct_cohort_new_empty(path, medct_pathology_names(), MEDCT_N_PATHOLOGIES);
  if (medct_cohort_save(cohort, path, &error))
    medct_studio_cohort_open(page, path);
  else
    medct_studio_toast(page->window, error->message);
}

static void
new_activated(GSimpleAction *action, GVariant *value, gpointer data)
{
  medct_studio_cohort_choose(data, _("Where to keep the new cohort"), GTK_FILE_CHOOSER_ACTION_SAVE,
                             _("cohort.csv"), make_new);
}

void
medct_studio_cohort_add_actions(MedctStudioCohort *page)
{
  static const GActionEntry entries[] = {
      {"open-cohort", open_activated, NULL, NULL, NULL, {0}},
      {"open-cohort-folder", open_folder_activated, NULL, NULL, NULL, {0}},
      {"new-cohort", new_activated, NULL, NULL, NULL, {0}},
      {"check-cohort", check_activated, NULL, NULL, NULL, {0}},
  };
  g_action_map_add_action_entries(G_ACTION_MAP(page->window), entries, G_N_ELEMENTS(entries), page);
  medct_studio_cohort_add_split(page);
}
