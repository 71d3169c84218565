#include "ui/viewport.h"
#include "ui/contrast.h"
#include "ui/plane-marks.h"
#include "ui/plane-pixels.h"
#include "ui/text-scale.h"
#include "ui/viewport-input.h"
#include <glib/gi18n.h>
#include <inttypes.h>
#include <math.h>

struct _MedctViewport {
  GtkWidget parent;
  MedctPlaneKind kind;
  MedctMouseMode mode;
  gboolean of_base;
  char *side; /* NULL: it stands alone */
  MedctStudy *study;
  gulong changed_handler;
  int64_t named_slice; /* in the accessible description */

  MedctPlanePixels *pixels;
  MedctPlaneMarks *marks;
  MedctPlane preview_plane;
  int64_t preview_index;
  gboolean have_preview;
  gboolean legend, active;
  MedctArea area; /* drawn by hand; no width: none */
  MedctMeasure drawn;
  gboolean drawing, drawn_waits;
};

G_DEFINE_FINAL_TYPE(MedctViewport, medct_viewport, GTK_TYPE_WIDGET)

/* ---- geometry ------------------------------------------------------------------------------ */

static MedctView
view_of(MedctViewport *viewport, const MedctPlane *plane)
{
  double width = MAX(gtk_widget_get_width(GTK_WIDGET(viewport)) - MEDCT_TRACK_WIDTH, 1);
  double height = MAX(gtk_widget_get_height(GTK_WIDGET(viewport)), 1);
  double zoom = viewport->study != NULL ? viewport->study->zoom : 1;
  double scale = medct_view_fit_scale(plane, width, height) * zoom;
  MedctView view = medct_view_centred(plane, 0, 0, width, height, scale);
  if (viewport->study != NULL) {
    view.x += viewport->study->pan[viewport->kind][0];
    view.y += viewport->study->pan[viewport->kind][1];
  }
  return view;
}

gboolean
medct_viewport_get_view(MedctViewport *viewport, MedctView *view)
{
  if (viewport->study == NULL)
    return FALSE;
  *view = view_of(viewport, &viewport->study->planes[viewport->kind]);
  return TRUE;
}

/* ---- pixels -------------------------------------------------------------------------------- */

static void
snapshot_pixels(MedctViewport *viewport, GtkSnapshot *snapshot, const MedctView *view,
                int64_t index)
{
  int scale = gtk_widget_get_scale_factor(GTK_WIDGET(viewport));
  int width = gtk_widget_get_width(GTK_WIDGET(viewport)) - MEDCT_TRACK_WIDTH;
  int height = gtk_widget_get_height(GTK_WIDGET(viewport));
  MedctPlaneFrame frame = {.view = *view, index, width * scale, height * scale};
  frame.view.x *= scale;
  frame.view.y *= scale;
  frame.view.pixels_per_mm *= scale;
  frame.view.step[0] *= scale;
  frame.view.step[1] *= scale;
  medct_plane_pixels_snapshot(viewport->pixels, snapshot, &frame, (float)width, (float)height);
}

static void
snapshot_marks(MedctViewport *viewport, GtkSnapshot *snapshot, const MedctView *view)
{
  MedctStudy *study = viewport->study;
  double width = gtk_widget_get_width(GTK_WIDGET(viewport));
  double height = gtk_widget_get_height(GTK_WIDGET(viewport));
  double letters = medct_text_scale_over(GTK_WIDGET(viewport), width - MEDCT_TRACK_WIDTH, height);
  MedctOverlay overlay;
  gboolean mapped = medct_study_map(study, viewport->of_base, &overlay);
  double *const *profiles = viewport->of_base ? study->base_profile : study->profile;
  MedctAnnotations notes = {.width = width,
                            .height = height,
                            .plane = &study->planes[viewport->kind],
                            .view = *view,
                            .window = study->window,
                            .slab = study->slab,
                            .overlay = mapped ? &overlay : NULL,
                            .profile = mapped ? profiles[viewport->kind] : NULL,
                            .legend = viewport->legend,
                            .field = study->field_known ? &study->field : NULL};
  medct_plane_voxel_to_cell(notes.plane, study->voxel, notes.cell);
  medct_plane_marks_snapshot(viewport->marks, snapshot, &notes, study->annotations,
                             study->image.header->spacing_known,
                             medct_study_map_version(study, viewport->of_base), letters);
  if (viewport->active && study->annotations)
    medct_plane_marks_frame(snapshot, width, height, gtk_widget_has_focus(GTK_WIDGET(viewport)));
}

static void
snapshot_measure(MedctViewport *viewport, GtkSnapshot *snapshot, const MedctView *view,
                 const MedctMeasure *measure)
{
  double width = gtk_widget_get_width(GTK_WIDGET(viewport)) - MEDCT_TRACK_WIDTH;
  double height = gtk_widget_get_height(GTK_WIDGET(viewport));
  const MedctMeasurePaper paper = {.plane = &viewport->study->planes[viewport->kind],
                                   .view = *view,
                                   .width = width,
                                   .height = height,
                                   .text_scale =
                                       medct_text_scale_over(GTK_WIDGET(viewport), width, height),
                                   .spacing_known = viewport->study->image.header->spacing_known};
  MedctTextBox box = medct_measure_box(measure, &paper);
  cairo_t *cr =
      gtk_snapshot_append_cairo(snapshot, &GRAPHENE_RECT_INIT((float)box.x, (float)box.y,
                                                              (float)box.width, (float)box.height));
  if (medct_high_contrast())
    medct_text_opaque_plates(cr);
  medct_measure_draw(cr, measure, &paper);
  cairo_destroy(cr);
}

/* Those of the slice that is shown, and the one under the hand. */
static void
snapshot_measures(MedctViewport *viewport, GtkSnapshot *snapshot, const MedctView *view,
                  int64_t slice)
{
  const MedctMeasures *measures = viewport->study->measures;
  for (guint n = 0; n < medct_measures_n(measures); n++) {
    const MedctMeasure *measure = medct_measures_at(measures, n);
    if (measure->plane == viewport->kind && measure->slice == slice)
      snapshot_measure(viewport, snapshot, view, measure);
  }
  if (viewport->drawing && viewport->drawn.slice == slice)
    snapshot_measure(viewport, snapshot, view, &viewport->drawn);
}

/* A light line over a dark one, to be seen on any grey. */
static void
snapshot_area(const MedctArea *area, GtkSnapshot *snapshot)
{
  static const GdkRGBA light = {0.9f, 0.9f, 0.9f, 1}, dark = {0, 0, 0, 0.6f};
  for (int n = 0; n < 2; n++) {
    float line = n == 0 ? 3 : 1, out = n == 0 ? 1 : 0;
    const GdkRGBA *colour = n == 0 ? &dark : &light;
    GskRoundedRect edge;
    gsk_rounded_rect_init_from_rect(&edge,
                                    &GRAPHENE_RECT_INIT((float)floor(area->x) - out,
                                                        (float)floor(area->y) - out,
                                                        (float)ceil(area->width) + 2 * out,
                                                        (float)ceil(area->height) + 2 * out),
                                    0);
    gtk_snapshot_append_border(snapshot, &edge, (float[4]){line, line, line, line},
                               (GdkRGBA[4]){*colour, *colour, *colour, *colour});
  }
}

static void
medct_viewport_snapshot(GtkWidget *widget, GtkSnapshot *snapshot)
{
  MedctViewport *viewport = MEDCT_VIEWPORT(widget);
  float width = (float)gtk_widget_get_width(widget), height = (float)gtk_widget_get_height(widget);
  gtk_snapshot_push_clip(snapshot, &GRAPHENE_RECT_INIT(0, 0, width, height));
  if (viewport->study != NULL) {
    const MedctPlane *plane = &viewport->study->planes[viewport->kind];
    MedctView view = view_of(viewport, plane);
    int64_t index = medct_study_slice(viewport->study, viewport->kind);
    snapshot_pixels(viewport, snapshot, &view, index);
    snapshot_marks(viewport, snapshot, &view);
    if (viewport->study->annotations)
      snapshot_measures(viewport, snapshot, &view, index);
    if (viewport->area.width > 0)
      snapshot_area(&viewport->area, snapshot);
  } else if (viewport->have_preview) {
    MedctView view = view_of(viewport, &viewport->preview_plane);
    snapshot_pixels(viewport, snapshot, &view, viewport->preview_index);
  }
  gtk_snapshot_pop(snapshot);
}

/* ---- state --------------------------------------------------------------------------------- */

/* What a screen reader says of the picture. */
static void
describe(MedctViewport *viewport)
{
  const char *plane = _(medct_plane_name(viewport->kind));
  g_autofree char *text = NULL;
  viewport->named_slice = -1;
  if (viewport->study != NULL) {
    viewport->named_slice = medct_study_slice(viewport->study, viewport->kind);
    text = g_strdup_printf(_("%s picture, slice %" PRId64 " of %" PRId64), plane,
                           viewport->named_slice + 1,
                           viewport->study->planes[viewport->kind].count[2]);
  } else {
    text = g_strdup_printf(_("%s picture, no study"), plane);
  }
  g_autofree char *named =
      viewport->side != NULL ? g_strdup_printf("%s: %s", viewport->side, text) : g_strdup(text);
  gtk_accessible_update_property(GTK_ACCESSIBLE(viewport), GTK_ACCESSIBLE_PROPERTY_LABEL, named,
                                 -1);
}

static void
study_changed(MedctViewport *viewport)
{
  if (medct_study_slice(viewport->study, viewport->kind) != viewport->named_slice)
    describe(viewport);
  gtk_widget_queue_draw(GTK_WIDGET(viewport));
}

static void
leave_study(MedctViewport *viewport)
{
  if (viewport->study != NULL)
    g_clear_signal_handler(&viewport->changed_handler, viewport->study);
  g_clear_object(&viewport->study);
}

/* Where the toolkit itself draws by Cairo, reading the pictures back from OpenGL costs more than
 * drawing them by Cairo. NULL: so it is here. */
static GdkDisplay *
gl_display(MedctViewport *viewport)
{
  GtkNative *native = gtk_widget_get_native(GTK_WIDGET(viewport));
  GskRenderer *renderer = native != NULL ? gtk_native_get_renderer(native) : NULL;
  if (renderer == NULL || GSK_IS_CAIRO_RENDERER(renderer))
    return NULL;
  return gtk_widget_get_display(GTK_WIDGET(viewport));
}

void
medct_viewport_set_study(MedctViewport *viewport, MedctStudy *study)
{
  if (viewport->study == study)
    return;
  leave_study(viewport);
  viewport->have_preview = viewport->drawing = FALSE;
  medct_plane_pixels_set_study(viewport->pixels, study, viewport->kind, gl_display(viewport));
  if (study != NULL) {
    viewport->study = g_object_ref(study);
    viewport->changed_handler =
        g_signal_connect_swapped(study, "changed", G_CALLBACK(study_changed), viewport);
  }
  describe(viewport);
  gtk_widget_queue_draw(GTK_WIDGET(viewport));
}

MedctStudy *
medct_viewport_get_study(MedctViewport *viewport)
{
  return viewport->study;
}

MedctPlaneKind
medct_viewport_get_kind(MedctViewport *viewport)
{
  return viewport->kind;
}

void
medct_viewport_set_side(MedctViewport *viewport, gboolean of_base, const char *name)
{
  viewport->of_base = of_base;
  medct_plane_pixels_set_of_base(viewport->pixels, of_base);
  g_free(viewport->side);
  viewport->side = g_strdup(name);
  describe(viewport);
}

gboolean
medct_viewport_is_of_base(MedctViewport *viewport)
{
  return viewport->of_base;
}

void
medct_viewport_set_mode(MedctViewport *viewport, MedctMouseMode mode)
{
  viewport->mode = mode;
  medct_viewport_show_measure(viewport, NULL, FALSE);
}

void
medct_viewport_set_legend(MedctViewport *viewport, gboolean shown)
{
  if (viewport->legend == shown)
    return;
  viewport->legend = shown;
  gtk_widget_queue_draw(GTK_WIDGET(viewport));
}

void
medct_viewport_set_active(MedctViewport *viewport, gboolean active)
{
  if (viewport->active == active)
    return;
  viewport->active = active;
  gtk_widget_queue_draw(GTK_WIDGET(viewport));
}

void
medct_viewport_show_area(MedctViewport *viewport, const MedctArea *area)
{
  if (area == NULL && viewport->area.width <= 0)
    return;
  viewport->area = area != NULL ? *area : (MedctArea){0, 0, 0, 0};
  gtk_widget_queue_draw(GTK_WIDGET(viewport));
}

const MedctArea *
medct_viewport_get_area(MedctViewport *viewport)
{
  return viewport->area.width > 0 ? &viewport->area : NULL;
}

void
medct_viewport_show_measure(MedctViewport *viewport, const MedctMeasure *measure, gboolean waits)
{
  if (measure == NULL && !viewport->drawing)
    return;
  viewport->drawing = measure != NULL;
  viewport->drawn_waits = waits;
  if (measure != NULL)
    viewport->drawn = *measure;
  gtk_widget_queue_draw(GTK_WIDGET(viewport));
}

const MedctMeasure *
medct_viewport_get_measure(MedctViewport *viewport, gboolean *waits)
{
  if (waits != NULL)
    *waits = viewport->drawn_waits;
  return viewport->drawing ? &viewport->drawn : NULL;
}

const char *
medct_viewport_drawn_by(MedctViewport *viewport)
{
  return medct_plane_pixels_drawn_by(viewport->pixels);
}

MedctMouseMode
medct_viewport_get_mode(MedctViewport *viewport)
{
  return viewport->mode;
}

void
medct_viewport_show_preview(MedctViewport *viewport, MedctSlice *slice, const MedctPlane *plane,
                            int64_t index)
{
  medct_plane_pixels_set_preview(viewport->pixels, slice);
  viewport->preview_plane = *plane;
  viewport->preview_index = index;
  viewport->have_preview = TRUE;
  gtk_widget_queue_draw(GTK_WIDGET(viewport));
}

/* On another surface, or another display: its OpenGL is another one, and one that was lost is tried
 * again. */
static void
medct_viewport_realize(GtkWidget *widget)
{
  MedctViewport *viewport = MEDCT_VIEWPORT(widget);
  GTK_WIDGET_CLASS(medct_viewport_parent_class)->realize(widget);
  if (viewport->study != NULL)
    medct_plane_pixels_set_study(viewport->pixels, viewport->study, viewport->kind,
                                 gl_display(viewport));
}

/* What lives in the display's OpenGL may not outlive it. */
static void
medct_viewport_unrealize(GtkWidget *widget)
{
  MedctViewport *viewport = MEDCT_VIEWPORT(widget);
  if (viewport->study != NULL)
    medct_plane_pixels_set_study(viewport->pixels, viewport->study, viewport->kind, NULL);
  GTK_WIDGET_CLASS(medct_viewport_parent_class)->unrealize(widget);
}

static void
medct_viewport_dispose(GObject *object)
{
  MedctViewport *viewport = MEDCT_VIEWPORT(object);
  leave_study(viewport);
  g_clear_pointer(&viewport->pixels, medct_plane_pixels_free);
  g_clear_pointer(&viewport->marks, medct_plane_marks_free);
  g_clear_pointer(&viewport->side, g_free);
  G_OBJECT_CLASS(medct_viewport_parent_class)->dispose(object);
}

static void
medct_viewport_class_init(MedctViewportClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);
  G_OBJECT_CLASS(klass)->dispose = medct_viewport_dispose;
  widget_class->snapshot = medct_viewport_snapshot;
  widget_class->realize = medct_viewport_realize;
  widget_class->unrealize = medct_viewport_unrealize;
  gtk_widget_class_set_css_name(widget_class, "viewport");
  gtk_widget_class_set_accessible_role(widget_class, GTK_ACCESSIBLE_ROLE_IMG);
  g_signal_new("pointer", MEDCT_TYPE_VIEWPORT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
               1, G_TYPE_STRING);
  g_signal_new("maximise", MEDCT_TYPE_VIEWPORT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
               0);
}

static void
redraw(gpointer viewport)
{
  gtk_widget_queue_draw(GTK_WIDGET(viewport));
}

static void
medct_viewport_init(MedctViewport *viewport)
{
  GtkWidget *widget = GTK_WIDGET(viewport);
  gtk_widget_set_focusable(widget, TRUE);
  gtk_widget_set_hexpand(widget, TRUE);
  gtk_widget_set_vexpand(widget, TRUE);
  gtk_widget_set_size_request(widget, 160, 140);
  g_signal_connect(widget, "notify::has-focus", G_CALLBACK(gtk_widget_queue_draw), NULL);
  viewport->pixels = medct_plane_pixels_new(redraw, viewport);
  viewport->marks = medct_plane_marks_new();
  medct_text_scale_follow(viewport, redraw);
  medct_high_contrast_follow(widget);
  medct_viewport_add_input(viewport);
}

GtkWidget *
medct_viewport_new(MedctPlaneKind kind)
{
  MedctViewport *viewport = g_object_new(MEDCT_TYPE_VIEWPORT, NULL);
  viewport->kind = kind;
  viewport->legend = kind == MEDCT_PLANE_AXIAL;
  describe(viewport);
  return GTK_WIDGET(viewport);
}
