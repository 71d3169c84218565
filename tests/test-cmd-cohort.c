/* medct cohort check and split, with real files that are good, broken and missing. */
#include "model/cohort.h"
#include "model/json.h"
#include "tests/program.h"
#include "tests/test-home.h"
#include <string.h>

static char *
make_cohort(const char *home)
{
  g_autofree char *good = g_build_filename(home, "good.nii.gz", NULL);
  g_autofree char *broken = g_build_filename(home, "broken.nii.gz", NULL);
  char *path = g_build_filename(home, "c.csv", NULL);
  const char *const chest[] = {g_getenv("MAKE_CHEST"), good, "32", "4", "16", "2", NULL};
  g_auto(Outcome) outcome = run_words(chest);
  g_assert_cmpint(outcome.status, ==, 0);
  g_assert_true(g_file_set_contents(broken, "no volume", -1, NULL));
  g_assert_true(g_file_set_contents(path,
                                    "volume,patient,split,Emphysema,Lung nodule\n"
                                    "good.nii.gz,p1,train,1,0\n"
                                    "broken.nii.gz,p2,validation,0,\n"
                                    "missing.nii.gz,p3,test,1,0\n"
                                    "x.nii.gz,p1,test,1,0\n",
                                    -1, NULL));
  return path;
}

static JsonObject *
find_problem(JsonObject *root, const char *code)
{
  JsonArray *problems = json_object_get_array_member(root, "problems");
  for (guint n = 0; n < json_array_get_length(problems); n++) {
    JsonObject *problem = json_array_get_object_element(problems, n);
    if (g_str_equal(json_object_get_string_member(problem, "code"), code))
      return problem;
  }
  g_error("no problem %s", code);
}

static void
test_check(void)
{
  char *home = test_home_make();
  g_autofree char *path = make_cohort(home);
  g_auto(Outcome) outcome = run("cohort", "check", path, "--json", NULL);
  g_assert_cmpint(outcome.status, ==, 1);
  g_autoptr(JsonNode) node = medct_json_parse(outcome.out, strlen(outcome.out), "out", NULL);
  JsonObject *root = json_node_get_object(node);
  g_assert_cmpint(json_object_get_int_member(root, "volumes"), ==, 4);
  g_assert_cmpint(json_object_get_int_member(root, "patients"), ==, 3);
  g_assert_cmpint(json_object_get_int_member(find_problem(root, "unreadable"), "line"), ==, 3);
  g_assert_cmpint(json_object_get_int_member(find_problem(root, "not-found"), "line"), ==, 4);
  g_assert_cmpint(json_object_get_int_member(find_problem(root, "two-splits"), "line"), ==, 5);
  find_problem(root, "no-positives");
  g_assert_cmpint(json_object_get_int_member(root, "errors"), ==, 4);
  g_auto(Outcome) text = run("cohort", "check", path, "--table-only", NULL);
  g_assert_cmpint(text.status, ==, 1);
  assert_contains(text.out, "4 volumes of 3 patients: train 1 (1 patients)");
  assert_contains(text.out, "error    missing.nii.gz: file not found (line 4 of the table)");
  assert_contains(text.out, "Emphysema                                 3 75.0 %");
  g_assert_null(strstr(text.out, "unreadable"));
  g_assert_null(strstr(text.out, home));
  test_home_remove(home);
}

static void
test_split(void)
{
  char *home = test_home_make();
  g_autofree char *path = make_cohort(home);
  g_autofree char *out = g_build_filename(home, "split.csv", NULL);
  g_auto(Outcome) made = run("cohort", "split", path, "--out", out, "--shares", "1,1,1", NULL);
  g_assert_cmpint(made.status, ==, 0);
  assert_contains(made.out, "train       ");
  g_autoptr(MedctCohort) cohort = medct_cohort_load(out, NULL); /* p1 is in one split now */
  g_assert_cmpuint(medct_cohort_n_rows(cohort), ==, 4);
  g_auto(Outcome) again = run("cohort", "split", path, "--out", out, NULL);
  g_assert_cmpint(again.status, ==, 1);
  assert_contains(again.err, "it is there already");
  g_auto(Outcome) misused = run("cohort", "split", path, "-o", out, "--shares", "1,2", NULL);
  g_assert_cmpint(misused.status, ==, 2);
  g_auto(Outcome) missing = run("cohort", "split", path, NULL);
  g_assert_cmpint(missing.status, ==, 2);
  test_home_remove(home);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/cmd-cohort/check", test_check);
  g_test_add_func("/cmd-cohort/split", test_split);
  return g_test_run();
}
