/* Numbers of one sentence on one axis. A probability is a bar on 0 … 1 with the model card's
 * threshold as a tick, the base model's as a hollow mark, other wordings as a band with its ticks;
 * a patch's share is a bar from the middle. Role meter. Thread: main. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define MEDCT_TYPE_SCORE_BAR (medct_score_bar_get_type())
G_DECLARE_FINAL_TYPE(MedctScoreBar, medct_score_bar, MEDCT, SCORE_BAR, GtkWidget)

GtkWidget *medct_score_bar_new(void);
/* `score` 0 … 1, NaN: none yet; `threshold` NaN: the card gives none. Takes a share away. */
void medct_score_bar_set(MedctScoreBar *bar, double score, double threshold);
/* The base model's score beside an adapted one; NaN: none. */
void medct_score_bar_set_base(MedctScoreBar *bar, double base);
/* Scores of several wordings, 0 … 1; none with n = 0. */
void medct_score_bar_set_wordings(MedctScoreBar *bar, const double *scores, guint n);
/* −top … top instead of a score. NaN: none. */
void medct_score_bar_set_share(MedctScoreBar *bar, double share, double top);

G_END_DECLS
