#include "render/picture-panel.h"

#include "render/text.h"
#include <math.h>

enum { MARGIN = 20, LABEL = 96 };

typedef struct {
  cairo_t *cr;
  double y, width; /* next line's top; room for text */
} Pen;

static void
write_text(Pen *pen, const char *text, double size, guint32 rgb, gboolean bold, double after)
{
  MedctTextStyle style = {.size = size, .rgb = rgb, .bold = bold, .width = pen->width};
  MedctTextBox box = medct_text_draw(pen->cr, text, MARGIN, pen->y, &style);
  pen->y += box.height + after;
}

static void
write_fact(Pen *pen, const char *label, const char *value)
{
  MedctTextStyle dim = {.size = 12, .rgb = MEDCT_TEXT_DIM_RGB};
  MedctTextStyle text = {.size = 13, .rgb = MEDCT_TEXT_RGB, .width = MAX(pen->width - LABEL, 60)};
  medct_text_draw(pen->cr, label, MARGIN, pen->y + 1, &dim);
  MedctTextBox box = medct_text_draw(pen->cr, value, MARGIN + LABEL, pen->y, &text);
  pen->y += box.height + 5;
}

static void
write_warnings(Pen *pen, const char *const *warnings)
{
  for (guint n = 0; warnings != NULL && warnings[n] != NULL; n++) {
    MedctTextStyle style = {
        .size = 13, .rgb = MEDCT_TEXT_WARNING_RGB, .width = MAX(pen->width - 24, 60)};
    medct_text_warning_sign(pen->cr, MARGIN, pen->y + 1, 15);
    MedctTextBox box = medct_text_draw(pen->cr, warnings[n], MARGIN + 24, pen->y, &style);
    pen->y += box.height + 6;
  }
}

/* The one score on its 0–1 axis. */
static void
draw_axis(Pen *pen, double score)
{
  MedctTextStyle caption = {.size = 12, .rgb = MEDCT_TEXT_DIM_RGB, .align = 0.5};
  double width = fmin(pen->width, 420), top = pen->y + 18;
  static const char *const marks[] = {"0", "0.5", "1"};
  for (int n = 0; n < 3; n++) {
    caption.align = n / 2.0;
    medct_text_draw(pen->cr, marks[n], MARGIN + width * n / 2, pen->y, &caption);
  }
  medct_text_set_rgb(pen->cr, 0x343434, 1);
  cairo_rectangle(pen->cr, MARGIN, top, width, 9);
  cairo_fill(pen->cr);
  medct_text_set_rgb(pen->cr, 0x82b6f5, 1);
  cairo_rectangle(pen->cr, MARGIN, top, width * CLAMP(score, 0, 1), 9);
  cairo_fill(pen->cr);
  pen->y = top + 9 + 12;
}

static void
write_score(Pen *pen, const MedctPicture *picture)
{
  const MedctPictureScore *score = picture->score;
  g_autofree char *number = medct_text_number(score->score, 2);
  g_autofree char *cosine_for = medct_text_number(score->cosine_for, 3);
  g_autofree char *cosine_against = medct_text_number(score->cosine_against, 3);
  g_autofree char *cosines =
      g_strdup_printf("probability of present, against its negation\ncosine %s for, %s against",
                      cosine_for, cosine_against);
  write_text(pen, score->prompt, 14.7, MEDCT_TEXT_RGB, TRUE, 10);
  MedctTextStyle large = {.size = 26.7, .rgb = MEDCT_TEXT_RGB, .bold = TRUE};
  MedctTextBox box = medct_text_draw(pen->cr, number, MARGIN, pen->y, &large);
  MedctTextStyle caption = {
      .size = 12, .rgb = MEDCT_TEXT_DIM_RGB, .width = MAX(pen->width - box.width - 16, 80)};
  MedctTextBox beside =
      medct_text_draw(pen->cr, cosines, box.x + box.width + 16, pen->y + 1, &caption);
  pen->y += MAX(box.height, beside.height) + 8;
  draw_axis(pen, score->score);
  write_fact(pen, "Against", score->against);
  if (picture->overlay != NULL) {
    double sum = score->share_for + score->share_against;
    g_autofree char *plus = medct_text_signed(score->share_for, 2);
    g_autofree char *minus = medct_text_number(score->share_against, 2);
    g_autofree char *total = medct_text_signed(sum, 2);
    g_autofree char *sums =
        g_strdup_printf("for %s, against %s: sum %s. A share is a part of the score, not a lesion.",
                        plus, minus, total);
    write_fact(pen, "Map", sums);
  }
  write_fact(pen, "Model", score->model);
  write_fact(pen, "Adapter", score->adapter != NULL ? score->adapter : "none");
  pen->y += 6;
}

static void
write_study(Pen *pen, const MedctPicture *picture)
{
  const MedctVolumeHeader *header = picture->image.header;
  g_autofree char *width = medct_text_number(picture->window.width, 0);
  g_autofree char *level = medct_text_number(picture->window.level, 0);
  g_autofree char *window =
      g_strdup_printf("%s%sW %s  L %s HU", picture->window_title ? picture->window_title : "",
                      picture->window_title ? ", " : "", width, level);
  g_autofree char *size =
      g_strdup_printf("%" G_GINT64_FORMAT " × %" G_GINT64_FORMAT " × %" G_GINT64_FORMAT " voxels",
                      header->dims[0], header->dims[1], header->dims[2]);
  g_autofree char *x = medct_text_number(header->spacing_mm[0], 2);
  g_autofree char *y = medct_text_number(header->spacing_mm[1], 2);
  g_autofree char *z = medct_text_number(header->spacing_mm[2], 2);
  g_autofree char *spacing =
      header->spacing_known ? g_strdup_printf("%s × %s × %s mm", x, y, z) : g_strdup("unknown");
  if (header->name != NULL)
    write_text(pen, header->name, 14.7, MEDCT_TEXT_RGB, TRUE, 10);
  write_fact(pen, "Format", header->format != NULL ? header->format : "unknown");
  write_fact(pen, "Size", size);
  write_fact(pen, "Spacing", spacing);
  write_fact(pen, "Orientation", header->orientation_known ? "known" : "unknown");
  write_fact(pen, "Window", window);
}

void
medct_picture_panel_draw(cairo_t *cr, const MedctPicture *picture, double width, double height)
{
  Pen pen = {cr, MARGIN, width - 2 * MARGIN};
  cairo_save(cr);
  cairo_rectangle(cr, 0, 0, width, height);
  cairo_clip_preserve(cr);
  medct_text_set_rgb(cr, 0x242424, 1);
  cairo_fill(cr);
  if (picture->score != NULL)
    write_score(&pen, picture);
  write_warnings(&pen, picture->warnings);
  if (pen.y > MARGIN)
    pen.y += 4;
  write_study(&pen, picture);
  cairo_restore(cr);
}
