/* Drawing one chart. */
#include "render/curve-private.h"
#include <math.h>

enum { TITLE = 13, LABEL = 12 };

const MedctCurveColours *
medct_curve_colours(gboolean light)
{
  static const MedctCurveColours dark = {0x242424, 0x343434, 0x5e5e5e, 0xe6e6e6,
                                         0xa8a8a8, 0x82b6f5, 0xd8d8d8, 0xe6a34a};
  static const MedctCurveColours paper = {0xffffff, 0xe9e9e9, 0x8a8a8a, 0x1e1e1e,
                                          0x5a5a5a, 0x1c62b8, 0x5a5a5a, 0xb36a10};
  return light ? &paper : &dark;
}

static guint32
role_colour(const MedctCurveColours *c, MedctCurveRole role)
{
  switch (role) {
  case MEDCT_CURVE_ADAPTED:
    return c->adapted;
  case MEDCT_CURVE_TRAIN:
    return c->train;
  case MEDCT_CURVE_BASE:
    return c->base;
  case MEDCT_CURVE_OTHER:
  case MEDCT_CURVE_CHANCE:
    return c->dim;
  }
  return c->text;
}

static void
draw_grid(cairo_t *cr, const MedctCurveChart *chart, const MedctCurveFrame *f)
{
  const MedctCurveColours *c = medct_curve_colours(chart->light);
  MedctTextStyle style = {.size = chart->compact ? 10 : LABEL, .rgb = c->dim, .align = 0.5};
  cairo_set_line_width(cr, 1);
  cairo_set_dash(cr, NULL, 0, 0);
  for (double x = ceil(f->x_low / f->x_step - 1e-9) * f->x_step; x <= f->x_high + 1e-9 * f->x_step;
       x += f->x_step) {
    double px = floor(medct_curve_px(f, x)) + 0.5;
    g_autofree char *text = medct_curve_tick_text(&chart->x, x, f->x_step);
    medct_text_set_rgb(cr, c->grid, 1);
    cairo_move_to(cr, px, f->y);
    cairo_line_to(cr, px, f->y + f->height);
    cairo_stroke(cr);
    medct_text_draw(cr, text, px, f->y + f->height + 5, &style);
  }
  style.align = 1;
  for (double y = ceil(f->y_low / f->y_step - 1e-9) * f->y_step; y <= f->y_high + 1e-9 * f->y_step;
       y += f->y_step) {
    double py = floor(medct_curve_py(f, y)) + 0.5;
    g_autofree char *text = medct_curve_tick_text(&chart->y, y, f->y_step);
    medct_text_set_rgb(cr, c->grid, 1);
    cairo_move_to(cr, f->x, py);
    cairo_line_to(cr, f->x + f->width, py);
    cairo_stroke(cr);
    medct_text_draw(cr, text, f->x - 6, py - style.size * 0.72, &style);
  }
  medct_text_set_rgb(cr, c->axis, 1);
  cairo_move_to(cr, floor(f->x) + 0.5, f->y);
  cairo_line_to(cr, floor(f->x) + 0.5, floor(f->y + f->height) + 0.5);
  cairo_line_to(cr, f->x + f->width, floor(f->y + f->height) + 0.5);
  cairo_stroke(cr);
}

static void
draw_labels(cairo_t *cr, const MedctCurveChart *chart, const MedctCurveFrame *f, double width,
            double height)
{
  const MedctCurveColours *c = medct_curve_colours(chart->light);
  MedctTextStyle style = {.size = chart->compact ? LABEL : TITLE, .rgb = c->text, .bold = TRUE};
  double x = chart->compact ? 4 : f->x;
  style.width = chart->compact ? f->x + f->width - 4 : width - x - 2;
  style.ellipsize = TRUE;
  if (chart->title)
    medct_text_draw(cr, chart->title, x, 6, &style);
  style = (MedctTextStyle){.size = chart->compact ? 11 : LABEL,
                           .rgb = c->dim,
                           .width = width - x - 2,
                           .ellipsize = TRUE};
  if (chart->subtitle)
    medct_text_draw(cr, chart->subtitle, x, 25, &style);
  style = (MedctTextStyle){.size = LABEL, .rgb = c->dim, .align = 0.5};
  if (chart->x.label && !chart->compact)
    medct_text_draw(cr, chart->x.label, f->x + f->width / 2, f->y + f->height + 24, &style);
  if (!chart->y.label || chart->compact)
    return;
  cairo_save(cr);
  cairo_translate(cr, 6, f->y + f->height / 2);
  cairo_rotate(cr, -G_PI / 2);
  medct_text_draw(cr, chart->y.label, 0, 0, &style);
  cairo_restore(cr);
}

static gboolean
is_point(const MedctCurveSeries *series, gsize i)
{
  return isfinite(series->x[i]) && isfinite(series->y[i]);
}

static void
trace(cairo_t *cr, const MedctCurveFrame *f, const MedctCurveSeries *series, const double *y)
{
  gboolean pen = FALSE;
  double last = 0;
  for (gsize i = 0; i < series->n; i++) {
    if (!isfinite(series->x[i]) || !isfinite(y[i])) {
      pen = FALSE;
      continue;
    }
    double px = medct_curve_px(f, series->x[i]), py = medct_curve_py(f, y[i]);
    if (!pen)
      cairo_move_to(cr, px, py);
    else if (series->shape == MEDCT_CURVE_STEPS)
      cairo_line_to(cr, px, last);
    if (pen)
      cairo_line_to(cr, px, py);
    last = py;
    pen = TRUE;
  }
}

static void
draw_band(cairo_t *cr, const MedctCurveFrame *f, const MedctCurveSeries *series, guint32 rgb)
{
  if (!series->low || !series->high)
    return;
  gsize i = 0;
  while (i < series->n) { /* a polygon for each run of known limits */
    gsize start = i;
    while (i < series->n && isfinite(series->low[i]) && isfinite(series->high[i]))
      i++;
    for (gsize n = start; n < i; n++)
      cairo_line_to(cr, medct_curve_px(f, series->x[n]), medct_curve_py(f, series->high[n]));
    for (gsize n = i; n > start; n--)
      cairo_line_to(cr, medct_curve_px(f, series->x[n - 1]), medct_curve_py(f, series->low[n - 1]));
    cairo_close_path(cr);
    medct_text_set_rgb(cr, rgb, 0.2);
    cairo_fill(cr);
    i += i < series->n;
  }
}

static void
set_line(cairo_t *cr, const MedctCurveChart *chart, MedctCurveRole role)
{
  const double dashes[] = {5, 3}, dots[] = {1, 3};
  medct_text_set_rgb(cr, role_colour(medct_curve_colours(chart->light), role),
                     role == MEDCT_CURVE_CHANCE ? 0.8 : 1);
  cairo_set_line_width(cr, role == MEDCT_CURVE_CHANCE ? 1 : chart->compact ? 1.6 : 2);
  cairo_set_line_join(cr, CAIRO_LINE_JOIN_ROUND);
  cairo_set_line_cap(cr, CAIRO_LINE_CAP_BUTT);
  if (role == MEDCT_CURVE_BASE)
    cairo_set_dash(cr, dashes, 2, 0);
  else if (role == MEDCT_CURVE_CHANCE)
    cairo_set_dash(cr, dots, 2, 0);
  else
    cairo_set_dash(cr, NULL, 0, 0);
}

static void
draw_dots(cairo_t *cr, const MedctCurveChart *chart, const MedctCurveFrame *f,
          const MedctCurveSeries *series)
{
  cairo_set_dash(cr, NULL, 0, 0);
  for (gsize i = 0; i < series->n; i++) {
    if (!is_point(series, i))
      continue;
    cairo_new_path(cr);
    cairo_arc(cr, medct_curve_px(f, series->x[i]), medct_curve_py(f, series->y[i]),
              chart->compact ? 2.2 : 3.2, 0, 2 * G_PI);
    if (series->role == MEDCT_CURVE_BASE) { /* hollow */
      cairo_save(cr);
      medct_text_set_rgb(cr, medct_curve_colours(chart->light)->ground, 1);
      cairo_fill_preserve(cr);
      cairo_restore(cr);
      set_line(cr, chart, series->role);
      cairo_set_dash(cr, NULL, 0, 0);
      cairo_set_line_width(cr, 1.4);
      cairo_stroke(cr);
    } else {
      cairo_fill(cr);
    }
  }
}

static void
draw_series(cairo_t *cr, const MedctCurveChart *chart, const MedctCurveFrame *f)
{
  cairo_save(cr);
  cairo_rectangle(cr, f->x - 3, f->y - 3, f->width + 6, f->height + 6);
  cairo_clip(cr);
  for (guint s = 0; s < chart->n_series; s++)
    draw_band(cr, f, &chart->series[s],
              role_colour(medct_curve_colours(chart->light), chart->series[s].role));
  for (guint s = 0; s < chart->n_series; s++) {
    const MedctCurveSeries *series = &chart->series[s];
    cairo_new_path(cr);
    trace(cr, f, series, series->y);
    set_line(cr, chart, series->role);
    if (series->faint) {
      cairo_set_line_width(cr, 1);
      medct_text_set_rgb(cr, role_colour(medct_curve_colours(chart->light), series->role), 0.4);
    }
    cairo_stroke(cr);
    if (series->shape == MEDCT_CURVE_POINTS)
      draw_dots(cr, chart, f, series);
  }
  cairo_restore(cr);
}

/* One line a series, sample and name, at the corner that curves of rates leave free. */
static void
draw_legend(cairo_t *cr, const MedctCurveChart *chart, const MedctCurveFrame *f)
{
  const MedctCurveColours *c = medct_curve_colours(chart->light);
  guint n = 0;
  double line = 18, widest = 0;
  MedctTextStyle style = {.size = LABEL, .rgb = c->text};
  for (guint s = 0; s < chart->n_series; s++)
    n += chart->series[s].label != NULL;
  if (n == 0 || chart->compact || chart->named)
    return;
  cairo_push_group(cr); /* measured first, drawn for nothing */
  for (guint s = 0; s < chart->n_series; s++)
    if (chart->series[s].label)
      widest = MAX(widest, medct_text_draw(cr, chart->series[s].label, 0, 0, &style).width);
  cairo_pattern_destroy(cairo_pop_group(cr));
  double width = widest + 46, height = n * line + 10;
  double x = f->x + f->width - width - 8;
  double y = chart->square ? f->y + f->height - height - 8 : f->y + 6;
  medct_text_set_rgb(cr, c->ground, 0.85);
  cairo_rectangle(cr, x, y, width, height);
  cairo_fill(cr);
  for (guint s = 0; s < chart->n_series; s++) {
    if (!chart->series[s].label)
      continue;
    set_line(cr, chart, chart->series[s].role);
    cairo_move_to(cr, x + 8, y + 5 + line / 2);
    cairo_line_to(cr, x + 32, y + 5 + line / 2);
    cairo_stroke(cr);
    medct_text_draw(cr, chart->series[s].label, x + 38, y + 6, &style);
    y += line;
  }
  cairo_set_dash(cr, NULL, 0, 0);
}

/* Where a line ends, in pixels; FALSE without a point. */
static gboolean
end_of(const MedctCurveFrame *f, const MedctCurveSeries *series, double *px, double *py)
{
  for (gsize i = series->n; i > 0; i--)
    if (is_point(series, i - 1)) {
      *px = medct_curve_px(f, series->x[i - 1]);
      *py = medct_curve_py(f, series->y[i - 1]);
      return TRUE;
    }
  return FALSE;
}

/* Names at the lines' ends; one that would lie on another moves down. */
static void
draw_names(cairo_t *cr, const MedctCurveChart *chart, const MedctCurveFrame *f)
{
  enum { MOST = 16, LINE = 17 };
  double taken[MOST];
  guint n = 0;
  const MedctCurveColours *c = medct_curve_colours(chart->light);
  for (guint s = 0; chart->named && s < chart->n_series && n < MOST; s++) {
    const MedctCurveSeries *series = &chart->series[s];
    double px, py;
    if (series->label == NULL || !end_of(f, series, &px, &py))
      continue;
    MedctTextStyle style = {.size = LABEL,
                            .rgb = role_colour(c, series->role),
                            .bold = series->role == MEDCT_CURVE_ADAPTED ||
                                    series->role == MEDCT_CURVE_TRAIN};
    py = CLAMP(py - LINE / 2.0, f->y, f->y + f->height - LINE);
    for (guint i = 0; i < n; i++)
      if (fabs(taken[i] - py) < LINE) {
        py = taken[i] + LINE;
        i = (guint)-1; /* begin again: it may lie on one that was passed */
      }
    medct_text_draw(cr, series->label, px + 8, py, &style);
    taken[n++] = py;
  }
}

/* The nearest point is not that of a line which ended well before. */
static double
hovered_value(const MedctCurveChart *chart, const MedctCurveSeries *series,
              const MedctCurveFrame *f)
{
  if (series->role == MEDCT_CURVE_CHANCE || series->faint || series->n == 0 ||
      series->x[series->n - 1] < chart->hover_x - 0.05 * (f->x_high - f->x_low))
    return NAN;
  return medct_curve_y_at(series, chart->hover_x);
}

static void
draw_hover(cairo_t *cr, const MedctCurveChart *chart, const MedctCurveFrame *f)
{
  const MedctCurveColours *c = medct_curve_colours(chart->light);
  if (!isfinite(chart->hover_x) || chart->hover_x < f->x_low || chart->hover_x > f->x_high)
    return;
  double px = floor(medct_curve_px(f, chart->hover_x)) + 0.5;
  cairo_set_dash(cr, NULL, 0, 0);
  cairo_set_line_width(cr, 1);
  medct_text_set_rgb(cr, c->text, 0.6);
  cairo_move_to(cr, px, f->y);
  cairo_line_to(cr, px, f->y + f->height);
  cairo_stroke(cr);
  gboolean left = px > f->x + f->width / 2;
  MedctTextStyle style = {.size = LABEL, .rgb = 0xe6e6e6, .plate = TRUE, .align = left};
  double y = f->y + 4;
  if (chart->x.label != NULL && !chart->compact) {
    g_autofree char *at = medct_text_number(chart->hover_x, MAX(chart->x.decimals, 0));
    g_autofree char *text = g_strdup_printf("%s %s", chart->x.label, at);
    y += medct_text_draw(cr, text, px + (left ? -10 : 10), y, &style).height + 2;
  }
  for (guint s = 0; s < chart->n_series; s++) {
    const MedctCurveSeries *series = &chart->series[s];
    double value = hovered_value(chart, series, f);
    if (!isfinite(value))
      continue;
    medct_text_set_rgb(cr, role_colour(c, series->role), 1);
    cairo_arc(cr, px, medct_curve_py(f, value), 3.5, 0, 2 * G_PI);
    cairo_fill(cr);
    g_autofree char *number = medct_text_number(value, 3);
    g_autofree char *text =
        series->label ? g_strdup_printf("%s %s", series->label, number) : g_strdup(number);
    y += medct_text_draw(cr, text, px + (left ? -10 : 10), y, &style).height + 2;
  }
}

void
medct_curve_draw(cairo_t *cr, const MedctCurveChart *chart, double width, double height)
{
  MedctCurveFrame f = medct_curve_frame(chart, width, height);
  cairo_save(cr);
  draw_grid(cr, chart, &f);
  draw_series(cr, chart, &f);
  draw_labels(cr, chart, &f, width, height);
  draw_legend(cr, chart, &f);
  draw_names(cr, chart, &f);
  draw_hover(cr, chart, &f);
  cairo_restore(cr);
}
