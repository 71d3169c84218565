/* A cohort under construction: for cohort*.c only. */
#pragma once

#include "model/cohort.h"
#include "model/csv.h"

struct _MedctCohort {
  char *name;          /* for messages */
  char *folder;        /* what relative volumes start from */
  GPtrArray *classes;  /* of char * */
  GArray *rows;        /* of MedctCohortRow */
  GArray *labels;      /* of gint8: [rows][classes] */
  GArray *patients;    /* of guint: [rows] */
  GPtrArray *problems; /* of MedctCohortProblem */
  GStringChunk *text;  /* the rows' strings */
  guint n_patients;
};

MedctCohort *medct_cohort_new(const char *path, const char *folder);
/* Appends a row: labels [n_classes]. Strings are copied. FALSE: too many rows, or no usable text.
 */
gboolean medct_cohort_add_row(MedctCohort *cohort, const MedctCohortRow *row, const gint8 *labels,
                              GError **error);
/* Numbers the patients and finds duplicates and patients in two splits. */
void medct_cohort_finish(MedctCohort *cohort);
void medct_cohort_add_problem(MedctCohort *cohort, MedctCohortFault fault, guint row, guint other,
                              const char *name, char *message);

/* The label in a cell, or FALSE with what was found and where. */
gboolean medct_cohort_parse_label(const MedctCsv *csv, const char *what, guint row, guint column,
                                  gint8 *label, GError **error);
/* Takes the columns with column_is_class[column] as classes, in their order. */
gboolean medct_cohort_take_classes(MedctCohort *cohort, const MedctCsv *csv,
                                   const gboolean *column_is_class, GError **error);

/* The two layouts. */
MedctCohort *medct_cohort_read_csv(const char *path, GError **error);
MedctCohort *medct_cohort_read_ct_rate(const char *folder, GError **error);
