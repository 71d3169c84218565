/* The answer to one sentence, or the job that must end before there is one.
 * Signals: "looks-changed" (map toggles), "wordings-toggled", "against-edited" (a text, "": the
 * opposite that is made by itself), "cancelled" (the job). Thread: main.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define MEDCT_TYPE_RESULT_CARD (medct_result_card_get_type())
G_DECLARE_FINAL_TYPE(MedctResultCard, medct_result_card, MEDCT, RESULT_CARD, GtkBox)

/* Strings borrowed. */
typedef struct {
  const char *prompt, *against;
  double base, adapted; /* probability; adapted NaN: no adapter, or not yet */
  double cosine_for, cosine_against;
  double share_for, share_against; /* sums of the map's parts, in score units */
  gboolean of_base;                /* whose cosines and shares these are */
  double threshold;                /* NaN: the card gives none */
} MedctResult;

/* One wording with its score under the base and the adapted model (NaN: none). */
typedef struct {
  const char *prompt; /* borrowed */
  double base, adapted;
} MedctWordingScore;

typedef enum {
  MEDCT_MAP_OF_ADAPTED, /* of the base model where there is no adapter */
  MEDCT_MAP_OF_BASE,
  MEDCT_MAP_OF_DIFFERENCE,
  MEDCT_MAP_OF_BOTH, /* side by side; numbers are the adapted model's */
} MedctMapOf;

GtkWidget *medct_result_card_new(void);
void medct_result_card_show_result(MedctResultCard *card, const MedctResult *result);
/* n 0: not asked for, or not there yet. */
void medct_result_card_show_wordings(MedctResultCard *card, const MedctWordingScore *scores,
                                     guint n);
/* Dims the numbers until new ones arrive. */
void medct_result_card_show_waiting(MedctResultCard *card);
/* `title` NULL: the job is over. */
void medct_result_card_show_job(MedctResultCard *card, const char *title, double fraction,
                                const char *stage, const char *time_left);
void medct_result_card_clear(MedctResultCard *card);
/* What makes scores doubtful; NULL or "": nothing. Cannot be closed. */
void medct_result_card_set_warning(MedctResultCard *card, const char *text);
gboolean medct_result_card_get_against(MedctResultCard *card);
gboolean medct_result_card_get_raw(MedctResultCard *card);
void medct_result_card_set_looks(MedctResultCard *card, gboolean against,
                                 gboolean raw);                 /* silent */
gboolean medct_result_card_get_wordings(MedctResultCard *card); /* asked for */
MedctMapOf medct_result_card_get_map_of(MedctResultCard *card);
void medct_result_card_set_map_of(MedctResultCard *card, MedctMapOf of); /* emits when it changes */

G_END_DECLS
