/* Where a chart's axes lie: for curve*.c only. */
#pragma once

#include "render/curve.h"
#include "render/text.h"

typedef struct {
  double x, y, width, height; /* of the axes' box */
  double x_low, x_high, y_low, y_high;
  double x_step, y_step; /* between ticks */
} MedctCurveFrame;

MedctCurveFrame medct_curve_frame(const MedctCurveChart *chart, double width, double height);

/* What stands at a tick; free it. */
char *medct_curve_tick_text(const MedctCurveAxis *axis, double value, double step);

static inline double
medct_curve_px(const MedctCurveFrame *f, double x)
{
  return f->x + (x - f->x_low) / (f->x_high - f->x_low) * f->width;
}

static inline double
medct_curve_py(const MedctCurveFrame *f, double y)
{
  return f->y + f->height - (y - f->y_low) / (f->y_high - f->y_low) * f->height;
}

typedef struct {
  guint32 ground, grid, axis, text, dim;
  guint32 adapted, base, train;
} MedctCurveColours;
const MedctCurveColours *medct_curve_colours(gboolean light);
