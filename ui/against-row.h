/* The opposite that a sentence is scored against, and a folded entry to write another one. Signal:
 * "edited" (the text; "": the one that is made by itself). Thread: main. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define MEDCT_TYPE_AGAINST_ROW (medct_against_row_get_type())
G_DECLARE_FINAL_TYPE(MedctAgainstRow, medct_against_row, MEDCT, AGAINST_ROW, GtkBox)

GtkWidget *medct_against_row_new(void);
/* What is being written stays unless the sentence is another one. */
void medct_against_row_set(MedctAgainstRow *row, const char *against);

G_END_DECLS
