/* A cohort's training and validation volumes as a trainer sees them: opened one at a time through
 * the host's readers, with CT-RATE's metadata table where the cohort has one.
 *
 * Owner: the caller. Thread: create it anywhere; used by one training at a time. */
#pragma once

#include "model/cohort.h"
#include "plugins/host.h"

G_BEGIN_DECLS

typedef struct _MedctTrainCohort MedctTrainCohort;

/* [job] Test rows and rows without a split stay outside. Refuses a cohort without training rows and
 * lists volumes that are not there. Hashes the files, which the user cache remembers. */
MedctTrainCohort *medct_train_cohort_new(MedctHost *host, MedctCohort *cohort,
                                         const MedctMonitor *monitor, GError **error);
void medct_train_cohort_free(MedctTrainCohort *cohort);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MedctTrainCohort, medct_train_cohort_free)

/* Lives as long as `cohort`. Volumes are opened with `monitor`, which may be NULL. */
const medct_train_set *medct_train_cohort_set(MedctTrainCohort *cohort,
                                              const MedctMonitor *monitor);
/* How many volumes are for training and for validation. */
void medct_train_cohort_count(const MedctTrainCohort *cohort, guint *training, guint *validation);

G_END_DECLS
