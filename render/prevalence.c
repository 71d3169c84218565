#include "render/prevalence.h"
#include "render/text.h"
#include <math.h>

void
medct_prevalence_bar_draw(cairo_t *cr, double share, double reference, double top, double x,
                          double y, double width, double height, gboolean light)
{
  medct_text_set_rgb(cr, light ? 0xd8d8d8 : 0x343434, 1);
  cairo_rectangle(cr, x, y, width, height);
  cairo_fill(cr);
  if (share > 0 && top > 0) {
    medct_text_set_rgb(cr, light ? 0x5f7688 : MEDCT_COHORT_RGB, 1);
    cairo_rectangle(cr, x, y, fmax(1, width * fmin(1, share / top)), height);
    cairo_fill(cr);
  }
  if (!(reference >= 0) || !(top > 0))
    return;
  double tick = rint(x + width * fmin(1, reference / top));
  medct_text_set_rgb(cr, light ? 0xfafafa : 0x242424, 1); /* an edge, to stand out on the bar */
  cairo_rectangle(cr, tick - 2, y - 2, 4, height + 4);
  cairo_fill(cr);
  medct_text_set_rgb(cr, light ? 0x1e1e1e : 0xe6e6e6, 1);
  cairo_rectangle(cr, tick - 1, y - 2, 2, height + 4);
  cairo_fill(cr);
}

void
medct_split_bar_draw(cairo_t *cr, const guint *parts, const guint32 *rgb, guint n, double x,
                     double y, double width, double height)
{
  double total = 0, at = 0;
  for (guint i = 0; i < n; i++)
    total += parts[i];
  for (guint i = 0; i < n; i++) {
    if (parts[i] == 0)
      continue;
    double begin = x + width * at / total;
    at += parts[i];
    double end = x + width * at / total;
    medct_text_set_rgb(cr, rgb[i], 1);
    cairo_rectangle(cr, begin, y, fmax(1, end - begin - (at < total ? 2 : 0)), height);
    cairo_fill(cr);
  }
  if (total > 0)
    return;
  medct_text_set_rgb(cr, 0x343434, 1);
  cairo_rectangle(cr, x, y, width, height);
  cairo_fill(cr);
}
