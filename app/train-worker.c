#include "app/train-worker.h"

#include "model/cohort.h"
#include <sys/resource.h>

struct _MedctTrainWorker {
  GThread *thread;
  MedctHost *host;
  char *folder, *cohort_path, *model;
  MedctTrainWish wish;
  MedctJob *job;
  MedctTrainControl *control;
  GAsyncQueue *events;
  GPtrArray *classes; /* NULL-ended; filled before MEDCT_WORKER_PLANNED is said */
};

void
medct_train_event_free(MedctTrainEvent *event)
{
  g_free((double *)event->record.class_auroc);
  g_free((char *)event->record.message);
  g_clear_error(&event->error);
  g_free(event);
}

/* ---- on the thread ------------------------------------------------------------------------- */

static void
tell_record(const medct_train_record *record, void *user_data)
{
  MedctTrainWorker *worker = user_data;
  MedctTrainEvent *event = g_new0(MedctTrainEvent, 1);
  event->said = MEDCT_WORKER_RECORD;
  event->record = *record;
  event->record.class_auroc =
      record->class_auroc != NULL
          ? g_memdup2(record->class_auroc, record->n_classes * sizeof(double))
          : NULL;
  event->record.message = g_strdup(record->message);
  g_async_queue_push(worker->events, event);
}

static gboolean
plan(MedctTrainWorker *worker, MedctTrainer *trainer, MedctTrainCohort *cohort,
     medct_train_options *options, GError **error)
{
  MedctTrainEvent *event = g_new0(MedctTrainEvent, 1);
  event->said = MEDCT_WORKER_PLANNED;
  if (!medct_trainer_defaults(trainer, worker->wish.preset, options, error)) {
    medct_train_event_free(event);
    return FALSE;
  }
  medct_train_wish_apply(&worker->wish, options);
  options->flags |= MEDCT_TRAIN_RESUME; /* a new folder holds nothing to go on from */
  event->options = *options;
  if (!medct_trainer_plan(trainer, cohort, options, &event->plan, NULL, error)) {
    medct_train_event_free(event);
    return FALSE;
  }
  g_async_queue_push(worker->events, event);
  return TRUE;
}

static gboolean
train(MedctTrainWorker *worker, GError **error)
{
  const MedctMonitor *monitor = medct_job_monitor(worker->job);
  medct_train_options options;
  g_autoptr(MedctCohort) cohort = medct_cohort_load(worker->cohort_path, error);
  if (cohort == NULL)
    return FALSE;
  for (guint c = 0; c < medct_cohort_n_classes(cohort); c++)
    g_ptr_array_add(worker->classes, g_strdup(medct_cohort_class(cohort, c)));
  g_ptr_array_add(worker->classes, NULL);
  g_autoptr(MedctTrainer) trainer =
      medct_host_load_trainer(worker->host, worker->model, monitor, error);
  if (trainer == NULL)
    return FALSE;
  g_autoptr(MedctTrainCohort) set = medct_train_cohort_new(worker->host, cohort, monitor, error);
  if (set == NULL || !plan(worker, trainer, set, &options, error))
    return FALSE;
  return medct_trainer_run(trainer, set, &options, worker->folder, worker->control, monitor, error);
}

static gpointer
run(gpointer data)
{
  MedctTrainWorker *worker = data;
  MedctTrainEvent *end = g_new0(MedctTrainEvent, 1);
  /* A guest: behind the window and behind encoding. The pool's workers inherit it. */
  setpriority(PRIO_PROCESS, 0, 19);
  end->said = MEDCT_WORKER_ENDED;
  train(worker, &end->error);
  g_async_queue_push(worker->events, end);
  return NULL;
}

/* ---- on the main thread -------------------------------------------------------------------- */

MedctTrainWorker *
medct_train_worker_start(MedctHost *host, const MedctTrainRun *of, guint threads)
{
  MedctTrainWorker *worker = g_new0(MedctTrainWorker, 1);
  worker->host = medct_host_ref(host);
  worker->folder = g_strdup(of->folder);
  worker->cohort_path = g_strdup(of->cohort);
  worker->model = g_strdup(of->model);
  worker->wish = of->wish;
  worker->job = medct_job_new(of->name);
  worker->control = medct_train_control_new(tell_record, worker);
  worker->events = g_async_queue_new_full((GDestroyNotify)medct_train_event_free);
  worker->classes = g_ptr_array_new_with_free_func(g_free);
  medct_train_control_set_threads(worker->control, threads);
  worker->thread = g_thread_new("training", run, worker);
  return worker;
}

MedctTrainEvent *
medct_train_worker_next(MedctTrainWorker *worker)
{
  return g_async_queue_try_pop(worker->events);
}

const char *const *
medct_train_worker_classes(const MedctTrainWorker *worker)
{
  return (const char *const *)worker->classes->pdata;
}

void
medct_train_worker_set_paused(MedctTrainWorker *worker, gboolean paused)
{
  medct_train_control_set_paused(worker->control, paused);
}

void
medct_train_worker_set_threads(MedctTrainWorker *worker, guint threads)
{
  medct_train_control_set_threads(worker->control, threads);
}

void
medct_train_worker_stop(MedctTrainWorker *worker)
{
  medct_job_cancel(worker->job);
  medct_train_control_stop(worker->control);
}

void
medct_train_worker_finish(MedctTrainWorker *worker)
{
  medct_train_control_finish(worker->control);
}

void
medct_train_worker_free(MedctTrainWorker *worker)
{
  if (worker == NULL)
    return;
  medct_train_worker_stop(worker);
  g_thread_join(worker->thread);
  g_async_queue_unref(worker->events);
  g_ptr_array_unref(worker->classes);
  medct_train_control_free(worker->control);
  medct_job_unref(worker->job);
  medct_host_unref(worker->host);
  g_free(worker->folder);
  g_free(worker->cohort_path);
  g_free(worker->model);
  g_free(worker);
}
