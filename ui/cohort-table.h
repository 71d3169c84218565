/* The rows of a cohort as a sortable table, with a filter over names and findings.
 * Signals: "selected" (guint row), "opened" (guint row): double click or Enter.
 * Thread: main. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

typedef enum {
  MEDCT_CHECK_UNREAD,
  MEDCT_CHECK_READY,
  MEDCT_CHECK_WARNING,
  MEDCT_CHECK_ERROR
} MedctCheckMark;

/* What one row shows; strings are copied. */
typedef struct {
  const char *volume, *patient, *split, *spacing, *present, *check;
  guint n_unknown;
  gboolean has_report;
  MedctCheckMark mark;
} MedctCohortLine;

#define MEDCT_TYPE_COHORT_TABLE (medct_cohort_table_get_type())
G_DECLARE_FINAL_TYPE(MedctCohortTable, medct_cohort_table, MEDCT, COHORT_TABLE, GtkBox)

GtkWidget *medct_cohort_table_new(void);
void medct_cohort_table_clear(MedctCohortTable *table);
/* Rows count from 0 in the order in which they are added. */
void medct_cohort_table_add(MedctCohortTable *table, const MedctCohortLine *line);
void medct_cohort_table_change(MedctCohortTable *table, guint row, const MedctCohortLine *line);
/* Shows only rows that hold the text, and only those with a problem. */
void medct_cohort_table_filter(MedctCohortTable *table, const char *text, gboolean problems);
/* Scrolls there and selects. */
void medct_cohort_table_select(MedctCohortTable *table, guint row);

G_END_DECLS
