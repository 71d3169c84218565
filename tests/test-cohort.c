/* Cohorts: the CSV and its bad cases, CT-RATE's folders, who may read which labels. */
#include "model/cohort.h"
#include "tests/test-home.h"
#include <glib/gstdio.h>
#include <string.h>

typedef struct {
  char *home;
} Fixture;

static void
set_up(Fixture *f, gconstpointer data)
{
  f->home = test_home_make();
}

static void
tear_down(Fixture *f, gconstpointer data)
{
  test_home_remove(f->home);
}

static void
put(const Fixture *f, const char *name, const char *text, gssize n)
{
  g_autofree char *path = g_build_filename(f->home, name, NULL);
  g_autofree char *folder = g_path_get_dirname(path);
  g_assert_cmpint(g_mkdir_with_parents(folder, 0700), ==, 0);
  g_assert_true(g_file_set_contents(path, text, n, NULL));
}

static MedctCohort *
load(const Fixture *f, const char *text)
{
  put(f, "c.csv", text, -1);
  g_autofree char *path = g_build_filename(f->home, "c.csv", NULL);
  g_autoptr(GError) error = NULL;
  MedctCohort *cohort = medct_cohort_load(path, &error);
  g_assert_no_error(error);
  return cohort;
}

static void
refuse_bytes(const Fixture *f, const char *text, gssize n, const char *part)
{
  put(f, "c.csv", text, n);
  g_autofree char *path = g_build_filename(f->home, "c.csv", NULL);
  g_autoptr(GError) error = NULL;
  g_assert_null(medct_cohort_load(path, &error));
  g_assert_nonnull(error);
  if (!strstr(error->message, part))
    g_error("\"%s\" is not in \"%s\"", part, error->message);
  g_assert_nonnull(strstr(error->message, "c.csv"));
  g_assert_null(strstr(error->message, f->home));
}

static void
refuse(const Fixture *f, const char *text, const char *part)
{
  refuse_bytes(f, text, -1, part);
}

#define HEAD "volume,patient,split,Emphysema,Lung nodule,report\n"

static void
test_csv(Fixture *f, gconstpointer data)
{
  g_autoptr(MedctCohort) cohort =
      load(f, "\xEF\xBB\xBFvolume;patient;split;Emphysema;Lung nodule;report\r\n"
              "v/a.nii.gz;p1;train;1;;\"two\nlines; \"\"quoted\"\"\"\r\n"
              "/abs/b.nii.gz;p2;Val;0;-1;\r\n"
              "v/c.nii.gz;p1;train;0.0;1.0;x\r\n"
              "d.nii.gz;p3;test;1;0;\r\n");
  g_assert_cmpuint(medct_cohort_n_rows(cohort), ==, 4);
  g_assert_cmpuint(medct_cohort_n_classes(cohort), ==, 2);
  g_assert_cmpstr(medct_cohort_class(cohort, 1), ==, "Lung nodule");
  g_autofree char *path = g_build_filename(f->home, "v", "a.nii.gz", NULL);
  const MedctCohortRow *row = medct_cohort_row(cohort, 0);
  g_assert_cmpstr(row->volume, ==, "v/a.nii.gz");
  g_assert_cmpstr(row->path, ==, path);
  g_assert_cmpstr(row->report, ==, "two\nlines; \"quoted\"");
  g_assert_cmpuint(medct_cohort_row(cohort, 1)->line, ==, 4);
  g_assert_cmpint(medct_cohort_row(cohort, 1)->split, ==, MEDCT_SPLIT_VALIDATION);
  g_assert_cmpstr(medct_cohort_row(cohort, 1)->path, ==, "/abs/b.nii.gz");
  g_assert_cmpint(medct_cohort_labels(cohort, 0)[0], ==, 1);
  g_assert_cmpint(medct_cohort_labels(cohort, 0)[1], ==, -1);
  g_assert_cmpint(medct_cohort_labels(cohort, 2)[1], ==, 1);
  g_assert_cmpuint(medct_cohort_n_patients(cohort), ==, 3);
  g_assert_cmpuint(medct_cohort_patient(cohort, 0), ==, medct_cohort_patient(cohort, 2));
  MedctLabelCounts counts = medct_cohort_count(cohort, MEDCT_SPLIT_TRAIN, 1);
  g_assert_cmpuint(counts.present, ==, 1);
  g_assert_cmpuint(counts.unknown, ==, 1);
}

/* Test labels come through one function only, and it gives no others. */
static void
test_test_labels(Fixture *f, gconstpointer data)
{
  g_autoptr(MedctCohort) cohort = load(f, HEAD "a,p1,test,1,0,\nb,p2,train,1,0,\n");
  g_assert_null(medct_cohort_labels(cohort, 0));
  g_assert_nonnull(medct_cohort_test_labels(cohort, 0));
  g_assert_nonnull(medct_cohort_labels(cohort, 1));
  g_assert_null(medct_cohort_test_labels(cohort, 1));
}

static void
test_bad_csv(Fixture *f, gconstpointer data)
{
  refuse(f, HEAD "a,p1,train,1,0,\"open\n", "never closed");
  static const char nul[] = HEAD "a,p\0001,train,1,0,\n";
  refuse_bytes(f, nul, sizeof nul - 1, "saved as UTF-8");
  refuse(f, HEAD "a,p1,train,1,0\n", "line 2: it has 5 cells, expected 6");
  refuse(f, HEAD "a,p1,train,2,0,\n", "line 2, Emphysema is \"2\", expected 1 for present");
  refuse(f, HEAD "a,p1,train,yes,0,\n", "is \"yes\"");
  refuse(f, HEAD "a,p1,training,1,0,\n", "line 2, split is \"training\"");
  refuse(f, HEAD "a,,train,1,0,\n", "line 2, patient is empty");
  refuse(f, HEAD ",p1,train,1,0,\n", "line 2, volume is empty");
  refuse(f, HEAD "\"a\nb\",p1,train,1,0,\n", "control characters");
  refuse(f, "volume,split,Emphysema\na,train,1\n", "the column patient is missing");
  refuse(f, "volume,patient,split,report\na,p,train,x\n", "0 columns of labels");
  refuse(f, "volume,patient,split,A,A\na,p,train,1,1\n", "stands twice");
  refuse(f, "volume,patient,split,\na,p,train,1\n", "column 4 is without a name");
  refuse(f, HEAD "a,p1,train,1,0,\na,p1,train,1,0,\n", "a stands twice, in lines 2 and 3");
  refuse(f, HEAD "a,p1,train,1,0,\nx/../a,p1,train,1,0,\n", "stands twice");
  refuse(f, HEAD "a,p1,train,1,0,\nb,p1,test,1,0,\n",
         "p1 is in train and test, lines 2 and 3: give both the same split");
  g_autofree char *huge = g_strnfill(2 << 20, 'x');
  g_autofree char *text = g_strconcat(HEAD "a,p1,train,1,0,", huge, "\n", NULL);
  refuse(f, text, "a cell is longer than 1 MiB");
}

static void
test_inspect_keeps_problems(Fixture *f, gconstpointer data)
{
  put(f, "c.csv", HEAD "a,p1,train,1,0,\nb,p1,test,1,0,\na,p1,train,1,0,\n", -1);
  g_autofree char *path = g_build_filename(f->home, "c.csv", NULL);
  g_autoptr(MedctCohort) cohort = medct_cohort_inspect(path, NULL);
  g_assert_cmpuint(medct_cohort_n_problems(cohort), ==, 2);
  const MedctCohortProblem *problem = medct_cohort_problem(cohort, 0);
  g_assert_cmpint(problem->fault, ==, MEDCT_COHORT_TWO_SPLITS);
  g_assert_cmpuint(problem->row, ==, 1);
  g_assert_cmpuint(problem->other, ==, 0);
  g_assert_cmpint(medct_cohort_problem(cohort, 1)->fault, ==, MEDCT_COHORT_DUPLICATE);
}

#define LABELS "dataset/multi_abnormality_labels/"
#define TEXTS  "dataset/radiology_text_reports/"

static MedctCohort *
inspect_ct_rate(const Fixture *f, const char *reports)
{
  put(f, LABELS "train_predicted_labels.csv",
      "VolumeName,Emphysema,Lung nodule\ntrain_1_a_1.nii.gz,1,0\ntrain_1_a_2.nii.gz,1,0\n", -1);
  put(f, LABELS "valid_predicted_labels.csv",
      "VolumeName,Emphysema,Lung nodule\nvalid_1_a_1.nii.gz,0,1\n", -1);
  put(f, TEXTS "train_reports.csv", reports, -1);
  put(f, "dataset/metadata/validation_metadata.csv", "VolumeName\nvalid_1_a_1.nii.gz\n", -1);
  put(f, "dataset/train_fixed/train_1/train_1_a/train_1_a_2.nii.gz", "x", -1);
  g_autoptr(GError) error = NULL;
  MedctCohort *cohort = medct_cohort_inspect(f->home, &error);
  g_assert_no_error(error);
  return cohort;
}

#define REPORT_HEAD "VolumeName,ClinicalInformation_EN,Technique_EN,Findings_EN,Impressions_EN\n"

static void
test_ct_rate(Fixture *f, gconstpointer data)
{
  g_autoptr(MedctCohort) cohort =
      inspect_ct_rate(f, REPORT_HEAD "train_1_a_1.nii.gz,x,y,\"Air (much).\",Not given.\n"
                                     "train_1_a_2.nii.gz,x,y,It's.,\"\"\"So\"\".\"\n");
  g_assert_cmpuint(medct_cohort_n_problems(cohort), ==, 0);
  g_assert_cmpuint(medct_cohort_n_rows(cohort), ==, 3);
  g_assert_cmpuint(medct_cohort_n_patients(cohort), ==, 2);
  const MedctCohortRow *first = medct_cohort_row(cohort, 0), *last = medct_cohort_row(cohort, 2);
  g_assert_cmpstr(first->patient, ==, "train_1");
  g_assert_cmpstr(first->report, ==, "Air much.");
  g_assert_true(g_str_has_suffix(first->path, "/train/train_1/train_1_a/train_1_a_1.nii.gz"));
  g_assert_null(first->metadata);
  const MedctCohortRow *second = medct_cohort_row(cohort, 1);
  g_assert_cmpstr(second->report, ==, "Its.So.");
  g_assert_true(
      g_str_has_suffix(second->path, "/train_fixed/train_1/train_1_a/train_1_a_2.nii.gz"));
  g_assert_cmpint(last->split, ==, MEDCT_SPLIT_VALIDATION);
  g_assert_true(g_str_has_suffix(last->metadata, "validation_metadata.csv"));
  g_assert_cmpint(medct_cohort_labels(cohort, 2)[1], ==, 1);
}

static void
test_ct_rate_unmatched(Fixture *f, gconstpointer data)
{
  g_autoptr(MedctCohort) cohort = inspect_ct_rate(f, REPORT_HEAD "train_9_a_1.nii.gz,x,y,z,\n");
  g_assert_cmpuint(medct_cohort_n_problems(cohort), ==, 1);
  g_assert_cmpint(medct_cohort_problem(cohort, 0)->fault, ==, MEDCT_COHORT_UNMATCHED);
  g_autoptr(GError) error = NULL;
  g_assert_null(medct_cohort_load(f->home, &error));
  g_assert_nonnull(strstr(error->message, "train_9_a_1 has a report (line 2) and no labels"));
  put(f, LABELS "valid_predicted_labels.csv", "VolumeName,Emphysema\nvalid_1_a_1.nii.gz,0\n", -1);
  g_clear_error(&error);
  g_assert_null(medct_cohort_inspect(f->home, &error));
  g_assert_nonnull(strstr(error->message, "expected the same columns"));
}

static void
test_no_ct_rate(Fixture *f, gconstpointer data)
{
  g_autoptr(GError) error = NULL;
  g_assert_null(medct_cohort_load(f->home, &error));
  g_assert_nonnull(strstr(error->message, "multi_abnormality_labels"));
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
#define ADD(name, test) g_test_add("/cohort/" name, Fixture, NULL, set_up, test, tear_down)
  ADD("csv", test_csv);
  ADD("test-labels", test_test_labels);
  ADD("bad-csv", test_bad_csv);
  ADD("inspect", test_inspect_keeps_problems);
  ADD("ct-rate", test_ct_rate);
  ADD("ct-rate/unmatched", test_ct_rate_unmatched);
  ADD("ct-rate/none", test_no_ct_rate);
  return g_test_run();
}
