/* Every wording of a finding with its score: how much the words matter, in figures. Thread: main.
 */
#pragma once

#include "ui/result-card.h"

G_BEGIN_DECLS

#define MEDCT_TYPE_WORDINGS_LIST (medct_wordings_list_get_type())
G_DECLARE_FINAL_TYPE(MedctWordingsList, medct_wordings_list, MEDCT, WORDINGS_LIST, GtkBox)

GtkWidget *medct_wordings_list_new(void);
/* In the order given; n 0: "being scored". */
void medct_wordings_list_set(MedctWordingsList *list, const MedctWordingScore *scores, guint n);

G_END_DECLS
