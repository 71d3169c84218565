/* Labelling the open study: a pane in place of the findings, so that labels do not follow the
 * model. */
#include "app/studio-cohort.h"
#include "model/cohort_write.h"
#include "model/pathologies.h"
#include "ui/label-list.h"
#include "ui/part-names.h"
#include <glib/gi18n.h>
#include <string.h>

typedef struct _MedctStudioLabel {
  MedctStudioWindow *window;
  GtkWidget *stack, *title, *cohort, *split, *patient, *list, *count, *save;
  char *path;               /* of the cohort, or NULL */
  char *volume;             /* of the study that is labelled, or NULL */
  MedctStudyRecord *record; /* only compared */
  gboolean map_was_shown, busy;
  GtkWidget *hidden_hint, *map_warning;
  MedctStudy *study; /* the record's, referenced */
  gulong study_handler;
} MedctStudioLabel;

/* What a worker needs: everything is its own. */
typedef struct {
  char *path, *volume, *patient;
  MedctSplit split;
  gint8 labels[MEDCT_N_PATHOLOGIES];
  gboolean found;
} Order;

static void
order_free(gpointer data)
{
  Order *order = data;
  g_free(order->path);
  g_free(order->volume);
  g_free(order->patient);
  g_free(order);
}

/* ---- state --------------------------------------------------------------------------------- */

static void
update(MedctStudioLabel *label)
{
  guint n_unknown = medct_label_list_n_unknown(MEDCT_LABEL_LIST(label->list));
  g_autofree char *text =
      g_strdup_printf(_("%u of %u set, %u unknown"), MEDCT_N_PATHOLOGIES - n_unknown,
                      MEDCT_N_PATHOLOGIES, n_unknown);
  gtk_label_set_text(GTK_LABEL(label->count), text);
  g_autofree char *name = label->path ? g_path_get_basename(label->path) : NULL;
  adw_action_row_set_subtitle(ADW_ACTION_ROW(label->cohort),
                              name ? name : _("None: choose or make one"));
  gtk_widget_set_sensitive(label->save, label->path && !label->busy &&
                                            *gtk_editable_get_text(GTK_EDITABLE(label->patient)));
}

/* Labels are set without the map unless the reader turns it on; then the pane says so. */
static void
study_changed(MedctStudioLabel *label)
{
  const MedctStudy *study = label->study;
  gboolean seen = study->share != NULL && study->map_shown;
  gtk_widget_set_visible(label->map_warning, seen);
  gtk_widget_set_visible(label->hidden_hint, !seen);
}

/* Whatever was done to the map while labelling, it is afterwards as it was before. */
static void
leave(MedctStudioLabel *label)
{
  if (label->volume == NULL)
    return;
  g_clear_pointer(&label->volume, g_free);
  gtk_stack_set_visible_child_name(GTK_STACK(label->stack), "findings");
  g_clear_signal_handler(&label->study_handler, label->study);
  medct_study_show_map(label->study, label->map_was_shown);
  g_clear_object(&label->study);
  label->record = NULL;
}

/* ---- reading what the cohort says already --------------------------------------------------- */

static void
look_up(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Order *order = data;
  GError *error = NULL;
  order->found =
      medct_cohort_get_row(order->path, order->volume, medct_pathology_names(), MEDCT_N_PATHOLOGIES,
                           order->labels, &order->patient, &order->split, &error);
  if (error)
    g_task_return_error(task, error);
  else
    g_task_return_boolean(task, TRUE);
}

static void
looked_up(GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(MedctStudioWindow) window = data;
  MedctStudioLabel *label = window->label;
  const Order *order = g_task_get_task_data(G_TASK(result));
  g_autoptr(GError) error = NULL;
  if (window->toasts == NULL || g_strcmp0(order->volume, label->volume) != 0)
    return;
  label->busy = FALSE;
  if (!g_task_propagate_boolean(G_TASK(result), &error))
    medct_studio_toast(window, error->message);
  else if (order->found) {
    medct_label_list_set(MEDCT_LABEL_LIST(label->list), order->labels);
    gtk_editable_set_text(GTK_EDITABLE(label->patient), order->patient);
    adw_combo_row_set_selected(ADW_COMBO_ROW(label->split), order->split);
  }
  update(label);
}

static void
start(MedctStudioLabel *label, Order *order, GTaskThreadFunc work, GAsyncReadyCallback done)
{
  g_autoptr(GTask) task = g_task_new(NULL, NULL, done, g_object_ref(label->window));
  g_task_set_task_data(task, order, order_free);
  label->busy = TRUE;
  g_task_run_in_thread(task, work);
}

static void
use_cohort(MedctStudioLabel *label, const char *path)
{
  g_free(label->path);
  label->path = g_strdup(path);
  if (label->path && g_file_test(label->path, G_FILE_TEST_EXISTS)) {
    Order *order = g_new0(Order, 1);
    order->path = g_strdup(label->path);
    order->volume = g_strdup(label->volume);
    start(label, order, look_up, looked_up);
  }
  update(label);
}

/* ---- saving -------------------------------------------------------------------------------- */

static void
write_row(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Order *order = data;
  GError *error = NULL;
  MedctCohortRow row = {.volume = order->volume,
                        .path = order->volume,
                        .patient = order->patient,
                        .split = order->split,
                        .report = ""};
  if (medct_cohort_put_row(order->path, &row, medct_pathology_names(), order->labels,
                           MEDCT_N_PATHOLOGIES, &error))
    g_task_return_boolean(task, TRUE);
  else
    g_task_return_error(task, error);
}

static void
written(GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(MedctStudioWindow) window = data;
  MedctStudioLabel *label = window->label;
  const Order *order = g_task_get_task_data(G_TASK(result));
  g_autoptr(GError) error = NULL;
  if (window->toasts == NULL)
    return;
  label->busy = FALSE;
  if (!g_task_propagate_boolean(G_TASK(result), &error)) {
    medct_studio_toast(window, error->message);
    update(label);
    return;
  }
  g_autofree char *name = g_path_get_basename(order->path);
  g_autofree char *text = g_strdup_printf(_("Labels saved to %s"), name);
  medct_studio_toast(window, text);
  if (g_strcmp0(window->cohort->path, order->path) == 0)
    medct_studio_cohort_open(window->cohort, order->path);
  if (g_strcmp0(order->volume, label->volume) == 0)
    leave(label);
}

static void
save(MedctStudioLabel *label)
{
  if (!gtk_widget_get_sensitive(label->save) || label->volume == NULL)
    return;
  Order *order = g_new0(Order, 1);
  order->path = g_strdup(label->path);
  order->volume = g_strdup(label->volume);
  order->patient = g_strdup(gtk_editable_get_text(GTK_EDITABLE(label->patient)));
  order->split = (MedctSplit)adw_combo_row_get_selected(ADW_COMBO_ROW(label->split));
  medct_label_list_get(MEDCT_LABEL_LIST(label->list), order->labels);
  start(label, order, write_row, written);
  update(label);
}

/* ---- beginning ----------------------------------------------------------------------------- */

static char *
stem_of(const char *path)
{
  g_autofree char *base = g_path_get_basename(path);
  char *dot = strchr(base + 1, '.');
  return dot ? g_strndup(base, (gsize)(dot - base)) : g_strdup(base);
}

static void
label_activated(GSimpleAction *action, GVariant *value, gpointer data)
{
  MedctStudioLabel *label = data;
  MedctStudyRecord *record = label->window->current;
  gint8 unknown[MEDCT_N_PATHOLOGIES];
  if (record == NULL || record->file.path == NULL) {
    medct_studio_toast(label->window, _("Open a study first"));
    return;
  }
  leave(label);
  label->record = record;
  label->volume = g_canonicalize_filename(record->file.path, NULL);
  label->map_was_shown = record->study->map_shown;
  label->study = g_object_ref(record->study);
  label->study_handler =
      g_signal_connect_swapped(record->study, "changed", G_CALLBACK(study_changed), label);
  medct_study_show_map(record->study, FALSE);
  memset(unknown, MEDCT_LABEL_UNKNOWN, sizeof unknown);
  medct_label_list_set(MEDCT_LABEL_LIST(label->list), unknown);
  g_autofree char *stem = stem_of(label->volume);
  g_autofree char *title = g_strdup_printf(_("Label %s"), stem);
  gtk_label_set_text(GTK_LABEL(label->title), title);
  gtk_editable_set_text(GTK_EDITABLE(label->patient), stem);
  gtk_stack_set_visible_child_name(GTK_STACK(label->stack), "label");
  adw_flap_set_reveal_flap(ADW_FLAP(label->window->findings_flap), TRUE);
  medct_studio_show_page(label->window, "read");
  const char *open = label->window->cohort->path;
  gboolean is_table = open && g_file_test(open, G_FILE_TEST_IS_REGULAR);
  g_autofree char *path = g_strdup(is_table ? open : label->path);
  use_cohort(label, path);
  medct_label_list_focus(MEDCT_LABEL_LIST(label->list));
}

static void
cohort_chosen(GtkNativeDialog *dialog, int response, MedctStudioLabel *label)
{
  if (response == GTK_RESPONSE_ACCEPT && label->volume) {
    g_autoptr(GFile) file = gtk_file_chooser_get_file(GTK_FILE_CHOOSER(dialog));
    g_autofree char *path = g_file_get_path(file);
    if (path != NULL)
      use_cohort(label, path);
  }
  g_object_unref(dialog);
}

static void
choose_cohort(MedctStudioLabel *label)
{
  GtkFileChooserNative *dialog = gtk_file_chooser_native_new(
      _("The cohort that the study joins, there or new"), GTK_WINDOW(label->window),
      GTK_FILE_CHOOSER_ACTION_SAVE, _("Use"), NULL);
  gtk_file_chooser_set_current_name(GTK_FILE_CHOOSER(dialog), _("cohort.csv"));
  g_signal_connect(dialog, "response", G_CALLBACK(cohort_chosen), label);
  medct_show_chooser(dialog);
}

/* ---- building ------------------------------------------------------------------------------ */

static GtkWidget *
build_head(MedctStudioLabel *label)
{
  GtkWidget *head = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *close = gtk_button_new_from_icon_name("window-close-symbolic");
  label->title = gtk_label_new("");
  gtk_widget_add_css_class(label->title, "pane-title");
  gtk_label_set_ellipsize(GTK_LABEL(label->title), PANGO_ELLIPSIZE_MIDDLE);
  gtk_label_set_xalign(GTK_LABEL(label->title), 0);
  gtk_widget_set_hexpand(label->title, TRUE);
  gtk_widget_add_css_class(close, "flat");
  gtk_widget_set_tooltip_text(close, _("Leave without saving"));
  gtk_accessible_update_property(GTK_ACCESSIBLE(close), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                 _("Leave without saving"), -1);
  g_signal_connect_swapped(close, "clicked", G_CALLBACK(leave), label);
  gtk_box_append(GTK_BOX(head), label->title);
  gtk_box_append(GTK_BOX(head), close);
  return head;
}

static GtkWidget *
build_where(MedctStudioLabel *label)
{
  const char *const splits[] = {_("in no split yet"), "train", "validation", "test", NULL};
  g_autoptr(GtkStringList) model = gtk_string_list_new(splits);
  GtkWidget *list = gtk_list_box_new();
  GtkWidget *choose = gtk_button_new_with_label(_("Choose…"));
  label->cohort = adw_action_row_new();
  label->split = adw_combo_row_new();
  label->patient = adw_entry_row_new();
  adw_preferences_row_set_title(ADW_PREFERENCES_ROW(label->cohort), _("Cohort"));
  adw_preferences_row_set_title(ADW_PREFERENCES_ROW(label->split), _("Split"));
  adw_preferences_row_set_title(ADW_PREFERENCES_ROW(label->patient), _("Patient, a pseudonym"));
  gtk_widget_set_valign(choose, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class(choose, "flat");
  g_signal_connect_swapped(choose, "clicked", G_CALLBACK(choose_cohort), label);
  adw_action_row_add_suffix(ADW_ACTION_ROW(label->cohort), choose);
  adw_combo_row_set_model(ADW_COMBO_ROW(label->split), G_LIST_MODEL(model));
  g_signal_connect_swapped(label->patient, "changed", G_CALLBACK(update), label);
  gtk_list_box_set_selection_mode(GTK_LIST_BOX(list), GTK_SELECTION_NONE);
  gtk_widget_add_css_class(list, "boxed-list");
  gtk_widget_add_css_class(list, "cohort-problems");
  gtk_accessible_update_property(GTK_ACCESSIBLE(list), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                 _("Where the labels go"), -1);
  gtk_list_box_append(GTK_LIST_BOX(list), label->cohort);
  gtk_list_box_append(GTK_LIST_BOX(list), label->split);
  gtk_list_box_append(GTK_LIST_BOX(list), label->patient);
  return list;
}

static GtkWidget *
hint(const char *text)
{
  GtkWidget *label = gtk_label_new(text);
  gtk_label_set_xalign(GTK_LABEL(label), 0);
  gtk_label_set_wrap(GTK_LABEL(label), TRUE);
  gtk_widget_add_css_class(label, "caption");
  gtk_widget_add_css_class(label, "dim-label");
  return label;
}

static GtkWidget *
build_foot(MedctStudioLabel *label)
{
  GtkWidget *foot = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 8);
  label->count = hint("");
  gtk_widget_add_css_class(label->count, "numeric");
  gtk_widget_set_hexpand(label->count, TRUE);
  label->save = gtk_button_new_with_label(_("Save to cohort"));
  gtk_widget_add_css_class(label->save, "suggested-action");
  gtk_widget_set_tooltip_text(label->save, _("Enter in the list"));
  g_signal_connect_swapped(label->save, "clicked", G_CALLBACK(save), label);
  gtk_box_append(GTK_BOX(foot), label->count);
  gtk_box_append(GTK_BOX(foot), label->save);
  return foot;
}

static GtkWidget *
build_map_warning(void)
{
  GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 8);
  GtkWidget *mark = gtk_image_new_from_icon_name("dialog-warning-symbolic");
  GtkWidget *text = gtk_label_new(_("The map is on: labels may follow the model. W hides it."));
  gtk_widget_add_css_class(mark, "warning-mark");
  gtk_widget_add_css_class(text, "caption");
  gtk_widget_add_css_class(box, "warning-strip");
  gtk_label_set_wrap(GTK_LABEL(text), TRUE);
  gtk_label_set_xalign(GTK_LABEL(text), 0);
  gtk_box_append(GTK_BOX(box), mark);
  gtk_box_append(GTK_BOX(box), text);
  gtk_widget_set_visible(box, FALSE);
  return box;
}

static GtkWidget *
build_pane(MedctStudioLabel *label)
{
  GtkWidget *pane = gtk_box_new(GTK_ORIENTATION_VERTICAL, 10);
  GtkWidget *scroller = gtk_scrolled_window_new();
  label->list = medct_label_list_new(medct_pathology_names(), MEDCT_N_PATHOLOGIES);
  g_signal_connect_swapped(label->list, "changed", G_CALLBACK(update), label);
  g_signal_connect_swapped(label->list, "save", G_CALLBACK(save), label);
  gtk_scrolled_window_set_policy(GTK_SCROLLED_WINDOW(scroller), GTK_POLICY_NEVER,
                                 GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(scroller), label->list);
  gtk_widget_set_vexpand(scroller, TRUE);
  gtk_widget_add_css_class(pane, "pane");
  gtk_widget_add_css_class(pane, "background");
  gtk_widget_add_css_class(pane, "cohort-side");
  gtk_box_append(GTK_BOX(pane), build_head(label));
  gtk_box_append(GTK_BOX(pane), build_where(label));
  label->hidden_hint = hint(_("Scores and map are hidden until you save."));
  label->map_warning = build_map_warning();
  gtk_box_append(GTK_BOX(pane), label->hidden_hint);
  gtk_box_append(GTK_BOX(pane), label->map_warning);
  gtk_box_append(GTK_BOX(pane), scroller);
  gtk_box_append(GTK_BOX(pane), hint(_("Keys: up and down move, P present, A absent, U unknown, "
                                       "Enter saves.")));
  gtk_box_append(GTK_BOX(pane), build_foot(label));
  return pane;
}

static void
label_free(gpointer data)
{
  MedctStudioLabel *label = data;
  if (label->study != NULL)
    g_clear_signal_handler(&label->study_handler, label->study);
  g_clear_object(&label->study);
  g_free(label->path);
  g_free(label->volume);
  g_free(label);
}

GtkWidget *
medct_studio_build_label(MedctStudioWindow *window, GtkWidget *findings)
{
  static const GActionEntry entries[] = {{"label-study", label_activated, NULL, NULL, NULL, {0}}};
  MedctStudioLabel *label = g_new0(MedctStudioLabel, 1);
  label->window = window;
  window->label = label;
  label->stack = gtk_stack_new();
  gtk_widget_set_hexpand(label->stack, FALSE); /* the pictures take what is left */
  gtk_stack_add_named(GTK_STACK(label->stack), findings, "findings");
  gtk_stack_add_named(GTK_STACK(label->stack), build_pane(label), "label");
  g_object_set_data_full(G_OBJECT(label->stack), "label", label, label_free);
  g_action_map_add_action_entries(G_ACTION_MAP(window), entries, 1, label);
  return label->stack;
}

void
medct_studio_leave_label(MedctStudioWindow *window)
{
  if (window->label->record != window->current)
    leave(window->label);
}

gboolean
medct_studio_is_labelling(const MedctStudioWindow *window)
{
  return window->label->volume != NULL;
}

gboolean
medct_studio_map_wanted(const MedctStudioWindow *window, const MedctStudyRecord *record)
{
  const MedctStudioLabel *label = window->label;
  return label->volume != NULL && label->record == record ? label->map_was_shown
                                                          : record->study->map_shown;
}

gboolean
medct_studio_label_warns(const MedctStudioWindow *window)
{
  return gtk_widget_get_visible(window->label->map_warning);
}
