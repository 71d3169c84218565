#include "model/metadata_csv.h"
#include "model/plausibility.h"
#include <glib/gstdio.h>
#include <string.h>

#define HEADER "VolumeName,RescaleSlope,RescaleIntercept,XYSpacing,ZSpacing\n"

static void
free_voxels(gpointer voxels)
{
  g_free(voxels);
}

/* 20 × 20 × 30 voxels: a third air, a third soft tissue, the rest between, all shifted by `offset`;
 * unsigned in the file when `shifted`. */
static MedctVolume *
make_volume(double offset, gboolean shifted)
{
  MedctVolumeHeader h = {.voxel_type = MEDCT_VOXEL_INT16,
                         .dims = {20, 20, 30},
                         .hu_slope = 1,
                         .hu_intercept = shifted ? 32768 : 0,
                         .spacing_mm = {9, 9, 9},
                         .affine = {-9, 0, 0, 0, 0, -9, 0, 0, 0, 0, 9, 0, 0, 0, 0, 1},
                         .orientation_known = true,
                         .spacing_known = true,
                         .name = "v1.nii.gz"};
  int16_t *voxels = g_new(int16_t, 12000);
  for (int i = 0; i < 12000; i++) {
    double hu = i % 3 == 0 ? -990 + i % 40 : i % 3 == 1 ? 40 + i % 30 : -700 + i % 500;
    voxels[i] = (int16_t)(hu + offset - h.hu_intercept);
  }
  return medct_volume_new(&h, voxels, free_voxels, NULL);
}

static MedctVolume *
apply(MedctVolume *volume, const char *table, MedctRescale rescale, GError **error)
{
  g_autofree char *path = NULL;
  int fd = g_file_open_tmp("medct-metadata-XXXXXX.csv", &path, NULL);
  g_assert_cmpint(fd, >=, 0);
  g_close(fd, NULL);
  g_assert_true(g_file_set_contents(path, table, -1, NULL));
  MedctVolume *other = medct_metadata_csv_apply(volume, path, rescale, error);
  g_unlink(path);
  return other;
}

static const char *
find_warning(const MedctVolume *volume, const char *code)
{
  for (guint n = 0; n < medct_volume_n_warnings(volume); n++)
    if (g_str_equal(medct_volume_warning(volume, n)->code, code))
      return medct_volume_warning(volume, n)->message;
  return NULL;
}

static void
check(double offset, gboolean shifted, MedctRescale rescale, double intercept, const char *code)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(MedctVolume) volume = make_volume(offset, shifted);
  g_autoptr(MedctVolume) other = apply(
      volume, HEADER "v0.nii.gz,2,0,1,1\nv1.nii.gz,1,-1024,\"[0.7, 0.8]\",1.5\n", rescale, &error);
  g_assert_no_error(error);
  const MedctVolumeHeader *h = medct_volume_get_header(other);
  g_assert_cmpfloat(h->hu_intercept, ==, intercept);
  g_assert_cmpfloat(h->hu_slope, ==, 1);
  g_assert_cmpfloat(h->spacing_mm[0], ==, 0.7);
  g_assert_cmpfloat(h->spacing_mm[1], ==, 0.7);
  g_assert_cmpfloat(h->spacing_mm[2], ==, 1.5);
  g_assert_nonnull(find_warning(other, code));
}

static void
test_histogram_tells_raw_from_hu(void)
{
  check(0, FALSE, MEDCT_RESCALE_AUTO, 0, "metadata-hu");
  check(1024, FALSE, MEDCT_RESCALE_AUTO, -1024, "metadata-raw");
  check(1024, TRUE, MEDCT_RESCALE_AUTO, 32768 - 1024, "metadata-raw");
  check(-9000, FALSE, MEDCT_RESCALE_AUTO, 0, "metadata-unsure");
}

static void
test_the_choice_can_be_forced(void)
{
  check(0, FALSE, MEDCT_RESCALE_RAW, -1024, "metadata-raw");
  check(1024, FALSE, MEDCT_RESCALE_HU, 0, "metadata-hu");
  MedctRescale rescale = MEDCT_RESCALE_AUTO;
  g_assert_true(medct_rescale_parse("hu", &rescale, NULL));
  g_assert_cmpint(rescale, ==, MEDCT_RESCALE_HU);
  g_autoptr(GError) error = NULL;
  g_assert_false(medct_rescale_parse("HU?", &rescale, &error));
  g_assert_error(error, MEDCT_ERROR, MEDCT_ERROR_ARGUMENT);
}

static void
test_rescaled_values_are_checked_again(void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(MedctVolume) volume = make_volume(0, FALSE);
  g_autoptr(MedctVolume) twice =
      apply(volume, HEADER "v1,1,-3000,0.7,1.5\n", MEDCT_RESCALE_RAW, &error);
  g_assert_no_error(error);
  g_assert_nonnull(find_warning(twice, "rescaled-twice"));
}

/* A raw volume looks wrong until the table is applied; then nothing of that is left. */
static void
test_warnings_that_the_table_answers_go(void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(MedctVolume) volume = make_volume(1024, FALSE);
  medct_volume_check_plausibility(volume);
  medct_volume_add_warning(volume, "pixdim-invalid", "A made-up warning.");
  medct_volume_add_warning(volume, "trailing-bytes", "Another.");
  g_assert_nonnull(find_warning(volume, "no-air"));
  g_autoptr(MedctVolume) other =
      apply(volume, HEADER "v1,1,-1024,0.7,1.5\n", MEDCT_RESCALE_AUTO, &error);
  g_assert_no_error(error);
  g_assert_null(find_warning(other, "no-air"));
  g_assert_null(find_warning(other, "pixdim-invalid"));
  g_assert_nonnull(find_warning(other, "trailing-bytes"));
}

static void
test_refusals(void)
{
  static const struct {
    const char *table, *part;
  } bad[] = {
      {HEADER "v2.nii.gz,1,0,1,1\n", "no row has the VolumeName v1.nii.gz"},
      {HEADER "v1.nii.gz,1,0,1,1\nv1.nii.gz,1,0,1,1\n", "line 3: v1.nii.gz stands a second time"},
      {HEADER "v1.nii.gz,1,0,[],1\n", "line 2: XYSpacing"},
      {HEADER "v1.nii.gz,1,0,0.7,-1\n", "line 2: ZSpacing"},
      {HEADER "v1.nii.gz,1,0,nan,1\n", "line 2: XYSpacing"},
      {HEADER "v1.nii.gz,one,0,1,1\n", "line 2: RescaleSlope"},
      {HEADER "v1.nii.gz,0,0,1,1\n", "RescaleSlope is 0"},
      {"VolumeName,XYSpacing,ZSpacing\nv1.nii.gz,1,1\n", "RescaleSlope is missing"},
      {"Volume\nv1.nii.gz\n", "VolumeName is missing"},
      {HEADER "v1.nii.gz,1\n", "line 2: it has 2 cells"},
  };
  g_autoptr(MedctVolume) volume = make_volume(0, FALSE);
  for (gsize n = 0; n < G_N_ELEMENTS(bad); n++) {
    g_autoptr(GError) error = NULL;
    g_assert_null(apply(volume, bad[n].table, MEDCT_RESCALE_AUTO, &error));
    g_assert_nonnull(error);
    g_assert_nonnull(strstr(error->message, bad[n].part));
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/metadata-csv/histogram", test_histogram_tells_raw_from_hu);
  g_test_add_func("/metadata-csv/forced", test_the_choice_can_be_forced);
  g_test_add_func("/metadata-csv/checked-again", test_rescaled_values_are_checked_again);
  g_test_add_func("/metadata-csv/answered", test_warnings_that_the_table_answers_go);
  g_test_add_func("/metadata-csv/refusals", test_refusals);
  return g_test_run();
}
