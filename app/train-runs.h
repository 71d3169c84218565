/* The runs that were begun on this computer, newest first. Thread: main. */
#pragma once

#include "app/train-run.h"

G_BEGIN_DECLS

/* Where the runs are kept: a folder in the user's data folder. Free it. */
char *medct_train_runs_folder(void);
/* MedctTrainRun; folders without a run are left out. */
GPtrArray *medct_train_runs_load(const char *folder);
/* "Balanced 7" in balanced-7, put first; the list's. NULL with an error. */
MedctTrainRun *medct_train_runs_add(GPtrArray *runs, const char *folder, const char *cohort,
                                    const char *model, const MedctTrainWish *wish, GError **error);
/* Takes a run back, to its place; the list's. */
void medct_train_runs_put(GPtrArray *runs, MedctTrainRun *run);
/* Which of the runs that the program's end left unfinished to go on with: the newest that had
 * begun, else the one whose turn was next; the list's. NULL without one that no other program
 * trains. */
MedctTrainRun *medct_train_runs_left(const GPtrArray *runs);
/* Deletes what a training wrote into the run's folder, and the folder when nothing else is in it.
 * Refused while the run is being trained. */
gboolean medct_train_run_remove(const MedctTrainRun *run, GError **error);
/* Steps, evaluations and what was found for each finding, a line an evaluation. */
gboolean medct_train_run_write_csv(const MedctTrainRun *run, const char *path, GError **error);

G_END_DECLS
