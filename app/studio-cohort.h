/* The Cohort page: for studio-cohort*.c and studio-label.c only. */
#pragma once

#include "app/cohort-reading.h"
#include "app/studio-private.h"

G_BEGIN_DECLS

typedef struct _MedctStudioCohort {
  MedctStudioWindow *window;
  gpointer loading;            /* the latest task; only compared */
  char *path;                  /* of the open cohort, or NULL */
  MedctCohortCheck *check;     /* or NULL */
  MedctCohortReading *reading; /* or NULL */
  guint source;                /* looks at the reading */
  GtkWidget *pages, *name, *counts, *table, *search, *problems_toggle, *problems_count;
  GtkWidget *problems, *problems_summary, *splits, *split_labels[3], *prevalence;
  GtkWidget *progress_box, *progress, *progress_text, *verdict, *train;
  double shares[3]; /* train, validation, test of the next split */
  guint64 split_seed;
  guint split_patients[MEDCT_N_SPLITS], split_rows[MEDCT_N_SPLITS];
} MedctStudioCohort;

void medct_studio_cohort_open(MedctStudioCohort *page, const char *path);

/* studio-cohort-side.c */
GtkWidget *medct_studio_cohort_build_side(MedctStudioCohort *page);
void medct_studio_cohort_show_side(MedctStudioCohort *page);
void medct_studio_cohort_show_problems(MedctStudioCohort *page);

/* studio-cohort-files.c */
void medct_studio_cohort_add_actions(MedctStudioCohort *page);
/* Asks for a file or folder; `name`: what a new file may be called, or NULL. */
typedef void (*MedctCohortChosen)(MedctStudioCohort *page, const char *path);
void medct_studio_cohort_choose(MedctStudioCohort *page, const char *title,
                                GtkFileChooserAction action, const char *name,
                                MedctCohortChosen chosen);

/* studio-cohort-split.c */
void medct_studio_cohort_add_split(MedctStudioCohort *page); /* its action */

G_END_DECLS
