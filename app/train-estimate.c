#include "app/train-estimate.h"

#include "app/engine.h"
#include "model/cohort.h"
#include <glib/gi18n.h>

typedef struct {
  MedctHost *host;
  char *cohort, *model;
  MedctTrainWish wish;
  guint threads; /* 0: nothing is timed */
  MedctJob *job;
} Question;

static void
question_free(gpointer data)
{
  Question *question = data;
  medct_host_unref(question->host);
  g_free(question->cohort);
  g_free(question->model);
  medct_job_unref(question->job);
  g_free(question);
}

void
medct_train_estimate_free(MedctTrainEstimate *estimate)
{
  for (gsize n = 0; n < G_N_ELEMENTS(estimate->refused); n++)
    g_free(estimate->refused[n]);
  g_free(estimate);
}

static void
estimate_preset(MedctTrainEstimate *estimate, guint32 preset, MedctTrainer *trainer,
                MedctTrainCohort *cohort, const Question *q)
{
  g_autoptr(GError) error = NULL;
  medct_train_options *options = &estimate->options[preset - 1];
  if (medct_trainer_defaults(trainer, preset, options, &error)) {
    medct_train_wish_apply(&q->wish, options);
    options->flags |= q->threads > 0 ? MEDCT_TRAIN_MEASURE : 0;
    options->threads = q->threads;
    medct_trainer_plan(trainer, cohort, options, &estimate->plans[preset - 1],
                       medct_job_monitor(q->job), &error);
  }
  if (error != NULL)
    estimate->refused[preset - 1] = g_strdup(error->message);
}

static MedctTrainEstimate *
estimate_all(const Question *q, GError **error)
{
  const MedctMonitor *monitor = medct_job_monitor(q->job);
  g_autoptr(MedctCohort) cohort = medct_cohort_load(q->cohort, error);
  if (cohort == NULL)
    return NULL;
  g_autoptr(MedctTrainer) trainer = medct_host_load_trainer(q->host, q->model, monitor, error);
  if (trainer == NULL)
    return NULL;
  g_autoptr(MedctTrainCohort) set = medct_train_cohort_new(q->host, cohort, monitor, error);
  if (set == NULL)
    return NULL;
  MedctTrainEstimate *estimate = g_new0(MedctTrainEstimate, 1);
  medct_train_cohort_count(set, &estimate->training, &estimate->validation);
  for (guint32 preset = MEDCT_TRAIN_PRESET_QUICK; preset <= MEDCT_TRAIN_PRESET_FULL; preset++)
    estimate_preset(estimate, preset, trainer, set, q);
  estimate->measured = q->threads > 0;
  return estimate;
}

static void
run(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GError *error = NULL;
  const Question *q = data;
  MedctTrainEstimate *estimate = estimate_all(q, &error);
  if (estimate != NULL && medct_monitor_cancelled(medct_job_monitor(q->job))) {
    g_clear_pointer(&estimate, medct_train_estimate_free); /* presets were left out */
    g_set_error_literal(&error, MEDCT_ERROR, MEDCT_ERROR_CANCELLED, _("cancelled"));
  }
  if (estimate != NULL)
    g_task_return_pointer(task, estimate, (GDestroyNotify)medct_train_estimate_free);
  else
    g_task_return_error(task, error);
}

void
medct_train_estimate(MedctHost *host, const char *cohort, const char *model,
                     const MedctTrainWish *wish, guint threads, MedctJob *job,
                     GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr(GTask) task = g_task_new(NULL, NULL, callback, user_data);
  Question *question = g_new0(Question, 1);
  *question = (Question){medct_host_ref(host), g_strdup(cohort), g_strdup(model), *wish, threads,
                         medct_job_ref(job)};
  g_task_set_task_data(task, question, question_free);
  medct_engine_hold_program(task);
  g_task_run_in_thread(task, run);
}

MedctTrainEstimate *
medct_train_estimate_finish(GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer(G_TASK(result), error);
}
