#include "ui/volume-scene.h"

#include <math.h>
#include <string.h>

enum {
  QUIET_MS = 140, /* without a new look: at rest */
  ROUGH_MS = 20,  /* what a rough picture may take */
  FINE_MS = 10,   /* of each turn of the main loop, for the fine one */
  TILE = 48,      /* pixels: small enough to stay near FINE_MS without a graphics card */
  MAX_SHRINK = 6,
};

/* What a picture depends on; compared bytewise, so it is cleared before it is filled. */
typedef struct {
  MedctVolumeLook look;
  double voxel[3]; /* 0 without a cut */
  guint map_version;
  int width, height;
} Wanted;

struct _MedctVolumeScene {
  GObject parent;
  MedctGlStage *stage;
  MedctStudy *study;
  MedctGlStudy *gl_study;
  gulong complete_handler, lost_handler;
  gboolean measuring;
  MedctBlocks *blocks;

  MedctGlRaycast *raycast;
  int transfer;      /* handed over; −1: none */
  guint map_version; /* handed over; 0: none */
  double shrink;     /* device pixels to a rough picture's pixel */

  Wanted wanted;
  GdkPaintable *picture;
  gboolean fine;
  MedctGlTarget *target; /* fine picture in work */
  int next_tile;
  guint fine_source;
  guint map_source; /* a new map waits for the planes */
  gboolean map_due;
};

G_DEFINE_FINAL_TYPE(MedctVolumeScene, medct_volume_scene, G_TYPE_OBJECT)

static guint changed_signal;

/* ---- preparing ----------------------------------------------------------------------------- */

typedef struct {
  MedctVolume *volume;
  MedctImage image;
  int reach[3];
} Measuring;

static void
measuring_free(gpointer data)
{
  Measuring *measuring = data;
  medct_volume_unref(measuring->volume);
  g_free(measuring);
}

static void
measure(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Measuring *measuring = data;
  g_task_return_pointer(task, medct_blocks_new(&measuring->image, measuring->reach),
                        (GDestroyNotify)medct_blocks_free);
}

static void
measured(GObject *source, GAsyncResult *result, gpointer data)
{
  MedctVolumeScene *scene = MEDCT_VOLUME_SCENE(source);
  scene->measuring = FALSE;
  scene->blocks = g_task_propagate_pointer(G_TASK(result), NULL);
  g_signal_emit(scene, changed_signal, 0);
}

static void
start_measuring(MedctVolumeScene *scene)
{
  const MedctGlVolume *volume =
      scene->gl_study != NULL ? medct_gl_study_volume(scene->gl_study) : NULL;
  if (volume == NULL || scene->blocks != NULL || scene->measuring)
    return;
  Measuring *measuring = g_new0(Measuring, 1);
  measuring->volume = medct_volume_ref(scene->study->volume);
  measuring->image = scene->study->image;
  medct_gl_raycast_reach(volume, measuring->reach);
  scene->measuring = TRUE;
  g_autoptr(GTask) task = g_task_new(scene, NULL, measured, NULL);
  g_task_set_task_data(task, measuring, measuring_free);
  g_task_run_in_thread(task, measure);
}

static void
forget_pictures(MedctVolumeScene *scene)
{
  medct_volume_scene_rest(scene);
  g_clear_handle_id(&scene->map_source, g_source_remove);
  g_clear_object(&scene->picture);
  scene->fine = FALSE;
}

static void
lost(MedctVolumeScene *scene)
{
  forget_pictures(scene);
  g_clear_pointer(&scene->raycast, medct_gl_raycast_free);
  g_clear_pointer(&scene->blocks, medct_blocks_free);
  g_signal_emit(scene, changed_signal, 0);
}

/* The study's texture and the drawer; both come again after a loss. FALSE: not yet. */
static gboolean
prepare(MedctVolumeScene *scene)
{
  if (scene->gl_study == NULL || medct_gl_study_volume(scene->gl_study) == NULL) {
    MedctGlStudy *gl_study = medct_gl_study_for(scene->stage, scene->study);
    if (gl_study != scene->gl_study && gl_study != NULL) {
      if (scene->gl_study != NULL)
        g_clear_signal_handler(&scene->complete_handler, scene->gl_study);
      g_set_object(&scene->gl_study, gl_study);
      scene->complete_handler =
          g_signal_connect_swapped(gl_study, "changed", G_CALLBACK(start_measuring), scene);
    }
    g_clear_object(&gl_study);
  }
  start_measuring(scene);
  if (scene->blocks == NULL || medct_gl_study_volume(scene->gl_study) == NULL ||
      !medct_gl_stage_enter(scene->stage))
    return FALSE;
  if (scene->raycast != NULL)
    return TRUE;
  g_autoptr(GError) error = NULL;
  scene->raycast = medct_gl_raycast_new(&error);
  scene->transfer = -1;
  scene->map_version = 0;
  if (scene->raycast == NULL)
    medct_gl_stage_give_up(scene->stage, error->message);
  return scene->raycast != NULL;
}

/* ---- drawing ------------------------------------------------------------------------------- */

static gboolean
glows(MedctVolumeScene *scene)
{
  return scene->wanted.look.glow && scene->study->share != NULL && scene->study->map_shown;
}

/* Transfer function and map, when they have changed. */
static void
hand_over(MedctVolumeScene *scene)
{
  int transfer = scene->wanted.look.transfer;
  if (scene->transfer != transfer) {
    medct_gl_raycast_set_transfer(scene->raycast, scene->blocks, &medct_transfers[transfer]);
    scene->transfer = transfer;
  }
  if (glows(scene) && scene->map_version != scene->study->map_version) {
    medct_gl_raycast_set_overlay(scene->raycast, &scene->study->overlay);
    scene->map_version = scene->study->map_version;
  }
}

static MedctGlRayView
ray_view(MedctVolumeScene *scene, gboolean fine, double shrink)
{
  const MedctVolumeLook *look = &scene->wanted.look;
  MedctGlRayView view = {.volume = medct_gl_study_volume(scene->gl_study),
                         .camera = look->camera,
                         .glow = glows(scene) ? &scene->study->overlay : NULL,
                         .fine = fine};
  view.camera.mm_per_pixel *= shrink;
  for (int n = 0; n < 3; n++) {
    view.voxel[n] = scene->study->voxel[n];
    view.cut[scene->study->planes[n].axis[2]] = look->cut[n];
  }
  return view;
}

/* Draws at once, and learns how large a picture the machine can do in time. */
static void
draw_rough(MedctVolumeScene *scene)
{
  int width = (int)fmax(scene->wanted.width / scene->shrink, 1);
  int height = (int)fmax(scene->wanted.height / scene->shrink, 1);
  MedctGlTarget *target = medct_gl_stage_lend(scene->stage, width, height);
  if (target == NULL)
    return;
  gint64 start = g_get_monotonic_time();
  cairo_rectangle_int_t all = {0, 0, width, height};
  MedctGlRayView view = ray_view(scene, FALSE, (double)scene->wanted.height / height);
  medct_gl_target_bind(target);
  medct_gl_raycast_draw(scene->raycast, &view, width, height, &all);
  glFinish();
  double ms = (double)(g_get_monotonic_time() - start) / 1000;
  double wish = scene->shrink * sqrt(fmax(ms, 0.1) / ROUGH_MS);
  scene->shrink = CLAMP((scene->shrink + wish) / 2, 1, MAX_SHRINK);
  g_clear_object(&scene->picture);
  scene->picture = medct_gl_target_show(target);
}

static gboolean
finish_fine(MedctVolumeScene *scene)
{
  GdkPaintable *picture = medct_gl_target_show(g_steal_pointer(&scene->target));
  scene->fine_source = 0;
  if (picture != NULL) {
    g_clear_object(&scene->picture);
    scene->picture = picture;
    scene->fine = TRUE;
    g_signal_emit(scene, changed_signal, 0);
  }
  return G_SOURCE_REMOVE;
}

static gboolean
draw_fine(gpointer data)
{
  MedctVolumeScene *scene = data;
  int width = scene->wanted.width, height = scene->wanted.height;
  int columns = (width + TILE - 1) / TILE, rows = (height + TILE - 1) / TILE;
  gint64 end = g_get_monotonic_time() + 1000 * FINE_MS;
  if (scene->target == NULL || !medct_gl_target_bind(scene->target)) {
    scene->fine_source = 0;
    return G_SOURCE_REMOVE;
  }
  MedctGlRayView view = ray_view(scene, TRUE, 1);
  do {
    int x = scene->next_tile % columns * TILE, y = scene->next_tile / columns * TILE;
    cairo_rectangle_int_t tile = {x, y, MIN(TILE, width - x), MIN(TILE, height - y)};
    medct_gl_raycast_draw(scene->raycast, &view, width, height, &tile);
    glFinish();
    scene->next_tile++;
  } while (scene->next_tile < columns * rows && g_get_monotonic_time() < end);
  return scene->next_tile < columns * rows ? G_SOURCE_CONTINUE : finish_fine(scene);
}

static gboolean
begin_fine(gpointer data)
{
  MedctVolumeScene *scene = data;
  scene->fine_source = 0;
  scene->next_tile = 0;
  scene->target = medct_gl_stage_lend(scene->stage, scene->wanted.width, scene->wanted.height);
  if (scene->target != NULL) /* after all that the toolkit has to do */
    scene->fine_source = g_idle_add_full(G_PRIORITY_LOW, draw_fine, scene, NULL);
  return G_SOURCE_REMOVE;
}

/* ---- public -------------------------------------------------------------------------------- */

static Wanted
wanted_of(MedctVolumeScene *scene, const MedctVolumeLook *look, int width, int height)
{
  Wanted wanted;
  memset(&wanted, 0, sizeof wanted);
  wanted.look = *look;
  gboolean cut = look->cut[0] || look->cut[1] || look->cut[2];
  for (int n = 0; cut && n < 3; n++)
    wanted.voxel[n] = scene->study->voxel[n];
  wanted.map_version = look->glow ? scene->study->map_version : 0;
  wanted.width = width;
  wanted.height = height;
  return wanted;
}

static gboolean
map_is_due(gpointer data)
{
  MedctVolumeScene *scene = data;
  scene->map_source = 0;
  scene->map_due = TRUE;
  g_signal_emit(scene, changed_signal, 0);
  return G_SOURCE_REMOVE;
}

/* A new map in the same view: score and planes come first, the 3-D picture a frame later. */
static gboolean
map_can_wait(MedctVolumeScene *scene, const Wanted *wanted)
{
  Wanted with_map = scene->wanted;
  with_map.map_version = wanted->map_version;
  if (scene->picture == NULL || scene->map_due || memcmp(&with_map, wanted, sizeof with_map) != 0)
    return FALSE;
  medct_volume_scene_rest(scene);
  scene->fine = FALSE;
  if (scene->map_source == 0) /* after all that the toolkit has to do */
    scene->map_source = g_idle_add_full(G_PRIORITY_LOW, map_is_due, scene, NULL);
  return TRUE;
}

GdkPaintable *
medct_volume_scene_picture(MedctVolumeScene *scene, const MedctVolumeLook *look, int width,
                           int height)
{
  if (width < 1 || height < 1 || !prepare(scene))
    return NULL;
  Wanted wanted = wanted_of(scene, look, width, height);
  if (scene->picture != NULL && memcmp(&wanted, &scene->wanted, sizeof wanted) == 0) {
    if (!scene->fine && scene->fine_source == 0) /* it was at rest */
      scene->fine_source = g_timeout_add(QUIET_MS, begin_fine, scene);
    return scene->picture;
  }
  if (map_can_wait(scene, &wanted))
    return scene->picture;
  forget_pictures(scene);
  scene->map_due = FALSE;
  scene->wanted = wanted;
  hand_over(scene);
  draw_rough(scene);
  if (scene->picture != NULL)
    scene->fine_source = g_timeout_add(QUIET_MS, begin_fine, scene);
  return scene->picture;
}

const int *
medct_volume_scene_steps(MedctVolumeScene *scene)
{
  const MedctGlVolume *volume =
      scene->gl_study != NULL ? medct_gl_study_volume(scene->gl_study) : NULL;
  return volume != NULL ? volume->step : NULL;
}

void
medct_volume_scene_rest(MedctVolumeScene *scene)
{
  g_clear_handle_id(&scene->fine_source, g_source_remove);
  g_clear_pointer(&scene->target, medct_gl_target_drop);
}

gboolean
medct_volume_scene_is_fine(MedctVolumeScene *scene)
{
  return scene->fine;
}

MedctVolumeScene *
medct_volume_scene_new(MedctGlStage *stage, MedctStudy *study)
{
  MedctVolumeScene *scene = g_object_new(MEDCT_TYPE_VOLUME_SCENE, NULL);
  scene->stage = g_object_ref(stage);
  scene->study = g_object_ref(study);
  scene->lost_handler = g_signal_connect_swapped(stage, "lost", G_CALLBACK(lost), scene);
  prepare(scene);
  return scene;
}

static void
medct_volume_scene_dispose(GObject *object)
{
  MedctVolumeScene *scene = MEDCT_VOLUME_SCENE(object);
  forget_pictures(scene);
  if (scene->raycast != NULL && medct_gl_stage_enter(scene->stage))
    medct_gl_raycast_free(scene->raycast);
  scene->raycast = NULL;
  g_clear_pointer(&scene->blocks, medct_blocks_free);
  if (scene->gl_study != NULL)
    g_clear_signal_handler(&scene->complete_handler, scene->gl_study);
  g_clear_object(&scene->gl_study);
  if (scene->stage != NULL)
    g_clear_signal_handler(&scene->lost_handler, scene->stage);
  g_clear_object(&scene->stage);
  g_clear_object(&scene->study);
  G_OBJECT_CLASS(medct_volume_scene_parent_class)->dispose(object);
}

static void
medct_volume_scene_class_init(MedctVolumeSceneClass *klass)
{
  G_OBJECT_CLASS(klass)->dispose = medct_volume_scene_dispose;
  changed_signal = g_signal_new("changed", MEDCT_TYPE_VOLUME_SCENE, G_SIGNAL_RUN_LAST, 0, NULL,
                                NULL, NULL, G_TYPE_NONE, 0);
}

static void
medct_volume_scene_init(MedctVolumeScene *scene)
{
  scene->shrink = 3;
}
