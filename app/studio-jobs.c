/* Jobs of the window: their progress, scoring, choosing and closing a study. */
#include "app/studio-private.h"
#include <glib/gi18n.h>

/* ---- progress ------------------------------------------------------------------------------ */

/* The one in the status bar. */
static MedctJob *
other_job(const MedctStudioWindow *window)
{
  if (window->open_job != NULL)
    return window->open_job;
  if (window->demo_job != NULL)
    return window->demo_job;
  return window->model_job != NULL ? window->model_job : window->adapter_job;
}

static void
show_other_job(MedctStudioWindow *window)
{
  MedctJob *job = other_job(window);
  gtk_widget_set_visible(window->job_box, job != NULL);
  if (job == NULL)
    return;
  g_autofree char *stage = NULL;
  double fraction = medct_job_read(job, &stage);
  g_autofree char *left = medct_job_time_left(job);
  gtk_label_set_text(GTK_LABEL(window->job_label), medct_job_title(job));
  gtk_progress_bar_set_fraction(GTK_PROGRESS_BAR(window->job_bar), fraction);
  gtk_label_set_text(GTK_LABEL(window->job_left), left);
}

static void
show_scoring(MedctStudioWindow *window)
{
  MedctResultCard *card = MEDCT_RESULT_CARD(window->card);
  gboolean running = window->score_job != NULL && !medct_job_is_cancelled(window->score_job);
  g_autofree char *stage = NULL;
  double fraction = running ? medct_job_read(window->score_job, &stage) : 0;
  if (running && window->scoring != NULL)
    gtk_progress_bar_set_fraction(GTK_PROGRESS_BAR(window->scoring->bar), fraction);
  if (!running || window->scoring != window->current) {
    medct_result_card_show_job(card, NULL, 0, NULL, NULL);
    return;
  }
  g_autofree char *left = medct_job_time_left(window->score_job);
  medct_result_card_show_job(card, medct_job_title(window->score_job), fraction, stage, left);
}

void
medct_studio_show_progress(MedctStudioWindow *window)
{
  show_other_job(window);
  show_scoring(window);
  medct_studio_show_opening(window);
}

/* The timer's; only it may forget its own id, else a second one is started beside it. */
static gboolean
show_progress_again(gpointer data)
{
  MedctStudioWindow *window = data;
  medct_studio_show_progress(window);
  if (other_job(window) != NULL || window->score_job != NULL)
    return G_SOURCE_CONTINUE;
  window->progress_source = 0;
  return G_SOURCE_REMOVE;
}

MedctJob *
medct_studio_start_job(MedctStudioWindow *window, const char *format, const char *name)
{
  g_autofree char *title = g_strdup_printf(format, name);
  if (window->progress_source == 0 && window->toasts != NULL)
    window->progress_source = g_timeout_add(80, show_progress_again, window);
  return medct_job_new(title);
}

gboolean
medct_studio_was_cancelled(const GError *error)
{
  return g_error_matches(error, MEDCT_ERROR, MEDCT_ERROR_CANCELLED) ||
         g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* ---- scores -------------------------------------------------------------------------------- */

/* Which model a record is to be encoded with next; NULL: nothing is left to do. */
static MedctLoadedModel *
wanted_model(const MedctStudioWindow *window, const MedctStudyRecord *record)
{
  if (record->scored == NULL)
    return window->model;
  return record->adapted == NULL ? window->adapter : NULL;
}

static void
take_scores(MedctStudioWindow *window, MedctStudyRecord *record, MedctScoredStudy *done,
            const GError *error)
{
  gboolean of_base = window->scoring_model == window->model;
  if (!of_base && window->scoring_model != window->adapter)
    return; /* another model was chosen meanwhile */
  if (done != NULL)
    *(of_base ? &record->scored : &record->adapted) = medct_scored_study_ref(done);
  if (error == NULL)
    return;
  record->skip_scoring = TRUE;
  if (medct_studio_was_cancelled(error))
    return;
  g_free(record->why_not);
  record->why_not = g_strdup_printf(_("No scores for this study: %s"), error->message);
  medct_studio_refuse(window, _("No scores for this study"), error->message);
}

static void
scored(GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(MedctStudioWindow) window = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(MedctScoredStudy) done = medct_engine_score_finish(result, &error);
  MedctStudyRecord *record = window->scoring; /* NULL: closed meanwhile */
  window->scoring = NULL;
  g_clear_pointer(&window->score_job, medct_job_unref);
  if (window->toasts == NULL)
    return;
  medct_studio_trim_cache(window);
  if (record != NULL) {
    take_scores(window, record, done, error);
    medct_studio_describe_row(window, record);
  }
  medct_studio_show_progress(window);
  if (record == window->current)
    medct_studio_show_scores(window);
  medct_studio_score_current(window);
}

void
medct_studio_score_current(MedctStudioWindow *window)
{
  MedctStudyRecord *record = window->current;
  if (window->score_job != NULL || record == NULL || record->skip_scoring)
    return;
  MedctLoadedModel *model = wanted_model(window, record);
  if (model == NULL)
    return;
  window->score_job = medct_studio_start_job(
      window, model->adapter != NULL ? _("Encoding %s with the adapter") : _("Encoding %s"),
      medct_study_name(record->study));
  g_clear_pointer(&record->why_not, g_free); /* it is tried again */
  window->scoring = record;
  window->scoring_model = model;
  medct_engine_score(model, record->study->volume, window->score_job, scored, g_object_ref(window));
  medct_studio_describe_row(window, record);
  medct_studio_show_progress(window);
}

void
medct_studio_cancel_scoring(MedctStudioWindow *window)
{
  if (window->score_job == NULL)
    return;
  medct_studio_time_paint(window, MEDCT_TIME_CANCEL, g_get_monotonic_time());
  medct_job_cancel(window->score_job);
  if (window->scoring != NULL)
    medct_studio_describe_row(window, window->scoring);
  show_scoring(window);
}

void
medct_studio_cancel_other(MedctStudioWindow *window)
{
  medct_studio_time_paint(window, MEDCT_TIME_CANCEL, g_get_monotonic_time());
  if (window->open_job != NULL)
    medct_job_cancel(window->open_job);
  else if (window->demo_job != NULL)
    g_clear_pointer(&window->demo_job, medct_job_unref); /* nobody waits for it any more */
  else
    medct_studio_cancel_loading(window);
  medct_studio_show_progress(window);
}

/* ---- studies ------------------------------------------------------------------------------- */

void
medct_studio_select(MedctStudioWindow *window, MedctStudyRecord *record)
{
  if (window->current == record)
    return;
  medct_studio_stop_asking(window);
  window->current = record;
  g_atomic_int_set(&window->preview_wanted, record == NULL);
  medct_studio_show_study(window);
  medct_studio_show_scores(window);
  medct_studio_score_current(window);
  show_scoring(window);
}

void
medct_studio_forget(MedctStudioWindow *window, MedctStudyRecord *record)
{
  if (window->scoring == record) {
    medct_studio_cancel_scoring(window);
    window->scoring = NULL;
  }
  guint place = 0;
  g_ptr_array_find(window->records, record, &place);
  gboolean was_current = window->current == record;
  gtk_list_box_remove(GTK_LIST_BOX(window->studies), record->row);
  g_ptr_array_steal_index(window->records, place);
  if (was_current)
    medct_studio_select(window, window->records->len == 0
                                    ? NULL
                                    : window->records->pdata[MIN(place, window->records->len - 1)]);
  medct_studio_record_free(record);
}

void
medct_studio_forget_scores(MedctStudyRecord *record, gboolean of_adapter_only)
{
  if (!of_adapter_only)
    g_clear_pointer(&record->scored, medct_scored_study_unref);
  g_clear_pointer(&record->adapted, medct_scored_study_unref);
  g_clear_pointer(&record->answers, g_ptr_array_unref);
  g_clear_pointer(&record->why_not, g_free);
  g_hash_table_remove_all(record->kept);
  record->skip_scoring = FALSE;
}

MedctStudyRecord *
medct_studio_record_new(MedctStudy *study)
{
  MedctStudyRecord *record = g_new0(MedctStudyRecord, 1);
  record->study = study;
  record->asked = MEDCT_NOTHING_ASKED;
  record->kept =
      g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_ptr_array_unref);
  return record;
}

void
medct_studio_record_free(gpointer data)
{
  MedctStudyRecord *record = data;
  medct_studio_forget_scores(record, FALSE);
  g_clear_pointer(&record->kept, g_hash_table_unref);
  g_clear_object(&record->study);
  g_free(record->typed);
  g_free(record->against);
  g_free(record->file.path);
  g_free(record);
}
