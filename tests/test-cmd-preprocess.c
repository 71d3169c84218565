/* medct preprocess from file to file: the real program on a made-up chest. */
#include "model/preprocess.h"
#include "plugins/host.h"
#include "tests/program.h"
#include "tests/test-home.h"
#include <glib/gstdio.h>
#include <string.h>

typedef struct {
  char *folder, *chest, *model, *out;
} Files;

static void
set_up(Files *files, gconstpointer data)
{
  files->folder = g_dir_make_tmp("medct-preprocess-XXXXXX", NULL);
  files->chest = g_build_filename(files->folder, "chest.nii.gz", NULL);
  files->model = g_build_filename(files->folder, "model", NULL);
  files->out = g_build_filename(files->folder, "out.safetensors", NULL);
  const char *words[] = {g_getenv("MAKE_CHEST"), files->chest, "96", "4", "70", "5", NULL};
  g_auto(Outcome) made = run_words(words);
  g_assert_cmpint(made.status, ==, 0);
  g_auto(Outcome) model = run("model", "random", "-c", "mini", "-o", files->model, NULL);
  g_assert_cmpint(model.status, ==, 0);
}

static void
tear_down(Files *files, gconstpointer data)
{
  test_home_remove(g_steal_pointer(&files->folder));
  g_free(files->chest);
  g_free(files->model);
  g_free(files->out);
}

/* What the library makes of the chest for `config`; [frames, image, image] */
static float *
make_tensor(const Files *files, const MedctConfig *config, const MedctPreprocessOptions *options)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(MedctHost) host = medct_host_new();
  g_autoptr(MedctVolume) volume =
      medct_host_open_volume(host, files->chest, NULL, NULL, NULL, &error);
  g_assert_no_error(error);
  float *tensor = medct_preprocess(volume, config, options, 0, NULL, NULL, &error);
  g_assert_no_error(error);
  return tensor;
}

static MedctTensorFile *
open_out(const Files *files, const MedctConfig *config)
{
  g_autoptr(GError) error = NULL;
  MedctTensorFile *file = medct_tensor_file_open(files->out, &error);
  g_assert_no_error(error);
  const MedctTensor *volume = medct_tensor_file_lookup(file, "volume");
  g_assert_nonnull(volume);
  g_assert_cmpint(volume->dtype, ==, MEDCT_DTYPE_F32);
  g_assert_cmpint(volume->n_dims, ==, 3);
  g_assert_cmpint(volume->shape[0], ==, config->frames);
  g_assert_cmpint(volume->shape[1], ==, config->image);
  g_assert_cmpint(volume->shape[2], ==, config->image);
  return file;
}

static void
assert_same(const MedctTensorFile *file, const float *expected)
{
  const MedctTensor *volume = medct_tensor_file_lookup(file, "volume");
  g_assert_true(memcmp(volume->data, expected, (gsize)volume->n_elements * sizeof(float)) == 0);
}

static void
expect_metadata(const MedctTensorFile *file, const char *key, const char *value)
{
  g_assert_cmpstr(medct_tensor_file_metadata(file, key), ==, value);
}

static void
test_released(Files *files, gconstpointer data)
{
  MedctConfig config;
  g_assert_true(medct_config_named("released", &config, NULL));
  g_auto(Outcome) outcome = run("preprocess", files->chest, "--out", files->out, NULL);
  g_assert_cmpint(outcome.status, ==, 0);
  assert_contains(outcome.out, "out.safetensors: volume [240, 480, 480], resampled from [");
  g_autoptr(MedctTensorFile) file = open_out(files, &config);
  g_autofree float *expected = make_tensor(files, &config, NULL);
  assert_same(file, expected);
  expect_metadata(file, "source", "chest.nii.gz");
  expect_metadata(file, "axes", "superior, left, posterior");
  expect_metadata(file, "clip", "before resampling");
  expect_metadata(file, "spacing_mm", "1.5 0.75 0.75");
  g_assert_cmpuint(strlen(medct_tensor_file_metadata(file, "source_sha256")), ==, 64);
}

static void
test_options(Files *files, gconstpointer data)
{
  const MedctPreprocessOptions options = {.as_stored = TRUE, .clip_after = TRUE};
  MedctConfig config;
  g_autofree char *weights = g_build_filename(files->model, "model.safetensors", NULL);
  g_autofree char *input = g_build_filename(files->model, "config.json", NULL);
  g_autoptr(MedctTensorFile) model = medct_tensor_file_open(weights, NULL);
  g_assert_true(medct_config_from_tensors(model, input, 0, &config, NULL));
  g_auto(Outcome) outcome = run("preprocess", files->chest, "-o", files->out, "--as-stored",
                                "--clip", "after", "-m", files->model, NULL);
  g_assert_cmpstr(outcome.err, ==, "");
  g_autoptr(MedctTensorFile) file = open_out(files, &config);
  g_autofree float *expected = make_tensor(files, &config, &options);
  assert_same(file, expected);
  expect_metadata(file, "axes", "as stored");
  expect_metadata(file, "clip", "after resampling");
}

/* The table's spacing, and what was done with its slope and intercept, said aloud. */
static void
test_metadata(Files *files, gconstpointer data)
{
  g_autofree char *table = g_build_filename(files->folder, "metadata.csv", NULL);
  g_assert_true(g_file_set_contents(table,
                                    "VolumeName,RescaleSlope,RescaleIntercept,XYSpacing,ZSpacing\n"
                                    "chest.nii.gz,1,-1024,\"[2.5, 2.5]\",3\n",
                                    -1, NULL));
  MedctConfig config;
  g_assert_true(medct_config_named("released", &config, NULL));
  g_auto(Outcome) chosen =
      run("preprocess", files->chest, "-o", files->out, "--metadata", table, NULL);
  g_assert_cmpint(chosen.status, ==, 0);
  assert_contains(chosen.err, "HU");
  g_autoptr(MedctTensorFile) file = open_out(files, &config);
  expect_metadata(file, "source_spacing_mm", "2.5 2.5 3");
  assert_contains(medct_tensor_file_metadata(file, "warnings"), "HU");
  g_auto(Outcome) forced = run("preprocess", files->chest, "-o", files->out, "--metadata", table,
                               "--rescale", "raw", NULL);
  g_assert_cmpint(forced.status, ==, 0);
  g_autoptr(MedctTensorFile) lower = open_out(files, &config);
  const float *x = medct_tensor_file_lookup(file, "volume")->data;
  const float *y = medct_tensor_file_lookup(lower, "volume")->data;
  gsize middle = ((gsize)120 * 480 + 240) * 480 + 240;
  g_assert_cmpfloat(y[middle], <, x[middle]);
}

static void
refused(Outcome outcome, int status, const char *part)
{
  if (outcome.status != status || !strstr(outcome.err, part))
    g_error("status %d, \"%s\"; expected %d, \"%s\"", outcome.status, outcome.err, status, part);
  g_assert_cmpstr(outcome.out, ==, "");
  outcome_clear(&outcome);
}

static void
test_refusals(Files *files, gconstpointer data)
{
  g_autofree char *copy = g_build_filename(files->folder, "again.nii.gz", NULL);
  g_assert_cmpint(link(files->chest, copy), ==, 0);
  refused(run("preprocess", files->chest, "-o", copy, NULL), 1, "would be overwritten");
  refused(run("preprocess", files->chest, "-o", files->chest, NULL), 1, "would be overwritten");
  refused(run("preprocess", files->chest, NULL), 2, "--out is missing");
  refused(run("preprocess", files->chest, "-o", files->out, "--clip", "never", NULL), 2, "clip");
  refused(run("preprocess", files->chest, "-o", files->out, "-m", "/nowhere", NULL), 1, "nowhere");
  refused(run("preprocess", files->chest, "-o", files->out, "--rescale", "raw", NULL), 2,
          "--metadata");
  refused(run("preprocess", files->chest, "-o", files->out, "--metadata", "/nowhere.csv", NULL), 1,
          "nowhere.csv");
  refused(run("preprocess", "/nowhere.nii", "-o", files->out, NULL), 1, "nowhere.nii");
  refused(run("preprocess", files->chest, "-o", "/nowhere/x.safetensors", NULL), 1,
          "x.safetensors");
  g_assert_false(g_file_test(files->out, G_FILE_TEST_EXISTS));
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  char *home = test_home_make();
#define ADD(path, test) g_test_add(path, Files, NULL, set_up, test, tear_down)
  ADD("/cmd-preprocess/released", test_released);
  ADD("/cmd-preprocess/options", test_options);
  ADD("/cmd-preprocess/metadata", test_metadata);
  ADD("/cmd-preprocess/refusals", test_refusals);
  int status = g_test_run();
  test_home_remove(home);
  return status;
}
