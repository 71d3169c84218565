/* What is wrong with a cohort, before a night is spent on training with it. The table is checked at
 * once; each volume is read when it is asked for, which takes as long as opening it.
 * Used by `medct cohort check` and by the Cohort page. Thread: one at a time. */
#pragma once

#include "model/cohort.h"
#include "plugins/host.h"

G_BEGIN_DECLS

typedef enum {
  MEDCT_FINDING_NOTE, /* nothing is wrong */
  MEDCT_FINDING_WARNING,
  MEDCT_FINDING_ERROR, /* training and measuring refuse it, or leave the volume out */
} MedctFindingLevel;

#define MEDCT_NO_ROW G_MAXUINT

/* One thing that a person should know. */
typedef struct {
  MedctFindingLevel level;
  const char *code; /* "not-found", "two-splits", …: stable, for programs */
  guint row;        /* MEDCT_NO_ROW: of the whole cohort */
  char *title, *detail;
} MedctCohortFinding;

/* One volume: what its row in the table says. */
typedef struct {
  MedctFindingLevel level;
  gboolean missing, was_read;
  const char *code;     /* of the worst finding, or "" */
  char *text;           /* "ready", "file not found", … */
  double spacing_mm[3]; /* 0 until it was read */
} MedctCohortVolume;

typedef struct {
  MedctCohort *cohort;
  GPtrArray *findings;        /* of MedctCohortFinding; errors first */
  MedctCohortVolume *volumes; /* [rows] */
  guint n_errors, n_warnings;
} MedctCohortCheck;

/* Checks the table and whether the files are there. */
MedctCohortCheck *medct_cohort_check_new(MedctCohort *cohort);
void medct_cohort_check_free(MedctCohortCheck *check);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MedctCohortCheck, medct_cohort_check_free)

/* Opens one volume as eval and training do: with the metadata table that its row names. */
MedctVolume *medct_cohort_open_volume(MedctHost *host, const MedctCohortRow *row,
                                      const MedctMonitor *monitor, GError **error);

/* What reading a volume says; may be called on a worker for several rows in turn. `result` is
 * filled; FALSE only when cancelled. */
gboolean medct_cohort_check_read(MedctHost *host, const MedctCohortRow *row,
                                 const MedctMonitor *monitor, MedctCohortVolume *result);
/* Takes the contents of `result` into the check. */
void medct_cohort_check_take(MedctCohortCheck *check, guint row, MedctCohortVolume *result);

G_END_DECLS
