/* How a run is built up from its files: for train-run*.c only. */
#pragma once

#include "app/train-run.h"

G_BEGIN_DECLS

MedctTrainRun *medct_train_run_empty(const char *folder);
/* A step that does not come after the last one is dropped. */
void medct_train_run_add_step(MedctTrainRun *run, const MedctRunStep *step);
/* Its classes are NaN until they are set; FALSE: it was dropped, as a step is. */
gboolean medct_train_run_add_evaluation(MedctTrainRun *run, const MedctRunEvaluation *evaluation);
void medct_train_run_set_class(MedctTrainRun *run, guint index, double auroc);

G_END_DECLS
