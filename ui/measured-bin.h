/* A widget around one other that asks for another size than that one does. Owner: the widget it is
 * put into, as usual. Thread: main. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* `measure` says the size, and finds the child with gtk_widget_get_first_child. The child gets all
 * of what is given, or what `allocate` gives it, when that is not NULL. */
GtkWidget *medct_measured_bin_new(GtkWidget *child, GtkCustomMeasureFunc measure,
                                  GtkCustomAllocateFunc allocate);

G_END_DECLS
