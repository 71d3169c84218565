/* model random, model info, model convert: the real program is run. */
#include "model/json.h"
#include "tests/program.h"
#include <glib/gstdio.h>
#include <string.h>

static char *folder;

static char *
in_folder(const char *name)
{
  return g_build_filename(folder, name, NULL);
}

static JsonObject *
parse(const Outcome *outcome)
{
  g_autoptr(GError) error = NULL;
  g_assert_cmpstr(outcome->err, ==, "");
  g_assert_cmpint(outcome->status, ==, 0);
  g_autoptr(JsonNode) node =
      medct_json_parse(outcome->out, strlen(outcome->out), "the output", &error);
  g_assert_no_error(error);
  return json_object_ref(json_node_get_object(node));
}

static JsonObject *
info(const char *path)
{
  g_auto(Outcome) outcome = run("model", "info", path, "--json", NULL);
  return parse(&outcome);
}

static gint64
number(JsonObject *root, const char *object, const char *member)
{
  return json_object_get_int_member(json_object_get_object_member(root, object), member);
}

static void
test_random_and_info(void)
{
  g_autofree char *model = in_folder("model");
  g_auto(Outcome) made = run("model", "random", "--out", model, "--seed", "5", NULL);
  g_assert_cmpstr(made.err, ==, "");
  g_assert_cmpint(made.status, ==, 0);
  g_autoptr(JsonObject) root = info(model);
  g_assert_cmpint(number(root, "parameters", "total"), ==, 926309);
  g_assert_cmpint(number(root, "tensors", "used"), ==, 109);
  g_assert_cmpint(number(root, "tensors", "unknown"), ==, 0);
  g_assert_cmpint(number(root, "config", "frames"), ==, 50);
  g_assert_cmpint(json_object_get_int_member(root, "vocabulary"), ==, 200);
  g_assert_false(json_object_has_member(root, "adapter"));
  JsonObject *card = json_object_get_object_member(root, "card");
  g_assert_cmpstr(json_object_get_string_member(card, "kind"), ==, "random");
  JsonArray *warnings = json_object_get_array_member(root, "warnings");
  g_assert_cmpuint(json_array_get_length(warnings), ==, 1);
  g_auto(Outcome) text = run("model", "info", model, NULL);
  assert_contains(text.out, "926,309");
  assert_contains(text.out, "scores mean nothing");
}

static void
test_adapter(void)
{
  g_autofree char *golden = g_test_build_filename(G_TEST_DIST, "golden", "mini.safetensors", NULL);
  g_autofree char *adapter = g_test_build_filename(G_TEST_DIST, "golden", "mini_adapter", NULL);
  g_auto(Outcome) fits = run("model", "info", golden, "--adapter", adapter, "--json", NULL);
  g_autoptr(JsonObject) root = parse(&fits);
  g_assert_cmpint(number(root, "adapter", "parameters"), ==, 7680);
  g_assert_cmpint(number(root, "adapter", "layers"), ==, 20);
  double percent =
      json_object_get_double_member(json_object_get_object_member(root, "adapter"), "percent");
  g_assert_cmpfloat(percent, >, 0.8290);
  g_assert_cmpfloat(percent, <, 0.8292);
  g_auto(Outcome) none = run("model", "info", golden, "--adapter", folder, NULL);
  g_assert_cmpint(none.status, ==, 1);
  assert_contains(none.err, "adapter_config.json");
}

static void
test_convert(void)
{
  g_autofree char *model = in_folder("model");
  g_autofree char *small = in_folder("small.safetensors");
  g_autofree char *same = in_folder("same.safetensors");
  g_auto(Outcome) cut = run("model", "convert", model, small, "--no-unused", NULL);
  g_assert_cmpstr(cut.err, ==, "");
  g_autoptr(JsonObject) root = info(small);
  g_assert_cmpint(number(root, "parameters", "extra"), ==, 0);
  g_assert_cmpint(number(root, "tensors", "used"), ==, 109);
  g_assert_cmpint(number(root, "tensors", "unused"), ==, 0);
  g_assert_cmpint(number(root, "config", "patch"), ==, 20);
  g_assert_cmpint(number(root, "config", "text_heads"), ==, 4);
  /* Random weights stay known as such without their card. */
  g_auto(Outcome) text = run("model", "info", small, NULL);
  assert_contains(text.out, "The weights are random");
  /* Onto itself: the file is replaced as a whole. */
  g_auto(Outcome) first = run("model", "convert", small, same, NULL);
  g_auto(Outcome) again = run("model", "convert", same, same, NULL);
  g_assert_cmpint(first.status + again.status, ==, 0);
  g_autofree char *a = NULL, *b = NULL;
  gsize n_a, n_b;
  g_assert_true(g_file_get_contents(small, &a, &n_a, NULL));
  g_assert_true(g_file_get_contents(same, &b, &n_b, NULL));
  g_assert_cmpmem(a, n_a, b, n_b);
}

static void
expect_failure(Outcome outcome, const char *message)
{
  g_assert_cmpint(outcome.status, ==, 1);
  g_assert_cmpstr(outcome.out, ==, "");
  assert_contains(outcome.err, message);
  outcome_clear(&outcome);
}

static void
test_failures(void)
{
  g_autofree char *model = in_folder("model");
  g_autofree char *out = in_folder("never.safetensors");
  g_autofree char *vocabulary = g_build_filename(model, "vocab.txt", NULL);
  g_autofree char *card = g_build_filename(model, "model.json", NULL);
  expect_failure(run("model", "info", "/nonexistent", NULL), "nonexistent");
  expect_failure(run("model", "info", folder, NULL), "weights");
  expect_failure(run("model", "convert", vocabulary, out, NULL), "vocab.txt");
  g_assert_false(g_file_test(out, G_FILE_TEST_EXISTS));
  expect_failure(run("model", "convert", model, "/nonexistent/out.safetensors", NULL),
                 "out.safetensors");
  expect_failure(run("model", "random", "--config", "median", "--out", folder, NULL), "median");
  g_assert_true(g_file_set_contents(card, "{\"name\": 1}", -1, NULL));
  expect_failure(run("model", "info", model, NULL), "model.json: name");
  g_assert_true(g_file_set_contents(card, "{}", -1, NULL));
  g_assert_true(g_file_set_contents(vocabulary, "[PAD]\n[UNK]\n[CLS]\n[SEP]\n", -1, NULL));
  g_auto(Outcome) odd = run("model", "info", model, NULL);
  assert_contains(odd.out, "vocab.txt has 4 pieces, the weights were made for 200");
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  folder = g_dir_make_tmp("medct-model-XXXXXX", NULL);
  g_test_add_func("/cmd-model/random-info", test_random_and_info);
  g_test_add_func("/cmd-model/adapter", test_adapter);
  g_test_add_func("/cmd-model/convert", test_convert);
  g_test_add_func("/cmd-model/failures", test_failures);
  int status = g_test_run();
  static const char *const made[] = {"small.safetensors",       "same.safetensors",
                                     "model/model.safetensors", "model/vocab.txt",
                                     "model/config.json",       "model/model.json"};
  for (gsize i = 0; i < G_N_ELEMENTS(made); i++) {
    g_autofree char *path = in_folder(made[i]);
    g_unlink(path);
  }
  g_autofree char *model = in_folder("model");
  g_rmdir(model);
  g_rmdir(folder);
  g_free(folder);
  return status;
}
