/* A cohort: volumes with their patients, splits, labels and reports.
 *
 * Read from a CSV with the columns volume, patient, split, one for each finding, and report (which
 * may be missing), or from a folder laid out as CT-RATE is: multi_abnormality_labels/,
 * radiology_text_reports/ and metadata/ beside train/ and valid/.
 * A volume's path is taken from the CSV's folder when it is relative.
 *
 * Owner: reference-counted, immutable: any thread. Strings and arrays are the cohort's. */
#pragma once

#include "model/error.h"

G_BEGIN_DECLS

#define MEDCT_COHORT_MAX_CLASSES 512
#define MEDCT_COHORT_MAX_ROWS    1000000

typedef enum {
  MEDCT_SPLIT_NONE, /* not split yet */
  MEDCT_SPLIT_TRAIN,
  MEDCT_SPLIT_VALIDATION,
  MEDCT_SPLIT_TEST,
} MedctSplit;
#define MEDCT_N_SPLITS 4

/* "", "train", "validation", "test". */
const char *medct_split_name(MedctSplit split);
/* Also "val", "valid" and "dev"; upper and lower case are the same. FALSE: none of them. */
gboolean medct_split_parse(const char *text, MedctSplit *split);

enum { MEDCT_LABEL_UNKNOWN = -1, MEDCT_LABEL_ABSENT = 0, MEDCT_LABEL_PRESENT = 1 };

typedef struct {
  const char *volume;  /* as the table says it */
  const char *path;    /* where it is on this machine */
  const char *patient; /* a pseudonym, one for each person */
  MedctSplit split;
  const char *report;   /* "" without one */
  const char *metadata; /* a CT-RATE metadata table for it, or NULL */
  guint line;           /* of the table, from 1 */
} MedctCohortRow;

typedef enum {
  MEDCT_COHORT_DUPLICATE,  /* a volume stands twice */
  MEDCT_COHORT_TWO_SPLITS, /* one patient in two splits: test data would leak */
  MEDCT_COHORT_UNMATCHED,  /* a report or metadata row without a label row */
} MedctCohortFault;

typedef struct {
  MedctCohortFault fault;
  guint row, other; /* the two rows; `other` only for duplicates and splits */
  char *name;       /* the volume or the patient */
  char *message;    /* for people, with lines */
} MedctCohortProblem;

typedef struct _MedctCohort MedctCohort;

/* Refuses a cohort with any MedctCohortProblem, listing them: what training and measuring use. */
MedctCohort *medct_cohort_load(const char *path, GError **error);
/* Keeps the problems for showing; refuses only what cannot be read at all. */
MedctCohort *medct_cohort_inspect(const char *path, GError **error);
MedctCohort *medct_cohort_ref(MedctCohort *cohort);
void medct_cohort_unref(MedctCohort *cohort);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MedctCohort, medct_cohort_unref)

guint medct_cohort_n_rows(const MedctCohort *cohort);
const MedctCohortRow *medct_cohort_row(const MedctCohort *cohort, guint row);
guint medct_cohort_n_classes(const MedctCohort *cohort);
const char *medct_cohort_class(const MedctCohort *cohort, guint index);
guint medct_cohort_n_problems(const MedctCohort *cohort);
const MedctCohortProblem *medct_cohort_problem(const MedctCohort *cohort, guint index);
/* A number for each person, the same for all rows of one; < medct_cohort_n_patients. */
guint medct_cohort_patient(const MedctCohort *cohort, guint row);
guint medct_cohort_n_patients(const MedctCohort *cohort);

/* labels [n_classes] of a row for training and choosing; NULL for rows of the test split. */
const gint8 *medct_cohort_labels(const MedctCohort *cohort, guint row);
/* labels [n_classes] of a test row, NULL for others. The one function that reads them: whoever
 * calls it measures and chooses nothing. */
const gint8 *medct_cohort_test_labels(const MedctCohort *cohort, guint row);

/* The findings of a row that are present, for showing; how many labels are unknown. Free it. */
char *medct_cohort_describe(const MedctCohort *cohort, guint row, guint *n_unknown);

typedef struct {
  guint present, absent, unknown; /* rows */
} MedctLabelCounts;
MedctLabelCounts medct_cohort_count(const MedctCohort *cohort, MedctSplit split, guint index);

G_END_DECLS
