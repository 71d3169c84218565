#include "ui/gl-stage.h"
#include "ui/picture.h"
#include <glib/gi18n.h>
#include <string.h>

enum { MAX_SPARE = 6 }; /* two pictures for each of three planes: one on screen, one being drawn */

/* What is drawn into; goes back to the stage when the toolkit has let go of it. */
struct _MedctGlTarget {
  MedctGlStage *stage; /* referenced while lent */
  GLuint texture;
  guint generation; /* of the context it lives in */
  int width, height;
};

struct _MedctGlStage {
  GObject parent;
  GdkDisplay *display; /* outlives the stage */
  GdkGLContext *context;
  guint generation;
  char *trouble;
  MedctGlSlice *slice;
  guint64 map_version;
  GLuint framebuffer;
  gboolean software;
  GQueue spare; /* MedctGlTarget */
};

G_DEFINE_FINAL_TYPE(MedctGlStage, medct_gl_stage, G_TYPE_OBJECT)

static guint lost_signal;
static const char stage_key[] = "medct-gl-stage";

/* ---- context ------------------------------------------------------------------------------- */

static GdkGLContext *
context_new(GdkDisplay *display, GError **error)
{
  g_autoptr(GdkGLContext) context = NULL;
  if (!gdk_display_prepare_gl(display, error))
    return NULL;
  context = gdk_display_create_gl_context(display, error);
  if (context == NULL)
    return NULL;
  gdk_gl_context_set_required_version(context, 3, 3);
  if (!gdk_gl_context_realize(context, error))
    return NULL;
  return g_steal_pointer(&context);
}

static gboolean
is_new_enough(GdkGLContext *context, GError **error)
{
  int major, minor;
  gdk_gl_context_get_version(context, &major, &minor);
  if (10 * major + minor >= (gdk_gl_context_get_use_es(context) ? 30 : 33))
    return TRUE;
  g_set_error(error, MEDCT_ERROR, MEDCT_ERROR_UNSUPPORTED,
              _("OpenGL 3.3 or OpenGL ES 3.0 is needed, the driver has %d.%d"), major, minor);
  return FALSE;
}

static gboolean
is_software(void)
{
  static const char *const names[] = {"llvmpipe", "softpipe", "swrast", "SWR", "Software"};
  const char *driver = (const char *)glGetString(GL_RENDERER);
  for (gsize n = 0; driver != NULL && n < G_N_ELEMENTS(names); n++)
    if (strstr(driver, names[n]) != NULL)
      return TRUE;
  return FALSE;
}

static void
set_up(MedctGlStage *stage)
{
  g_autoptr(GError) error = NULL;
  g_clear_pointer(&stage->trouble, g_free);
  stage->context = context_new(stage->display, &error);
  if (stage->context != NULL) {
    gdk_gl_context_make_current(stage->context);
    if (is_new_enough(stage->context, &error))
      stage->slice = medct_gl_slice_new(&error);
  }
  if (stage->slice == NULL) {
    g_clear_object(&stage->context);
    stage->trouble = g_strdup_printf(_("no OpenGL: %s"), error->message);
    g_info("%s", stage->trouble);
    return;
  }
  stage->generation++;
  stage->map_version = 0;
  stage->software = is_software();
  glGenFramebuffers(1, &stage->framebuffer);
}

static void
target_free(gpointer data)
{
  MedctGlTarget *target = data;
  glDeleteTextures(1, &target->texture);
  g_free(target);
}

static void
tear_down(MedctGlStage *stage)
{
  if (stage->context == NULL)
    return;
  gdk_gl_context_make_current(stage->context);
  g_queue_clear_full(&stage->spare, target_free);
  g_clear_pointer(&stage->slice, medct_gl_slice_free);
  glDeleteFramebuffers(1, &stage->framebuffer);
  gdk_gl_context_clear_current();
  g_clear_object(&stage->context);
}

MedctGlStage *
medct_gl_stage_for_display(GdkDisplay *display)
{
  MedctGlStage *stage = g_object_get_data(G_OBJECT(display), stage_key);
  if (stage != NULL) {
    if (stage->context == NULL && stage->generation > 0)
      set_up(stage);
    return g_object_ref(stage);
  }
  stage = g_object_new(MEDCT_TYPE_GL_STAGE, NULL);
  stage->display = display;
  g_object_set_data(G_OBJECT(display), stage_key, stage);
  set_up(stage);
  return stage;
}

const char *
medct_gl_stage_trouble(MedctGlStage *stage)
{
  return stage->trouble;
}

gboolean
medct_gl_stage_is_software(MedctGlStage *stage)
{
  return stage->context != NULL && stage->software;
}

gboolean
medct_gl_stage_enter(MedctGlStage *stage)
{
  if (stage->context == NULL)
    return FALSE;
  gdk_gl_context_make_current(stage->context);
  return TRUE;
}

void
medct_gl_stage_give_up(MedctGlStage *stage, const char *why)
{
  if (stage->context == NULL)
    return;
  g_autoptr(MedctGlStage) kept = g_object_ref(stage);
  stage->trouble = g_strdup_printf(_("OpenGL stopped: %s"), why);
  g_message("%s", stage->trouble);
  gdk_gl_context_make_current(stage->context);
  g_signal_emit(stage, lost_signal, 0);
  tear_down(stage);
}

/* ---- pictures ------------------------------------------------------------------------------ */

/* Called when nobody shows the picture any more. */
static void
take_back(gpointer data)
{
  MedctGlTarget *target = data;
  g_autoptr(MedctGlStage) stage = g_steal_pointer(&target->stage);
  if (stage->context == NULL || target->generation != stage->generation) {
    g_free(target); /* it went with its context */
    return;
  }
  g_queue_push_head(&stage->spare, target);
  if (g_queue_get_length(&stage->spare) <= MAX_SPARE)
    return;
  gdk_gl_context_make_current(stage->context);
  target_free(g_queue_pop_tail(&stage->spare));
}

static MedctGlTarget *
target_of_size(MedctGlStage *stage, int width, int height)
{
  for (GList *link = stage->spare.head; link != NULL; link = link->next) {
    MedctGlTarget *target = link->data;
    if (target->width == width && target->height == height) {
      g_queue_delete_link(&stage->spare, link);
      return target;
    }
  }
  MedctGlTarget *target = g_new0(MedctGlTarget, 1);
  *target = (MedctGlTarget){.generation = stage->generation, .width = width, .height = height};
  glGenTextures(1, &target->texture);
  glBindTexture(GL_TEXTURE_2D, target->texture);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_S, GL_CLAMP_TO_EDGE);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE);
  glTexImage2D(GL_TEXTURE_2D, 0, GL_RGBA8, width, height, 0, GL_RGBA, GL_UNSIGNED_BYTE, NULL);
  glBindTexture(GL_TEXTURE_2D, 0);
  return target;
}

MedctGlTarget *
medct_gl_stage_lend(MedctGlStage *stage, int width, int height)
{
  if (!medct_gl_stage_enter(stage))
    return NULL;
  MedctGlTarget *target = target_of_size(stage, width, height);
  target->stage = g_object_ref(stage);
  return target;
}

gboolean
medct_gl_target_bind(MedctGlTarget *target)
{
  MedctGlStage *stage = target->stage;
  if (target->generation != stage->generation || !medct_gl_stage_enter(stage))
    return FALSE;
  glBindFramebuffer(GL_FRAMEBUFFER, stage->framebuffer);
  glFramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D, target->texture, 0);
  return TRUE;
}

void
medct_gl_target_drop(MedctGlTarget *target)
{
  if (target != NULL)
    take_back(target);
}

/* A driver on the processor has the pixels at hand, and the window is composed by Cairo then. NULL:
 * OpenGL ES cannot give them in Cairo's order. */
static GdkPaintable *
read_back(const MedctGlTarget *target)
{
  if (gdk_gl_context_get_use_es(target->stage->context))
    return NULL;
  gsize width = (gsize)target->width, height = (gsize)target->height;
  g_autofree guint32 *lowest_first = g_new(guint32, width * height);
  guint32 *pixels = g_new(guint32, width * height);
  glReadPixels(0, 0, target->width, target->height, GL_BGRA, GL_UNSIGNED_INT_8_8_8_8_REV,
               lowest_first);
  for (gsize row = 0; row < height; row++)
    memcpy(pixels + row * width, lowest_first + (height - 1 - row) * width, width * sizeof *pixels);
  return medct_picture_of_pixels(pixels, target->width, target->height);
}

static GdkPaintable *
lend_texture(MedctGlTarget *target)
{
  return medct_picture_of_texture(gdk_gl_texture_new(
      target->stage->context, target->texture, target->width, target->height, take_back, target));
}

GdkPaintable *
medct_gl_target_show(MedctGlTarget *target)
{
  MedctGlStage *stage = target->stage;
  g_autoptr(GdkPaintable) pixels = stage->software ? read_back(target) : NULL;
  glBindFramebuffer(GL_FRAMEBUFFER, 0);
  glFlush(); /* the toolkit reads it in another context */
  GLenum code = glGetError();
  if (code == GL_NO_ERROR && pixels == NULL)
    return lend_texture(target);
  if (code != GL_NO_ERROR) {
    g_autofree char *why = g_strdup_printf(_("error 0x%x while drawing"), code);
    medct_gl_stage_give_up(stage, why);
    g_clear_object(&pixels);
  }
  take_back(target);
  return g_steal_pointer(&pixels);
}

GdkPaintable *
medct_gl_stage_draw_slice(MedctGlStage *stage, const MedctGlSliceView *view, guint64 map_version,
                          int width, int height)
{
  MedctGlTarget *target = medct_gl_stage_lend(stage, width, height);
  if (target == NULL)
    return NULL;
  if (view->overlay != NULL && map_version != stage->map_version) {
    medct_gl_slice_set_overlay(stage->slice, view->overlay);
    stage->map_version = map_version;
  }
  g_autoptr(GError) error = NULL;
  medct_gl_target_bind(target);
  if (medct_gl_slice_draw(stage->slice, view, width, height, &error))
    return medct_gl_target_show(target);
  medct_gl_stage_give_up(stage, error->message);
  medct_gl_target_drop(target);
  return NULL;
}

/* ---- the object ---------------------------------------------------------------------------- */

static void
medct_gl_stage_finalize(GObject *object)
{
  MedctGlStage *stage = MEDCT_GL_STAGE(object);
  tear_down(stage);
  if (stage->display != NULL)
    g_object_set_data(G_OBJECT(stage->display), stage_key, NULL);
  g_free(stage->trouble);
  G_OBJECT_CLASS(medct_gl_stage_parent_class)->finalize(object);
}

static void
medct_gl_stage_class_init(MedctGlStageClass *klass)
{
  G_OBJECT_CLASS(klass)->finalize = medct_gl_stage_finalize;
  lost_signal = g_signal_new("lost", MEDCT_TYPE_GL_STAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                             G_TYPE_NONE, 0);
}

static void
medct_gl_stage_init(MedctGlStage *stage)
{
  g_queue_init(&stage->spare);
}
