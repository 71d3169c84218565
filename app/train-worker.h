/* A training on a thread of its own, for hours; the window takes what it says from a queue and
 * steers it. Thread: main, but for the thread itself. */
#pragma once

#include "app/job.h"
#include "app/train-run.h"
#include "plugins/training.h"

G_BEGIN_DECLS

typedef struct _MedctTrainWorker MedctTrainWorker;

typedef enum {
  MEDCT_WORKER_PLANNED, /* plan, options and classes are known */
  MEDCT_WORKER_RECORD,
  MEDCT_WORKER_ENDED, /* the last one; error NULL: the adapter is written */
} MedctWorkerSaid;

typedef struct {
  MedctWorkerSaid said;
  medct_train_plan plan;
  medct_train_options options;
  medct_train_record record; /* class_auroc and message are the event's own */
  GError *error;
} MedctTrainEvent;
void medct_train_event_free(MedctTrainEvent *event);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MedctTrainEvent, medct_train_event_free)

/* Begins, or goes on from the checkpoint if there is one. */
MedctTrainWorker *medct_train_worker_start(MedctHost *host, const MedctTrainRun *run,
                                           guint threads);
/* NULL: nothing new. The caller frees it. */
MedctTrainEvent *medct_train_worker_next(MedctTrainWorker *worker);
/* [n] of the cohort, from MEDCT_WORKER_PLANNED on; the worker's. */
const char *const *medct_train_worker_classes(const MedctTrainWorker *worker);

void medct_train_worker_set_paused(MedctTrainWorker *worker, gboolean paused);
void medct_train_worker_set_threads(MedctTrainWorker *worker, guint threads);
/* Saves a checkpoint and ends. */
void medct_train_worker_stop(MedctTrainWorker *worker);
/* Writes the best adapter so far and ends. */
void medct_train_worker_finish(MedctTrainWorker *worker);
/* Stops, waits for the thread's end (a checkpoint is written meanwhile), and frees. */
void medct_train_worker_free(MedctTrainWorker *worker);

G_END_DECLS
