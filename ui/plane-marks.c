#include "ui/plane-marks.h"
#include "render/text.h"
#include "ui/contrast.h"
#include <math.h>
#include <string.h>

/* What the kept pieces depend on; compared bytewise, so it is cleared before it is filled. */
typedef struct {
  double width, height, pixels_per_mm, text_scale;
  MedctWindow window;
  const MedctPlane *plane;
  guint64 map_version;
  int slab_kind;
  double slab_mm;
  gboolean legend, mapped, spacing_known, opaque;
} StillKey;

/* Where the model's field lies on the picture, in whole pixels. */
typedef struct {
  int left, right, top, bottom;
  gboolean known, met;
} FieldKey;

struct _MedctPlaneMarks {
  StillKey key;
  FieldKey field;
  double cell[3];
  GskRenderNode *nodes[MEDCT_N_MARKS]; /* NULL: empty */
};

MedctPlaneMarks *
medct_plane_marks_new(void)
{
  return g_new0(MedctPlaneMarks, 1);
}

void
medct_plane_marks_free(MedctPlaneMarks *marks)
{
  for (int n = 0; n < MEDCT_N_MARKS; n++)
    g_clear_pointer(&marks->nodes[n], gsk_render_node_unref);
  g_free(marks);
}

/* ---- kept pieces --------------------------------------------------------------------------- */

static StillKey
key_of(const MedctAnnotations *notes, gboolean spacing_known, guint64 map_version,
       double text_scale)
{
  StillKey key;
  memset(&key, 0, sizeof key);
  key.width = notes->width;
  key.height = notes->height;
  key.pixels_per_mm = notes->view.pixels_per_mm;
  key.text_scale = text_scale;
  key.window.width = notes->window.width;
  key.window.level = notes->window.level;
  key.plane = notes->plane;
  key.map_version = map_version;
  key.slab_kind = (int)notes->slab.kind;
  key.slab_mm = notes->slab.thickness_mm;
  key.legend = notes->legend;
  key.mapped = notes->overlay != NULL;
  key.spacing_known = spacing_known;
  key.opaque = medct_high_contrast();
  return key;
}

static FieldKey
field_of(const MedctAnnotations *notes)
{
  FieldKey key;
  double low[3], high[3], x[2], y[2];
  memset(&key, 0, sizeof key);
  if (notes->field == NULL)
    return key;
  medct_field_frame_edges(notes->field, notes->plane, low, high);
  medct_view_from_cell(&notes->view, low[0], low[1], &x[0], &y[0]);
  medct_view_from_cell(&notes->view, high[0], high[1], &x[1], &y[1]);
  key.known = TRUE;
  key.met = notes->cell[2] >= low[2] && notes->cell[2] <= high[2];
  key.left = (int)floor(CLAMP(fmin(x[0], x[1]), -10, notes->width + 10));
  key.right = (int)floor(CLAMP(fmax(x[0], x[1]), -10, notes->width + 10));
  key.top = (int)floor(CLAMP(fmin(y[0], y[1]), -10, notes->height + 10));
  key.bottom = (int)floor(CLAMP(fmax(y[0], y[1]), -10, notes->height + 10));
  return key;
}

/* The same picture in coordinates that are drawn `scale` times as large. */
static MedctAnnotations
shrunk(const MedctAnnotations *notes, double scale)
{
  MedctAnnotations small = *notes;
  small.width = (notes->width - MEDCT_TRACK_WIDTH) / scale + MEDCT_TRACK_WIDTH;
  small.height /= scale;
  small.view.x /= scale;
  small.view.y /= scale;
  small.view.pixels_per_mm /= scale;
  small.view.step[0] /= scale;
  small.view.step[1] /= scale;
  return small;
}

static cairo_surface_t *
record(const MedctAnnotations *notes, MedctMark mark, const StillKey *key)
{
  cairo_surface_t *ink = cairo_recording_surface_create(CAIRO_CONTENT_COLOR_ALPHA, NULL);
  cairo_t *cr = cairo_create(ink);
  double scale = mark == MEDCT_MARK_PROFILE ? 1 : key->text_scale;
  MedctAnnotations small = shrunk(notes, scale);
  cairo_scale(cr, scale, scale);
  if (key->opaque)
    medct_text_opaque_plates(cr);
  medct_annotate_draw_mark(cr, &small, mark, key->spacing_known);
  cairo_destroy(cr);
  return ink;
}

/* The ink within a rectangle; NULL: none there. */
static GskRenderNode *
piece_of(cairo_surface_t *ink, double x, double y, double width, double height)
{
  double left, top, ink_width, ink_height;
  cairo_recording_surface_ink_extents(ink, &left, &top, &ink_width, &ink_height);
  double right = ceil(fmin(left + ink_width, x + width));
  double bottom = ceil(fmin(top + ink_height, y + height));
  left = floor(fmax(left, x));
  top = floor(fmax(top, y));
  if (right <= left || bottom <= top)
    return NULL;
  GskRenderNode *node = gsk_cairo_node_new(
      &GRAPHENE_RECT_INIT((float)left, (float)top, (float)(right - left), (float)(bottom - top)));
  cairo_t *cr = gsk_cairo_node_get_draw_context(node);
  cairo_set_source_surface(cr, ink, 0, 0);
  cairo_paint(cr);
  cairo_destroy(cr);
  return node;
}

/* A frame as large as the picture in four strips; its name stands in the lowest. */
static GskRenderNode *
field_node(cairo_surface_t *ink, const FieldKey *at, double text_scale)
{
  const double edge = ceil(2 * text_scale), name = ceil(26 * text_scale);
  double x = at->left - edge, y = at->top - edge, line = 2 * edge + 1;
  double width = at->right - at->left + 3 * edge, height = at->bottom - at->top - name;
  GskRenderNode *pieces[4];
  guint n = 0;
  pieces[n] = piece_of(ink, x, y, width, line);
  n += pieces[n] != NULL;
  pieces[n] = piece_of(ink, x, y + line, line, height - line + edge);
  n += pieces[n] != NULL;
  pieces[n] = piece_of(ink, at->right - edge - 1, y + line, line + 1, height - line + edge);
  n += pieces[n] != NULL;
  pieces[n] = piece_of(ink, x, y + height + edge, width, name + 2 * line);
  n += pieces[n] != NULL;
  GskRenderNode *node = gsk_container_node_new(pieces, n);
  for (guint i = 0; i < n; i++)
    gsk_render_node_unref(pieces[i]);
  return node;
}

static GskRenderNode *
node_of(const MedctAnnotations *notes, MedctMark mark, const StillKey *key, const FieldKey *field)
{
  cairo_surface_t *ink = record(notes, mark, key);
  GskRenderNode *node = mark == MEDCT_MARK_FIELD && field->met
                            ? field_node(ink, field, key->text_scale)
                            : piece_of(ink, 0, 0, notes->width, notes->height);
  cairo_surface_destroy(ink);
  return node;
}

static void
keep(MedctPlaneMarks *marks, const MedctAnnotations *notes, const StillKey *key)
{
  FieldKey field = field_of(notes);
  gboolean still = memcmp(key, &marks->key, sizeof *key) == 0;
  gboolean in_place = memcmp(notes->cell, marks->cell, sizeof marks->cell) == 0;
  gboolean same_field = memcmp(&field, &marks->field, sizeof field) == 0;
  for (int n = 0; n < MEDCT_N_MARKS; n++) {
    gboolean moves = n == MEDCT_MARK_PLACE || n == MEDCT_MARK_SLAB;
    if (still && (in_place || !moves) && (same_field || n != MEDCT_MARK_FIELD))
      continue;
    g_clear_pointer(&marks->nodes[n], gsk_render_node_unref);
    marks->nodes[n] = node_of(notes, (MedctMark)n, key, &field);
  }
  marks->key = *key;
  marks->field = field;
  memcpy(marks->cell, notes->cell, sizeof marks->cell);
}

static void
append_mark(const MedctPlaneMarks *marks, GtkSnapshot *snapshot, MedctMark mark)
{
  if (marks->nodes[mark] != NULL)
    gtk_snapshot_append_node(snapshot, marks->nodes[mark]);
}

/* ---- rectangles ---------------------------------------------------------------------------- */

static void
append_rectangle(GtkSnapshot *snapshot, guint32 rgb, double alpha, double x, double y, double width,
                 double height)
{
  GdkRGBA colour = {(float)(rgb >> 16 & 0xff) / 255, (float)(rgb >> 8 & 0xff) / 255,
                    (float)(rgb & 0xff) / 255, (float)alpha};
  if (width > 0 && height > 0)
    gtk_snapshot_append_color(snapshot, &colour,
                              &GRAPHENE_RECT_INIT((float)x, (float)y, (float)width, (float)height));
}

static void
append_crosshair(GtkSnapshot *snapshot, const MedctAnnotations *notes)
{
  MedctArm arms[4];
  medct_annotate_arms(notes, arms);
  for (int n = 0; n < 8; n++) {
    const MedctArm *arm = &arms[n % 4];
    double edge = n < 4 ? MEDCT_ARM_EDGE : 0;
    guint32 rgb = n < 4 ? 0 : arm->rgb;
    double alpha = n < 4 ? MEDCT_ARM_EDGE_ALPHA : MEDCT_ARM_ALPHA;
    if (arm->width == 1)
      append_rectangle(snapshot, rgb, alpha, arm->x - edge, arm->y, 1 + 2 * edge, arm->height);
    else
      append_rectangle(snapshot, rgb, alpha, arm->x, arm->y - edge, arm->width, 1 + 2 * edge);
  }
}

void
medct_plane_marks_frame(GtkSnapshot *snapshot, double width, double height, gboolean focused)
{
  const double line = 2, alpha = focused ? 1 : 0.55;
  append_rectangle(snapshot, MEDCT_FRAME_RGB, alpha, 0, 0, width, line);
  append_rectangle(snapshot, MEDCT_FRAME_RGB, alpha, 0, height - line, width, line);
  append_rectangle(snapshot, MEDCT_FRAME_RGB, alpha, 0, line, line, height - 2 * line);
  append_rectangle(snapshot, MEDCT_FRAME_RGB, alpha, width - line, line, line, height - 2 * line);
}

void
medct_plane_marks_snapshot(MedctPlaneMarks *marks, GtkSnapshot *snapshot,
                           const MedctAnnotations *notes, gboolean shown, gboolean spacing_known,
                           guint64 map_version, double text_scale)
{
  StillKey key = key_of(notes, spacing_known, map_version, text_scale);
  keep(marks, notes, &key);
  if (!shown) {
    append_mark(marks, snapshot, MEDCT_MARK_WARNING);
    return;
  }
  double track = notes->width - MEDCT_TRACK_WIDTH;
  append_rectangle(snapshot, MEDCT_TRACK_RGB, 1, track, 0, MEDCT_TRACK_WIDTH, notes->height);
  append_mark(marks, snapshot, MEDCT_MARK_PROFILE);
  append_rectangle(snapshot, MEDCT_TEXT_RGB, 1, track, medct_annotate_handle(notes),
                   MEDCT_TRACK_WIDTH, MEDCT_HANDLE_HEIGHT);
  append_mark(marks, snapshot, MEDCT_MARK_FIELD);
  append_crosshair(snapshot, notes);
  for (int n = MEDCT_MARK_LEFT; n < MEDCT_N_MARKS; n++)
    append_mark(marks, snapshot, (MedctMark)n);
}
