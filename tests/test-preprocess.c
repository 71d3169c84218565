#include "model/metadata_csv.h"
#include "model/preprocess.h"
#include "model/tensor_file.h"
#include "plugins/host.h"
#include "tests/test-home.h"
#include <math.h>
#include <string.h>

/* CT-CLIP's own input, or a small one. */
static MedctConfig
make_config(int frames, int image)
{
  return (MedctConfig){
      .image = image, .frames = frames, .spacing_mm = {1.5, 0.75, 0.75}, .clip_hu = {-1000, 1000}};
}

static void
free_voxels(gpointer voxels)
{
  g_free(voxels);
}

static MedctVolumeHeader
make_header(MedctVoxelType type, int64_t nx, int64_t ny, int64_t nz)
{
  return (MedctVolumeHeader){.voxel_type = type,
                             .dims = {nx, ny, nz},
                             .hu_slope = 1,
                             .spacing_mm = {0.75, 0.75, 1.5},
                             .affine = {-0.75, 0, 0, 0, 0, -0.75, 0, 0, 0, 0, 1.5, 0, 0, 0, 0, 1},
                             .orientation_known = true,
                             .spacing_known = true,
                             .name = "made-up.nii"};
}

/* ---- the definition, written down without any thought of speed -------------------------------
 */

static double
naive_coordinate(int64_t at, int64_t n_in, int64_t n_out)
{
  return fmax(0, ((double)at + 0.5) * ((double)n_in / (double)n_out) - 0.5);
}

/* One voxel of the tensor at (s, l, p), eight neighbours, by spec §3. */
static double
naive_voxel(const MedctVolume *volume, const MedctConfig *config, const MedctAxes *axes,
            const int64_t at[3], gboolean clip_after)
{
  const MedctVolumeHeader *h = medct_volume_get_header(volume);
  const int axis[3] = {axes->axis[2], axes->axis[0], axes->axis[1]};
  const bool flip[3] = {axes->flip[2], axes->flip[0], axes->flip[1]};
  const int64_t target[3] = {config->frames, config->image, config->image};
  double low = config->clip_hu[0], high = config->clip_hu[1], sum = 0, weight[3];
  int64_t source[3];
  for (int a = 0; a < 3; a++) {
    int64_t n_in = h->dims[axis[a]];
    int64_t n_out = (int64_t)((double)n_in * (h->spacing_mm[axis[a]] / config->spacing_mm[a]));
    int64_t shift = n_out > target[a] ? (n_out - target[a]) / 2 : -((target[a] - n_out) / 2);
    int64_t resampled = at[a] + shift;
    if (resampled < 0 || resampled >= n_out)
      return -1;
    double coordinate = naive_coordinate(resampled, n_in, n_out);
    source[a] = (int64_t)coordinate;
    weight[a] = coordinate - (double)source[a];
  }
  for (int corner = 0; corner < 8; corner++) {
    int64_t voxel[3];
    double w = 1;
    for (int a = 0; a < 3; a++) {
      int64_t n = h->dims[axis[a]], index = MIN(source[a] + (corner >> a & 1), n - 1);
      voxel[axis[a]] = flip[a] ? n - 1 - index : index;
      w *= corner >> a & 1 ? weight[a] : 1 - weight[a];
    }
    double hu = medct_volume_hu(volume, voxel[0], voxel[1], voxel[2]);
    if (isnan(hu))
      hu = low;
    if (!clip_after || isinf(hu))
      hu = CLAMP(hu, low, high);
    sum += w * hu;
  }
  return CLAMP(sum, low, high) / 1000;
}

static void
compare_with_definition(const MedctVolume *volume, const MedctConfig *config, gboolean as_stored,
                        gboolean clip_after, int n_threads)
{
  g_autoptr(GError) error = NULL;
  MedctPreprocessOptions options = {as_stored, clip_after};
  MedctAxes axes = {{0, 1, 2}, {false, false, false}};
  if (!as_stored)
    axes = medct_volume_axes(volume);
  g_autofree float *tensor =
      medct_preprocess(volume, config, &options, n_threads, NULL, NULL, &error);
  g_assert_no_error(error);
  const float *value = tensor;
  for (int64_t s = 0; s < config->frames; s++)
    for (int64_t l = 0; l < config->image; l++)
      for (int64_t p = 0; p < config->image; p++, value++) {
        const int64_t at[3] = {s, l, p};
        double expected = naive_voxel(volume, config, &axes, at, clip_after);
        g_assert_cmpfloat_with_epsilon(*value, expected, 1e-6);
      }
}

/* Every axis order and direction, both voxel types, cropped and padded axes, uneven spacing. */
static void
test_matches_the_definition_in_all_48_orientations(void)
{
  static const int orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                   {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
  const MedctConfig config = make_config(10, 20);
  g_autoptr(GRand) random = g_rand_new_with_seed(5);
  for (int n = 0; n < 48; n++) {
    MedctVolumeHeader h = make_header(n % 2 ? MEDCT_VOXEL_FLOAT32 : MEDCT_VOXEL_INT16, 13, 17, 19);
    const double spacing[3] = {0.9, 1.31, 1.1};
    memset(h.affine, 0, sizeof h.affine);
    h.affine[15] = 1;
    h.hu_slope = 1.5;
    h.hu_intercept = -200;
    for (int a = 0; a < 3; a++) {
      h.spacing_mm[a] = spacing[a];
      h.affine[4 * orders[n / 8][a] + a] = n >> a & 1 ? -spacing[a] : spacing[a];
    }
    gsize size = 13 * 17 * 19;
    int16_t *shorts = g_new(int16_t, size);
    float *floats = g_new(float, size);
    for (gsize i = 0; i < size; i++)
      floats[i] = shorts[i] = (int16_t)g_rand_int_range(random, -1500, 1500);
    floats[7] = NAN;
    floats[100] = INFINITY;
    floats[1000] = -INFINITY;
    g_autoptr(MedctVolume) volume =
        medct_volume_new(&h, n % 2 ? (void *)floats : (void *)shorts, free_voxels, NULL);
    g_free(n % 2 ? (void *)shorts : (void *)floats);
    compare_with_definition(volume, &config, FALSE, n % 4 < 2, n % 3 + 1);
  }
}

/* ---- golden tensors ------------------------------------------------------------------------ */

static void
compare_subsample(const float *tensor, const MedctTensor *golden)
{
  const float *expected = golden->data;
  double worst = 0;
  g_assert_cmpint(golden->n_elements, ==, 34 * 69 * 69);
  for (int s = 3; s < 240; s += 7)
    for (int l = 3; l < 480; l += 7)
      for (int p = 3; p < 480; p += 7)
        worst = fmax(worst, fabs(tensor[((gsize)s * 480 + l) * 480 + p] - *expected++));
  g_test_message("largest difference %g", worst);
  g_assert_cmpfloat(worst, <=, 1e-5);
}

static void
compare_with_golden(const MedctVolume *volume, const MedctTensorFile *golden, gboolean as_stored)
{
  g_autoptr(GError) error = NULL;
  const MedctConfig config = make_config(240, 480);
  const MedctPreprocessOptions options = {.as_stored = as_stored};
  const char *name = as_stored ? "as_stored" : "canonical";
  g_autofree char *sum_name = g_strconcat(name, "_sum", NULL);
  g_autofree float *tensor = medct_preprocess(volume, &config, &options, 0, NULL, NULL, &error);
  g_assert_no_error(error);
  double sum = 0;
  for (gsize i = 0; i < (gsize)240 * 480 * 480; i++)
    sum += tensor[i];
  compare_subsample(tensor, medct_tensor_file_lookup(golden, name));
  double expected = *(const double *)medct_tensor_file_lookup(golden, sum_name)->data;
  g_assert_cmpfloat(fabs(sum - expected), <=, 1e-6 * fabs(expected));
}

static void
test_golden(gconstpointer data)
{
  const char *name = data, *shared = g_getenv("MEDCT_SHARED");
  g_autoptr(GError) error = NULL;
  g_autofree char *folder = g_build_filename(shared ? shared : "", "golden", "preprocess", NULL);
  g_autofree char *input = g_strconcat(folder, "/", name, ".nii.gz", NULL);
  g_autofree char *output = g_strconcat(folder, "/", name, ".safetensors", NULL);
  if (!g_file_test(input, G_FILE_TEST_EXISTS)) {
    g_test_skip("golden/preprocess is not there");
    return;
  }
  g_autoptr(MedctHost) host = medct_host_new();
  g_autoptr(MedctVolume) volume = medct_host_open_volume(host, input, NULL, NULL, NULL, &error);
  g_assert_no_error(error);
  g_autoptr(MedctTensorFile) golden = medct_tensor_file_open(output, &error);
  g_assert_no_error(error);
  g_autofree char *table = g_build_filename(folder, "metadata.csv", NULL);
  g_autoptr(MedctVolume) used =
      g_str_has_prefix(name, "csv_")
          ? medct_metadata_csv_apply(volume, table, MEDCT_RESCALE_AUTO, &error)
          : medct_volume_ref(volume);
  g_assert_no_error(error);
  compare_with_golden(used, golden, FALSE);
  compare_with_golden(used, golden, TRUE);
}

/* One volume stored in all 48 orders of its axes: the model sees the same, bit for bit. */
static void
test_the_48_files_give_one_tensor(void)
{
  static const char sides[3][3] = {"RL", "AP", "SI"};
  const MedctConfig config = make_config(20, 40);
  const char *shared = g_getenv("MEDCT_SHARED");
  g_autofree char *folder = g_build_filename(shared ? shared : "", "ct/nifti/synthetic", NULL);
  g_autoptr(MedctHost) host = medct_host_new();
  g_autofree float *first = NULL;
  if (!g_file_test(folder, G_FILE_TEST_IS_DIR)) {
    g_test_skip("ct/nifti/synthetic is not there");
    return;
  }
  for (int n = 0; n < 48; n++) {
    int a = n / 8 % 3, b = (a + 1 + n / 24) % 3, c = 3 - a - b;
    g_autoptr(GError) error = NULL;
    g_autofree char *path = g_strdup_printf("%s/orient_%c%c%c.nii", folder, sides[a][n & 1],
                                            sides[b][n >> 1 & 1], sides[c][n >> 2 & 1]);
    g_autoptr(MedctVolume) volume = medct_host_open_volume(host, path, NULL, NULL, NULL, &error);
    g_assert_no_error(error);
    float *tensor = medct_preprocess(volume, &config, NULL, 0, NULL, NULL, &error);
    g_assert_no_error(error);
    if (first)
      g_assert_cmpmem(tensor, 20 * 40 * 40 * sizeof(float), first, 20 * 40 * 40 * sizeof(float));
    g_free(first ? tensor : NULL);
    first = first ? first : tensor;
  }
}

/* ---- the field, refusals, cancelling ------------------------------------------------------- */

/* int16 voxels, all `value`. */
static MedctVolume *
make_constant(int64_t nx, int64_t ny, int64_t nz, int16_t value)
{
  MedctVolumeHeader h = make_header(MEDCT_VOXEL_INT16, nx, ny, nz);
  int16_t *voxels = g_new(int16_t, nx * ny * nz);
  for (int64_t i = 0; i < nx * ny * nz; i++)
    voxels[i] = value;
  return medct_volume_new(&h, voxels, free_voxels, NULL);
}

static void
test_field_of_an_untouched_grid_is_a_shift(void)
{
  g_autoptr(GError) error = NULL;
  MedctField field;
  const MedctConfig config = make_config(10, 20);
  g_autoptr(MedctVolume) volume = make_constant(26, 13, 15, 0); /* L crop 3, P pad 3, S crop 2 */
  g_assert_true(medct_preprocess_field(volume, &config, NULL, &field, &error));
  g_assert_no_error(error);
  const double expected[12] = {0, 1, 0, 3, 0, 0, 1, -3, 1, 0, 0, 2};
  for (int n = 0; n < 12; n++)
    g_assert_cmpfloat(field.to_voxel[n], ==, expected[n]);
  g_assert_cmpint(field.resampled[0], ==, 15);
  g_assert_cmpint(field.crop_start[1], ==, 3);
  g_assert_cmpint(field.pad_before[2], ==, 3);
  g_autofree float *tensor = medct_preprocess(volume, &config, NULL, 1, NULL, NULL, &error);
  g_assert_no_error(error);
  g_assert_cmpfloat(tensor[0], ==, -1);
  g_assert_cmpfloat(tensor[3], ==, 0);
  g_assert_cmpfloat(tensor[15], ==, 0);
  g_assert_cmpfloat(tensor[16], ==, -1);
}

/* 5 slices in 10 frames: 2 before, 3 after. */
static void
test_padding_before_and_after(void)
{
  g_autoptr(GError) error = NULL;
  const MedctConfig config = make_config(10, 20);
  g_autoptr(MedctVolume) volume = make_constant(20, 20, 5, 500);
  g_autofree float *tensor = medct_preprocess(volume, &config, NULL, 2, NULL, NULL, &error);
  g_assert_no_error(error);
  for (int s = 0; s < 10; s++)
    for (int i = 0; i < 400; i++)
      g_assert_cmpfloat(tensor[s * 400 + i], ==, s >= 2 && s < 7 ? 0.5f : -1.0f);
}

static void
test_refuses_sizes_that_cannot_be(void)
{
  const double spacings[] = {1e-6, 1e12};
  const MedctConfig config = make_config(10, 20);
  g_autoptr(MedctVolume) volume = make_constant(4, 4, 4, 0);
  for (gsize n = 0; n < G_N_ELEMENTS(spacings); n++) {
    g_autoptr(GError) error = NULL;
    const double spacing[3] = {0.75, spacings[n], 1.5};
    g_autoptr(MedctVolume) other = medct_volume_with_metadata(volume, spacing, NULL, NULL);
    g_assert_null(medct_preprocess(other, &config, NULL, 1, NULL, NULL, &error));
    g_assert_error(error, MEDCT_ERROR, MEDCT_ERROR_UNSUPPORTED);
    g_assert_nonnull(strstr(error->message, "posterior"));
  }
}

static bool
always(void *data)
{
  return true;
}

static void
test_stops_on_request(void)
{
  g_autoptr(GError) error = NULL;
  const MedctMonitor monitor = {.cancelled = always};
  const MedctConfig config = make_config(240, 480);
  g_autoptr(MedctVolume) volume = make_constant(64, 64, 64, 0);
  g_assert_null(medct_preprocess(volume, &config, NULL, 1, NULL, &monitor, &error));
  g_assert_error(error, MEDCT_ERROR, MEDCT_ERROR_CANCELLED);
}

int
main(int argc, char **argv)
{
  static const char *const golden[] = {"asr_u16_slope", "crop_lps",           "csv_v1_raw",
                                       "csv_v2_hu",     "lpi_be_f32",         "lps_i16",
                                       "ras_i16",       "thin_float32_pixdim"};
  g_test_init(&argc, &argv, NULL);
  char *home = test_home_make();
  g_test_add_func("/preprocess/definition", test_matches_the_definition_in_all_48_orientations);
  for (gsize n = 0; n < G_N_ELEMENTS(golden); n++) {
    g_autofree char *path = g_strconcat("/preprocess/golden/", golden[n], NULL);
    g_test_add_data_func(path, golden[n], test_golden);
  }
  g_test_add_func("/preprocess/files", test_the_48_files_give_one_tensor);
  g_test_add_func("/preprocess/field", test_field_of_an_untouched_grid_is_a_shift);
  g_test_add_func("/preprocess/padding", test_padding_before_and_after);
  g_test_add_func("/preprocess/sizes", test_refuses_sizes_that_cannot_be);
  g_test_add_func("/preprocess/cancel", test_stops_on_request);
  int status = g_test_run();
  test_home_remove(home);
  return status;
}
