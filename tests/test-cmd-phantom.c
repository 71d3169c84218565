/* medct phantom as a program: its files fit each other and the readers that they are for. */
#include "model/cohort.h"
#include "model/csv.h"
#include "model/finding_boxes.h"
#include "model/folder_lock.h"
#include "model/pathologies.h"
#include "plugins/host.h"
#include "program.h"
#include <glib/gstdio.h>
#include <string.h>

enum { PATIENTS = 4, N = MEDCT_N_PATHOLOGIES };

static void
remove_folder(const char *folder)
{
  g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
  for (const char *name = g_dir_read_name(dir); name; name = g_dir_read_name(dir)) {
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_unlink(path);
  }
  g_rmdir(folder);
}

static char *
make(const char *threads, const char *orientation)
{
  char *folder = g_dir_make_tmp("phantom-XXXXXX", NULL);
  g_auto(Outcome) outcome =
      run("phantom", "--out", folder, "--count", "4", "--seed", "21", "--spacing", "10x10x14",
          "--threads", threads, "--orientation", orientation, NULL);
  g_assert_cmpstr(outcome.err, ==, "");
  g_assert_cmpint(outcome.status, ==, 0);
  return folder;
}

static MedctVolume *
open_volume(const char *folder, int patient)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *name = g_strdup_printf("A21-%05d.nii.gz", patient);
  g_autofree char *path = g_build_filename(folder, name, NULL);
  g_autoptr(MedctHost) host = medct_host_new();
  MedctVolume *volume = medct_host_open_volume(host, path, NULL, NULL, NULL, &error);
  g_assert_no_error(error);
  return volume;
}

/* HU at an index toward Left, Posterior, Superior, however the file stores it. */
static double
hu_at(const MedctVolume *volume, const int64_t lps[3])
{
  const MedctVolumeHeader *header = medct_volume_get_header(volume);
  MedctAxes axes = medct_volume_axes(volume);
  int64_t at[3] = {0};
  for (int n = 0; n < 3; n++) {
    int axis = axes.axis[n];
    at[axis] = axes.flip[n] ? header->dims[axis] - 1 - lps[n] : lps[n];
  }
  return medct_volume_hu(volume, at[0], at[1], at[2]);
}

/* The same patients, drawn once for all tests. */
typedef struct {
  char *plain, *mixed, *again; /* folders: stored toward L, P, S; each its own way, twice */
} Folders;

static void
test_orientations(gconstpointer data)
{
  const char *plain = ((const Folders *)data)->plain, *mixed = ((const Folders *)data)->mixed;
  int turned = 0;
  for (int patient = 0; patient < PATIENTS; patient++) {
    g_autoptr(MedctVolume) a = open_volume(plain, patient), b = open_volume(mixed, patient);
    const int64_t *dims = medct_volume_get_header(a)->dims;
    char letters[4];
    medct_volume_orientation(b, letters);
    turned += strcmp(letters, "LPS") != 0;
    for (int64_t k = 0; k < dims[2]; k++)
      for (int64_t j = 0; j < dims[1]; j++)
        for (int64_t i = 0; i < dims[0]; i++) {
          const int64_t at[3] = {i, j, k};
          g_assert_cmpfloat(hu_at(a, at), ==, hu_at(b, at));
        }
  }
  g_assert_cmpint(turned, >, 0);
}

static void
test_same_bytes(gconstpointer data)
{
  const char *one = ((const Folders *)data)->mixed, *three = ((const Folders *)data)->again;
  static const char *const names[] = {"A21-00000.nii.gz", "A21-00003.nii.gz", "cohort.csv",
                                      "grades.csv", "boxes.csv"};
  for (gsize n = 0; n < G_N_ELEMENTS(names); n++) {
    g_autofree char *path_a = g_build_filename(one, names[n], NULL),
                    *path_b = g_build_filename(three, names[n], NULL), *a = NULL, *b = NULL;
    gsize n_a, n_b;
    g_assert_true(g_file_get_contents(path_a, &a, &n_a, NULL));
    g_assert_true(g_file_get_contents(path_b, &b, &n_b, NULL));
    g_assert_cmpmem(a, n_a, b, n_b);
  }
}

static void
check_row(const MedctCohort *cohort, const MedctCsv *grades, const MedctFindingBoxes *boxes,
          guint row)
{
  const MedctCohortRow *r = medct_cohort_row(cohort, row);
  const gint8 *labels = r->split == MEDCT_SPLIT_TEST ? medct_cohort_test_labels(cohort, row)
                                                     : medct_cohort_labels(cohort, row);
  guint n_boxes;
  const MedctFindingBox *box = medct_finding_boxes_of(boxes, r->volume, &n_boxes);
  gboolean boxed[N] = {FALSE};
  for (guint n = 0; n < n_boxes; n++)
    boxed[box[n].finding] = TRUE;
  g_assert_cmpstr(medct_csv_cell(grades, row, 0), ==, r->volume);
  for (guint n = 0; n < N; n++) {
    g_assert_cmpint(labels[n], ==, strcmp(medct_csv_cell(grades, row, n + 1), "0") != 0);
    g_assert_cmpint(labels[n], ==, boxed[n]);
  }
  g_assert_cmpuint(strlen(r->report), >, 20);
  g_assert_true(g_file_test(r->path, G_FILE_TEST_EXISTS));
}

/* The cohort's reader takes it, its classes are the pathologies, each label has its boxes. */
static void
test_tables(gconstpointer data)
{
  const char *folder = ((const Folders *)data)->mixed;
  g_autofree char *table = g_build_filename(folder, "cohort.csv", NULL),
                  *grade_table = g_build_filename(folder, "grades.csv", NULL),
                  *box_table = g_build_filename(folder, "boxes.csv", NULL);
  g_autoptr(GError) error = NULL;
  const char *classes[N];
  for (guint n = 0; n < N; n++)
    classes[n] = medct_pathology_name(n);
  g_autoptr(MedctCohort) cohort = medct_cohort_load(table, &error);
  g_assert_no_error(error);
  g_autoptr(MedctCsv) grades = medct_csv_load(grade_table, &error);
  g_autoptr(MedctFindingBoxes) boxes = medct_finding_boxes_load(box_table, classes, N, &error);
  g_assert_no_error(error);
  g_assert_cmpuint(medct_cohort_n_rows(cohort), ==, PATIENTS);
  g_assert_cmpuint(medct_cohort_n_classes(cohort), ==, N);
  for (guint n = 0; n < N; n++)
    g_assert_cmpstr(medct_cohort_class(cohort, n), ==, classes[n]);
  for (guint row = 0; row < PATIENTS; row++)
    check_row(cohort, grades, boxes, row);
}

static void
test_vocab(gconstpointer data)
{
  const char *folder = ((const Folders *)data)->plain;
  g_autofree char *table = g_build_filename(folder, "cohort.csv", NULL),
                  *out = g_build_filename(folder, "vocab.txt", NULL), *text = NULL;
  g_auto(Outcome) outcome = run("vocab", "--reports", table, "--size", "300", "--out", out, NULL);
  g_assert_cmpint(outcome.status, ==, 0);
  g_assert_true(g_file_get_contents(out, &text, NULL, NULL));
  g_assert_true(g_str_has_prefix(text, "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n"));
  g_assert_nonnull(strstr(text, "\npresent\n"));
  g_auto(Outcome) missing = run("vocab", "--out", out, NULL);
  g_assert_cmpint(missing.status, ==, 2);
  assert_contains(missing.err, "--reports is missing");
}

/* Two do not draw into one folder; one that fails in the middle leaves no table of the
 * volumes that it has replaced. */
static void
test_replaced(void)
{
  static const char *const tables[] = {"cohort.csv", "grades.csv", "boxes.csv"};
  char *folder = g_dir_make_tmp("phantom-XXXXXX", NULL);
  g_autofree char *second = g_build_filename(folder, "A1-00001.nii.gz", NULL);
  g_autoptr(GError) error = NULL;
  g_auto(Outcome) first =
      run("phantom", "-o", folder, "--spacing", "20", "--findings", "none", NULL);
  g_assert_cmpint(first.status, ==, 0);
  g_auto(Outcome) kept = run("phantom", "-o", folder, "--spacing", "20", NULL);
  g_assert_cmpint(kept.status, ==, 1);
  assert_contains(kept.err, "--force replaces it");
  MedctFolderLock *lock = medct_folder_lock_new(folder, "phantom.lock", "wait", &error);
  g_assert_no_error(error);
  g_auto(Outcome) busy = run("phantom", "-o", folder, "--spacing", "20", "--force", NULL);
  g_assert_cmpint(busy.status, ==, 1);
  assert_contains(busy.err, "another program");
  medct_folder_lock_free(lock);
  for (gsize n = 0; n < G_N_ELEMENTS(tables); n++) {
    g_autofree char *path = g_build_filename(folder, tables[n], NULL);
    g_assert_true(g_file_test(path, G_FILE_TEST_EXISTS));
  }
  g_assert_cmpint(g_mkdir(second, 0700), ==, 0); /* no volume can take its place */
  g_auto(Outcome) failed = run("phantom", "-o", folder, "-n", "2", "--spacing", "20", "--findings",
                               "nodule:3", "--force", NULL);
  g_assert_cmpint(failed.status, ==, 1);
  for (gsize n = 0; n < G_N_ELEMENTS(tables); n++) {
    g_autofree char *path = g_build_filename(folder, tables[n], NULL);
    g_assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
  }
  g_rmdir(second);
  remove_folder(folder);
  g_free(folder);
}

static void
test_refused(void)
{
  static const struct {
    const char *option, *value, *says;
  } cases[] = {
      {"--spacing", "0", "mm from 0.5"},
      {"--spacing", "1x2", "one number or XxYxZ"},
      {"--findings", "measles", "lung-nodule"},
      {"--factor", "noise=C", "NAME=A or NAME=B"},
      {"--orientation", "LLS", "three letters"},
      {"--count", "0", "number from 1"},
      {"--split", "some", "train"},
  };
  for (gsize n = 0; n < G_N_ELEMENTS(cases); n++) {
    g_auto(Outcome) outcome =
        run("phantom", "--out", "/nowhere", cases[n].option, cases[n].value, NULL);
    g_assert_cmpint(outcome.status, ==, 2);
    assert_contains(outcome.err, cases[n].says);
  }
  g_auto(Outcome) outcome = run("phantom", NULL);
  g_assert_cmpint(outcome.status, ==, 2);
  assert_contains(outcome.err, "--out is missing");
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  Folders folders = {make("2", "LPS"), make("1", "mixed"), make("3", "mixed")};
  g_test_add_data_func("/cmd-phantom/orientations", &folders, test_orientations);
  g_test_add_data_func("/cmd-phantom/same-bytes", &folders, test_same_bytes);
  g_test_add_data_func("/cmd-phantom/tables", &folders, test_tables);
  g_test_add_data_func("/cmd-phantom/vocab", &folders, test_vocab);
  g_test_add_func("/cmd-phantom/replaced", test_replaced);
  g_test_add_func("/cmd-phantom/refused", test_refused);
  int status = g_test_run();
  char *all[] = {folders.plain, folders.mixed, folders.again};
  for (int n = 0; n < 3; n++) {
    remove_folder(all[n]);
    g_free(all[n]);
  }
  return status;
}
