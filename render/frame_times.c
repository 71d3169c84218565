#include "render/frame_times.h"

#include <math.h>

#define BINS_PER_MS 4
enum { BAR_WIDTH = 40 };

void
medct_frame_times_add(MedctFrameTimes *times, double ms)
{
  if (!(ms >= 0) || !isfinite(ms))
    return;
  double bin = fmin(ms * BINS_PER_MS, MEDCT_FRAME_BINS - 1);
  times->bins[(int)bin]++;
  times->n++;
  times->sum_ms += ms;
  times->maximum_ms = fmax(times->maximum_ms, ms);
}

double
medct_frame_times_percentile(const MedctFrameTimes *times, double fraction)
{
  if (times->n == 0)
    return 0;
  double wanted = fmax(ceil(CLAMP(fraction, 0, 1) * (double)times->n), 1);
  guint64 seen = 0;
  for (int bin = 0; bin < MEDCT_FRAME_BINS - 1; bin++) {
    seen += times->bins[bin];
    if ((double)seen >= wanted)
      return fmin((bin + 1.0) / BINS_PER_MS, times->maximum_ms);
  }
  return times->maximum_ms;
}

/* Frames of at least `from` and less than `to` ms, both whole bins. */
static guint64
count_between(const MedctFrameTimes *times, int from, int to)
{
  guint64 count = 0;
  for (int bin = from * BINS_PER_MS; bin < MIN(to * BINS_PER_MS, MEDCT_FRAME_BINS); bin++)
    count += times->bins[bin];
  return count;
}

char *
medct_frame_times_print(const MedctFrameTimes *times)
{
  /* 17 and 34 ms are one and two refreshes at 60 Hz. */
  static const int edges[] = {0, 2, 4, 8, 12, 17, 25, 34, 50, 100, 250, G_MAXINT / BINS_PER_MS};
  GString *text = g_string_new(NULL);
  double mean = times->n > 0 ? times->sum_ms / (double)times->n : 0;
  g_string_printf(text,
                  "%" G_GUINT64_FORMAT " frames: mean %.2f ms, p50 %.2f ms, p99 %.2f ms, "
                  "longest %.2f ms\n",
                  times->n, mean, medct_frame_times_percentile(times, 0.5),
                  medct_frame_times_percentile(times, 0.99), times->maximum_ms);
  for (guint e = 0; times->n > 0 && e + 1 < G_N_ELEMENTS(edges); e++) {
    guint64 count = count_between(times, edges[e], edges[e + 1]);
    int bar = (int)ceil((double)count / (double)times->n * BAR_WIDTH);
    g_string_append_printf(text, "  from %3d ms  %-*.*s %" G_GUINT64_FORMAT "\n", edges[e],
                           BAR_WIDTH, bar, "########################################", count);
  }
  return g_string_free(text, FALSE);
}
