/* From intents to jobs and back: loading a model, scoring, asking. */
#include "app/studio-private.h"
#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

/* ---- progress ------------------------------------------------------------------------------ */

static void
show_other_job(MedctStudioWindow *window)
{
  MedctJob *job = window->open_job != NULL ? window->open_job : window->model_job;
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
  if (window->score_job == NULL || window->scoring != window->current ||
      medct_job_is_cancelled(window->score_job)) {
    medct_result_card_show_job(card, NULL, 0, NULL, NULL);
    return;
  }
  g_autofree char *stage = NULL;
  double fraction = medct_job_read(window->score_job, &stage);
  g_autofree char *left = medct_job_time_left(window->score_job);
  medct_result_card_show_job(card, medct_job_title(window->score_job), fraction, stage, left);
}

static gboolean
show_progress(gpointer data)
{
  MedctStudioWindow *window = data;
  show_other_job(window);
  show_scoring(window);
  medct_studio_show_opening(window);
  if (window->open_job != NULL || window->model_job != NULL || window->score_job != NULL)
    return G_SOURCE_CONTINUE;
  window->progress_source = 0;
  return G_SOURCE_REMOVE;
}

void
medct_studio_show_progress(MedctStudioWindow *window)
{
  show_progress(window);
}

MedctJob *
medct_studio_start_job(MedctStudioWindow *window, const char *format, const char *name)
{
  g_autofree char *title = g_strdup_printf(format, name);
  if (window->progress_source == 0)
    window->progress_source = g_timeout_add(80, show_progress, window);
  return medct_job_new(title);
}

gboolean
medct_studio_was_cancelled(const GError *error)
{
  return g_error_matches(error, MEDCT_ERROR, MEDCT_ERROR_CANCELLED) ||
         g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* ---- model --------------------------------------------------------------------------------- */

/* Scores belong to a model: with another one they are gone; the sentence is asked again. */
static void
take_model(MedctStudioWindow *window, MedctLoadedModel *model)
{
  g_clear_pointer(&window->model, medct_loaded_model_unref);
  window->model = model;
  medct_studio_cancel_scoring(window);
  window->asked_serial++;
  for (guint n = 0; n < window->records->len; n++) {
    MedctStudyRecord *record = window->records->pdata[n];
    g_clear_pointer(&record->scored, medct_scored_study_unref);
    record->skip_scoring = FALSE;
    medct_study_set_map(record->study, NULL, NULL, NULL);
    medct_studio_describe_row(window, record);
  }
}

static void
model_loaded(GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(MedctStudioWindow) window = data;
  g_autoptr(GError) error = NULL;
  MedctLoadedModel *model = medct_engine_load_model_finish(result, &error);
  g_clear_pointer(&window->model_job, medct_job_unref);
  g_clear_pointer(&window->model_path, g_free);
  if (window->toasts == NULL) {
    g_clear_pointer(&model, medct_loaded_model_unref);
    return;
  }
  if (model != NULL)
    take_model(window, model);
  else if (!medct_studio_was_cancelled(error))
    medct_studio_refuse(window, _("The model was not loaded"), error->message);
  medct_studio_show_model(window);
  medct_studio_show_scores(window);
  medct_studio_score_current(window);
  show_progress(window);
}

void
medct_studio_window_load_model(MedctStudioWindow *window, const char *path)
{
  if (window->model_job != NULL) {
    medct_studio_toast(window, _("A model is being loaded already"));
    return;
  }
  g_autofree char *name = g_path_get_basename(path);
  g_free(window->model_path);
  window->model_path = g_strdup(path);
  window->model_job = medct_studio_start_job(window, _("Loading model %s"), name);
  medct_engine_load_model(window->host, path, window->model_job, model_loaded,
                          g_object_ref(window));
  medct_studio_show_model(window);
}

/* ---- scores -------------------------------------------------------------------------------- */

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
  gboolean current_model = window->scoring_model == window->model;
  if (record != NULL && current_model && done != NULL)
    record->scored = g_steal_pointer(&done);
  if (record != NULL && current_model && error != NULL) {
    record->skip_scoring = TRUE;
    if (!medct_studio_was_cancelled(error))
      medct_studio_refuse(window, _("No scores for this study"), error->message);
  }
  if (record != NULL)
    medct_studio_describe_row(window, record);
  show_progress(window);
  if (record == window->current)
    medct_studio_show_scores(window);
  medct_studio_score_current(window);
}

void
medct_studio_score_current(MedctStudioWindow *window)
{
  MedctStudyRecord *record = window->current;
  if (window->score_job != NULL || window->model == NULL || record == NULL ||
      record->scored != NULL || record->skip_scoring)
    return;
  window->score_job =
      medct_studio_start_job(window, _("Encoding %s"), medct_study_name(record->study));
  window->scoring = record;
  window->scoring_model = window->model;
  medct_engine_score(window->model, record->study->volume, window->score_job, scored,
                     g_object_ref(window));
  show_progress(window);
}

void
medct_studio_cancel_scoring(MedctStudioWindow *window)
{
  if (window->score_job == NULL)
    return;
  medct_job_cancel(window->score_job);
  show_scoring(window);
}

void
medct_studio_cancel_other(MedctStudioWindow *window)
{
  if (window->open_job != NULL)
    medct_job_cancel(window->open_job);
  else if (window->model_job != NULL)
    medct_job_cancel(window->model_job);
}

/* ---- asking -------------------------------------------------------------------------------- */

typedef struct {
  MedctStudioWindow *window; /* referenced */
  guint serial;
} Question;

static void ask_now(MedctStudioWindow *window);

static void
show_answer(MedctStudioWindow *window, MedctAnswer *answer)
{
  MedctStudyRecord *record = window->current;
  const medct_encoding_info *info = medct_study_encoding_info(record->scored->encoding);
  const int size[3] = {(int)info->grid[0], (int)info->grid[1], (int)info->grid[2]};
  MedctResult shown = {
      .prompt = answer->pair->prompt,
      .against = answer->pair->against,
      .probability = answer->probability,
      .cosine_for = answer->cosine_for,
      .cosine_against = answer->cosine_against,
      .share_for = answer->share_for,
      .share_against = answer->share_against,
      .threshold = answer->finding >= 0 ? window->model->thresholds[answer->finding] : NAN,
  };
  medct_study_set_map(record->study, g_steal_pointer(&answer->share), size, info->grid_to_ras);
  if (record->jump)
    medct_study_go_to_peak(record->study);
  record->jump = FALSE;
  medct_result_card_show_result(MEDCT_RESULT_CARD(window->card), &shown);
}

static void
answered(GObject *source, GAsyncResult *result, gpointer data)
{
  g_autofree Question *question = data;
  g_autoptr(MedctStudioWindow) window = question->window;
  g_autoptr(GError) error = NULL;
  g_autoptr(MedctAnswer) answer = medct_engine_ask_finish(result, &error);
  window->asking = FALSE;
  if (window->toasts == NULL)
    return;
  if (question->serial != window->asked_serial) {
    ask_now(window);
    return;
  }
  if (answer != NULL && window->current != NULL && window->current->scored != NULL)
    show_answer(window, answer);
  else if (error != NULL && window->current != NULL) {
    medct_study_set_map(window->current->study, NULL, NULL, NULL);
    medct_result_card_clear(MEDCT_RESULT_CARD(window->card));
    medct_studio_refuse(window, _("The sentence could not be scored"), error->message);
  }
}

/* One question at a time; what was wished meanwhile is asked when it ends. */
static void
ask_now(MedctStudioWindow *window)
{
  MedctStudyRecord *record = window->current;
  if (window->asking || record == NULL || record->scored == NULL ||
      record->asked == MEDCT_NOTHING_ASKED)
    return;
  Question *question = g_new(Question, 1);
  *question = (Question){g_object_ref(window), window->asked_serial};
  window->asking = TRUE;
  medct_engine_ask(record->scored, record->asked, record->typed, answered, question);
}

void
medct_studio_ask(MedctStudioWindow *window, int finding, const char *typed)
{
  MedctStudyRecord *record = window->current;
  window->asked_serial++;
  if (record == NULL)
    return;
  record->asked = finding;
  g_free(record->typed);
  record->typed = g_strdup(typed);
  if (finding == MEDCT_NOTHING_ASKED) {
    medct_study_set_map(record->study, NULL, NULL, NULL);
    if (window->score_job == NULL || window->scoring != record)
      medct_result_card_clear(MEDCT_RESULT_CARD(window->card));
    return;
  }
  medct_result_card_show_waiting(MEDCT_RESULT_CARD(window->card));
  ask_now(window);
}

/* ---- studies ------------------------------------------------------------------------------- */

void
medct_studio_select(MedctStudioWindow *window, MedctStudyRecord *record)
{
  if (window->current == record)
    return;
  window->asked_serial++;
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
  g_clear_object(&record->study);
  g_clear_pointer(&record->scored, medct_scored_study_unref);
  g_free(record->typed);
  g_free(record->file.path);
  g_free(record);
}
