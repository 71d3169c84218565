/* medct eval on a small cohort with made-up chests: its numbers are those of medct metrics on its
 * own scores; a bad volume is reported and the rest go on; base beside adapter. */
#include "model/csv.h"
#include "model/estimate.h"
#include "model/json.h"
#include "tests/program.h"
#include "tests/test-home.h"
#include <math.h>
#include <string.h>

typedef struct {
  char *home, *cohort, *model, *adapter;
} Files;

static const char *const radii[] = {"4", "5", "6", "7", "8", "9", "10", "11"};

/* Four volumes in validation, four in test and one that is missing. */
static void
set_up(Files *f, gconstpointer data)
{
  f->home = test_home_make();
  f->cohort = g_build_filename(f->home, "c.csv", NULL);
  f->model = g_build_filename(f->home, "model", NULL);
  f->adapter = g_test_build_filename(G_TEST_DIST, "golden", "mini_adapter", NULL);
  g_auto(Outcome) model =
      run("model", "random", "--config", "mini", "--seed", "3", "--out", f->model, NULL);
  g_assert_cmpint(model.status, ==, 0);
  g_autoptr(GString) text = g_string_new("volume,patient,split,Cardiomegaly,Lung nodule,report\n");
  for (guint n = 0; n < G_N_ELEMENTS(radii); n++) {
    g_autofree char *name = g_strdup_printf("v%u.nii.gz", n);
    g_autofree char *path = g_build_filename(f->home, name, NULL);
    const char *words[] = {g_getenv("MAKE_CHEST"), path, "48", radii[n], "24", "3", NULL};
    g_auto(Outcome) made = run_words(words);
    g_assert_cmpint(made.status, ==, 0);
    g_string_append_printf(text, "%s,p%u,%s,%u,%s,The heart is seen %u times.\n", name, n,
                           n < 4 ? "validation" : "test", n % 2,
                           n % 4 == 3 ? ""
                           : n % 4    ? "1"
                                      : "0",
                           n);
  }
  g_string_append(text, "missing.nii.gz,p9,test,1,0,\n");
  g_assert_true(g_file_set_contents(f->cohort, text->str, -1, NULL));
}

static void
tear_down(Files *f, gconstpointer data)
{
  g_free(f->cohort);
  g_free(f->model);
  g_free(f->adapter);
  test_home_remove(f->home);
}

static JsonNode *
parse(const Outcome *outcome)
{
  g_autoptr(GError) error = NULL;
  JsonNode *node = medct_json_parse(outcome->out, strlen(outcome->out), "out", &error);
  g_assert_no_error(error);
  return node;
}

static double
number(JsonObject *object, const char *path)
{
  g_auto(GStrv) parts = g_strsplit(path, "/", -1);
  guint n = g_strv_length(parts);
  for (guint i = 0; i + 1 < n; i++)
    object = json_object_get_object_member(object, parts[i]);
  return json_object_get_null_member(object, parts[n - 1])
             ? NAN
             : json_object_get_double_member(object, parts[n - 1]);
}

static JsonObject *
class_of(JsonObject *root, guint index)
{
  return json_array_get_object_element(json_object_get_array_member(root, "classes"), index);
}

static void
test_equals_metrics(Files *f, gconstpointer data)
{
  g_autofree char *scores = g_build_filename(f->home, "scores.csv", NULL);
  g_autofree char *labels = g_build_filename(f->home, "labels.csv", NULL);
  g_auto(Outcome) outcome = run("eval", "--cohort", f->cohort, "--model", f->model, "--json",
                                "--bootstrap", "50", "--scores", scores, NULL);
  g_assert_cmpint(outcome.status, ==, 1); /* one volume is missing */
  assert_contains(outcome.err, "missing.nii.gz");
  g_assert_null(strstr(outcome.err, f->home));
  g_autoptr(JsonNode) node = parse(&outcome);
  JsonObject *root = json_node_get_object(node);
  g_assert_cmpint(json_object_get_int_member(root, "volumes"), ==, 4);
  g_assert_cmpint(json_object_get_int_member(root, "validation_volumes"), ==, 4);
  g_assert_cmpuint(json_array_get_length(json_object_get_array_member(root, "failed")), ==, 1);
  g_assert_true(
      g_file_set_contents(labels,
                          "volume,Cardiomegaly,Lung nodule\nv4.nii.gz,0,0\nv5.nii.gz,1,1\n"
                          "v6.nii.gz,0,1\nv7.nii.gz,1,\n",
                          -1, NULL));
  g_auto(Outcome) measured = run("metrics", "-s", scores, "-l", labels, "--json", NULL);
  g_assert_cmpint(measured.status, ==, 0);
  g_autoptr(JsonNode) other = parse(&measured);
  JsonObject *base = json_object_get_object_member(root, "base");
  for (guint c = 0; c < 2; c++) {
    JsonObject *ours = class_of(base, c), *theirs = class_of(json_node_get_object(other), c);
    static const char *const same[] = {"auroc", "average_precision", "at_0.5/f1",
                                       "at_0.5/accuracy"};
    for (gsize i = 0; i < G_N_ELEMENTS(same); i++)
      g_assert_cmpfloat(number(ours, same[i]), ==, number(theirs, same[i]));
    g_assert_cmpfloat(number(ours, "intervals_at_0.5/auroc/value"), ==, number(ours, "auroc"));
    g_assert_true(json_object_has_member(ours, "validation_threshold"));
  }
  g_assert_cmpfloat(number(root, "baselines/all_positive/recall"), ==, 1);
  g_assert_cmpfloat(number(root, "baselines/all_negative/accuracy"), ==, (2.0 / 4 + 1.0 / 3) / 2);
  g_assert_cmpfloat(number(base, "retrieval/report_to_volume/recall@5"), ==, 1);
}

/* The thresholds are those of the validation rows, whatever the test rows would have liked. */
static void
test_thresholds_from_validation(Files *f, gconstpointer data)
{
  g_autofree char *path = g_build_filename(f->home, "scores.csv", NULL);
  g_auto(Outcome) outcome =
      run("eval", "-c", f->cohort, "-m", f->model, "--json", "--bootstrap", "0", NULL);
  g_auto(Outcome) validation = run("eval", "-c", f->cohort, "-m", f->model, "-s", "validation",
                                   "--bootstrap", "0", "--scores", path, NULL);
  g_assert_cmpint(validation.status, ==, 0);
  g_autoptr(MedctCsv) csv = medct_csv_load(path, NULL);
  g_assert_cmpuint(medct_csv_n_rows(csv), ==, 4);
  const gint8 labels[] = {0, 1, 0, 1}; /* of Cardiomegaly */
  double scores[4], threshold;
  guint patients[] = {0, 1, 2, 3};
  for (guint n = 0; n < 4; n++)
    scores[n] = g_ascii_strtod(medct_csv_cell(csv, n, 1), NULL);
  MedctScored scored = {4, 1, scores, labels, patients};
  medct_scored_thresholds(&scored, MEDCT_THRESHOLD_YOUDEN, &threshold);
  g_autoptr(JsonNode) node = parse(&outcome);
  JsonObject *base = json_object_get_object_member(json_node_get_object(node), "base");
  g_assert_cmpfloat_with_epsilon(number(class_of(base, 0), "validation_threshold"), threshold,
                                 1e-12);
}

static void
test_base_and_adapter(Files *f, gconstpointer data)
{
  g_auto(Outcome) outcome = run("eval", "-c", f->cohort, "-m", f->model, "-a", f->adapter, "--json",
                                "--bootstrap", "50", NULL);
  g_autoptr(JsonNode) node = parse(&outcome);
  JsonObject *root = json_node_get_object(node);
  double base = number(root, "base/mean_at_0.5/auroc/value");
  double adapter = number(root, "adapter/mean_at_0.5/auroc/value");
  g_assert_cmpfloat_with_epsilon(number(root, "difference/mean_at_0.5/auroc/value"), adapter - base,
                                 1e-12);
  g_auto(Outcome) again = run("eval", "-c", f->cohort, "-m", f->model, "-a", f->adapter, "--json",
                              "--bootstrap", "50", NULL);
  g_assert_cmpstr(again.out, ==, outcome.out); /* seeded, and from the cache */
}

/* The pair of one finding the other way round: its probabilities, and so its AUROC, turn over; the
 * other finding is asked for as ever. */
static void
test_asked_in_free_text(Files *f, gconstpointer data)
{
  g_auto(Outcome) plain =
      run("eval", "-c", f->cohort, "-m", f->model, "--json", "--bootstrap", "0", NULL);
  g_auto(Outcome) turned =
      run("eval", "-c", f->cohort, "-m", f->model, "--json", "--bootstrap", "0", "--ask",
          "Cardiomegaly=Cardiomegaly is not present. | Cardiomegaly is present.", NULL);
  g_autoptr(JsonNode) plain_node = parse(&plain), turned_node = parse(&turned);
  JsonObject *root = json_node_get_object(turned_node);
  JsonObject *before = json_object_get_object_member(json_node_get_object(plain_node), "base");
  JsonObject *after = json_object_get_object_member(root, "base");
  g_assert_cmpfloat_with_epsilon(number(class_of(before, 0), "auroc"),
                                 1 - number(class_of(after, 0), "auroc"), 1e-12);
  g_assert_cmpfloat(number(class_of(before, 1), "auroc"), ==, number(class_of(after, 1), "auroc"));
  JsonArray *questions = json_object_get_array_member(root, "questions");
  g_assert_cmpuint(json_array_get_length(questions), ==, 1);
  g_assert_cmpstr(
      json_object_get_string_member(json_array_get_object_element(questions, 0), "against"), ==,
      "Cardiomegaly is present.");
  g_auto(Outcome) unknown =
      run("eval", "-c", f->cohort, "-m", f->model, "--ask", "Gout=There is gout.", NULL);
  g_assert_cmpint(unknown.status, ==, 1);
  assert_contains(unknown.err, "expected FINDING=SENTENCE with a finding of the cohort");
}

static void
test_text_and_refusals(Files *f, gconstpointer data)
{
  g_auto(Outcome) text = run("eval", "-c", f->cohort, "-m", f->model, "-s", "validation", NULL);
  g_assert_cmpint(text.status, ==, 0);
  assert_contains(text.out, "c.csv, validation: 4 volumes of 4 patients");
  assert_contains(text.out, "always \"absent\"");
  assert_contains(text.out, "not for diagnosis");
  g_assert_null(strstr(text.out, "validation thresholds")); /* chosen on what is measured */
  g_auto(Outcome) empty = run("eval", "-c", f->cohort, "-m", f->model, "-s", "train", NULL);
  g_assert_cmpint(empty.status, ==, 1);
  assert_contains(empty.err, "no volume of the cohort is in the split \"train\"");
  g_auto(Outcome) misused = run("eval", "-c", f->cohort, NULL);
  g_assert_cmpint(misused.status, ==, 2);
  g_auto(Outcome) adapter = run("eval", "-c", f->cohort, "-m", f->model, "-a", f->home, NULL);
  g_assert_cmpint(adapter.status, ==, 1);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
#define ADD(name, test) g_test_add("/cmd-eval/" name, Files, NULL, set_up, test, tear_down)
  ADD("equals-metrics", test_equals_metrics);
  ADD("thresholds-from-validation", test_thresholds_from_validation);
  ADD("base-and-adapter", test_base_and_adapter);
  ADD("asked-in-free-text", test_asked_in_free_text);
  ADD("text-and-refusals", test_text_and_refusals);
  return g_test_run();
}
