#include "ui/volume-marks.h"
#include "render/annotate.h"
#include "render/text.h"
#include <glib/gi18n.h>
#include <math.h>

static void
draw_words(cairo_t *cr, const MedctVolumeMarks *marks)
{
  MedctTextStyle style = {.size = 13, .rgb = MEDCT_TEXT_DIM_RGB, .align = 0.5};
  style.width = fmax(marks->width - 40, 60);
  medct_text_draw(cr, marks->words, marks->width / 2, marks->height / 2 - 10, &style);
}

static void
draw_notice(cairo_t *cr, const MedctVolumeMarks *marks)
{
  MedctTextStyle style = {.size = 12, .rgb = MEDCT_TEXT_WARNING_RGB, .align = 0.5, .plate = TRUE};
  style.width = fmax(marks->width - 80, 60);
  MedctTextBox box =
      medct_text_draw(cr, marks->notice, marks->width / 2, marks->height - 74, &style);
  medct_text_warning_sign(cr, box.x - 20, box.y + 2, 14);
}

static void
draw_letters(cairo_t *cr, const MedctVolumeMarks *marks)
{
  static const int ways[4][2] = {{-1, 0}, {1, 0}, {0, 1}, {0, -1}}; /* left, right, top, bottom */
  MedctTextStyle style = {.size = 13, .rgb = MEDCT_TEXT_RGB, .bold = TRUE, .plate = TRUE};
  char letters[4] = {0};
  for (int n = 0; marks->header->orientation_known && n < 4; n++)
    letters[n] = medct_ray_camera_letter(marks->camera, ways[n]);
  medct_annotate_letters(cr, marks->width, marks->height, letters);
  if (marks->header->spacing_known)
    medct_annotate_bar(cr, marks->width, marks->height, 1 / marks->camera->mm_per_pixel);
  medct_text_draw(cr, _("3-D"), 10, 8, &style);
}

void
medct_volume_marks_draw(cairo_t *cr, const MedctVolumeMarks *marks)
{
  if (marks->words != NULL)
    draw_words(cr, marks);
  else if (marks->header != NULL)
    draw_letters(cr, marks);
  if (marks->notice != NULL)
    draw_notice(cr, marks);
}
