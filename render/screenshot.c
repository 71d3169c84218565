#include "render/screenshot.h"
#include "render/text.h"
#include <glib/gi18n.h>
#include <math.h>

enum { MARGIN = 8, GAP = 2, MOST_PIXELS = 16384 };

/* The foot's height; it is drawn with its top at y. */
static double
draw_foot(cairo_t *cr, const char *provenance, double y, double width)
{
  MedctTextStyle notice = {
      .size = 12, .rgb = MEDCT_TEXT_RGB, .bold = TRUE, .width = width - 2 * MARGIN};
  MedctTextStyle facts = {.size = 12, .rgb = MEDCT_TEXT_DIM_RGB, .width = width - 2 * MARGIN};
  MedctTextBox box = medct_text_draw(cr, _("Research use only — not for diagnosis"), MARGIN,
                                     y + MARGIN / 2.0, &notice);
  double used = MARGIN / 2.0 + box.height + GAP;
  box = medct_text_draw(cr, provenance, MARGIN, y + used, &facts);
  return ceil(used + box.height + MARGIN / 2.0);
}

/* How high the foot will be, from drawing it where nobody sees it. */
static double
foot_height(const char *provenance, double width)
{
  cairo_surface_t *nowhere = cairo_image_surface_create(CAIRO_FORMAT_A8, 1, 1);
  cairo_t *cr = cairo_create(nowhere);
  double height = draw_foot(cr, provenance, 0, width);
  cairo_destroy(cr);
  cairo_surface_destroy(nowhere);
  return height;
}

/* NULL with an error when it would be too large. */
static cairo_surface_t *
new_surface(double width, double height, double scale, GError **error)
{
  double columns = ceil(width * scale), rows = ceil(height * scale);
  if (columns >= 1 && columns <= MOST_PIXELS && rows >= 1 && rows <= MOST_PIXELS)
    return cairo_image_surface_create(CAIRO_FORMAT_ARGB32, (int)columns, (int)rows);
  g_set_error(error, MEDCT_ERROR, MEDCT_ERROR_ARGUMENT,
              _("the picture is %.0f × %.0f pixels, expected 1 to %d each way"), columns, rows,
              MOST_PIXELS);
  return NULL;
}

static gboolean
check_drawn(cairo_t *cr, GError **error)
{
  if (cairo_status(cr) == CAIRO_STATUS_SUCCESS)
    return TRUE;
  g_set_error(error, MEDCT_ERROR, MEDCT_ERROR_MEMORY, _("drawing failed: %s"),
              cairo_status_to_string(cairo_status(cr)));
  return FALSE;
}

cairo_surface_t *
medct_screenshot_frame(cairo_surface_t *picture, double scale, const char *provenance,
                       GError **error)
{
  double width = cairo_image_surface_get_width(picture) / scale;
  double height = cairo_image_surface_get_height(picture) / scale;
  double foot = foot_height(provenance, width);
  cairo_surface_t *surface = new_surface(width, height + foot, scale, error);
  if (surface == NULL)
    return NULL;
  cairo_t *cr = cairo_create(surface);
  cairo_set_source_rgb(cr, 0, 0, 0);
  cairo_paint(cr);
  cairo_set_source_surface(cr, picture, 0, 0);
  cairo_paint(cr);
  cairo_scale(cr, scale, scale);
  medct_text_set_rgb(cr, 0x2a2a2a, 1);
  cairo_rectangle(cr, 0, height, width, foot);
  cairo_fill(cr);
  draw_foot(cr, provenance, height, width);
  if (!check_drawn(cr, error))
    g_clear_pointer(&surface, cairo_surface_destroy);
  cairo_destroy(cr);
  return surface;
}

cairo_surface_t *
medct_screenshot_draw(const MedctMarkedPlane *picture, const char *provenance, GError **error)
{
  cairo_surface_t *plane = new_surface(picture->width, picture->height, picture->scale, error);
  if (plane == NULL)
    return NULL;
  MedctMarkedPlane marked = *picture;
  marked.annotations = TRUE;
  cairo_t *cr = cairo_create(plane);
  cairo_scale(cr, picture->scale, picture->scale);
  cairo_surface_t *framed = NULL;
  if (medct_marked_plane_draw(cr, &marked, error) && check_drawn(cr, error))
    framed = medct_screenshot_frame(plane, picture->scale, provenance, error);
  cairo_destroy(cr);
  cairo_surface_destroy(plane);
  return framed;
}
