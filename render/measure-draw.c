#include "render/measure.h"
#include <math.h>

enum { LINE_RGB = 0x7fdbff, WORDS_RGB = 0xa5e6ff, CROSS = 4, WORDS_WIDE = 240, WORDS_HIGH = 28 };

typedef struct {
  double x, y;
} Point;

static Point
point_at(const MedctMeasure *measure, const MedctView *view, int n)
{
  Point point;
  medct_view_from_cell(view, measure->cells[n][0], measure->cells[n][1], &point.x, &point.y);
  return point;
}

static void
trace_ellipse(cairo_t *cr, Point a, Point b)
{
  cairo_save(cr);
  cairo_translate(cr, (a.x + b.x) / 2, (a.y + b.y) / 2);
  cairo_scale(cr, fmax(fabs(b.x - a.x) / 2, 0.5), fmax(fabs(b.y - a.y) / 2, 0.5));
  cairo_new_sub_path(cr);
  cairo_arc(cr, 0, 0, 1, 0, 2 * G_PI);
  cairo_restore(cr);
}

/* Ends are crosses: a dot would hide what it touches. */
static void
trace_cross(cairo_t *cr, Point at)
{
  cairo_move_to(cr, at.x - CROSS, at.y);
  cairo_line_to(cr, at.x + CROSS, at.y);
  cairo_move_to(cr, at.x, at.y - CROSS);
  cairo_line_to(cr, at.x, at.y + CROSS);
}

static void
trace(cairo_t *cr, const MedctMeasure *measure, const MedctView *view)
{
  int n_points = medct_measure_n_points(measure->kind);
  Point first = point_at(measure, view, 0);
  if (measure->kind == MEDCT_MEASURE_REGION) {
    trace_ellipse(cr, first, point_at(measure, view, 1));
    return;
  }
  cairo_move_to(cr, first.x, first.y);
  for (int n = 1; n < n_points; n++) {
    Point next = point_at(measure, view, n);
    cairo_line_to(cr, next.x, next.y);
  }
  trace_cross(cr, first);
  trace_cross(cr, point_at(measure, view, n_points - 1));
}

/* Below the points, at their right, and inside the picture. */
static Point
words_at(const MedctMeasure *measure, const MedctMeasurePaper *paper, double wide)
{
  Point at = point_at(measure, &paper->view, 0);
  for (int n = 1; n < medct_measure_n_points(measure->kind); n++) {
    Point next = point_at(measure, &paper->view, n);
    at.x = fmax(at.x, next.x);
    at.y = fmax(at.y, next.y);
  }
  double high = WORDS_HIGH * paper->text_scale;
  return (Point){rint(fmax(fmin(at.x - 20, paper->width - wide - 8), 8)),
                 rint(fmax(fmin(at.y + 10, paper->height - high), 8))};
}

void
medct_measure_draw(cairo_t *cr, const MedctMeasure *measure, const MedctMeasurePaper *paper)
{
  g_autofree char *text = medct_measure_text(measure, paper->plane, paper->spacing_known);
  MedctTextStyle style = {.size = 13 * paper->text_scale, .rgb = WORDS_RGB, .plate = TRUE};
  Point at = words_at(measure, paper, medct_text_measure(cr, text, 0, 0, &style).width);
  trace(cr, measure, &paper->view);
  cairo_set_line_width(cr, 3.5);
  medct_text_set_rgb(cr, 0, 0.6);
  cairo_stroke_preserve(cr);
  cairo_set_line_width(cr, 1.5);
  medct_text_set_rgb(cr, LINE_RGB, 1);
  cairo_stroke(cr);
  medct_text_draw(cr, text, at.x, at.y, &style);
}

MedctTextBox
medct_measure_box(const MedctMeasure *measure, const MedctMeasurePaper *paper)
{
  const double edge = CROSS + 3, wide = WORDS_WIDE * paper->text_scale;
  Point words = words_at(measure, paper, wide); /* at the least this far to the left */
  Point low = words;
  Point high = {words_at(measure, paper, 0).x + wide, words.y + WORDS_HIGH * paper->text_scale};
  for (int n = 0; n < medct_measure_n_points(measure->kind); n++) {
    Point next = point_at(measure, &paper->view, n);
    low = (Point){fmin(low.x, next.x), fmin(low.y, next.y)};
    high = (Point){fmax(high.x, next.x), fmax(high.y, next.y)};
  }
  return (MedctTextBox){floor(low.x - edge), floor(low.y - edge), ceil(high.x - low.x + 2 * edge),
                        ceil(high.y - low.y + 2 * edge)};
}
