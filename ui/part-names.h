/* Names for a screen reader in windows that the toolkit makes: what it leaves without one, or with
 * only a tooltip, is called by its tooltip, its icon, or the window's title. Thread: main. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Every part of `window` that stands now. */
void medct_name_parts(GtkWindow *window);
/* Shows it, modal; where the toolkit draws it itself, its parts are named. */
void medct_show_chooser(GtkFileChooserNative *chooser);

G_END_DECLS
