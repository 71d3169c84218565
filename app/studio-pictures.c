/* The pictures: axial, sagittal, coronal and 3-D in a square; a double click maximises one. */
#include "app/studio-private.h"

static void
pointer_told(GtkWidget *viewport, const char *text, MedctStudioWindow *window)
{
  gtk_label_set_text(GTK_LABEL(window->readout), text);
}

/* The map's colours stand in the picture that the keys act on, and so in one that is alone. */
static void
give_legend(MedctStudioWindow *window, GtkWidget *picture)
{
  for (int n = 0; n < 3; n++)
    medct_viewport_set_legend(MEDCT_VIEWPORT(window->viewports[n]),
                              window->viewports[n] == picture);
}

static void
focus_moved(GtkWidget *viewport, GParamSpec *spec, MedctStudioWindow *window)
{
  if (gtk_widget_has_focus(viewport))
    give_legend(window, viewport);
}

void
medct_studio_maximise(MedctStudioWindow *window, GtkWidget *picture)
{
  window->maximised = !window->maximised;
  if (picture != window->volume_view)
    give_legend(window, picture);
  for (int n = 0; n < 3; n++)
    gtk_widget_set_visible(window->viewports[n],
                           !window->maximised || window->viewports[n] == picture);
  gtk_widget_set_visible(window->volume_view, !window->maximised || window->volume_view == picture);
}

static void
maximise(GtkWidget *viewport, MedctStudioWindow *window)
{
  medct_studio_maximise(window, viewport);
}

void
medct_studio_arrange_pictures(MedctStudioWindow *window, gboolean large)
{
  GtkLayoutManager *layout = gtk_widget_get_layout_manager(window->pictures);
  GtkWidget *pictures[4] = {window->viewports[0], window->viewports[1], window->viewports[2],
                            window->volume_view};
  for (int n = 0; n < 4; n++) {
    GtkGridLayoutChild *place =
        GTK_GRID_LAYOUT_CHILD(gtk_layout_manager_get_layout_child(layout, pictures[n]));
    gboolean first = large && n == 0;
    gtk_grid_layout_child_set_column(place, large ? MAX(n - 1, 0) : n % 2);
    gtk_grid_layout_child_set_row(place, large ? (n > 0 ? 2 : 0) : n / 2);
    gtk_grid_layout_child_set_column_span(place, first ? 3 : 1);
    gtk_grid_layout_child_set_row_span(place, first ? 2 : 1);
    gtk_widget_set_size_request(pictures[n], 160, large ? 56 : 140);
  }
}

GtkWidget *
medct_studio_build_pictures(MedctStudioWindow *window)
{
  GtkWidget *grid = gtk_grid_new();
  gtk_grid_set_row_homogeneous(GTK_GRID(grid), TRUE);
  gtk_grid_set_column_homogeneous(GTK_GRID(grid), TRUE);
  gtk_grid_set_row_spacing(GTK_GRID(grid), 2);
  gtk_grid_set_column_spacing(GTK_GRID(grid), 2);
  gtk_widget_add_css_class(grid, "pictures");
  for (int n = 0; n < 3; n++) {
    window->viewports[n] = medct_viewport_new((MedctPlaneKind)n);
    g_signal_connect(window->viewports[n], "pointer", G_CALLBACK(pointer_told), window);
    g_signal_connect(window->viewports[n], "maximise", G_CALLBACK(maximise), window);
    g_signal_connect(window->viewports[n], "notify::has-focus", G_CALLBACK(focus_moved), window);
    medct_studio_add_voxel_click(window, window->viewports[n]);
    gtk_grid_attach(GTK_GRID(grid), window->viewports[n], 0, 0, 1, 1);
  }
  window->volume_view = medct_volume_view_new();
  g_signal_connect(window->volume_view, "maximise", G_CALLBACK(maximise), window);
  gtk_grid_attach(GTK_GRID(grid), window->volume_view, 0, 0, 1, 1);
  window->pictures = grid;
  medct_studio_arrange_pictures(window, FALSE);
  return grid;
}
