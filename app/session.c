#include "app/session.h"
#include "app/json-out.h"
#include "model/atomic_file.h"
#include <errno.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

/* ---- in memory ----------------------------------------------------------------------------- */

MedctSessionStudy *
medct_session_study_copy(const MedctSessionStudy *study)
{
  MedctSessionStudy *copy = g_new(MedctSessionStudy, 1);
  *copy = *study;
  copy->file.path = g_strdup(study->file.path);
  copy->finding = g_strdup(study->finding);
  copy->typed = g_strdup(study->typed);
  copy->against = g_strdup(study->against);
  copy->measures = g_array_copy(study->measures);
  return copy;
}

void
medct_session_study_free(MedctSessionStudy *study)
{
  g_free(study->file.path);
  g_free(study->finding);
  g_free(study->typed);
  g_free(study->against);
  g_array_unref(study->measures);
  g_free(study);
}

MedctSession *
medct_session_new(void)
{
  MedctSession *session = g_new0(MedctSession, 1);
  session->studies = g_ptr_array_new_with_free_func((GDestroyNotify)medct_session_study_free);
  session->recent = g_ptr_array_new_with_free_func((GDestroyNotify)medct_session_recent_free);
  session->current = -1;
  session->layout = g_strdup(MEDCT_SESSION_LAYOUT_FOUR);
  session->studies_pane = session->findings_pane = session->volume_glow = TRUE;
  return session;
}

void
medct_session_free(MedctSession *session)
{
  g_ptr_array_unref(session->studies);
  g_ptr_array_unref(session->recent);
  g_free(session->model);
  g_free(session->adapter);
  g_free(session->layout);
  g_free(session);
}

MedctSessionStudy *
medct_session_add(MedctSession *session)
{
  MedctSessionStudy *study = g_new0(MedctSessionStudy, 1);
  study->view = (MedctSessionView){.window = medct_window_presets[0].window,
                                   .zoom = 1,
                                   .annotations = TRUE,
                                   .map_shown = TRUE,
                                   .opacity = 0.7};
  study->measures = g_array_new(FALSE, FALSE, sizeof(MedctMeasure));
  g_ptr_array_add(session->studies, study);
  return study;
}

/* ---- recent studies ------------------------------------------------------------------------ */

void
medct_session_recent_free(MedctSessionRecent *recent)
{
  g_free(recent->path);
  g_free(recent);
}

void
medct_session_remember(GPtrArray *recent, const char *path, const MedctVolumeHeader *header,
                       gint64 now_us)
{
  for (guint n = recent->len; n-- > 0;)
    if (g_str_equal(((MedctSessionRecent *)recent->pdata[n])->path, path))
      g_ptr_array_remove_index(recent, n);
  MedctSessionRecent *entry = g_new0(MedctSessionRecent, 1);
  entry->path = g_strdup(path);
  g_strlcpy(entry->sha256, header->sha256, sizeof entry->sha256);
  for (int n = 0; n < 3; n++)
    entry->dims[n] = header->dims[n];
  entry->opened_us = now_us;
  g_ptr_array_insert(recent, 0, entry);
  if (recent->len > MEDCT_SESSION_MOST_RECENT)
    g_ptr_array_set_size(recent, MEDCT_SESSION_MOST_RECENT);
}

char *
medct_session_recent_label(const MedctSessionRecent *recent)
{
  g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(recent->opened_us / G_USEC_PER_SEC);
  g_autoptr(GDateTime) local = utc != NULL ? g_date_time_to_local(utc) : NULL;
  g_autofree char *date = local != NULL ? g_date_time_format(local, "%-d %b %H:%M") : g_strdup("");
  return g_strdup_printf("%.12s   %" G_GINT64_FORMAT " × %" G_GINT64_FORMAT " × %" G_GINT64_FORMAT
                         "   %s",
                         recent->sha256, recent->dims[0], recent->dims[1], recent->dims[2], date);
}

/* ---- files of studies ---------------------------------------------------------------------- */

gboolean
medct_session_file_look(MedctSessionFile *file)
{
  struct stat info;
  if (stat(file->path, &info) != 0)
    return FALSE;
  file->bytes = info.st_size;
  file->modified_us = (gint64)info.st_mtim.tv_sec * G_USEC_PER_SEC + info.st_mtim.tv_nsec / 1000;
  return TRUE;
}

MedctFileState
medct_session_file_state(const MedctSessionFile *file)
{
  MedctSessionFile now = {.path = file->path};
  if (!medct_session_file_look(&now))
    return MEDCT_FILE_GONE;
  if (now.bytes != file->bytes)
    return MEDCT_FILE_CHANGED;
  return now.modified_us == file->modified_us ? MEDCT_FILE_SAME : MEDCT_FILE_TOUCHED;
}

/* ---- printing ------------------------------------------------------------------------------ */

/* What the reader would refuse is not written: with it all the rest would be lost. */
static void
add_text(JsonBuilder *b, const char *key, const char *text, gsize most)
{
  medct_json_add_string(b, key, text != NULL && strlen(text) <= most ? text : NULL);
}

/* Paths are bytes; JSON holds UTF-8, so they are written as URIs. */
static void
add_path(JsonBuilder *b, const char *key, const char *path)
{
  g_autofree char *uri = path != NULL ? g_filename_to_uri(path, NULL, NULL) : NULL;
  add_text(b, key, uri, MEDCT_SESSION_MOST_PATH);
}

static void
add_view(JsonBuilder *b, const MedctSessionView *view)
{
  medct_json_begin_object(b, "view");
  medct_json_add_numbers(b, "crosshair", view->voxel, 3);
  medct_json_add_number(b, "window_width", view->window.width);
  medct_json_add_number(b, "window_level", view->window.level);
  medct_json_add_int(b, "slab", view->slab.kind);
  medct_json_add_number(b, "slab_mm", view->slab.thickness_mm);
  medct_json_add_number(b, "zoom", view->zoom);
  medct_json_add_numbers(b, "pan", &view->pan[0][0], 6);
  medct_json_add_boolean(b, "annotations", view->annotations);
  medct_json_add_boolean(b, "map", view->map_shown);
  medct_json_add_boolean(b, "map_against", view->against);
  medct_json_add_boolean(b, "map_raw", view->raw);
  medct_json_add_number(b, "map_opacity", view->opacity);
  medct_json_add_number(b, "camera_zoom", view->camera_zoom);
  medct_json_add_numbers(b, "camera_axes", &view->camera_axes[0][0], 9);
  medct_json_add_numbers(b, "camera_focus", view->camera_focus, 3);
  json_builder_end_object(b);
}

static void
add_measures(JsonBuilder *b, const MedctSessionStudy *study)
{
  json_builder_set_member_name(b, "measures");
  json_builder_begin_array(b);
  for (guint n = 0; n < study->measures->len; n++) {
    const MedctMeasure *measure = &g_array_index(study->measures, MedctMeasure, n);
    json_builder_begin_object(b);
    medct_json_add_int(b, "kind", measure->kind);
    medct_json_add_int(b, "plane", measure->plane);
    medct_json_add_int(b, "slice", measure->slice);
    medct_json_add_numbers(b, "cells", &measure->cells[0][0], 6);
    json_builder_end_object(b);
  }
  json_builder_end_array(b);
}

static void
add_study(JsonBuilder *b, const MedctSessionStudy *study)
{
  json_builder_begin_object(b);
  add_path(b, "file", study->file.path);
  medct_json_add_int(b, "bytes", study->file.bytes);
  medct_json_add_int(b, "modified_us", study->file.modified_us);
  medct_json_add_string(b, "sha256", study->file.sha256);
  add_view(b, &study->view);
  medct_json_add_string(b, "finding", study->finding);
  add_text(b, "typed", study->typed, MEDCT_SESSION_MOST_BYTES);
  add_text(b, "against", study->against, MEDCT_SESSION_MOST_BYTES);
  add_measures(b, study);
  json_builder_end_object(b);
}

static void
add_recent(JsonBuilder *b, const MedctSessionRecent *recent)
{
  json_builder_begin_object(b);
  add_path(b, "file", recent->path);
  medct_json_add_string(b, "sha256", recent->sha256);
  medct_json_add_ints(b, "dims", recent->dims, 3);
  medct_json_add_int(b, "opened_us", recent->opened_us);
  json_builder_end_object(b);
}

static void
add_window(JsonBuilder *b, const MedctSession *session)
{
  medct_json_begin_object(b, "window");
  medct_json_add_string(b, "layout", session->layout);
  medct_json_add_boolean(b, "studies_pane", session->studies_pane);
  medct_json_add_boolean(b, "findings_pane", session->findings_pane);
  medct_json_add_boolean(b, "window_mode", session->window_mode);
  medct_json_add_int(b, "order", session->order);
  medct_json_add_int(b, "volume_preset", session->volume_preset);
  medct_json_add_boolean(b, "volume_glow", session->volume_glow);
  medct_json_add_int(b, "volume_cut", session->volume_cut);
  medct_json_add_int(b, "width", session->width);
  medct_json_add_int(b, "height", session->height);
  medct_json_add_int(b, "findings_width", session->findings_width);
  json_builder_end_object(b);
}

char *
medct_session_print(const MedctSession *session)
{
  g_autoptr(JsonBuilder) b = json_builder_new();
  json_builder_begin_object(b);
  medct_json_add_int(b, "version", MEDCT_SESSION_VERSION);
  add_path(b, "model", session->model);
  add_path(b, "adapter", session->adapter);
  add_window(b, session);
  medct_json_add_int(b, "current", session->current);
  medct_json_begin_array(b, "studies");
  for (guint n = 0; n < MIN(session->studies->len, MEDCT_SESSION_MOST); n++)
    add_study(b, session->studies->pdata[n]);
  json_builder_end_array(b);
  medct_json_begin_array(b, "recent");
  for (guint n = 0; n < session->recent->len; n++)
    add_recent(b, session->recent->pdata[n]);
  json_builder_end_array(b);
  json_builder_end_object(b);
  g_autoptr(JsonNode) root = json_builder_get_root(b);
  return json_to_string(root, TRUE);
}

/* ---- on disk ------------------------------------------------------------------------------- */

char *
medct_session_path(void)
{
  return g_build_filename(g_get_user_state_dir(), "medct", "session.json", NULL);
}

MedctSession *
medct_session_load(const char *path, GError **error)
{
  enum { MOST_BYTES = 4 << 20 };
  struct stat info = {0};
  if (stat(path, &info) != 0 && errno == ENOENT)
    return medct_session_new();
  g_autofree char *tainted = NULL;
  gsize n = 0;
  if (!S_ISREG(info.st_mode) || info.st_size > MOST_BYTES) {
    medct_error_field(error, MEDCT_ERROR_FORMAT, path, N_("size"), "a file of at most 4 MiB",
                      N_("something else"));
    return NULL;
  }
  if (!g_file_get_contents(path, &tainted, &n, NULL)) {
    medct_error_file(error, MEDCT_ERROR_IO, path, "cannot be read");
    return NULL;
  }
  return medct_session_parse(tainted, n, path, error);
}

gboolean
medct_session_write(const char *text, const char *path, GError **error)
{
  g_autofree char *folder = g_path_get_dirname(path);
  if (g_mkdir_with_parents(folder, 0700) != 0) {
    medct_error_file(error, MEDCT_ERROR_IO, path, "its folder cannot be made: %s",
                     g_strerror(errno));
    return FALSE;
  }
  return medct_atomic_file_save(path, text, strlen(text), error);
}

struct _MedctSessionSaver {
  GMutex saving;
  guint64 newest; /* on disk */
  char *path;
};

MedctSessionSaver *
medct_session_saver_new(const char *path)
{
  MedctSessionSaver *saver = g_atomic_rc_box_new0(MedctSessionSaver);
  g_mutex_init(&saver->saving);
  saver->path = g_strdup(path);
  return saver;
}

MedctSessionSaver *
medct_session_saver_ref(MedctSessionSaver *saver)
{
  return g_atomic_rc_box_acquire(saver);
}

static void
saver_clear(gpointer data)
{
  MedctSessionSaver *saver = data;
  g_mutex_clear(&saver->saving);
  g_free(saver->path);
}

void
medct_session_saver_unref(MedctSessionSaver *saver)
{
  g_atomic_rc_box_release_full(saver, saver_clear);
}

gboolean
medct_session_saver_save(MedctSessionSaver *saver, const char *text, guint64 number, GError **error)
{
  g_mutex_lock(&saver->saving);
  gboolean late = number < saver->newest;
  gboolean done = late || medct_session_write(text, saver->path, error);
  if (done && !late)
    saver->newest = number;
  g_mutex_unlock(&saver->saving);
  return done;
}

void
medct_session_set_aside(const char *path)
{
  g_autofree char *aside = g_strconcat(path, ".damaged", NULL);
  if (g_rename(path, aside) != 0)
    g_warning("the damaged session file could not be renamed: %s", g_strerror(errno));
}
