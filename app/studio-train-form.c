/* The right side: what the next run learns, and what that takes. */
#include "app/studio-train.h"
#include "ui/part-names.h"
#include "ui/text-scale.h"
#include <glib/gi18n.h>
#include <inttypes.h>
#include <math.h>

enum { FORM_WIDTH = 340, ASK_MS = 350 };

static const struct {
  const char *title;
  double low, high, step, value;
  int digits;
} settings[MEDCT_N_ADVANCED] = {
    [MEDCT_SET_EPOCHS] = {N_("Epochs"), 1, 100000, 1, 10, 0},
    [MEDCT_SET_RANK] = {N_("Rank"), 1, 1024, 1, 16, 0},
    [MEDCT_SET_ALPHA] = {N_("α, the adapter's weight"), 0.01, 100000, 1, 32, 0},
    [MEDCT_SET_DROPOUT] = {N_("Dropout"), 0, 0.95, 0.05, 0, 2},
    [MEDCT_SET_LR] = {N_("Learning rate"), 0.000001, 1, 0.00001, 0.0001, 6},
    [MEDCT_SET_BATCH] = {N_("Batch, volumes a loss"), 1, 4096, 1, 1, 0},
    [MEDCT_SET_SEED] = {N_("Seed"), 1, 1e9, 1, 1, 0},
};

static double
value_of(const MedctStudioTrain *page, MedctTrainSetting setting)
{
  return page->touched & (1u << setting)
             ? gtk_spin_button_get_value(GTK_SPIN_BUTTON(page->settings[setting]))
             : NAN;
}

static guint32
count_of(const MedctStudioTrain *page, MedctTrainSetting setting)
{
  double value = value_of(page, setting);
  return isfinite(value) ? (guint32)value : 0;
}

static guint32
preset_of(const MedctStudioTrain *page)
{
  for (guint32 n = 0; n < MEDCT_N_PRESETS; n++)
    if (gtk_check_button_get_active(GTK_CHECK_BUTTON(page->preset_checks[n])))
      return n + MEDCT_TRAIN_PRESET_QUICK;
  return MEDCT_TRAIN_PRESET_QUICK;
}

MedctTrainWish
medct_studio_train_wish(const MedctStudioTrain *page)
{
  return (MedctTrainWish){
      .preset = preset_of(page),
      .objective =
          MEDCT_TRAIN_OBJECTIVE_VOCAB + adw_combo_row_get_selected(ADW_COMBO_ROW(page->objective)),
      .epochs = count_of(page, MEDCT_SET_EPOCHS),
      .rank = count_of(page, MEDCT_SET_RANK),
      .batch = count_of(page, MEDCT_SET_BATCH),
      .alpha = value_of(page, MEDCT_SET_ALPHA),
      .dropout = value_of(page, MEDCT_SET_DROPOUT),
      .lr = value_of(page, MEDCT_SET_LR),
      .seed = count_of(page, MEDCT_SET_SEED),
  };
}

guint
medct_studio_train_threads(const MedctStudioTrain *page)
{
  return (guint)gtk_spin_button_get_value_as_int(GTK_SPIN_BUTTON(page->threads));
}

/* ---- what is shown ------------------------------------------------------------------------- */

/* Preset values for what was not changed by hand. */
static void
fill_settings(MedctStudioTrain *page)
{
  const medct_train_options *o = &page->estimate->options[preset_of(page) - 1];
  const double values[MEDCT_N_ADVANCED] = {
      [MEDCT_SET_EPOCHS] = o->epochs,
      [MEDCT_SET_RANK] = MAX(MAX(o->spatial_rank, o->temporal_rank), o->text_rank),
      [MEDCT_SET_ALPHA] = o->alpha,
      [MEDCT_SET_DROPOUT] = o->dropout,
      [MEDCT_SET_LR] = o->lr,
      [MEDCT_SET_BATCH] = o->batch,
      [MEDCT_SET_SEED] = (double)o->seed,
  };
  page->window->updating = TRUE;
  for (int n = 0; n < MEDCT_N_ADVANCED; n++)
    if (!(page->touched & (1u << n)))
      gtk_spin_button_set_value(GTK_SPIN_BUTTON(page->settings[n]), values[n]);
  page->window->updating = FALSE;
}

/* Seconds for a run, by what an earlier run of the same preset and model took a step; NaN. */
static double
time_for(const MedctStudioTrain *page, guint preset)
{
  for (guint n = 0; n < page->runs->len; n++) {
    const MedctTrainRun *run = page->runs->pdata[n];
    double pace = medct_train_run_pace(run);
    if (run->wish.preset == preset + 1 && isfinite(pace) && g_strcmp0(run->model, page->model) == 0)
      return pace * (double)page->estimate->plans[preset].steps;
  }
  return NAN;
}

static void
show_preset(MedctStudioTrain *page, guint n)
{
  static const char *const what[MEDCT_N_PRESETS] = {N_("Text encoder"), N_("Text, temporal layers"),
                                                    N_("Both encoders")};
  const MedctTrainEstimate *estimate = page->estimate;
  g_autofree char *text = NULL, *duration = NULL;
  if (estimate == NULL)
    text = g_strdup(_(what[n]));
  else if (estimate->refused[n] != NULL)
    text = g_strdup(estimate->refused[n]);
  else {
    const medct_train_plan *plan = &estimate->plans[n];
    g_autofree char *memory = g_format_size(plan->memory_bytes);
    text =
        g_strdup_printf(_("%s. %'" PRIu64 " trainable, %.2f %%. %s of memory"), _(what[n]),
                        (guint64)plan->trainable,
                        100.0 * (double)plan->trainable / (double)MAX(plan->parameters, 1), memory);
    double seconds = time_for(page, n);
    g_autofree char *time =
        medct_studio_train_duration(isfinite(seconds) ? seconds : plan->seconds);
    duration = isfinite(seconds) || plan->seconds > 0
                   ? g_strdup_printf(_("about %s"), time)
                   : g_strdup_printf(_("%" PRIu64 " steps"), (guint64)plan->steps);
  }
  adw_action_row_set_subtitle(ADW_ACTION_ROW(page->preset_rows[n]), text);
  gtk_label_set_text(GTK_LABEL(page->preset_times[n]), duration ? duration : "");
}

static void
show_start(MedctStudioTrain *page)
{
  const char *hint = page->cohort == NULL  ? _("Choose a cohort to learn from.")
                     : page->model == NULL ? _("Choose a model first: Read, Model, Choose Model…")
                                           : NULL;
  const char *refused = page->estimate ? page->estimate->refused[preset_of(page) - 1] : NULL;
  gboolean can = hint == NULL && page->estimate != NULL && refused == NULL;
  if (hint == NULL && page->estimate == NULL && page->estimate_job != NULL)
    hint = _("Looking at cohort and model…");
  if (can)
    hint = _("Stops early when validation gets no better. Training goes on while you read; its "
             "threads can be changed meanwhile.");
  if (hint != NULL)
    gtk_label_set_text(GTK_LABEL(page->hint), hint);
  gtk_widget_set_sensitive(page->start, can);
  gtk_button_set_label(GTK_BUTTON(page->start),
                       page->worker != NULL ? _("Queue run") : _("Start run"));
  g_autofree char *after =
      page->active ? g_strdup_printf(_("starts after %s"), page->active->name) : g_strdup("");
  gtk_label_set_text(GTK_LABEL(page->queue_hint), after);
}

void
medct_studio_train_show_form(MedctStudioTrain *page)
{
  for (guint n = 0; n < MEDCT_N_PRESETS; n++)
    show_preset(page, n);
  g_autofree char *name = page->cohort ? g_path_get_basename(page->cohort) : NULL;
  g_autofree char *text =
      page->estimate ? g_strdup_printf(_("%u volumes to learn from, %u to measure on"),
                                       page->estimate->training, page->estimate->validation)
                     : g_strdup(name ? "" : _("a table of volumes, labels and splits"));
  adw_preferences_row_set_title(ADW_PREFERENCES_ROW(page->cohort_row),
                                name ? name : _("No cohort chosen"));
  adw_action_row_set_subtitle(ADW_ACTION_ROW(page->cohort_row), text);
  show_start(page);
}

/* ---- estimating ---------------------------------------------------------------------------- */

static void ask(MedctStudioTrain *page);

/* Times are measured once the page is looked at, and not beside a training. */
static gboolean
must_measure(const MedctStudioTrain *page)
{
  return page->estimate != NULL && !page->estimate->measured && page->worker == NULL &&
         gtk_widget_get_mapped(page->start);
}

static void
estimated(GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(MedctStudioWindow) window = data;
  g_autoptr(GError) error = NULL;
  MedctStudioTrain *page = window->train;
  g_autoptr(MedctTrainEstimate) estimate = medct_train_estimate_finish(result, &error);
  if (window->toasts == NULL || medct_studio_was_cancelled(error))
    return;
  g_clear_pointer(&page->estimate_job, medct_job_unref);
  g_clear_pointer(&page->estimate, medct_train_estimate_free);
  page->estimate = g_steal_pointer(&estimate);
  if (page->estimate != NULL)
    fill_settings(page);
  medct_studio_train_show_form(page);
  if (error != NULL)
    gtk_label_set_text(GTK_LABEL(page->hint), error->message);
  medct_studio_train_measure(page);
}

void
medct_studio_train_measure(MedctStudioTrain *page)
{
  if (page->estimate_job == NULL && must_measure(page))
    ask(page);
}

static gboolean
estimate_now(gpointer data)
{
  MedctStudioTrain *page = data;
  const MedctTrainWish wish = medct_studio_train_wish(page);
  page->ask_source = 0;
  if (page->estimate_job != NULL)
    medct_job_cancel(page->estimate_job);
  g_clear_pointer(&page->estimate_job, medct_job_unref);
  if (page->cohort == NULL || page->model == NULL) {
    g_clear_pointer(&page->estimate, medct_train_estimate_free);
    medct_studio_train_show_form(page);
    return G_SOURCE_REMOVE;
  }
  page->estimate_job = medct_job_new("");
  medct_train_estimate(page->window->host, page->cohort, page->model, &wish,
                       must_measure(page) ? medct_studio_train_threads(page) : 0,
                       page->estimate_job, estimated, g_object_ref(page->window));
  show_start(page);
  return G_SOURCE_REMOVE;
}

/* Soon, once for several changes. */
static void
ask(MedctStudioTrain *page)
{
  g_clear_handle_id(&page->ask_source, g_source_remove);
  page->ask_source = g_timeout_add(ASK_MS, estimate_now, page);
}

void
medct_studio_train_set_cohort(MedctStudioTrain *page, const char *path)
{
  g_free(page->cohort);
  page->cohort = g_strdup(path);
  g_clear_pointer(&page->estimate, medct_train_estimate_free);
  medct_studio_train_show_form(page);
  ask(page);
}

void
medct_studio_train_offer_cohort(MedctStudioWindow *window, const char *path)
{
  medct_studio_train_set_cohort(window->train, path);
}

void
medct_studio_train_model_changed(MedctStudioWindow *window)
{
  MedctStudioTrain *page = window->train;
  const char *path = window->model != NULL ? window->model->path : NULL;
  if (page == NULL || page->start == NULL || g_strcmp0(path, page->model) == 0)
    return;
  g_free(page->model);
  page->model = g_strdup(path);
  g_clear_pointer(&page->estimate, medct_train_estimate_free);
  medct_studio_train_show_form(page);
  ask(page);
}

/* ---- choosing ------------------------------------------------------------------------------ */

static void
cohort_chosen(GtkNativeDialog *dialog, int response, MedctStudioTrain *page)
{
  if (response == GTK_RESPONSE_ACCEPT) {
    g_autoptr(GFile) file = gtk_file_chooser_get_file(GTK_FILE_CHOOSER(dialog));
    g_autofree char *path = g_file_get_path(file);
    if (path != NULL)
      medct_studio_train_set_cohort(page, path);
  }
  g_object_unref(dialog);
}

static void
choose_cohort(MedctStudioTrain *page)
{
  GtkFileChooserNative *dialog =
      gtk_file_chooser_native_new(_("Choose a cohort (CSV)"), GTK_WINDOW(page->window),
                                  GTK_FILE_CHOOSER_ACTION_OPEN, _("Choose"), NULL);
  g_autoptr(GtkFileFilter) filter = gtk_file_filter_new();
  gtk_file_filter_set_name(filter, _("Cohorts (CSV)"));
  gtk_file_filter_add_pattern(filter, "*.csv");
  gtk_file_chooser_add_filter(GTK_FILE_CHOOSER(dialog), filter);
  g_signal_connect(dialog, "response", G_CALLBACK(cohort_chosen), page);
  medct_show_chooser(dialog);
}

static void
preset_toggled(GtkCheckButton *check, MedctStudioTrain *page)
{
  if (!gtk_check_button_get_active(check))
    return;
  if (page->estimate != NULL)
    fill_settings(page);
  show_start(page);
}

static void
setting_changed(GtkSpinButton *spin, MedctStudioTrain *page)
{
  if (page->window->updating)
    return;
  for (int n = 0; n < MEDCT_N_ADVANCED; n++)
    if (page->settings[n] == GTK_WIDGET(spin))
      page->touched |= 1u << n;
  ask(page);
}

static void
threads_changed(MedctStudioTrain *page)
{
  if (page->worker != NULL)
    medct_train_worker_set_threads(page->worker, medct_studio_train_threads(page));
  if (page->estimate != NULL)
    page->estimate->measured = FALSE;
  medct_studio_train_measure(page);
}

/* ---- building ------------------------------------------------------------------------------ */

static GtkWidget *
boxed_list(const char *name)
{
  GtkWidget *list = gtk_list_box_new();
  gtk_list_box_set_selection_mode(GTK_LIST_BOX(list), GTK_SELECTION_NONE);
  gtk_widget_add_css_class(list, "boxed-list");
  gtk_widget_add_css_class(list, "train-list");
  gtk_accessible_update_property(GTK_ACCESSIBLE(list), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  return list;
}

static GtkWidget *
heading(const char *title, GtkWidget **end, const char *text)
{
  GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 8), *label = gtk_label_new(title);
  GtkWidget *caption = gtk_label_new(text);
  gtk_widget_add_css_class(label, "pane-title");
  gtk_widget_add_css_class(caption, "caption");
  gtk_widget_add_css_class(caption, "dim-label");
  gtk_label_set_xalign(GTK_LABEL(label), 0);
  gtk_widget_set_hexpand(label, TRUE);
  gtk_box_append(GTK_BOX(box), label);
  gtk_box_append(GTK_BOX(box), caption);
  if (end != NULL)
    *end = caption;
  return box;
}

static GtkWidget *
spin_row(const char *title, GtkWidget *spin)
{
  GtkWidget *row = adw_action_row_new();
  adw_preferences_row_set_title(ADW_PREFERENCES_ROW(row), title);
  gtk_widget_set_valign(spin, GTK_ALIGN_CENTER);
  gtk_accessible_update_property(GTK_ACCESSIBLE(spin), GTK_ACCESSIBLE_PROPERTY_LABEL, title, -1);
  adw_action_row_add_suffix(ADW_ACTION_ROW(row), spin);
  return row;
}

static GtkWidget *
setting_row(MedctStudioTrain *page, MedctTrainSetting n)
{
  GtkWidget *spin =
      gtk_spin_button_new_with_range(settings[n].low, settings[n].high, settings[n].step);
  gtk_spin_button_set_digits(GTK_SPIN_BUTTON(spin), (guint)settings[n].digits);
  gtk_spin_button_set_value(GTK_SPIN_BUTTON(spin), settings[n].value);
  gtk_editable_set_width_chars(GTK_EDITABLE(spin), n == MEDCT_SET_LR ? 8 : 4);
  page->settings[n] = spin;
  g_signal_connect(spin, "value-changed", G_CALLBACK(setting_changed), page);
  return spin_row(_(settings[n].title), spin);
}

static GtkWidget *
build_cohort(MedctStudioTrain *page)
{
  GtkWidget *list = boxed_list(_("Cohort")), *choose = gtk_button_new_with_label(_("Choose…"));
  page->cohort_row = adw_action_row_new();
  adw_preferences_row_set_use_markup(ADW_PREFERENCES_ROW(page->cohort_row), FALSE);
  gtk_widget_set_valign(choose, GTK_ALIGN_CENTER);
  gtk_widget_set_tooltip_text(choose, _("Choose a cohort; the one open on Cohort is taken"));
  g_signal_connect_swapped(choose, "clicked", G_CALLBACK(choose_cohort), page);
  adw_action_row_add_suffix(ADW_ACTION_ROW(page->cohort_row), choose);
  gtk_list_box_append(GTK_LIST_BOX(list), page->cohort_row);
  return list;
}

static GtkWidget *
build_presets(MedctStudioTrain *page)
{
  static const char *const names[MEDCT_N_PRESETS] = {N_("Quick"), N_("Balanced"), N_("Full")};
  GtkWidget *list = boxed_list(_("Preset"));
  for (int n = 0; n < MEDCT_N_PRESETS; n++) {
    GtkWidget *row = adw_action_row_new(), *check = gtk_check_button_new();
    page->preset_rows[n] = row;
    page->preset_checks[n] = check;
    page->preset_times[n] = gtk_label_new("");
    gtk_widget_add_css_class(page->preset_times[n], "numeric");
    adw_preferences_row_set_title(ADW_PREFERENCES_ROW(row), _(names[n]));
    if (n > 0)
      gtk_check_button_set_group(GTK_CHECK_BUTTON(check), GTK_CHECK_BUTTON(page->preset_checks[0]));
    gtk_accessible_update_property(GTK_ACCESSIBLE(check), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   _(names[n]), -1);
    gtk_check_button_set_active(GTK_CHECK_BUTTON(check), n == 0);
    g_signal_connect(check, "toggled", G_CALLBACK(preset_toggled), page);
    adw_action_row_add_prefix(ADW_ACTION_ROW(row), check);
    adw_action_row_set_activatable_widget(ADW_ACTION_ROW(row), check);
    adw_action_row_add_suffix(ADW_ACTION_ROW(row), page->preset_times[n]);
    gtk_list_box_append(GTK_LIST_BOX(list), row);
  }
  return list;
}

/* The toolkit's expander is made of lists that have no name. */
static void
name_lists(GtkWidget *widget, const char *name)
{
  if (GTK_IS_LIST_BOX(widget) || GTK_IS_LIST_BOX_ROW(widget))
    gtk_accessible_update_property(GTK_ACCESSIBLE(widget), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  for (GtkWidget *child = gtk_widget_get_first_child(widget); child != NULL;
       child = gtk_widget_get_next_sibling(child))
    if (!ADW_IS_ACTION_ROW(child))
      name_lists(child, name);
}

static GtkWidget *
build_settings(MedctStudioTrain *page)
{
  static const char *const objectives[] = {N_("Labels, sentence pairs"),
                                           N_("Labels, each by itself"),
                                           N_("Reports (contrastive)"), NULL};
  GtkWidget *list = boxed_list(_("Settings")), *advanced = adw_expander_row_new();
  g_autoptr(GtkStringList) names = gtk_string_list_new(NULL);
  for (const char *const *one = objectives; *one; one++)
    gtk_string_list_append(names, _(*one));
  page->objective = adw_combo_row_new();
  adw_preferences_row_set_title(ADW_PREFERENCES_ROW(page->objective), _("Objective"));
  adw_combo_row_set_model(ADW_COMBO_ROW(page->objective), G_LIST_MODEL(names));
  g_signal_connect_swapped(page->objective, "notify::selected", G_CALLBACK(ask), page);
  page->threads = gtk_spin_button_new_with_range(1, g_get_num_processors(), 1);
  g_signal_connect_swapped(page->threads, "value-changed", G_CALLBACK(threads_changed), page);
  g_autofree char *threads = g_strdup_printf(_("Training threads, of %u"), g_get_num_processors());
  gtk_list_box_append(GTK_LIST_BOX(list), setting_row(page, MEDCT_SET_EPOCHS));
  gtk_list_box_append(GTK_LIST_BOX(list), page->objective);
  gtk_list_box_append(GTK_LIST_BOX(list), spin_row(threads, page->threads));
  adw_preferences_row_set_title(ADW_PREFERENCES_ROW(advanced), _("Advanced"));
  for (int n = MEDCT_SET_RANK; n < MEDCT_N_ADVANCED; n++)
    adw_expander_row_add_row(ADW_EXPANDER_ROW(advanced), setting_row(page, (MedctTrainSetting)n));
  name_lists(advanced, _("Advanced"));
  gtk_list_box_append(GTK_LIST_BOX(list), advanced);
  return list;
}

GtkWidget *
medct_studio_train_build_form(MedctStudioTrain *page)
{
  GtkWidget *side = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0), *scroller = gtk_scrolled_window_new();
  GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 10);
  page->hint = gtk_label_new("");
  gtk_label_set_wrap(GTK_LABEL(page->hint), TRUE);
  gtk_label_set_xalign(GTK_LABEL(page->hint), 0);
  gtk_widget_add_css_class(page->hint, "caption");
  gtk_widget_add_css_class(page->hint, "dim-label");
  gtk_widget_add_css_class(box, "train-form");
  gtk_box_append(GTK_BOX(box), heading(_("New run"), &page->queue_hint, ""));
  gtk_box_append(GTK_BOX(box), build_cohort(page));
  gtk_box_append(GTK_BOX(box), heading(_("Preset"), NULL, _("on this computer")));
  gtk_box_append(GTK_BOX(box), build_presets(page));
  gtk_box_append(GTK_BOX(box), build_settings(page));
  gtk_box_append(GTK_BOX(box), page->hint);
  gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(scroller), box);
  gtk_scrolled_window_set_policy(GTK_SCROLLED_WINDOW(scroller), GTK_POLICY_NEVER,
                                 GTK_POLICY_AUTOMATIC);
  gtk_widget_set_vexpand(scroller, TRUE);
  page->start = gtk_button_new_with_label(_("Start run"));
  gtk_actionable_set_action_name(GTK_ACTIONABLE(page->start), "win.start-training");
  gtk_widget_add_css_class(page->start, "suggested-action");
  gtk_widget_add_css_class(page->start, "train-start");
  medct_text_scale_pane(side, FORM_WIDTH, FORM_WIDTH * 3 / 2);
  gtk_widget_set_hexpand(side, FALSE); /* its rows would spread */
  gtk_widget_add_css_class(side, "pane");
  gtk_box_append(GTK_BOX(side), scroller);
  gtk_box_append(GTK_BOX(side), page->start);
  medct_studio_train_show_form(page);
  return side;
}
