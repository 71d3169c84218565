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
/* Steps, evaluations and what was found for each finding, a line an evaluation. */
gboolean medct_train_run_write_csv(const MedctTrainRun *run, const char *path, GError **error);

G_END_DECLS
