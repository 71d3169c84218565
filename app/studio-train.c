/* The Train page as a whole, its chip in the header and its banner. */
#include "app/studio-train.h"
#include <glib/gi18n.h>
#include <inttypes.h>
#include <math.h>

char *
medct_studio_train_duration(double seconds)
{
  if (!isfinite(seconds) || seconds < 0)
    return g_strdup("…");
  if (seconds < 100)
    return g_strdup_printf(_("%.0f s"), ceil(seconds));
  int minutes = (int)fmin(ceil(seconds / 60), 1e7);
  return minutes < 100 ? g_strdup_printf(_("%d min"), minutes)
                       : g_strdup_printf(_("%d h %02d min"), minutes / 60, minutes % 60);
}

/* ---- chip ---------------------------------------------------------------------------------- */

static void
draw_ring(GtkDrawingArea *area, cairo_t *cr, int width, int height, gpointer data)
{
  const MedctStudioTrain *page = data;
  double radius = MIN(width, height) / 2.0 - 2;
  GdkRGBA colour;
  gtk_style_context_get_color(gtk_widget_get_style_context(GTK_WIDGET(area)), &colour);
  cairo_set_line_width(cr, 3);
  cairo_set_source_rgba(cr, colour.red, colour.green, colour.blue, 0.25);
  cairo_arc(cr, width / 2.0, height / 2.0, radius, 0, 2 * G_PI);
  cairo_stroke(cr);
  if (page->active == NULL)
    return;
  cairo_set_source_rgb(cr, 0.51, 0.71, 0.96);
  cairo_arc(cr, width / 2.0, height / 2.0, radius, -G_PI / 2,
            -G_PI / 2 + 2 * G_PI * medct_studio_train_fraction(page, page->active));
  cairo_stroke(cr);
}

static gboolean
is_on_page(const MedctStudioTrain *page)
{
  return g_strcmp0(adw_view_stack_get_visible_child_name(ADW_VIEW_STACK(page->window->view_stack)),
                   "train") == 0;
}

void
medct_studio_train_show_chip(MedctStudioTrain *page)
{
  gtk_widget_set_visible(page->chip, page->active != NULL && !is_on_page(page));
  if (page->active == NULL)
    return;
  g_autofree char *left = medct_studio_train_duration(page->last.seconds_left);
  g_autofree char *text = page->paused ? g_strdup(_("Training paused"))
                          : isfinite(page->last.seconds_left)
                              ? g_strdup_printf(_("Training, %s left"), left)
                              : g_strdup(_("Training"));
  gtk_label_set_text(GTK_LABEL(page->chip_label), text);
  gtk_accessible_update_property(GTK_ACCESSIBLE(page->chip), GTK_ACCESSIBLE_PROPERTY_LABEL, text,
                                 -1);
  gtk_widget_queue_draw(page->chip_ring);
}

GtkWidget *
medct_studio_build_train_chip(MedctStudioWindow *window)
{
  MedctStudioTrain *page = g_new0(MedctStudioTrain, 1);
  GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 6);
  window->train = page;
  page->window = window;
  page->chip = gtk_button_new();
  page->chip_ring = gtk_drawing_area_new();
  page->chip_label = gtk_label_new("");
  gtk_widget_add_css_class(page->chip_label, "numeric");
  gtk_drawing_area_set_content_width(GTK_DRAWING_AREA(page->chip_ring), 18);
  gtk_drawing_area_set_content_height(GTK_DRAWING_AREA(page->chip_ring), 18);
  gtk_widget_set_valign(page->chip_ring, GTK_ALIGN_CENTER);
  gtk_drawing_area_set_draw_func(GTK_DRAWING_AREA(page->chip_ring), draw_ring, page, NULL);
  gtk_box_append(GTK_BOX(box), page->chip_ring);
  gtk_box_append(GTK_BOX(box), page->chip_label);
  gtk_button_set_child(GTK_BUTTON(page->chip), box);
  gtk_accessible_update_property(GTK_ACCESSIBLE(page->chip), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                 _("Training"), -1);
  gtk_actionable_set_detailed_action_name(GTK_ACTIONABLE(page->chip), "win.show-page::train");
  gtk_widget_set_tooltip_text(page->chip, _("Show the training"));
  gtk_widget_set_visible(page->chip, FALSE);
  return page->chip;
}

/* ---- banner -------------------------------------------------------------------------------- */

static void
banner_answered(GtkInfoBar *banner, int response, MedctStudioTrain *page)
{
  gtk_widget_set_visible(page->banner, FALSE);
  if (response != GTK_RESPONSE_ACCEPT)
    return;
  MedctTrainRun *run = medct_train_runs_left(page->runs);
  if (run != NULL) {
    page->shown = run;
    medct_studio_train_fill_list(page);
    medct_studio_train_begin(page, run);
  }
  medct_studio_show_page(page->window, "train");
}

GtkWidget *
medct_studio_build_train_banner(MedctStudioWindow *window)
{
  MedctStudioTrain *page = window->train;
  page->banner = gtk_info_bar_new();
  page->banner_label = gtk_label_new("");
  gtk_label_set_ellipsize(GTK_LABEL(page->banner_label), PANGO_ELLIPSIZE_END);
  gtk_info_bar_add_child(GTK_INFO_BAR(page->banner), page->banner_label);
  gtk_info_bar_add_button(GTK_INFO_BAR(page->banner), _("Resume"), GTK_RESPONSE_ACCEPT);
  gtk_info_bar_add_button(GTK_INFO_BAR(page->banner), _("Not now"), GTK_RESPONSE_CLOSE);
  gtk_widget_set_visible(page->banner, FALSE);
  g_signal_connect(page->banner, "response", G_CALLBACK(banner_answered), page);
  return page->banner;
}

/* Offers to go on with what the program's end left unfinished. */
static void
offer_to_resume(MedctStudioTrain *page)
{
  const MedctTrainRun *run = medct_train_runs_left(page->runs);
  if (run == NULL)
    return;
  guint done = run->steps->len;
  g_autofree char *text =
      done > 0
          ? g_strdup_printf(
                _("Training %s was left at step %.0f of %" PRIu64 " when the program closed."),
                run->name, g_array_index(run->steps, MedctRunStep, done - 1).step, run->n_steps)
          : g_strdup_printf(_("Training %s had not begun when the program closed."), run->name);
  gtk_label_set_text(GTK_LABEL(page->banner_label), text);
  gtk_widget_set_visible(page->banner, TRUE);
}

/* ---- page ---------------------------------------------------------------------------------- */

static void
page_changed(MedctStudioTrain *page)
{
  medct_studio_train_show_chip(page);
  if (is_on_page(page)) {
    medct_studio_train_show_form(page);
    medct_studio_train_show_run(page);
    medct_studio_train_measure(page);
  }
}

static void
page_free(gpointer data)
{
  MedctStudioTrain *page = data;
  g_clear_handle_id(&page->source, g_source_remove);
  g_clear_handle_id(&page->ask_source, g_source_remove);
  g_clear_handle_id(&page->width_source, g_source_remove);
  medct_train_worker_free(page->worker);
  g_ptr_array_unref(page->removed);
  g_ptr_array_unref(page->runs);
  g_ptr_array_unref(page->class_charts);
  g_clear_pointer(&page->estimate, medct_train_estimate_free);
  g_clear_pointer(&page->estimate_job, medct_job_unref);
  g_clear_weak_pointer(&page->offer);
  g_free(page->cohort);
  g_free(page->model);
  g_free(page->folder);
  g_free(page);
}

GtkWidget *
medct_studio_build_train(MedctStudioWindow *window)
{
  MedctStudioTrain *page = window->train;
  page->folder = medct_train_runs_folder();
  page->runs = medct_train_runs_load(page->folder);
  page->class_charts = g_ptr_array_new();
  page->hover = NAN;
  page->last.seconds_left = NAN;
  page->shown = page->runs->len > 0 ? page->runs->pdata[0] : NULL;
  page->removed = g_ptr_array_new();
  GtkWidget *list = medct_studio_train_build_list(page);
  GtkWidget *view = medct_studio_train_build_view(page);
  GtkWidget *all =
      medct_studio_train_build_flaps(page, list, view, medct_studio_train_build_form(page));
  g_object_set_data_full(G_OBJECT(all), "page", page, page_free);
  g_signal_connect_swapped(window->view_stack, "notify::visible-child", G_CALLBACK(page_changed),
                           page);
  medct_studio_train_add_actions(page);
  medct_studio_train_add_remove(page);
  medct_studio_train_fill_list(page);
  medct_studio_train_show_run(page);
  offer_to_resume(page);
  return all;
}

/* ---- for the tours ------------------------------------------------------------------------- */

void
medct_studio_train_dump(const MedctStudioWindow *window, gpointer builder)
{
  static const char *const states[] = {"queued", "running", "stopped", "left", "done", "failed"};
  const MedctStudioTrain *page = window->train;
  JsonBuilder *b = builder;
  const MedctTrainRun *run = page->shown;
  const MedctRunEvaluation *best = run != NULL ? medct_train_run_best(run) : NULL;
  json_builder_set_member_name(b, "train_runs");
  json_builder_add_int_value(b, page->runs->len);
  json_builder_set_member_name(b, "train_state");
  json_builder_add_string_value(b, run == NULL                           ? ""
                                   : run == page->active && page->paused ? "paused"
                                                                         : states[run->state]);
  json_builder_set_member_name(b, "train_name");
  json_builder_add_string_value(b, run != NULL ? run->name : "");
  json_builder_set_member_name(b, "train_begun"); /* computes, after cohort and model are read */
  json_builder_add_boolean_value(b, page->active != NULL && page->last.kind != 0);
  json_builder_set_member_name(b, "train_steps");
  json_builder_add_int_value(b, run != NULL ? run->steps->len : 0);
  json_builder_set_member_name(b, "train_evaluations");
  json_builder_add_int_value(b, run != NULL ? run->evaluations->len : 0);
  json_builder_set_member_name(b, "train_auroc");
  json_builder_add_double_value(b, best != NULL && isfinite(best->auroc) ? best->auroc : 0);
  json_builder_set_member_name(b, "train_can_start");
  json_builder_add_boolean_value(b, gtk_widget_is_sensitive(page->start));
  json_builder_set_member_name(b, "train_estimated");
  json_builder_add_boolean_value(b, page->estimate != NULL);
  g_autoptr(GString) times = g_string_new(NULL);
  for (int n = 0; n < MEDCT_N_PRESETS; n++)
    g_string_append_printf(times, "%s%s", n > 0 ? ", " : "",
                           gtk_label_get_text(GTK_LABEL(page->preset_times[n])));
  json_builder_set_member_name(b, "train_times");
  json_builder_add_string_value(b, times->str);
  json_builder_set_member_name(b, "train_note");
  json_builder_add_string_value(b, run != NULL ? run->note : "");
  json_builder_set_member_name(b, "train_hover");
  json_builder_add_double_value(b, isfinite(page->hover) ? page->hover : -1);
  json_builder_set_member_name(b, "train_runs_folded");
  json_builder_add_boolean_value(b, adw_flap_get_folded(ADW_FLAP(page->list_flap)));
  json_builder_set_member_name(b, "train_form_folded");
  json_builder_add_boolean_value(b, adw_flap_get_folded(ADW_FLAP(page->form_flap)));
  json_builder_set_member_name(b, "train_chip");
  json_builder_add_boolean_value(b, gtk_widget_get_visible(page->chip));
  json_builder_set_member_name(b, "train_banner");
  json_builder_add_boolean_value(b, gtk_widget_get_visible(page->banner));
}
