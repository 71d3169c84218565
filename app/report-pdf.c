/* The one page: facts, ranked findings, key pictures with the map, provenance. Black on white, for
 * paper; only data has colour. Lengths are points. */
#include "app/report.h"
#include "render/marked-plane.h"
#include "render/text.h"
#include <cairo-pdf.h>
#include <glib/gi18n.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#define NOTICE _("Research use only — not for diagnosis")

enum { WIDTH = 595, HEIGHT = 842, MARGIN = 36, ROOM = WIDTH - 2 * MARGIN };
enum { INK = 0x1a1a1a, FAINT = 0x5e5e5e, RULE = 0xc8c8c8, TRACK = 0xe4e4e4 };
enum { UNDER = 0x6b87a0, OVER = 0x1c5fb0, WARNING = 0x8a5a00 };

typedef struct {
  cairo_t *cr;
  const MedctReport *report;
  const MedctMonitor *monitor;
  double y; /* the next line's top */
} Page;

/* ---- words --------------------------------------------------------------------------------- */

static double
words(Page *page, const char *text, double x, double y, double size, guint32 rgb, gboolean bold,
      double width)
{
  MedctTextStyle style = {.size = size, .rgb = rgb, .bold = bold, .width = width};
  return medct_text_draw(page->cr, text, x, y, &style).height;
}

static void
words_right(Page *page, const char *text, double right, double y, double size, guint32 rgb,
            gboolean bold)
{
  MedctTextStyle style = {.size = size, .rgb = rgb, .bold = bold, .align = 1};
  medct_text_draw(page->cr, text, right, y, &style);
}

static void
rule(Page *page)
{
  medct_text_set_rgb(page->cr, RULE, 1);
  cairo_rectangle(page->cr, MARGIN, page->y, ROOM, 0.6);
  cairo_fill(page->cr);
  page->y += 7;
}

static void
box(Page *page, double x, double y, double width, double height, guint32 rgb)
{
  medct_text_set_rgb(page->cr, rgb, 1);
  cairo_rectangle(page->cr, x, y, width, height);
  cairo_fill(page->cr);
}

static void
draw_head(Page *page)
{
  g_autoptr(GDateTime) now = g_date_time_new_now_local();
  g_autofree char *date = g_date_time_format(now, "%Y-%m-%d %H:%M");
  words(page, _("Chest CT findings"), MARGIN, page->y, 15, INK, TRUE, 0);
  words_right(page, NOTICE, WIDTH - MARGIN, page->y + 4, 10.5, INK, TRUE);
  page->y += 22;
  g_autofree char *line = g_strdup_printf(_("Made by MedCT %s on %s"), MEDCT_VERSION, date);
  words(page, line, MARGIN, page->y, 8, FAINT, FALSE, ROOM);
  page->y += 15;
  rule(page);
}

/* ---- facts --------------------------------------------------------------------------------- */

static double
fact(Page *page, double x, double y, double width, const char *label, const char *value)
{
  enum { LABEL = 74, GAP = 6 };
  MedctTextStyle name = {.size = 8, .rgb = FAINT, .width = LABEL - GAP, .ellipsize = TRUE};
  medct_text_draw(page->cr, label, x, y + 0.5, &name);
  return y + words(page, value, x + LABEL, y, 8.5, INK, FALSE, width - LABEL) + 2;
}

static double
draw_study_facts(Page *page, double x, double width)
{
  const MedctVolume *volume = page->report->study->volume;
  const MedctVolumeHeader *header = medct_volume_get_header(volume);
  const MedctVolumeStatistics *statistics = medct_volume_statistics(volume);
  double y = page->y, inside = medct_study_encoding_info(page->report->study->encoding)->inside;
  char letters[4];
  const char *unknown = _("unknown");
  medct_volume_orientation(volume, letters);
  g_autofree char *size = g_strdup_printf(_("%d × %d × %d voxels"), (int)header->dims[0],
                                          (int)header->dims[1], (int)header->dims[2]);
  g_autofree char *spacing =
      g_strdup_printf("%.2f \u00d7 %.2f \u00d7 %.2f mm", header->spacing_mm[0],
                      header->spacing_mm[1], header->spacing_mm[2]);
  g_autofree char *low = medct_text_number(statistics->minimum_hu, 0);
  g_autofree char *high = medct_text_number(statistics->maximum_hu, 0);
  g_autofree char *range = g_strdup_printf("%s \u2026 %s HU", low, high);
  g_autofree char *seen =
      inside >= 0 ? g_strdup_printf("%.0f %%", 100 * inside) : g_strdup(unknown);
  char id[13];
  medct_report_study_id(volume, id);
  y = fact(page, x, y, width, _("Study"), id);
  y = fact(page, x, y, width, _("Format"), header->format != NULL ? header->format : unknown);
  y = fact(page, x, y, width, _("Size"), size);
  y = fact(page, x, y, width, _("Spacing"), header->spacing_known ? spacing : unknown);
  y = fact(page, x, y, width, _("Orientation"), header->orientation_known ? letters : unknown);
  y = fact(page, x, y, width, _("Range"), range);
  return fact(page, x, y, width, _("Body in field"), seen);
}

static double
draw_model_facts(Page *page, double x, double width)
{
  const medct_model_info *model = medct_backend_info(page->report->scorer->backend);
  double y = page->y;
  g_autofree char *scale = medct_text_number(model->scale, 2);
  g_autofree char *adapter =
      model->adapter_sha256[0]
          ? g_strdup_printf(_("LoRA, %" PRIu64 " numbers"), (uint64_t)model->adapter_parameters)
          : g_strdup(_("none"));
  g_autofree char *numbers =
      g_strdup_printf(_("%.1f million, scale %s"), (double)model->n_parameters / 1e6, scale);
  y = fact(page, x, y, width, _("Model"), model->name);
  y = fact(page, x, y, width, _("Parameters"), numbers);
  y = fact(page, x, y, width, _("Adapter"), adapter);
  return fact(page, x, y, width, _("Score"),
              _("probability of the sentence against its negation; ranks, is not calibrated"));
}

static void
draw_facts(Page *page)
{
  double half = ROOM / 2.0 - 10;
  double left = draw_study_facts(page, MARGIN, half);
  double right = draw_model_facts(page, MARGIN + ROOM / 2.0 + 10, half);
  page->y = fmax(left, right) + 3;
  rule(page);
}

static void
draw_warnings(Page *page)
{
  g_autoptr(GPtrArray) warnings =
      medct_study_score_warnings(page->report->scorer, page->report->study);
  for (guint i = 0; i < warnings->len; i++) {
    const char *message = _(((const MedctWarning *)warnings->pdata[i])->message);
    medct_text_warning_sign(page->cr, MARGIN, page->y, 9);
    page->y += words(page, message, MARGIN + 14, page->y - 1, 8.5, WARNING, TRUE, ROOM - 14) + 2;
  }
  if (warnings->len > 0) {
    page->y += 3;
    rule(page);
  }
}

/* ---- findings ------------------------------------------------------------------------------ */

enum { NAME_X = MARGIN, BAR_X = 226, BAR = 104, SCORE_X = 372, BASE_X = 418, LIMIT_X = 474 };

/* The score without the adapter: hollow, so that it is told apart by shape as well. */
static void
draw_base(Page *page, double score, double y)
{
  medct_text_set_rgb(page->cr, 0xffffff, 1);
  cairo_arc(page->cr, BAR_X + BAR * CLAMP(score, 0, 1), y, 2.6, 0, 2 * G_PI);
  cairo_fill_preserve(page->cr);
  medct_text_set_rgb(page->cr, FAINT, 1);
  cairo_set_line_width(page->cr, 0.9);
  cairo_stroke(page->cr);
}

static void
draw_finding(Page *page, guint index, double height)
{
  const MedctFinding *finding = page->report->scorer->findings->pdata[index];
  const MedctFindingScore *score = &page->report->study->scores[index];
  gboolean limited = isfinite(finding->threshold);
  gboolean over = limited && score->probability >= finding->threshold;
  double size = fmin(height - 3.5, 9), y = page->y, text_y = y + (height - size * 1.35) / 2;
  g_autofree char *number = medct_text_number(score->probability, 3);
  g_autofree char *cosine = medct_text_signed(score->cosine[0], 3);
  MedctTextStyle name = {
      .size = size, .rgb = INK, .bold = over, .width = BAR_X - NAME_X - 8, .ellipsize = TRUE};
  medct_text_draw(page->cr, finding->name, NAME_X, text_y, &name);
  box(page, BAR_X, y + height / 2 - 2.5, BAR, 5, TRACK);
  box(page, BAR_X, y + height / 2 - 2.5, BAR * CLAMP(score->probability, 0, 1), 5,
      over ? OVER : UNDER);
  words_right(page, number, SCORE_X, text_y, size, INK, over);
  if (page->report->base != NULL) {
    double base = page->report->base->scores[index].probability;
    g_autofree char *base_number = medct_text_number(base, 3);
    draw_base(page, base, y + height / 2);
    words_right(page, base_number, BASE_X, text_y, size, FAINT, FALSE);
  }
  if (limited) {
    g_autofree char *limit = medct_text_number(finding->threshold, 3);
    box(page, BAR_X + BAR * CLAMP(finding->threshold, 0, 1) - 0.5, y + height / 2 - 4, 1, 8, INK);
    words_right(page, limit, LIMIT_X, text_y, size, FAINT, FALSE);
    words(page, over ? _("over") : _("under"), LIMIT_X + 8, text_y, size, over ? INK : FAINT, over,
          0);
  } else {
    words_right(page, "\u2013", LIMIT_X, text_y, size, FAINT, FALSE);
  }
  words_right(page, cosine, WIDTH - MARGIN, text_y, size, FAINT, FALSE);
  page->y += height;
}

static void
draw_findings(Page *page)
{
  enum { MOST_ROWS = 26 };
  guint n = page->report->study->n, rows = MIN(n, MOST_ROWS);
  g_autofree guint *order = medct_report_order(page->report->study);
  double height = rows > 20 ? 11 : 13.2;
  words(page, _("Finding"), NAME_X, page->y, 8, FAINT, FALSE, 0);
  words(page, "0", BAR_X, page->y, 8, FAINT, FALSE, 0);
  words_right(page, "1", BAR_X + BAR, page->y, 8, FAINT, FALSE);
  words_right(page, _("Score"), SCORE_X, page->y, 8, FAINT, FALSE);
  if (page->report->base != NULL)
    words_right(page, _("Base ○"), BASE_X, page->y, 8, FAINT, FALSE);
  words_right(page, _("Threshold"), LIMIT_X, page->y, 8, FAINT, FALSE);
  words_right(page, _("Cosine"), WIDTH - MARGIN, page->y, 8, FAINT, FALSE);
  page->y += 12;
  for (guint i = 0; i < rows; i++)
    draw_finding(page, order[i], height);
  if (n > rows) {
    g_autofree char *rest =
        g_strdup_printf(_("and %u with lower scores: see the JSON or CSV report"), n - rows);
    words(page, rest, NAME_X, page->y, 8, FAINT, FALSE, 0);
    page->y += 11;
  }
  page->y += 5;
}

/* ---- key pictures -------------------------------------------------------------------------- */

/* share [t·h·w] of prompt over negation in score units; the caller frees. */
static float *
share_of(Page *page, guint index, MedctOverlay *overlay, GError **error)
{
  const MedctScorer *scorer = page->report->scorer;
  const medct_model_info *model = medct_backend_info(scorer->backend);
  const medct_encoding_info *info = medct_study_encoding_info(page->report->study->encoding);
  gsize cells = (gsize)info->grid[0] * info->grid[1] * info->grid[2];
  g_autofree float *u = g_new(float, model->latent);
  g_autofree float *share = g_new(float, MAX(cells, 1));
  const float *pair = scorer->latents + 2 * (gsize)index * model->latent;
  for (guint d = 0; d < model->latent; d++)
    u[d] = (pair[d] - pair[model->latent + d]) * (float)model->scale;
  if (!medct_backend_share(scorer->backend, page->report->study->encoding, u, share, page->monitor,
                           error))
    return NULL;
  *overlay = (MedctOverlay){.share = share, .opacity = 0.6};
  for (int n = 0; n < 3; n++)
    overlay->size[n] = (int)info->grid[n];
  memcpy(overlay->grid_to_ras, info->grid_to_ras, sizeof overlay->grid_to_ras);
  double low, high, sum_for, sum_against;
  medct_overlay_range(overlay, &low, &high, &sum_for, &sum_against);
  overlay->top = medct_colormap_top(fmax(high, -low));
  return g_steal_pointer(&share);
}

/* The map's peak, or the middle when it lies in the padding. */
static void
find_peak(const MedctOverlay *overlay, const MedctPlane *plane, const MedctVolumeHeader *header,
          double voxel[3])
{
  double ras[3];
  medct_overlay_peak(overlay, ras);
  medct_plane_ras_to_voxel(plane, ras, voxel);
  for (int n = 0; n < 3; n++)
    if (!(voxel[n] >= -0.5 && voxel[n] < (double)header->dims[n] - 0.5)) {
      for (int a = 0; a < 3; a++)
        voxel[a] = (double)(header->dims[a] / 2);
      return;
    }
}

/* Three planes at the peak, `height` high. Marks are drawn at half size: paper is read closer. */
static gboolean
draw_planes(Page *page, const MedctOverlay *overlay, double height, GError **error)
{
  enum { GAP = 4, HALVES = 2, PIXELS_PER_POINT = 2 };
  const MedctVolume *volume = page->report->study->volume;
  const MedctVolumeHeader *header = medct_volume_get_header(volume);
  MedctImage image = {header, medct_volume_axes(volume), medct_volume_voxels(volume)};
  double width = (ROOM - 2.0 * GAP) / 3, voxel[3], pixels_per_mm = HUGE_VAL;
  MedctPlane planes[3];
  for (int n = 0; n < 3; n++) {
    if (!medct_plane_init(&planes[n], header, image.axes, (MedctPlaneKind)n))
      return TRUE; /* no geometry, no pictures: the page still says the scores */
    pixels_per_mm =
        fmin(pixels_per_mm,
             medct_view_fit_scale(&planes[n], width * HALVES - MEDCT_TRACK_WIDTH, height * HALVES));
  }
  find_peak(overlay, &planes[0], header, voxel);
  for (int n = 0; n < 3; n++) {
    MedctMarkedPlane picture = {.image = image,
                                .plane = &planes[n],
                                .window = page->report->window,
                                .linear = TRUE,
                                .annotations = TRUE,
                                .overlay = overlay,
                                .legend = n == 0,
                                .width = width * HALVES,
                                .height = height * HALVES,
                                .scale = PIXELS_PER_POINT};
    picture.view = medct_view_centred(&planes[n], 0, 0, picture.width - MEDCT_TRACK_WIDTH,
                                      picture.height, pixels_per_mm);
    medct_plane_voxel_to_cell(&planes[n], voxel, picture.cell);
    cairo_save(page->cr);
    cairo_translate(page->cr, MARGIN + n * (width + GAP), page->y);
    cairo_scale(page->cr, 1.0 / HALVES, 1.0 / HALVES);
    cairo_rectangle(page->cr, 0, 0, picture.width, picture.height);
    cairo_clip(page->cr);
    cairo_set_source_rgb(page->cr, 0, 0, 0);
    cairo_paint(page->cr);
    gboolean drawn = medct_marked_plane_draw(page->cr, &picture, error);
    cairo_restore(page->cr);
    if (!drawn)
      return FALSE;
  }
  return TRUE;
}

static gboolean
draw_key_pictures(Page *page, guint index, double height, GError **error)
{
  enum { CAPTION = 24 };
  const MedctFinding *finding = page->report->scorer->findings->pdata[index];
  const MedctFindingScore *score = &page->report->study->scores[index];
  MedctOverlay overlay;
  g_autofree float *share = share_of(page, index, &overlay, error);
  if (share == NULL)
    return FALSE;
  double low, high, sum_for, sum_against;
  medct_overlay_range(&overlay, &low, &high, &sum_for, &sum_against);
  g_autofree char *number = medct_text_number(score->probability, 3);
  g_autofree char *plus = medct_text_signed(sum_for, 2), *minus = medct_text_signed(sum_against, 2);
  g_autofree char *caption =
      g_strdup_printf(_("score %s, its map at the peak: for %s, against %s"), number, plus, minus);
  MedctTextStyle name = {
      .size = 8.5, .rgb = INK, .bold = TRUE, .width = ROOM * 0.55, .ellipsize = TRUE};
  medct_text_draw(page->cr, finding->name, MARGIN, page->y - 0.5, &name);
  words_right(page, caption, WIDTH - MARGIN, page->y, 8, FAINT, FALSE);
  g_autofree char *opposite = g_strdup_printf(_("scored against: %s"), finding->negation);
  MedctTextStyle against = {.size = 8, .rgb = FAINT, .width = ROOM, .ellipsize = TRUE};
  medct_text_draw(page->cr, opposite, MARGIN, page->y + 10.5, &against);
  page->y += CAPTION;
  if (!draw_planes(page, &overlay, height - CAPTION - 5, error))
    return FALSE;
  page->y += height - CAPTION;
  return TRUE;
}

/* ---- foot ---------------------------------------------------------------------------------- */

enum { FOOT = 62 };

static void
draw_foot(Page *page)
{
  const medct_model_info *model = medct_backend_info(page->report->scorer->backend);
  const MedctVolumeHeader *header = medct_volume_get_header(page->report->study->volume);
  page->y = HEIGHT - MARGIN - FOOT;
  rule(page);
  g_autofree char *text = g_strdup_printf(
      _("Input SHA-256  %s\nWeights SHA-256  %s\nAdapter SHA-256  %s\nMedCT %s, input %s. A share "
        "of the map is a part of the score, not a lesion. Not for diagnostic use."),
      header->sha256[0] ? header->sha256 : _("unknown"), model->weights_sha256,
      model->adapter_sha256[0] ? model->adapter_sha256 : _("none"), MEDCT_VERSION,
      page->report->scorer->flags & MEDCT_ENCODE_AS_STORED ? _("as stored")
                                                           : _("turned by its affine"));
  words(page, text, MARGIN, page->y, 8, FAINT, FALSE, ROOM);
}

/* ---- the page ------------------------------------------------------------------------------ */

/* Key pictures fill what is left between the table and the foot: two rows where there is room. */
static gboolean
draw_pictures(Page *page, GError **error)
{
  enum { LEAST = 96, MOST = 190 };
  const MedctReport *report = page->report;
  g_autofree guint *order = medct_report_order(report->study);
  guint which[2] = {report->shown >= 0 ? (guint)report->shown : order[0], order[0]};
  if (which[1] == which[0] && report->study->n > 1)
    which[1] = order[1];
  double room = HEIGHT - MARGIN - FOOT - 6 - page->y;
  int rows = report->study->n > 1 && room >= 2 * LEAST ? 2 : room >= LEAST ? 1 : 0;
  for (int n = 0; n < rows; n++)
    if (!draw_key_pictures(page, which[n], fmin(room / rows, MOST), error))
      return FALSE;
  return TRUE;
}

static gboolean
draw_page(Page *page, GError **error)
{
  draw_head(page);
  draw_facts(page);
  draw_warnings(page);
  draw_findings(page);
  if (page->report->study->n > 0 && !draw_pictures(page, error))
    return FALSE;
  draw_foot(page);
  return TRUE;
}

static cairo_status_t
append_bytes(void *closure, const unsigned char *data, unsigned int length)
{
  g_byte_array_append(closure, data, length);
  return CAIRO_STATUS_SUCCESS;
}

GByteArray *
medct_report_draw_pdf(const MedctReport *report, const MedctMonitor *monitor, GError **error)
{
  g_autoptr(GByteArray) bytes = g_byte_array_new();
  cairo_surface_t *surface =
      cairo_pdf_surface_create_for_stream(append_bytes, bytes, WIDTH, HEIGHT);
  cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, _("Chest CT findings"));
  cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_SUBJECT, NOTICE);
  cairo_t *cr = cairo_create(surface);
  Page page = {cr, report, monitor, MARGIN};
  gboolean drawn = draw_page(&page, error);
  cairo_show_page(cr);
  cairo_surface_finish(surface);
  cairo_status_t status = cairo_surface_status(surface);
  if (drawn && (status != CAIRO_STATUS_SUCCESS || cairo_status(cr) != CAIRO_STATUS_SUCCESS)) {
    g_set_error(error, MEDCT_ERROR, MEDCT_ERROR_MEMORY, _("the page could not be drawn: %s"),
                cairo_status_to_string(status));
    drawn = FALSE;
  }
  cairo_destroy(cr);
  cairo_surface_destroy(surface);
  return drawn ? g_steal_pointer(&bytes) : NULL;
}
