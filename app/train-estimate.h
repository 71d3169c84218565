/* What each preset would train, and what it takes, before a run is begun. Thread: main; the work is
 * done on a worker. */
#pragma once

#include "app/job.h"
#include "app/train-run.h"
#include "plugins/training.h"
#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct {
  medct_train_options options[3]; /* Quick, Balanced, Full; with the wish in them */
  medct_train_plan plans[3];
  char *refused[3];           /* why this preset cannot be run, or NULL */
  guint training, validation; /* volumes */
  gboolean measured;          /* plans have `seconds` */
} MedctTrainEstimate;
void medct_train_estimate_free(MedctTrainEstimate *estimate);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MedctTrainEstimate, medct_train_estimate_free)

/* The wish's preset is not looked at. `threads`: pieces of the work are timed with so many, which
 * takes seconds; 0: they are not. */
void medct_train_estimate(MedctHost *host, const char *cohort, const char *model,
                          const MedctTrainWish *wish, guint threads, MedctJob *job,
                          GAsyncReadyCallback callback, gpointer user_data);
MedctTrainEstimate *medct_train_estimate_finish(GAsyncResult *result, GError **error);

G_END_DECLS
