/* How long frames took: a histogram with percentiles, for the program's own measuring option.
 *
 * Owner: the caller, by value; nothing is allocated. Thread: any, one at a time per histogram.
 * Units: milliseconds. Bins are 0.25 ms wide, so a percentile is exact to that; frames of 250 ms
 * and more share the last bin, and the longest is kept exactly. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

enum { MEDCT_FRAME_BINS = 1001 };

typedef struct {
  guint64 n;
  double sum_ms, maximum_ms;
  guint64 bins[MEDCT_FRAME_BINS];
} MedctFrameTimes; /* start from {0} */

/* What is negative or not a number is not a time and is left out. */
void medct_frame_times_add(MedctFrameTimes *times, double ms);
/* The time that `fraction` (0 … 1) of the frames did not exceed: upper edge of its bin, never over
 * the maximum. 0 without frames. */
double medct_frame_times_percentile(const MedctFrameTimes *times, double fraction);
/* Lines of text: count, mean, p50, p99, maximum, and bars over doubling times. Free the result. */
char *medct_frame_times_print(const MedctFrameTimes *times);

G_END_DECLS
