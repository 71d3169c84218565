/* Charts: limits and ticks, what is under the pointer, files; bands and reliability. */
#include "model/curve_band.h"
#include "render/curve.h"
#include "tests/test-home.h"
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

static const double steps[] = {0, 10, 20, 30}, loss[] = {2, 1, NAN, 0.5};

static MedctCurveChart
chart_of(const MedctCurveSeries *series)
{
  return (MedctCurveChart){.x = {NAN, NAN, "step", -1},
                           .y = {NAN, NAN, "loss", -1},
                           .series = series,
                           .n_series = 1,
                           .hover_x = NAN};
}

static void
test_hover(void)
{
  MedctCurveSeries series = {.x = steps, .y = loss, .n = 4, .role = MEDCT_CURVE_TRAIN};
  MedctCurveChart chart = chart_of(&series);
  g_assert_true(isnan(medct_curve_x_at(&chart, 400, 300, 5, 5))); /* beside the axes */
  g_assert_cmpfloat(medct_curve_x_at(&chart, 400, 300, 64, 100), ==, 0);
  g_assert_cmpfloat(medct_curve_x_at(&chart, 400, 300, 383, 100), ==, 30);
  g_assert_cmpfloat(medct_curve_y_at(&series, 11), ==, 1);
  g_assert_true(isnan(medct_curve_y_at(&series, 19)));
  MedctCurveSeries none = {.x = steps, .y = loss, .n = 0};
  chart.series = &none;
  g_assert_true(isnan(medct_curve_x_at(&chart, 400, 300, 200, 100)));
  g_assert_true(isnan(medct_curve_y_at(&none, 1)));
}

/* How many pixels of the picture have the colour. */
static guint
count_pixels(cairo_surface_t *surface, guint32 rgb)
{
  guint n = 0;
  cairo_surface_flush(surface);
  int stride = cairo_image_surface_get_stride(surface);
  for (int y = 0; y < cairo_image_surface_get_height(surface); y++)
    for (int x = 0; x < cairo_image_surface_get_width(surface); x++) {
      guint32 pixel;
      memcpy(&pixel, cairo_image_surface_get_data(surface) + (gsize)y * stride + 4 * x, 4);
      n += (pixel & 0xffffff) == rgb;
    }
  return n;
}

/* The line is there in its colour; with a gap, or nothing to draw, it is shorter or not there. */
static void
test_draw(void)
{
  const double whole[] = {2, 1, 1.5, 0.5}, low[] = {1.9, 0.9, 1.4, 0.4},
               high[] = {2.1, 1.1, NAN, 1};
  MedctCurveSeries series = {.x = steps,
                             .y = whole,
                             .low = low,
                             .high = high,
                             .n = 4,
                             .role = MEDCT_CURVE_TRAIN,
                             .label = "training"};
  guint found[3];
  for (int i = 0; i < 3; i++) {
    MedctCurveChart chart = chart_of(&series);
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, 400, 300);
    cairo_t *cr = cairo_create(surface);
    series.y = i == 1 ? loss : whole;
    series.n = i == 2 ? 0 : 4;
    series.label = NULL;
    chart.hover_x = i == 0 ? 10 : NAN;
    medct_curve_draw(cr, &chart, 400, 300);
    g_assert_cmpint(cairo_status(cr), ==, CAIRO_STATUS_SUCCESS);
    found[i] = count_pixels(surface, 0xe6a34a);
    cairo_destroy(cr);
    cairo_surface_destroy(surface);
  }
  g_assert_cmpuint(found[0], >, 100);
  g_assert_cmpuint(found[1], <, found[0]);
  g_assert_cmpuint(found[2], ==, 0);
}

/* A small loss that hardly changes: numbers with many digits beside the axis are whole. */
static void
test_long_ticks(void)
{
  const double small[] = {0.0833, 0.0831, 0.0822, 0.0813};
  MedctCurveSeries series = {.x = steps, .y = small, .n = 4, .role = MEDCT_CURVE_TRAIN};
  MedctCurveChart chart = chart_of(&series);
  chart.y = (MedctCurveAxis){NAN, NAN, NULL, 5};
  cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, 400, 300);
  cairo_t *cr = cairo_create(surface);
  medct_curve_draw(cr, &chart, 400, 300);
  cairo_destroy(cr);
  cairo_surface_t *edge = cairo_image_surface_create(CAIRO_FORMAT_RGB24, 2, 300);
  cr = cairo_create(edge);
  cairo_set_source_surface(cr, surface, 0, 0);
  cairo_paint(cr);
  cairo_destroy(cr);
  g_assert_cmpuint(count_pixels(edge, 0), ==, 600); /* nothing reaches it */
  cairo_surface_destroy(edge);
  cairo_surface_destroy(surface);
}

static void
test_files(void)
{
  char *home = test_home_make();
  MedctCurveSeries series = {.x = steps,
                             .y = loss,
                             .n = 4,
                             .role = MEDCT_CURVE_ADAPTED,
                             .label = "validation",
                             .shape = MEDCT_CURVE_POINTS};
  MedctCurveChart chart = chart_of(&series);
  chart.light = TRUE;
  MedctCurveSheet sheet = {"Title", "Subtitle", "Foot", &chart, 1, 6, 300, 240};
  static const struct {
    const char *name, *begins;
  } files[] = {{"a.png", "\x89PNG"}, {"a.svg", "<?xml"}};
  for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
    g_autofree char *path = g_build_filename(home, files[i].name, NULL);
    g_autofree char *text = NULL;
    gsize n;
    g_assert_true(medct_curve_sheet_write(&sheet, path, NULL));
    g_assert_true(g_file_get_contents(path, &text, &n, NULL));
    g_assert_cmpuint(n, >, 1000);
    g_assert_true(strncmp(text, files[i].begins, strlen(files[i].begins)) == 0);
  }
  g_autofree char *nowhere = g_build_filename(home, "missing", "a.svg", NULL);
  g_autoptr(GError) error = NULL;
  g_assert_false(medct_curve_sheet_write(&sheet, nowhere, &error));
  g_assert_error(error, MEDCT_ERROR, MEDCT_ERROR_IO);
  test_home_remove(home);
}

static void
test_band(void)
{
  enum { ROWS = 200, PLACES = 21 };
  double scores[ROWS], low[PLACES], high[PLACES];
  gint8 labels[ROWS];
  guint patients[ROWS];
  for (guint i = 0; i < ROWS; i++) {
    labels[i] = i % 2;
    scores[i] = (i * 37 % 101) / 101.0 + 0.3 * labels[i];
    patients[i] = i;
  }
  g_autoptr(MedctRanking) ranking = medct_ranking_new(scores, labels, ROWS, 1);
  gsize n;
  g_autofree MedctCurvePoint *points = medct_ranking_curve(ranking, &n);
  medct_curve_band(ranking, MEDCT_BAND_ROC, patients, ROWS, 200, 1, PLACES, low, high);
  g_assert_cmpfloat(high[PLACES - 1], ==, 1);
  for (guint i = 1; i < PLACES; i++) {
    double x = (double)i / (PLACES - 1);
    gsize at = 0;
    while (at + 1 < n && points[at + 1].fpr <= x)
      at++;
    g_assert_cmpfloat(low[i], <=, points[at].tpr + 0.02);
    g_assert_cmpfloat(high[i], >=, points[at].tpr - 0.02);
    g_assert_cmpfloat(low[i], >=, low[i - 1]);
  }
  g_assert_cmpfloat(high[4] - low[4], >, 0.05);
  medct_curve_band(ranking, MEDCT_BAND_PRECISION_RECALL, patients, ROWS, 200, 1, PLACES, low, high);
  g_assert_cmpfloat(low[PLACES - 1], <, 0.55);
  g_assert_cmpfloat(high[0], <=, 1);
}

static void
test_reliability(void)
{
  const double p[] = {0.05, 0.15, 0.12, 1.0, 0.95, 0.5};
  const gint8 labels[] = {0, 1, 0, 1, 1, -1};
  MedctReliabilityBin bins[MEDCT_RELIABILITY_BINS];
  double gap = medct_reliability(p, labels, 6, 1, bins);
  g_assert_cmpuint(bins[1].n, ==, 2);
  g_assert_cmpfloat(bins[1].share, ==, 0.5);
  g_assert_cmpfloat_with_epsilon(bins[1].mean, 0.135, 1e-12);
  g_assert_cmpfloat_with_epsilon(bins[1].low, 0.0945, 1e-3); /* Wilson, 1 of 2 */
  g_assert_cmpuint(bins[9].n, ==, 2);
  g_assert_cmpuint(bins[5].n, ==, 0);
  g_assert_true(isnan(bins[5].share));
  g_assert_cmpfloat_with_epsilon(gap, (0.05 + 2 * 0.365 + 2 * 0.025) / 5, 1e-12);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/curve/hover", test_hover);
  g_test_add_func("/curve/draw", test_draw);
  g_test_add_func("/curve/long-ticks", test_long_ticks);
  g_test_add_func("/curve/files", test_files);
  g_test_add_func("/curve/band", test_band);
  g_test_add_func("/curve/reliability", test_reliability);
  return g_test_run();
}
