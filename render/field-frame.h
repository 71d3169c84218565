/* The model's field drawn as a frame on a plane: what lies outside it, no score speaks of.
 * Thread: any, one at a time per context. */
#pragma once

#include "render/plane.h"
#include <cairo.h>

G_BEGIN_DECLS

typedef struct {
  guint size[3];     /* t, h, w cells */
  double to_ras[16]; /* row-major; (w, h, t) → RAS mm of a cell's centre */
} MedctFieldGrid;

/* Low and high edge of the field along column, row and slice of the plane, in cells. */
void medct_field_frame_edges(const MedctFieldGrid *field, const MedctPlane *plane, double low[3],
                             double high[3]);
/* The frame where slice `index` meets the field, else a word that it does not; within
 * width × height pixels. */
void medct_field_frame_draw(cairo_t *cr, const MedctFieldGrid *field, const MedctPlane *plane,
                            const MedctView *view, double index, double width, double height);

G_END_DECLS
