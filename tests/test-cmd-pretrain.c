/* medct pretrain, whole, at a size of no use: the folder is a model, and its card says what it is,
 * what was withheld and how it did on the test patients; the same command again changes nothing. */
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
  test_home_remove(home);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/cmd-pretrain/whole", test_whole);
  return g_test_run();
}
