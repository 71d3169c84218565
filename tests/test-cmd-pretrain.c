/* medct pretrain, whole, at a size of no use: the folder is a model, and its card says what it is,
 * what was withheld and how it did on the test patients; the same command again changes nothing,
 * and neither does another recipe. */
#include "model/checkpoint.h"
#include "model/folder_lock.h"
#include "model/json.h"
#include "model/pathologies.h"
#include "tests/program.h"
#include "tests/test-home.h"
#include <string.h>

static const char recipe[] =
    "{\"name\": \"Tiny\", \"withheld\": [\"Pleural effusion\", \"Consolidation\"], \"dim\": 16,"
    " \"image\": 24, \"patch\": 6, \"temporal_patch\": 5, \"spatial_layers\": 1,"
    " \"temporal_layers\": 1, \"heads\": 2, \"dim_head\": 8, \"codebook\": 32, \"text_hidden\": 16,"
    " \"text_layers\": 1, \"text_heads\": 2, \"text_inter\": 32, \"text_vocab\": 300,"
    " \"text_positions\": 96, \"latent\": 16, \"frames\": 20, \"input\": {\"spacing_mm\": [15, 15,"
    " 15], \"frames\": 20, \"image\": 24, \"clip_hu\": [-1000, 1000]}, \"patients\": {\"seed\": 1,"
    " \"train\": 8, \"validation\": 4, \"test\": 4}, \"pretrain\": {\"seed\": 1,"
    " \"evaluate_every\": 1, \"dense\": {\"steps\": 1, \"batch\": 4, \"lr\": 0.003},"
    " \"text\": {\"steps\": 1, \"batch\": 4, \"lr\": 0.003},"
    " \"joint\": {\"steps\": 1, \"batch\": 4, \"lr\": 0.001},"
    " \"sentences\": {\"steps\": 1, \"batch\": 4, \"lr\": 0.001}}}";

static void
check_card(const char *folder)
{
  g_autofree char *path = g_build_filename(folder, "model.json", NULL);
  g_autoptr(GError) error = NULL;
  g_autoptr(JsonNode) node = medct_json_load(path, &error);
  g_assert_no_error(error);
  JsonObject *card = json_node_get_object(node);
  g_assert_cmpstr(json_object_get_string_member(card, "kind"), ==, "demo");
  g_assert_nonnull(strstr(json_object_get_string_member(card, "description"), "SYNTHETIC"));
  JsonObject *training = json_object_get_object_member(card, "training");
  JsonArray *withheld = json_object_get_array_member(training, "withheld");
  g_assert_cmpuint(json_array_get_length(withheld), ==, 2);
  g_assert_cmpstr(json_array_get_string_element(withheld, 0), ==, "Pleural effusion");
  g_assert_cmpstr(json_array_get_string_element(withheld, 1), ==, "Consolidation");
  JsonObject *test = json_object_get_object_member(card, "test");
  g_assert_cmpint(json_object_get_int_member(test, "patients"), ==, 4);
  JsonObject *findings = json_object_get_object_member(test, "findings");
  g_assert_cmpuint(json_object_get_size(findings), ==, MEDCT_N_PATHOLOGIES);
}

/* Where the folder holds another's model, nothing in it changes. */
static void
check_refused(const char *recipe_path, const char *folder, const char *says)
{
  static const char *const files[] = {"model.safetensors", "vocab.txt", "config.json",
                                      "model.json"};
  char *before[G_N_ELEMENTS(files)];
  gsize n_before[G_N_ELEMENTS(files)], n;
  for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
    g_autofree char *path = g_build_filename(folder, files[i], NULL);
    g_assert_true(g_file_get_contents(path, &before[i], &n_before[i], NULL));
  }
  g_auto(Outcome) refused = run("pretrain", "-c", recipe_path, "-o", folder, NULL);
  g_assert_cmpint(refused.status, ==, 1);
  assert_contains(refused.err, says);
  for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
    g_autofree char *path = g_build_filename(folder, files[i], NULL), *after = NULL;
    g_assert_true(g_file_get_contents(path, &after, &n, NULL));
    g_assert_cmpmem(before[i], n_before[i], after, n);
    g_free(before[i]);
  }
}

/* Another draw of patients, which has other words; other heads, with as many numbers. */
static void
check_other_recipes(const char *home, const char *folder)
{
  static const char *const changes[][2] = {
      {"\"patients\": {\"seed\": 1", "\"patients\": {\"seed\": 2"},
      {"\"text_heads\": 2", "\"text_heads\": 4"}};
  g_autofree char *path = g_build_filename(home, "other.json", NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(changes); i++) {
    g_autoptr(GString) other = g_string_new(recipe);
    g_assert_cmpuint(g_string_replace(other, changes[i][0], changes[i][1], 0), ==, 1);
    g_assert_true(g_file_set_contents(path, other->str, -1, NULL));
    check_refused(path, folder, "is of another pre-training");
  }
}

static void
test_whole(void)
{
  char *home = test_home_make();
  g_autofree char *path = g_build_filename(home, "recipe.json", NULL);
  g_autofree char *folder = g_build_filename(home, "model", NULL);
  g_autofree char *weights = g_build_filename(folder, "model.safetensors", NULL);
  g_assert_true(g_file_set_contents(path, recipe, -1, NULL));
  g_auto(Outcome) made = run("pretrain", "-c", path, "-o", folder, "-t", "1", NULL);
  g_assert_cmpstr(made.err, ==, "");
  g_assert_cmpint(made.status, ==, 0);
  check_card(folder);
  g_auto(Outcome) info = run("model", "info", folder, NULL);
  g_assert_cmpint(info.status, ==, 0);
  g_autofree char *before = NULL, *after = NULL;
  gsize n_before, n_after;
  g_assert_true(g_file_get_contents(weights, &before, &n_before, NULL));
  g_auto(Outcome) again = run("pretrain", "-c", path, "-o", folder, "-t", "2", NULL);
  g_assert_cmpint(again.status, ==, 0);
  g_assert_true(g_file_get_contents(weights, &after, &n_after, NULL));
  g_assert_cmpmem(before, n_before, after, n_after);
  check_other_recipes(home, folder);
  g_autofree char *checkpoints = g_build_filename(folder, "checkpoints", NULL);
  MedctFolderLock *lock = medct_folder_lock_new(folder, "pretraining.lock", "wait", NULL);
  check_refused(path, folder, "another program");
  medct_folder_lock_free(lock);
  medct_checkpoint_remove_all(checkpoints);
  check_refused(path, folder, "holds a model already");
  test_home_remove(home);
}

/* Before anything is drawn: so fine a patient has 10¹³ voxels. */
static void
test_spacing(void)
{
  char *home = test_home_make();
  g_autofree char *path = g_build_filename(home, "recipe.json", NULL);
  g_autoptr(GString) fine = g_string_new(recipe);
  g_assert_cmpuint(g_string_replace(fine, "[15, 15, 15]", "[0.01, 0.01, 0.01]", 0), ==, 1);
  g_assert_true(g_file_set_contents(path, fine->str, -1, NULL));
  g_auto(Outcome) refused = run("pretrain", "-c", path, "-o", home, NULL);
  g_assert_cmpint(refused.status, ==, 1);
  assert_contains(refused.err, "spacing_mm is 0.01, expected 0.5 to 20 mm");
  test_home_remove(home);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/cmd-pretrain/whole", test_whole);
  g_test_add_func("/cmd-pretrain/spacing", test_spacing);
  return g_test_run();
}
