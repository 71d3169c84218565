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

enum { MEDCT_TRACK_WIDTH = 14, MEDCT_HANDLE_HEIGHT = 3 };
#define MEDCT_TRACK_RGB 0x141414
#define MEDCT_FRAME_RGB 0x78aeed
/* The crosshair's arms, and the dark edge of a pixel on either side. */
enum { MEDCT_ARM_EDGE = 1 };
#define MEDCT_ARM_ALPHA      0.9
#define MEDCT_ARM_EDGE_ALPHA 0.45

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
} MedctAnnotations;

/* "R 62.4 mm"; NULL when the orientation or the spacing is unknown. Free the result. */
char *medct_annotate_position(const MedctPlane *plane, const double cell[3]);

/* Letters at screen left, right, top, bottom, 0 where there is none; a bar of 50 mm in the lower
 * left corner, where there is room. */
void medct_annotate_letters(cairo_t *cr, double width, double height, const char letters[4]);
void medct_annotate_bar(cairo_t *cr, double width, double height, double pixels_per_mm);

/* The crosshair as rectangles a pixel wide: above, below, left and right of its point. Lengths may
 * be 0. */
typedef struct {
  double x, y, width, height;
  guint32 rgb;
} MedctArm;
void medct_annotate_arms(const MedctAnnotations *notes, MedctArm arms[4]);
/* Top of the handle on the slice track. */
double medct_annotate_handle(const MedctAnnotations *notes);

/* The other marks one by one, for those who draw often and keep them; from the lowest to the
 * uppermost, with the crosshair between field and letters. */
typedef enum {
  MEDCT_MARK_PROFILE, /* on the track */
  MEDCT_MARK_FIELD,
  MEDCT_MARK_LEFT, /* letters */
  MEDCT_MARK_RIGHT,
  MEDCT_MARK_TOP,
  MEDCT_MARK_BOTTOM,
  MEDCT_MARK_PLACE,
  MEDCT_MARK_WINDOW, /* with the map's legend */
  MEDCT_MARK_WARNING,
  MEDCT_MARK_SCALE_BAR,
  MEDCT_MARK_SLAB,
  MEDCT_N_MARKS,
} MedctMark;
/* May leave no ink. `spacing_known` FALSE leaves out what is measured in millimetres. */
void medct_annotate_draw_mark(cairo_t *cr, const MedctAnnotations *notes, MedctMark mark,
                              gboolean spacing_known);

/* Everything. */
void medct_annotate_draw(cairo_t *cr, const MedctAnnotations *notes, gboolean spacing_known);

G_END_DECLS
