/* Present, absent or unknown for each finding, by hand: P, A, U set the row that has the focus, up
 * and down move, Enter emits "save". Signals: "changed", "save". Thread: main. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define MEDCT_TYPE_LABEL_LIST (medct_label_list_get_type())
G_DECLARE_FINAL_TYPE(MedctLabelList, medct_label_list, MEDCT, LABEL_LIST, GtkBox)

/* names [n], copied; all unknown. */
GtkWidget *medct_label_list_new(const char *const *names, guint n);
/* labels [n]: 1, 0, −1 unknown */
void medct_label_list_set(MedctLabelList *list, const gint8 *labels);
void medct_label_list_get(MedctLabelList *list, gint8 *labels);
guint medct_label_list_n_unknown(MedctLabelList *list);
void medct_label_list_focus(MedctLabelList *list);

G_END_DECLS
