#include "ui/measured-bin.h"
#include <adwaita.h>

static void
give_all(GtkWidget *widget, int width, int height, int baseline)
{
  gtk_widget_allocate(gtk_widget_get_first_child(widget), width, height, baseline, NULL);
}

GtkWidget *
medct_measured_bin_new(GtkWidget *child, GtkCustomMeasureFunc measure,
                       GtkCustomAllocateFunc allocate)
{
  GtkWidget *bin = adw_bin_new();
  adw_bin_set_child(ADW_BIN(bin), child);
  gtk_widget_set_layout_manager(
      bin, gtk_custom_layout_new(NULL, measure, allocate ? allocate : give_all));
  return bin;
}
