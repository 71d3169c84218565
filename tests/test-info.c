/* medct info as people and scripts meet it. */
#include "model/nifti_write.h"
#include "tests/program.h"

#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <string.h>

/* 12 × 10 × 30 voxels of air and soft tissue, toward Left, Posterior, Superior. */
static char *
write_chest(const char *folder)
{
  enum { N = 12 * 10 * 30 };
  const int64_t dims[3] = {12, 10, 30};
  const double affine[16] = {-2, 0, 0, 5, 0, -2, 0, 6, 0, 0, 3, -7, 0, 0, 0, 1};
  gint16 voxels[N];
  for (int i = 0; i < N; i++)
    voxels[i] = i % 3 ? -1000 : 40;
  char *path = g_build_filename(folder, "chest.nii.gz", NULL);
  g_autoptr(GError) error = NULL;
  medct_nifti_write_int16(path, voxels, dims, affine, &error);
  g_assert_no_error(error);
  return path;
}

static char *
write_broken(const char *folder)
{
  char *path = g_build_filename(folder, "broken.nii", NULL);
  g_assert_true(g_file_set_contents(path, "<html>no</html>", -1, NULL));
  return path;
}

static JsonObject *
parse_line(JsonParser *parser, const char *line)
{
  g_autoptr(GError) error = NULL;
  json_parser_load_from_data(parser, line, -1, &error);
  g_assert_no_error(error);
  return json_node_get_object(json_parser_get_root(parser));
}

typedef struct {
  char *folder, *chest, *broken;
} Files;

static void
set_up(Files *files, gconstpointer data)
{
  files->folder = g_dir_make_tmp("medct-info-XXXXXX", NULL);
  files->chest = write_chest(files->folder);
  files->broken = write_broken(files->folder);
}

static void
tear_down(Files *files, gconstpointer data)
{
  g_unlink(files->chest);
  g_unlink(files->broken);
  g_rmdir(files->folder);
  g_free(files->chest);
  g_free(files->broken);
  g_free(files->folder);
}

static void
test_text(Files *files, gconstpointer data)
{
  g_auto(Outcome) outcome = run("info", files->chest, NULL);
  g_assert_cmpint(outcome.status, ==, 0);
  g_assert_cmpstr(outcome.err, ==, "");
  assert_contains(outcome.out, "chest.nii.gz");
  assert_contains(outcome.out, "12 × 10 × 30");
  assert_contains(outcome.out, "2 × 2 × 3 mm");
  assert_contains(outcome.out, "LPS");
  assert_contains(outcome.out, "-1000 to 40");
  g_assert_null(strstr(outcome.out, "Warning"));
  g_assert_null(strstr(outcome.out, files->folder)); /* a private path stays private */
}

static void
test_json(Files *files, gconstpointer data)
{
  g_auto(Outcome) outcome = run("info", "--json", files->chest, NULL);
  g_assert_cmpint(outcome.status, ==, 0);
  g_autoptr(JsonParser) parser = json_parser_new();
  JsonObject *info = parse_line(parser, outcome.out);
  g_assert_cmpstr(json_object_get_string_member(info, "orientation"), ==, "LPS");
  g_assert_cmpstr(json_object_get_string_member(info, "voxel_type"), ==, "int16");
  g_assert_cmpuint(strlen(json_object_get_string_member(info, "sha256")), ==, 64);
  JsonArray *range = json_object_get_array_member(info, "hu_range");
  g_assert_cmpfloat(json_array_get_double_element(range, 0), ==, -1000);
  g_assert_cmpfloat(json_array_get_double_element(range, 1), ==, 40);
  g_assert_cmpuint(json_array_get_length(json_object_get_array_member(info, "affine")), ==, 16);
  g_assert_cmpuint(json_array_get_length(json_object_get_array_member(info, "warnings")), ==, 0);
  JsonObject *input = json_object_get_object_member(info, "model_input");
  JsonArray *resampled = json_object_get_array_member(input, "resampled");
  g_assert_cmpint(json_array_get_int_element(resampled, 0), ==, 60); /* 30 · 3 / 1.5, S first */
  g_assert_cmpfloat(json_object_get_double_member(input, "body_inside"), ==, 1);
}

/* One message, status 1, and the files after it are still shown. */
static void
test_refusal(Files *files, gconstpointer data)
{
  g_auto(Outcome) outcome = run("info", "--json", files->broken, files->chest, NULL);
  g_assert_cmpint(outcome.status, ==, 1);
  assert_contains(outcome.err, "broken.nii");
  assert_contains(outcome.err, "web page");
  g_assert_true(strchr(outcome.err, '\n') == outcome.err + strlen(outcome.err) - 1);
  g_assert_null(strstr(outcome.err, files->folder));
  g_autoptr(JsonParser) parser = json_parser_new();
  g_assert_cmpstr(json_object_get_string_member(parse_line(parser, outcome.out), "file"), ==,
                  "chest.nii.gz");
  g_auto(Outcome) missing = run("info", "not-there.nii", NULL);
  g_assert_cmpint(missing.status, ==, 1);
  g_assert_cmpstr(missing.out, ==, "");
}

static void
test_warnings(Files *files, gconstpointer data)
{
  g_autofree char *bytes = NULL;
  g_autofree char *path = g_build_filename(files->folder, "odd.nii", NULL);
  gint16 voxels[60] = {0};
  const int64_t dims[3] = {3, 4, 5};
  const double affine[16] = {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1};
  gsize n;
  g_assert_true(medct_nifti_write_int16(path, voxels, dims, affine, NULL));
  g_assert_true(g_file_get_contents(path, &bytes, &n, NULL));
  bytes[254] = bytes[255] = 0; /* no sform */
  g_assert_true(g_file_set_contents(path, bytes, (gssize)n, NULL));
  g_auto(Outcome) outcome = run("info", "--json", path, NULL);
  g_assert_cmpint(outcome.status, ==, 0);
  g_autoptr(JsonParser) parser = json_parser_new();
  JsonObject *info = parse_line(parser, outcome.out);
  g_assert_true(json_object_get_null_member(info, "orientation"));
  JsonArray *warnings = json_object_get_array_member(info, "warnings");
  static const char *const expected[] = {"orientation-unknown", "constant-volume", "few-slices"};
  g_assert_cmpuint(json_array_get_length(warnings), ==, G_N_ELEMENTS(expected));
  for (guint i = 0; i < G_N_ELEMENTS(expected); i++) {
    JsonObject *warning = json_array_get_object_element(warnings, i);
    g_assert_cmpstr(json_object_get_string_member(warning, "code"), ==, expected[i]);
    g_assert_cmpuint(strlen(json_object_get_string_member(warning, "message")), >, 10);
  }
  g_unlink(path);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add("/info/text", Files, NULL, set_up, test_text, tear_down);
  g_test_add("/info/json", Files, NULL, set_up, test_json, tear_down);
  g_test_add("/info/refusal", Files, NULL, set_up, test_refusal, tear_down);
  g_test_add("/info/warnings", Files, NULL, set_up, test_warnings, tear_down);
  return g_test_run();
}
