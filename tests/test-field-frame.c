/* Where the model's field lies on a plane, for volumes stored in several directions. */
#include "render/field-frame.h"
#include <string.h>

/* 40 × 50 × 60 voxels of 2 mm, stored along L, P, S or along R, A, S; RAS 0 at the first LPS voxel.
 */
static void
make_plane(MedctPlane *plane, MedctVolumeHeader *header, gboolean flipped, MedctPlaneKind kind)
{
  *header = (MedctVolumeHeader){.voxel_type = MEDCT_VOXEL_INT16,
                                .dims = {40, 50, 60},
                                .hu_slope = 1,
                                .spacing_mm = {2, 2, 2},
                                .affine = {-2, 0, 0, 0, 0, -2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1},
                                .orientation_known = true,
                                .spacing_known = true,
                                .format = "test",
                                .name = "test"};
  MedctAxes axes = {{0, 1, 2}, {false, false, false}};
  if (flipped) {
    double affine[16] = {2, 0, 0, -78, 0, 2, 0, -98, 0, 0, 2, 0, 0, 0, 0, 1};
    memcpy(header->affine, affine, sizeof affine);
    axes.flip[0] = axes.flip[1] = true;
  }
  g_assert_true(medct_plane_init(plane, header, axes, kind));
}

/* Cells of 10 × 20 × 20 mm along s, l, p; the field begins 20 mm inside along each and is 40 mm
 * long: voxels 9.5 … 29.5 as centres lie on whole numbers. */
static MedctFieldGrid
make_field(void)
{
  MedctFieldGrid field = {{4, 2, 2}, {0, -20, 0, -29, -20, 0, 0, -29, 0, 0, 10, 24, 0, 0, 0, 1}};
  return field;
}

static void
test_edges(void)
{
  MedctFieldGrid field = make_field();
  for (int flipped = 0; flipped < 2; flipped++)
    for (int kind = 0; kind < 3; kind++) {
      MedctVolumeHeader header;
      MedctPlane plane;
      double low[3], high[3];
      make_plane(&plane, &header, flipped, (MedctPlaneKind)kind);
      medct_field_frame_edges(&field, &plane, low, high);
      for (int n = 0; n < 3; n++) {
        /* rows of sagittal and coronal pictures begin at the head: voxel 59 is row 0 */
        gboolean from_top = kind != MEDCT_PLANE_AXIAL && n == 1;
        g_assert_cmpfloat_with_epsilon(low[n], from_top ? 59 - 29.5 : 9.5, 1e-9);
        g_assert_cmpfloat_with_epsilon(high[n], from_top ? 59 - 9.5 : 29.5, 1e-9);
      }
    }
}

/* Number of pixels that are not black. */
static int
drawn(double index)
{
  enum { SIDE = 200 };
  MedctFieldGrid field = make_field();
  MedctVolumeHeader header;
  MedctPlane plane;
  int n = 0;
  make_plane(&plane, &header, FALSE, MEDCT_PLANE_AXIAL);
  MedctView view = medct_view_centred(&plane, 0, 0, SIDE, SIDE, 2);
  cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, SIDE, SIDE);
  cairo_t *cr = cairo_create(surface);
  medct_field_frame_draw(cr, &field, &plane, &view, index, SIDE, SIDE / 2.0);
  cairo_destroy(cr);
  cairo_surface_flush(surface);
  const guint32 *pixels = (const guint32 *)(void *)cairo_image_surface_get_data(surface);
  for (int i = 0; i < SIDE * SIDE; i++) {
    n += (pixels[i] & 0xffffff) != 0;
    g_assert_true(i < SIDE * SIDE / 2 || (pixels[i] & 0xffffff) == 0); /* clipped */
  }
  cairo_surface_destroy(surface);
  return n;
}

static void
test_draws(void)
{
  int inside = drawn(20), outside = drawn(40);
  g_assert_cmpint(inside, >, 100);
  g_assert_cmpint(outside, >, 0);
  g_assert_cmpint(outside, !=, inside);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/field-frame/edges", test_edges);
  g_test_add_func("/field-frame/draws", test_draws);
  return g_test_run();
}
