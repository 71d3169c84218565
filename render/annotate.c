#include "render/annotate.h"

#include "render/text.h"
#include <glib/gi18n.h>
#include <math.h>

enum {
  INSET = 10,
  LINE = 17,
  GAP = 22,
  LETTER = 20,
  LEGEND_WIDTH = 12,
  LEGEND_HEIGHT = 84,
  LEGEND_LEAST = 36
};

static const MedctTextStyle body = {.size = 13, .rgb = MEDCT_TEXT_RGB};

static guint32
plane_rgb(MedctPlaneKind kind)
{
  static const guint32 rgb[] = {0xff7a5c, 0xf0e442, 0x35c69a};
  return rgb[kind];
}

/* R, A, S index of the direction the plane is stacked along. */
static int
normal_of(MedctPlaneKind kind)
{
  return kind == MEDCT_PLANE_AXIAL ? 2 : kind == MEDCT_PLANE_CORONAL ? 1 : 0;
}

char *
medct_annotate_position(const MedctPlane *plane, const double cell[3])
{
  if (!plane->letters_known)
    return NULL;
  double voxel[3], ras[3];
  medct_plane_cell_to_voxel(plane, cell, voxel);
  medct_plane_voxel_to_ras(plane, voxel, ras);
  int n = normal_of(plane->kind);
  g_autofree char *number = medct_text_number(fabs(ras[n]), 1);
  return g_strdup_printf("%c %s mm", ras[n] < 0 ? "LPI"[n] : "RAS"[n], number);
}

static double
inner_width(const MedctAnnotations *notes)
{
  return notes->width - MEDCT_TRACK_WIDTH;
}

void
medct_annotate_arms(const MedctAnnotations *notes, MedctArm arms[4])
{
  static const MedctPlaneKind across[][2] = {
      [MEDCT_PLANE_AXIAL] = {MEDCT_PLANE_SAGITTAL, MEDCT_PLANE_CORONAL},
      [MEDCT_PLANE_SAGITTAL] = {MEDCT_PLANE_CORONAL, MEDCT_PLANE_AXIAL},
      [MEDCT_PLANE_CORONAL] = {MEDCT_PLANE_SAGITTAL, MEDCT_PLANE_AXIAL},
  };
  const MedctPlaneKind *kinds = across[notes->plane->kind];
  double x, y, right = inner_width(notes), bottom = notes->height;
  medct_view_from_cell(&notes->view, notes->cell[0], notes->cell[1], &x, &y);
  x = floor(x);
  y = floor(y);
  double from_x = CLAMP(x - GAP, 0, right), to_x = CLAMP(x + GAP, 0, right);
  double from_y = CLAMP(y - GAP, 0, bottom), to_y = CLAMP(y + GAP, 0, bottom);
  guint32 upright = plane_rgb(kinds[0]), level = plane_rgb(kinds[1]);
  arms[0] = (MedctArm){x, 0, 1, from_y, upright};
  arms[1] = (MedctArm){x, to_y, 1, bottom - to_y, upright};
  arms[2] = (MedctArm){0, y, from_x, 1, level};
  arms[3] = (MedctArm){to_x, y, right - to_x, 1, level};
}

static void
draw_crosshair(cairo_t *cr, const MedctAnnotations *notes)
{
  MedctArm arms[4];
  medct_annotate_arms(notes, arms);
  for (int n = 0; n < 8; n++) {
    const MedctArm *arm = &arms[n % 4];
    double edge = n < 4 ? MEDCT_ARM_EDGE : 0;
    medct_text_set_rgb(cr, n < 4 ? 0 : arm->rgb, n < 4 ? MEDCT_ARM_EDGE_ALPHA : MEDCT_ARM_ALPHA);
    if (arm->width == 1)
      cairo_rectangle(cr, arm->x - edge, arm->y, 1 + 2 * edge, arm->height);
    else
      cairo_rectangle(cr, arm->x, arm->y - edge, arm->width, 1 + 2 * edge);
    cairo_fill(cr);
  }
}

void
medct_annotate_letters(cairo_t *cr, double width, double height, const char letters[4])
{
  enum { NAMES = 48 }; /* what names the picture is as high, in its corner */
  double edge = 4, foot = height - LETTER - edge;
  double middle = fmin(fmax((height - LETTER) / 2, NAMES), foot);
  const double at[4][2] = {{edge, middle},
                           {width - LETTER - edge, middle},
                           {(width - LETTER) / 2, edge},
                           {(width - LETTER) / 2, foot}};
  MedctTextStyle style = body;
  style.bold = TRUE;
  style.align = 0.5;
  for (int n = 0; n < 4; n++) {
    if (letters[n] == 0)
      continue;
    char text[2] = {letters[n], 0};
    medct_text_plate(cr, at[n][0], at[n][1], LETTER, LETTER);
    medct_text_draw(cr, text, at[n][0] + LETTER / 2.0, at[n][1] + 2, &style);
  }
}

static void
draw_unknown_orientation(cairo_t *cr, const MedctAnnotations *notes)
{
  MedctTextStyle style = body;
  style.rgb = MEDCT_TEXT_WARNING_RGB;
  style.plate = TRUE;
  style.width = MAX(inner_width(notes) - 2 * INSET - 30, 40);
  MedctTextBox box = medct_text_draw(cr, _("Orientation unknown: left and right may be swapped"),
                                     INSET + 22, INSET + 3 * LINE, &style);
  medct_text_plate(cr, INSET - 5, box.y, box.x - INSET + 5, box.height);
  medct_text_warning_sign(cr, INSET, box.y + 3, 15);
}

/* A picture so low that its marks would cover it keeps those that name it. */
static gboolean
is_low(const MedctAnnotations *notes)
{
  enum { LOW = 190 };
  return notes->height < LOW;
}

static void
draw_corner(cairo_t *cr, const MedctAnnotations *notes, gboolean spacing_known)
{
  const MedctPlane *plane = notes->plane;
  g_autofree char *position =
      spacing_known && !is_low(notes) ? medct_annotate_position(plane, notes->cell) : NULL;
  int64_t slice = CLAMP((int64_t)lrint(notes->cell[2]), 0, plane->count[2] - 1);
  g_autofree char *count = g_strdup_printf(
      "%s%s%" G_GINT64_FORMAT " / %" G_GINT64_FORMAT, position != NULL ? position : "",
      position != NULL ? "\n" : "", slice + 1, plane->count[2]);
  const char *name = _(medct_plane_name(plane->kind));
  MedctTextStyle bold = body;
  bold.bold = TRUE;
  MedctTextBox first = medct_text_measure(cr, name, INSET + 15, INSET - 2, &bold);
  MedctTextBox rest = medct_text_measure(cr, count, INSET, first.y + first.height, &body);
  double right = fmax(first.x + first.width, rest.x + rest.width);
  medct_text_plate(cr, INSET - 5, first.y - 2, right + 10 - INSET,
                   rest.y + rest.height + 4 - first.y);
  medct_text_draw(cr, name, first.x, first.y, &bold);
  medct_text_draw(cr, count, rest.x, rest.y, &body);
  medct_text_set_rgb(cr, plane_rgb(plane->kind), 1);
  cairo_rectangle(cr, INSET, rint(first.y + first.height / 2 - 4.5), 9, 9);
  cairo_fill(cr);
}

/* Beside the name of the plane; in a narrow picture below it, and where that is too low, not. */
static double
draw_window(cairo_t *cr, const MedctAnnotations *notes)
{
  enum { BESIDE = 250 };
  double y = inner_width(notes) < BESIDE ? INSET - 2 + 22 : INSET - 2;
  if (y > INSET && is_low(notes))
    return 0;
  g_autofree char *width = medct_text_number(notes->window.width, 0);
  g_autofree char *level = medct_text_number(notes->window.level, 0);
  g_autofree char *text = g_strdup_printf("W %s  L %s", width, level);
  MedctTextStyle style = body;
  style.plate = TRUE;
  style.align = 1;
  MedctTextBox box = medct_text_draw(cr, text, inner_width(notes) - INSET, y, &style);
  return box.y + box.height;
}

static int
decimals_of(double top)
{
  /* The half of 1 and of 5 needs one more place than the top itself. */
  int places = (int)fmax(0, -floor(log10(top) + 1e-9));
  return MIN(places + 1, 9);
}

static void
draw_legend(cairo_t *cr, const MedctAnnotations *notes, double top)
{
  const MedctOverlay *overlay = notes->overlay;
  double right = inner_width(notes) - INSET, y = top + 40;
  int tall = (int)fmin(LEGEND_HEIGHT, notes->height - y - 14);
  if (tall < LEGEND_LEAST)
    return;
  if (y + tall + 10 > (notes->height - LETTER) / 2)
    right -= LETTER + 4; /* a low picture: beside the letter instead of above it */
  double x = right - LEGEND_WIDTH;
  int decimals = decimals_of(overlay->top);
  gboolean difference = overlay->map == MEDCT_COLORMAP_DIFFERENCE;
  double sign = overlay->map == MEDCT_COLORMAP_AGAINST ? -1 : 1;
  const double values[3] = {sign * overlay->top, difference ? 0 : sign * overlay->top / 2,
                            difference ? -overlay->top : 0};
  const char *title = _("score share\nper patch");
  MedctTextStyle style = {.size = 12, .rgb = MEDCT_TEXT_RGB, .align = 1};
  double left = fmin(medct_text_measure(cr, title, right, top, &style).x - 5, x - 62);
  medct_text_plate(cr, left, top, right + 5 - left, y + tall + 8 - top);
  medct_text_draw(cr, title, right, top + 3, &style);
  for (int n = 0; n < tall; n++) {
    double fraction = 1 - (n + 0.5) / tall;
    /* As in the picture over black: colour at its opacity there. */
    medct_text_set_rgb(cr, medct_colormap_rgb(overlay->map, fraction),
                       medct_overlay_alpha(overlay, fraction) / fmax(overlay->opacity, 1e-6));
    cairo_rectangle(cr, x, y + n, LEGEND_WIDTH, 1);
    cairo_fill(cr);
  }
  medct_text_set_rgb(cr, MEDCT_TEXT_DIM_RGB, 1);
  cairo_set_line_width(cr, 1);
  cairo_rectangle(cr, x - 0.5, y - 0.5, LEGEND_WIDTH + 1, tall + 1);
  cairo_stroke(cr);
  for (int n = 0; n < 3; n++) {
    g_autofree char *text = values[n] == 0 ? g_strdup("0") : medct_text_number(values[n], decimals);
    medct_text_draw(cr, text, x - 5, y + n * tall / 2.0 - 8, &style);
  }
}

void
medct_annotate_bar(cairo_t *cr, double width, double height, double pixels_per_mm)
{
  double length = 50 * pixels_per_mm, y = height - INSET - 6;
  if (length > width / 2 - 90 || height < 100)
    return; /* a bar that runs into the letters tells nothing */
  MedctTextStyle style = body;
  style.plate = TRUE;
  medct_text_draw(cr, "50 mm", INSET + length + 8, y - 9, &style);
  medct_text_plate(cr, INSET - 5, y - 11, length + 8, 21);
  double start = INSET + 0.5, end = INSET + 0.5 + length;
  cairo_set_line_width(cr, 1);
  medct_text_set_rgb(cr, MEDCT_TEXT_RGB, 1);
  cairo_move_to(cr, start, floor(y) - 3.5);
  cairo_line_to(cr, start, floor(y) + 3.5);
  cairo_line_to(cr, end, floor(y) + 3.5);
  cairo_line_to(cr, end, floor(y) - 3.5);
  cairo_stroke(cr);
}

static void
draw_slab(cairo_t *cr, const MedctAnnotations *notes)
{
  static const char *const formats[] = {"%s mm", N_("MIP %s mm"), N_("MinIP %s mm"),
                                        N_("average %s mm")};
  int64_t first, count;
  medct_slab_range(notes->plane, (int64_t)lrint(notes->cell[2]), notes->slab, &first, &count);
  double mm = notes->plane->step_mm[2] * (double)count;
  g_autofree char *number = medct_text_number(mm, fabs(mm - rint(mm)) < 0.05 ? 0 : 1);
  g_autofree char *text = g_strdup_printf(_(formats[notes->slab.kind]), number);
  MedctTextStyle style = body;
  style.plate = TRUE;
  style.align = 1;
  medct_text_draw(cr, text, inner_width(notes) - INSET, notes->height - INSET - 15, &style);
}

/* Axial slices rise from the foot of the track, so that superior is up; the others from its top. */
static gboolean
rises(const MedctAnnotations *notes)
{
  return notes->plane->kind == MEDCT_PLANE_AXIAL;
}

/* The map's profile stands out from the right edge. */
static void
draw_profile(cairo_t *cr, const MedctAnnotations *notes)
{
  double x = inner_width(notes), height = notes->height;
  int64_t slices = notes->plane->count[2];
  double largest = 0;
  for (int64_t s = 0; notes->profile != NULL && s < slices; s++)
    largest = fmax(largest, notes->profile[s]);
  medct_text_set_rgb(cr, 0xfa9207, 0.8);
  for (int64_t s = 0; largest > 0 && s < slices; s++) {
    double length = MEDCT_TRACK_WIDTH * fmax(notes->profile[s], 0) / largest;
    double at = (double)(rises(notes) ? slices - 1 - s : s) / (double)slices * height;
    cairo_rectangle(cr, x + MEDCT_TRACK_WIDTH - length, at, length, height / (double)slices);
  }
  cairo_fill(cr);
}

double
medct_annotate_handle(const MedctAnnotations *notes)
{
  double part = (notes->cell[2] + 0.5) / (double)notes->plane->count[2];
  return rint((rises(notes) ? 1 - part : part) * notes->height) - 1;
}

static void
draw_track(cairo_t *cr, const MedctAnnotations *notes)
{
  double x = inner_width(notes);
  medct_text_set_rgb(cr, MEDCT_TRACK_RGB, 1);
  cairo_rectangle(cr, x, 0, MEDCT_TRACK_WIDTH, notes->height);
  cairo_fill(cr);
  draw_profile(cr, notes);
  medct_text_set_rgb(cr, MEDCT_TEXT_RGB, 1);
  cairo_rectangle(cr, x, medct_annotate_handle(notes), MEDCT_TRACK_WIDTH, MEDCT_HANDLE_HEIGHT);
  cairo_fill(cr);
}

/* ---- one by one, and all ------------------------------------------------------------------- */

static void
draw_field(cairo_t *cr, const MedctAnnotations *notes)
{
  if (notes->field != NULL)
    medct_field_frame_draw(cr, notes->field, notes->plane, &notes->view, notes->cell[2],
                           inner_width(notes), notes->height);
}

static void
draw_letter(cairo_t *cr, const MedctAnnotations *notes, int side)
{
  char letters[4] = {0};
  letters[side] = notes->plane->letters[side];
  medct_annotate_letters(cr, inner_width(notes), notes->height, letters);
}

static void
draw_window_and_legend(cairo_t *cr, const MedctAnnotations *notes)
{
  double below = draw_window(cr, notes);
  if (notes->overlay != NULL && notes->legend)
    draw_legend(cr, notes, below);
}

void
medct_annotate_draw_mark(cairo_t *cr, const MedctAnnotations *notes, MedctMark mark,
                         gboolean spacing_known)
{
  if (mark == MEDCT_MARK_PROFILE)
    draw_profile(cr, notes);
  else if (mark == MEDCT_MARK_FIELD)
    draw_field(cr, notes);
  else if (mark <= MEDCT_MARK_BOTTOM)
    draw_letter(cr, notes, (int)(mark - MEDCT_MARK_LEFT));
  else if (mark == MEDCT_MARK_PLACE)
    draw_corner(cr, notes, spacing_known);
  else if (mark == MEDCT_MARK_WINDOW)
    draw_window_and_legend(cr, notes);
  else if (mark == MEDCT_MARK_WARNING && !notes->plane->letters_known)
    draw_unknown_orientation(cr, notes);
  else if (mark == MEDCT_MARK_SCALE_BAR && spacing_known)
    medct_annotate_bar(cr, inner_width(notes), notes->height, notes->view.pixels_per_mm);
  else if (mark == MEDCT_MARK_SLAB && spacing_known &&
           !(is_low(notes) && notes->slab.kind == MEDCT_SLAB_NONE))
    draw_slab(cr, notes);
}

void
medct_annotate_draw(cairo_t *cr, const MedctAnnotations *notes, gboolean spacing_known)
{
  cairo_save(cr);
  cairo_rectangle(cr, 0, 0, notes->width, notes->height);
  cairo_clip(cr);
  draw_track(cr, notes);
  draw_field(cr, notes);
  draw_crosshair(cr, notes);
  for (int mark = MEDCT_MARK_LEFT; mark < MEDCT_N_MARKS; mark++)
    medct_annotate_draw_mark(cr, notes, (MedctMark)mark, spacing_known);
  cairo_restore(cr);
}
