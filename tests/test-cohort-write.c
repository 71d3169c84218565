/* Splits by patient, saving, adding a study. */
#include "model/cohort_write.h"
#include "model/csv.h"
#include "tests/test-home.h"
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

typedef struct {
  char *home, *path;
} Fixture;

static void
set_up(Fixture *f, gconstpointer data)
{
  f->home = test_home_make();
  f->path = g_build_filename(f->home, "c.csv", NULL);
}

static void
tear_down(Fixture *f, gconstpointer data)
{
  g_free(f->path);
  test_home_remove(f->home);
}

static MedctCohort *
load(const char *path)
{
  g_autoptr(GError) error = NULL;
  MedctCohort *cohort = medct_cohort_load(path, &error);
  g_assert_no_error(error);
  return cohort;
}

/* 120 patients of one to three volumes; class B is rare: six patients. */
static MedctCohort *
make(const Fixture *f)
{
  g_autoptr(GString) text = g_string_new("volume,patient,split,A,B,report\n");
  for (int p = 0; p < 120; p++)
    for (int v = 0; v <= p % 3; v++)
      g_string_append_printf(text, "p%d_%d.nii.gz,p%d,,%d,%d,\n", p, v, p, p % 2, p % 20 == 7);
  g_assert_true(g_file_set_contents(f->path, text->str, -1, NULL));
  return load(f->path);
}

static void
count_patients(const MedctCohort *cohort, guint patients[MEDCT_N_SPLITS])
{
  g_autofree gboolean *seen = g_new0(gboolean, medct_cohort_n_patients(cohort));
  for (guint n = 0; n < medct_cohort_n_rows(cohort); n++) {
    guint patient = medct_cohort_patient(cohort, n);
    patients[medct_cohort_row(cohort, n)->split] += !seen[patient];
    seen[patient] = TRUE;
  }
}

static void
test_split(Fixture *f, gconstpointer data)
{
  g_autoptr(MedctCohort) cohort = make(f);
  const double shares[3] = {0.5, 0.25, 0.25};
  g_autoptr(GError) error = NULL;
  g_autoptr(MedctCohort) split = medct_cohort_split(cohort, shares, 1, &error);
  g_assert_no_error(error);
  g_assert_cmpuint(medct_cohort_n_problems(split), ==, 0); /* no patient in two splits */
  guint patients[MEDCT_N_SPLITS] = {0};
  count_patients(split, patients);
  g_assert_cmpuint(patients[MEDCT_SPLIT_NONE], ==, 0);
  g_assert_cmpint(ABS((int)patients[MEDCT_SPLIT_TRAIN] - 60), <=, 2);
  g_assert_cmpint(ABS((int)patients[MEDCT_SPLIT_TEST] - 30), <=, 2);
  for (int part = MEDCT_SPLIT_TRAIN; part <= MEDCT_SPLIT_TEST; part++) /* the rare class */
    g_assert_cmpuint(medct_cohort_count(split, part, 1).present, >, 0);
  const double two[3] = {0.8, 0.2, 0};
  g_autoptr(MedctCohort) halves = medct_cohort_split(cohort, two, 1, NULL);
  guint again[MEDCT_N_SPLITS] = {0};
  count_patients(halves, again);
  g_assert_cmpuint(again[MEDCT_SPLIT_TEST], ==, 0);
}

/* The seed and the names decide, not the order of the rows. */
static void
test_split_is_seeded(Fixture *f, gconstpointer data)
{
  g_autoptr(MedctCohort) cohort = make(f);
  const double shares[3] = {0.6, 0.2, 0.2};
  g_autoptr(MedctCohort) a = medct_cohort_split(cohort, shares, 1, NULL);
  g_autoptr(MedctCohort) b = medct_cohort_split(cohort, shares, 1, NULL);
  g_autoptr(MedctCohort) c = medct_cohort_split(cohort, shares, 2, NULL);
  guint n_other = 0;
  for (guint n = 0; n < medct_cohort_n_rows(a); n++) {
    g_assert_cmpint(medct_cohort_row(a, n)->split, ==, medct_cohort_row(b, n)->split);
    n_other += medct_cohort_row(a, n)->split != medct_cohort_row(c, n)->split;
  }
  g_assert_cmpuint(n_other, >, 20);
}

static void
test_split_refused(Fixture *f, gconstpointer data)
{
  g_assert_true(
      g_file_set_contents(f->path, "volume,patient,split,A\na,p1,,1\nb,p1,,1\n", -1, NULL));
  g_autoptr(MedctCohort) cohort = load(f->path);
  const double three[3] = {0.4, 0.3, 0.3}, wrong[3] = {0.4, 0.3, 0.2};
  g_autoptr(GError) error = NULL;
  g_assert_null(medct_cohort_split(cohort, three, 1, &error));
  g_assert_nonnull(strstr(error->message, "1 patients, which cannot be in 3 splits"));
  g_clear_error(&error);
  g_assert_null(medct_cohort_split(cohort, wrong, 1, &error));
  g_assert_error(error, MEDCT_ERROR, MEDCT_ERROR_ARGUMENT);
}

static void
test_save(Fixture *f, gconstpointer data)
{
  const char *text = "volume,patient,split,A,report\n"
                     "x/a.nii.gz,=p1,train,1,\"two\nlines, \"\"q\"\"\"\n"
                     "/elsewhere/b.nii.gz,p2,test,,\n./-c.nii.gz,p3,,0,\n";
  g_assert_true(g_file_set_contents(f->path, text, -1, NULL));
  g_autoptr(MedctCohort) cohort = load(f->path);
  g_autofree char *other = g_build_filename(f->home, "x", "d.csv", NULL);
  g_autofree char *folder = g_path_get_dirname(other);
  g_mkdir(folder, 0700);
  g_assert_true(medct_cohort_save(cohort, other, NULL));
  g_autoptr(MedctCsv) csv = medct_csv_load(other, NULL);
  g_assert_cmpstr(medct_csv_cell(csv, 0, 0), ==, "a.nii.gz");
  g_assert_cmpstr(medct_csv_cell(csv, 0, 1), ==, "'=p1"); /* no spreadsheet computes it */
  g_autoptr(MedctCohort) again = load(other);
  for (guint n = 0; n < 3; n++) {
    g_assert_cmpstr(medct_cohort_row(again, n)->path, ==, medct_cohort_row(cohort, n)->path);
    g_assert_cmpstr(medct_cohort_row(again, n)->report, ==, medct_cohort_row(cohort, n)->report);
    g_assert_cmpint(medct_cohort_row(again, n)->split, ==, medct_cohort_row(cohort, n)->split);
  }
  g_assert_cmpint(medct_cohort_test_labels(again, 1)[0], ==, MEDCT_LABEL_UNKNOWN);
  g_assert_true(medct_cohort_save(cohort, f->path, NULL));
  g_autoptr(MedctCsv) beside = medct_csv_load(f->path, NULL);
  g_assert_cmpstr(medct_csv_cell(beside, 2, 0), ==, "./-c.nii.gz");
}

static gboolean
put(const Fixture *f, const char *volume, const char *patient, MedctSplit split, gint8 a, gint8 b,
    GError **error)
{
  static const char *const classes[] = {"A", "B"};
  const gint8 labels[] = {a, b};
  g_autofree char *path = g_build_filename(f->home, volume, NULL);
  MedctCohortRow row = {
      .volume = volume, .path = path, .patient = patient, .split = split, .report = ""};
  return medct_cohort_put_row(f->path, &row, classes, labels, 2, error);
}

static void
test_put_row(Fixture *f, gconstpointer data)
{
  g_autoptr(GError) error = NULL;
  g_assert_true(put(f, "a.nii.gz", "p1", MEDCT_SPLIT_TRAIN, 1, -1, &error));
  g_assert_true(put(f, "b.nii.gz", "p2", MEDCT_SPLIT_TEST, 0, 1, &error));
  g_assert_true(put(f, "a.nii.gz", "p1", MEDCT_SPLIT_TRAIN, 0, 1, &error)); /* labelled again */
  g_autoptr(MedctCohort) cohort = load(f->path);
  g_assert_cmpuint(medct_cohort_n_rows(cohort), ==, 2);
  g_assert_cmpint(medct_cohort_labels(cohort, 0)[0], ==, 0);
  g_assert_cmpint(medct_cohort_labels(cohort, 0)[1], ==, 1);
  g_assert_false(put(f, "c.nii.gz", "p2", MEDCT_SPLIT_TRAIN, 0, 1, &error));
  g_assert_nonnull(strstr(error->message, "this patient is in test already"));
  g_clear_error(&error);
  g_assert_true(g_file_set_contents(f->path, "volume,patient,split,C,A\n", -1, NULL));
  g_assert_false(put(f, "c.nii.gz", "p3", MEDCT_SPLIT_TRAIN, 0, 1, &error));
  g_assert_nonnull(strstr(error->message, "it has no column \"B\""));
  g_clear_error(&error);
  g_assert_true(g_file_set_contents(f->path, "volume,patient,split,C,B,A\n", -1, NULL));
  g_assert_true(put(f, "c.nii.gz", "p3", MEDCT_SPLIT_TRAIN, 0, 1, &error));
  g_autoptr(MedctCohort) other = load(f->path); /* by name, the rest unknown */
  g_assert_cmpint(medct_cohort_labels(other, 0)[0], ==, -1);
  g_assert_cmpint(medct_cohort_labels(other, 0)[1], ==, 1);
  g_assert_cmpint(medct_cohort_labels(other, 0)[2], ==, 0);
}

/* Whoever labels a study again sees what is there, in every split; classes by name. */
static void
test_get_row(Fixture *f, gconstpointer data)
{
  static const char *const classes[] = {"B", "C"};
  g_autoptr(GError) error = NULL;
  g_autofree char *patient = NULL;
  g_autofree char *volume = g_build_filename(f->home, "a.nii.gz", NULL);
  MedctSplit split = MEDCT_SPLIT_NONE;
  gint8 labels[2] = {5, 5};
  g_assert_true(put(f, "a.nii.gz", "p1", MEDCT_SPLIT_TEST, 1, 0, &error));
  g_assert_true(
      medct_cohort_get_row(f->path, volume, classes, 2, labels, &patient, &split, &error));
  g_assert_cmpint(labels[0], ==, 0);
  g_assert_cmpint(labels[1], ==, -1);
  g_assert_cmpstr(patient, ==, "p1");
  g_assert_cmpint(split, ==, MEDCT_SPLIT_TEST);
  g_clear_pointer(&patient, g_free);
  g_assert_false(
      medct_cohort_get_row(f->path, "/other", classes, 2, labels, &patient, &split, &error));
  g_assert_no_error(error);
}

/* Where the file cannot be written, the one that was there stays. */
static void
test_put_row_fails_whole(Fixture *f, gconstpointer data)
{
  g_autoptr(GError) error = NULL;
  g_free(f->path);
  f->path = g_build_filename(f->home, "missing", "c.csv", NULL);
  g_assert_false(put(f, "a.nii.gz", "p1", MEDCT_SPLIT_TRAIN, 1, -1, &error));
  g_assert_error(error, MEDCT_ERROR, MEDCT_ERROR_IO);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
#define ADD(name, test) g_test_add("/cohort-write/" name, Fixture, NULL, set_up, test, tear_down)
  ADD("split", test_split);
  ADD("split/seeded", test_split_is_seeded);
  ADD("split/refused", test_split_refused);
  ADD("save", test_save);
  ADD("put-row", test_put_row);
  ADD("get-row", test_get_row);
  ADD("put-row/fails-whole", test_put_row_fails_whole);
  return g_test_run();
}
