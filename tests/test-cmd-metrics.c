/* medct metrics: scikit-learn's answers, member for member; tables that do not fit each other. */
#include "model/json.h"
#include "tests/program.h"
#include "tests/test-home.h"
#include <math.h>
#include <string.h>

/* The same members in the same order, numbers equal to 1e-12; `source` is who computed. */
static void
expect_same(JsonNode *got, JsonNode *expected, const char *where)
{
  if (JSON_NODE_HOLDS_NULL(expected) || JSON_NODE_HOLDS_NULL(got)) {
    if (!JSON_NODE_HOLDS_NULL(expected) || !JSON_NODE_HOLDS_NULL(got))
      g_error("%s: one is null", where);
  } else if (JSON_NODE_HOLDS_OBJECT(expected)) {
    JsonObject *a = json_node_get_object(got), *b = json_node_get_object(expected);
    g_autoptr(GList) names = json_object_get_members(a);
    g_autoptr(GList) wanted = json_object_get_members(b);
    g_assert_cmpuint(g_list_length(names), ==, g_list_length(wanted));
    for (GList *x = names, *y = wanted; x; x = x->next, y = y->next) {
      g_assert_cmpstr(x->data, ==, y->data);
      expect_same(json_object_get_member(a, x->data), json_object_get_member(b, y->data), x->data);
    }
  } else if (JSON_NODE_HOLDS_ARRAY(expected)) {
    JsonArray *a = json_node_get_array(got), *b = json_node_get_array(expected);
    g_assert_cmpuint(json_array_get_length(a), ==, json_array_get_length(b));
    for (guint n = 0; n < json_array_get_length(a); n++)
      expect_same(json_array_get_element(a, n), json_array_get_element(b, n), where);
  } else if (json_node_get_value_type(expected) == G_TYPE_STRING) {
    g_assert_cmpstr(where, ==, "source");
  } else {
    double difference = json_node_get_double(got) - json_node_get_double(expected);
    if (!(fabs(difference) <= 1e-12))
      g_error("%s differs by %g", where, difference);
  }
}

static void
test_golden(void)
{
  g_autofree char *folder = g_test_build_filename(G_TEST_DIST, "golden", "metrics", NULL);
  g_autofree char *scores = g_build_filename(folder, "scores.csv", NULL);
  g_autofree char *labels = g_build_filename(folder, "labels.csv", NULL);
  g_autofree char *path = g_build_filename(folder, "expected.json", NULL);
  g_auto(Outcome) outcome = run("metrics", "--scores", scores, "--labels", labels, "--json", NULL);
  g_assert_cmpint(outcome.status, ==, 0);
  g_autoptr(JsonNode) expected = medct_json_load(path, NULL);
  g_autoptr(JsonNode) got = medct_json_parse(outcome.out, strlen(outcome.out), "out", NULL);
  g_assert_nonnull(got);
  expect_same(got, expected, "");
}

static Outcome
run_tables(const char *scores, const char *labels)
{
  char *home = test_home_make();
  g_autofree char *a = g_build_filename(home, "scores.csv", NULL);
  g_autofree char *b = g_build_filename(home, "labels.csv", NULL);
  g_assert_true(g_file_set_contents(a, scores, -1, NULL));
  g_assert_true(g_file_set_contents(b, labels, -1, NULL));
  Outcome outcome = run("metrics", "-s", a, "-l", b, NULL);
  test_home_remove(home);
  return outcome;
}

static void
refuse(const char *scores, const char *labels, const char *part)
{
  g_auto(Outcome) outcome = run_tables(scores, labels);
  g_assert_cmpint(outcome.status, ==, 1);
  if (!strstr(outcome.err, part))
    g_error("\"%s\" is not in \"%s\"", part, outcome.err);
}

/* Rows and columns in another order are put right; unknown labels count nowhere. */
static void
test_matched_by_name(void)
{
  g_auto(Outcome) outcome = run_tables("volume,B,A\nv1,0.9,0.1\nv2,0.2,0.8\nv3,0.1,0.7\n",
                                       "volume;A;B\nv3;-1;0\nv1;0;1\nv2;1;\n");
  g_assert_cmpint(outcome.status, ==, 0);
  assert_contains(outcome.out, "B                                    0.500   1.000");
  assert_contains(outcome.out, "A                                    0.500   1.000");
}

static void
test_refused(void)
{
  refuse("0.5\n0.4\n", "1\n", "1 rows of 1 columns, and the scores have 2 of 1");
  refuse("0.5\nx\n", "1\n0\n", "line 2, column 1 is \"x\", expected a finite number");
  refuse("0.5\n0.4\n", "1\n2\n", "line 2, column 1 is \"2\"");
  refuse("v,A\na,1\na,1\n", "v,A\na,1\n", "line 3: a stands a second time");
  refuse("v,A\na,1\nb,1\n", "v,A\na,1\nc,0\n", "1 volumes have no row in labels.csv: b");
  refuse("v,A\na,1\n", "v,B\na,1\n", "the column A is missing");
  refuse("v,A\na,1\n", "1,0\n", "it has no header and the other table has one");
  g_auto(Outcome) outcome = run("metrics", "--scores", "x", NULL);
  g_assert_cmpint(outcome.status, ==, 2);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/cmd-metrics/golden", test_golden);
  g_test_add_func("/cmd-metrics/matched-by-name", test_matched_by_name);
  g_test_add_func("/cmd-metrics/refused", test_refused);
  return g_test_run();
}
