/* Charts on a page, as a file. */
#include "model/atomic_file.h"
#include "render/curve-private.h"
#include "render/picture.h"
#include <cairo-svg.h>

enum { MARGIN = 20, HEAD = 54, FOOT = 30 };

static void
draw_sheet(cairo_t *cr, const MedctCurveSheet *sheet, double width, double height)
{
  const MedctCurveColours *c = medct_curve_colours(TRUE);
  medct_text_set_rgb(cr, c->ground, 1);
  cairo_paint(cr);
  MedctTextStyle style = {.size = 17, .rgb = c->text, .bold = TRUE};
  if (sheet->title)
    medct_text_draw(cr, sheet->title, MARGIN, 14, &style);
  style = (MedctTextStyle){.size = 12, .rgb = c->dim};
  if (sheet->subtitle)
    medct_text_draw(cr, sheet->subtitle, MARGIN, 38, &style);
  if (sheet->foot)
    medct_text_draw(cr, sheet->foot, MARGIN, height - 24, &style);
  for (guint n = 0; n < sheet->n_charts; n++) {
    cairo_save(cr);
    cairo_translate(cr, MARGIN + (n % sheet->columns) * sheet->chart_width,
                    HEAD + 8 + (n / sheet->columns) * sheet->chart_height);
    medct_curve_draw(cr, &sheet->charts[n], sheet->chart_width - 12, sheet->chart_height - 12);
    cairo_restore(cr);
  }
}

static cairo_status_t
append_bytes(void *data, const unsigned char *bytes, unsigned int n)
{
  g_byte_array_append(data, bytes, n);
  return CAIRO_STATUS_SUCCESS;
}

static gboolean
write_svg(const MedctCurveSheet *sheet, double width, double height, const char *path,
          GError **error)
{
  g_autoptr(GByteArray) bytes = g_byte_array_new();
  cairo_surface_t *surface =
      cairo_svg_surface_create_for_stream(append_bytes, bytes, width, height);
  cairo_t *cr = cairo_create(surface);
  draw_sheet(cr, sheet, width, height);
  cairo_status_t status = cairo_status(cr);
  cairo_destroy(cr);
  cairo_surface_finish(surface);
  cairo_surface_destroy(surface);
  if (status != CAIRO_STATUS_SUCCESS) {
    medct_error_file(error, MEDCT_ERROR_MEMORY, path, "the SVG could not be made: %s",
                     cairo_status_to_string(status));
    return FALSE;
  }
  return medct_atomic_file_save(path, bytes->data, bytes->len, error);
}

static gboolean
write_png(const MedctCurveSheet *sheet, double width, double height, const char *path,
          GError **error)
{
  enum { SCALE = 2 };
  cairo_surface_t *surface =
      cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)(width * SCALE), (int)(height * SCALE));
  cairo_surface_set_device_scale(surface, SCALE, SCALE);
  cairo_t *cr = cairo_create(surface);
  draw_sheet(cr, sheet, width, height);
  cairo_destroy(cr);
  gboolean done = medct_picture_write(surface, path, error);
  cairo_surface_destroy(surface);
  return done;
}

gboolean
medct_curve_sheet_write(const MedctCurveSheet *sheet, const char *path, GError **error)
{
  guint columns = MIN(sheet->columns, MAX(1, sheet->n_charts));
  guint n_lines = (sheet->n_charts + columns - 1) / columns;
  double width = 2 * MARGIN + columns * sheet->chart_width;
  double height = HEAD + 8 + n_lines * sheet->chart_height + (sheet->foot ? FOOT : 8);
  MedctCurveSheet own = *sheet;
  own.columns = columns;
  return g_str_has_suffix(path, ".svg") ? write_svg(&own, width, height, path, error)
                                        : write_png(&own, width, height, path, error);
}
