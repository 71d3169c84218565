/* Words and numbers in pictures: the system font through Pango, tabular figures, plates.
 * Lengths are in pixels at scale 1; a context is already scaled for HiDPI. Thread: any, one at a
 * time per context. */
#pragma once

#include <cairo.h>
#include <glib.h>

G_BEGIN_DECLS

enum {
  MEDCT_TEXT_RGB = 0xe6e6e6,     /* never brighter than a picture's white */
  MEDCT_TEXT_DIM_RGB = 0xa8a8a8, /* second lines, units */
  MEDCT_TEXT_WARNING_RGB = 0xf8e45c,
};

typedef struct {
  double size; /* pixels: 13 in pictures, 12 captions */
  guint32 rgb; /* 0xRRGGBB */
  gboolean bold;
  gboolean plate;     /* black at 62 % behind */
  double align;       /* 0: x is the left edge, 0.5: centre, 1: right edge */
  double width;       /* > 0: wraps at this width; else one line */
  gboolean ellipsize; /* with width: one line, shortened in the middle */
} MedctTextStyle;

typedef struct {
  double x, y, width, height;
} MedctTextBox;

/* Draws with the top at y and returns where the ink box (with the plate's margin) lies. */
MedctTextBox medct_text_draw(cairo_t *cr, const char *text, double x, double y,
                             const MedctTextStyle *style);
/* Where it would come to lie, without a plate. */
MedctTextBox medct_text_measure(cairo_t *cr, const char *text, double x, double y,
                                const MedctTextStyle *style);
void medct_text_plate(cairo_t *cr, double x, double y, double width, double height);
/* From here on the context's plates hide what lies behind them, as high contrast asks. */
void medct_text_opaque_plates(cairo_t *cr);
void medct_text_set_rgb(cairo_t *cr, guint32 rgb, double alpha);
/* A triangle with a mark, `size` high: never colour alone. */
void medct_text_warning_sign(cairo_t *cr, double x, double y, double size);

/* "−612", "+0.24", "1.0": U+2212 for minus, always a decimal point. Free the result. */
char *medct_text_number(double value, int decimals);
char *medct_text_signed(double value, int decimals);

G_END_DECLS
