/* High contrast, as the desktop asks for it. Thread: main. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

gboolean medct_high_contrast(void);
/* Draws the widget anew whenever contrast or darkness change. */
void medct_high_contrast_follow(GtkWidget *widget);

G_END_DECLS
