#include "render/region-window.h"

#include <math.h>

/* Windows are in whole HU, so a count of every HU is as good as sorting, and linear. */
enum { LOWEST = -32768, N_HU = 65536, NARROWEST = 10 };

typedef struct {
  int64_t low, high; /* `high` is the first beyond */
} Span;

static Span
span_between(double a, double b, int64_t count)
{
  double low = CLAMP(ceil(fmin(a, b)), 0, (double)count);
  double high = CLAMP(floor(fmax(a, b)) + 1, 0, (double)count);
  return (Span){(int64_t)low, (int64_t)high};
}

static guint64
count_voxels(const MedctSlice *slice, Span columns, Span rows, guint32 counts[N_HU])
{
  guint64 n = 0;
  for (int64_t r = rows.low; r < rows.high; r++)
    for (int64_t c = columns.low; c < columns.high; c++) {
      double hu = medct_slice_hu(slice, r * slice->columns + c);
      if (isnan(hu))
        continue;
      counts[(int)CLAMP(rint(hu) - LOWEST, 0, N_HU - 1)]++;
      n++;
    }
  return n;
}

/* The HU under which `rank` of the counted voxels lie. */
static double
hu_of_rank(const guint32 counts[N_HU], guint64 rank)
{
  guint64 below = 0;
  int n = 0;
  for (; n < N_HU - 1; n++) {
    below += counts[n];
    if (below > rank)
      break;
  }
  return n + LOWEST;
}

gboolean
medct_region_window(const MedctSlice *slice, const double from[2], const double to[2],
                    MedctWindow *window)
{
  g_autofree guint32 *counts = g_new0(guint32, N_HU);
  guint64 n = count_voxels(slice, span_between(from[0], to[0], slice->columns),
                           span_between(from[1], to[1], slice->rows), counts);
  if (n == 0)
    return FALSE;
  double low = hu_of_rank(counts, n / 100), high = hu_of_rank(counts, n - 1 - n / 100);
  /* As render/window.h has it: `low` is the last black, `high` the first white. */
  window->width = fmax(high - low + 1, NARROWEST);
  window->level = (low + high + 1) / 2;
  return TRUE;
}
