/* Cohort tables: what is read holds together, and what is written reads as the same. */
#include "model/cohort.h"
#include "model/cohort_write.h"
#include "tests/fuzz/fuzz-file.h"
#include <string.h>

static void
walk(const MedctCohort *cohort)
{
  gsize n = 0;
  for (guint row = 0; row < medct_cohort_n_rows(cohort); row++) {
    const MedctCohortRow *found = medct_cohort_row(cohort, row);
    const gint8 *labels = medct_cohort_labels(cohort, row);
    n += strlen(found->path) + strlen(found->patient) + strlen(found->report);
    g_assert_true((labels == NULL) == (found->split == MEDCT_SPLIT_TEST));
    g_assert_cmpuint(medct_cohort_patient(cohort, row), <, medct_cohort_n_patients(cohort));
    for (guint c = 0; labels && c < medct_cohort_n_classes(cohort); c++)
      g_assert_true(labels[c] >= -1 && labels[c] <= 1);
  }
  for (guint i = 0; i < medct_cohort_n_problems(cohort); i++)
    n += strlen(medct_cohort_problem(cohort, i)->message);
  g_assert_cmpuint(n, <, G_MAXSIZE);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  g_autoptr(GError) error = NULL, refused = NULL;
  const char *path = fuzz_file(".csv", data, size);
  g_autoptr(MedctCohort) cohort = medct_cohort_inspect(path, &error);
  g_assert_true((cohort != NULL) == (error == NULL));
  if (cohort == NULL)
    return 0;
  walk(cohort);
  g_autoptr(MedctCohort) strict = medct_cohort_load(path, &refused);
  g_assert_true((strict != NULL) == (medct_cohort_n_problems(cohort) == 0));
  const double shares[3] = {70, 15, 15};
  g_autoptr(GError) unsplit = NULL;
  g_autoptr(MedctCohort) split = medct_cohort_split(cohort, shares, 1, &unsplit);
  if (split == NULL)
    return 0;
  g_autoptr(GError) unread = NULL;
  g_autofree char *again = g_strconcat(path, ".again", NULL);
  g_assert_true(medct_cohort_save(split, again, &unread));
  g_autoptr(MedctCohort) read = medct_cohort_inspect(again, &unread);
  g_assert_no_error(unread);
  g_assert_cmpuint(medct_cohort_n_rows(read), ==, medct_cohort_n_rows(split));
  return 0;
}
