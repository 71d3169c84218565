/* A probability on the 0–1 axis, with the model card's threshold as a tick. Role meter.
 * Thread: main. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define MEDCT_TYPE_SCORE_BAR (medct_score_bar_get_type())
G_DECLARE_FINAL_TYPE(MedctScoreBar, medct_score_bar, MEDCT, SCORE_BAR, GtkWidget)

GtkWidget *medct_score_bar_new(void);
/* `score` 0 … 1, NaN: none yet; `threshold` NaN: the card gives none. */
void medct_score_bar_set(MedctScoreBar *bar, double score, double threshold);

G_END_DECLS
