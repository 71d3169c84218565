/* From a drawn finding to the tokens that hold it, through files of several orientations: where the
 * model's input differs from the finding-free twin's, there the targets are. */
#include "model/pathologies.h"
#include "model/token_targets.h"
#include "plugins/host.h"
#include "program.h"
#include <glib/gstdio.h>
#include <math.h>

/* The demo model's grid. */
static const MedctConfig config = {.frames = 78,
                                   .temporal_patch = 6,
                                   .image = 96,
                                   .patch = 8,
                                   .spacing_mm = {3.75, 3.75, 3.75},
                                   .clip_hu = {-1000, 1000}};
enum { T = 13, H = 12, TOKENS = T * H * H, N = MEDCT_N_PATHOLOGIES };

static char *
make(const char *findings, const char *orientation)
{
  char *folder = g_dir_make_tmp("tokens-XXXXXX", NULL);
  g_auto(Outcome) outcome =
      run("phantom", "--out", folder, "--seed", "31", "--spacing", "4.5x4.5x3", "--findings",
          findings, "--orientation", orientation, NULL);
  g_assert_cmpint(outcome.status, ==, 0);
  return folder;
}

static float *
read_tensor(const char *folder, MedctField *field)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *path = g_build_filename(folder, "A31-00000.nii.gz", NULL);
  g_autoptr(MedctHost) host = medct_host_new();
  g_autoptr(MedctVolume) volume = medct_host_open_volume(host, path, NULL, NULL, NULL, &error);
  g_assert_no_error(error);
  float *tensor = medct_preprocess(volume, &config, NULL, 1, field, NULL, &error);
  g_assert_no_error(error);
  return tensor;
}

/* differ [T·H·W]: how much of a token's input the finding changed. */
static void
compare(const float *with, const float *without, double *differ)
{
  for (int s = 0; s < config.frames; s++)
    for (int l = 0; l < config.image; l++)
      for (int p = 0; p < config.image; p++) {
        int at = (s * config.image + l) * config.image + p;
        int token = (s / config.temporal_patch * H + l / config.patch) * H + p / config.patch;
        differ[token] += fabs((double)with[at] - (double)without[at]);
      }
}

static void
read_targets(const char *folder, const MedctField *field, guint8 *targets)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *path = g_build_filename(folder, "boxes.csv", NULL);
  const char *classes[N];
  for (guint n = 0; n < N; n++)
    classes[n] = medct_pathology_name(n);
  g_autoptr(MedctFindingBoxes) boxes = medct_finding_boxes_load(path, classes, N, &error);
  g_assert_no_error(error);
  guint n;
  const MedctFindingBox *box = medct_finding_boxes_of(boxes, "A31-00000.nii.gz", &n);
  medct_token_targets(&config, field, NULL, box, n, N, targets);
}

static void
remove_folder(char *folder)
{
  static const char *const names[] = {"A31-00000.nii.gz", "cohort.csv", "grades.csv", "boxes.csv"};
  for (gsize n = 0; n < G_N_ELEMENTS(names); n++) {
    g_autofree char *path = g_build_filename(folder, names[n], NULL);
    g_unlink(path);
  }
  g_rmdir(folder);
  g_free(folder);
}

static void
test_finding(gconstpointer data)
{
  static const char *const orientations[] = {"LPS", "RAS", "PSL"};
  const char *name = data;
  char *twin = make("none", "LPS");
  MedctField field;
  g_autofree float *without = read_tensor(twin, &field);
  for (gsize o = 0; o < G_N_ELEMENTS(orientations); o++) {
    char *folder = make(name, orientations[o]);
    g_autofree float *with = read_tensor(folder, &field);
    g_autofree double *differ = g_new0(double, TOKENS);
    g_autofree guint8 *targets = g_new(guint8, TOKENS * N);
    compare(with, without, differ);
    read_targets(folder, &field, targets);
    int n_targets = 0, most = 0;
    double all = 0, held = 0;
    for (int token = 0; token < TOKENS; token++) {
      int here = 0;
      for (int n = 0; n < N; n++)
        here += targets[token * N + n];
      n_targets += here > 0;
      all += differ[token];
      held += here > 0 ? differ[token] : 0;
      most = differ[token] > differ[most] ? token : most;
    }
    g_test_message("%s, %s: %d tokens hold %.0f %% of what changed", name, orientations[o],
                   n_targets, 100 * held / all);
    int at_most = 0;
    for (int n = 0; n < N; n++)
      at_most += targets[most * N + n];
    g_assert_cmpint(at_most, ==, 1);
    g_assert_cmpfloat(held, >, 0.75 * all);
    g_assert_cmpint(n_targets, <, TOKENS / 4);
    remove_folder(folder);
  }
  remove_folder(twin);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_data_func("/phantom-tokens/nodule", "nodule:3", test_finding);
  g_test_add_data_func("/phantom-tokens/consolidation", "consolidation:2", test_finding);
  g_test_add_data_func("/phantom-tokens/cardiomegaly", "cardiomegaly:3", test_finding);
  return g_test_run();
}
