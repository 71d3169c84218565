#include "ui/contrast.h"
#include <adwaita.h>

gboolean
medct_high_contrast(void)
{
  return adw_style_manager_get_high_contrast(adw_style_manager_get_default());
}

void
medct_high_contrast_follow(GtkWidget *widget)
{
  static const char *const changes[] = {"notify::high-contrast", "notify::dark"};
  for (gsize n = 0; n < G_N_ELEMENTS(changes); n++)
    g_signal_connect_object(adw_style_manager_get_default(), changes[n],
                            G_CALLBACK(gtk_widget_queue_draw), widget, G_CONNECT_SWAPPED);
}
