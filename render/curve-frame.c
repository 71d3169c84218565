/* Axes: limits, round steps, where the box lies; what is under the pointer. */
#include "render/curve-private.h"
#include <math.h>

/* 1, 2 or 5 times a power of ten, at least `rough`. */
static double
round_step(double rough)
{
  double power = pow(10, floor(log10(rough)));
  double ratio = rough / power;
  return power * (ratio <= 1.0001 ? 1 : ratio <= 2.0001 ? 2 : ratio <= 5.0001 ? 5 : 10);
}

static void
widen(double value, double *low, double *high)
{
  if (!isfinite(value))
    return;
  *low = fmin(*low, value);
  *high = fmax(*high, value);
}

static void
data_limits(const MedctCurveChart *chart, gboolean vertical, double *low, double *high)
{
  *low = INFINITY;
  *high = -INFINITY;
  for (guint s = 0; s < chart->n_series; s++) {
    const MedctCurveSeries *series = &chart->series[s];
    for (gsize i = 0; i < series->n; i++) {
      widen(vertical ? series->y[i] : series->x[i], low, high);
      if (vertical && series->low)
        widen(series->low[i], low, high);
      if (vertical && series->high)
        widen(series->high[i], low, high);
    }
  }
}

static void
limits(const MedctCurveChart *chart, gboolean vertical, double n_ticks, double *low, double *high,
       double *step)
{
  const MedctCurveAxis *axis = vertical ? &chart->y : &chart->x;
  *low = axis->low;
  *high = axis->high;
  gboolean given = isfinite(*low) && isfinite(*high);
  if (!given)
    data_limits(chart, vertical, low, high);
  if (!isfinite(*low) || !isfinite(*high)) {
    *low = 0;
    *high = 1;
  }
  if (!(*high > *low)) {
    double around = fabs(*low) > 0 ? fabs(*low) * 0.1 : 1;
    *low -= around;
    *high += around;
  }
  *step = round_step((*high - *low) / n_ticks);
  if (given || !vertical)
    return;
  *low = floor(*low / *step + 1e-9) * *step;
  *high = ceil(*high / *step - 1e-9) * *step;
}

char *
medct_curve_tick_text(const MedctCurveAxis *axis, double value, double step)
{
  int decimals = axis->decimals;
  if (decimals < 0)
    decimals = CLAMP((int)ceil(-log10(step) - 1e-9), 0, 8);
  return medct_text_number(value, decimals);
}

/* For the longest number beside the vertical axis, px. It is not measured: a frame is also asked
 * for where nothing is drawn; digits of the usual fonts are no wider. */
static double
room_for_ticks(const MedctCurveChart *chart, const MedctCurveFrame *f)
{
  const double digit = chart->compact ? 6.4 : 7.7, beside = chart->y.label ? 28 : 8;
  g_autofree char *lowest = medct_curve_tick_text(&chart->y, f->y_low, f->y_step);
  g_autofree char *highest = medct_curve_tick_text(&chart->y, f->y_high, f->y_step);
  glong digits = MAX(g_utf8_strlen(lowest, -1), g_utf8_strlen(highest, -1));
  return beside + digit * (double)digits;
}

MedctCurveFrame
medct_curve_frame(const MedctCurveChart *chart, double width, double height)
{
  MedctCurveFrame f = {0};
  double left = chart->y.label ? 62 : 42, right = chart->named ? 128 : 16,
         bottom = chart->x.label ? 46 : 28;
  double top = chart->title ? (chart->subtitle ? 48 : 30) : 12;
  if (chart->compact) {
    left = 32;
    bottom = 24;
    right = 10;
  }
  f.height = MAX(20, height - top - bottom);
  limits(chart, TRUE, chart->compact ? 2.5 : MAX(2, f.height / 50), &f.y_low, &f.y_high, &f.y_step);
  left = MAX(left, room_for_ticks(chart, &f));
  f.x = left;
  f.y = top;
  f.width = MAX(20, width - left - right);
  if (chart->square) {
    f.width = MIN(f.width, f.height);
    f.height = f.width;
    limits(chart, TRUE, chart->compact ? 2.5 : MAX(2, f.height / 50), &f.y_low, &f.y_high,
           &f.y_step);
  }
  limits(chart, FALSE, chart->compact ? 2.5 : MAX(2, f.width / 90), &f.x_low, &f.x_high, &f.x_step);
  return f;
}

static gsize
nearest_point(const MedctCurveSeries *series, double x)
{
  gsize low = 0, high = series->n - 1; /* x rises */
  while (high - low > 1) {
    gsize middle = low + (high - low) / 2;
    *(series->x[middle] <= x ? &low : &high) = middle;
  }
  return fabs(series->x[high] - x) < fabs(series->x[low] - x) ? high : low;
}

double
medct_curve_x_at(const MedctCurveChart *chart, double width, double height, double pointer_x,
                 double pointer_y)
{
  MedctCurveFrame f = medct_curve_frame(chart, width, height);
  if (pointer_x < f.x || pointer_x > f.x + f.width || pointer_y < f.y || pointer_y > f.y + f.height)
    return NAN;
  double x = f.x_low + (pointer_x - f.x) / f.width * (f.x_high - f.x_low), best = NAN;
  for (guint s = 0; s < chart->n_series; s++) {
    const MedctCurveSeries *series = &chart->series[s];
    if (series->n == 0 || series->role == MEDCT_CURVE_CHANCE)
      continue;
    double near = series->x[nearest_point(series, x)];
    if (isnan(best) || fabs(near - x) < fabs(best - x))
      best = near;
  }
  return best;
}

double
medct_curve_y_at(const MedctCurveSeries *series, double x)
{
  return series->n && isfinite(x) ? series->y[nearest_point(series, x)] : NAN;
}
