/* How uncertain a curve is, and how far probabilities can be taken at their word. Thread: any. */
#pragma once

#include "model/metrics.h"

G_BEGIN_DECLS

typedef enum {
  MEDCT_BAND_ROC,              /* true positive rate over false positive rate */
  MEDCT_BAND_PRECISION_RECALL, /* precision over recall */
} MedctBandKind;

/* low and high [n] at the places x = i/(n − 1): 2.5 % and 97.5 % of `n_draws` bootstrap draws of
 * patients [n_rows] (pointwise). NaN for a class with one label value only. */
void medct_curve_band(const MedctRanking *ranking, MedctBandKind kind, const guint *patients,
                      guint n_rows, guint n_draws, guint64 seed, guint n, double *low,
                      double *high);

/* One tenth of the scale: mean probability and share present, with Wilson's 95 % interval. */
typedef struct {
  guint n, n_present;
  double mean, share, low, high; /* NaN in an empty bin */
} MedctReliabilityBin;
enum { MEDCT_RELIABILITY_BINS = 10 };
/* probabilities and labels [n], each `stride` apart; unknown labels are left out. Returns the
 * expected calibration error: the mean gap, weighted by the rows of each bin; NaN without rows. */
double medct_reliability(const double *probabilities, const gint8 *labels, gsize n, gsize stride,
                         MedctReliabilityBin bins[MEDCT_RELIABILITY_BINS]);

G_END_DECLS
