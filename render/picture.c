#include "render/picture.h"

#include "model/atomic_file.h"
#include "render/marked-plane.h"
#include "render/picture-panel.h"
#include "render/text.h"
#include <glib/gi18n.h>
#include <math.h>

enum { FOOT = 30, SEAM = 2 };

#define RESEARCH_NOTICE "Research use only \u2014 not for diagnosis"

static gboolean
draw_plane(cairo_t *cr, const MedctPicture *picture, const MedctPlane *plane, double pixels_per_mm,
           double x, double y, double width, double height, GError **error)
{
  double track = picture->annotations ? MEDCT_TRACK_WIDTH : 0;
  MedctMarkedPlane drawn = {.image = picture->image,
                            .plane = plane,
                            .window = picture->window,
                            .slab = picture->slab,
                            .linear = picture->linear,
                            .annotations = picture->annotations,
                            .overlay = picture->overlay,
                            .legend = plane->kind == MEDCT_PLANE_AXIAL,
                            .width = width,
                            .height = height,
                            .scale = picture->scale};
  drawn.view = medct_view_centred(plane, 0, 0, width - track, height, pixels_per_mm);
  medct_plane_voxel_to_cell(plane, picture->voxel, drawn.cell);
  cairo_save(cr);
  cairo_translate(cr, x, y);
  gboolean done = medct_marked_plane_draw(cr, &drawn, error);
  cairo_restore(cr);
  return done;
}

static void
draw_foot(cairo_t *cr, const MedctPicture *picture, double width, double height)
{
  medct_text_set_rgb(cr, 0x2a2a2a, 1);
  cairo_rectangle(cr, 0, height - FOOT, width, FOOT);
  cairo_fill(cr);
  MedctTextStyle style = {.size = 13, .rgb = MEDCT_TEXT_RGB, .bold = TRUE, .align = 1};
  MedctTextBox box = medct_text_draw(cr, RESEARCH_NOTICE, width - 12, height - FOOT + 7, &style);
  double room = box.x - 12 - 24;
  if (picture->provenance == NULL || room < 80)
    return;
  style = (MedctTextStyle){.size = 12, .rgb = MEDCT_TEXT_DIM_RGB, .width = room, .ellipsize = TRUE};
  medct_text_draw(cr, picture->provenance, 12, height - FOOT + 8, &style);
}

static gboolean
draw_all(cairo_t *cr, const MedctPicture *picture, double width, double height, GError **error)
{
  static const int place[3][2] = {{0, 0}, {1, 0}, {0, 1}};
  double cell_width = floor((width - SEAM) / 2), cell_height = floor((height - FOOT - SEAM) / 2);
  double track = picture->annotations ? MEDCT_TRACK_WIDTH : 0, pixels_per_mm = HUGE_VAL;
  MedctPlane planes[3];
  for (int n = 0; n < 3; n++) {
    if (!medct_plane_init(&planes[n], picture->image.header, picture->image.axes,
                          (MedctPlaneKind)n)) {
      medct_error_field(error, MEDCT_ERROR_FORMAT, picture->image.header->name, "affine",
                        "a matrix that can be inverted", N_("singular"));
      return FALSE;
    }
    /* All planes share one zoom. */
    pixels_per_mm =
        fmin(pixels_per_mm, medct_view_fit_scale(&planes[n], cell_width - track, cell_height));
  }
  for (int n = 0; n < 3; n++)
    if (!draw_plane(cr, picture, &planes[n], pixels_per_mm, place[n][0] * (cell_width + SEAM),
                    place[n][1] * (cell_height + SEAM), cell_width, cell_height, error))
      return FALSE;
  cairo_save(cr);
  cairo_translate(cr, cell_width + SEAM, cell_height + SEAM);
  medct_picture_panel_draw(cr, picture, width - cell_width - SEAM,
                           height - FOOT - cell_height - SEAM);
  cairo_restore(cr);
  draw_foot(cr, picture, width, height);
  return TRUE;
}

cairo_surface_t *
medct_picture_draw(const MedctPicture *picture, GError **error)
{
  if (picture->width < MEDCT_PICTURE_MINIMUM || picture->width > MEDCT_PICTURE_MAXIMUM ||
      picture->height < MEDCT_PICTURE_MINIMUM || picture->height > MEDCT_PICTURE_MAXIMUM) {
    g_set_error(error, MEDCT_ERROR, MEDCT_ERROR_ARGUMENT,
                _("size is %dx%d, expected %d to %d pixels each way"), picture->width,
                picture->height, MEDCT_PICTURE_MINIMUM, MEDCT_PICTURE_MAXIMUM);
    return NULL;
  }
  cairo_surface_t *surface =
      cairo_image_surface_create(CAIRO_FORMAT_ARGB32, picture->width, picture->height);
  cairo_t *cr = cairo_create(surface);
  cairo_set_source_rgb(cr, 0, 0, 0);
  cairo_paint(cr);
  cairo_scale(cr, picture->scale, picture->scale);
  gboolean drawn = draw_all(cr, picture, picture->width / picture->scale,
                            picture->height / picture->scale, error);
  if (drawn && cairo_status(cr) != CAIRO_STATUS_SUCCESS) {
    g_set_error(error, MEDCT_ERROR, MEDCT_ERROR_MEMORY, _("drawing failed: %s"),
                cairo_status_to_string(cairo_status(cr)));
    drawn = FALSE;
  }
  cairo_destroy(cr);
  if (!drawn)
    g_clear_pointer(&surface, cairo_surface_destroy);
  return surface;
}

static cairo_status_t
append_bytes(void *closure, const unsigned char *data, unsigned int length)
{
  g_byte_array_append(closure, data, length);
  return CAIRO_STATUS_SUCCESS;
}

gboolean
medct_picture_write(cairo_surface_t *surface, const char *path, GError **error)
{
  g_autoptr(GByteArray) png = g_byte_array_new();
  g_autofree char *name = g_path_get_basename(path);
  cairo_status_t status = cairo_surface_write_to_png_stream(surface, append_bytes, png);
  if (status != CAIRO_STATUS_SUCCESS) {
    medct_error_file(error, MEDCT_ERROR_MEMORY, name, "the PNG could not be made: %s",
                     cairo_status_to_string(status));
    return FALSE;
  }
  return medct_atomic_file_save(path, png->data, png->len, error);
}
