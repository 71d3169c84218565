/* The session of the window: what is open is written down while it changes, and brought back at the
 * next start. One look a second at everything, instead of a hook at every place that changes
 * something: the look is cheap, and a forgotten hook would lose work. */
#include "app/studio-private.h"
#include <glib/gi18n.h>
#include <string.h>

enum {
  LOOK_S = 1,
  LONGEST_UNSAVED_S = 5, /* while it keeps changing, as in a drag */
};

struct _MedctStudioSession {
  MedctStudioWindow *window; /* which owns it */
  char *path;
  MedctSessionSaver *saver;
  guint64 n_saves;
  char *saved, *seen; /* what is on disk; what the last look found */
  gint64 saved_at;    /* µs */
  gboolean saving, complained;
  guint source;
  GPtrArray *recent; /* of MedctSessionRecent */
};

/* ---- looking ------------------------------------------------------------------------------- */

MedctSessionView
medct_studio_view_of(const MedctStudy *study)
{
  MedctSessionView view = {.window = study->window,
                           .slab = study->slab,
                           .zoom = study->zoom,
                           .annotations = study->annotations,
                           .map_shown = study->map_shown,
                           .against = study->against,
                           .raw = study->overlay.raw,
                           .opacity = study->overlay.opacity};
  memcpy(view.voxel, study->voxel, sizeof view.voxel);
  memcpy(view.pan, study->pan, sizeof view.pan);
  memcpy(view.camera_axes, study->camera.axes, sizeof view.camera_axes);
  memcpy(view.camera_focus, study->camera.focus, sizeof view.camera_focus);
  view.camera_zoom = study->camera_zoom;
  return view;
}

void
medct_studio_set_view(MedctStudy *study, const MedctSessionView *view)
{
  medct_study_set_voxel(study, view->voxel);
  medct_study_set_window(study, view->window);
  medct_study_set_slab(study, view->slab);
  medct_study_set_zoom(study, view->zoom);
  for (int n = 0; n < 3; n++)
    medct_study_set_pan(study, (MedctPlaneKind)n, view->pan[n][0], view->pan[n][1]);
  MedctRayCamera camera = {.mm_per_pixel = 1};
  memcpy(camera.axes, view->camera_axes, sizeof camera.axes);
  memcpy(camera.focus, view->camera_focus, sizeof camera.focus);
  medct_study_keep_camera(study, &camera, view->camera_zoom);
  medct_study_set_annotations(study, view->annotations);
  medct_study_show_map(study, view->map_shown);
  medct_study_set_map_looks(study, view->opacity, view->against, view->raw);
}

static void
add_record(MedctSession *session, const MedctStudioWindow *window, const MedctStudyRecord *record)
{
  MedctSessionStudy *study = medct_session_add(session);
  study->file = record->file;
  study->file.path = g_strdup(record->file.path);
  study->view = medct_studio_view_of(record->study);
  study->view.map_shown = medct_studio_map_wanted(window, record);
  if (record->asked >= 0)
    study->finding = g_strdup(medct_pathology_name((guint)record->asked));
  else if (record->asked == MEDCT_TYPED)
    study->typed = g_strdup(record->typed);
  study->against = g_strdup(record->against);
  const MedctMeasures *measures = record->study->measures;
  for (guint n = 0; n < MIN(medct_measures_n(measures), MEDCT_SESSION_MOST_MEASURES); n++)
    g_array_append_vals(study->measures, medct_measures_at(measures, n), 1);
}

static void
add_rows(MedctSession *session, const MedctStudioWindow *window)
{
  GtkListBoxRow *row;
  for (int n = 0; (row = gtk_list_box_get_row_at_index(GTK_LIST_BOX(window->studies), n)); n++) {
    MedctPendingStudy *pending = medct_studio_pending_of(row);
    const MedctSessionStudy *wanted = pending != NULL ? medct_studio_wanted(pending) : NULL;
    const MedctStudyRecord *record = g_object_get_data(G_OBJECT(row), "record");
    if (session->studies->len >= MEDCT_SESSION_MOST)
      return;
    if (record != NULL && record == window->current)
      session->current = (int)session->studies->len;
    if (record != NULL)
      add_record(session, window, record);
    else if (wanted != NULL) /* it has not come back yet: the next save must not lose it */
      g_ptr_array_add(session->studies, medct_session_study_copy(wanted));
  }
}

#define LAYOUT_BOTH "side-by-side"

static char *
layout_of(const MedctStudioWindow *window)
{
  if (medct_result_card_get_map_of(MEDCT_RESULT_CARD(window->card)) == MEDCT_MAP_OF_BOTH)
    return g_strdup(LAYOUT_BOTH);
  return g_strdup(medct_studio_layout(window));
}

static void
look_at_looks(MedctSession *session, const MedctStudioWindow *window)
{
  G_STATIC_ASSERT((int)MEDCT_ORDER_CHANGE == MEDCT_SESSION_LAST_ORDER);
  const MedctVolumeLook *volume =
      medct_volume_view_get_look(MEDCT_VOLUME_VIEW(window->volume_view));
  session->order = (int)medct_findings_view_get_wish(MEDCT_FINDINGS_VIEW(window->findings));
  session->volume_preset = volume->transfer;
  session->volume_glow = volume->glow;
  for (int n = 0; n < 3; n++)
    session->volume_cut |= volume->cut[n] ? 1 << n : 0;
}

static char *
look(MedctStudioWindow *window)
{
  g_autoptr(MedctSession) session = medct_session_new();
  const char *loaded = window->model != NULL ? window->model->path : NULL;
  session->model = g_strdup(window->model_path != NULL ? window->model_path : loaded);
  session->adapter = g_strdup(window->adapter != NULL ? window->adapter->adapter : NULL);
  g_free(session->layout);
  session->layout = layout_of(window);
  session->studies_pane = medct_studio_pane_wanted(window, window->flap);
  session->findings_pane = medct_studio_pane_wanted(window, window->findings_flap);
  session->window_mode =
      medct_viewport_get_mode(MEDCT_VIEWPORT(window->viewports[0])) == MEDCT_MOUSE_WINDOW;
  gtk_window_get_default_size(GTK_WINDOW(window), &session->width, &session->height);
  session->findings_width = window->findings_width;
  session->width = CLAMP(session->width, 0, 20000);
  session->height = CLAMP(session->height, 0, 20000);
  look_at_looks(session, window);
  add_rows(session, window);
  g_ptr_array_unref(session->recent);
  session->recent = g_ptr_array_ref(window->session->recent);
  return medct_session_print(session);
}

/* ---- saving -------------------------------------------------------------------------------- */

typedef struct {
  MedctSessionSaver *saver; /* referenced */
  char *text;
  guint64 number;
} Save;

static void
save_free(gpointer data)
{
  Save *save = data;
  medct_session_saver_unref(save->saver);
  g_free(save->text);
  g_free(save);
}

/* [worker] A sync may take longer than a frame. */
static void
save_work(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Save *save = data;
  GError *error = NULL;
  if (medct_session_saver_save(save->saver, save->text, save->number, &error))
    g_task_return_boolean(task, TRUE);
  else
    g_task_return_error(task, error);
}

static void
saved(GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(MedctStudioWindow) window = MEDCT_STUDIO_WINDOW(g_object_ref(source));
  MedctStudioSession *session = window->session;
  const Save *save = g_task_get_task_data(G_TASK(result));
  g_autoptr(GError) error = NULL;
  gboolean done = g_task_propagate_boolean(G_TASK(result), &error);
  if (session == NULL || window->toasts == NULL)
    return;
  session->saving = FALSE;
  session->saved_at = g_get_monotonic_time();
  if (done) {
    g_free(session->saved);
    session->saved = g_strdup(save->text);
    session->complained = FALSE;
  } else if (!session->complained) {
    session->complained = TRUE; /* once, not every second */
    medct_studio_refuse(window, _("The session is not being saved"), error->message);
  }
}

static void
save_now(MedctStudioSession *session, const char *text)
{
  Save *save = g_new0(Save, 1);
  save->text = g_strdup(text);
  save->saver = medct_session_saver_ref(session->saver);
  save->number = ++session->n_saves;
  session->saving = TRUE;
  g_autoptr(GTask) task = g_task_new(session->window, NULL, saved, NULL);
  g_task_set_task_data(task, save, save_free);
  medct_engine_hold_program(task);
  g_task_run_in_thread(task, save_work);
}

/* Saves what has come to rest since the last look, and what does not rest every few seconds. */
static gboolean
look_again(gpointer data)
{
  MedctStudioSession *session = data;
  g_autofree char *text = look(session->window);
  gboolean rests = g_strcmp0(text, session->seen) == 0;
  gboolean late =
      g_get_monotonic_time() - session->saved_at > LONGEST_UNSAVED_S * (gint64)G_USEC_PER_SEC;
  if (!session->saving && g_strcmp0(text, session->saved) != 0 && (rests || late))
    save_now(session, text);
  g_free(session->seen);
  session->seen = g_steal_pointer(&text);
  return G_SOURCE_CONTINUE;
}

/* ---- coming back --------------------------------------------------------------------------- */

static void
restore_layout(MedctStudioWindow *window, const MedctSession *session)
{
  if (session->width >= 640 && session->height >= 480)
    gtk_window_set_default_size(GTK_WINDOW(window), session->width, session->height);
  adw_flap_set_reveal_flap(ADW_FLAP(window->flap), session->studies_pane);
  adw_flap_set_reveal_flap(ADW_FLAP(window->findings_flap), session->findings_pane);
  medct_studio_set_findings_width(window, session->findings_width);
  gtk_toggle_button_set_active(GTK_TOGGLE_BUTTON(window->mouse_modes[MEDCT_MOUSE_WINDOW]),
                               session->window_mode);
  medct_studio_set_layout(window, session->layout);
  if (g_str_equal(session->layout, LAYOUT_BOTH)) /* as soon as the adapter is back */
    medct_result_card_set_map_of(MEDCT_RESULT_CARD(window->card), MEDCT_MAP_OF_BOTH);
}

static void
restore_looks(MedctStudioWindow *window, const MedctSession *session)
{
  MedctVolumeLook look = {.transfer = session->volume_preset, .glow = session->volume_glow};
  for (int n = 0; n < 3; n++)
    look.cut[n] = session->volume_cut >> n & 1;
  medct_volume_view_set_look(MEDCT_VOLUME_VIEW(window->volume_view), &look);
  medct_findings_view_set_order(MEDCT_FINDINGS_VIEW(window->findings),
                                (MedctFindingsOrder)session->order);
}

static void
restore_model(MedctStudioWindow *window, const MedctSession *session)
{
  if (!g_file_test(session->model, G_FILE_TEST_EXISTS)) {
    medct_studio_refuse(window, _("The model of the last session was not loaded"),
                        _("It is no longer where it was. Choose it in the box below the studies."));
    return;
  }
  if (window->wanted_adapter == NULL) /* none was named at the start */
    medct_studio_window_want_adapter(window, session->adapter);
  medct_studio_window_load_model(window, session->model);
}

void
medct_studio_window_begin_session(MedctStudioWindow *window, const char *model, gboolean studies)
{
  MedctStudioSession *session = g_new0(MedctStudioSession, 1);
  session->window = window;
  session->path = medct_session_path();
  session->saver = medct_session_saver_new(session->path);
  window->session = session;
  g_autoptr(GError) error = NULL;
  g_autoptr(MedctSession) last = medct_session_load(session->path, &error);
  if (last == NULL) {
    medct_session_set_aside(session->path);
    g_autofree char *text =
        g_strdup_printf(_("%s\nIt was set aside as session.json.damaged."), error->message);
    medct_studio_refuse(window, _("The last session could not be read"), text);
    last = medct_session_new();
  }
  session->recent = g_ptr_array_ref(last->recent);
  medct_studio_show_recent(window, session->recent);
  restore_layout(window, last);
  restore_looks(window, last);
  if (model != NULL)
    medct_studio_window_load_model(window, model);
  else if (last->model != NULL)
    restore_model(window, last);
  if (studies)
    medct_studio_restore_studies(window, last);
  session->saved_at = g_get_monotonic_time();
  session->source = g_timeout_add_seconds(LOOK_S, look_again, session);
}

void
medct_studio_end_session(MedctStudioWindow *window)
{
  MedctStudioSession *session = window->session;
  if (session == NULL)
    return;
  g_autofree char *text = look(window);
  g_autoptr(GError) error = NULL;
  g_clear_handle_id(&session->source, g_source_remove);
  /* A worker may be at an older one, which must not be the last. */
  gboolean wanted = session->saving || g_strcmp0(text, session->saved) != 0;
  if (wanted && !medct_session_saver_save(session->saver, text, ++session->n_saves, &error))
    g_warning("%s", error->message);
}

void
medct_studio_session_free(MedctStudioSession *session)
{
  g_ptr_array_unref(session->recent);
  medct_session_saver_unref(session->saver);
  g_free(session->path);
  g_free(session->saved);
  g_free(session->seen);
  g_free(session);
}

/* ---- recent studies ------------------------------------------------------------------------ */

void
medct_studio_remember(MedctStudioWindow *window, const MedctStudyRecord *record)
{
  if (window->session == NULL)
    return;
  medct_session_remember(window->session->recent, record->file.path, record->study->image.header,
                         g_get_real_time());
  medct_studio_show_recent(window, window->session->recent);
}

const char *
medct_studio_recent_path(const MedctStudioWindow *window, guint place)
{
  const GPtrArray *recent = window->session != NULL ? window->session->recent : NULL;
  return recent != NULL && place < recent->len
             ? ((const MedctSessionRecent *)recent->pdata[place])->path
             : NULL;
}

void
medct_studio_forget_recent(MedctStudioWindow *window)
{
  if (window->session == NULL)
    return;
  g_ptr_array_set_size(window->session->recent, 0);
  medct_studio_show_recent(window, window->session->recent);
}
