/* Ways to say which study: dialogs, the list of recent ones, files dropped on the window. */
#include "app/studio-private.h"
#include "ui/part-names.h"
#include <glib/gi18n.h>

/* ---- dialogs ------------------------------------------------------------------------------- */

static void
study_chosen(GtkNativeDialog *dialog, int response, MedctStudioWindow *window)
{
  g_autoptr(GListModel) files =
      response == GTK_RESPONSE_ACCEPT ? gtk_file_chooser_get_files(GTK_FILE_CHOOSER(dialog)) : NULL;
  for (guint n = 0; files != NULL && n < g_list_model_get_n_items(files); n++) {
    g_autoptr(GFile) file = g_list_model_get_item(files, n);
    g_autofree char *path = g_file_get_path(file);
    if (path != NULL)
      medct_studio_window_open(window, path);
  }
  g_object_unref(dialog);
}

static void
show_dialog(MedctStudioWindow *window, GtkFileChooserNative *dialog)
{
  g_signal_connect(dialog, "response", G_CALLBACK(study_chosen), window);
  medct_show_chooser(dialog);
}

static void
open_activated(GSimpleAction *action, GVariant *value, gpointer data)
{
  static const char *const endings[] = {"*.nii", "*.nii.gz", "*.hdr"};
  GtkFileChooserNative *dialog = gtk_file_chooser_native_new(
      _("Open a chest CT"), GTK_WINDOW(data), GTK_FILE_CHOOSER_ACTION_OPEN, _("Open"), NULL);
  g_autoptr(GtkFileFilter) filter = gtk_file_filter_new();
  g_autoptr(GtkFileFilter) all = gtk_file_filter_new();
  gtk_file_filter_set_name(filter, _("NIfTI (.nii, .nii.gz, .hdr)"));
  for (gsize n = 0; n < G_N_ELEMENTS(endings); n++)
    gtk_file_filter_add_pattern(filter, endings[n]);
  gtk_file_filter_set_name(all, _("All files"));
  gtk_file_filter_add_pattern(all, "*");
  gtk_file_chooser_add_filter(GTK_FILE_CHOOSER(dialog), filter);
  gtk_file_chooser_add_filter(GTK_FILE_CHOOSER(dialog), all);
  gtk_file_chooser_set_select_multiple(GTK_FILE_CHOOSER(dialog), TRUE);
  show_dialog(data, dialog);
}

static void
open_folder_activated(GSimpleAction *action, GVariant *value, gpointer data)
{
  show_dialog(data,
              gtk_file_chooser_native_new(_("Open a folder of NIfTI files"), GTK_WINDOW(data),
                                          GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER, _("Open"), NULL));
}

/* ---- recent -------------------------------------------------------------------------------- */

static void
open_recent_activated(GSimpleAction *action, GVariant *value, gpointer data)
{
  const char *path = medct_studio_recent_path(data, (guint)g_variant_get_int32(value));
  if (path == NULL)
    return;
  g_autofree char *copy = g_strdup(path); /* opening moves it to the front */
  medct_studio_window_open(data, copy);
}

static void
forget_recent_activated(GSimpleAction *action, GVariant *value, gpointer data)
{
  medct_studio_forget_recent(data);
}

void
medct_studio_show_recent(MedctStudioWindow *window, const GPtrArray *recent)
{
  g_menu_remove_all(window->recent_menu);
  for (guint n = 0; n < recent->len; n++) {
    g_autofree char *label = medct_session_recent_label(recent->pdata[n]);
    g_autofree char *action = g_strdup_printf("win.open-recent(%u)", n);
    g_menu_append(window->recent_menu, label, action);
  }
  if (recent->len > 0)
    g_menu_append(window->recent_menu, _("Clear This List"), "win.forget-recent");
}

GtkWidget *
medct_studio_build_open(MedctStudioWindow *window)
{
  g_autoptr(GMenu) menu = g_menu_new();
  window->recent_menu = g_menu_new();
  g_menu_append(menu, _("Open Folder…"), "win.open-folder");
  g_menu_append_section(menu, _("Recent, by hash, voxels and date"),
                        G_MENU_MODEL(window->recent_menu));
  GtkWidget *button = adw_split_button_new();
  adw_split_button_set_label(ADW_SPLIT_BUTTON(button), _("Open…"));
  adw_split_button_set_menu_model(ADW_SPLIT_BUTTON(button), G_MENU_MODEL(menu));
  adw_split_button_set_dropdown_tooltip(ADW_SPLIT_BUTTON(button), _("Folders and recent studies"));
  /* The toolkit gives its arrow a tooltip and no name. */
  gtk_accessible_update_property(GTK_ACCESSIBLE(gtk_widget_get_last_child(button)),
                                 GTK_ACCESSIBLE_PROPERTY_LABEL, _("Folders and recent studies"),
                                 -1);
  gtk_widget_set_tooltip_text(button, _("Open a study (Ctrl+O)"));
  gtk_actionable_set_action_name(GTK_ACTIONABLE(button), "win.open");
  return button;
}

/* ---- dropping ------------------------------------------------------------------------------ */

static gboolean
dropped(GtkDropTarget *target, const GValue *value, double x, double y, MedctStudioWindow *window)
{
  const GSList *files = g_value_get_boxed(value);
  gboolean taken = FALSE;
  for (; files != NULL; files = files->next) {
    g_autofree char *path = g_file_get_path(files->data);
    if (path != NULL)
      medct_studio_window_open(window, path);
    taken = taken || path != NULL;
  }
  return taken;
}

void
medct_studio_add_choices(MedctStudioWindow *window)
{
  static const GActionEntry entries[] = {
      {"open", open_activated, NULL, NULL, NULL, {0}},
      {"open-folder", open_folder_activated, NULL, NULL, NULL, {0}},
      {"open-recent", open_recent_activated, "i", NULL, NULL, {0}},
      {"forget-recent", forget_recent_activated, NULL, NULL, NULL, {0}},
  };
  g_action_map_add_action_entries(G_ACTION_MAP(window), entries, G_N_ELEMENTS(entries), window);
  GtkDropTarget *drop = gtk_drop_target_new(GDK_TYPE_FILE_LIST, GDK_ACTION_COPY);
  g_signal_connect(drop, "drop", G_CALLBACK(dropped), window);
  gtk_widget_add_controller(GTK_WIDGET(window), GTK_EVENT_CONTROLLER(drop));
}
