/* A made-up cohort as files: NAME.nii.gz a patient; cohort.csv (volume, patient, split, a column of
 * 0 and 1 a pathology, report); grades.csv (0 to 3); boxes.csv (one line a drawn object, in voxels
 * of the file and in RAS mm). Thread: one caller. */
#pragma once

#include "model/monitor.h"
#include "phantom/phantom.h"

G_BEGIN_DECLS

typedef struct {
  MedctPhantomOptions phantom;
  const char *site_name;   /* begins the patients' names */
  guint64 first, count;    /* patients first … first + count − 1 */
  const char *orientation; /* NULL: several, by patient */
  const char *split;       /* NULL: train, validation and test, by patient */
} MedctCohortOptions;

/* `folder` is made when it is missing; one caller at a time works in it. Stops with
 * MEDCT_ERROR_CANCELLED; volumes that are whole stay. Tables are written last, cohort.csv behind
 * the others; those that were there go before the first volume. */
gboolean medct_cohort_files_write(const char *folder, const MedctCohortOptions *options,
                                  MedctPool *pool, const MedctMonitor *monitor, GError **error);

G_END_DECLS
