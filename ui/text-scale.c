#include "ui/text-scale.h"
#include <math.h>

double
medct_text_scale(GtkWidget *widget)
{
  const double usual = 96 * PANGO_SCALE; /* dots per inch, as GTK counts them */
  int dpi = 0;
  g_object_get(gtk_widget_get_settings(widget), "gtk-xft-dpi", &dpi, NULL);
  return dpi > 0 ? CLAMP(dpi / usual, 0.5, 4) : 1;
}

double
medct_text_scale_over(GtkWidget *widget, double width, double height)
{
  const double usual_width = 220, usual_height = 150; /* px that names, letters and bar need */
  double room = fmin(width / usual_width, height / usual_height);
  double scale = medct_text_scale(widget);
  return scale > 1 ? fmax(1, fmin(scale, room)) : scale;
}

void
medct_text_scale_follow(gpointer object, void (*changed)(gpointer object))
{
  g_signal_connect_object(gtk_settings_get_default(), "notify::gtk-xft-dpi", G_CALLBACK(changed),
                          object, G_CONNECT_SWAPPED);
}

static void
size_pane(gpointer pane)
{
  int width = GPOINTER_TO_INT(g_object_get_data(pane, "medct-usual-width"));
  int most = GPOINTER_TO_INT(g_object_get_data(pane, "medct-most-width"));
  int chosen = GPOINTER_TO_INT(g_object_get_data(pane, "medct-chosen-width"));
  int scaled = CLAMP((int)(width * medct_text_scale(pane)), width, most);
  gtk_widget_set_size_request(pane, chosen > 0 ? MIN(chosen, most) : scaled, -1);
}

void
medct_text_scale_pane(GtkWidget *pane, int width, int most)
{
  g_object_set_data(G_OBJECT(pane), "medct-usual-width", GINT_TO_POINTER(width));
  g_object_set_data(G_OBJECT(pane), "medct-most-width", GINT_TO_POINTER(most));
  size_pane(pane);
  medct_text_scale_follow(pane, size_pane);
}

void
medct_text_scale_choose_pane(GtkWidget *pane, int chosen)
{
  g_object_set_data(G_OBJECT(pane), "medct-chosen-width", GINT_TO_POINTER(chosen));
  size_pane(pane);
}
