#include "app/studio-keys.h"
#include "app/studio-private.h"
#include "ui/part-names.h"
#include <glib/gi18n.h>

G_DEFINE_FINAL_TYPE(MedctStudioWindow, medct_studio_window, ADW_TYPE_APPLICATION_WINDOW)

/* ---- choosing files ------------------------------------------------------------------------ */

static void
model_chosen(GtkNativeDialog *dialog, int response, MedctStudioWindow *window)
{
  if (response == GTK_RESPONSE_ACCEPT) {
    g_autoptr(GFile) file = gtk_file_chooser_get_file(GTK_FILE_CHOOSER(dialog));
    g_autofree char *path = g_file_get_path(file);
    if (path != NULL)
      medct_studio_window_load_model(window, path);
  }
  g_object_unref(dialog);
}

static void
choose_model_activated(GSimpleAction *action, GVariant *value, gpointer data)
{
  GtkFileChooserNative *dialog =
      gtk_file_chooser_native_new(_("Choose a model folder"), GTK_WINDOW(data),
                                  GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER, _("Choose"), NULL);
  g_signal_connect(dialog, "response", G_CALLBACK(model_chosen), data);
  medct_show_chooser(dialog);
}

static void
adapter_chosen(GtkNativeDialog *dialog, int response, MedctStudioWindow *window)
{
  if (response == GTK_RESPONSE_ACCEPT) {
    g_autoptr(GFile) file = gtk_file_chooser_get_file(GTK_FILE_CHOOSER(dialog));
    g_autofree char *path = g_file_get_path(file);
    if (path != NULL)
      medct_studio_window_load_adapter(window, path);
  }
  g_object_unref(dialog);
}

static void
choose_adapter_activated(GSimpleAction *action, GVariant *value, gpointer data)
{
  GtkFileChooserNative *dialog =
      gtk_file_chooser_native_new(_("Choose an adapter folder"), GTK_WINDOW(data),
                                  GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER, _("Choose"), NULL);
  g_signal_connect(dialog, "response", G_CALLBACK(adapter_chosen), data);
  medct_show_chooser(dialog);
}

static void
remove_adapter_activated(GSimpleAction *action, GVariant *value, gpointer data)
{
  medct_studio_remove_adapter(data);
}

/* ---- actions ------------------------------------------------------------------------------- */

static void
toggle_studies(GSimpleAction *action, GVariant *value, gpointer data)
{
  AdwFlap *flap = ADW_FLAP(((MedctStudioWindow *)data)->flap);
  adw_flap_set_reveal_flap(flap, !adw_flap_get_reveal_flap(flap));
}

static void
toggle_findings(GSimpleAction *action, GVariant *value, gpointer data)
{
  AdwFlap *flap = ADW_FLAP(((MedctStudioWindow *)data)->findings_flap);
  adw_flap_set_reveal_flap(flap, !adw_flap_get_reveal_flap(flap));
}

static void
show_preferences(GSimpleAction *action, GVariant *value, gpointer data)
{
  medct_studio_show_preferences(data);
}

static const GActionEntry actions[] = {
    {"choose-model", choose_model_activated, NULL, NULL, NULL, {0}},
    {"choose-adapter", choose_adapter_activated, NULL, NULL, NULL, {0}},
    {"remove-adapter", remove_adapter_activated, NULL, NULL, NULL, {0}},
    {"toggle-studies", toggle_studies, NULL, NULL, NULL, {0}},
    {"toggle-findings", toggle_findings, NULL, NULL, NULL, {0}},
    {"preferences", show_preferences, NULL, NULL, NULL, {0}},
};

/* ---- the object ---------------------------------------------------------------------------- */

/* Jobs still hold a reference: they are told to stop, and find `toasts` NULL when they end. */
static void
stop_everything(MedctStudioWindow *window)
{
  MedctJob *jobs[] = {window->open_job, window->model_job, window->adapter_job, window->score_job,
                      window->ask_job};
  for (gsize n = 0; n < G_N_ELEMENTS(jobs); n++)
    if (jobs[n] != NULL)
      medct_job_cancel(jobs[n]);
  g_clear_handle_id(&window->progress_source, g_source_remove);
  g_clear_handle_id(&window->dump_source, g_source_remove);
  g_clear_handle_id(&window->width_source, g_source_remove);
  window->asked_serial++;
}

static gboolean
close_requested(GtkWindow *widget)
{
  MedctStudioWindow *window = MEDCT_STUDIO_WINDOW(widget);
  medct_studio_print_frames(window);
  medct_studio_end_session(window);
  medct_studio_train_leave(window);
  stop_everything(window);
  MedctStudy *study = medct_viewport_get_study(MEDCT_VIEWPORT(window->viewports[0]));
  if (study != NULL)
    g_clear_signal_handler(&window->study_handler, study);
  window->toasts = NULL;
  return GTK_WINDOW_CLASS(medct_studio_window_parent_class)->close_request(widget);
}

static void
medct_studio_window_finalize(GObject *object)
{
  MedctStudioWindow *window = MEDCT_STUDIO_WINDOW(object);
  g_ptr_array_unref(window->records);
  g_clear_pointer(&window->model, medct_loaded_model_unref);
  g_clear_pointer(&window->adapter, medct_loaded_model_unref);
  g_clear_pointer(&window->adapter_job, medct_job_unref);
  g_clear_pointer(&window->ask_job, medct_job_unref);
  g_clear_pointer(&window->demo_job, medct_job_unref);
  g_clear_pointer(&window->prompts, medct_prompts_free);
  g_slist_free(window->rare_tools);
  g_slist_free(window->all_pictures);
  g_free(window->draft);
  g_free(window->compare);
  g_free(window->wanted_adapter);
  g_clear_pointer(&window->open_job, medct_job_unref);
  g_clear_pointer(&window->model_job, medct_job_unref);
  g_clear_pointer(&window->score_job, medct_job_unref);
  g_ptr_array_unref(window->pending);
  g_clear_pointer(&window->session, medct_studio_session_free);
  g_string_free(window->not_restored, TRUE);
  g_free(window->model_path);
  g_free(window->dump_path);
  g_free(window->dumped);
  g_clear_object(&window->recent_menu);
  g_clear_object(&window->preferences);
  medct_host_unref(window->host);
  G_OBJECT_CLASS(medct_studio_window_parent_class)->finalize(object);
}

static void
medct_studio_window_class_init(MedctStudioWindowClass *klass)
{
  G_OBJECT_CLASS(klass)->finalize = medct_studio_window_finalize;
  GTK_WINDOW_CLASS(klass)->close_request = close_requested;
}

static void
medct_studio_window_init(MedctStudioWindow *window)
{
  window->not_restored = g_string_new(NULL);
  window->pending = g_ptr_array_new_with_free_func(medct_studio_pending_free);
  window->records = g_ptr_array_new_with_free_func(medct_studio_record_free);
  g_action_map_add_action_entries(G_ACTION_MAP(window), actions, G_N_ELEMENTS(actions), window);
  medct_studio_add_choices(window);
  medct_studio_keep_off_desktop(window);
  medct_studio_add_tool_actions(window);
  medct_studio_add_output_actions(window);
  medct_studio_build(window);
  medct_studio_add_about(window);
  medct_studio_add_fullscreen(window);
  medct_studio_add_keys(window);
}

MedctStudioWindow *
medct_studio_window_new(AdwApplication *application, MedctHost *host, MedctPreferences *preferences)
{
  MedctStudioWindow *window =
      g_object_new(MEDCT_TYPE_STUDIO_WINDOW, "application", application, "title", _("MedCT Studio"),
                   "default-width", 1600, "default-height", 1000, NULL);
  window->host = medct_host_ref(host);
  medct_studio_use_preferences(window, preferences);
  return window;
}
