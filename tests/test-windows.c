/* Grey windows: presets, the table of greys, what is typed, what a rectangle gives. */
#include "render/region-window.h"
#include "render/window.h"
#include <math.h>

static void
test_presets(void)
{
  static const struct {
    const char *name;
    double width, level;
  } expected[] = {{"lung", 1500, -600}, {"mediastinum", 400, 40}, {"bone", 2000, 350},
                  {"abdomen", 350, 40}, {"emphysema", 500, -850}, {"model", 2000, 0}};
  for (guint n = 0; n < G_N_ELEMENTS(expected); n++) {
    MedctWindow window = medct_window_presets[n].window;
    g_assert_cmpstr(medct_window_presets[n].name, ==, expected[n].name);
    g_assert_cmpfloat(window.width, ==, expected[n].width);
    g_assert_cmpfloat(window.level, ==, expected[n].level);
    g_assert_true(medct_window_preset_find(expected[n].name) == &medct_window_presets[n]);
    double half = window.width / 2;
    g_assert_cmpint(medct_window_grey(window, window.level - half), ==, 0);
    g_assert_cmpint(medct_window_grey(window, window.level - half - 1), ==, 0);
    g_assert_cmpint(medct_window_grey(window, window.level + half - 1), ==, 255);
    g_assert_cmpint(medct_window_grey(window, window.level + half), ==, 255);
    g_assert_cmpint(medct_window_grey(window, window.level - 0.5), ==, 128);
  }
  g_assert_null(medct_window_preset_find("liver"));
  /* A window of one HU is a threshold; NaN is black. */
  g_assert_cmpint(medct_window_grey((MedctWindow){1, 40}, 39.5), ==, 0);
  g_assert_cmpint(medct_window_grey((MedctWindow){1, 40}, 40), ==, 255);
  g_assert_cmpint(medct_window_grey((MedctWindow){400, 40}, NAN), ==, 0);
}

static void
test_table(void)
{
  g_autofree guint8 *grey = g_new(guint8, 65536);
  MedctWindow lung = {1500, -600};
  medct_window_table(lung, 2, -1024, grey);
  for (int voxel = -32768; voxel < 32768; voxel++)
    g_assert_cmpint(grey[voxel + 32768], ==, medct_window_grey(lung, 2.0 * voxel - 1024));
}

static void
test_parse(void)
{
  MedctWindow window;
  g_autoptr(GError) error = NULL;
  g_assert_true(medct_window_parse("1500/-600", &window, &error));
  g_assert_cmpfloat(window.level, ==, -600);
  g_assert_true(medct_window_parse("1500/\u2212600", &window, &error));
  g_assert_cmpfloat(window.level, ==, -600);
  const char *bad[] = {"", "400", "400/", "/40", "0/40", "-5/40", "nan/0", "400/40x", "1e99/0"};
  for (guint n = 0; n < G_N_ELEMENTS(bad); n++) {
    g_clear_error(&error);
    g_assert_false(medct_window_parse(bad[n], &window, &error));
    g_assert_error(error, MEDCT_ERROR, MEDCT_ERROR_ARGUMENT);
  }
}

/* 1st to 99th percentile of what lies inside; corners in any order, cut at the slice's edges. */
static void
test_region_window(void)
{
  enum { COLUMNS = 40, ROWS = 30 };
  int16_t voxels[ROWS * COLUMNS];
  float floats[ROWS * COLUMNS];
  MedctSlice slice = {MEDCT_VOXEL_INT16, COLUMNS, ROWS, 2, -1000, voxels};
  MedctWindow window;
  for (int n = 0; n < ROWS * COLUMNS; n++)
    voxels[n] = (int16_t)(n % COLUMNS);
  g_assert_true(medct_region_window(&slice, (double[2]){9.6, 20.2}, (double[2]){4.9, 1}, &window));
  g_assert_cmpfloat(window.level, ==, (-990 - 982 + 1) / 2.0); /* columns 5 to 9 */
  g_assert_cmpfloat(window.width, ==, 10);                     /* not 9: never narrower */
  g_assert_true(
      medct_region_window(&slice, (double[2]){-50, -3}, (double[2]){1000, 1000}, &window));
  g_assert_cmpfloat(window.width, ==, 2 * 39 + 1);
  g_assert_cmpfloat(window.level, ==, -1000 + 39 + 0.5);
  voxels[0] = 30000; /* one speck of metal */
  g_assert_true(medct_region_window(&slice, (double[2]){0, 0}, (double[2]){39, 29}, &window));
  g_assert_cmpfloat(window.width, ==, 2 * 39 + 1);
  g_assert_false(medct_region_window(&slice, (double[2]){4.1, 0}, (double[2]){4.9, 9}, &window));
  g_assert_false(medct_region_window(&slice, (double[2]){60, 0}, (double[2]){90, 9}, &window));
  for (int n = 0; n < ROWS * COLUMNS; n++)
    floats[n] = n % COLUMNS == 3 ? NAN : n % COLUMNS > 20 ? INFINITY : (float)(n % COLUMNS);
  slice.voxel_type = MEDCT_VOXEL_FLOAT32;
  slice.voxels = floats;
  g_assert_true(medct_region_window(&slice, (double[2]){0, 0}, (double[2]){20, 29}, &window));
  g_assert_cmpfloat(window.width, ==, 2 * 20 + 1);
  g_assert_false(medct_region_window(&slice, (double[2]){2.5, 0}, (double[2]){3.5, 29}, &window));
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/windows/presets", test_presets);
  g_test_add_func("/windows/table", test_table);
  g_test_add_func("/windows/parse", test_parse);
  g_test_add_func("/windows/region", test_region_window);
  return g_test_run();
}
