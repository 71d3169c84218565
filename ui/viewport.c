#include "ui/viewport.h"
#include "ui/viewport-input.h"
#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

/* What the pixels depend on; compared bytewise, so it is cleared before it is filled. */
typedef struct {
  MedctView view;
  MedctWindow window;
  int64_t index;
  guint map_version;
  int width, height; /* device pixels */
} PixelKey;

typedef struct {
  int64_t index;
  MedctSlab slab;
} SliceKey;

struct _MedctViewport {
  GtkWidget parent;
  MedctPlaneKind kind;
  MedctMouseMode mode;
  MedctStudy *study;
  gulong changed_handler;
  int64_t named_slice; /* in the accessible description */

  MedctSlice slice; /* as taken last */
  SliceKey slice_key;
  gboolean have_slice;
  GdkTexture *texture;
  PixelKey pixel_key;

  MedctPlane preview_plane;
  int64_t preview_index;
  gboolean have_preview;
};

G_DEFINE_FINAL_TYPE(MedctViewport, medct_viewport, GTK_TYPE_WIDGET)

static void
forget_pixels(MedctViewport *viewport)
{
  medct_slice_clear(&viewport->slice);
  viewport->slice = (MedctSlice){0};
  viewport->have_slice = FALSE;
  viewport->have_preview = FALSE;
  g_clear_object(&viewport->texture);
}

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
take_slice(MedctViewport *viewport, int64_t index)
{
  MedctStudy *study = viewport->study;
  SliceKey *key = &viewport->slice_key;
  if (viewport->have_slice && key->index == index && key->slab.kind == study->slab.kind &&
      key->slab.thickness_mm == study->slab.thickness_mm)
    return;
  medct_slice_clear(&viewport->slice);
  medct_slice_take(&viewport->slice, &study->image, &study->planes[viewport->kind], index,
                   study->slab);
  *key = (SliceKey){index, study->slab};
  viewport->have_slice = TRUE;
  g_clear_object(&viewport->texture);
}

static void
paint(MedctViewport *viewport, const MedctPlane *plane, const PixelKey *key)
{
  gsize stride = (gsize)key->width * 4;
  guint32 *pixels = g_malloc(stride * (gsize)key->height);
  medct_slice_paint(&viewport->slice, &key->view, key->window, TRUE, pixels, key->width,
                    key->height, (int)stride);
  MedctStudy *study = viewport->study;
  if (study != NULL && study->share != NULL && study->map_shown)
    medct_overlay_paint(&study->overlay, plane, &key->view, (double)key->index, pixels, key->width,
                        key->height, (int)stride);
  g_autoptr(GBytes) bytes = g_bytes_new_take(pixels, stride * (gsize)key->height);
  g_clear_object(&viewport->texture);
  viewport->texture =
      gdk_memory_texture_new(key->width, key->height, GDK_MEMORY_DEFAULT, bytes, stride);
  viewport->pixel_key = *key;
}

static void
snapshot_pixels(MedctViewport *viewport, GtkSnapshot *snapshot, const MedctPlane *plane,
                const MedctView *view, int64_t index)
{
  int scale = gtk_widget_get_scale_factor(GTK_WIDGET(viewport));
  int width = gtk_widget_get_width(GTK_WIDGET(viewport)) - MEDCT_TRACK_WIDTH;
  int height = gtk_widget_get_height(GTK_WIDGET(viewport));
  if (width < 1 || height < 1)
    return;
  PixelKey key;
  memset(&key, 0, sizeof key);
  key.view.x = view->x * scale;
  key.view.y = view->y * scale;
  key.view.pixels_per_mm = view->pixels_per_mm * scale;
  key.view.step[0] = view->step[0] * scale;
  key.view.step[1] = view->step[1] * scale;
  key.window = viewport->study ? viewport->study->window : medct_window_presets[0].window;
  key.index = index;
  key.map_version = viewport->study ? viewport->study->map_version : 0;
  key.width = width * scale;
  key.height = height * scale;
  if (viewport->texture == NULL || memcmp(&key, &viewport->pixel_key, sizeof key) != 0)
    paint(viewport, plane, &key);
  gtk_snapshot_append_texture(snapshot, viewport->texture,
                              &GRAPHENE_RECT_INIT(0, 0, (float)width, (float)height));
}

static void
snapshot_marks(MedctViewport *viewport, GtkSnapshot *snapshot, const MedctView *view)
{
  MedctStudy *study = viewport->study;
  double width = gtk_widget_get_width(GTK_WIDGET(viewport));
  double height = gtk_widget_get_height(GTK_WIDGET(viewport));
  gboolean mapped = study->share != NULL && study->map_shown;
  gboolean active = gtk_widget_has_focus(GTK_WIDGET(viewport));
  MedctAnnotations notes = {.width = width,
                            .height = height,
                            .plane = &study->planes[viewport->kind],
                            .view = *view,
                            .window = study->window,
                            .slab = study->slab,
                            .overlay = mapped ? &study->overlay : NULL,
                            .profile = mapped ? study->profile[viewport->kind] : NULL,
                            .legend = viewport->kind == MEDCT_PLANE_AXIAL,
                            .active = active};
  medct_plane_voxel_to_cell(notes.plane, study->voxel, notes.cell);
  cairo_t *cr =
      gtk_snapshot_append_cairo(snapshot, &GRAPHENE_RECT_INIT(0, 0, (float)width, (float)height));
  medct_annotate_draw(cr, &notes, study->image.header->spacing_known);
  cairo_destroy(cr);
}

static void
medct_viewport_snapshot(GtkWidget *widget, GtkSnapshot *snapshot)
{
  MedctViewport *viewport = MEDCT_VIEWPORT(widget);
  float width = (float)gtk_widget_get_width(widget), height = (float)gtk_widget_get_height(widget);
  gtk_snapshot_push_clip(snapshot, &GRAPHENE_RECT_INIT(0, 0, width, height));
  gtk_snapshot_append_color(snapshot, &(GdkRGBA){0, 0, 0, 1},
                            &GRAPHENE_RECT_INIT(0, 0, width, height));
  if (viewport->study != NULL) {
    const MedctPlane *plane = &viewport->study->planes[viewport->kind];
    MedctView view = view_of(viewport, plane);
    int64_t index = medct_study_slice(viewport->study, viewport->kind);
    take_slice(viewport, index);
    snapshot_pixels(viewport, snapshot, plane, &view, index);
    if (viewport->study->annotations)
      snapshot_marks(viewport, snapshot, &view);
  } else if (viewport->have_preview) {
    MedctView view = view_of(viewport, &viewport->preview_plane);
    snapshot_pixels(viewport, snapshot, &viewport->preview_plane, &view, viewport->preview_index);
  }
  gtk_snapshot_pop(snapshot);
}

/* ---- state --------------------------------------------------------------------------------- */

/* What a screen reader says of the picture. */
static void
describe(MedctViewport *viewport)
{
  const char *plane = medct_plane_name(viewport->kind);
  g_autofree char *text = NULL;
  viewport->named_slice = -1;
  if (viewport->study != NULL) {
    viewport->named_slice = medct_study_slice(viewport->study, viewport->kind);
    text = g_strdup_printf(_("%s picture, slice %" G_GINT64_FORMAT " of %" G_GINT64_FORMAT), plane,
                           viewport->named_slice + 1,
                           viewport->study->planes[viewport->kind].count[2]);
  } else {
    text = g_strdup_printf(_("%s picture, no study"), plane);
  }
  gtk_accessible_update_property(GTK_ACCESSIBLE(viewport), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
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

void
medct_viewport_set_study(MedctViewport *viewport, MedctStudy *study)
{
  if (viewport->study == study)
    return;
  leave_study(viewport);
  forget_pixels(viewport);
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
medct_viewport_set_mode(MedctViewport *viewport, MedctMouseMode mode)
{
  viewport->mode = mode;
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
  forget_pixels(viewport);
  viewport->slice = *slice;
  *slice = (MedctSlice){0};
  viewport->preview_plane = *plane;
  viewport->preview_index = index;
  viewport->have_preview = TRUE;
  gtk_widget_queue_draw(GTK_WIDGET(viewport));
}

static void
medct_viewport_dispose(GObject *object)
{
  MedctViewport *viewport = MEDCT_VIEWPORT(object);
  leave_study(viewport);
  forget_pixels(viewport);
  G_OBJECT_CLASS(medct_viewport_parent_class)->dispose(object);
}

static void
medct_viewport_class_init(MedctViewportClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);
  G_OBJECT_CLASS(klass)->dispose = medct_viewport_dispose;
  widget_class->snapshot = medct_viewport_snapshot;
  gtk_widget_class_set_css_name(widget_class, "viewport");
  gtk_widget_class_set_accessible_role(widget_class, GTK_ACCESSIBLE_ROLE_IMG);
  g_signal_new("pointer", MEDCT_TYPE_VIEWPORT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
               1, G_TYPE_STRING);
  g_signal_new("maximise", MEDCT_TYPE_VIEWPORT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
               0);
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
  medct_viewport_add_input(viewport);
}

GtkWidget *
medct_viewport_new(MedctPlaneKind kind)
{
  MedctViewport *viewport = g_object_new(MEDCT_TYPE_VIEWPORT, NULL);
  viewport->kind = kind;
  describe(viewport);
  return GTK_WIDGET(viewport);
}
