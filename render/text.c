#include "render/text.h"

#include <pango/pangocairo.h>
#include <string.h>

enum { PLATE_X = 5, PLATE_Y = 2 };

void
medct_text_set_rgb(cairo_t *cr, guint32 rgb, double alpha)
{
  cairo_set_source_rgba(cr, (rgb >> 16 & 0xff) / 255.0, (rgb >> 8 & 0xff) / 255.0,
                        (rgb & 0xff) / 255.0, alpha);
}

static const cairo_user_data_key_t opaque_plates;

void
medct_text_opaque_plates(cairo_t *cr)
{
  cairo_set_user_data(cr, &opaque_plates, (void *)&opaque_plates, NULL);
}

void
medct_text_plate(cairo_t *cr, double x, double y, double width, double height)
{
  cairo_set_source_rgba(cr, 0, 0, 0, cairo_get_user_data(cr, &opaque_plates) != NULL ? 1 : 0.62);
  cairo_rectangle(cr, x, y, width, height);
  cairo_fill(cr);
}

static PangoLayout *
layout_new(cairo_t *cr, const char *text, const MedctTextStyle *style)
{
  PangoLayout *layout = pango_cairo_create_layout(cr);
  /* On paper letters stand where the font wants them, not on pixels. */
  pango_context_set_round_glyph_positions(pango_layout_get_context(layout),
                                          cairo_surface_get_type(cairo_get_target(cr)) !=
                                              CAIRO_SURFACE_TYPE_PDF);
  PangoFontDescription *font = pango_font_description_from_string("sans-serif");
  pango_font_description_set_absolute_size(font, style->size * PANGO_SCALE);
  pango_font_description_set_weight(font,
                                    style->bold ? PANGO_WEIGHT_SEMIBOLD : PANGO_WEIGHT_NORMAL);
  pango_layout_set_font_description(layout, font);
  pango_font_description_free(font);
  PangoAttrList *attributes = pango_attr_list_new();
  pango_attr_list_insert(attributes, pango_attr_font_features_new("tnum=1"));
  pango_layout_set_attributes(layout, attributes);
  pango_attr_list_unref(attributes);
  pango_layout_set_alignment(layout, style->align > 0.75   ? PANGO_ALIGN_RIGHT
                                     : style->align > 0.25 ? PANGO_ALIGN_CENTER
                                                           : PANGO_ALIGN_LEFT);
  pango_layout_set_text(layout, text, -1);
  if (style->width > 0) {
    pango_layout_set_width(layout, (int)(style->width * PANGO_SCALE));
    pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
    if (style->ellipsize) {
      pango_layout_set_height(layout, -1);
      pango_layout_set_ellipsize(layout, PANGO_ELLIPSIZE_MIDDLE);
    }
  }
  return layout;
}

static MedctTextBox
box_of(PangoLayout *layout, double x, double y, const MedctTextStyle *style)
{
  PangoRectangle logical;
  pango_layout_get_pixel_extents(layout, NULL, &logical);
  return (MedctTextBox){x - style->align * logical.width, y, logical.width, logical.height};
}

MedctTextBox
medct_text_measure(cairo_t *cr, const char *text, double x, double y, const MedctTextStyle *style)
{
  g_autoptr(PangoLayout) layout = layout_new(cr, text, style);
  return box_of(layout, x, y, style);
}

MedctTextBox
medct_text_draw(cairo_t *cr, const char *text, double x, double y, const MedctTextStyle *style)
{
  g_autoptr(PangoLayout) layout = layout_new(cr, text, style);
  MedctTextBox box = box_of(layout, x, y, style);
  PangoRectangle logical;
  pango_layout_get_pixel_extents(layout, NULL, &logical);
  double origin = box.x - logical.x;
  if (style->plate) {
    box = (MedctTextBox){box.x - PLATE_X, box.y - PLATE_Y, box.width + 2 * PLATE_X,
                         box.height + 2 * PLATE_Y};
    medct_text_plate(cr, box.x, box.y, box.width, box.height);
  }
  medct_text_set_rgb(cr, style->rgb, 1);
  cairo_move_to(cr, origin, y);
  pango_cairo_show_layout(cr, layout);
  cairo_new_path(cr);
  return box;
}

void
medct_text_warning_sign(cairo_t *cr, double x, double y, double size)
{
  cairo_set_line_join(cr, CAIRO_LINE_JOIN_ROUND);
  cairo_set_line_width(cr, size / 8);
  medct_text_set_rgb(cr, MEDCT_TEXT_WARNING_RGB, 1);
  cairo_move_to(cr, x + size / 2, y + size / 16);
  cairo_line_to(cr, x + size * 15 / 16, y + size * 15 / 16);
  cairo_line_to(cr, x + size / 16, y + size * 15 / 16);
  cairo_close_path(cr);
  cairo_fill_preserve(cr);
  cairo_stroke(cr);
  cairo_set_source_rgb(cr, 0.12, 0.12, 0.12);
  cairo_rectangle(cr, x + size * 0.44, y + size * 0.35, size * 0.12, size * 0.32);
  cairo_rectangle(cr, x + size * 0.44, y + size * 0.74, size * 0.12, size * 0.12);
  cairo_fill(cr);
}

char *
medct_text_number(double value, int decimals)
{
  char format[16], digits[G_ASCII_DTOSTR_BUF_SIZE + 64];
  g_snprintf(format, sizeof format, "%%.%df", decimals);
  g_ascii_formatd(digits, sizeof digits, format, value);
  /* −0.00 is 0.00. */
  if (digits[0] == '-' && strspn(digits + 1, "0.") == strlen(digits + 1))
    return g_strdup(digits + 1);
  return digits[0] == '-' ? g_strconcat("\u2212", digits + 1, NULL) : g_strdup(digits);
}

char *
medct_text_signed(double value, int decimals)
{
  char *number = medct_text_number(value, decimals);
  if (!(value > 0) || g_str_has_prefix(number, "\u2212"))
    return number;
  char *plus = g_strconcat("+", number, NULL);
  g_free(number);
  return plus;
}
