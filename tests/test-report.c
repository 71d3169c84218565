/* Reports: the JSON is the line of --json, the CSV says the same numbers, the page is one page that
 * names no file and carries what a reader must know. */
#include "model/csv.h"
#include "tests/program.h"
#include "tests/test-home.h"
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <math.h>
#include <string.h>

typedef struct {
  char *home, *chest, *model;
} Files;

static void
set_up(Files *files, gconstpointer data)
{
  files->home = test_home_make();
  files->chest = g_build_filename(files->home, "somebody-s-name.nii.gz", NULL);
  files->model = g_build_filename(files->home, "model", NULL);
  const char *words[] = {g_getenv("MAKE_CHEST"), files->chest, "96", "4", "70", "5", NULL};
  g_auto(Outcome) made = run_words(words);
  g_assert_cmpint(made.status, ==, 0);
  g_auto(Outcome) model =
      run("model", "random", "--config", "mini", "--seed", "3", "--out", files->model, NULL);
  g_assert_cmpint(model.status, ==, 0);
  g_autofree char *card = g_build_filename(files->model, "model.json", NULL);
  g_assert_true(g_file_set_contents(
      card, "{\"thresholds\": {\"Emphysema\": 0.001, \"Atelectasis\": 0.999}}", -1, NULL));
}

static void
tear_down(Files *files, gconstpointer data)
{
  test_home_remove(files->home);
  g_free(files->chest);
  g_free(files->model);
}

/* Writes the report and gives back where it is. */
static char *
report(const Files *files, const char *name)
{
  char *path = g_build_filename(files->home, name, NULL);
  g_auto(Outcome) outcome = run("score", files->chest, "-m", files->model, "--report", path, NULL);
  g_assert_cmpstr(outcome.err, ==, "");
  g_assert_cmpint(outcome.status, ==, 0);
  return path;
}

static JsonNode *
scored(const Files *files)
{
  g_auto(Outcome) outcome = run("score", files->chest, "-m", files->model, "--json", NULL);
  g_assert_cmpint(outcome.status, ==, 0);
  g_autoptr(GError) error = NULL;
  JsonNode *root = json_from_string(outcome.out, &error);
  g_assert_no_error(error);
  return root;
}

static void
test_json(Files *files, gconstpointer data)
{
  g_autoptr(JsonNode) expected = scored(files); /* first, so that both come from the cache */
  g_autofree char *path = report(files, "r.json");
  g_autofree char *text = NULL;
  g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
  g_autoptr(JsonNode) found = json_from_string(text, NULL);
  g_assert_null(strstr(text, "somebody"));
  static const char *const own[] = {"cached", "volume"}; /* the report's is no file name */
  for (gsize n = 0; n < G_N_ELEMENTS(own); n++) {
    json_object_remove_member(json_node_get_object(found), own[n]);
    json_object_remove_member(json_node_get_object(expected), own[n]);
  }
  g_assert_true(json_node_equal(found, expected));
}

static const char *
cell(const MedctCsv *table, guint row, const char *column)
{
  int at = medct_csv_find_column(table, column);
  g_assert_cmpint(at, >=, 0);
  return medct_csv_cell(table, row, (guint)at);
}

static void
test_csv(Files *files, gconstpointer data)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *path = report(files, "r.csv");
  g_autoptr(MedctCsv) table = medct_csv_load(path, &error);
  g_assert_no_error(error);
  g_autoptr(JsonNode) root = scored(files);
  JsonArray *findings = json_object_get_array_member(json_node_get_object(root), "findings");
  g_assert_cmpuint(medct_csv_n_rows(table), ==, json_array_get_length(findings));
  double before = 1;
  for (guint row = 0; row < medct_csv_n_rows(table); row++) {
    const char *name = cell(table, row, "finding");
    double probability = g_ascii_strtod(cell(table, row, "probability"), NULL);
    g_assert_cmpfloat(probability, <=, before);
    before = probability;
    for (guint i = 0; i < json_array_get_length(findings); i++) {
      JsonObject *finding = json_array_get_object_element(findings, i);
      if (g_str_equal(json_object_get_string_member(finding, "name"), name))
        g_assert_cmpfloat_with_epsilon(json_object_get_double_member(finding, "probability"),
                                       probability, 1e-8);
    }
    const char *over = g_str_equal(name, "Emphysema")     ? "yes"
                       : g_str_equal(name, "Atelectasis") ? "no"
                                                          : "";
    g_assert_cmpstr(cell(table, row, "over_threshold"), ==, over);
    g_assert_cmpuint(strlen(cell(table, row, "input_sha256")), ==, 64);
    g_assert_cmpstr(cell(table, row, "notice"), ==, "not for diagnostic use");
    assert_contains(cell(table, row, "warnings"), "random");
  }
  g_autofree char *text = NULL;
  g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
  g_assert_null(strstr(text, "somebody"));
}

static void
test_pdf(Files *files, gconstpointer data)
{
  g_autofree char *path = report(files, "r.pdf");
  g_autofree char *tool = g_find_program_in_path("pdftotext");
  g_autofree char *bytes = NULL;
  gsize n = 0;
  g_assert_true(g_file_get_contents(path, &bytes, &n, NULL));
  g_assert_cmpmem(bytes, 5, "%PDF-", 5);
  if (tool == NULL) {
    g_test_skip("no pdftotext here");
    return;
  }
  const char *words[] = {tool, "-layout", path, "-", NULL};
  g_auto(Outcome) text = run_words(words);
  g_assert_cmpint(text.status, ==, 0);
  char *end_of_page = strchr(text.out, '\f');
  g_assert_nonnull(end_of_page);
  g_assert_cmpstr(end_of_page, ==, "\f"); /* one page */
  assert_contains(text.out, "Research use only — not for diagnosis");
  assert_contains(text.out, "The weights are random: scores mean nothing.");
  assert_contains(text.out, "Interlobular septal thickening");
  assert_contains(text.out, "0.999");
  assert_contains(text.out, "under");
  assert_contains(text.out, "over");
  g_autoptr(JsonNode) root = scored(files);
  JsonObject *object = json_node_get_object(root);
  JsonObject *input = json_object_get_object_member(object, "input");
  JsonObject *model = json_object_get_object_member(object, "model");
  assert_contains(text.out, json_object_get_string_member(input, "sha256"));
  assert_contains(text.out, json_object_get_string_member(model, "sha256"));
  g_assert_null(strstr(text.out, "somebody"));
}

static void
test_refusals(Files *files, gconstpointer data)
{
  g_auto(Outcome) ending =
      run("score", files->chest, "-m", files->model, "--report", "r.docx", NULL);
  g_assert_cmpint(ending.status, ==, 2);
  assert_contains(
      ending.err,
      "is one with another ending or none, expected one that ends in .json, .csv or .pdf");
  g_auto(Outcome) two =
      run("score", files->chest, files->chest, "-m", files->model, "--report", "r.pdf", NULL);
  g_assert_cmpint(two.status, ==, 2);
  assert_contains(two.err, "holds one study, found 2");
  g_auto(Outcome) place =
      run("score", files->chest, "-m", files->model, "--report", "/nowhere/at/all/r.pdf", NULL);
  g_assert_cmpint(place.status, ==, 1);
  assert_contains(place.err, "r.pdf: cannot be written");
  g_assert_null(strstr(place.err, "/nowhere"));
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
#define ADD(name, function) g_test_add("/report/" name, Files, NULL, set_up, function, tear_down)
  ADD("json", test_json);
  ADD("csv", test_csv);
  ADD("pdf", test_pdf);
  ADD("refusals", test_refusals);
  return g_test_run();
}
