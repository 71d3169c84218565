/* medct score from file to numbers: the real program on a made-up chest and small models. */
#include "tests/program.h"
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <math.h>
#include <signal.h>
#include <string.h>

typedef struct {
  char *folder, *chest, *model, *golden_model, *adapter;
} Files;

static char *
in_folder(const Files *files, const char *name)
{
  return g_build_filename(files->folder, name, NULL);
}

static void
copy_file(const char *from, const char *to)
{
  g_autofree char *bytes = NULL;
  gsize n = 0;
  g_assert_true(g_file_get_contents(from, &bytes, &n, NULL));
  g_assert_true(g_file_set_contents(to, bytes, (gssize)n, NULL));
}

/* The golden weights need the vocabulary and input of a small chest to be a model. */
static void
make_golden_model(Files *files)
{
  g_autofree char *weights = g_test_build_filename(G_TEST_DIST, "golden", "mini.safetensors", NULL);
  static const char *const beside[] = {"vocab.txt", "config.json"};
  files->golden_model = in_folder(files, "golden");
  files->adapter = g_test_build_filename(G_TEST_DIST, "golden", "mini_adapter", NULL);
  g_mkdir(files->golden_model, 0700);
  g_autofree char *copy = g_build_filename(files->golden_model, "mini.safetensors", NULL);
  copy_file(weights, copy);
  for (gsize i = 0; i < G_N_ELEMENTS(beside); i++) {
    g_autofree char *from = g_build_filename(files->model, beside[i], NULL);
    g_autofree char *to = g_build_filename(files->golden_model, beside[i], NULL);
    copy_file(from, to);
  }
}

static void
set_up(Files *files, gconstpointer data)
{
  files->folder = g_dir_make_tmp("medct-score-XXXXXX", NULL);
  g_setenv("XDG_CACHE_HOME", files->folder, TRUE); /* an empty cache for every test */
  files->chest = in_folder(files, "chest.nii.gz");
  files->model = in_folder(files, "model");
  const char *words[] = {g_getenv("MAKE_CHEST"), files->chest, "96", "4", "70", "5", NULL};
  g_auto(Outcome) made = run_words(words);
  g_assert_cmpint(made.status, ==, 0);
  g_auto(Outcome) model =
      run("model", "random", "--config", "mini", "--seed", "3", "--out", files->model, NULL);
  g_assert_cmpstr(model.err, ==, "");
  g_assert_cmpint(model.status, ==, 0);
  make_golden_model(files);
}

static void
tear_down(Files *files, gconstpointer data)
{
  const char *words[] = {"rm", "-rf", files->folder, NULL};
  Outcome removed = run_words(words);
  outcome_clear(&removed);
  g_free(files->folder);
  g_free(files->chest);
  g_free(files->model);
  g_free(files->golden_model);
  g_free(files->adapter);
}

static JsonNode *
parse(const char *line)
{
  g_autoptr(GError) error = NULL;
  JsonNode *root = json_from_string(line, &error);
  g_assert_no_error(error);
  g_assert_true(JSON_NODE_HOLDS_OBJECT(root));
  return root;
}

static JsonObject *
finding_at(JsonNode *root, guint index)
{
  JsonArray *findings = json_object_get_array_member(json_node_get_object(root), "findings");
  g_assert_cmpuint(index, <, json_array_get_length(findings));
  return json_array_get_object_element(findings, index);
}

/* Scores the chest with --json and the words given. */
static JsonNode *G_GNUC_NULL_TERMINATED
score(const Files *files, const char *model, ...)
{
  g_autoptr(GPtrArray) words = g_ptr_array_new();
  const char *fixed[] = {g_getenv("MEDCT_PROGRAM"), "score", files->chest, "--json", "-m", model};
  for (gsize i = 0; i < G_N_ELEMENTS(fixed); i++)
    g_ptr_array_add(words, (gpointer)fixed[i]);
  va_list rest;
  va_start(rest, model);
  for (const char *word; (word = va_arg(rest, const char *));)
    g_ptr_array_add(words, (gpointer)word);
  va_end(rest);
  g_ptr_array_add(words, NULL);
  g_auto(Outcome) outcome = run_words((const char *const *)words->pdata);
  g_assert_cmpstr(outcome.err, ==, "");
  g_assert_cmpint(outcome.status, ==, 0);
  g_assert_cmpuint(outcome.out[strlen(outcome.out) - 1], ==, '\n');
  g_assert_true(strchr(outcome.out, '\n') == outcome.out + strlen(outcome.out) - 1);
  return parse(outcome.out);
}

static void
assert_hash(JsonObject *object, const char *member)
{
  const char *hash = json_object_get_string_member(object, member);
  g_assert_nonnull(hash);
  g_assert_cmpuint(strlen(hash), ==, 64);
}

static void
check_finding(JsonObject *finding, double scale)
{
  double cosine = json_object_get_double_member(finding, "cosine");
  double negated = json_object_get_double_member(finding, "cosine_negation");
  double similarity = json_object_get_double_member(finding, "similarity");
  double other = json_object_get_double_member(finding, "similarity_negation");
  double probability = json_object_get_double_member(finding, "probability");
  g_assert_cmpfloat(fabs(cosine), <=, 1.0001);
  g_assert_cmpfloat_with_epsilon(similarity, scale * cosine, 1e-9);
  g_assert_cmpfloat_with_epsilon(other, scale * negated, 1e-9);
  g_assert_cmpfloat_with_epsilon(probability, exp(similarity) / (exp(similarity) + exp(other)),
                                 1e-9);
}

static void
test_json_carries_everything(Files *files, gconstpointer data)
{
  g_autoptr(JsonNode) root = score(files, files->model, NULL);
  JsonObject *line = json_node_get_object(root);
  g_assert_cmpstr(json_object_get_string_member(line, "volume"), ==, "chest.nii.gz");
  g_assert_cmpstr(json_object_get_string_member(line, "notice"), ==, "not for diagnostic use");
  g_assert_nonnull(json_object_get_string_member(line, "version"));
  g_assert_true(json_object_get_null_member(line, "adapter"));
  JsonObject *input = json_object_get_object_member(line, "input");
  JsonObject *model = json_object_get_object_member(line, "model");
  assert_hash(input, "sha256");
  assert_hash(model, "sha256");
  g_assert_cmpstr(json_object_get_string_member(input, "orientation"), ==, "LPS");
  g_assert_true(json_object_get_boolean_member(model, "random_weights"));
  JsonObject *preprocessing = json_object_get_object_member(line, "preprocessing");
  g_assert_cmpfloat(json_object_get_double_member(preprocessing, "inside"), >, 0.5);
  g_assert_cmpuint(json_array_get_length(json_object_get_array_member(line, "warnings")), >, 0);
  g_assert_cmpuint(json_array_get_length(json_object_get_array_member(line, "findings")), ==, 18);
  for (guint i = 0; i < 18; i++)
    check_finding(finding_at(root, i), json_object_get_double_member(model, "scale"));
  JsonObject *heart = finding_at(root, 2);
  g_assert_cmpstr(json_object_get_string_member(heart, "prompt"), ==, "Cardiomegaly is present.");
  g_assert_cmpstr(json_object_get_string_member(heart, "negation"), ==,
                  "Cardiomegaly is not present.");
}

/* A study that fills little of the model's field is scored, and says so. */
static void
test_small_study(Files *files, gconstpointer data)
{
  g_autofree char *small = in_folder(files, "small.nii.gz");
  const char *words[] = {g_getenv("MAKE_CHEST"), small, "40", "4", "30", "4", NULL};
  g_auto(Outcome) made = run_words(words);
  g_assert_cmpint(made.status, ==, 0);
  g_auto(Outcome) scored = run("score", small, "--json", "-m", files->model, NULL);
  g_assert_cmpint(scored.status, ==, 0);
  assert_contains(scored.out, "mostly-padding");
  assert_contains(scored.out, "94 % of what the model reads is padding");
  g_auto(Outcome) whole = run("score", files->chest, "--json", "-m", files->model, NULL);
  g_assert_null(strstr(whole.out, "mostly-padding"));
}

/* The input's hash is that of the file's bytes. */
static void
test_input_hash(Files *files, gconstpointer data)
{
  g_autoptr(JsonNode) root = score(files, files->model, "-p", "Emphysema", NULL);
  JsonObject *input = json_object_get_object_member(json_node_get_object(root), "input");
  g_autofree char *bytes = NULL;
  gsize n = 0;
  g_assert_true(g_file_get_contents(files->chest, &bytes, &n, NULL));
  g_autofree char *hash = g_compute_checksum_for_data(G_CHECKSUM_SHA256, (guchar *)bytes, n);
  g_assert_cmpstr(json_object_get_string_member(input, "sha256"), ==, hash);
}

static gboolean
was_cached(JsonNode *root)
{
  return json_object_get_boolean_member(json_node_get_object(root), "cached");
}

static void
test_second_run_reads_the_cache(Files *files, gconstpointer data)
{
  g_autoptr(JsonNode) first = score(files, files->model, NULL);
  g_autoptr(JsonNode) second = score(files, files->model, NULL);
  g_autoptr(JsonNode) without = score(files, files->model, "--no-cache", NULL);
  g_autoptr(JsonNode) other = score(files, files->model, "--clip", "after", NULL);
  g_assert_false(was_cached(first));
  g_assert_true(was_cached(second));
  g_assert_false(was_cached(without));
  g_assert_false(was_cached(other));
  for (guint i = 0; i < 18; i++)
    g_assert_cmpfloat_with_epsilon(json_object_get_double_member(finding_at(first, i), "cosine"),
                                   json_object_get_double_member(finding_at(second, i), "cosine"),
                                   1e-6);
}

static void
test_many_volumes_one_bad(Files *files, gconstpointer data)
{
  g_autofree char *bad = in_folder(files, "bad.nii.gz");
  g_assert_true(g_file_set_contents(bad, "not a volume", -1, NULL));
  g_auto(Outcome) outcome = run("score", files->chest, bad, files->chest, "--json", "-m",
                                files->model, "-p", "Emphysema", NULL);
  g_assert_cmpint(outcome.status, ==, 1);
  assert_contains(outcome.err, "bad.nii.gz");
  g_auto(GStrv) lines = g_strsplit(g_strchomp(outcome.out), "\n", -1);
  g_assert_cmpuint(g_strv_length(lines), ==, 3);
  g_autoptr(JsonNode) first = parse(lines[0]), second = parse(lines[1]), third = parse(lines[2]);
  JsonObject *refused = json_node_get_object(second);
  g_assert_cmpstr(json_object_get_string_member(refused, "volume"), ==, "bad.nii.gz");
  assert_contains(json_object_get_string_member(refused, "error"), "bad.nii.gz");
  g_assert_null(strstr(lines[1], files->folder)); /* no path of the user's */
  g_assert_false(json_object_has_member(json_node_get_object(first), "error"));
  g_assert_true(was_cached(third));
}

static void
test_folder(Files *files, gconstpointer data)
{
  g_autofree char *folder = in_folder(files, "studies");
  g_assert_cmpint(g_mkdir(folder, 0700), ==, 0);
  static const char *const names[] = {"b.nii.gz", "a.nii.gz", "c.txt"};
  for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
    g_autofree char *copy = g_build_filename(folder, names[i], NULL);
    copy_file(files->chest, copy);
  }
  g_auto(Outcome) outcome =
      run("score", folder, "--json", "-m", files->model, "-p", "Emphysema is present.", NULL);
  g_assert_cmpint(outcome.status, ==, 0);
  g_auto(GStrv) lines = g_strsplit(g_strchomp(outcome.out), "\n", -1);
  g_assert_cmpuint(g_strv_length(lines), ==, 2);
  assert_contains(lines[0], "\"volume\":\"a.nii.gz\"");
  assert_contains(lines[1], "\"volume\":\"b.nii.gz\"");
}

static void
test_adapter(Files *files, gconstpointer data)
{
  g_autoptr(JsonNode) base = score(files, files->golden_model, "-p", "Emphysema", NULL);
  g_autoptr(JsonNode) adapted =
      score(files, files->golden_model, "-p", "Emphysema", "-a", files->adapter, NULL);
  JsonObject *line = json_node_get_object(adapted);
  JsonObject *adapter = json_object_get_object_member(line, "adapter");
  assert_hash(adapter, "sha256");
  g_assert_cmpint(json_object_get_int_member(adapter, "parameters"), >, 0);
  g_assert_false(was_cached(adapted)); /* the base's codes are not the adapter's */
  g_assert_cmpfloat(fabs(json_object_get_double_member(finding_at(base, 0), "cosine") -
                         json_object_get_double_member(finding_at(adapted, 0), "cosine")),
                    >, 1e-6);
}

typedef struct {
  gint16 dim[8], datatype;
  float srow[12];
  const float *voxels;
  gsize n;
  char *bytes;
} Map;

static void
map_clear(Map *map)
{
  g_free(map->bytes);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Map, map_clear)

/* Reads a .nii.gz by the standard's offsets, apart from the reader under test. */
static Map
read_map(const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename(folder, name, NULL);
  g_autoptr(GFile) file = g_file_new_for_path(path);
  g_autoptr(GError) error = NULL;
  g_autoptr(GFileInputStream) raw = g_file_read(file, NULL, &error);
  g_assert_no_error(error);
  g_autoptr(GZlibDecompressor) gzip = g_zlib_decompressor_new(G_ZLIB_COMPRESSOR_FORMAT_GZIP);
  g_autoptr(GInputStream) stream =
      g_converter_input_stream_new(G_INPUT_STREAM(raw), G_CONVERTER(gzip));
  g_autoptr(GOutputStream) memory = g_memory_output_stream_new_resizable();
  g_output_stream_splice(memory, stream, G_OUTPUT_STREAM_SPLICE_CLOSE_TARGET, NULL, &error);
  g_assert_no_error(error);
  gsize n = g_memory_output_stream_get_data_size(G_MEMORY_OUTPUT_STREAM(memory));
  Map map = {.bytes = g_memory_output_stream_steal_data(G_MEMORY_OUTPUT_STREAM(memory))};
  g_assert_cmpuint(n, >, 352);
  memcpy(map.dim, map.bytes + 40, sizeof map.dim);
  memcpy(&map.datatype, map.bytes + 70, sizeof map.datatype);
  memcpy(map.srow, map.bytes + 280, sizeof map.srow);
  map.voxels = (const float *)(map.bytes + 352);
  map.n = (n - 352) / 4;
  g_assert_cmpint(map.datatype, ==, 16);
  g_assert_cmpuint(map.n, ==, (gsize)map.dim[1] * (gsize)map.dim[2] * (gsize)map.dim[3]);
  return map;
}

static void
check_maps(const char *folder, JsonObject *finding)
{
  JsonObject *names = json_object_get_object_member(finding, "map");
  g_auto(Map) grid = read_map(folder, json_object_get_string_member(names, "grid"));
  g_auto(Map) smooth = read_map(folder, json_object_get_string_member(names, "smooth"));
  double sum = 0, low = 0, high = 0;
  for (gsize i = 0; i < grid.n; i++) {
    sum += (double)grid.voxels[i];
    low = MIN(low, (double)grid.voxels[i]);
    high = MAX(high, (double)grid.voxels[i]);
  }
  double expected = json_object_get_double_member(finding, "cosine") -
                    json_object_get_double_member(finding, "cosine_negation");
  g_assert_cmpfloat_with_epsilon(sum, expected, 1e-5);
  const gint16 study[4] = {3, 96, 96, 70};
  g_assert_cmpmem(smooth.dim, sizeof study, study, sizeof study);
  g_assert_cmpfloat_with_epsilon((double)smooth.srow[0], -4, 1e-6);
  g_assert_cmpfloat_with_epsilon((double)smooth.srow[5], -4, 1e-6);
  g_assert_cmpfloat_with_epsilon((double)smooth.srow[10], 5, 1e-6);
  g_assert_cmpfloat_with_epsilon((double)smooth.srow[3], 4 * 95 / 2.0, 1e-4);
  double smooth_high = 0;
  for (gsize i = 0; i < smooth.n; i++) {
    g_assert_cmpfloat((double)smooth.voxels[i], >=, low - 1e-9);
    g_assert_cmpfloat((double)smooth.voxels[i], <=, high + 1e-9);
    smooth_high = MAX(smooth_high, (double)smooth.voxels[i]);
  }
  g_assert_cmpfloat(smooth_high, >, 0.5 * high);
}

/* A cell's centre, taken to the study through both affines, has the cell's value there. */
static void
check_place(const char *folder, JsonObject *finding)
{
  JsonObject *names = json_object_get_object_member(finding, "map");
  g_auto(Map) grid = read_map(folder, json_object_get_string_member(names, "grid"));
  g_auto(Map) smooth = read_map(folder, json_object_get_string_member(names, "smooth"));
  int cell[3] = {1, 2, 3};
  gsize voxel = 0, stride = 1;
  double spread = 0;
  for (int axis = 0; axis < 3; axis++) {
    const float *row = grid.srow + 4 * axis;
    double ras = (double)row[3];
    for (int n = 0; n < 3; n++)
      ras += (double)row[n] * cell[n];
    double index = (ras - (double)smooth.srow[4 * axis + 3]) / (double)smooth.srow[5 * axis];
    g_assert_cmpfloat(index, >=, 0);
    g_assert_cmpfloat(index, <, smooth.dim[axis + 1]);
    voxel += stride * (gsize)lround(index);
    stride *= (gsize)smooth.dim[axis + 1];
  }
  for (gsize i = 0; i < grid.n; i++)
    spread = MAX(spread, fabs((double)grid.voxels[i]));
  gsize at = 1 + (gsize)grid.dim[1] * (2 + (gsize)grid.dim[2] * 3);
  g_assert_cmpfloat_with_epsilon((double)smooth.voxels[voxel], (double)grid.voxels[at],
                                 0.15 * spread);
}

static void
test_maps(Files *files, gconstpointer data)
{
  g_autofree char *folder = in_folder(files, "maps/deep");
  g_autoptr(JsonNode) root = score(files, files->model, "--map", folder, "-p", "Emphysema", "-p",
                                   "../ Heart / läuft", NULL);
  for (guint i = 0; i < 2; i++) {
    check_maps(folder, finding_at(root, i));
    check_place(folder, finding_at(root, i));
  }
  g_autoptr(GDir) listing = g_dir_open(folder, 0, NULL);
  guint n = 0;
  while (g_dir_read_name(listing))
    n++;
  g_assert_cmpuint(n, ==, 4);
}

static void
test_prompts_from_files(Files *files, gconstpointer data)
{
  g_autofree char *prompts = in_folder(files, "prompts.txt");
  g_autofree char *labels = in_folder(files, "labels.csv");
  g_file_set_contents(
      prompts, "\xef\xbb\xbf# mine\r\nThere is a mass.\r\n\r\nHeart is large | Heart is small\n",
      -1, NULL);
  g_file_set_contents(labels, "VolumeName,Emphysema,\"Lung nodule\"\nx.nii.gz,1,0\n", -1, NULL);
  g_autoptr(JsonNode) root =
      score(files, files->model, "--prompts", prompts, "--labels", labels, NULL);
  static const char *const expected[][2] = {
      {"There is a mass.", "There is no mass."},
      {"Heart is large", "Heart is small"},
      {"Emphysema is present.", "Emphysema is not present."},
      {"Lung nodule is present.", "Lung nodule is not present."}};
  for (guint i = 0; i < G_N_ELEMENTS(expected); i++) {
    JsonObject *finding = finding_at(root, i);
    g_assert_cmpstr(json_object_get_string_member(finding, "prompt"), ==, expected[i][0]);
    g_assert_cmpstr(json_object_get_string_member(finding, "negation"), ==, expected[i][1]);
  }
}

/* The table's spacing is what the model sees, its rescale where the voxels are raw. */
static void
test_metadata_table(Files *files, gconstpointer data)
{
  g_autofree char *table = in_folder(files, "metadata.csv");
  g_file_set_contents(table,
                      "VolumeName,RescaleSlope,RescaleIntercept,XYSpacing,ZSpacing\n"
                      "chest.nii.gz,1,-1024,\"[3.5, 3.5]\",4.5\n",
                      -1, NULL);
  g_autoptr(JsonNode) root =
      score(files, files->model, "--metadata", table, "--rescale", "raw", NULL);
  JsonObject *line = json_node_get_object(root);
  JsonArray *spacing =
      json_object_get_array_member(json_object_get_object_member(line, "input"), "spacing_mm");
  g_assert_cmpfloat(json_array_get_double_element(spacing, 1), ==, 3.5);
  g_assert_cmpfloat(json_array_get_double_element(spacing, 2), ==, 4.5);
  JsonObject *facts = json_object_get_object_member(line, "preprocessing");
  g_assert_cmpstr(json_object_get_string_member(facts, "metadata"), ==, "metadata.csv");
  g_assert_cmpfloat(json_object_get_double_member(facts, "hu_intercept"), ==, -1024);
  g_autoptr(JsonNode) kept =
      score(files, files->model, "--metadata", table, "--rescale", "hu", NULL);
  facts = json_object_get_object_member(json_node_get_object(kept), "preprocessing");
  g_assert_cmpfloat(json_object_get_double_member(facts, "hu_intercept"), ==, 0);
  g_auto(Outcome) alone = run("score", files->chest, "-m", files->model, "--rescale", "raw", NULL);
  g_assert_cmpint(alone.status, ==, 2);
  assert_contains(alone.err, "--metadata");
}

static void
test_thresholds_of_the_card(Files *files, gconstpointer data)
{
  g_autofree char *card = g_build_filename(files->golden_model, "model.json", NULL);
  g_file_set_contents(card, "{\"thresholds\": {\"Emphysema\": 0.25}}", -1, NULL);
  g_autoptr(JsonNode) root = score(files, files->golden_model, NULL);
  g_assert_cmpfloat(json_object_get_double_member(finding_at(root, 7), "threshold"), ==, 0.25);
  g_assert_true(json_object_get_null_member(finding_at(root, 8), "threshold"));
  g_file_set_contents(card, "{\"thresholds\": {\"Emphysema\": 25}}", -1, NULL);
  g_auto(Outcome) outcome = run("score", files->chest, "-m", files->golden_model, NULL);
  g_assert_cmpint(outcome.status, ==, 1);
  assert_contains(outcome.err, "model.json");
  assert_contains(outcome.err, "Emphysema");
}

static void
test_table_for_people(Files *files, gconstpointer data)
{
  g_auto(Outcome) outcome = run("score", files->chest, "-m", files->model, NULL);
  g_assert_cmpint(outcome.status, ==, 0);
  assert_contains(outcome.out, "chest.nii.gz  96×96×70  4×4×5 mm  LPS");
  assert_contains(outcome.out, "The weights are random: scores mean nothing.");
  assert_contains(outcome.out, "not for diagnosis");
  double last = 1;
  guint rows = 0;
  g_auto(GStrv) lines = g_strsplit(outcome.out, "\n", -1);
  for (char **line = lines; *line; line++) {
    glong n = g_utf8_strlen(*line, -1);
    if (!g_str_has_prefix(*line, "  ") || n < 60 || strstr(*line, "Finding"))
      continue;
    double probability = g_ascii_strtod(g_utf8_offset_to_pointer(*line, 2 + 36 + 1 + 14 + 1), NULL);
    g_assert_cmpfloat(probability, <=, last);
    last = probability;
    rows++;
  }
  g_assert_cmpuint(rows, ==, 18);
}

/* Ctrl-C after the first of many volumes: what is running stops, the rest is left. */
static void
test_interrupt(Files *files, gconstpointer data)
{
  enum { MANY = 2000 };
  g_autoptr(GPtrArray) words = g_ptr_array_new();
  const char *fixed[] = {g_getenv("MEDCT_PROGRAM"),
                         "score",
                         "--json",
                         "--no-cache",
                         "-p",
                         "Emphysema",
                         "-m",
                         files->model};
  for (gsize i = 0; i < G_N_ELEMENTS(fixed); i++)
    g_ptr_array_add(words, (gpointer)fixed[i]);
  for (int i = 0; i < MANY; i++)
    g_ptr_array_add(words, files->chest);
  g_ptr_array_add(words, NULL);
  g_autoptr(GError) error = NULL;
  g_autoptr(GSubprocess) process =
      g_subprocess_newv((const char *const *)words->pdata,
                        G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE, &error);
  g_assert_no_error(error);
  char first;
  g_assert_cmpint(g_input_stream_read(g_subprocess_get_stdout_pipe(process), &first, 1, NULL, NULL),
                  ==, 1);
  g_subprocess_send_signal(process, SIGINT);
  g_autofree char *out = NULL, *err = NULL;
  g_assert_true(g_subprocess_communicate_utf8(process, NULL, NULL, &out, &err, NULL));
  g_assert_true(g_subprocess_get_if_exited(process)); /* it ended itself */
  g_assert_cmpint(g_subprocess_get_exit_status(process), ==, 1);
  g_auto(GStrv) lines = g_strsplit(g_strchomp(err), "\n", -1);
  g_assert_cmpuint(g_strv_length(lines), ==, 1);
  g_auto(GStrv) results = g_strsplit(out, "\n", -1);
  g_assert_cmpuint(g_strv_length(results), <, MANY / 10);
}

static void
test_refusals(Files *files, gconstpointer data)
{
  g_auto(Outcome) model = run("score", files->chest, "-m", "/nowhere/model", NULL);
  g_assert_cmpint(model.status, ==, 1);
  assert_contains(model.err, "model");
  g_auto(Outcome) adapter =
      run("score", files->chest, "-m", files->model, "-a", files->folder, NULL);
  g_assert_cmpint(adapter.status, ==, 1);
  assert_contains(adapter.err, "adapter_config.json");
  g_auto(Outcome) prompt = run("score", files->chest, "-m", files->model, "-p", " ", NULL);
  g_assert_cmpint(prompt.status, ==, 1);
  assert_contains(prompt.err, "the prompt is empty");
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
#define ADD(name, function) g_test_add("/score/" name, Files, NULL, set_up, function, tear_down)
  ADD("json-carries-everything", test_json_carries_everything);
  ADD("input-hash", test_input_hash);
  ADD("small", test_small_study);
  ADD("second-run-reads-the-cache", test_second_run_reads_the_cache);
  ADD("many-volumes-one-bad", test_many_volumes_one_bad);
  ADD("folder", test_folder);
  ADD("adapter", test_adapter);
  ADD("maps", test_maps);
  ADD("prompts-from-files", test_prompts_from_files);
  ADD("metadata-table", test_metadata_table);
  ADD("thresholds-of-the-card", test_thresholds_of_the_card);
  ADD("table-for-people", test_table_for_people);
  ADD("interrupt", test_interrupt);
  ADD("refusals", test_refusals);
  return g_test_run();
}
