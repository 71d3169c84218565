/* A reduced adaptation experiment from end to end: a model that is pre-trained for a moment, few
 * patients. What it says must be whole, repeatable, and in the direction that its rule promises. */
#include "app/experiment-private.h"
#include "model/json.h"
#include "tests/program.h"
#include "tests/test-home.h"
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

static const char recipe[] =
    "{\"name\": \"Tiny\", \"dim\": 16, \"image\": 24, \"patch\": 6, \"temporal_patch\": 5,"
    " \"spatial_layers\": 1, \"temporal_layers\": 1, \"heads\": 2, \"dim_head\": 8,"
    " \"codebook\": 32, \"text_hidden\": 16, \"text_layers\": 1, \"text_heads\": 2,"
    " \"text_inter\": 32, \"text_vocab\": 300, \"text_positions\": 96, \"latent\": 16,"
    " \"frames\": 20, \"input\": {\"spacing_mm\": [15, 15, 15], \"frames\": 20, \"image\": 24,"
    " \"clip_hu\": [-1000, 1000]},"
    " \"patients\": {\"seed\": 1, \"train\": 8, \"validation\": 3, \"test\": 3},"
    " \"pretrain\": {\"seed\": 1, \"evaluate_every\": 20,"
    " \"dense\": {\"steps\": 20, \"batch\": 4, \"lr\": 0.003},"
    " \"text\": {\"steps\": 20, \"batch\": 8, \"lr\": 0.003},"
    " \"joint\": {\"steps\": 10, \"batch\": 4, \"lr\": 0.001},"
    " \"sentences\": {\"steps\": 10, \"batch\": 8, \"lr\": 0.001}}}";

static const char *const arms[MEDCT_N_ARMS] = {"lora",  "lora-text", "lora-vision", "full",
                                               "probe", "control",   "control-end"};

typedef struct {
  char *folder, *model, *out;
} Files;

/* Made once: patients take most of the time. */
static void
set_up(Files *files)
{
  g_autofree char *path = NULL;
  files->folder = g_dir_make_tmp("medct-experiment-XXXXXX", NULL);
  files->model = g_build_filename(files->folder, "model", NULL);
  files->out = g_build_filename(files->folder, "out", NULL);
  path = g_build_filename(files->folder, "recipe.json", NULL);
  g_assert_true(g_file_set_contents(path, recipe, -1, NULL));
  g_auto(Outcome) made = run("pretrain", "-c", path, "-o", files->model, "-t", "1", NULL);
  g_assert_cmpstr(made.err, ==, "");
  g_assert_cmpint(made.status, ==, 0);
}

static void
tear_down(Files *files)
{
  test_home_remove(g_steal_pointer(&files->folder));
  g_free(files->model);
  g_free(files->out);
}

static Outcome
experiment(const Files *files, const char *out, const char *seeds, const char *threads,
           const char *last)
{
  return run("demo", "experiment", "-m", files->model, "-o", out, "--seeds", seeds,
             "--patients-train", "8", "--patients-validation", "8", "--patients-test", "8",
             "--epochs", "2", "--rank", "2", "--rate", "0.003", "--rate", "0.02", "-t", threads,
             last, NULL);
}

static JsonNode *
parse(const Outcome *outcome)
{
  g_autoptr(GError) error = NULL;
  g_assert_cmpstr(outcome->err, ==, "");
  g_assert_cmpint(outcome->status, ==, 0);
  JsonNode *node = medct_json_parse(outcome->out, strlen(outcome->out), "output", &error);
  g_assert_no_error(error);
  return node;
}

static JsonObject *
part(JsonObject *object, const char *key)
{
  g_assert_true(json_object_has_member(object, key));
  return json_object_get_object_member(object, key);
}

static double
value(JsonObject *object, const char *key)
{
  g_assert_true(json_object_has_member(object, key));
  return json_object_get_double_member(object, key);
}

/* ---- what it says --------------------------------------------------------------------------- */

static void
check_site(JsonObject *site, gboolean gains)
{
  static const char *const measures[] = {"auroc", "accuracy", "macro_f1", "gain"};
  for (gsize i = 0; i < G_N_ELEMENTS(measures) - !gains; i++) {
    JsonObject *interval = part(site, measures[i]);
    g_assert_cmpfloat(value(interval, "low"), <=, value(interval, "high"));
    g_assert_true(isfinite(value(interval, "value")));
  }
  JsonArray *findings = json_object_get_array_member(site, "findings");
  g_assert_cmpuint(json_array_get_length(findings), ==, MEDCT_N_PATHOLOGIES);
}

/* The rule: what is used is better on validation than the base, or it is the base. */
static void
check_direction(JsonObject *run, double base)
{
  double validation = value(run, "validation_auroc");
  if (strcmp(json_object_get_string_member(run, "arm"), "control-end") == 0)
    g_assert_false(json_object_get_boolean_member(run, "keeps_base"));
  else
    g_assert_true(json_object_get_boolean_member(run, "keeps_base") == !(validation > base));
  if (!json_object_get_boolean_member(run, "keeps_base"))
    return;
  JsonObject *gain = part(part(run, "b"), "gain");
  g_assert_cmpfloat(value(gain, "value"), ==, 0);
  g_assert_cmpfloat(value(gain, "high"), ==, 0);
}

static void
check_run(JsonObject *run, double base, guint *selected)
{
  const char *arm = json_object_get_string_member(run, "arm");
  g_assert_cmpfloat(value(run, "trainable_share"), >, 0);
  g_assert_cmpfloat(value(run, "minutes"), >, 0);
  g_assert_cmpstr(json_object_get_string_member(run, "choice"), !=, "");
  g_assert_true(json_object_get_boolean_member(run, "augmented") ==
                (strcmp(arm, "lora-text") != 0 && strcmp(arm, "probe") != 0));
  g_assert_true(json_object_get_boolean_member(run, "shuffled_labels") ==
                g_str_has_prefix(arm, "control"));
  if (!json_object_get_boolean_member(run, "selected"))
    return;
  check_site(part(run, "a"), TRUE);
  check_site(part(run, "b"), TRUE);
  check_direction(run, base);
  for (int i = 0; i < MEDCT_N_ARMS; i++)
    selected[i] += strcmp(arm, arms[i]) == 0;
}

static JsonObject *
find_run(JsonArray *runs, const char *arm, guint seed, double rate)
{
  for (guint i = 0; i < json_array_get_length(runs); i++) {
    JsonObject *run = json_array_get_object_element(runs, i);
    if (strcmp(json_object_get_string_member(run, "arm"), arm) == 0 &&
        json_object_get_int_member(run, "seed") == seed && value(run, "rate") == rate)
      return run;
  }
  return NULL;
}

/* Seed and rate being equal, labels are all that can make the difference. */
static void
check_control(JsonArray *runs)
{
  JsonObject *lora = find_run(runs, "lora", 1, 0.02), *control = find_run(runs, "control", 1, 0.02);
  g_assert_true(lora && control);
  g_assert_cmpfloat(value(lora, "validation_auroc"), !=, value(control, "validation_auroc"));
}

static void
check_whole(JsonObject *root, guint seeds)
{
  guint selected[MEDCT_N_ARMS] = {0};
  JsonObject *base = part(root, "base"), *trivial = part(root, "baselines_on_b");
  JsonArray *runs = json_object_get_array_member(root, "runs");
  g_assert_true(g_str_has_prefix(json_object_get_string_member(root, "data"), "SYNTHETIC"));
  JsonObject *augmentation = part(part(root, "settings"), "augmentation");
  g_assert_cmpfloat(value(augmentation, "shift_voxels"), ==, 3);
  g_assert_cmpfloat(value(augmentation, "noise_hu"), ==, 12);
  g_assert_cmpfloat(value(augmentation, "offset_hu"), ==, 6);
  check_site(part(base, "a"), FALSE);
  check_site(part(base, "b"), FALSE);
  g_assert_cmpfloat(value(trivial, "accuracy_majority"), >=, value(trivial, "accuracy_all_absent"));
  g_assert_cmpfloat_with_epsilon(
      value(trivial, "accuracy_all_absent") + value(trivial, "accuracy_all_present"), 1, 1e-9);
  check_control(runs);
  for (guint i = 0; i < json_array_get_length(runs); i++)
    check_run(json_array_get_object_element(runs, i), value(base, "validation_auroc"), selected);
  g_assert_cmpuint(json_array_get_length(json_object_get_array_member(root, "arms")), ==,
                   MEDCT_N_ARMS);
  for (int arm = 0; arm < MEDCT_N_ARMS; arm++)
    g_assert_cmpuint(selected[arm], ==, arm == MEDCT_ARM_PROBE ? 1 : seeds);
}

/* ---- that it can be repeated ---------------------------------------------------------------- */

static char *
without_minutes(JsonNode *node)
{
  JsonArray *runs = json_object_get_array_member(json_node_get_object(node), "runs");
  for (guint i = 0; i < json_array_get_length(runs); i++)
    json_object_remove_member(json_array_get_object_element(runs, i), "minutes");
  return json_to_string(node, TRUE);
}

/* Nothing of the tests is there before the last choice. Comes first: the next goes on from here. */
static void
test_choices(gconstpointer data)
{
  const Files *files = data;
  g_autofree char *scores = g_build_filename(files->out, "scores", "base-b-test.safetensors", NULL);
  g_auto(Outcome) table = experiment(files, files->out, "2", "1", "--choose-only");
  g_assert_cmpint(table.status, ==, 0);
  assert_contains(table.out, "control-seed1-rate0.02");
  g_assert_null(strstr(table.out, "all absent"));
  g_assert_false(g_file_test(scores, G_FILE_TEST_EXISTS));
}

static void
test_whole(gconstpointer data)
{
  const Files *files = data;
  g_autofree char *other = g_build_filename(files->folder, "other", NULL);
  g_auto(Outcome) first = experiment(files, files->out, "2", "1", "--json");
  g_auto(Outcome) kept = experiment(files, files->out, "2", "1", "--json");
  g_autoptr(JsonNode) one = parse(&first);
  check_whole(json_node_get_object(one), 2);
  g_assert_cmpstr(first.out, ==, kept.out); /* the minutes too: nothing was computed again */
  g_auto(Outcome) second = experiment(files, other, "2", "2", "--json");
  g_autoptr(JsonNode) two = parse(&second);
  g_autofree char *a = without_minutes(one), *b = without_minutes(two);
  g_assert_cmpstr(a, ==, b);
}

/* A folder that lost some parts, as after an interruption, gives the same. */
static void
test_parts(gconstpointer data)
{
  const Files *files = data;
  static const char *const lost[] = {"trained/lora-seed1-rate0.003/part.json",
                                     "scores/base-b-test.safetensors",
                                     "scores/control-end-seed1-rate0.003-a-test.safetensors",
                                     "scores/control-end-seed1-rate0.02-a-test.safetensors"};
  g_auto(Outcome) first = experiment(files, files->out, "2", "1", "--json");
  g_autoptr(JsonNode) one = parse(&first);
  for (gsize i = 0; i < G_N_ELEMENTS(lost); i++) {
    g_autofree char *path = g_build_filename(files->out, lost[i], NULL);
    g_unlink(path);
  }
  g_auto(Outcome) again = experiment(files, files->out, "2", "1", "--json");
  g_autoptr(JsonNode) two = parse(&again);
  g_autofree char *a = without_minutes(one), *b = without_minutes(two);
  g_assert_cmpstr(a, ==, b);
  g_auto(Outcome) table = experiment(files, files->out, "2", "1", "--threads=1");
  g_assert_true(g_str_has_prefix(table.out, "SYNTHETIC"));
  assert_contains(table.out, "control-end");
  g_auto(Outcome) others =
      run("demo", "experiment", "-m", files->model, "-o", files->out, "--epochs", "3", NULL);
  g_assert_cmpint(others.status, ==, 1);
  assert_contains(others.err, "other settings");
  g_auto(Outcome) known =
      run("demo", "experiment", "-m", files->model, "-o", files->out, "--test-seed", "1", NULL);
  g_assert_cmpint(known.status, ==, 1);
  assert_contains(known.err, "on which the model was trained");
}

static void
test_refusals(void)
{
  g_auto(Outcome) none = run("demo", "experiment", NULL);
  g_assert_cmpint(none.status, ==, 2);
  assert_contains(none.err, "--model is missing");
  g_auto(Outcome) leak =
      run("demo", "experiment", "-m", "x", "--test-seed", "5", "--development-seed", "5", NULL);
  g_assert_cmpint(leak.status, ==, 2);
  assert_contains(leak.err, "learned from");
  g_auto(Outcome) many = run("demo", "experiment", "-m", "x", "--patients-train", "201", NULL);
  g_assert_cmpint(many.status, ==, 2);
  assert_contains(many.err, "--patients-train");
}

/* Labels that are drawn again without their patients are those patients' own. */
static void
test_labels(gconstpointer data)
{
  const Files *files = data;
  g_autoptr(GError) error = NULL;
  MedctExperiment x = {.options = MEDCT_EXPERIMENT_DEFAULT};
  MedctPretrainSet set;
  x.options.n_train = 3;
  x.options.n_validation = 4;
  x.options.n_test = 5;
  x.options.threads = 1;
  x.model = medct_model_open(files->model, &error);
  g_assert_no_error(error);
  g_assert_true(medct_experiment_patients(&x, MEDCT_COHORT_B_VALIDATION, &set, &error));
  g_autofree gint8 *labels = medct_experiment_labels(&x, MEDCT_COHORT_B_VALIDATION);
  g_assert_cmpuint(set.n_items, ==, 4);
  for (guint i = 0; i < set.n_items; i++)
    g_assert_cmpmem(set.items[i].labels, MEDCT_N_PATHOLOGIES, labels + i * MEDCT_N_PATHOLOGIES,
                    MEDCT_N_PATHOLOGIES);
  for (int cohort = MEDCT_COHORT_B_TEST; cohort <= MEDCT_COHORT_A_TEST; cohort++) {
    g_assert_true(medct_experiment_patients(&x, (MedctExperimentCohort)cohort, &set, &error));
    g_autofree gint8 *door = medct_experiment_test_labels(&x, (MedctExperimentCohort)cohort);
    const MedctPretrainItem *drawn = medct_pretrain_data_set(x.test)->items;
    for (guint i = 0; i < set.n_items; i++) {
      g_assert_null(set.items[i].labels);
      g_assert_cmpmem(drawn[i].labels, MEDCT_N_PATHOLOGIES, door + i * MEDCT_N_PATHOLOGIES,
                      MEDCT_N_PATHOLOGIES);
    }
  }
  medct_experiment_release(&x);
  medct_model_unref(x.model);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  Files files;
  char *home = test_home_make();
  set_up(&files);
  g_test_add_data_func("/experiment/choices", &files, test_choices);
  g_test_add_data_func("/experiment/whole", &files, test_whole);
  g_test_add_data_func("/experiment/parts", &files, test_parts);
  g_test_add_data_func("/experiment/labels", &files, test_labels);
  g_test_add_func("/experiment/refusals", test_refusals);
  int status = g_test_run();
  tear_down(&files);
  test_home_remove(home);
  return status;
}
