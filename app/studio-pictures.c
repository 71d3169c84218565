/* The pictures: axial, sagittal, coronal and 3-D in a square; a double click maximises one. */
#include "app/studio-private.h"

static void
pointer_told(GtkWidget *viewport, const char *text, MedctStudioWindow *window)
{
  gtk_label_set_text(GTK_LABEL(window->readout), text);
}

void
medct_studio_maximise(MedctStudioWindow *window, GtkWidget *picture)
{
  window->maximised = !window->maximised;
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
    medct_studio_add_voxel_click(window, window->viewports[n]);
    gtk_grid_attach(GTK_GRID(grid), window->viewports[n], n % 2, n / 2, 1, 1);
  }
  window->volume_view = medct_volume_view_new();
  g_signal_connect(window->volume_view, "maximise", G_CALLBACK(maximise), window);
  gtk_grid_attach(GTK_GRID(grid), window->volume_view, 1, 1, 1, 1);
  return grid;
}
