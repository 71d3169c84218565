/* The middle: one run's head, its numbers now, and its charts. */
#include "app/studio-train.h"
#include "ui/part-names.h"
#include <glib/gi18n.h>
#include <inttypes.h>
#include <math.h>

enum { TILE_AUROC, TILE_INTERVAL, TILE_LOSS, TILE_RATE, TILE_PACE };

/* ---- what is shown ------------------------------------------------------------------------- */

static void
set_tile(MedctStudioTrain *page, int n, const char *value, char *detail)
{
  gtk_label_set_text(GTK_LABEL(page->tile_values[n]), value);
  gtk_label_set_text(GTK_LABEL(page->tile_details[n]), detail);
  g_free(detail);
}

/* "0.613", "—". */
static char *
number(double value, int decimals)
{
  return isfinite(value) ? g_strdup_printf("%.*f", decimals, value) : g_strdup("—");
}

static void
show_scores(MedctStudioTrain *page)
{
  const MedctTrainRun *run = page->shown;
  const MedctRunEvaluation *best = medct_train_run_best(run), *base = medct_train_run_base(run);
  guint n = run->evaluations->len, n_classes = 0;
  const MedctRunEvaluation *last =
      n > 0 ? &g_array_index(run->evaluations, MedctRunEvaluation, n - 1) : NULL;
  for (guint c = 0; n > 0 && c < run->classes->len; c++)
    n_classes += isfinite(medct_train_run_class(run, n - 1, c));
  g_autofree char *auroc = number(last ? last->auroc : NAN, 3);
  g_autofree char *low = number(last ? last->low : NAN, 3);
  g_autofree char *high = number(last ? last->high : NAN, 3);
  gboolean known = last != NULL && isfinite(last->low) && isfinite(last->high);
  g_autofree char *interval = known ? g_strdup_printf("%s–%s", low, high) : g_strdup("—");
  g_autofree char *base_text = number(base ? base->auroc : NAN, 3);
  g_autofree char *train_loss = number(medct_train_run_loss(run), 3);
  g_autofree char *loss = number(last ? last->loss : NAN, 3);
  g_autofree char *both = g_strdup_printf("%s / %s", train_loss, loss);
  set_tile(page, TILE_AUROC, auroc,
           best ? g_strdup_printf(_("best %.3f at step %.0f"), best->auroc, best->step)
                : g_strdup(_("after the first epoch")));
  set_tile(
      page, TILE_INTERVAL, interval,
      g_strdup_printf(_("base %s, %u of %u findings"), base_text, n_classes, run->classes->len));
  set_tile(page, TILE_LOSS, both, g_strdup(_("mean of the last 25 steps")));
}

static void
show_pace(MedctStudioTrain *page)
{
  const MedctTrainRun *run = page->shown;
  guint n = run->steps->len;
  double lr = n > 0 ? g_array_index(run->steps, MedctRunStep, n - 1).lr : NAN;
  g_autofree char *rate = isfinite(lr) ? g_strdup_printf("%.2f · 10⁻⁴", lr * 1e4) : g_strdup("—");
  double pace = medct_train_run_pace(run);
  g_autofree char *seconds = number(pace, pace < 0.1 ? 4 : pace < 10 ? 2 : 1);
  set_tile(page, TILE_RATE, rate, g_strdup(_("cosine, after a warm-up")));
  g_autofree char *memory = g_format_size(run->memory_bytes);
  set_tile(page, TILE_PACE, seconds,
           run->memory_bytes > 0 ? g_strdup_printf(_("about %s of memory"), memory) : g_strdup(""));
}

static char *
describe(const MedctTrainRun *run)
{
  static const char *const what[] = {N_("text encoder"), N_("text and temporal layers"),
                                     N_("both encoders")};
  g_autofree char *cohort = g_path_get_basename(run->cohort);
  g_autofree char *seed =
      run->wish.seed > 0 ? g_strdup_printf(_(" · seed %" PRIu64), run->wish.seed) : g_strdup("");
  if (run->trainable == 0)
    return g_strdup_printf("%s · %s%s", cohort, _(what[CLAMP(run->wish.preset, 1, 3) - 1]), seed);
  return g_strdup_printf(_("%s · %s · %'" PRIu64 " trainable (%.2f %%)%s"), cohort,
                         _(what[CLAMP(run->wish.preset, 1, 3) - 1]), run->trainable,
                         100.0 * (double)run->trainable / (double)MAX(run->parameters, 1), seed);
}

/* What goes on, in words; free it. */
static char *
progress_text(const MedctStudioTrain *page)
{
  const MedctTrainRun *run = page->shown;
  const medct_train_record *last = &page->last;
  if (run->problem != NULL)
    return g_strdup(run->problem);
  if (run != page->active)
    return run->state == MEDCT_RUN_DONE     ? g_strdup(_("done, the adapter is written"))
           : run->state == MEDCT_RUN_QUEUED ? g_strdup(_("waits for the run before it"))
           : run->n_steps == 0              ? g_strdup(_("not begun"))
                                            : g_strdup(_("can be resumed from its checkpoint"));
  if (page->stopping)
    return g_strdup(_("stopping; the checkpoint is being written"));
  g_autofree char *left = medct_studio_train_duration(last->seconds_left);
  if (last->kind == MEDCT_TRAIN_PREPARED)
    return g_strdup_printf(_("volume %u of %u is encoded · %s left"), last->prepared,
                           last->to_prepare, left);
  if (last->kind == 0 || last->epochs == 0)
    return g_strdup(_("reading cohort and model"));
  return page->paused
             ? g_strdup_printf(_("paused in epoch %u of %u"), last->epoch, last->epochs)
             : g_strdup_printf(_("epoch %u of %u · %s left"), last->epoch, last->epochs, left);
}

void
medct_studio_train_show_head(MedctStudioTrain *page)
{
  MedctTrainRun *run = page->shown;
  gtk_stack_set_visible_child_name(GTK_STACK(page->pages), run != NULL ? "run" : "empty");
  if (run == NULL)
    return;
  gboolean active = run == page->active;
  g_autofree char *subtitle = describe(run), *text = progress_text(page);
  g_autofree char *adapter = medct_train_run_adapter(run);
  gtk_label_set_text(GTK_LABEL(page->title), run->name);
  gtk_label_set_text(GTK_LABEL(page->subtitle), subtitle);
  gtk_label_set_text(GTK_LABEL(page->bar_text), text);
  gtk_progress_bar_set_fraction(GTK_PROGRESS_BAR(page->bar),
                                medct_studio_train_fraction(page, run));
  gtk_widget_set_visible(page->use, adapter != NULL);
  gtk_widget_set_tooltip_text(page->use,
                              run->state == MEDCT_RUN_DONE
                                  ? _("Base and this adapter side by side on Read")
                                  : _("Base and the best adapter so far side by side on Read"));
  gtk_widget_set_visible(page->pause, active);
  gtk_widget_set_visible(page->stop, active);
  gtk_widget_set_visible(page->resume, !active && medct_train_run_can_resume(run));
  gtk_widget_set_visible(page->remove, !active);
  gtk_widget_set_sensitive(page->pause, !page->stopping);
  gtk_widget_set_sensitive(page->stop, !page->stopping);
  gtk_button_set_label(GTK_BUTTON(page->pause), page->paused ? _("Go on") : _("Pause"));
}

void
medct_studio_train_show_run(MedctStudioTrain *page)
{
  medct_studio_train_show_head(page);
  if (page->shown == NULL)
    return;
  if (!gtk_widget_has_focus(page->note) && gtk_widget_get_focus_child(page->note) == NULL &&
      g_strcmp0(gtk_editable_get_text(GTK_EDITABLE(page->note)), page->shown->note) != 0)
    gtk_editable_set_text(GTK_EDITABLE(page->note), page->shown->note);
  show_scores(page);
  show_pace(page);
  medct_studio_train_show_charts(page);
}

/* ---- notes and export ---------------------------------------------------------------------- */

static void
note_changed(MedctStudioTrain *page)
{
  const char *text = gtk_editable_get_text(GTK_EDITABLE(page->note));
  if (page->shown == NULL || g_str_equal(text, page->shown->note))
    return;
  g_free(page->shown->note);
  page->shown->note = g_strdup(text);
  medct_studio_train_save(page, page->shown);
  medct_studio_train_show_row(page, page->shown);
}

static void
export_chosen(GtkNativeDialog *dialog, int response, MedctStudioTrain *page)
{
  if (response == GTK_RESPONSE_ACCEPT && page->shown != NULL) {
    g_autoptr(GError) error = NULL;
    g_autoptr(GFile) file = gtk_file_chooser_get_file(GTK_FILE_CHOOSER(dialog));
    g_autofree char *path = g_file_get_path(file);
    if (path != NULL && medct_studio_train_export(page, path, &error)) {
      g_autofree char *name = g_path_get_basename(path);
      g_autofree char *text = g_strdup_printf(_("Saved as %s"), name);
      medct_studio_toast(page->window, text);
    } else if (error != NULL)
      medct_studio_toast(page->window, error->message);
  }
  g_object_unref(dialog);
}

static void
export_activated(GSimpleAction *action, GVariant *value, gpointer data)
{
  MedctStudioTrain *page = data;
  if (page->shown == NULL)
    return;
  GtkFileChooserNative *dialog =
      gtk_file_chooser_native_new(_("Export the charts"), GTK_WINDOW(page->window),
                                  GTK_FILE_CHOOSER_ACTION_SAVE, _("Save"), NULL);
  g_autofree char *base = g_path_get_basename(page->shown->folder);
  g_autofree char *name = g_strdup_printf("%s.%s", base, g_variant_get_string(value, NULL));
  gtk_file_chooser_set_current_name(GTK_FILE_CHOOSER(dialog), name);
  g_signal_connect(dialog, "response", G_CALLBACK(export_chosen), page);
  medct_show_chooser(dialog);
}

/* ---- building ------------------------------------------------------------------------------ */

static GtkWidget *
label(const char *text, const char *css)
{
  GtkWidget *widget = gtk_label_new(text);
  gtk_label_set_xalign(GTK_LABEL(widget), 0);
  gtk_label_set_ellipsize(GTK_LABEL(widget), PANGO_ELLIPSIZE_END);
  gtk_widget_add_css_class(widget, css);
  gtk_widget_add_css_class(widget, "numeric");
  return widget;
}

static GtkWidget *
button(const char *text, const char *action, const char *tooltip)
{
  GtkWidget *widget = gtk_button_new_with_label(text);
  gtk_actionable_set_action_name(GTK_ACTIONABLE(widget), action);
  gtk_widget_set_tooltip_text(widget, tooltip);
  gtk_widget_set_valign(widget, GTK_ALIGN_CENTER);
  return widget;
}

static GtkWidget *
build_stop(void)
{
  GtkWidget *split = adw_split_button_new();
  g_autoptr(GMenu) menu = g_menu_new();
  g_menu_append(menu, _("Stop, to resume later"), "win.stop-training");
  g_menu_append(menu, _("End now with the best adapter so far"), "win.finish-training");
  adw_split_button_set_label(ADW_SPLIT_BUTTON(split), _("Stop"));
  adw_split_button_set_menu_model(ADW_SPLIT_BUTTON(split), G_MENU_MODEL(menu));
  gtk_actionable_set_action_name(GTK_ACTIONABLE(split), "win.stop-training");
  gtk_widget_set_tooltip_text(split, _("Writes a checkpoint and stops"));
  gtk_accessible_update_property(GTK_ACCESSIBLE(split), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Stop"),
                                 -1);
  /* The toolkit gives its arrow a tooltip and no name. */
  gtk_accessible_update_property(GTK_ACCESSIBLE(gtk_widget_get_last_child(split)),
                                 GTK_ACCESSIBLE_PROPERTY_LABEL, _("Ways to stop"), -1);
  gtk_widget_set_valign(split, GTK_ALIGN_CENTER);
  return split;
}

static GtkWidget *
build_export(void)
{
  GtkWidget *widget = gtk_menu_button_new();
  g_autoptr(GMenu) menu = g_menu_new();
  g_menu_append(menu, _("Picture (PNG)…"), "win.export-charts::png");
  g_menu_append(menu, _("Drawing (SVG)…"), "win.export-charts::svg");
  g_menu_append(menu, _("Numbers (CSV)…"), "win.export-charts::csv");
  gtk_menu_button_set_label(GTK_MENU_BUTTON(widget), _("Export"));
  gtk_menu_button_set_menu_model(GTK_MENU_BUTTON(widget), G_MENU_MODEL(menu));
  gtk_widget_set_tooltip_text(widget, _("Export the charts"));
  gtk_accessible_update_property(GTK_ACCESSIBLE(widget), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Export"),
                                 -1);
  gtk_widget_set_valign(widget, GTK_ALIGN_CENTER);
  return widget;
}

static GtkWidget *
build_head(MedctStudioTrain *page)
{
  GtkWidget *head = page->head = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 8);
  GtkWidget *lines = gtk_box_new(GTK_ORIENTATION_VERTICAL, 2);
  GtkWidget *buttons = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 8);
  page->title = label("", "title-4");
  page->subtitle = label("", "caption");
  gtk_widget_add_css_class(page->subtitle, "dim-label");
  page->use = button(_("Try on open study"), "win.use-run", NULL);
  gtk_widget_add_css_class(page->use, "suggested-action");
  page->pause = button(_("Pause"), "win.pause-training", _("Pauses at once; memory stays taken"));
  page->resume = button(_("Resume"), "win.resume-training", _("Goes on from the checkpoint"));
  page->stop = build_stop();
  page->remove = gtk_button_new_from_icon_name("user-trash-symbolic");
  gtk_actionable_set_action_name(GTK_ACTIONABLE(page->remove), "win.remove-run");
  gtk_widget_set_tooltip_text(page->remove, _("Delete this run (Delete, in the list)"));
  gtk_accessible_update_property(GTK_ACCESSIBLE(page->remove), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                 _("Delete this run"), -1);
  gtk_widget_set_valign(page->remove, GTK_ALIGN_CENTER);
  page->note = gtk_entry_new();
  gtk_entry_set_placeholder_text(GTK_ENTRY(page->note), _("Note"));
  gtk_editable_set_width_chars(GTK_EDITABLE(page->note), 12);
  gtk_widget_set_hexpand(page->note, TRUE);
  gtk_widget_set_valign(page->note, GTK_ALIGN_CENTER);
  gtk_accessible_update_property(GTK_ACCESSIBLE(page->note), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                 _("Note on this run"), -1);
  g_signal_connect_swapped(page->note, "changed", G_CALLBACK(note_changed), page);
  gtk_widget_set_hexpand(lines, TRUE);
  gtk_box_append(GTK_BOX(lines), page->title);
  gtk_box_append(GTK_BOX(lines), page->subtitle);
  GtkWidget *const all[] = {page->note,  page->use,    build_export(), page->remove,
                            page->pause, page->resume, page->stop};
  for (gsize n = 0; n < G_N_ELEMENTS(all); n++)
    gtk_box_append(GTK_BOX(buttons), all[n]);
  gtk_box_append(GTK_BOX(head), lines);
  gtk_box_append(GTK_BOX(head), buttons);
  return head;
}

static GtkWidget *
build_progress(MedctStudioTrain *page)
{
  GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 12);
  page->bar = gtk_progress_bar_new();
  page->bar_text = label("", "caption");
  gtk_widget_set_hexpand(page->bar, TRUE);
  gtk_widget_set_valign(page->bar, GTK_ALIGN_CENTER);
  gtk_accessible_update_property(GTK_ACCESSIBLE(page->bar), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                 _("Progress"), -1);
  gtk_box_append(GTK_BOX(box), page->bar);
  gtk_box_append(GTK_BOX(box), page->bar_text);
  return box;
}

static GtkWidget *
build_tiles(MedctStudioTrain *page)
{
  static const char *const titles[MEDCT_N_TILES] = {
      N_("Mean AUROC, validation"), N_("95 % interval"), N_("Loss, train / validation"),
      N_("Learning rate"), N_("Seconds per step")};
  page->tile_grid = gtk_grid_new();
  gtk_grid_set_column_homogeneous(GTK_GRID(page->tile_grid), TRUE);
  gtk_grid_set_column_spacing(GTK_GRID(page->tile_grid), 12);
  gtk_grid_set_row_spacing(GTK_GRID(page->tile_grid), 8);
  for (int n = 0; n < MEDCT_N_TILES; n++) {
    GtkWidget *tile = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
    GtkWidget *title = label(_(titles[n]), "caption");
    page->tile_values[n] = label("—", "train-number");
    page->tile_details[n] = label("", "caption");
    gtk_widget_add_css_class(title, "dim-label");
    gtk_widget_add_css_class(page->tile_details[n], "dim-label");
    gtk_box_append(GTK_BOX(tile), title);
    gtk_box_append(GTK_BOX(tile), page->tile_values[n]);
    gtk_box_append(GTK_BOX(tile), page->tile_details[n]);
    page->tiles[n] = tile;
    gtk_grid_attach(GTK_GRID(page->tile_grid), tile, n, 0, 1, 1);
  }
  return page->tile_grid;
}

static GtkWidget *
build_empty(void)
{
  GtkWidget *page = adw_status_page_new();
  adw_status_page_set_icon_name(ADW_STATUS_PAGE(page), "medct-train-symbolic");
  adw_status_page_set_title(ADW_STATUS_PAGE(page), _("Adapt the model to your own volumes"));
  adw_status_page_set_description(
      ADW_STATUS_PAGE(page),
      _("Choose a cohort and a preset at the right and start. The model's own weights stay as they "
        "are; an adapter beside them learns, and you can read studies meanwhile."));
  return page;
}

GtkWidget *
medct_studio_train_build_view(MedctStudioTrain *page)
{
  static const GActionEntry entries[] = {{"export-charts", export_activated, "s", NULL, NULL, {0}}};
  GtkWidget *scroller = page->scroller = gtk_scrolled_window_new();
  GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 12);
  g_action_map_add_action_entries(G_ACTION_MAP(page->window), entries, 1, page);
  gtk_widget_add_css_class(box, "train-view");
  gtk_box_append(GTK_BOX(box), build_head(page));
  gtk_box_append(GTK_BOX(box), build_progress(page));
  gtk_box_append(GTK_BOX(box), build_tiles(page));
  medct_studio_train_build_charts(page, GTK_BOX(box));
  gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(scroller), box);
  gtk_scrolled_window_set_policy(GTK_SCROLLED_WINDOW(scroller), GTK_POLICY_EXTERNAL,
                                 GTK_POLICY_AUTOMATIC);
  page->pages = gtk_stack_new();
  gtk_stack_add_named(GTK_STACK(page->pages), build_empty(), "empty");
  gtk_stack_add_named(GTK_STACK(page->pages), scroller, "run");
  gtk_widget_set_hexpand(page->pages, TRUE);
  return page->pages;
}
