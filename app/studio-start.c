/* The first steps, where there are no pictures yet: open a study or the made-up one, choose a
 * model, type a finding. */
#include "app/demo-study.h"
#include "app/studio-private.h"
#include <glib/gi18n.h>

/* ---- the made-up study ---------------------------------------------------------------------- */

/* One drawing on its way; nobody waits for it once the window has let go of its job. */
typedef struct {
  MedctStudioWindow *window; /* referenced */
  MedctJob *job;             /* referenced */
} Drawing;

static void
open_demo(MedctStudioWindow *window, const char *path)
{
  g_autofree char *model = medct_demo_model_folder();
  if (window->model == NULL && window->model_job == NULL && model != NULL)
    medct_studio_window_load_model(window, model);
  medct_studio_window_open(window, path);
}

static void
drawn(GObject *source, GAsyncResult *result, gpointer data)
{
  Drawing *drawing = data;
  MedctStudioWindow *window = drawing->window;
  g_autoptr(GError) error = NULL;
  g_autofree char *path = medct_demo_study_make_finish(result, &error);
  gboolean wanted = window->demo_job == drawing->job && window->toasts != NULL;
  if (window->demo_job == drawing->job)
    g_clear_pointer(&window->demo_job, medct_job_unref);
  if (wanted && path != NULL)
    open_demo(window, path);
  else if (wanted)
    medct_studio_refuse(window, _("The demo study could not be drawn"), error->message);
  if (window->toasts != NULL)
    medct_studio_show_progress(window);
  medct_job_unref(drawing->job);
  g_object_unref(window);
  g_free(drawing);
}

static void
demo_activated(GSimpleAction *action, GVariant *value, gpointer data)
{
  MedctStudioWindow *window = data;
  if (window->demo_job != NULL)
    return;
  window->demo_job = medct_studio_start_job(window, "%s", _("Drawing the demo study"));
  Drawing *drawing = g_new(Drawing, 1);
  *drawing = (Drawing){g_object_ref(window), medct_job_ref(window->demo_job)};
  medct_demo_study_make(window->demo_job, drawn, drawing);
  medct_studio_show_progress(window);
}

/* ---- rows ----------------------------------------------------------------------------------- */

static GtkWidget *
step_row(const char *number, const char *title, const char *text)
{
  GtkWidget *row = adw_action_row_new(), *prefix = gtk_label_new(number);
  adw_preferences_row_set_title(ADW_PREFERENCES_ROW(row), title);
  adw_action_row_set_subtitle(ADW_ACTION_ROW(row), text);
  gtk_widget_add_css_class(prefix, "step-number");
  gtk_widget_set_valign(prefix, GTK_ALIGN_CENTER);
  adw_action_row_add_prefix(ADW_ACTION_ROW(row), prefix);
  return row;
}

static void
add_button(GtkWidget *row, const char *title, const char *action, const char *css)
{
  GtkWidget *button = gtk_button_new_with_label(title);
  gtk_widget_set_valign(button, GTK_ALIGN_CENTER);
  gtk_actionable_set_action_name(GTK_ACTIONABLE(button), action);
  if (css != NULL)
    gtk_widget_add_css_class(button, css);
  adw_action_row_add_suffix(ADW_ACTION_ROW(row), button);
}

/* A model is there already: the last session's, or the one that was asked for. */
void
medct_studio_show_start(MedctStudioWindow *window)
{
  AdwActionRow *row = ADW_ACTION_ROW(window->start_model);
  if (window->model == NULL) {
    adw_action_row_set_subtitle(row, window->model_job != NULL
                                         ? _("It is being loaded.")
                                         : _("The folder with the weights of CT-CLIP."));
    return;
  }
  const char *caveat = medct_studio_model_caveat(window);
  g_autofree char *text =
      g_strdup_printf(_("Ready: %s.%s%s"), medct_backend_info(window->model->backend)->name,
                      caveat != NULL ? " " : "", caveat != NULL ? caveat : "");
  g_autofree char *escaped = g_markup_escape_text(text, -1);
  adw_action_row_set_subtitle(row, escaped);
}

static GtkWidget *
build_steps(MedctStudioWindow *window)
{
  GtkWidget *list = gtk_list_box_new();
  GtkWidget *study = step_row("1", _("Study"), _("Your own, or a made-up chest with findings."));
  add_button(study, _("Open…"), "win.open", "suggested-action");
  add_button(study, _("Demo Study"), "win.demo-study", NULL);
  window->start_model = step_row("2", _("Model"), "");
  add_button(window->start_model, _("Choose…"), "win.choose-model", NULL);
  gtk_list_box_set_selection_mode(GTK_LIST_BOX(list), GTK_SELECTION_NONE);
  gtk_widget_add_css_class(list, "boxed-list");
  gtk_accessible_update_property(GTK_ACCESSIBLE(list), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                 _("First steps"), -1);
  gtk_list_box_append(GTK_LIST_BOX(list), study);
  gtk_list_box_append(GTK_LIST_BOX(list), window->start_model);
  gtk_list_box_append(GTK_LIST_BOX(list),
                      step_row("3", _("Finding"),
                               _("Type it in plain words, / from anywhere. Score and map follow "
                                 "the keys.")));
  return list;
}

static GtkWidget *
build_promise(void)
{
  GtkWidget *promise = gtk_label_new(
      _("Everything stays on this computer: no network, no account.\nPatient names are never shown "
        "in titles, logs or lists."));
  gtk_label_set_justify(GTK_LABEL(promise), GTK_JUSTIFY_CENTER);
  gtk_widget_add_css_class(promise, "caption");
  gtk_widget_add_css_class(promise, "dim-label");
  return promise;
}

GtkWidget *
medct_studio_build_start(MedctStudioWindow *window)
{
  static const GActionEntry entries[] = {{"demo-study", demo_activated, NULL, NULL, NULL, {0}}};
  GtkWidget *ground = adw_bin_new(), *page = adw_status_page_new();
  GtkWidget *clamp = adw_clamp_new(), *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 18);
  g_action_map_add_action_entries(G_ACTION_MAP(window), entries, 1, window);
  gtk_widget_add_css_class(ground, "start-page");
  gtk_widget_add_css_class(page, "drop-here");
  adw_status_page_set_title(ADW_STATUS_PAGE(page), _("Open a chest CT"));
  adw_status_page_set_description(
      ADW_STATUS_PAGE(page),
      _("Drop a .nii or .nii.gz file, or a folder of them, anywhere in this window."));
  gtk_box_append(GTK_BOX(box), build_steps(window));
  gtk_box_append(GTK_BOX(box), build_promise());
  adw_clamp_set_maximum_size(ADW_CLAMP(clamp), 640);
  adw_clamp_set_child(ADW_CLAMP(clamp), box);
  adw_status_page_set_child(ADW_STATUS_PAGE(page), clamp);
  adw_bin_set_child(ADW_BIN(ground), page);
  return ground;
}
