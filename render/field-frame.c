#include "render/field-frame.h"
#include "render/text.h"
#include <glib/gi18n.h>
#include <math.h>

static const MedctTextStyle caption = {.size = 12, .rgb = MEDCT_TEXT_RGB, .plate = TRUE};

/* Field and planes both run along nearest axes, so opposite corners tell all. */
void
medct_field_frame_edges(const MedctFieldGrid *field, const MedctPlane *plane, double low[3],
                        double high[3])
{
  double corners[2][3];
  for (int end = 0; end < 2; end++) {
    double point[3], ras[3], voxel[3];
    for (int n = 0; n < 3; n++)
      point[n] = end == 0 ? -0.5 : field->size[2 - n] - 0.5;
    medct_matrix_apply(field->to_ras, point, ras);
    medct_plane_ras_to_voxel(plane, ras, voxel);
    medct_plane_voxel_to_cell(plane, voxel, corners[end]);
  }
  for (int n = 0; n < 3; n++) {
    low[n] = fmin(corners[0][n], corners[1][n]);
    high[n] = fmax(corners[0][n], corners[1][n]);
  }
}

static void
draw_rectangle(cairo_t *cr, double x, double y, double width, double height)
{
  static const double dashes[2] = {6, 4};
  cairo_rectangle(cr, floor(x) + 0.5, floor(y) + 0.5, floor(width), floor(height));
  cairo_set_line_width(cr, 2.4);
  medct_text_set_rgb(cr, 0x000000, 0.55);
  cairo_stroke_preserve(cr);
  cairo_set_dash(cr, dashes, 2, 0);
  cairo_set_line_width(cr, 1);
  medct_text_set_rgb(cr, 0xd8d8d8, 0.9);
  cairo_stroke(cr);
}

void
medct_field_frame_draw(cairo_t *cr, const MedctFieldGrid *field, const MedctPlane *plane,
                       const MedctView *view, double index, double width, double height)
{
  double low[3], high[3], x[2], y[2];
  medct_field_frame_edges(field, plane, low, high);
  cairo_save(cr);
  cairo_rectangle(cr, 0, 0, width, height);
  cairo_clip(cr);
  if (index < low[2] || index > high[2]) {
    MedctTextStyle style = caption;
    style.align = 0.5;
    style.rgb = MEDCT_TEXT_WARNING_RGB;
    medct_text_draw(cr, _("outside the model's field"), width / 2, height - 56, &style);
  } else {
    medct_view_from_cell(view, low[0], low[1], &x[0], &y[0]);
    medct_view_from_cell(view, high[0], high[1], &x[1], &y[1]);
    double left = fmin(x[0], x[1]), right = fmax(x[0], x[1]);
    double top = fmin(y[0], y[1]), bottom = fmax(y[0], y[1]);
    draw_rectangle(cr, left, top, right - left, bottom - top);
    if (bottom < height - 30 && /* else it would lie under the scale bar */ right > 100 &&
        left < width - 100)
      medct_text_draw(cr, _("model's field"), fmax(left, 0) + 8, bottom - 22, &caption);
  }
  cairo_restore(cr);
}
