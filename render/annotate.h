/* What stands in a picture beside its pixels: plates with plane, position and window, letters,
 * crosshair, 50 mm bar, slab, map legend, slice track. Drawn on any Cairo context, so the OpenGL
 * views and the display-free pictures carry the same marks. Lengths are pixels at scale 1: for
 * HiDPI the context is scaled. Thread: any, one at a time per context. */
#pragma once

#include "render/field-frame.h"
#include "render/overlay.h"
#include "render/plane.h"
#include "render/slice.h"
#include <cairo.h>

G_BEGIN_DECLS

enum { MEDCT_TRACK_WIDTH = 14 };

typedef struct {
  double width, height;    /* of the picture with its track; origin (0, 0) */
  const MedctPlane *plane; /* borrowed, as all below */
  MedctView view;
  double cell[3]; /* crosshair: column, row, slice */
  MedctWindow window;
  MedctSlab slab;
  const MedctOverlay *overlay; /* NULL: no map */
  const double *profile;       /* [slices] of the map, or NULL */
  gboolean legend;             /* with a map */
  const MedctFieldGrid *field; /* what the model sees, framed; NULL: not known */
  gboolean active;             /* framed */
} MedctAnnotations;

guint32 medct_annotate_plane_rgb(MedctPlaneKind kind);
/* "R 62.4 mm"; NULL when the orientation or the spacing is unknown. Free the result. */
char *medct_annotate_position(const MedctPlane *plane, const double cell[3]);

/* Letters at screen left, right, top, bottom, 0 where there is none; a bar of 50 mm in the lower
 * left corner, where there is room; the frame of the picture that the keys act on. */
void medct_annotate_letters(cairo_t *cr, double width, double height, const char letters[4]);
void medct_annotate_bar(cairo_t *cr, double width, double height, double pixels_per_mm);
void medct_annotate_frame(cairo_t *cr, double width, double height);

/* Everything. `spacing_known` FALSE leaves out what is measured in millimetres. */
void medct_annotate_draw(cairo_t *cr, const MedctAnnotations *notes, gboolean spacing_known);

G_END_DECLS
