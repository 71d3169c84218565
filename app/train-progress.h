/* What medct train shows: the plan, a line that moves on a terminal, a line for each evaluation.
 * Thread: the one that trains. */
#pragma once

#include "app/cli.h"
#include "plugins/training.h"

G_BEGIN_DECLS

void medct_train_progress_print_plan(const medct_train_plan *plan, const MedctTrainCohort *cohort);
/* A MedctTrainWatcher. `user_data`: not NULL when it was to go on from a checkpoint, so that a new
 * beginning is said. */
void medct_train_progress_show(const medct_train_record *record, void *user_data);
/* Cancelled by Ctrl-C; shows nothing, since the records do. */
const MedctMonitor *medct_train_progress_monitor(void);

G_END_DECLS
