/* Cohorts made, split and written. The files appear whole or not at all. Thread: any. */
#pragma once

#include "model/cohort.h"

G_BEGIN_DECLS

/* The cohort's rows and splits as a CSV; volumes are written relative to the file's folder where
 * they lie below it. Cells that a spreadsheet would compute are neutralised. */
gboolean medct_cohort_save(const MedctCohort *cohort, const char *path, GError **error);

/* A new cohort with every patient in one split, shares [train, validation, test] summing to 1. The
 * patients of a class are spread over the splits as evenly as the shares allow, rare classes first;
 * the same seed gives the same splits. Refused when there are fewer patients than splits asked for.
 * Source: Sechidis, Tsoumakas and Vlahavas 2011, iterative stratification. */
MedctCohort *medct_cohort_split(const MedctCohort *cohort, const double shares[3], guint64 seed,
                                GError **error);

/* An empty cohort for `path` with these classes; names [n_classes]. */
MedctCohort *medct_cohort_new_empty(const char *path, const char *const *classes, guint n_classes);

/* Puts one study into the CSV at `path`, atomically: a row of that volume is replaced, another is
 * appended. Classes that the file lacks are refused, classes missing from `classes` become unknown.
 * The file is made when it is not there. labels [n_classes]. */
gboolean medct_cohort_put_row(const char *path, const MedctCohortRow *row,
                              const char *const *classes, const gint8 *labels, guint n_classes,
                              GError **error);

/* What the CSV says of a volume, for whoever labels it again; whatever its split is. TRUE: found,
 * and labels [n_classes] by name, *patient (the caller frees) and *split are set. */
gboolean medct_cohort_get_row(const char *path, const char *volume, const char *const *classes,
                              guint n_classes, gint8 *labels, char **patient, MedctSplit *split,
                              GError **error);

G_END_DECLS
