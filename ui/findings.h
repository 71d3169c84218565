/* The 18 findings and the reader's own prompts, in one of several orders. Signals: "chosen" (index
 * of a finding), "prompt-chosen" and "prompt-removed" (a sentence of one's own), "order-changed".
 * Thread: main. */
#pragma once

#include "model/pathologies.h"
#include <gtk/gtk.h>

G_BEGIN_DECLS

#define MEDCT_TYPE_FINDINGS_VIEW (medct_findings_view_get_type())
G_DECLARE_FINAL_TYPE(MedctFindingsView, medct_findings_view, MEDCT, FINDINGS_VIEW, GtkBox)

/* One row. NaN where there is no number. */
typedef struct {
  const char *name;     /* borrowed; of a finding it is not looked at */
  double base, adapted; /* probability under the base model, with the adapter */
  double threshold;     /* of the model card */
  double share;         /* of the patch at the crosshair, in score units */
  gboolean asked;       /* what stands in the prompt, not kept: shown at a patch only */
} MedctFindingRow;

typedef enum {
  MEDCT_ORDER_SCORE,
  MEDCT_ORDER_THRESHOLD, /* by the distance from it */
  MEDCT_ORDER_PATCH,     /* by what the patch at the crosshair speaks for */
  MEDCT_ORDER_CHANGE,    /* by what the adapter changed */
} MedctFindingsOrder;

GtkWidget *medct_findings_view_new(void);
/* rows [n]: the findings in their own order, then n − MEDCT_N_PATHOLOGIES prompts. Without scores
 * the list stands in the findings' order. */
void medct_findings_view_set(MedctFindingsView *view, const MedctFindingRow *rows, guint n);
/* −1: none. Does not emit "chosen". */
void medct_findings_view_select(MedctFindingsView *view, int finding);
MedctFindingsOrder medct_findings_view_get_order(MedctFindingsView *view);
/* What was chosen: by change too while there is no adapter, which takes effect when there is. */
MedctFindingsOrder medct_findings_view_get_wish(MedctFindingsView *view);
/* Emits "order-changed" when it is another one. */
void medct_findings_view_set_order(MedctFindingsView *view, MedctFindingsOrder order);
/* From the order at a patch to the one before it; FALSE: it is another one. */
gboolean medct_findings_view_leave_patch(MedctFindingsView *view);
/* The first row's name as the list is sorted now; for tests. */
const char *medct_findings_view_first(MedctFindingsView *view);

G_END_DECLS
