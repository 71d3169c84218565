/* How much larger than usual the desktop's letters are: 2 at 200 % text. What is drawn by hand, and
 * lengths that hold words, grow by it. Thread: main. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

double medct_text_scale(GtkWidget *widget);
/* The same for words over a picture of this size, which must not hide it. */
double medct_text_scale_over(GtkWidget *widget, double width, double height);
/* Calls `changed` with the object, while it lives, when that becomes another one. */
void medct_text_scale_follow(gpointer object, void (*changed)(gpointer object));
/* A side pane of words, `width` wide at 100 %: wider letters get a wider pane, up to `most`. */
void medct_text_scale_pane(GtkWidget *pane, int width, int most);
/* `chosen` by hand, whatever the letters; 0: as above again. */
void medct_text_scale_choose_pane(GtkWidget *pane, int chosen);

G_END_DECLS
