/* The Cohort page: the table, and reading its volumes. */
#include "app/studio-cohort.h"
#include "ui/cohort-table.h"
#include <glib/gi18n.h>

/* ---- the table ----------------------------------------------------------------------------- */

static char *
spacing_text(const MedctCohortVolume *volume)
{
  if (volume->spacing_mm[0] <= 0)
    return g_strdup("—");
  return g_strdup_printf("%.2f × %.2f × %.1f", volume->spacing_mm[0], volume->spacing_mm[1],
                         volume->spacing_mm[2]);
}

/* What the row says for the eye; `present` and `spacing` are the caller's to free. */
static MedctCohortLine
line_of(const MedctStudioCohort *page, guint n, char **present, char **spacing)
{
  static const MedctCheckMark marks[] = {MEDCT_CHECK_READY, MEDCT_CHECK_WARNING, MEDCT_CHECK_ERROR};
  const MedctCohort *cohort = page->check->cohort;
  const MedctCohortRow *row = medct_cohort_row(cohort, n);
  const MedctCohortVolume *volume = &page->check->volumes[n];
  const char *slash = strrchr(row->volume, '/');
  guint n_unknown = 0;
  *present = medct_cohort_describe(cohort, n, &n_unknown);
  *spacing = spacing_text(volume);
  return (MedctCohortLine){
      .volume = slash ? slash + 1 : row->volume,
      .patient = row->patient,
      .split = row->split == MEDCT_SPLIT_NONE ? "—" : medct_split_name(row->split),
      .spacing = *spacing,
      .present = *present,
      .check = volume->text,
      .n_unknown = n_unknown,
      .has_report = row->report[0] != 0,
      .mark = volume->level == MEDCT_FINDING_NOTE && !volume->was_read ? MEDCT_CHECK_UNREAD
                                                                       : marks[volume->level],
  };
}

static void
fill_table(MedctStudioCohort *page)
{
  MedctCohortTable *table = MEDCT_COHORT_TABLE(page->table);
  medct_cohort_table_clear(table);
  for (guint n = 0; n < medct_cohort_n_rows(page->check->cohort); n++) {
    g_autofree char *present = NULL, *spacing = NULL;
    MedctCohortLine line = line_of(page, n, &present, &spacing);
    medct_cohort_table_add(table, &line);
  }
}

static void
change_line(MedctStudioCohort *page, guint n)
{
  g_autofree char *present = NULL, *spacing = NULL;
  MedctCohortLine line = line_of(page, n, &present, &spacing);
  medct_cohort_table_change(MEDCT_COHORT_TABLE(page->table), n, &line);
}

static void
filter_changed(MedctStudioCohort *page)
{
  medct_cohort_table_filter(MEDCT_COHORT_TABLE(page->table),
                            gtk_editable_get_text(GTK_EDITABLE(page->search)),
                            gtk_toggle_button_get_active(GTK_TOGGLE_BUTTON(page->problems_toggle)));
}

/* ---- reading ------------------------------------------------------------------------------- */

static void
stop_reading(MedctStudioCohort *page)
{
  g_clear_handle_id(&page->source, g_source_remove);
  g_clear_pointer(&page->reading, medct_cohort_reading_stop);
  gtk_widget_set_visible(page->progress_box, FALSE);
}

static void
show_reading(MedctStudioCohort *page)
{
  g_autofree char *stage = NULL;
  MedctJob *job = medct_cohort_reading_job(page->reading);
  double fraction = medct_job_read(job, &stage);
  g_autofree char *left = medct_job_time_left(job);
  g_autofree char *text =
      g_strdup_printf(_("Reading the volumes: %.0f %%. %s"), 100 * fraction, left);
  gtk_progress_bar_set_fraction(GTK_PROGRESS_BAR(page->progress), fraction);
  gtk_label_set_text(GTK_LABEL(page->progress_text), text);
}

static gboolean
look_at_reading(gpointer data)
{
  MedctStudioCohort *page = data;
  guint n;
  gboolean done;
  guint before = page->check->findings->len;
  g_autofree guint *rows = medct_cohort_reading_fetch(page->reading, page->check, &n, &done);
  for (guint i = 0; i < n; i++)
    change_line(page, rows[i]);
  if (page->check->findings->len != before)
    medct_studio_cohort_show_problems(page);
  show_reading(page);
  if (!done)
    return G_SOURCE_CONTINUE;
  page->source = 0;
  stop_reading(page);
  medct_studio_cohort_show_problems(page);
  return G_SOURCE_REMOVE;
}

static void
start_reading(MedctStudioCohort *page)
{
  stop_reading(page);
  if (medct_cohort_n_rows(page->check->cohort) == 0)
    return;
  page->reading = medct_cohort_reading_start(page->window->host, page->check);
  page->source = g_timeout_add(120, look_at_reading, page);
  gtk_widget_set_visible(page->progress_box, TRUE);
  show_reading(page);
}

/* ---- opening ------------------------------------------------------------------------------- */

static void
show_counts(MedctStudioCohort *page)
{
  const MedctCohort *cohort = page->check->cohort;
  g_autofree char *volumes =
      g_strdup_printf(g_dngettext(NULL, "%u volume", "%u volumes", medct_cohort_n_rows(cohort)),
                      medct_cohort_n_rows(cohort));
  g_autofree char *patients = g_strdup_printf(
      g_dngettext(NULL, "%u patient", "%u patients", medct_cohort_n_patients(cohort)),
      medct_cohort_n_patients(cohort));
  g_autofree char *text = g_strdup_printf("%s · %s", volumes, patients);
  gtk_label_set_text(GTK_LABEL(page->counts), text);
}

/* [worker] Large tables take seconds, and so does looking for tens of thousands of files. */
static void
load(GTask *task, gpointer source, gpointer path, GCancellable *cancellable)
{
  GError *error = NULL;
  g_autoptr(MedctCohort) cohort = medct_cohort_inspect(path, &error);
  if (cohort != NULL)
    g_task_return_pointer(task, medct_cohort_check_new(cohort),
                          (GDestroyNotify)medct_cohort_check_free);
  else
    g_task_return_error(task, error);
}

static void
show(MedctStudioCohort *page, const char *path, MedctCohortCheck *check)
{
  stop_reading(page);
  g_clear_pointer(&page->check, medct_cohort_check_free);
  page->check = check;
  g_free(page->path);
  page->path = g_strdup(path);
  medct_studio_train_offer_cohort(page->window, path);
  g_autofree char *name = g_path_get_basename(path);
  gtk_label_set_text(GTK_LABEL(page->name), name);
  show_counts(page);
  fill_table(page);
  medct_studio_cohort_show_side(page);
  gtk_stack_set_visible_child_name(GTK_STACK(page->pages), "cohort");
  start_reading(page);
}

static void
loaded(GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(MedctStudioWindow) window = data;
  GTask *task = G_TASK(result);
  g_autoptr(GError) error = NULL;
  g_autoptr(MedctCohortCheck) check = g_task_propagate_pointer(task, &error);
  if (window->toasts == NULL) /* closed meanwhile */
    return;
  if (check == NULL) /* the one that is open stays */
    medct_studio_toast(window, error->message);
  else if (task == window->cohort->loading)
    show(window->cohort, g_task_get_task_data(task), g_steal_pointer(&check));
}

void
medct_studio_cohort_open(MedctStudioCohort *page, const char *path)
{
  g_autoptr(GTask) task = g_task_new(NULL, NULL, loaded, g_object_ref(page->window));
  g_task_set_task_data(task, g_strdup(path), g_free);
  page->loading = task;
  g_task_run_in_thread(task, load);
}

void
medct_studio_window_open_cohort(MedctStudioWindow *window, const char *path)
{
  medct_studio_cohort_open(window->cohort, path);
  medct_studio_show_page(window, "cohort");
}

static void
row_opened(MedctStudioCohort *page, guint row)
{
  medct_studio_window_open(page->window, medct_cohort_row(page->check->cohort, row)->path);
  medct_studio_show_page(page->window, "read");
}

/* ---- the page ------------------------------------------------------------------------------ */

static GtkWidget *
build_empty(void)
{
  static const struct {
    const char *label, *action;
  } buttons[] = {{N_("Open a Cohort…"), "win.open-cohort"},
                 {N_("Open a CT-RATE Folder…"), "win.open-cohort-folder"},
                 {N_("New Cohort…"), "win.new-cohort"}};
  GtkWidget *page = adw_status_page_new(), *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 8);
  adw_status_page_set_title(ADW_STATUS_PAGE(page), _("A cohort to learn from"));
  adw_status_page_set_description(
      ADW_STATUS_PAGE(page),
      _("A table of volumes with patient, split, a column for each finding, and report.\nOr make "
        "one by labelling studies while you read."));
  gtk_widget_set_halign(box, GTK_ALIGN_CENTER);
  for (gsize n = 0; n < G_N_ELEMENTS(buttons); n++) {
    GtkWidget *button = gtk_button_new_with_label(_(buttons[n].label));
    gtk_actionable_set_action_name(GTK_ACTIONABLE(button), buttons[n].action);
    gtk_widget_add_css_class(button, "pill");
    if (n == 0)
      gtk_widget_add_css_class(button, "suggested-action");
    gtk_box_append(GTK_BOX(box), button);
  }
  adw_status_page_set_child(ADW_STATUS_PAGE(page), box);
  return page;
}

static GtkWidget *
build_name(MedctStudioCohort *page)
{
  GtkWidget *button = gtk_menu_button_new(), *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 6);
  g_autoptr(GMenu) menu = g_menu_new();
  g_menu_append(menu, _("Open a Cohort…"), "win.open-cohort");
  g_menu_append(menu, _("Open a CT-RATE Folder…"), "win.open-cohort-folder");
  g_menu_append(menu, _("New Cohort…"), "win.new-cohort");
  page->name = gtk_label_new("");
  gtk_label_set_ellipsize(GTK_LABEL(page->name), PANGO_ELLIPSIZE_MIDDLE);
  gtk_label_set_max_width_chars(GTK_LABEL(page->name), 32);
  gtk_widget_add_css_class(page->name, "strong");
  gtk_box_append(GTK_BOX(box), page->name);
  gtk_box_append(GTK_BOX(box), gtk_image_new_from_icon_name("pan-down-symbolic"));
  gtk_menu_button_set_child(GTK_MENU_BUTTON(button), box);
  gtk_menu_button_set_menu_model(GTK_MENU_BUTTON(button), G_MENU_MODEL(menu));
  gtk_widget_set_tooltip_text(button, _("Open or make a cohort"));
  gtk_accessible_update_property(GTK_ACCESSIBLE(button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                 _("Open or make a cohort"), -1);
  return button;
}

static GtkWidget *
build_filter(MedctStudioCohort *page)
{
  GtkWidget *linked = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 0);
  GtkWidget *all = gtk_toggle_button_new_with_label(_("All"));
  GtkWidget *label = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 6);
  page->problems_toggle = gtk_toggle_button_new();
  page->problems_count = gtk_label_new("0");
  gtk_widget_add_css_class(page->problems_count, "numeric");
  gtk_widget_add_css_class(page->problems_count, "dim-label");
  gtk_box_append(GTK_BOX(label), gtk_label_new(_("Problems")));
  gtk_box_append(GTK_BOX(label), page->problems_count);
  gtk_button_set_child(GTK_BUTTON(page->problems_toggle), label);
  gtk_toggle_button_set_group(GTK_TOGGLE_BUTTON(page->problems_toggle), GTK_TOGGLE_BUTTON(all));
  gtk_toggle_button_set_active(GTK_TOGGLE_BUTTON(all), TRUE);
  gtk_widget_set_tooltip_text(all, _("All volumes"));
  gtk_widget_set_tooltip_text(page->problems_toggle, _("Only volumes with a problem"));
  gtk_accessible_update_property(GTK_ACCESSIBLE(page->problems_toggle),
                                 GTK_ACCESSIBLE_PROPERTY_LABEL, _("Only volumes with a problem"),
                                 -1);
  g_signal_connect_swapped(page->problems_toggle, "toggled", G_CALLBACK(filter_changed), page);
  gtk_widget_add_css_class(linked, "linked");
  gtk_box_append(GTK_BOX(linked), all);
  gtk_box_append(GTK_BOX(linked), page->problems_toggle);
  return linked;
}

/* Only where the summary does not fit beside the table. */
static GtkWidget *
build_summary_toggle(GtkWidget *flap)
{
  GtkWidget *toggle = gtk_toggle_button_new();
  gtk_button_set_icon_name(GTK_BUTTON(toggle), "sidebar-show-right-symbolic");
  gtk_widget_set_tooltip_text(toggle, _("Problems, splits and prevalence"));
  gtk_accessible_update_property(GTK_ACCESSIBLE(toggle), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                 _("Problems, splits and prevalence"), -1);
  g_object_bind_property(flap, "folded", toggle, "visible", G_BINDING_SYNC_CREATE);
  g_object_bind_property(flap, "reveal-flap", toggle, "active",
                         G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE);
  return toggle;
}

static GtkWidget *
build_bar(MedctStudioCohort *page, GtkWidget *flap)
{
  GtkWidget *bar = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 10);
  gtk_widget_add_css_class(bar, "cohort-bar");
  page->counts = gtk_label_new("");
  gtk_widget_add_css_class(page->counts, "numeric");
  gtk_widget_add_css_class(page->counts, "dim-label");
  gtk_widget_set_hexpand(page->counts, TRUE);
  gtk_label_set_xalign(GTK_LABEL(page->counts), 0);
  gtk_label_set_ellipsize(GTK_LABEL(page->counts), PANGO_ELLIPSIZE_END);
  page->search = gtk_search_entry_new();
  g_object_set(page->search, "placeholder-text", _("Filter"), NULL);
  gtk_accessible_update_property(GTK_ACCESSIBLE(page->search), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                 _("Filter the volumes"), -1);
  g_signal_connect_swapped(page->search, "search-changed", G_CALLBACK(filter_changed), page);
  gtk_box_append(GTK_BOX(bar), build_name(page));
  gtk_box_append(GTK_BOX(bar), page->counts);
  gtk_box_append(GTK_BOX(bar), page->search);
  gtk_box_append(GTK_BOX(bar), build_filter(page));
  gtk_box_append(GTK_BOX(bar), build_summary_toggle(flap));
  return bar;
}

static GtkWidget *
build_cohort(MedctStudioCohort *page)
{
  enum { TABLE_MINIMUM = 620 }; /* with the summary some 1,100: below that the summary folds */
  GtkWidget *flap = adw_flap_new();
  GtkWidget *left = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
  page->table = medct_cohort_table_new();
  g_signal_connect_swapped(page->table, "opened", G_CALLBACK(row_opened), page);
  gtk_widget_set_hexpand(left, TRUE);
  gtk_widget_set_size_request(left, TABLE_MINIMUM, -1);
  gtk_box_append(GTK_BOX(left), build_bar(page, flap));
  gtk_box_append(GTK_BOX(left), page->table);
  adw_flap_set_flap_position(ADW_FLAP(flap), GTK_PACK_END);
  adw_flap_set_fold_threshold_policy(ADW_FLAP(flap), ADW_FOLD_THRESHOLD_POLICY_MINIMUM);
  adw_flap_set_content(ADW_FLAP(flap), left);
  adw_flap_set_separator(ADW_FLAP(flap), gtk_separator_new(GTK_ORIENTATION_VERTICAL));
  adw_flap_set_flap(ADW_FLAP(flap), medct_studio_cohort_build_side(page));
  return flap;
}

static void
page_free(gpointer data)
{
  MedctStudioCohort *page = data;
  g_clear_handle_id(&page->source, g_source_remove);
  g_clear_pointer(&page->reading, medct_cohort_reading_stop);
  medct_cohort_check_free(page->check);
  g_free(page->path);
  g_free(page);
}

GtkWidget *
medct_studio_build_cohort(MedctStudioWindow *window)
{
  MedctStudioCohort *page = g_new0(MedctStudioCohort, 1);
  page->window = window;
  window->cohort = page;
  page->pages = gtk_stack_new();
  gtk_stack_add_named(GTK_STACK(page->pages), build_empty(), "empty");
  gtk_stack_add_named(GTK_STACK(page->pages), build_cohort(page), "cohort");
  g_object_set_data_full(G_OBJECT(page->pages), "page", page, page_free);
  medct_studio_cohort_add_actions(page);
  return page->pages;
}
