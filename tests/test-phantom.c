/* Made-up chests: the same for a seed, and what their files say about them is so. */
#include "phantom/orientation.h"
#include "phantom/phantom.h"
#include <string.h>

static MedctPhantom *
make(gboolean site_b, guint64 seed, guint64 index, double mm, const MedctLabels *findings,
     int threads)
{
  MedctPhantomOptions options = {.site = site_b ? medct_site_b() : medct_site_a(),
                                 .seed = seed,
                                 .spacing = {mm, mm, mm},
                                 .findings = findings};
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
  g_autoptr(MedctPhantom) one = make(FALSE, 7, 3, 6, NULL, 1);
  g_autoptr(MedctPhantom) four = make(FALSE, 7, 3, 6, NULL, 4);
  g_autoptr(MedctPhantom) other_seed = make(FALSE, 8, 3, 6, NULL, 1);
  g_autoptr(MedctPhantom) other_patient = make(FALSE, 7, 4, 6, NULL, 1);
  gsize bytes = n_voxels(one) * sizeof *one->voxels;
  g_assert_cmpmem(one->voxels, bytes, four->voxels, bytes);
  g_assert_cmpstr(one->report, ==, four->report);
  g_assert_cmpmem(one->boxes, one->objects->len * sizeof *one->boxes, four->boxes,
                  four->objects->len * sizeof *four->boxes);
  g_assert_cmpint(memcmp(one->voxels, other_seed->voxels, bytes), !=, 0);
  g_assert_cmpint(memcmp(one->voxels, other_patient->voxels, bytes), !=, 0);
}

static gboolean
in_box(const MedctBox *box, const int at[3])
{
  for (int axis = 0; axis < 3; axis++)
    if (at[axis] < box->low[axis] || at[axis] > box->high[axis])
      return FALSE;
  return TRUE;
}

/* Voxels that differ from the twin, inside the boxes and outside all of them. */
static void
compare_twins(const MedctPhantom *with, const MedctPhantom *without, int *inside, int *outside)
{
  const int64_t *dims = with->grid.dims;
  *inside = *outside = 0;
  for (gsize v = 0; v < n_voxels(with); v++) {
    if (with->voxels[v] == without->voxels[v])
      continue;
    const int at[3] = {(int)((int64_t)v % dims[0]), (int)((int64_t)v / dims[0] % dims[1]),
                       (int)((int64_t)v / dims[0] / dims[1])};
    gboolean in = FALSE;
    for (guint o = 0; o < with->objects->len && !in; o++)
      in = in_box(&with->boxes[o], at);
    ++*(in ? inside : outside);
  }
}

/* Each finding alone, severe, on both sites: the same chest without it differs in its boxes only.
 */
static void
test_boxes_enclose(gconstpointer site)
{
  const MedctLabels none = {{0}};
  gboolean b = *(const char *)site == 'B';
  g_autoptr(MedctPhantom) twin = make(b, 11, 2, 8, &none, 2);
  for (guint finding = 0; finding < MEDCT_N_PATHOLOGIES; finding++) {
    MedctLabels one = {{0}};
    one.grade[finding] = 3;
    g_autoptr(MedctPhantom) phantom = make(b, 11, 2, 8, &one, 2);
    int inside, outside;
    compare_twins(phantom, twin, &inside, &outside);
    g_test_message("%s: %d voxels changed, %d outside", medct_pathology_name(finding),
                   inside + outside, outside);
    g_assert_cmpuint(phantom->objects->len, >, 0);
    g_assert_cmpint(inside, >, 3);
    g_assert_cmpint(outside, ==, 0);
  }
}

/* A box is no larger than what was drawn: a nodule's, of known size. */
static void
test_boxes_are_tight(void)
{
  MedctLabels labels = {{0}};
  g_assert_true(medct_labels_parse("nodule:3", &labels, NULL));
  g_autoptr(MedctPhantom) phantom = make(FALSE, 4, 0, 2, &labels, 2);
  for (guint o = 0; o < phantom->objects->len; o++) {
    const MedctBox *box = &phantom->boxes[o];
    float mm = g_array_index(phantom->objects, MedctObject, o).size_mm;
    for (int axis = 0; axis < 3; axis++) {
      float wide = 2 * (float)(box->high[axis] - box->low[axis] + 1);
      g_assert_cmpfloat(wide, >, 0.6f * mm);
      g_assert_cmpfloat(wide, <, 2.1f * mm + 8); /* spicules reach almost as far again */
    }
  }
}

/* However it is stored, the file's affine leads each voxel to the same place in the body. */
static void
test_orientations(void)
{
  static const char *const letters[] = {"LPS", "RAS", "LAS", "PSL", "ASR", "IRP"};
  const MedctLabels none = {{0}};
  g_autoptr(MedctPhantom) phantom = make(FALSE, 5, 0, 12, &none, 1);
  const MedctGrid *grid = &phantom->grid;
  for (gsize n = 0; n < G_N_ELEMENTS(letters); n++) {
    MedctOrientation orientation;
    double own[16], affine[16];
    int64_t dims[3];
    g_assert_true(medct_orientation_parse(letters[n], &orientation, NULL));
    g_autofree int16_t *stored =
        medct_orientation_store(&orientation, phantom->voxels, grid, dims, affine);
    medct_grid_affine(grid, own);
    const MedctBox corner = {{3, 5, 7}, {3, 5, 7}};
    MedctBox box = medct_orientation_box(&orientation, grid, &corner);
    gint64 at = box.low[0] + dims[0] * (box.low[1] + dims[1] * (gint64)box.low[2]);
    g_assert_cmpint(stored[at], ==, phantom->voxels[3 + grid->dims[0] * (5 + grid->dims[1] * 7)]);
    for (int row = 0; row < 3; row++) {
      const double *a = affine + 4 * row, *o = own + 4 * row;
      g_assert_cmpfloat_with_epsilon(a[0] * box.low[0] + a[1] * box.low[1] + a[2] * box.low[2] +
                                         a[3],
                                     o[0] * 3 + o[1] * 5 + o[2] * 7 + o[3], 1e-9);
    }
  }
  MedctOrientation orientation;
  g_autoptr(GError) error = NULL;
  g_assert_false(medct_orientation_parse("LLS", &orientation, &error));
}

/* How patients lie is what a radiologist would see first: everybody on the back at A, nine in ten
 * prone at B, and at B as at A where that factor alone is A's. */
static void
test_positions(void)
{
  enum { N = 2000 };
  MedctSite mixed = medct_site_b();
  g_assert_true(medct_site_set(&mixed, "position=A", NULL));
  const MedctSite sites[] = {medct_site_a(), medct_site_b(), mixed};
  const double prone[] = {0, 0.9, 0}, supine[] = {1, 0.07, 1};
  for (gsize s = 0; s < G_N_ELEMENTS(sites); s++) {
    guint n_prone = 0, n_supine = 0;
    for (guint i = 0; i < N; i++) {
      MedctPatient patient;
      medct_patient_draw(&patient, &sites[s], 7, i);
      n_prone += patient.down.y == -1;
      n_supine += patient.down.y == 1;
    }
    g_assert_cmpfloat_with_epsilon((double)n_prone / N, prone[s], 0.025);
    g_assert_cmpfloat_with_epsilon((double)n_supine / N, supine[s], 0.025);
  }
}

/* Sizes follow the spacing; a small volume takes well under a second. */
static void
test_size_and_time(void)
{
  gint64 start = g_get_monotonic_time();
  g_autoptr(MedctPhantom) phantom = make(FALSE, 1, 0, 3.75, NULL, 2);
  g_test_message("%.3f s at 3.75 mm", (double)(g_get_monotonic_time() - start) * 1e-6);
  g_assert_cmpint(phantom->grid.dims[0], ==, 96);
  g_assert_cmpint(phantom->grid.dims[2], ==, 77);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/phantom/same-for-a-seed", test_same_for_a_seed);
  g_test_add_data_func("/phantom/boxes-enclose/a", "A", test_boxes_enclose);
  g_test_add_data_func("/phantom/boxes-enclose/b", "B", test_boxes_enclose);
  g_test_add_func("/phantom/boxes-are-tight", test_boxes_are_tight);
  g_test_add_func("/phantom/orientations", test_orientations);
  g_test_add_func("/phantom/positions", test_positions);
  g_test_add_func("/phantom/size-and-time", test_size_and_time);
  return g_test_run();
}
