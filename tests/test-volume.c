/* The volume: orientation, statistics, content hash, metadata; what is implausible about one; and
 * that what is written as NIfTI reads back. */
#include "model/body_inside.h"
#include "model/nifti_write.h"
#include "model/plausibility.h"
#include "plugins/host.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

static MedctVolumeHeader
header_of(MedctVoxelType type, int64_t ni, int64_t nj, int64_t nk)
{
  return (MedctVolumeHeader){
      .voxel_type = type,
      .dims = {ni, nj, nk},
      .hu_slope = 1,
      .spacing_mm = {1, 2, 3},
      .affine = {1, 0, 0, 0, 0, 2, 0, 0, 0, 0, 3, 0, 0, 0, 0, 1},
      .orientation_known = true,
      .spacing_known = true,
      .format = "test",
      .name = "test",
  };
}

static MedctVolume *
build(const MedctVolumeHeader *header, const void *voxels)
{
  g_autoptr(GError) error = NULL;
  gsize n = (gsize)(header->dims[0] * header->dims[1] * header->dims[2]);
  void *own = g_memdup2(voxels, n * (header->voxel_type == MEDCT_VOXEL_INT16 ? 2 : 4));
  MedctVolume *volume = medct_volume_new(header, own, g_free, &error);
  g_assert_no_error(error);
  return volume;
}

static gboolean
warned(const MedctVolume *volume, const char *code)
{
  for (guint i = 0; i < medct_volume_n_warnings(volume); i++)
    if (g_str_equal(medct_volume_warning(volume, i)->code, code))
      return TRUE;
  return FALSE;
}

/* ---- building ------------------------------------------------------------------------------- */

static void
test_refusals(void)
{
  for (int bad = 0; bad < 10; bad++) {
    MedctVolumeHeader h = header_of(MEDCT_VOXEL_INT16, 2, 2, 2);
    double *const fields[] = {&h.spacing_mm[0], &h.spacing_mm[1], &h.spacing_mm[2],
                              &h.affine[5],     &h.hu_slope,      &h.hu_intercept};
    if (bad < 6)
      *fields[bad] = bad % 2 ? NAN : INFINITY;
    else if (bad == 6)
      h.dims[1] = 0;
    else if (bad == 7)
      h.dims[0] = h.dims[1] = h.dims[2] = (int64_t)1 << 30;
    else if (bad == 8)
      h.spacing_mm[2] = 0;
    else
      h.hu_slope = 0;
    g_autoptr(GError) error = NULL;
    g_assert_null(medct_volume_new(&h, g_malloc0(16), g_free, &error));
    g_assert_error(error, MEDCT_ERROR, MEDCT_ERROR_FORMAT);
  }
}

static void
test_warnings_once(void)
{
  const gint16 voxels[1] = {0};
  MedctVolumeHeader h = header_of(MEDCT_VOXEL_INT16, 1, 1, 1);
  g_autoptr(MedctVolume) volume = build(&h, voxels);
  medct_volume_add_warning(volume, "a", "One.");
  medct_volume_add_warning(volume, "a", "Again.");
  medct_volume_add_warning(volume, "b", "Two.");
  g_assert_cmpuint(medct_volume_n_warnings(volume), ==, 2);
  g_assert_cmpstr(medct_volume_warning(volume, 0)->message, ==, "One.");
}

/* ---- orientation ---------------------------------------------------------------------------- */

static void
check_axes(MedctVolumeHeader *h, const char *expected)
{
  const gint16 voxels[1] = {0};
  g_autoptr(MedctVolume) volume = build(h, voxels);
  char letters[4];
  medct_volume_orientation(volume, letters);
  g_assert_cmpstr(letters, ==, expected);
  MedctAxes axes = medct_volume_axes(volume);
  static const char toward[] = "LPS", away[] = "RAI";
  for (int p = 0; p < 3; p++)
    g_assert_cmpint(letters[axes.axis[p]], ==, axes.flip[p] ? away[p] : toward[p]);
}

static void
test_orientation(void)
{
  static const int orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                   {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
  for (int n = 0; n < 48; n++) {
    MedctVolumeHeader h = header_of(MEDCT_VOXEL_INT16, 1, 1, 1);
    char letters[4] = {0};
    memset(h.affine, 0, sizeof h.affine);
    for (int a = 0; a < 3; a++) {
      int p = orders[n / 8][a], negative = n >> a & 1;
      letters[a] = (negative ? "LPI" : "RAS")[p];
      for (int q = 0; q < 3; q++) /* leaning by up to 20° */
        h.affine[4 * q + a] = q == p ? (negative ? -2 : 2) : 0.35 * (a - 1);
    }
    check_axes(&h, letters);
  }
}

/* Halfway between two axes each array axis still gets one patient axis of its own. */
static void
test_orientation_ties(void)
{
  for (int sign = -1; sign <= 1; sign += 2) {
    MedctVolumeHeader h = header_of(MEDCT_VOXEL_INT16, 1, 1, 1);
    const double tie[16] = {1, sign, 1, 0, 1, 1, -1, 0, 1, -sign, 1, 0, 0, 0, 0, 1};
    memcpy(h.affine, tie, sizeof tie);
    const gint16 voxels[1] = {0};
    g_autoptr(MedctVolume) volume = build(&h, voxels);
    MedctAxes axes = medct_volume_axes(volume);
    g_assert_cmpint(1 << axes.axis[0] | 1 << axes.axis[1] | 1 << axes.axis[2], ==, 7);
  }
}

static void
test_orientation_unknown(void)
{
  const gint16 voxels[1] = {0};
  MedctVolumeHeader h = header_of(MEDCT_VOXEL_INT16, 1, 1, 1);
  h.orientation_known = false;
  g_autoptr(MedctVolume) volume = build(&h, voxels);
  char letters[4];
  medct_volume_orientation(volume, letters);
  g_assert_cmpstr(letters, ==, "???");
  MedctAxes axes = medct_volume_axes(volume);
  for (int p = 0; p < 3; p++)
    g_assert_true(axes.axis[p] == p && !axes.flip[p]);
}

/* ---- statistics and hash -------------------------------------------------------------------- */

static gpointer
statistics_thread(gpointer volume)
{
  return (gpointer)medct_volume_statistics(volume);
}

static void
test_statistics(void)
{
  enum { N = 4096 };
  gint16 voxels[N];
  double sum = 0, low = INFINITY, high = -INFINITY;
  guint64 histogram[256] = {0};
  MedctVolumeHeader h = header_of(MEDCT_VOXEL_INT16, 16, 16, 16);
  h.hu_slope = -0.5;
  h.hu_intercept = 20;
  for (int i = 0; i < N; i++) {
    voxels[i] = (gint16)((guint32)i * 2654435761u >> 16);
    double hu = -0.5 * voxels[i] + 20;
    sum += hu;
    low = fmin(low, hu);
    high = fmax(high, hu);
    histogram[(int)floor(CLAMP((hu + 1536) / 16, 0, 255))]++;
  }
  g_autoptr(MedctVolume) volume = build(&h, voxels);
  GThread *other = g_thread_new("statistics", statistics_thread, volume);
  const MedctVolumeStatistics *s = medct_volume_statistics(volume);
  g_assert_true(g_thread_join(other) == s);
  g_assert_cmpfloat(s->minimum_hu, ==, low);
  g_assert_cmpfloat(s->maximum_hu, ==, high);
  g_assert_cmpfloat_with_epsilon(s->mean_hu, sum / N, 1e-9);
  g_assert_cmpint(s->n_finite, ==, N);
  g_assert_cmpmem(s->histogram, sizeof s->histogram, histogram, sizeof histogram);
}

static void
test_statistics_not_finite(void)
{
  const float voxels[6] = {NAN, INFINITY, -INFINITY, -1000, 40, NAN};
  MedctVolumeHeader h = header_of(MEDCT_VOXEL_FLOAT32, 3, 2, 1);
  g_autoptr(MedctVolume) volume = build(&h, voxels);
  const MedctVolumeStatistics *s = medct_volume_statistics(volume);
  g_assert_cmpint(s->n_finite, ==, 2);
  g_assert_cmpint(s->n_nan, ==, 2);
  g_assert_cmpint(s->n_infinite, ==, 2);
  g_assert_cmpfloat(s->minimum_hu, ==, -1000);
  g_assert_cmpfloat(s->mean_hu, ==, -480);
  const float nothing[1] = {NAN};
  h = header_of(MEDCT_VOXEL_FLOAT32, 1, 1, 1);
  g_autoptr(MedctVolume) empty = build(&h, nothing);
  g_assert_cmpfloat(medct_volume_statistics(empty)->maximum_hu, ==, 0);
}

static void
test_content_hash(void)
{
  gint16 voxels[8] = {1, 2, 3, 4, 5, 6, 7, 8};
  MedctVolumeHeader h = header_of(MEDCT_VOXEL_INT16, 2, 2, 2);
  g_autoptr(MedctVolume) first = build(&h, voxels);
  g_autofree char *hash = g_strdup(medct_volume_content_hash(first));
  g_assert_cmpuint(strlen(hash), ==, 64);
  for (int change = 0; change < 8; change++) {
    MedctVolumeHeader other = h;
    double *const fields[] = {&other.spacing_mm[1], &other.affine[3], &other.hu_slope,
                              &other.hu_intercept};
    if (change < 4)
      *fields[change] += 0.25;
    else if (change == 4)
      voxels[7] = 9;
    else if (change == 5)
      other.dims[0] = 4, other.dims[1] = 1;
    else if (change == 6)
      other.orientation_known = false;
    else
      other.name = "another name"; /* the only one that is the same study */
    g_autoptr(MedctVolume) volume = build(&other, voxels);
    voxels[7] = 8;
    gboolean same = g_str_equal(medct_volume_content_hash(volume), hash);
    g_assert_cmpint(same, ==, change == 7);
  }
}

static void
test_metadata(void)
{
  const gint16 voxels[8] = {1, 2, 3, 4, 5, 6, 7, 8};
  MedctVolumeHeader h = header_of(MEDCT_VOXEL_INT16, 2, 2, 2);
  h.spacing_known = false;
  MedctVolume *volume = build(&h, voxels);
  medct_volume_add_warning(volume, "kept", "Kept.");
  const double spacing[3] = {2, 2, 6}, slope = 2, intercept = -1024;
  g_autoptr(MedctVolume) other = medct_volume_with_metadata(volume, spacing, &slope, &intercept);
  g_autoptr(MedctVolume) same = medct_volume_with_metadata(volume, NULL, NULL, NULL);
  g_assert_true(medct_volume_voxels(other) == medct_volume_voxels(volume));
  medct_volume_unref(volume); /* the others hold the voxels */
  g_assert_cmpfloat(medct_volume_hu(other, 1, 1, 1), ==, 2 * 8 - 1024);
  g_assert_cmpfloat(medct_volume_hu(same, 1, 1, 1), ==, 8);
  g_assert_true(warned(other, "kept"));
  const MedctVolumeHeader *o = medct_volume_get_header(other);
  g_assert_true(o->spacing_known);
  const double affine[12] = {2, 0, 0, -0.5, 0, 2, 0, 0, 0, 0, 6, -1.5};
  for (int i = 0; i < 12; i++)
    g_assert_cmpfloat_with_epsilon(o->affine[i], affine[i], 1e-12);
}

/* ---- plausibility --------------------------------------------------------------------------- */

/* Thirds of `air`, `soft` and `bone` in 30 slices. */
static MedctVolume *
chest_of(int air, int soft, int bone, int64_t slices)
{
  enum { SLICE = 900 };
  g_autofree gint16 *voxels = g_new(gint16, SLICE * slices);
  for (int64_t i = 0; i < SLICE * slices; i++)
    voxels[i] = (gint16)(i % 10 < 5 ? air : i % 10 < 9 ? soft : bone);
  MedctVolumeHeader h = header_of(MEDCT_VOXEL_INT16, 30, 30, slices);
  return build(&h, voxels);
}

static void
check_plausible(MedctVolume *taken, const char *code)
{
  g_autoptr(MedctVolume) volume = taken;
  medct_volume_check_plausibility(volume);
  g_assert_cmpuint(medct_volume_n_warnings(volume), ==, code ? 1 : 0);
  if (code)
    g_assert_true(warned(volume, code));
}

static void
test_plausibility(void)
{
  check_plausible(chest_of(-1000, 40, 700, 30), NULL);
  check_plausible(chest_of(-850, 40, 700, 30), NULL);
  check_plausible(chest_of(24, 1064, 1724, 30), "no-air");
  check_plausible(chest_of(-2024, -984, -324, 30), "rescaled-twice");
  check_plausible(chest_of(0, 0, 0, 30), "constant-volume");
  check_plausible(chest_of(-1000, 40, 700, 19), "few-slices");
  static const double odd[2] = {0.1, 12};
  for (int i = 0; i < 2; i++) {
    g_autoptr(MedctVolume) volume = chest_of(-1000, 40, 700, 30);
    const double spacing[3] = {1, odd[i], 1};
    check_plausible(medct_volume_with_metadata(volume, spacing, NULL, NULL), "odd-spacing");
  }
}

/* Padding far below air is common and proves nothing. */
static void
test_padding_is_plausible(void)
{
  g_autofree gint16 *voxels = g_new(gint16, 900 * 30);
  for (int i = 0; i < 900 * 30; i++)
    voxels[i] = (gint16)(i % 4 == 0 ? -8192 : i % 4 == 1 ? -1000 : i % 4 == 2 ? -850 : 40);
  MedctVolumeHeader h = header_of(MEDCT_VOXEL_INT16, 30, 30, 30);
  check_plausible(build(&h, voxels), NULL);
}

static void
test_not_finite_is_said(void)
{
  float voxels[20] = {-1000, 40, NAN, -1000, 0, 30};
  MedctVolumeHeader h = header_of(MEDCT_VOXEL_FLOAT32, 1, 1, 20);
  check_plausible(build(&h, voxels), "not-finite-voxels");
}

/* ---- body inside the field ------------------------------------------------------------------ */

static void
test_body_inside(void)
{
  g_autoptr(GError) error = NULL;
  MedctConfig config;
  g_assert_true(medct_config_named("released", &config, &error));
  struct {
    int64_t size;
    double spacing, share;
  } cases[] = {{30, 1, 1}, {60, 12, 0.5}};
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    int64_t n = cases[i].size;
    g_autofree gint16 *voxels = g_new0(gint16, n * n * n);
    MedctVolumeHeader h = header_of(MEDCT_VOXEL_INT16, n, n, n);
    for (int a = 0; a < 3; a++)
      h.spacing_mm[a] = h.affine[5 * a] = cases[i].spacing;
    g_autoptr(MedctVolume) volume = build(&h, voxels);
    MedctField field;
    g_assert_true(medct_preprocess_field(volume, &config, NULL, &field, &error));
    double share = medct_body_inside(volume, &config, &field);
    double expected = pow(cases[i].share, 3); /* 360 mm a side of 720 */
    g_assert_cmpfloat_with_epsilon(share, expected, 0.01);
  }
}

/* The array's axes run toward Superior, Left and Posterior: 100, 50 and 200 mm. */
static void
test_padding_in_field(void)
{
  g_autofree gint16 *voxels = g_new0(gint16, 50 * 25 * 50);
  MedctVolumeHeader h = header_of(MEDCT_VOXEL_INT16, 50, 25, 50);
  const double affine[16] = {0, -2, 0, 0, 0, 0, -4, 0, 2, 0, 0, 0, 0, 0, 0, 1};
  const double spacing[3] = {2, 2, 4};
  memcpy(h.affine, affine, sizeof affine);
  memcpy(h.spacing_mm, spacing, sizeof spacing);
  g_autoptr(MedctVolume) volume = build(&h, voxels);
  const uint32_t grid[3] = {5, 10, 20}; /* t, h, w: 200 mm from feet to head, 100 and 100 */
  const double to_ras[16] = {0, -10, 0, 0, -5, 0, 0, 0, 0, 0, 40, 0, 0, 0, 0, 1};
  double padding = medct_field_padding(volume, grid, to_ras);
  g_assert_cmpfloat_with_epsilon(padding, 1 - 0.5 * 0.5 * 1, 1e-9);
}

/* ---- written, read back --------------------------------------------------------------------- */

static MedctVolume *
read_back(MedctHost *host, const char *path)
{
  g_autoptr(GError) error = NULL;
  MedctVolume *volume = medct_host_open_volume(host, path, NULL, NULL, NULL, &error);
  g_assert_no_error(error);
  return volume;
}

static void
test_write(void)
{
  enum { N = 20 * 10 * 30 };
  const int64_t dims[3] = {20, 10, 30};
  const double affine[16] = {-1.5, 0, 0, 10, 0, 0, 2, -20, 0, 0.75, 0, 30, 0, 0, 0, 1};
  g_autofree float *reals = g_new(float, N);
  g_autofree gint16 *integers = g_new(gint16, N);
  for (int i = 0; i < N; i++) {
    reals[i] = (float)i * 0.1f - 3;
    integers[i] = (gint16)(i * 7 - 20000);
  }
  g_autofree char *folder = g_dir_make_tmp("medct-volume-XXXXXX", NULL);
  static const char *const names[2] = {"a.nii", "a.nii.gz"};
  g_autoptr(MedctHost) host = medct_host_new();
  for (int kind = 0; kind < 4; kind++) {
    g_autoptr(GError) error = NULL;
    g_autofree char *path = g_build_filename(folder, names[kind % 2], NULL);
    if (kind < 2)
      medct_nifti_write_float(path, reals, dims, affine, &error);
    else
      medct_nifti_write_int16(path, integers, dims, affine, &error);
    g_assert_no_error(error);
    g_autoptr(MedctVolume) volume = read_back(host, path);
    const MedctVolumeHeader *h = medct_volume_get_header(volume);
    for (int i = 0; i < 16; i++)
      g_assert_cmpfloat(h->affine[i], ==, affine[i]);
    g_assert_cmpfloat(h->spacing_mm[1], ==, 0.75);
    const void *written = kind < 2 ? (void *)reals : (void *)integers;
    gsize n = N * (gsize)(kind < 2 ? 4 : 2);
    g_assert_cmpmem(medct_volume_voxels(volume), n, written, n);
    g_unlink(path);
  }
  g_autoptr(GError) error = NULL;
  const int64_t large[3] = {40000, 1, 1};
  g_assert_false(medct_nifti_write_float("none.nii", reals, large, affine, &error));
  g_assert_error(error, MEDCT_ERROR, MEDCT_ERROR_UNSUPPORTED);
  g_rmdir(folder);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/volume/refusals", test_refusals);
  g_test_add_func("/volume/warnings-once", test_warnings_once);
  g_test_add_func("/volume/orientation", test_orientation);
  g_test_add_func("/volume/orientation/ties", test_orientation_ties);
  g_test_add_func("/volume/orientation/unknown", test_orientation_unknown);
  g_test_add_func("/volume/statistics", test_statistics);
  g_test_add_func("/volume/statistics/not-finite", test_statistics_not_finite);
  g_test_add_func("/volume/content-hash", test_content_hash);
  g_test_add_func("/volume/metadata", test_metadata);
  g_test_add_func("/volume/plausibility", test_plausibility);
  g_test_add_func("/volume/plausibility/padding", test_padding_is_plausible);
  g_test_add_func("/volume/plausibility/not-finite", test_not_finite_is_said);
  g_test_add_func("/volume/padding", test_padding_in_field);
  g_test_add_func("/volume/body-inside", test_body_inside);
  g_test_add_func("/volume/write", test_write);
  return g_test_run();
}
