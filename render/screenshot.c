#include "render/screenshot.h"
#include "render/text.h"
#include <math.h>

enum { MARGIN = 8, GAP = 2, MOST_PIXELS = 16384 };

#define NOTICE "Research use only \u2014 not for diagnosis"

/* The foot's height; it is drawn with its top at y. */
static double
draw_foot(cairo_t *cr, const char *provenance, double y, double width)
{
  MedctTextStyle notice = {
      .size = 12, .rgb = MEDCT_TEXT_RGB, .bold = TRUE, .width = width - 2 * MARGIN};
  MedctTextStyle facts = {.size = 12, .rgb = MEDCT_TEXT_DIM_RGB, .width = width - 2 * MARGIN};
  MedctTextBox box = medct_text_draw(cr, NOTICE, MARGIN, y + MARGIN / 2.0, &notice);
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

cairo_surface_t *
medct_screenshot_draw(const MedctMarkedPlane *picture, const char *provenance, GError **error)
{
  double foot = foot_height(provenance, picture->width), scale = picture->scale;
  double columns = ceil(picture->width * scale), rows = ceil((picture->height + foot) * scale);
  if (!(columns >= 1 && columns <= MOST_PIXELS && rows >= 1 && rows <= MOST_PIXELS)) {
    g_set_error(error, MEDCT_ERROR, MEDCT_ERROR_ARGUMENT,
                "the picture is %.0f × %.0f pixels, expected at most %d each way", columns, rows,
                MOST_PIXELS);
    return NULL;
  }
  MedctMarkedPlane marked = *picture;
  marked.annotations = TRUE;
  cairo_surface_t *surface =
      cairo_image_surface_create(CAIRO_FORMAT_ARGB32, (int)columns, (int)rows);
  cairo_t *cr = cairo_create(surface);
  cairo_set_source_rgb(cr, 0, 0, 0);
  cairo_paint(cr);
  cairo_scale(cr, scale, scale);
  gboolean drawn = medct_marked_plane_draw(cr, &marked, error);
  medct_text_set_rgb(cr, 0x2a2a2a, 1);
  cairo_rectangle(cr, 0, picture->height, picture->width, foot);
  cairo_fill(cr);
  draw_foot(cr, provenance, picture->height, picture->width);
  if (drawn && cairo_status(cr) != CAIRO_STATUS_SUCCESS) {
    g_set_error(error, MEDCT_ERROR, MEDCT_ERROR_MEMORY, "drawing failed: %s",
                cairo_status_to_string(cairo_status(cr)));
    drawn = FALSE;
  }
  cairo_destroy(cr);
  if (!drawn)
    g_clear_pointer(&surface, cairo_surface_destroy);
  return surface;
}
