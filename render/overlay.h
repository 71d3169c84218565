/* The score-share grid on a plane. A share is the cell's part of the score, in score units; the
 * cells add up to it. Thread: any. */
#pragma once

#include "render/colormap.h"
#include "render/plane.h"

G_BEGIN_DECLS

typedef struct {
  const float *share;     /* [t, h, w], w fastest; borrowed */
  int size[3];            /* t, h, w; ≥ 1 */
  double grid_to_ras[16]; /* row-major; (w, h, t) → RAS mm of a cell's centre */
  double top;             /* share at full colour, > 0; see medct_colormap_top */
  double opacity;         /* 0 … 1 */
  MedctColormap map;      /* AGAINST colours −share; DIFFERENCE spans −top … top */
  gboolean raw;           /* whole cells instead of trilinear mixing */
} MedctOverlay;

/* The share at a grid point (w, h, t); 0 outside the grid. Smooth mixes centres; the outer half
 * cell keeps the border's value. */
double medct_overlay_sample(const MedctOverlay *overlay, const double point[3]);
/* 0 … 1 along the colour map, and its opacity there. */
double medct_overlay_fraction(const MedctOverlay *overlay, double share);
double medct_overlay_alpha(const MedctOverlay *overlay, double fraction);
/* Largest and smallest share, sums of the positive and of the negative ones. */
void medct_overlay_range(const MedctOverlay *overlay, double *minimum, double *maximum,
                         double *sum_for, double *sum_against);
/* RAS mm of the centre of the largest share. */
void medct_overlay_peak(const MedctOverlay *overlay, double ras[3]);

/* Sum of shares within each slice of the plane, profile [plane->count[2]]: which slices are worth
 * a look. A cell counts where its centre lies; neighbours share it by distance. */
void medct_overlay_profile(const MedctOverlay *overlay, const MedctPlane *plane, double *profile);

/* Lays the map over opaque ARGB32 pixels [height, stride/4] that show slice `index` through view.
 */
void medct_overlay_paint(const MedctOverlay *overlay, const MedctPlane *plane,
                         const MedctView *view, double index, guint32 *pixels, int width,
                         int height, int stride);

G_END_DECLS
