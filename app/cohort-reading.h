/* Reading the volumes of a cohort on a thread of its own, for the Cohort page: results are fetched
 * by the main thread as they come, in the order of the rows. */
#pragma once

#include "app/cohort-check.h"
#include "app/job.h"

G_BEGIN_DECLS

typedef struct _MedctCohortReading MedctCohortReading;

/* Rows whose file is missing are left out. */
MedctCohortReading *medct_cohort_reading_start(MedctHost *host, const MedctCohortCheck *check);
/* Takes what was read since the last call into the check; the rows, for the caller to free and *n.
 * *done: nothing more will come. [main] */
guint *medct_cohort_reading_fetch(MedctCohortReading *reading, MedctCohortCheck *check, guint *n,
                                  gboolean *done);
/* Stops within 100 ms and forgets; the thread frees itself. [main] */
void medct_cohort_reading_stop(MedctCohortReading *reading);
MedctJob *medct_cohort_reading_job(MedctCohortReading *reading);

G_END_DECLS
