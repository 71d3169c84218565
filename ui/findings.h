/* The 18 findings, ranked by score once there are scores. Signal "chosen" (index). Thread: main. */
#pragma once

#include "model/pathologies.h"
#include <gtk/gtk.h>

G_BEGIN_DECLS

#define MEDCT_TYPE_FINDINGS_VIEW (medct_findings_view_get_type())
G_DECLARE_FINAL_TYPE(MedctFindingsView, medct_findings_view, MEDCT, FINDINGS_VIEW, GtkBox)

GtkWidget *medct_findings_view_new(void);
/* Both [MEDCT_N_PATHOLOGIES]; probability NULL: no scores, label order. thresholds NULL or NaN
 * entries: the card gives none. */
void medct_findings_view_set(MedctFindingsView *view, const double *probability,
                             const double *thresholds);
/* −1: none. Does not emit "chosen". */
void medct_findings_view_select(MedctFindingsView *view, int finding);

G_END_DECLS
