#include "ui/gl-study.h"

enum { BUDGET_MS = 3 }; /* of a frame's sixteen */

struct _MedctGlStudy {
  GObject parent;
  MedctGlStage *stage;
  MedctStudy *study;
  MedctGlVolume *volume;
  gulong lost_handler;
  guint upload_source;
};

G_DEFINE_FINAL_TYPE(MedctGlStudy, medct_gl_study, G_TYPE_OBJECT)

static guint changed_signal;
static const char study_key[] = "medct-gl-study";

static void
drop_volume(MedctGlStudy *gl_study)
{
  g_clear_handle_id(&gl_study->upload_source, g_source_remove);
  if (gl_study->volume != NULL && medct_gl_stage_enter(gl_study->stage))
    medct_gl_volume_free(gl_study->volume);
  gl_study->volume = NULL;
}

static void
lost(MedctGlStudy *gl_study)
{
  drop_volume(gl_study);
  g_signal_emit(gl_study, changed_signal, 0);
}

static gboolean
upload(gpointer data)
{
  MedctGlStudy *gl_study = data;
  if (!medct_gl_stage_enter(gl_study->stage))
    return G_SOURCE_REMOVE;
  if (!medct_gl_volume_upload(gl_study->volume, BUDGET_MS))
    return G_SOURCE_CONTINUE;
  gl_study->upload_source = 0;
  glFlush();
  g_signal_emit(gl_study, changed_signal, 0);
  return G_SOURCE_REMOVE;
}

static gsize
limit_bytes(void)
{
  const char *wanted = g_getenv("MEDCT_TEXTURE_LIMIT");
  guint64 limit = 0;
  return wanted != NULL && g_ascii_string_to_unsigned(wanted, 10, 1, G_MAXUINT32, &limit, NULL)
             ? (gsize)limit
             : MEDCT_TEXTURE_LIMIT;
}

static MedctGlVolume *
volume_new(MedctStudy *study)
{
  g_autoptr(GError) error = NULL;
  const MedctVolumeStatistics *statistics = medct_volume_statistics(study->volume);
  const double range[2] = {statistics->minimum_hu, statistics->maximum_hu};
  const gsize most = limit_bytes();
  for (gsize limit = most; limit >= MAX(most / 16, 1); limit /= 4) {
    g_clear_error(&error);
    MedctGlVolume *volume = medct_gl_volume_new(&study->image, range, limit, &error);
    if (volume != NULL)
      return volume;
  }
  g_info("%s", error->message);
  return NULL;
}

MedctGlStudy *
medct_gl_study_for(MedctGlStage *stage, MedctStudy *study)
{
  MedctGlStudy *gl_study = g_object_get_data(G_OBJECT(study), study_key);
  if (gl_study != NULL && gl_study->volume != NULL && gl_study->stage == stage)
    return g_object_ref(gl_study);
  if (!medct_gl_stage_enter(stage))
    return NULL;
  MedctGlVolume *volume = volume_new(study);
  if (volume == NULL)
    return NULL;
  gl_study = g_object_new(MEDCT_TYPE_GL_STUDY, NULL);
  gl_study->stage = g_object_ref(stage);
  gl_study->study = g_object_ref(study);
  gl_study->volume = volume;
  gl_study->lost_handler = g_signal_connect_swapped(stage, "lost", G_CALLBACK(lost), gl_study);
  /* After input and drawing, before what is merely idle. */
  gl_study->upload_source = g_idle_add_full(GDK_PRIORITY_REDRAW + 5, upload, gl_study, NULL);
  g_object_set_data(G_OBJECT(study), study_key, gl_study);
  return gl_study;
}

const MedctGlVolume *
medct_gl_study_volume(MedctGlStudy *gl_study)
{
  return gl_study->volume != NULL && medct_gl_volume_complete(gl_study->volume) ? gl_study->volume
                                                                                : NULL;
}

static void
medct_gl_study_finalize(GObject *object)
{
  MedctGlStudy *gl_study = MEDCT_GL_STUDY(object);
  drop_volume(gl_study);
  g_clear_signal_handler(&gl_study->lost_handler, gl_study->stage);
  if (g_object_get_data(G_OBJECT(gl_study->study), study_key) == gl_study)
    g_object_set_data(G_OBJECT(gl_study->study), study_key, NULL);
  g_clear_object(&gl_study->stage);
  g_clear_object(&gl_study->study);
  G_OBJECT_CLASS(medct_gl_study_parent_class)->finalize(object);
}

static void
medct_gl_study_class_init(MedctGlStudyClass *klass)
{
  G_OBJECT_CLASS(klass)->finalize = medct_gl_study_finalize;
  changed_signal = g_signal_new("changed", MEDCT_TYPE_GL_STUDY, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                NULL, G_TYPE_NONE, 0);
}

static void
medct_gl_study_init(MedctGlStudy *gl_study)
{
}
