/* Augmentation of training volumes: what a draw decides, how far it may go, and what it does to a
 * tensor. */
#include "model/augmentation.h"
#include <math.h>
#include <string.h>

enum { FRAMES = 5, IMAGE = 8, VOXELS = FRAMES * IMAGE * IMAGE };

static const MedctConfig config = {.frames = FRAMES, .image = IMAGE, .clip_hu = {-1000, 1000}};
static const MedctAugmentationLimits limits = {3, 12, 6};

/* Every voxel its own value, far from both ends of the range. */
static void
fill(float *x)
{
  for (int i = 0; i < VOXELS; i++)
    x[i] = -0.5f + (float)i / VOXELS;
}

/* The same of a seed and a number, another of another. */
static void
test_draws(void)
{
  MedctAugmentation one = medct_augmentation_draw(&limits, 7, 3);
  MedctAugmentation same = medct_augmentation_draw(&limits, 7, 3);
  MedctAugmentation other = medct_augmentation_draw(&limits, 7, 4);
  MedctAugmentation seed = medct_augmentation_draw(&limits, 8, 3);
  g_autofree float *noise = medct_augmentation_noise_new(7),
                   *again = medct_augmentation_noise_new(7);
  float x[VOXELS], a[VOXELS], b[VOXELS];
  fill(x);
  g_assert_cmpmem(noise, sizeof *noise * MEDCT_AUGMENTATION_NOISE, again,
                  sizeof *again * MEDCT_AUGMENTATION_NOISE);
  medct_augmentation_apply(&one, noise, &config, a, x);
  medct_augmentation_apply(&same, again, &config, b, x);
  g_assert_cmpmem(a, sizeof a, b, sizeof b);
  medct_augmentation_apply(&other, noise, &config, b, x);
  g_assert_cmpint(memcmp(a, b, sizeof a), !=, 0);
  medct_augmentation_apply(&seed, noise, &config, b, x);
  g_assert_cmpint(memcmp(a, b, sizeof a), !=, 0);
}

/* Every shift comes up about equally often, and nothing goes further than it may. */
static void
test_limits(void)
{
  enum { N = 7000 };
  guint shifts[3][7] = {{0}};
  float noise = 0, low = 0, high = 0;
  for (guint64 n = 0; n < N; n++) {
    MedctAugmentation a = medct_augmentation_draw(&limits, 1, n);
    for (int axis = 0; axis < 3; axis++) {
      g_assert_cmpint(ABS(a.shift[axis]), <=, 3);
      shifts[axis][a.shift[axis] + 3]++;
    }
    g_assert_true(a.noise >= 0 && a.noise <= 12 && fabsf(a.offset) <= 6);
    noise = fmaxf(noise, a.noise);
    low = fminf(low, a.offset);
    high = fmaxf(high, a.offset);
  }
  for (int axis = 0; axis < 3; axis++)
    for (int s = 0; s < 7; s++)
      g_assert_cmpfloat_with_epsilon((double)shifts[axis][s], N / 7.0, 150);
  g_assert_true(noise > 11.9f && low < -5.9f && high > 5.9f);
}

/* The table: mean 0, standard deviation 1, and as often beyond ±2 as normal numbers are. */
static void
test_noise(void)
{
  g_autofree float *noise = medct_augmentation_noise_new(1);
  double sum = 0, squares = 0, beyond = 0;
  for (int i = 0; i < MEDCT_AUGMENTATION_NOISE; i++) {
    sum += noise[i];
    squares += (double)noise[i] * noise[i];
    beyond += fabsf(noise[i]) > 2;
  }
  g_assert_cmpfloat_with_epsilon(sum / MEDCT_AUGMENTATION_NOISE, 0, 0.02);
  g_assert_cmpfloat_with_epsilon(squares / MEDCT_AUGMENTATION_NOISE, 1, 0.02);
  g_assert_cmpfloat_with_epsilon(beyond / MEDCT_AUGMENTATION_NOISE, 0.0455, 0.004);
}

/* A shift of one moves by one voxel, along its own axis; air comes in. */
static void
test_shift(void)
{
  static const int steps[] = {IMAGE * IMAGE, IMAGE, 1}, sizes[] = {FRAMES, IMAGE, IMAGE};
  g_autofree float *noise = medct_augmentation_noise_new(1);
  float x[VOXELS], y[VOXELS];
  fill(x);
  for (int axis = 0; axis < 3; axis++)
    for (int shift = -1; shift <= 1; shift += 2) {
      MedctAugmentation a = {{0}, 0, 0, 0};
      a.shift[axis] = shift;
      medct_augmentation_apply(&a, noise, &config, y, x);
      for (int i = 0; i < VOXELS; i++) {
        int from = i / steps[axis] % sizes[axis] - shift;
        gboolean inside = from >= 0 && from < sizes[axis];
        g_assert_cmpfloat(y[i], ==, inside ? x[i - shift * steps[axis]] : -1);
      }
    }
}

/* Nothing asked for: nothing done. */
static void
test_nothing(void)
{
  const MedctAugmentationLimits none = {0};
  g_autofree float *noise = medct_augmentation_noise_new(1);
  float x[VOXELS], y[VOXELS];
  g_assert_false(medct_augmentation_limits_any(&none));
  g_assert_true(medct_augmentation_limits_any(&(MedctAugmentationLimits){.offset_hu = 1}));
  fill(x);
  for (guint64 n = 0; n < 20; n++) {
    MedctAugmentation a = medct_augmentation_draw(&none, 1, n);
    medct_augmentation_apply(&a, noise, &config, y, x);
    g_assert_cmpmem(x, sizeof x, y, sizeof y);
  }
}

/* Offset and noise are in HU, and the model's range holds. */
static void
test_hu(void)
{
  g_autofree float *noise = medct_augmentation_noise_new(1);
  const MedctAugmentation offset = {{0}, 0, 6, 0}, loud = {{0}, 100, 0, 5};
  float x[VOXELS], y[VOXELS];
  double squares = 0;
  fill(x);
  x[0] = 0.999f;
  medct_augmentation_apply(&offset, noise, &config, y, x);
  g_assert_cmpfloat(y[0], ==, 1);
  for (int i = 1; i < VOXELS; i++)
    g_assert_cmpfloat_with_epsilon(y[i] - x[i], 0.006, 1e-6);
  medct_augmentation_apply(&loud, noise, &config, y, x);
  for (int i = 1; i < VOXELS; i++)
    squares += pow(y[i] - x[i], 2);
  g_assert_cmpfloat_with_epsilon(sqrt(squares / (VOXELS - 1)), 0.1, 0.02);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/augmentation/draws", test_draws);
  g_test_add_func("/augmentation/limits", test_limits);
  g_test_add_func("/augmentation/noise", test_noise);
  g_test_add_func("/augmentation/shift", test_shift);
  g_test_add_func("/augmentation/nothing", test_nothing);
  g_test_add_func("/augmentation/hu", test_hu);
  return g_test_run();
}
