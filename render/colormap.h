/* Colours of the score-share map. The stops are the interface guide's; between them colours are
 * mixed linearly in sRGB. Thread: any. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
  MEDCT_COLORMAP_FOR,        /* matplotlib inferno (CC0) from 0.22 to 0.94 */
  MEDCT_COLORMAP_AGAINST,    /* blues of rising lightness */
  MEDCT_COLORMAP_DIFFERENCE, /* diverging with a dark centre, after Crameri's berlin (MIT) */
} MedctColormap;

/* 0xRRGGBB at f, clamped to 0 … 1; the difference has its centre at 0.5. */
guint32 medct_colormap_rgb(MedctColormap map, double f);

/* Opacity of the overlay, 0 … 1: opacity · clamp((f − 0.06)/0.30, 0, 1). Zero share is bare. */
#define MEDCT_COLORMAP_BARE 0.06
double medct_colormap_alpha(double f, double opacity);

/* The next of 1, 2, 5 · 10ⁿ at or over `peak` > 0: the top of the legend. 1 when peak is not. */
double medct_colormap_top(double peak);

G_END_DECLS
