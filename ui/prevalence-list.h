/* How often each finding is present in a cohort: a bar over the share, the reference's tick, and
 * the positives of each split. Drawn in one widget, as a table for the eye; the numbers are in its
 * accessible description too. Thread: main. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

typedef struct {
  const char *name;
  double share;                                 /* of the known labels; NaN when none is known */
  double reference;                             /* elsewhere, NaN: not known */
  guint train, validation, test;                /* positives */
  gboolean has_train, has_validation, has_test; /* rows in the split at all */
} MedctPrevalence;

#define MEDCT_TYPE_PREVALENCE_LIST (medct_prevalence_list_get_type())
G_DECLARE_FINAL_TYPE(MedctPrevalenceList, medct_prevalence_list, MEDCT, PREVALENCE_LIST, GtkWidget)

GtkWidget *medct_prevalence_list_new(void);
/* Copies. */
void medct_prevalence_list_set(MedctPrevalenceList *list, const MedctPrevalence *rows, guint n);

G_END_DECLS
