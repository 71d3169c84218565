/* Bootstrap over patients: each draw takes as many patients as there are, with replacement, and a
 * row counts as often as its patient was drawn. Draw n depends on the seed and n only, so two
 * models measured on the same rows with the same seed are compared in pairs.
 * Source: Efron and Tibshirani 1993, percentile intervals. Thread: any. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _MedctBootstrap MedctBootstrap;

/* patients [n_rows]: a number for each person, as medct_cohort_patient gives. */
MedctBootstrap *medct_bootstrap_new(const guint *patients, guint n_rows, guint64 seed);
void medct_bootstrap_free(MedctBootstrap *bootstrap);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MedctBootstrap, medct_bootstrap_free)

/* weights [n_rows] of draw `n`. One thread at a time. */
void medct_bootstrap_draw(MedctBootstrap *bootstrap, guint n, guint32 *weights);

typedef struct {
  double value;     /* on the rows as they are */
  double low, high; /* 2.5 % and 97.5 % of the draws; NaN when no draw has a value */
} MedctInterval;

/* samples [n], `stride` elements apart; NaN among them are left out. */
MedctInterval medct_interval_from_samples(double value, const double *samples, guint n,
                                          gsize stride);

G_END_DECLS
