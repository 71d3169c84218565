/* One plane with its marks on a Cairo context: pixels, map, plates, crosshair, slice track. Pages,
 * screenshots and reports are made of these. Lengths are pixels at scale 1. Thread: any, one at a
 * time per context. */
#pragma once

#include "render/annotate.h"
#include "render/measure.h"

G_BEGIN_DECLS

typedef struct {
  MedctImage image;
  const MedctPlane *plane; /* borrowed, as all below */
  MedctView view;          /* inside the picture without its track */
  double cell[3];          /* crosshair: column, row, slice */
  MedctWindow window;
  MedctSlab slab;
  gboolean linear; /* mix voxels instead of showing them as squares */
  gboolean annotations;
  const MedctOverlay *overlay;  /* or NULL */
  gboolean legend;              /* with an overlay */
  const MedctMeasure *measures; /* those of this plane and slice are drawn, with annotations */
  guint n_measures;
  double width, height; /* with the track, which is there with annotations only */
  double scale;         /* device pixels per unit, for the pixels */
} MedctMarkedPlane;

/* Draws at (0, 0). FALSE when there is no memory. */
gboolean medct_marked_plane_draw(cairo_t *cr, const MedctMarkedPlane *picture, GError **error);

G_END_DECLS
