#include "render/marked-plane.h"
#include <glib/gi18n.h>
#include <math.h>

/* The pixels of the plane, painted at device resolution. */
static gboolean
draw_pixels(cairo_t *cr, const MedctMarkedPlane *picture, double width, double height,
            int64_t slice_index, GError **error)
{
  double scale = picture->scale;
  int columns = MAX((int)floor(width * scale), 1), rows = MAX((int)floor(height * scale), 1);
  cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, columns, rows);
  if (cairo_surface_status(surface) != CAIRO_STATUS_SUCCESS) {
    cairo_surface_destroy(surface);
    g_set_error_literal(error, MEDCT_ERROR, MEDCT_ERROR_MEMORY, _("no memory for the picture"));
    return FALSE;
  }
  const MedctView *view = &picture->view;
  MedctView device = {view->x * scale,
                      view->y * scale,
                      view->pixels_per_mm * scale,
                      {view->step[0] * scale, view->step[1] * scale}};
  guint32 *pixels = (guint32 *)(void *)cairo_image_surface_get_data(surface);
  int stride = cairo_image_surface_get_stride(surface);
  g_auto(MedctSlice) slice = {0};
  medct_slice_take(&slice, &picture->image, picture->plane, slice_index, picture->slab);
  cairo_surface_flush(surface);
  medct_slice_paint(&slice, &device, picture->window, picture->linear, pixels, columns, rows,
                    stride);
  if (picture->overlay != NULL)
    medct_overlay_paint(picture->overlay, picture->plane, &device, (double)slice_index, pixels,
                        columns, rows, stride);
  cairo_surface_mark_dirty(surface);
  cairo_save(cr);
  cairo_scale(cr, 1 / scale, 1 / scale);
  cairo_set_source_surface(cr, surface, 0, 0);
  cairo_pattern_set_filter(cairo_get_source(cr), CAIRO_FILTER_NEAREST);
  cairo_paint(cr);
  cairo_restore(cr);
  cairo_surface_destroy(surface);
  return TRUE;
}

gboolean
medct_marked_plane_draw(cairo_t *cr, const MedctMarkedPlane *picture, GError **error)
{
  const MedctPlane *plane = picture->plane;
  double track = picture->annotations ? MEDCT_TRACK_WIDTH : 0;
  int64_t slice = CLAMP((int64_t)lrint(picture->cell[2]), 0, plane->count[2] - 1);
  if (!draw_pixels(cr, picture, picture->width - track, picture->height, slice, error))
    return FALSE;
  if (!picture->annotations)
    return TRUE;
  g_autofree double *profile = NULL;
  if (picture->overlay != NULL) {
    profile = g_new(double, (gsize)plane->count[2]);
    medct_overlay_profile(picture->overlay, plane, profile);
  }
  MedctAnnotations notes = {.width = picture->width,
                            .height = picture->height,
                            .plane = plane,
                            .view = picture->view,
                            .cell = {picture->cell[0], picture->cell[1], picture->cell[2]},
                            .window = picture->window,
                            .slab = picture->slab,
                            .overlay = picture->overlay,
                            .profile = profile,
                            .legend = picture->legend};
  gboolean spacing_known = picture->image.header->spacing_known;
  medct_annotate_draw(cr, &notes, spacing_known);
  const MedctMeasurePaper paper = {plane, picture->view, picture->width - track, picture->height,
                                   1,     spacing_known};
  for (guint n = 0; n < picture->n_measures; n++)
    if (picture->measures[n].plane == plane->kind && picture->measures[n].slice == slice)
      medct_measure_draw(cr, &picture->measures[n], &paper);
  return TRUE;
}
