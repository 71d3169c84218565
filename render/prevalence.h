/* Bars of a cohort: how often a finding is present, how the splits share the patients. Pixels at
 * scale 1. Thread: any, one at a time per context. */
#pragma once

#include <cairo.h>
#include <glib.h>

G_BEGIN_DECLS

enum {
  MEDCT_COHORT_RGB = 0x9fb3c4,
  MEDCT_TRAIN_RGB = 0xe6a34a,
  MEDCT_VALIDATION_RGB = 0x82b6f5,
  MEDCT_TEST_RGB = 0xc4c4c4,
};

/* A track from 0 to `top`, filled to `share`; a tick at `reference`, white, or black on a `light`
 * ground. NaN: left out. */
void medct_prevalence_bar_draw(cairo_t *cr, double share, double reference, double top, double x,
                               double y, double width, double height, gboolean light);
/* One bar in parts [n] with their colours, gaps of 2 between them. */
void medct_split_bar_draw(cairo_t *cr, const guint *parts, const guint32 *rgb, guint n, double x,
                          double y, double width, double height);

G_END_DECLS
