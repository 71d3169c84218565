#include "ui/plane-pixels.h"
#include "ui/picture.h"
#include <string.h>

/* What the pixels depend on; compared bytewise, so it is cleared before it is filled. */
typedef struct {
  MedctView view;
  MedctWindow window;
  MedctSlab slab;
  int64_t index;
  guint64 map_version;
  int width, height, linear;
} PixelKey;

struct _MedctPlanePixels {
  void (*changed)(gpointer data);
  gpointer data;
  MedctStudy *study;
  MedctPlaneKind kind;
  gboolean of_base; /* whose map */
  MedctOverlay overlay;
  MedctGlStage *stage;
  MedctGlStudy *gl_study; /* NULL: Cairo */
  gulong changed_handler;

  MedctSlice slice; /* of Cairo, as taken last */
  gboolean have_slice;
  GdkPaintable *drawn;
  gboolean by_gl;
  PixelKey key;
};

MedctPlanePixels *
medct_plane_pixels_new(void (*changed)(gpointer data), gpointer data)
{
  MedctPlanePixels *picture = g_new0(MedctPlanePixels, 1);
  picture->changed = changed;
  picture->data = data;
  return picture;
}

static void
forget_pixels(MedctPlanePixels *picture)
{
  medct_slice_clear(&picture->slice);
  picture->have_slice = FALSE;
  g_clear_object(&picture->drawn);
}

static void
leave_gl(MedctPlanePixels *picture)
{
  if (picture->gl_study != NULL)
    g_clear_signal_handler(&picture->changed_handler, picture->gl_study);
  g_clear_object(&picture->drawn);
  g_clear_object(&picture->gl_study);
  g_clear_object(&picture->stage);
}

void
medct_plane_pixels_free(MedctPlanePixels *picture)
{
  forget_pixels(picture);
  leave_gl(picture);
  g_free(picture);
}

static void
gl_changed(MedctPlanePixels *picture)
{
  g_clear_object(&picture->drawn);
  picture->changed(picture->data);
}

static void
enter_gl(MedctPlanePixels *picture, GdkDisplay *display)
{
  picture->stage = medct_gl_stage_for_display(display);
  picture->gl_study = medct_gl_study_for(picture->stage, picture->study);
  if (picture->gl_study != NULL)
    picture->changed_handler =
        g_signal_connect_swapped(picture->gl_study, "changed", G_CALLBACK(gl_changed), picture);
}

void
medct_plane_pixels_set_study(MedctPlanePixels *picture, MedctStudy *study, MedctPlaneKind kind,
                             GdkDisplay *display)
{
  forget_pixels(picture);
  leave_gl(picture);
  picture->study = study;
  picture->kind = kind;
  if (study != NULL && display != NULL)
    enter_gl(picture, display);
}

void
medct_plane_pixels_set_of_base(MedctPlanePixels *picture, gboolean of_base)
{
  picture->of_base = of_base;
}

void
medct_plane_pixels_set_preview(MedctPlanePixels *picture, MedctSlice *slice)
{
  forget_pixels(picture);
  picture->slice = *slice;
  *slice = (MedctSlice){0};
  picture->have_slice = TRUE;
}

/* ---- pixels -------------------------------------------------------------------------------- */

static PixelKey
key_of(const MedctPlanePixels *picture, const MedctPlaneFrame *frame)
{
  const MedctStudy *study = picture->study;
  PixelKey key;
  memset(&key, 0, sizeof key);
  key.view.x = frame->view.x;
  key.view.y = frame->view.y;
  key.view.pixels_per_mm = frame->view.pixels_per_mm;
  key.view.step[0] = frame->view.step[0];
  key.view.step[1] = frame->view.step[1];
  key.window = medct_window_presets[0].window;
  key.linear = TRUE;
  if (study != NULL) {
    key.window = study->window;
    key.slab.kind = study->slab.kind;
    key.slab.thickness_mm = study->slab.thickness_mm;
    key.map_version = medct_study_map_version(study, picture->of_base);
    key.linear = study->linear;
  }
  key.index = frame->index;
  key.width = frame->width;
  key.height = frame->height;
  return key;
}

static const MedctOverlay *
overlay_of(MedctPlanePixels *picture)
{
  return picture->study != NULL &&
                 medct_study_map(picture->study, picture->of_base, &picture->overlay)
             ? &picture->overlay
             : NULL;
}

/* The texture when it shows every voxel. */
static const MedctGlVolume *
gl_volume_of(const MedctPlanePixels *picture)
{
  const MedctGlVolume *volume =
      picture->gl_study != NULL ? medct_gl_study_volume(picture->gl_study) : NULL;
  return volume != NULL && medct_gl_volume_is_whole(volume) ? volume : NULL;
}

/* FALSE: Cairo has to. */
static gboolean
paint_by_gl(MedctPlanePixels *picture, const PixelKey *key)
{
  const MedctGlVolume *volume = gl_volume_of(picture);
  if (volume == NULL)
    return FALSE;
  MedctGlSliceView view = {.volume = volume,
                           .plane = &picture->study->planes[picture->kind],
                           .view = key->view,
                           .index = key->index,
                           .window = key->window,
                           .slab = key->slab,
                           .linear = key->linear,
                           .overlay = overlay_of(picture)};
  GdkPaintable *drawn =
      medct_gl_stage_draw_slice(picture->stage, &view, key->map_version, key->width, key->height);
  if (drawn == NULL)
    return FALSE;
  g_clear_object(&picture->drawn);
  picture->drawn = drawn;
  picture->by_gl = TRUE;
  medct_slice_clear(&picture->slice);
  picture->have_slice = FALSE;
  return TRUE;
}

static void
take_slice(MedctPlanePixels *picture, const PixelKey *key)
{
  const PixelKey *last = &picture->key;
  if (picture->have_slice && last->index == key->index && last->slab.kind == key->slab.kind &&
      last->slab.thickness_mm == key->slab.thickness_mm)
    return;
  medct_slice_clear(&picture->slice);
  medct_slice_take(&picture->slice, &picture->study->image, &picture->study->planes[picture->kind],
                   key->index, key->slab);
  picture->have_slice = TRUE;
}

static void
paint_by_cairo(MedctPlanePixels *picture, const PixelKey *key)
{
  gsize stride = (gsize)key->width * 4;
  guint32 *pixels = g_malloc(stride * (gsize)key->height);
  if (picture->study != NULL)
    take_slice(picture, key);
  medct_slice_paint(&picture->slice, &key->view, key->window, key->linear, pixels, key->width,
                    key->height, (int)stride);
  const MedctOverlay *overlay = overlay_of(picture);
  if (overlay != NULL)
    medct_overlay_paint(overlay, &picture->study->planes[picture->kind], &key->view,
                        (double)key->index, pixels, key->width, key->height, (int)stride);
  g_clear_object(&picture->drawn);
  picture->drawn = medct_picture_of_pixels(pixels, key->width, key->height);
  picture->by_gl = FALSE;
}

void
medct_plane_pixels_snapshot(MedctPlanePixels *picture, GtkSnapshot *snapshot,
                            const MedctPlaneFrame *frame, float width, float height)
{
  if (frame->width < 1 || frame->height < 1 || (picture->study == NULL && !picture->have_slice))
    return;
  PixelKey key = key_of(picture, frame);
  if (picture->drawn == NULL || memcmp(&key, &picture->key, sizeof key) != 0) {
    if (!paint_by_gl(picture, &key))
      paint_by_cairo(picture, &key);
    picture->key = key;
  }
  gdk_paintable_snapshot(picture->drawn, snapshot, (double)width, (double)height);
}

const char *
medct_plane_pixels_drawn_by(const MedctPlanePixels *picture)
{
  return picture->drawn != NULL && picture->by_gl ? "OpenGL" : "Cairo";
}
