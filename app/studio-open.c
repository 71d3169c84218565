/* Opening studies: one after the other, each with a row from the moment it is asked for; the first
 * slices before the rest is there; what is refused stays as a row that says why. */
#include "app/studio-private.h"
#include "app/volume-folder.h"
#include <glib/gi18n.h>
#include <string.h>

/* More of a folder than this is not opened at once: each study keeps its voxels in memory. */
enum { MOST_OF_A_FOLDER = 20 };

struct _MedctPendingStudy {
  MedctStudioWindow *window; /* which owns it */
  MedctSessionFile file;
  MedctSessionStudy *wanted; /* of the last session; NULL: opened by hand */
  gboolean first;            /* it was being read: it comes before its neighbours */
  gboolean quiet;            /* others were on their way: it takes its row, not the pictures */
  char *name;
  gboolean refused;
  GtkWidget *row, *picture, *subtitle, *bar;
  int slices_ready, slices; /* atomic: told by the worker */
};

void
medct_studio_pending_free(gpointer data)
{
  MedctPendingStudy *pending = data;
  g_free(pending->file.path);
  if (pending->wanted != NULL)
    medct_session_study_free(pending->wanted);
  g_free(pending->name);
  g_free(pending);
}

/* ---- rows ---------------------------------------------------------------------------------- */

MedctPendingStudy *
medct_studio_pending_of(GtkListBoxRow *row)
{
  return g_object_get_data(G_OBJECT(row), "pending");
}

static void
show_hint(MedctStudioWindow *window)
{
  gtk_widget_set_visible(window->studies_hint, window->records->len + window->pending->len == 0);
}

/* Takes the row away; its place in the list of studies. */
static int
remove_pending(MedctStudioWindow *window, MedctPendingStudy *pending)
{
  int place = gtk_list_box_row_get_index(GTK_LIST_BOX_ROW(pending->row));
  gtk_list_box_remove(GTK_LIST_BOX(window->studies), pending->row);
  g_ptr_array_remove(window->pending, pending);
  show_hint(window);
  return place;
}

static void
remove_clicked(GtkButton *button, MedctPendingStudy *pending)
{
  MedctStudioWindow *window = pending->window;
  if (pending == window->opening)
    medct_studio_cancel_other(window); /* the row goes when the worker has stopped */
  else
    remove_pending(window, pending);
}

static GtkWidget *
remove_button(MedctPendingStudy *pending)
{
  GtkWidget *button = gtk_button_new_from_icon_name("window-close-symbolic");
  gtk_widget_add_css_class(button, "flat");
  gtk_widget_set_valign(button, GTK_ALIGN_CENTER);
  gtk_widget_set_tooltip_text(button, _("Take it off the list"));
  gtk_accessible_update_property(GTK_ACCESSIBLE(button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                 _("Take it off the list"), -1);
  g_signal_connect(button, "clicked", G_CALLBACK(remove_clicked), pending);
  return button;
}

static GtkWidget *
build_lines(MedctPendingStudy *pending)
{
  GtkWidget *lines = gtk_box_new(GTK_ORIENTATION_VERTICAL, 2);
  pending->subtitle = medct_studio_left_label(_("waiting"), "caption");
  gtk_widget_add_css_class(pending->subtitle, "dim-label");
  gtk_label_set_ellipsize(GTK_LABEL(pending->subtitle), PANGO_ELLIPSIZE_END);
  pending->bar = gtk_progress_bar_new();
  gtk_widget_set_visible(pending->bar, FALSE);
  gtk_accessible_update_property(GTK_ACCESSIBLE(pending->bar), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                 _("Progress"), -1);
  gtk_widget_set_valign(lines, GTK_ALIGN_CENTER);
  gtk_widget_set_hexpand(lines, TRUE);
  gtk_box_append(GTK_BOX(lines), medct_studio_left_label(pending->name, "pane-title"));
  gtk_box_append(GTK_BOX(lines), pending->subtitle);
  gtk_box_append(GTK_BOX(lines), pending->bar);
  return lines;
}

static gboolean
is_opening(const MedctStudioWindow *window)
{
  gboolean waits = window->open_job != NULL;
  for (guint n = 0; n < window->pending->len; n++)
    waits = waits || !((const MedctPendingStudy *)window->pending->pdata[n])->refused;
  return waits;
}

static MedctPendingStudy *
add_pending(MedctStudioWindow *window, const char *path)
{
  MedctPendingStudy *pending = g_new0(MedctPendingStudy, 1);
  g_autofree char *name = g_path_get_basename(path);
  pending->window = window;
  pending->quiet = is_opening(window);
  pending->file.path = g_strdup(path);
  pending->name = g_utf8_make_valid(name, -1);
  GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 10);
  gtk_widget_add_css_class(box, "study-row");
  pending->picture = gtk_image_new();
  gtk_widget_add_css_class(pending->picture, "no-thumbnail");
  gtk_widget_set_size_request(pending->picture, 44, 44);
  gtk_widget_set_valign(pending->picture, GTK_ALIGN_CENTER);
  gtk_box_append(GTK_BOX(box), pending->picture);
  gtk_box_append(GTK_BOX(box), build_lines(pending));
  gtk_box_append(GTK_BOX(box), remove_button(pending));
  pending->row = gtk_list_box_row_new();
  gtk_list_box_row_set_child(GTK_LIST_BOX_ROW(pending->row), box);
  gtk_list_box_row_set_selectable(GTK_LIST_BOX_ROW(pending->row), FALSE);
  gtk_accessible_update_property(GTK_ACCESSIBLE(pending->row), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                 pending->name, -1);
  g_object_set_data(G_OBJECT(pending->row), "pending", pending);
  gtk_list_box_append(GTK_LIST_BOX(window->studies), pending->row);
  g_ptr_array_add(window->pending, pending);
  show_hint(window);
  return pending;
}

void
medct_studio_show_opening(MedctStudioWindow *window)
{
  MedctPendingStudy *pending = window->opening;
  if (pending == NULL || window->open_job == NULL)
    return;
  int ready = g_atomic_int_get(&pending->slices_ready), all = g_atomic_int_get(&pending->slices);
  gtk_widget_set_visible(pending->bar, TRUE);
  g_autofree char *text =
      all > 0 ? g_strdup_printf(_("loading slice %d of %d"), ready, all) : g_strdup(_("loading"));
  gtk_label_set_text(GTK_LABEL(pending->subtitle), text);
  gtk_progress_bar_set_fraction(GTK_PROGRESS_BAR(pending->bar), all > 0 ? (double)ready / all : 0);
}

static void
mark_refused(MedctPendingStudy *pending, const char *reason)
{
  g_autofree char *text = g_strdup_printf(_("not opened: %s"), reason);
  pending->refused = TRUE;
  gtk_image_set_from_icon_name(GTK_IMAGE(pending->picture), "action-unavailable-symbolic");
  gtk_widget_add_css_class(pending->picture, "error-mark");
  gtk_label_set_text(GTK_LABEL(pending->subtitle), text);
  gtk_label_set_wrap(GTK_LABEL(pending->subtitle), TRUE);
  gtk_label_set_lines(GTK_LABEL(pending->subtitle), 2); /* the rest is in the tooltip */
  gtk_widget_remove_css_class(pending->subtitle, "dim-label");
  gtk_widget_add_css_class(pending->subtitle, "error-mark");
  gtk_widget_set_visible(pending->bar, FALSE);
  g_autofree char *tip = g_strdup_printf(_("%s\nClick to try again."), reason);
  gtk_widget_set_tooltip_text(pending->row, tip);
}

static void
mark_waiting(MedctPendingStudy *pending)
{
  pending->refused = FALSE;
  pending->slices_ready = pending->slices = 0;
  gtk_image_clear(GTK_IMAGE(pending->picture));
  gtk_widget_remove_css_class(pending->picture, "error-mark");
  gtk_widget_remove_css_class(pending->subtitle, "error-mark");
  gtk_widget_add_css_class(pending->subtitle, "dim-label");
  gtk_label_set_text(GTK_LABEL(pending->subtitle), _("waiting"));
  gtk_widget_set_tooltip_text(pending->row, NULL);
}

/* ---- first slices -------------------------------------------------------------------------- */

/* One loading study's first slices on their way to the screen. */
typedef struct {
  gatomicrefcount count;
  MedctStudioWindow *window;  /* referenced */
  MedctPendingStudy *pending; /* lives until the job has ended */
  MedctJob *job;              /* referenced */
  gint64 last;                /* µs; of the worker */
} Preview;

typedef struct {
  Preview *preview;
  MedctSlice slice;
  MedctPlane plane;
  int64_t index;
} PreviewSlice;

static void
preview_unref(Preview *preview)
{
  if (!g_atomic_ref_count_dec(&preview->count))
    return;
  g_object_unref(preview->window);
  medct_job_unref(preview->job);
  g_free(preview);
}

static gboolean
show_preview(gpointer data)
{
  PreviewSlice *ready = data;
  MedctStudioWindow *window = ready->preview->window;
  if (window->current == NULL && window->open_job == ready->preview->job) {
    gtk_stack_set_visible_child_name(GTK_STACK(window->pages), "pictures");
    medct_viewport_show_preview(MEDCT_VIEWPORT(window->viewports[ready->plane.kind]), &ready->slice,
                                &ready->plane, ready->index);
    medct_studio_tell_slice(window);
  }
  return G_SOURCE_REMOVE;
}

static void
preview_slice_free(gpointer data)
{
  PreviewSlice *ready = data;
  medct_slice_clear(&ready->slice);
  preview_unref(ready->preview);
  g_free(ready);
}

/* The plane that is stored slice by slice: it can be shown before the rest is there. */
static gboolean
stacked_plane(const MedctVolumeHeader *header, const MedctImage *image, MedctPlane *plane)
{
  for (int kind = 0; kind < 3; kind++)
    if (medct_plane_init(plane, header, image->axes, (MedctPlaneKind)kind) && plane->axis[2] == 2)
      return TRUE;
  return FALSE;
}

static void
keep_voxels(gpointer voxels)
{
}

/* [worker] Takes a copy of the newest slice, at most ten a second. */
static void
slab_ready(const MedctVolumeHeader *header, const void *voxels, int64_t slices_ready, void *data)
{
  Preview *preview = data;
  gint64 now = g_get_monotonic_time();
  g_atomic_int_set(&preview->pending->slices, (int)MIN(header->dims[2], G_MAXINT));
  g_atomic_int_set(&preview->pending->slices_ready, (int)MIN(slices_ready, G_MAXINT));
  if (!g_atomic_int_get(&preview->window->preview_wanted) || slices_ready < 1 ||
      now - preview->last < G_USEC_PER_SEC / 10)
    return;
  g_autoptr(MedctVolume) borrowed = medct_volume_new(header, (void *)voxels, keep_voxels, NULL);
  if (borrowed == NULL)
    return;
  preview->last = now;
  MedctImage image = {header, medct_volume_axes(borrowed), voxels};
  PreviewSlice *ready = g_new0(PreviewSlice, 1);
  ready->preview = preview;
  g_atomic_ref_count_inc(&preview->count);
  if (!stacked_plane(header, &image, &ready->plane)) {
    preview_slice_free(ready);
    return;
  }
  int64_t k = slices_ready - 1;
  ready->index = ready->plane.reversed[2] ? ready->plane.count[2] - 1 - k : k;
  medct_slice_take(&ready->slice, &image, &ready->plane, ready->index, (MedctSlab){0});
  g_main_context_invoke_full(NULL, G_PRIORITY_DEFAULT, show_preview, ready, preview_slice_free);
}

/* ---- open ---------------------------------------------------------------------------------- */

static int
finding_named(const char *name)
{
  for (int n = 0; name != NULL && n < MEDCT_N_PATHOLOGIES; n++)
    if (g_str_equal(name, medct_pathology_name((guint)n)))
      return n;
  return -1;
}

/* As the last session left it. */
static void
take_up(MedctStudyRecord *record, const MedctSessionStudy *wanted)
{
  medct_studio_set_view(record->study, &wanted->view);
  int finding = finding_named(wanted->finding);
  if (finding >= 0)
    record->asked = finding;
  else if (wanted->typed != NULL)
    record->asked = MEDCT_TYPED;
  record->typed = g_strdup(wanted->typed);
  record->against = g_strdup(wanted->against);
  for (guint n = 0; n < wanted->measures->len; n++)
    medct_study_put_measure(record->study, &g_array_index(wanted->measures, MedctMeasure, n));
}

static void
add_study(MedctStudioWindow *window, MedctStudy *study, MedctPendingStudy *pending)
{
  MedctStudyRecord *record = medct_studio_record_new(study);
  record->file = pending->file;
  pending->file.path = NULL;
  g_strlcpy(record->file.sha256, study->image.header->sha256, sizeof record->file.sha256);
  gboolean by_hand = pending->wanted == NULL && !pending->quiet;
  gboolean select = by_hand || pending->first || window->current == NULL;
  medct_studio_prepare_study(window, study);
  if (pending->wanted != NULL)
    take_up(record, pending->wanted);
  else
    medct_studio_remember(window, record);
  g_ptr_array_add(window->records, record);
  medct_studio_add_row(window, record, remove_pending(window, pending));
  if (by_hand) /* the patch was another study's */
    medct_findings_view_leave_patch(MEDCT_FINDINGS_VIEW(window->findings));
  if (select)
    medct_studio_select(window, record);
  medct_studio_tell_slice(window);
}

/* One banner for all that did not come back. */
static void
tell_not_restored(MedctStudioWindow *window, const MedctPendingStudy *pending, const char *reason)
{
  window->n_not_restored++;
  g_string_append_printf(window->not_restored, "%s%s: %s",
                         window->not_restored->len > 0 ? "\n" : "", pending->name, reason);
  g_autofree char *title = g_strdup_printf(
      ngettext("%u study of the last session was not restored",
               "%u studies of the last session were not restored", window->n_not_restored),
      window->n_not_restored);
  medct_studio_refuse(window, title, window->not_restored->str);
}

static void
refuse_study(MedctStudioWindow *window, MedctPendingStudy *pending, const GError *error)
{
  if (medct_studio_was_cancelled(error)) {
    medct_studio_toast(window, _("Opening was stopped"));
    remove_pending(window, pending);
    return;
  }
  g_autofree char *title = g_strdup_printf(_("%s was not opened"), pending->name);
  g_autofree char *said_first = g_strconcat(pending->name, ": ", NULL);
  g_autofree char *message = g_utf8_make_valid(error->message, -1);
  const char *reason =
      g_str_has_prefix(message, said_first) ? message + strlen(said_first) : message;
  mark_refused(pending, reason);
  if (pending->wanted != NULL)
    tell_not_restored(window, pending, reason);
  else {
    medct_studio_refuse(window, title, reason);
    gtk_widget_set_visible(window->info_button, TRUE);
  }
}

/* What the last session knows of the file, against the file as it is; `sha256` NULL: before it is
 * read. */
static gboolean
check_wanted(const MedctPendingStudy *pending, const char *sha256, GError **error)
{
  const MedctSessionFile *then = pending->wanted != NULL ? &pending->wanted->file : NULL;
  if (then == NULL || (sha256 != NULL && then->sha256[0] == '\0'))
    return TRUE;
  MedctFileState state = sha256 == NULL                      ? medct_session_file_state(then)
                         : g_str_equal(sha256, then->sha256) ? MEDCT_FILE_SAME
                                                             : MEDCT_FILE_CHANGED;
  if (state == MEDCT_FILE_SAME || state == MEDCT_FILE_TOUCHED)
    return TRUE;
  g_set_error(error, MEDCT_ERROR, MEDCT_ERROR_MISMATCH,
              state == MEDCT_FILE_GONE
                  ? _("the file is no longer where it was in the last session")
                  : _("the file has changed since the last session; click its row to open it as "
                      "it is now"));
  return FALSE;
}

static void open_next(MedctStudioWindow *window);

static void
opened(GObject *source, GAsyncResult *result, gpointer data)
{
  Preview *preview = data;
  MedctStudioWindow *window = preview->window;
  g_autoptr(GError) error = NULL;
  g_autoptr(MedctVolume) volume = medct_engine_open_finish(result, &error);
  MedctPendingStudy *pending = g_steal_pointer(&window->opening);
  if (volume != NULL && !check_wanted(pending, medct_volume_get_header(volume)->sha256, &error))
    g_clear_pointer(&volume, medct_volume_unref);
  MedctStudy *study = volume != NULL ? medct_study_new(volume, &error) : NULL;
  g_clear_pointer(&window->open_job, medct_job_unref);
  if (window->toasts != NULL) { /* the window is still there */
    if (study != NULL)
      add_study(window, study, pending);
    else {
      refuse_study(window, pending, error);
      medct_studio_show_study(window);
    }
    medct_studio_show_progress(window);
    open_next(window);
  } else {
    g_clear_object(&study);
  }
  preview_unref(preview);
}

/* The next to be opened; those of the last session that cannot be are refused on the way. */
static MedctPendingStudy *
choose_next(MedctStudioWindow *window)
{
  MedctPendingStudy *next = NULL;
  for (guint n = 0; n < window->pending->len; n++) {
    MedctPendingStudy *pending = window->pending->pdata[n];
    g_autoptr(GError) error = NULL;
    if (pending->refused)
      continue;
    if (!check_wanted(pending, NULL, &error))
      refuse_study(window, pending, error);
    else if (next == NULL || pending->first)
      next = pending;
  }
  return next;
}

static void
open_next(MedctStudioWindow *window)
{
  MedctPendingStudy *pending = window->open_job == NULL ? choose_next(window) : NULL;
  if (pending == NULL)
    return;
  medct_session_file_look(&pending->file);
  window->opening = pending;
  window->open_job = medct_studio_start_job(window, _("Opening %s"), pending->name);
  g_atomic_int_set(&window->preview_wanted, window->current == NULL);
  Preview *preview = g_new0(Preview, 1);
  g_atomic_ref_count_init(&preview->count);
  preview->window = g_object_ref(window);
  preview->pending = pending;
  preview->job = medct_job_ref(window->open_job);
  medct_engine_open(window->host, pending->file.path, window->open_job,
                    (MedctSlabListener){slab_ready, preview}, opened, preview);
}

void
medct_studio_try_again(MedctStudioWindow *window, MedctPendingStudy *pending)
{
  if (!pending->refused)
    return;
  gtk_widget_set_visible(window->info_bar, FALSE);
  g_clear_pointer(&pending->wanted, medct_session_study_free); /* now it is opened by hand */
  mark_waiting(pending);
  pending->quiet = FALSE;
  open_next(window);
}

static void
add_folder(MedctStudioWindow *window, const char *folder)
{
  g_autoptr(GError) error = NULL;
  g_auto(GStrv) paths = medct_volume_folder_list(folder, &error);
  if (paths == NULL) {
    refuse_study(window, add_pending(window, folder), error);
    return;
  }
  guint n = g_strv_length(paths);
  for (guint i = 0; i < MIN(n, MOST_OF_A_FOLDER); i++)
    add_pending(window, paths[i]);
  if (n > MOST_OF_A_FOLDER) {
    g_autofree char *text = g_strdup_printf(
        _("The first %d of %u studies of the folder are opened"), MOST_OF_A_FOLDER, n);
    medct_studio_toast(window, text);
  }
}

void
medct_studio_window_open(MedctStudioWindow *window, const char *path)
{
  if (window->open_job == NULL)
    gtk_widget_set_visible(window->info_bar, FALSE);
  if (g_file_test(path, G_FILE_TEST_IS_DIR))
    add_folder(window, path);
  else
    add_pending(window, path);
  open_next(window);
}

/* ---- the last session ---------------------------------------------------------------------- */

const MedctSessionStudy *
medct_studio_wanted(const MedctPendingStudy *pending)
{
  return pending->wanted;
}

void
medct_studio_restore_studies(MedctStudioWindow *window, MedctSession *session)
{
  for (guint n = 0; n < session->studies->len; n++) {
    MedctSessionStudy *wanted = session->studies->pdata[n];
    MedctPendingStudy *pending = add_pending(window, wanted->file.path);
    pending->first = (int)n == session->current;
    pending->wanted = medct_session_study_copy(wanted);
  }
  open_next(window);
}
