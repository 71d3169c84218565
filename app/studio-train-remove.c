/* Runs that are deleted: they leave the list at once, their files when nobody can undo it. */
#include "app/studio-train.h"
#include <glib/gi18n.h>

enum { UNDO_SECONDS = 12 };

static MedctTrainRun *
steal(GPtrArray *runs, const char *folder)
{
  for (guint n = 0; n < runs->len; n++)
    if (g_str_equal(((MedctTrainRun *)runs->pdata[n])->folder, folder))
      return g_ptr_array_steal_index(runs, n);
  return NULL;
}

static void
remove_files(MedctStudioTrain *page, MedctTrainRun *run)
{
  g_autoptr(GError) error = NULL;
  if (!medct_train_run_remove(run, &error) && page->window->toasts != NULL)
    medct_studio_toast(page->window, error->message);
  medct_train_run_free(run);
}

void
medct_studio_train_end_removing(MedctStudioTrain *page)
{
  while (page->removed->len > 0)
    remove_files(page, g_ptr_array_steal_index(page->removed, 0));
}

static void
dismissed(AdwToast *toast, MedctStudioWindow *window)
{
  const char *folder = g_object_get_data(G_OBJECT(toast), "folder");
  MedctTrainRun *run = window->toasts != NULL ? steal(window->train->removed, folder) : NULL;
  if (run != NULL)
    remove_files(window->train, run);
}

static void
offer_undo(MedctStudioTrain *page, const MedctTrainRun *run)
{
  g_autofree char *text = g_strdup_printf(_("%s is deleted"), run->name);
  AdwToast *toast = adw_toast_new(text);
  adw_toast_set_button_label(toast, _("Undo"));
  adw_toast_set_action_name(toast, "win.restore-run");
  adw_toast_set_action_target(toast, "s", run->folder);
  adw_toast_set_timeout(toast, UNDO_SECONDS);
  adw_toast_set_priority(toast, ADW_TOAST_PRIORITY_HIGH);
  g_object_set_data_full(G_OBJECT(toast), "folder", g_strdup(run->folder), g_free);
  g_signal_connect_object(toast, "dismissed", G_CALLBACK(dismissed), page->window, 0);
  adw_toast_overlay_add_toast(ADW_TOAST_OVERLAY(page->window->toasts), toast);
}

static void
show_all(MedctStudioTrain *page, MedctTrainRun *shown)
{
  page->shown = shown;
  medct_studio_train_fill_list(page);
  medct_studio_train_show_form(page);
  medct_studio_train_show_run(page);
}

static void
remove_activated(GSimpleAction *action, GVariant *value, gpointer data)
{
  MedctStudioTrain *page = data;
  MedctTrainRun *run = page->shown;
  guint at = 0;
  if (run == NULL || !g_ptr_array_find(page->runs, run, &at))
    return;
  if (run == page->active) {
    medct_studio_toast(page->window, _("Stop the run before deleting it"));
    return;
  }
  g_ptr_array_steal_index(page->runs, at);
  g_ptr_array_add(page->removed, run);
  show_all(page, page->runs->len > 0 ? page->runs->pdata[MIN(at, page->runs->len - 1)] : NULL);
  offer_undo(page, run);
}

static void
restore_activated(GSimpleAction *action, GVariant *value, gpointer data)
{
  MedctStudioTrain *page = data;
  MedctTrainRun *run = steal(page->removed, g_variant_get_string(value, NULL));
  if (run == NULL)
    return;
  medct_train_runs_put(page->runs, run);
  show_all(page, run);
}

static gboolean
delete_pressed(GtkWidget *list, GVariant *arguments, gpointer data)
{
  return gtk_widget_activate_action(list, "win.remove-run", NULL);
}

void
medct_studio_train_add_remove(MedctStudioTrain *page)
{
  static const GActionEntry entries[] = {
      {"remove-run", remove_activated, NULL, NULL, NULL, {0}},
      {"restore-run", restore_activated, "s", NULL, NULL, {0}},
  };
  GtkEventController *keys = gtk_shortcut_controller_new();
  gtk_shortcut_controller_add_shortcut(
      GTK_SHORTCUT_CONTROLLER(keys),
      gtk_shortcut_new(gtk_keyval_trigger_new(GDK_KEY_Delete, 0),
                       gtk_callback_action_new(delete_pressed, NULL, NULL)));
  gtk_widget_add_controller(page->list, keys);
  g_action_map_add_action_entries(G_ACTION_MAP(page->window), entries, G_N_ELEMENTS(entries), page);
}
