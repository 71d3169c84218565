/* The left side: the runs of this computer. */
#include "app/studio-train.h"
#include "ui/text-scale.h"
#include <glib/gi18n.h>
#include <inttypes.h>
#include <math.h>

enum { LIST_WIDTH = 264 };

typedef struct {
  MedctTrainRun *run;
  GtkWidget *row, *tick, *name, *score, *detail, *state, *bar;
} Row;

static Row *
row_of(const MedctStudioTrain *page, const MedctTrainRun *run)
{
  for (int n = 0;; n++) {
    GtkListBoxRow *at = gtk_list_box_get_row_at_index(GTK_LIST_BOX(page->list), n);
    Row *row = at ? g_object_get_data(G_OBJECT(at), "run") : NULL;
    if (at == NULL || row->run == run)
      return row;
  }
}

gboolean
medct_studio_train_is_ticked(const MedctStudioTrain *page, const MedctTrainRun *run)
{
  const Row *row = row_of(page, run);
  return row != NULL && gtk_check_button_get_active(GTK_CHECK_BUTTON(row->tick));
}

static const char *
state_text(const MedctStudioTrain *page, const MedctTrainRun *run)
{
  switch (run->state) {
  case MEDCT_RUN_QUEUED:
    return _("queued");
  case MEDCT_RUN_RUNNING:
    return page->paused ? _("paused") : _("running");
  case MEDCT_RUN_STOPPED:
    return _("stopped");
  case MEDCT_RUN_LEFT:
    return _("unfinished");
  case MEDCT_RUN_DONE:
    return _("done");
  case MEDCT_RUN_FAILED:
    return _("failed");
  }
  return "";
}

void
medct_studio_train_show_row(MedctStudioTrain *page, const MedctTrainRun *run)
{
  const Row *row = run != NULL ? row_of(page, run) : NULL;
  if (row == NULL)
    return;
  const MedctRunEvaluation *best = medct_train_run_best(run);
  guint n = run->steps->len;
  double step = n > 0 ? g_array_index(run->steps, MedctRunStep, n - 1).step : 0;
  g_autofree char *score =
      best != NULL && isfinite(best->auroc) ? g_strdup_printf("%.3f", best->auroc) : g_strdup("—");
  g_autofree char *detail =
      *run->note != '\0'  ? g_strdup(run->note)
      : run->n_steps == 0 ? g_strdup(_("not begun"))
      : run->state == MEDCT_RUN_DONE
          ? g_strdup_printf(g_dngettext(NULL, "%u epoch", "%u epochs", run->n_epochs),
                            run->n_epochs)
          : g_strdup_printf(_("step %.0f of %" PRIu64), step, run->n_steps);
  gtk_label_set_text(GTK_LABEL(row->name), run->name);
  gtk_label_set_text(GTK_LABEL(row->score), score);
  gtk_label_set_text(GTK_LABEL(row->detail), detail);
  gtk_label_set_text(GTK_LABEL(row->state), state_text(page, run));
  gtk_widget_set_visible(row->bar, run == page->active);
  gtk_progress_bar_set_fraction(GTK_PROGRESS_BAR(row->bar), medct_studio_train_fraction(page, run));
}

static void
row_selected(GtkListBox *list, GtkListBoxRow *at, MedctStudioTrain *page)
{
  const Row *row = at != NULL ? g_object_get_data(G_OBJECT(at), "run") : NULL;
  if (row == NULL || page->window->updating)
    return;
  page->shown = row->run;
  medct_studio_train_show_run(page);
}

static GtkWidget *
label(const char *css, float xalign)
{
  GtkWidget *widget = gtk_label_new("");
  gtk_label_set_xalign(GTK_LABEL(widget), xalign);
  gtk_widget_add_css_class(widget, css);
  gtk_widget_add_css_class(widget, "numeric");
  if (xalign == 0) {
    gtk_widget_set_hexpand(widget, TRUE);
    gtk_label_set_ellipsize(GTK_LABEL(widget), PANGO_ELLIPSIZE_END);
  }
  return widget;
}

static void
add_row(MedctStudioTrain *page, MedctTrainRun *run, gboolean ticked)
{
  Row *row = g_new0(Row, 1);
  GtkWidget *grid = gtk_grid_new();
  *row = (Row){run,
               gtk_list_box_row_new(),
               gtk_check_button_new(),
               label("strong", 0),
               label("train-score", 1),
               label("caption", 0),
               label("caption", 1),
               gtk_progress_bar_new()};
  g_autofree char *name = g_strdup_printf(_("Compare with %s"), run->name);
  gtk_widget_set_tooltip_text(row->tick, name);
  gtk_accessible_update_property(GTK_ACCESSIBLE(row->tick), GTK_ACCESSIBLE_PROPERTY_LABEL, name,
                                 -1);
  gtk_accessible_update_property(GTK_ACCESSIBLE(row->bar), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                 _("Progress"), -1);
  gtk_check_button_set_active(GTK_CHECK_BUTTON(row->tick), ticked);
  g_signal_connect_swapped(row->tick, "toggled", G_CALLBACK(medct_studio_train_show_charts), page);
  gtk_widget_add_css_class(row->detail, "dim-label");
  gtk_widget_add_css_class(row->state, "dim-label");
  gtk_grid_set_column_spacing(GTK_GRID(grid), 8);
  gtk_grid_attach(GTK_GRID(grid), row->tick, 0, 0, 1, 2);
  gtk_grid_attach(GTK_GRID(grid), row->name, 1, 0, 1, 1);
  gtk_grid_attach(GTK_GRID(grid), row->score, 2, 0, 1, 1);
  gtk_grid_attach(GTK_GRID(grid), row->detail, 1, 1, 1, 1);
  gtk_grid_attach(GTK_GRID(grid), row->state, 2, 1, 1, 1);
  gtk_grid_attach(GTK_GRID(grid), row->bar, 1, 2, 2, 1);
  gtk_widget_add_css_class(grid, "train-run");
  gtk_list_box_row_set_child(GTK_LIST_BOX_ROW(row->row), grid);
  g_object_set_data_full(G_OBJECT(row->row), "run", row, g_free);
  gtk_list_box_append(GTK_LIST_BOX(page->list), row->row);
  medct_studio_train_show_row(page, run);
  if (run == page->shown)
    gtk_list_box_select_row(GTK_LIST_BOX(page->list), GTK_LIST_BOX_ROW(row->row));
}

void
medct_studio_train_fill_list(MedctStudioTrain *page)
{
  GtkListBoxRow *at;
  g_autoptr(GHashTable) ticked = g_hash_table_new(NULL, NULL);
  page->window->updating = TRUE;
  while ((at = gtk_list_box_get_row_at_index(GTK_LIST_BOX(page->list), 0))) {
    const Row *row = g_object_get_data(G_OBJECT(at), "run");
    if (gtk_check_button_get_active(GTK_CHECK_BUTTON(row->tick)))
      g_hash_table_add(ticked, row->run);
    gtk_list_box_remove(GTK_LIST_BOX(page->list), GTK_WIDGET(at));
  }
  for (guint n = 0; n < page->runs->len; n++)
    add_row(page, page->runs->pdata[n], g_hash_table_contains(ticked, page->runs->pdata[n]));
  page->window->updating = FALSE;
  gtk_widget_set_visible(page->list_hint, page->runs->len == 0);
}

GtkWidget *
medct_studio_train_build_list(MedctStudioTrain *page)
{
  GtkWidget *side = gtk_box_new(GTK_ORIENTATION_VERTICAL, 6), *scroller = gtk_scrolled_window_new();
  GtkWidget *head = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 8), *title = gtk_label_new(_("Runs"));
  GtkWidget *tick = gtk_label_new(_("tick to compare"));
  GtkWidget *foot = gtk_label_new(_("The number is the best mean AUROC on validation. The test "
                                    "split is never looked at while training."));
  page->list = gtk_list_box_new();
  gtk_widget_add_css_class(page->list, "navigation-sidebar");
  gtk_accessible_update_property(GTK_ACCESSIBLE(page->list), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                 _("Runs"), -1);
  g_signal_connect(page->list, "row-selected", G_CALLBACK(row_selected), page);
  page->list_hint = gtk_label_new(_("No run yet."));
  gtk_widget_add_css_class(title, "pane-title");
  gtk_widget_set_hexpand(title, TRUE);
  gtk_label_set_xalign(GTK_LABEL(title), 0);
  GtkWidget *const dim[] = {tick, foot, page->list_hint};
  for (gsize n = 0; n < G_N_ELEMENTS(dim); n++) {
    gtk_widget_add_css_class(dim[n], "caption");
    gtk_widget_add_css_class(dim[n], "dim-label");
  }
  gtk_label_set_wrap(GTK_LABEL(foot), TRUE);
  gtk_label_set_max_width_chars(GTK_LABEL(foot), 30);
  gtk_label_set_xalign(GTK_LABEL(foot), 0);
  gtk_widget_add_css_class(head, "train-head");
  gtk_widget_add_css_class(foot, "train-head");
  gtk_box_append(GTK_BOX(head), title);
  gtk_box_append(GTK_BOX(head), tick);
  gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(scroller), page->list);
  gtk_scrolled_window_set_policy(GTK_SCROLLED_WINDOW(scroller), GTK_POLICY_NEVER,
                                 GTK_POLICY_AUTOMATIC);
  gtk_widget_set_vexpand(scroller, TRUE);
  gtk_box_append(GTK_BOX(side), head);
  gtk_box_append(GTK_BOX(side), page->list_hint);
  gtk_box_append(GTK_BOX(side), scroller);
  gtk_box_append(GTK_BOX(side), foot);
  medct_text_scale_pane(side, LIST_WIDTH, LIST_WIDTH * 3 / 2);
  gtk_widget_set_hexpand(side, FALSE); /* its rows would spread */
  gtk_widget_add_css_class(side, "pane");
  return side;
}
