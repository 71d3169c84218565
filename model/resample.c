#include "model/resample.h"
#include <math.h>

#define TILE 16 /* doubles: two cache lines a row */

void
medct_resample_axis_init(MedctResampleAxis *axis, int64_t n_in, int64_t n_out, int64_t start,
                         int64_t n)
{
  double scale = (double)n_in / (double)n_out;
  *axis = (MedctResampleAxis){.n = n};
  axis->low = g_new(int32_t, n);
  axis->high = g_new(int32_t, n);
  axis->weight = g_new(double, n);
  for (int64_t o = 0; o < n; o++) {
    double source = fmax(0, ((double)(start + o) + 0.5) * scale - 0.5);
    int64_t low = MIN((int64_t)source, n_in - 1), high = MIN(low + 1, n_in - 1);
    if (o == 0)
      axis->first = low;
    axis->low[o] = (int32_t)(low - axis->first);
    axis->high[o] = (int32_t)(high - axis->first);
    axis->weight[o] = source - (double)low;
  }
  axis->count = axis->high[n - 1] + 1;
}

void
medct_resample_axis_clear(MedctResampleAxis *axis)
{
  g_clear_pointer(&axis->low, g_free);
  g_clear_pointer(&axis->high, g_free);
  g_clear_pointer(&axis->weight, g_free);
}

void
medct_resample_blend(double *restrict y, const double *a, const double *b, double weight, int64_t n)
{
  double rest = 1 - weight;
  for (int64_t i = 0; i < n; i++)
    y[i] = rest * a[i] + weight * b[i];
}

void
medct_resample_finish(float *restrict y, const double *a, const double *b, double weight,
                      double low, double high, int64_t n)
{
  double rest = 1 - weight;
  for (int64_t i = 0; i < n; i++) {
    double v = rest * a[i] + weight * b[i];
    v = v > low ? v : low;
    v = v < high ? v : high;
    y[i] = (float)(v / 1000);
  }
}

void
medct_resample_transpose(double *restrict y, const double *restrict x, int64_t rows,
                         int64_t columns)
{
  for (int64_t r = 0; r < rows; r += TILE)
    for (int64_t c = 0; c < columns; c += TILE) {
      int64_t r_end = MIN(r + TILE, rows), c_end = MIN(c + TILE, columns);
      for (int64_t i = c; i < c_end; i++)
        for (int64_t j = r; j < r_end; j++)
          y[i * rows + j] = x[j * columns + i];
    }
}
