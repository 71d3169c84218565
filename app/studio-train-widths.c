/* What gives way on the Train page when the window narrows: the new run's pane folds, then that of
 * the runs; the charts stand below each other. */
#include "app/studio-train.h"
#include "ui/measured-bin.h"
#include "ui/text-scale.h"
#include <glib/gi18n.h>

/* Widths of the middle: what it wishes for beside the panes, and under which parts move. Larger
 * letters need more. */
enum { VIEW_WISH = 480, SIDE_BY_SIDE = 620, HEAD_IN_A_ROW = 900, CLASS_WIDTH = 126 };
enum { TILES_IN_A_ROW = 780, TILES_IN_TWO = 440 };

static int
tile_columns(double width)
{
  return width >= TILES_IN_A_ROW ? MEDCT_N_TILES
         : width >= TILES_IN_TWO ? (MEDCT_N_TILES + 1) / 2
                                 : 2;
}

/* ---- the middle ---------------------------------------------------------------------------- */

/* Puts widgets into rows of so many. */
static void
fill_rows(GtkGrid *grid, GtkWidget *const *widgets, int n, int columns)
{
  for (int i = 0; i < n; i++) {
    g_object_ref(widgets[i]);
    gtk_grid_remove(grid, widgets[i]);
    gtk_grid_attach(grid, widgets[i], i % columns, i / columns, 1, 1);
    g_object_unref(widgets[i]);
  }
}

static gboolean
apply_width(gpointer data)
{
  MedctStudioTrain *page = data;
  GtkAdjustment *adjustment =
      gtk_scrolled_window_get_hadjustment(GTK_SCROLLED_WINDOW(page->scroller));
  double width = gtk_adjustment_get_page_size(adjustment) / medct_text_scale(page->scroller);
  GtkOrientation along =
      width >= SIDE_BY_SIDE ? GTK_ORIENTATION_HORIZONTAL : GTK_ORIENTATION_VERTICAL;
  int columns = CLAMP((int)width / CLASS_WIDTH, 2, MEDCT_TRAIN_COLUMNS);
  page->width_source = 0;
  GtkWidget *const boxes[] = {page->large, page->small};
  for (gsize n = 0; n < G_N_ELEMENTS(boxes); n++)
    gtk_orientable_set_orientation(GTK_ORIENTABLE(boxes[n]), along);
  gtk_orientable_set_orientation(GTK_ORIENTABLE(page->head), width >= HEAD_IN_A_ROW
                                                                 ? GTK_ORIENTATION_HORIZONTAL
                                                                 : GTK_ORIENTATION_VERTICAL);
  fill_rows(GTK_GRID(page->tile_grid), page->tiles, MEDCT_N_TILES, tile_columns(width));
  if (columns != page->columns) {
    page->columns = columns;
    fill_rows(GTK_GRID(page->grid), (GtkWidget *const *)page->class_charts->pdata,
              (int)page->class_charts->len, columns);
  }
  return G_SOURCE_REMOVE;
}

/* Not at once: this comes while sizes are being given out. */
static void
width_changed(MedctStudioTrain *page)
{
  if (page->width_source == 0)
    page->width_source = g_idle_add_full(G_PRIORITY_HIGH_IDLE, apply_width, page, NULL);
}

static void
letters_changed(gpointer window)
{
  MedctStudioTrain *page = MEDCT_STUDIO_WINDOW(window)->train;
  if (page != NULL)
    width_changed(page);
}

static void
measure_view(GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
             int *natural, int *minimum_baseline, int *natural_baseline)
{
  gtk_widget_measure(gtk_widget_get_first_child(widget), orientation, for_size, minimum, natural,
                     minimum_baseline, natural_baseline);
  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    *natural = MAX(*minimum, (int)(VIEW_WISH * CLAMP(medct_text_scale(widget), 1, 1.5)));
}

/* Wishes for the same width whatever it shows, so that folding cannot swing. */
static GtkWidget *
wrap_view(MedctStudioTrain *page, GtkWidget *view)
{
  GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *wrap = medct_measured_bin_new(box, measure_view, NULL);
  gtk_box_append(GTK_BOX(box), page->folded_bar);
  gtk_box_append(GTK_BOX(box), view);
  gtk_widget_set_vexpand(view, TRUE);
  gtk_widget_set_hexpand(wrap, TRUE);
  g_signal_connect_swapped(gtk_scrolled_window_get_hadjustment(GTK_SCROLLED_WINDOW(page->scroller)),
                           "notify::page-size", G_CALLBACK(width_changed), page);
  medct_text_scale_follow(page->window, letters_changed);
  return wrap;
}

/* ---- the panes ----------------------------------------------------------------------------- */

static void
folded(MedctStudioTrain *page)
{
  gboolean list = adw_flap_get_folded(ADW_FLAP(page->list_flap));
  gboolean form = adw_flap_get_folded(ADW_FLAP(page->form_flap));
  gtk_widget_set_visible(page->list_button, list);
  gtk_widget_set_visible(page->form_button, form);
  gtk_widget_set_visible(page->folded_bar, list || form);
}

static GtkWidget *
pane_button(GtkWidget *flap, const char *text, const char *tooltip)
{
  GtkWidget *button = gtk_toggle_button_new_with_label(text);
  gtk_widget_set_tooltip_text(button, tooltip);
  g_object_bind_property(flap, "reveal-flap", button, "active",
                         G_BINDING_SYNC_CREATE | G_BINDING_BIDIRECTIONAL);
  return button;
}

static GtkWidget *
new_flap(GtkWidget *pane, GtkPackType end, MedctStudioTrain *page)
{
  GtkWidget *flap = adw_flap_new(), *scroller = gtk_scrolled_window_new();
  gtk_scrolled_window_set_policy(GTK_SCROLLED_WINDOW(scroller), GTK_POLICY_NEVER,
                                 GTK_POLICY_AUTOMATIC); /* its height is no lower limit */
  gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(scroller), pane);
  gtk_widget_add_css_class(scroller, "background");
  adw_flap_set_flap(ADW_FLAP(flap), scroller);
  adw_flap_set_flap_position(ADW_FLAP(flap), end);
  adw_flap_set_separator(ADW_FLAP(flap), gtk_separator_new(GTK_ORIENTATION_VERTICAL));
  adw_flap_set_fold_threshold_policy(ADW_FLAP(flap), ADW_FOLD_THRESHOLD_POLICY_NATURAL);
  return flap;
}

GtkWidget *
medct_studio_train_build_flaps(MedctStudioTrain *page, GtkWidget *list, GtkWidget *view,
                               GtkWidget *form)
{
  GtkWidget *space = gtk_label_new("");
  page->list_flap = new_flap(list, GTK_PACK_START, page);
  page->form_flap = new_flap(form, GTK_PACK_END, page);
  page->folded_bar = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 8);
  page->list_button = pane_button(page->list_flap, _("Runs"), _("Show the runs"));
  page->form_button = pane_button(page->form_flap, _("New run"), _("Set up a new run"));
  gtk_widget_set_hexpand(space, TRUE);
  gtk_widget_add_css_class(page->folded_bar, "train-folded");
  gtk_box_append(GTK_BOX(page->folded_bar), page->list_button);
  gtk_box_append(GTK_BOX(page->folded_bar), space);
  gtk_box_append(GTK_BOX(page->folded_bar), page->form_button);
  adw_flap_set_content(ADW_FLAP(page->list_flap), wrap_view(page, view));
  adw_flap_set_content(ADW_FLAP(page->form_flap), page->list_flap);
  g_signal_connect_swapped(page->list_flap, "notify::folded", G_CALLBACK(folded), page);
  g_signal_connect_swapped(page->form_flap, "notify::folded", G_CALLBACK(folded), page);
  folded(page);
  return page->form_flap;
}
