/* Line charts: ROC and precision-recall curves, reliability, loss and AUROC while training. One
 * plain drawing function for files (light) and for the window (dark), with a hit test for reading
 * values under the pointer. Lengths in pixels at scale 1. Strings and arrays are borrowed.
 * Thread: any, one at a time per context. */
#pragma once

#include "model/error.h"
#include <cairo.h>

G_BEGIN_DECLS

typedef enum {
  MEDCT_CURVE_LINE,
  MEDCT_CURVE_STEPS,  /* from each point level to the next x */
  MEDCT_CURVE_POINTS, /* dots with a line between */
} MedctCurveShape;

/* The interface guide's meanings: learned once, told apart by shape as well as by colour. */
typedef enum {
  MEDCT_CURVE_ADAPTED, /* blue, full line */
  MEDCT_CURVE_BASE,    /* grey, dashed */
  MEDCT_CURVE_TRAIN,   /* orange, full line */
  MEDCT_CURVE_OTHER,   /* grey, full line: another run, to compare with */
  MEDCT_CURVE_CHANCE,  /* thin and dotted, no direct label unless it has one */
} MedctCurveRole;

typedef struct {
  const double *x, *y;      /* [n], x rising; NaN in y leaves a gap */
  const double *low, *high; /* [n] a band, or NULL */
  gsize n;
  MedctCurveShape shape;
  MedctCurveRole role;
  gboolean faint;    /* thin and pale: what another series is the mean of */
  const char *label; /* beside the line and in the hover, or NULL */
} MedctCurveSeries;

typedef struct {
  double low, high;  /* both NaN: from the data, to round numbers */
  const char *label; /* or NULL */
  int decimals;      /* of tick labels; −1: as many as the step needs */
} MedctCurveAxis;

typedef struct {
  const char *title, *subtitle; /* or NULL */
  MedctCurveAxis x, y;
  const MedctCurveSeries *series;
  guint n_series;
  gboolean square;  /* as wide as high: curves of rates */
  gboolean light;   /* for paper; else for the window */
  gboolean compact; /* small multiples: fewer ticks */
  gboolean named;   /* names stand at the lines' ends, with room for them, in place of a legend */
  double hover_x;   /* a line with values at this data x; NaN: none */
} MedctCurveChart;

void medct_curve_draw(cairo_t *cr, const MedctCurveChart *chart, double width, double height);

/* The data x under the pointer: the nearest point's of any series, so that several charts can show
 * one step. NaN outside the axes. */
double medct_curve_x_at(const MedctCurveChart *chart, double width, double height, double pointer_x,
                        double pointer_y);
/* The y of a series at the point nearest to x; NaN without one. */
double medct_curve_y_at(const MedctCurveSeries *series, double x);

/* Small multiples, `columns` wide, with a title and a foot line, as PNG (two pixels a length) or
 * SVG by the name's end. The file appears whole or not at all. */
typedef struct {
  const char *title, *subtitle, *foot; /* or NULL */
  const MedctCurveChart *charts;
  guint n_charts, columns;
  double chart_width, chart_height;
} MedctCurveSheet;
gboolean medct_curve_sheet_write(const MedctCurveSheet *sheet, const char *path, GError **error);

G_END_DECLS
