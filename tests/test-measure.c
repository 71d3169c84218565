/* Measurements on slices: millimetres through the affine, degrees, the voxels of an ellipse, words;
 * and the list whose steps are undone. */
#include "render/measures.h"
#include <math.h>
#include <string.h>

enum { N = 40 };

typedef struct {
  MedctVolumeHeader header;
  MedctImage image;
  MedctPlane axial;
  int16_t voxels[N * N * 2];
} Stored;

/* 1 × 2 × 5 mm, L P S, rows sheared toward Left by `shear` mm each; HU is ten times the column. */
static void
store(Stored *stored, double shear)
{
  MedctVolumeHeader *header = &stored->header;
  memset(stored, 0, sizeof *stored);
  header->voxel_type = MEDCT_VOXEL_INT16;
  header->hu_slope = 1;
  header->orientation_known = header->spacing_known = true;
  const double mm[3] = {1, 2, 5}, sign[3] = {-1, -1, 1};
  for (int n = 0; n < 3; n++) {
    stored->image.axes.axis[n] = n;
    header->dims[n] = n < 2 ? N : 2;
    header->spacing_mm[n] = mm[n];
    header->affine[4 * n + n] = sign[n] * mm[n];
  }
  header->affine[1] = -shear;
  header->affine[15] = 1;
  for (int n = 0; n < N * N * 2; n++)
    stored->voxels[n] = (int16_t)(10 * (n % N));
  stored->image.header = header;
  stored->image.voxels = stored->voxels;
  g_assert_true(medct_plane_init(&stored->axial, header, stored->image.axes, MEDCT_PLANE_AXIAL));
}

static void
says(const MedctMeasure *measure, const Stored *stored, gboolean spacing_known, const char *text)
{
  g_autofree char *said = medct_measure_text(measure, &stored->axial, spacing_known);
  g_assert_cmpstr(said, ==, text);
}

static void
test_distance(void)
{
  Stored stored;
  store(&stored, 0);
  MedctMeasure measure = {.kind = MEDCT_MEASURE_DISTANCE, .cells = {{2, 3}, {5, 5}}};
  g_assert_cmpfloat_with_epsilon(medct_measure_length(&measure, &stored.axial), 5, 1e-9);
  says(&measure, &stored, TRUE, "5.0 mm");
  says(&measure, &stored, FALSE, "spacing unknown");
  store(&stored, 1); /* a tilted gantry: two rows lie two millimetres aside */
  g_assert_cmpfloat_with_epsilon(medct_measure_length(&measure, &stored.axial), sqrt(25 + 16),
                                 1e-9);
}

static void
test_angle(void)
{
  Stored stored;
  store(&stored, 0);
  /* Two columns and one row are as long: half a right angle. */
  MedctMeasure measure = {.kind = MEDCT_MEASURE_ANGLE, .cells = {{9, 4}, {3, 4}, {7, 6}}};
  g_assert_cmpfloat_with_epsilon(medct_measure_degrees(&measure, &stored.axial), 45, 1e-9);
  says(&measure, &stored, TRUE, "45.0°");
  measure.cells[2][0] = measure.cells[1][0];
  measure.cells[2][1] = measure.cells[1][1];
  g_assert_cmpfloat(medct_measure_degrees(&measure, &stored.axial), ==, 0); /* a leg of no length */
}

static void
test_region(void)
{
  Stored stored;
  store(&stored, 0);
  MedctMeasure measure = {.kind = MEDCT_MEASURE_REGION, .slice = 1, .cells = {{25, 18}, {15, 12}}};
  double sum = 0, squares = 0;
  guint64 n = 0;
  for (int r = 0; r < N; r++)
    for (int c = 0; c < N; c++)
      if ((c - 20) * (c - 20) / 25.0 + (r - 15) * (r - 15) / 9.0 <= 1) {
        sum += 10 * c;
        squares += 100.0 * c * c;
        n++;
      }
  medct_measure_count(&measure, &stored.image, &stored.axial);
  g_assert_cmpuint(measure.n_voxels, ==, n);
  g_assert_cmpfloat_with_epsilon(measure.mean_hu, sum / (double)n, 1e-9);
  g_assert_cmpfloat_with_epsilon(
      measure.sd_hu, sqrt(squares / (double)n - sum / (double)n * sum / (double)n), 1e-6);
  g_assert_cmpfloat_with_epsilon(medct_measure_area(&measure, &stored.axial), G_PI * 5 * 3 * 2,
                                 1e-9);
  says(&measure, &stored, TRUE, "200 ± 25 HU · 0.9 cm²");
  says(&measure, &stored, FALSE, "200 ± 25 HU");
  store(&stored, 3); /* sheared: the rows are no farther apart */
  g_assert_cmpfloat_with_epsilon(medct_measure_area(&measure, &stored.axial), G_PI * 5 * 3 * 2,
                                 1e-9);
}

static void
test_region_outside(void)
{
  Stored stored;
  store(&stored, 0);
  MedctMeasure measure = {.kind = MEDCT_MEASURE_REGION, .cells = {{-20, -20}, {-5, -2}}};
  medct_measure_count(&measure, &stored.image, &stored.axial);
  g_assert_cmpuint(measure.n_voxels, ==, 0);
  says(&measure, &stored, TRUE, "no voxel");
  MedctMeasure edge = {.kind = MEDCT_MEASURE_REGION, .cells = {{-4, -4}, {4.5, 4.5}}};
  medct_measure_count(&edge, &stored.image, &stored.axial); /* only what is there */
  g_assert_cmpuint(edge.n_voxels, >, 5);
  g_assert_cmpfloat(edge.mean_hu, >=, 0);
}

/* The words of a measurement at the edge stay in the picture, and all ink in its box. */
static void
test_box(void)
{
  Stored stored;
  store(&stored, 0);
  MedctMeasure measure = {.kind = MEDCT_MEASURE_DISTANCE, .cells = {{30, 36}, {39, 39}}};
  MedctMeasurePaper paper = {.plane = &stored.axial,
                             .view = medct_view_centred(&stored.axial, 0, 0, 200, 300, 3.5),
                             .width = 200,
                             .height = 300,
                             .text_scale = 1,
                             .spacing_known = TRUE};
  cairo_surface_t *ink = cairo_recording_surface_create(CAIRO_CONTENT_COLOR_ALPHA, NULL);
  cairo_t *cr = cairo_create(ink);
  medct_measure_draw(cr, &measure, &paper);
  cairo_destroy(cr);
  double x, y, width, height;
  cairo_recording_surface_ink_extents(ink, &x, &y, &width, &height);
  cairo_surface_destroy(ink);
  MedctTextBox box = medct_measure_box(&measure, &paper);
  g_assert_cmpfloat(x, >=, box.x);
  g_assert_cmpfloat(y, >=, box.y);
  g_assert_cmpfloat(x + width, <=, box.x + box.width);
  g_assert_cmpfloat(y + height, <=, box.y + box.height);
  g_assert_cmpfloat(x + width, <=, paper.width);
  g_assert_cmpfloat(y + height, <=, paper.height);
}

static void
test_steps(void)
{
  MedctMeasures *measures = medct_measures_new();
  medct_measures_put(measures, &(MedctMeasure){.slice = 0});
  for (int n = 1; n < 3; n++)
    medct_measures_add(measures, &(MedctMeasure){.slice = n});
  medct_measures_remove(measures, 1);
  g_assert_cmpuint(medct_measures_n(measures), ==, 2);
  medct_measures_undo(measures); /* it comes back to its place */
  g_assert_cmpint(medct_measures_at(measures, 1)->slice, ==, 1);
  g_assert_cmpint(medct_measures_at(measures, 2)->slice, ==, 2);
  medct_measures_redo(measures);
  g_assert_cmpint(medct_measures_at(measures, 1)->slice, ==, 2);
  for (int n = 0; n < 9; n++)
    medct_measures_undo(measures);
  g_assert_cmpuint(medct_measures_n(measures), ==, 1); /* what was put there stays */
  g_assert_false(medct_measures_can_undo(measures));
  medct_measures_redo(measures);
  g_assert_cmpint(medct_measures_at(measures, 1)->slice, ==, 1);
  guint before = medct_measures_version(measures);
  medct_measures_add(measures, &(MedctMeasure){.slice = 7}); /* what was undone is forgotten */
  g_assert_false(medct_measures_can_redo(measures));
  g_assert_cmpuint(medct_measures_version(measures), >, before);
  medct_measures_free(measures);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/measure/distance", test_distance);
  g_test_add_func("/measure/angle", test_angle);
  g_test_add_func("/measure/region", test_region);
  g_test_add_func("/measure/region-outside", test_region_outside);
  g_test_add_func("/measure/box", test_box);
  g_test_add_func("/measure/steps", test_steps);
  return g_test_run();
}
