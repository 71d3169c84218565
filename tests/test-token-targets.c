/* Boxes from a table onto the model's tokens, through the orientation of the file. */
#include "model/token_targets.h"
#include <glib/gstdio.h>
#include <string.h>

static const char *const classes[] = {"Nodule", "Effusion"};

static MedctFindingBoxes *
parse(const char *text, GError **error)
{
  g_autofree char *path = NULL;
  int fd = g_file_open_tmp("boxes-XXXXXX.csv", &path, NULL);
  g_assert_cmpint(fd, >=, 0);
  g_close(fd, NULL);
  g_assert_true(g_file_set_contents(path, text, -1, NULL));
  MedctFindingBoxes *boxes = medct_finding_boxes_load(path, classes, 2, error);
  g_unlink(path);
  return boxes;
}

#define HEADER "volume,finding,grade,i_low,i_high,j_low,j_high,k_low,k_high\n"

static void
test_table(void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(MedctFindingBoxes) boxes =
      parse(HEADER "a.nii,Effusion,2,1,2,3,4,5,6\nb.nii,Nodule,1,0,0,0,0,0,0\n"
                   "a.nii,Nodule,1,7,8,9,10,11,12\n",
            &error);
  g_assert_no_error(error);
  guint n;
  const MedctFindingBox *a = medct_finding_boxes_of(boxes, "a.nii", &n);
  g_assert_cmpuint(n, ==, 2);
  g_assert_cmpint(a[0].finding, ==, 1);
  g_assert_cmpint(a[0].low[2], ==, 5);
  g_assert_cmpint(a[1].finding, ==, 0);
  g_assert_cmpint(a[1].high[1], ==, 10);
  g_assert_null(medct_finding_boxes_of(boxes, "c.nii", &n));
  g_assert_cmpuint(n, ==, 0);
}

static void
test_table_refused(void)
{
  static const struct {
    const char *text, *says;
  } cases[] = {
      {"volume,finding\na,Nodule\n", "i_low"},
      {HEADER "a,Mass,1,0,1,0,1,0,1\n", "line 2, finding"},
      {HEADER "a,Nodule,1,0,1,0,x,0,1\n", "line 2, j_high"},
      {HEADER "a,Nodule,1,0,1,0,1,0,99999\n", "line 2, k_high"},
      {HEADER "a,Nodule,1,-1,1,0,1,0,1\n", "line 2, i_low"},
      {HEADER "a,Nodule,1,5,1,0,1,0,1\n", "no less than the low end"},
  };
  for (gsize n = 0; n < G_N_ELEMENTS(cases); n++) {
    g_autoptr(GError) error = NULL;
    g_assert_null(parse(cases[n].text, &error));
    g_assert_nonnull(strstr(error->message, cases[n].says));
  }
}

/* 8 × 12 × 12 tensor voxels in 2 × 3 × 3 tokens, as the volume is stored but for what `to_voxel`
 * says. */
static const MedctConfig config = {.frames = 8, .temporal_patch = 4, .image = 12, .patch = 4};

static int
count(const guint8 *targets, int finding)
{
  int n = 0;
  for (int token = 0; token < 18; token++)
    n += targets[2 * token + finding];
  return n;
}

static void
test_tokens(void)
{
  guint8 targets[2 * 18];
  /* i runs toward Left, j Posterior, k Superior; tensor axes are s, l, p */
  const MedctField straight = {.to_voxel = {0, 1, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0}};
  const MedctFindingBox inside = {0, {5, 1, 6}, {6, 2, 7}};
  medct_token_targets(&config, &straight, NULL, &inside, 1, 2, targets);
  g_assert_cmpint(count(targets, 0), ==, 1);
  g_assert_cmpint(count(targets, 1), ==, 0);
  g_assert_cmpint(targets[2 * ((1 * 3 + 1) * 3 + 0)], ==, 1);

  /* six voxels of l: four in one token, two in the next, which is half of the best and enough */
  const MedctFindingBox wide = {1, {4, 0, 0}, {9, 3, 3}};
  medct_token_targets(&config, &straight, NULL, &wide, 1, 2, targets);
  g_assert_cmpint(count(targets, 1), ==, 2);
  const MedctFindingBox graze = {1, {0, 0, 0}, {3, 3, 3}};
  const int shift[3] = {0, 0, 0}, moved[3] = {4, 0, -1};
  medct_token_targets(&config, &straight, shift, &graze, 1, 2, targets);
  g_assert_cmpint(count(targets, 1), ==, 1);
  medct_token_targets(&config, &straight, moved, &graze, 1, 2, targets);
  g_assert_cmpint(count(targets, 1), ==, 1);
  g_assert_cmpint(targets[2 * 9 + 1], ==, 1); /* up by a token */
}

/* Flipped axes and another spacing: the same place, the same token. */
static void
test_tokens_turned(void)
{
  guint8 targets[2 * 18];
  /* i = 47 − 4·p, j = 2·l, k = 7 − s */
  const MedctField turned = {.to_voxel = {0, 0, -4, 45.5, 0, 2, 0, 0.5, -1, 0, 0, 7}};
  const MedctFindingBox box = {0, {36, 10, 0}, {43, 11, 1}};
  medct_token_targets(&config, &turned, NULL, &box, 1, 2, targets);
  g_assert_cmpint(count(targets, 0), ==, 1);
  g_assert_cmpint(targets[2 * ((1 * 3 + 1) * 3 + 0)], ==, 1);
  const MedctFindingBox beyond = {0, {0, 100, 0}, {1, 101, 1}};
  medct_token_targets(&config, &turned, NULL, &beyond, 1, 2, targets);
  g_assert_cmpint(count(targets, 0), ==, 0);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/token-targets/table", test_table);
  g_test_add_func("/token-targets/table-refused", test_table_refused);
  g_test_add_func("/token-targets/tokens", test_tokens);
  g_test_add_func("/token-targets/tokens-turned", test_tokens_turned);
  return g_test_run();
}
