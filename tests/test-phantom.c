/* Made-up chests: the same for a seed, and what their files say about them is so. */
#include "phantom/phantom.h"
#include <string.h>

static MedctPhantom *
make(guint64 seed, guint64 index, double mm, const MedctLabels *findings, int threads)
{
  MedctPhantomOptions options = {
      .site = medct_site_a(), .seed = seed, .spacing = {mm, mm, mm}, .findings = findings};
  g_autoptr(MedctLabelModel) labels = medct_label_model_new(&options.site);
  MedctPool *pool = medct_pool_new(threads);
  MedctPhantom *phantom = medct_phantom_new(&options, labels, index, pool);
  medct_pool_free(pool);
  return phantom;
}

static gsize
n_voxels(const MedctPhantom *phantom)
{
  return (gsize)(phantom->grid.dims[0] * phantom->grid.dims[1] * phantom->grid.dims[2]);
}

/* Threads, and whether it was drawn before, leave no trace; the seed and the patient do. */
static void
test_same_for_a_seed(void)
{
  g_autoptr(MedctPhantom) one = make(7, 3, 6, NULL, 1);
  g_autoptr(MedctPhantom) four = make(7, 3, 6, NULL, 4);
  g_autoptr(MedctPhantom) other_seed = make(8, 3, 6, NULL, 1);
  g_autoptr(MedctPhantom) other_patient = make(7, 4, 6, NULL, 1);
  gsize bytes = n_voxels(one) * sizeof *one->voxels;
  g_assert_cmpmem(one->voxels, bytes, four->voxels, bytes);
  g_assert_cmpstr(one->report, ==, four->report);
  g_assert_cmpmem(one->boxes, one->objects->len * sizeof *one->boxes, four->boxes,
                  four->objects->len * sizeof *four->boxes);
  g_assert_cmpint(memcmp(one->voxels, other_seed->voxels, bytes), !=, 0);
  g_assert_cmpint(memcmp(one->voxels, other_patient->voxels, bytes), !=, 0);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/phantom/same-for-a-seed", test_same_for_a_seed);
  return g_test_run();
}
