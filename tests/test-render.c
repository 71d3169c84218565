#include "render/colormap.h"
#include "render/overlay.h"
#include "render/picture.h"
#include "render/plane.h"
#include "render/slice.h"
#include "render/text.h"
#include "render/window.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

/* A patient of 12 × 10 × 8 cells toward Left, Posterior, Superior; every cell its own HU. */
enum { N_LEFT = 12, N_POST = 10, N_SUP = 8, N_CELLS = N_LEFT * N_POST * N_SUP };
static const int64_t patient_dims[3] = {N_LEFT, N_POST, N_SUP};
static const double patient_mm[3] = {1.5, 2, 3};

static int16_t
patient_hu(const int64_t at[3])
{
  return (int16_t)(at[0] + 20 * at[1] + 400 * at[2] - 1000);
}

typedef struct {
  MedctVolumeHeader header;
  MedctImage image;
  int16_t voxels[N_CELLS];
} Stored;

/* Stores the patient with array axis `axis[p]` running along patient axis p, reversed by flip. */
static void
store_patient(Stored *stored, const int axis[3], unsigned flips)
{
  MedctVolumeHeader *header = &stored->header;
  memset(stored, 0, sizeof *stored);
  header->voxel_type = MEDCT_VOXEL_INT16;
  header->hu_slope = 1;
  header->orientation_known = header->spacing_known = true;
  header->affine[15] = 1;
  /* RAS mm of patient cell 0: the right, front, lower corner. */
  const double corner[3] = {8, 9, -30}, sign[3] = {-1, -1, 1};
  for (int p = 0; p < 3; p++) {
    bool flip = flips >> p & 1;
    int a = axis[p];
    stored->image.axes.axis[p] = a;
    stored->image.axes.flip[p] = flip;
    header->dims[a] = patient_dims[p];
    header->spacing_mm[a] = patient_mm[p];
    header->affine[4 * p + a] = (flip ? -1 : 1) * sign[p] * patient_mm[p];
    header->affine[4 * p + 3] =
        corner[p] + (flip ? sign[p] * patient_mm[p] * (double)(patient_dims[p] - 1) : 0);
  }
  for (int64_t n = 0; n < N_CELLS; n++) {
    int64_t at[3] = {n % N_LEFT, n / N_LEFT % N_POST, n / (N_LEFT * N_POST)}, v[3];
    for (int p = 0; p < 3; p++)
      v[axis[p]] = flips >> p & 1 ? patient_dims[p] - 1 - at[p] : at[p];
    stored->voxels[v[0] + header->dims[0] * (v[1] + header->dims[1] * v[2])] = patient_hu(at);
  }
  stored->image.header = header;
  stored->image.voxels = stored->voxels;
}

static const int permutations[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                       {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};

static void
check_slice(const Stored *stored, MedctPlaneKind kind, int64_t index)
{
  MedctPlane plane;
  g_assert_true(medct_plane_init(&plane, &stored->header, stored->image.axes, kind));
  g_auto(MedctSlice) slice = {0};
  medct_slice_take(&slice, &stored->image, &plane, index, (MedctSlab){0});
  const int16_t *voxel = slice.voxels;
  for (int64_t r = 0; r < slice.rows; r++)
    for (int64_t c = 0; c < slice.columns; c++) {
      int64_t axial[3] = {c, r, index}, coronal[3] = {c, index, N_SUP - 1 - r};
      int64_t sagittal[3] = {index, c, N_SUP - 1 - r};
      const int64_t *at = kind == MEDCT_PLANE_AXIAL     ? axial
                          : kind == MEDCT_PLANE_CORONAL ? coronal
                                                        : sagittal;
      g_assert_cmpint(*voxel++, ==, patient_hu(at));
    }
}

static void
test_48_orientations(void)
{
  g_autofree Stored *stored = g_new(Stored, 1);
  for (int n = 0; n < 6; n++)
    for (unsigned flips = 0; flips < 8; flips++) {
      store_patient(stored, permutations[n], flips);
      for (int kind = 0; kind < 3; kind++)
        check_slice(stored, (MedctPlaneKind)kind, 3);
    }
}

/* A picture's left edge must lie further Right than its right edge, and so on, by the affine. */
static void
test_letters_agree_with_affine(void)
{
  g_autofree Stored *stored = g_new(Stored, 1);
  for (int n = 0; n < 6; n++)
    for (unsigned flips = 0; flips < 8; flips++)
      for (int kind = 0; kind < 3; kind++) {
        MedctPlane plane;
        store_patient(stored, permutations[n], flips);
        medct_plane_init(&plane, &stored->header, stored->image.axes, (MedctPlaneKind)kind);
        double origin[3] = {0, 0, 0}, voxel[3], start[3], end[3];
        medct_plane_cell_to_voxel(&plane, origin, voxel);
        medct_plane_voxel_to_ras(&plane, voxel, start);
        for (int way = 0; way < 2; way++) {
          double cell[3] = {way == 0, way == 1, 0};
          medct_plane_cell_to_voxel(&plane, cell, voxel);
          medct_plane_voxel_to_ras(&plane, voxel, end);
          const char *positive = "RAS", *negative = "LPI";
          for (int a = 0; a < 3; a++)
            if (fabs(end[a] - start[a]) > 0.1) {
              gboolean rises = end[a] > start[a];
              g_assert_cmpint(plane.letters[2 * way + 1], ==, rises ? positive[a] : negative[a]);
              g_assert_cmpint(plane.letters[2 * way], ==, rises ? negative[a] : positive[a]);
            }
        }
      }
}

static void
test_unknown_orientation_has_no_letters(void)
{
  g_autofree Stored *stored = g_new(Stored, 1);
  MedctPlane plane;
  store_patient(stored, permutations[0], 0);
  stored->header.orientation_known = false;
  medct_plane_init(&plane, &stored->header, stored->image.axes, MEDCT_PLANE_AXIAL);
  for (int n = 0; n < 4; n++)
    g_assert_cmpint(plane.letters[n], ==, 0);
}

static void
test_mapping_round_trip(void)
{
  g_autofree Stored *stored = g_new(Stored, 1);
  store_patient(stored, permutations[3], 5);
  for (int kind = 0; kind < 3; kind++) {
    MedctPlane plane;
    medct_plane_init(&plane, &stored->header, stored->image.axes, (MedctPlaneKind)kind);
    MedctView view = medct_view_centred(&plane, 10, 20, 400, 300, 7);
    double cell[3] = {2.25, 3.5, 1}, back[3], voxel[3], ras[3], again[3], x, y;
    medct_plane_cell_to_voxel(&plane, cell, voxel);
    medct_plane_voxel_to_ras(&plane, voxel, ras);
    medct_plane_ras_to_voxel(&plane, ras, again);
    medct_plane_voxel_to_cell(&plane, again, back);
    for (int n = 0; n < 3; n++)
      g_assert_cmpfloat_with_epsilon(back[n], cell[n], 1e-9);
    medct_view_from_cell(&view, cell[0], cell[1], &x, &y);
    medct_view_to_cell(&view, x, y, &back[0], &back[1]);
    g_assert_cmpfloat_with_epsilon(back[0], cell[0], 1e-9);
    g_assert_cmpfloat_with_epsilon(back[1], cell[1], 1e-9);
    /* True aspect: pixels per mm are the same both ways. */
    g_assert_cmpfloat_with_epsilon(view.step[0] / plane.step_mm[0], 7, 1e-9);
    g_assert_cmpfloat_with_epsilon(view.step[1] / plane.step_mm[1], 7, 1e-9);
  }
}

static void
test_slabs(void)
{
  g_autofree Stored *stored = g_new(Stored, 1);
  store_patient(stored, permutations[2], 4);
  MedctPlane plane;
  medct_plane_init(&plane, &stored->header, stored->image.axes, MEDCT_PLANE_AXIAL);
  int64_t first, count;
  medct_slab_range(&plane, 4, (MedctSlab){MEDCT_SLAB_MAXIMUM, 9}, &first, &count);
  g_assert_cmpint(first, ==, 3);
  g_assert_cmpint(count, ==, 3);
  medct_slab_range(&plane, 0, (MedctSlab){MEDCT_SLAB_MAXIMUM, 9}, &first, &count);
  g_assert_cmpint(first, ==, 0);
  g_assert_cmpint(count, ==, 2);
  const struct {
    MedctSlabKind kind;
    int64_t slice;
  } cases[] = {{MEDCT_SLAB_MAXIMUM, 5}, {MEDCT_SLAB_MINIMUM, 3}, {MEDCT_SLAB_AVERAGE, 4}};
  for (int falling = 0; falling < 2; falling++)
    for (guint n = 0; n < G_N_ELEMENTS(cases); n++) {
      g_auto(MedctSlice) slice = {0};
      stored->header.hu_slope = falling ? -1 : 1;
      medct_slice_take(&slice, &stored->image, &plane, 4, (MedctSlab){cases[n].kind, 9});
      /* With a falling scale the brightest HU is the smallest voxel. */
      int64_t at[3] = {0, 0, falling ? 8 - cases[n].slice : cases[n].slice};
      g_assert_cmpint(((int16_t *)slice.voxels)[0], ==, patient_hu(at));
    }
}

static void
test_paint(void)
{
  g_autofree Stored *stored = g_new(Stored, 1);
  store_patient(stored, permutations[0], 0);
  MedctPlane plane;
  medct_plane_init(&plane, &stored->header, stored->image.axes, MEDCT_PLANE_AXIAL);
  g_auto(MedctSlice) slice = {0};
  medct_slice_take(&slice, &stored->image, &plane, 2, (MedctSlab){0});
  enum { W = 100, H = 90 };
  g_autofree guint32 *pixels = g_new(guint32, W * H);
  MedctView view = medct_view_centred(&plane, 0, 0, W, H, 4);
  MedctWindow window = {400, -100};
  for (int linear = 0; linear < 2; linear++) {
    medct_slice_paint(&slice, &view, window, linear, pixels, W, H, W * 4);
    g_assert_cmphex(pixels[0], ==, 0xff000000);
    /* 12 × 1.5 mm · 4 = 72 wide, 10 × 2 · 4 = 80 high: centred in 100 × 90. */
    g_assert_cmphex(pixels[45 * W + 13], ==, 0xff000000);
    g_assert_cmphex(pixels[45 * W + 14], !=, 0xff000000);
    g_assert_cmphex(pixels[45 * W + 85], !=, 0xff000000);
    g_assert_cmphex(pixels[45 * W + 86], ==, 0xff000000);
    g_assert_cmphex(pixels[5 * W + 50], !=, 0xff000000);
    g_assert_cmphex(pixels[4 * W + 50], ==, 0xff000000);
  }
  /* Halfway between two columns the mean of both, before the window. */
  double x, y;
  medct_view_from_cell(&view, 5.5, 4, &x, &y);
  view.x += 0.5 - (x - floor(x));
  view.y += 0.5 - (y - floor(y));
  medct_view_from_cell(&view, 5.5, 4, &x, &y);
  medct_slice_paint(&slice, &view, window, TRUE, pixels, W, H, W * 4);
  guint8 grey = medct_window_grey(window, 6 + 20 * 4 + 400 * 2 - 1000);
  g_assert_cmpint(pixels[(int)y * W + (int)x] & 0xff, ==, grey);
}

static void
test_paint_float_matches_int16(void)
{
  g_autofree Stored *stored = g_new(Stored, 1);
  store_patient(stored, permutations[4], 3);
  MedctPlane plane;
  medct_plane_init(&plane, &stored->header, stored->image.axes, MEDCT_PLANE_CORONAL);
  g_autofree float *hu = g_new(float, N_CELLS);
  for (int n = 0; n < N_CELLS; n++)
    hu[n] = stored->voxels[n];
  enum { W = 80, H = 70 };
  guint32 *pixels[2];
  for (int n = 0; n < 2; n++) {
    g_auto(MedctSlice) slice = {0};
    if (n == 1) {
      stored->header.voxel_type = MEDCT_VOXEL_FLOAT32;
      stored->image.voxels = hu;
    }
    medct_slice_take(&slice, &stored->image, &plane, 5, (MedctSlab){MEDCT_SLAB_MAXIMUM, 6});
    MedctView view = medct_view_centred(&plane, 0, 0, W, H, 2.5);
    pixels[n] = g_new(guint32, W * H);
    medct_slice_paint(&slice, &view, (MedctWindow){4000, 0}, TRUE, pixels[n], W, H, W * 4);
  }
  for (int n = 0; n < W * H; n++)
    g_assert_cmpint(ABS((int)(pixels[0][n] & 0xff) - (int)(pixels[1][n] & 0xff)), <=, 1);
  g_free(pixels[0]);
  g_free(pixels[1]);
}

static void
test_colormaps(void)
{
  static const guint32 map_for[] = {0x4a0c6b, 0x932667, 0xd74b3f, 0xfa9207, 0xf2ea69};
  static const guint32 against[] = {0x112f74, 0x1c54aa, 0x297ed6, 0x5eace5, 0xabdff8};
  for (int n = 0; n < 5; n++) {
    g_assert_cmphex(medct_colormap_rgb(MEDCT_COLORMAP_FOR, n / 4.0), ==, map_for[n]);
    g_assert_cmphex(medct_colormap_rgb(MEDCT_COLORMAP_AGAINST, n / 4.0), ==, against[n]);
  }
  g_assert_cmphex(medct_colormap_rgb(MEDCT_COLORMAP_FOR, 7), ==, map_for[4]);
  g_assert_cmphex(medct_colormap_rgb(MEDCT_COLORMAP_FOR, NAN), ==, map_for[0]);
  g_assert_cmpfloat(medct_colormap_alpha(0, 0.7), ==, 0);
  g_assert_cmpfloat(medct_colormap_alpha(0.06, 0.7), ==, 0);
  g_assert_cmpfloat_with_epsilon(medct_colormap_alpha(0.21, 0.7), 0.35, 1e-12);
  g_assert_cmpfloat(medct_colormap_alpha(1, 0.7), ==, 0.7);
  g_assert_cmpfloat(medct_colormap_top(0.0142), ==, 0.02);
  g_assert_cmpfloat(medct_colormap_top(0.02), ==, 0.02);
  g_assert_cmpfloat(medct_colormap_top(0.021), ==, 0.05);
  g_assert_cmpfloat(medct_colormap_top(7), ==, 10);
  g_assert_cmpfloat(medct_colormap_top(1), ==, 1);
  g_assert_cmpfloat(medct_colormap_top(0), ==, 1);
}

/* One warm cell in a 2 × 3 × 4 grid: only its pixels are coloured, in its colour. */
static void
test_overlay(void)
{
  g_autofree Stored *stored = g_new(Stored, 1);
  store_patient(stored, permutations[5], 6);
  float share[2 * 3 * 4] = {0};
  share[(1 * 3 + 2) * 4 + 3] = 0.02f; /* t 1, h 2, w 3: superior, posterior, left */
  share[0] = -0.005f;
  MedctOverlay overlay = {.share = share,
                          .size = {2, 3, 4},
                          .top = 0.02,
                          .opacity = 1,
                          .raw = TRUE,
                          /* w, h, t run Left, Posterior, Superior over the 18 × 20 × 24 mm. */
                          .grid_to_ras = {-4.5, 0, 0, 6.5, 0, -20 / 3.0, 0, 10 - 10 / 3.0, 0, 0, 12,
                                          -25.5, 0, 0, 0, 1}};
  double low, high, sum_for, sum_against, peak[3];
  medct_overlay_range(&overlay, &low, &high, &sum_for, &sum_against);
  g_assert_cmpfloat_with_epsilon(sum_for, 0.02, 1e-7);
  g_assert_cmpfloat_with_epsilon(sum_against, -0.005, 1e-7);
  medct_overlay_peak(&overlay, peak);
  g_assert_cmpfloat_with_epsilon(peak[0], -7, 1e-9);
  g_assert_cmpfloat_with_epsilon(peak[2], -13.5, 1e-9);
  MedctPlane plane;
  medct_plane_init(&plane, &stored->header, stored->image.axes, MEDCT_PLANE_AXIAL);
  enum { W = 72, H = 80 };
  guint32 pixels[W * H];
  MedctView view = medct_view_centred(&plane, 0, 0, W, H, 4);
  for (int slice = 0; slice < N_SUP; slice++) {
    for (int n = 0; n < W * H; n++)
      pixels[n] = 0xff000000;
    medct_overlay_paint(&overlay, &plane, &view, slice, pixels, W, H, W * 4);
    int coloured = 0;
    for (int y = 0; y < H; y++)
      for (int x = 0; x < W; x++)
        if (pixels[y * W + x] != 0xff000000) {
          coloured++;
          g_assert_cmphex(pixels[y * W + x], ==, 0xfff2ea69);
          g_assert_cmpint(x, >=, W * 3 / 4); /* patient left: screen right */
          g_assert_cmpint(y, >=, H * 2 / 3); /* posterior: below */
        }
    g_assert_cmpint(coloured, ==, slice >= 4 ? 18 * 27 : 0);
  }
  double profile[N_SUP];
  medct_overlay_profile(&overlay, &plane, profile);
  g_assert_cmpfloat(profile[5], >, profile[3]);
  g_assert_cmpfloat(profile[6], >, 0);
  double sum = 0;
  for (int n = 0; n < N_SUP; n++)
    sum += profile[n];
  g_assert_cmpfloat(sum, >, 0);
  /* Smooth: halfway between two cells the mean. */
  overlay.raw = FALSE;
  double between[3] = {2.5, 2, 1};
  g_assert_cmpfloat_with_epsilon(medct_overlay_sample(&overlay, between), 0.01, 1e-7);
  double outside[3] = {3.6, 2, 1};
  g_assert_cmpfloat(medct_overlay_sample(&overlay, outside), ==, 0);
}

/* What medct_overlay_sample() says of one pixel, laid over `under`. */
static guint32
mapped_pixel(const MedctOverlay *overlay, const MedctPlane *plane, const MedctView *view,
             double slice, int x, int y, guint32 under)
{
  double cell[3] = {0, 0, slice}, voxel[3], ras[3], inverse[16], point[3];
  medct_view_to_cell(view, x + 0.5, y + 0.5, &cell[0], &cell[1]);
  for (int n = 0; n < 2; n++)
    if (!(cell[n] >= -0.5 && cell[n] < (double)plane->count[n] - 0.5))
      return under;
  medct_plane_cell_to_voxel(plane, cell, voxel);
  medct_plane_voxel_to_ras(plane, voxel, ras);
  g_assert_true(medct_matrix_invert(overlay->grid_to_ras, inverse));
  medct_matrix_apply(inverse, ras, point);
  double fraction = medct_overlay_fraction(overlay, medct_overlay_sample(overlay, point));
  double alpha = medct_overlay_alpha(overlay, fraction);
  guint32 rgb = medct_colormap_rgb(overlay->map, rint(fraction * 255) / 255), out = 0xff000000;
  for (int shift = 16; shift >= 0; shift -= 8) {
    double a = under >> shift & 0xff, b = rgb >> shift & 0xff;
    out |= (guint32)lrint(a + (b - a) * alpha) << shift;
  }
  return out;
}

/* Moves the grid so that both have nearly the same centre: no pixel lies just between two cells. */
static void
put_in_the_middle(MedctOverlay *overlay, const MedctPlane *plane)
{
  double cell[3], voxel[3], ras[3], is[3], point[3];
  for (int n = 0; n < 3; n++) {
    cell[n] = (double)(plane->count[n] - 1) / 2;
    point[n] = (overlay->size[2 - n] - 1) / 2.0;
  }
  medct_plane_cell_to_voxel(plane, cell, voxel);
  medct_plane_voxel_to_ras(plane, voxel, ras);
  medct_matrix_apply(overlay->grid_to_ras, point, is);
  for (int n = 0; n < 3; n++)
    overlay->grid_to_ras[4 * n + 3] += ras[n] - is[n] + 0.0123;
}

static void
compare_map(const MedctOverlay *overlay, const MedctPlane *plane)
{
  enum { W = 61, H = 67, UNDER = 0x60 };
  static guint32 pixels[W * H];
  MedctView view = medct_view_centred(plane, 0.3, 0.2, W, H, 2.7);
  int far = 0, coloured = 0;
  for (int n = 0; n < W * H; n++)
    pixels[n] = 0xff000000 | UNDER * 0x010101u;
  medct_overlay_paint(overlay, plane, &view, 4, pixels, W, H, W * 4);
  for (int y = 0; y < H; y++)
    for (int x = 0; x < W; x++) {
      guint32 is = pixels[y * W + x],
              should = mapped_pixel(overlay, plane, &view, 4, x, y, 0xff000000 | UNDER * 0x010101u);
      coloured += is != (0xff000000 | UNDER * 0x010101u);
      for (int shift = 0; shift < 24; shift += 8)
        far += abs((int)(is >> shift & 0xff) - (int)(should >> shift & 0xff)) > 1;
    }
  g_assert_cmpint(far, ==, 0);
  g_assert_cmpint(coloured, >, 40);
}

/* Painted line by line it is what it is point by point: grids along the volume's axes in another
 * order, and askew. */
static void
test_overlay_lines(void)
{
  g_autofree Stored *stored = g_new(Stored, 1);
  store_patient(stored, permutations[3], 5);
  float share[5 * 4 * 6];
  for (int n = 0; n < 5 * 4 * 6; n++)
    share[n] = (float)sin(n * 1.7) * 0.02f;
  static const double affines[3][16] = {
      {-4, 0, 0, 0, 0, -5, 0, 0, 0, 0, 4, 0, 0, 0, 0, 1},
      {0, 0, 4, 0, 5, 0, 0, 0, 0, -6, 0, 0, 0, 0, 0, 1},
      {-4, 0.6, 0, 0, 0.7, -5, 0.4, 0, 0, 0.5, 4, 0, 0, 0, 0, 1},
  };
  for (int n = 0; n < 3 * 3 * 3 * 2; n++) {
    MedctOverlay overlay = {.share = share, .size = {5, 4, 6}, .top = 0.02, .opacity = 0.8};
    MedctPlane plane;
    overlay.map = (MedctColormap)(n % 3);
    overlay.raw = n >= 27;
    memcpy(overlay.grid_to_ras, affines[n / 3 % 3], sizeof overlay.grid_to_ras);
    medct_plane_init(&plane, &stored->header, stored->image.axes, (MedctPlaneKind)(n / 9 % 3));
    put_in_the_middle(&overlay, &plane);
    compare_map(&overlay, &plane);
  }
}

static cairo_surface_t *
draw_stored(const Stored *stored, gboolean annotations)
{
  g_autoptr(GError) error = NULL;
  MedctPicture picture = {.image = stored->image,
                          .window = {4000, 0},
                          .annotations = annotations,
                          .width = 800,
                          .height = 600,
                          .scale = 1};
  /* The crosshair at patient cell (4, 4, 4), wherever it is stored. */
  for (int p = 0; p < 3; p++) {
    int a = stored->image.axes.axis[p];
    picture.voxel[a] = stored->image.axes.flip[p] ? (double)(stored->header.dims[a] - 5) : 4;
  }
  cairo_surface_t *surface = medct_picture_draw(&picture, &error);
  g_assert_no_error(error);
  return surface;
}

/* Three planes with all their marks are the same however the patient was stored. The panel names
 * dims as stored, so only the planes are compared. */
static void
test_48_pictures(void)
{
  g_autofree Stored *stored = g_new(Stored, 1);
  cairo_surface_t *first = NULL;
  for (int n = 0; n < 6; n++)
    for (unsigned flips = 0; flips < 8; flips++) {
      store_patient(stored, permutations[n], flips);
      cairo_surface_t *surface = draw_stored(stored, TRUE);
      if (first == NULL) {
        first = surface;
        continue;
      }
      int stride = cairo_image_surface_get_stride(surface);
      const guchar *a = cairo_image_surface_get_data(first);
      const guchar *b = cairo_image_surface_get_data(surface);
      for (int y = 0; y < 570; y++)
        g_assert_cmpmem(a + y * stride, y < 286 ? 3200 : 1596, b + y * stride,
                        y < 286 ? 3200 : 1596);
      cairo_surface_destroy(surface);
    }
  cairo_surface_destroy(first);
}

static guint
count_bright(cairo_surface_t *surface, int left, int top, int width, int height)
{
  const guchar *data = cairo_image_surface_get_data(surface);
  int stride = cairo_image_surface_get_stride(surface);
  guint bright = 0;
  for (int y = top; y < top + height; y++)
    for (int x = left; x < left + width; x++)
      bright += data[y * stride + 4 * x + 1] > 0xb0;
  return bright;
}

static void
test_letters_drawn(void)
{
  g_autofree Stored *stored = g_new(Stored, 1);
  store_patient(stored, permutations[0], 0);
  memset(stored->voxels, 0x80, sizeof stored->voxels); /* far under the window: black */
  for (int known = 0; known < 2; known++) {
    stored->header.orientation_known = known;
    cairo_surface_t *surface = draw_stored(stored, TRUE);
    /* Mid-left and mid-right plates of the axial picture, 399 − 14 wide and 284 high. */
    guint left = count_bright(surface, 4, 132, 20, 20);
    guint right = count_bright(surface, 361, 132, 20, 20);
    if (known) {
      g_assert_cmpuint(left, >, 20);
      g_assert_cmpuint(right, >, 10);
    } else {
      g_assert_cmpuint(left, ==, 0);
      g_assert_cmpuint(right, ==, 0);
      g_assert_cmpuint(count_bright(surface, 32, 58, 200, 25), >, 100); /* the warning */
    }
    cairo_surface_destroy(surface);
  }
}

/* The bar's lower line, measured in pixels: 50 mm at the view's scale, and the ends' half pixels.
 */
static void
test_scale_bar(void)
{
  g_autofree Stored *stored = g_new(Stored, 1);
  store_patient(stored, permutations[0], 0);
  MedctPlane plane;
  medct_plane_init(&plane, &stored->header, stored->image.axes, MEDCT_PLANE_AXIAL);
  MedctAnnotations notes = {.width = 500, .height = 400, .plane = &plane, .window = {400, 40}};
  notes.view = medct_view_centred(&plane, 0, 0, 486, 400, 1.5);
  notes.cell[2] = -1;
  notes.cell[0] = notes.cell[1] = -1000; /* no crosshair in the way */
  cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, 500, 400);
  cairo_t *cr = cairo_create(surface);
  medct_annotate_draw(cr, &notes, TRUE);
  cairo_destroy(cr);
  cairo_surface_flush(surface);
  /* y = 400 − 10 − 6 + 3: the row of the line; up to where the letters begin. */
  g_assert_cmpuint(count_bright(surface, 0, 387, 10 + 75 + 3, 1), ==, 75 + 1);
  cairo_surface_destroy(surface);
}

static void
test_words(void)
{
  g_autofree char *minus = medct_text_number(-612, 0);
  g_autofree char *zero = medct_text_number(-0.001, 2);
  g_autofree char *plus = medct_text_signed(0.24, 2);
  g_assert_cmpstr(minus, ==, "\u2212612");
  g_assert_cmpstr(zero, ==, "0.00");
  g_assert_cmpstr(plus, ==, "+0.24");
  g_autofree Stored *stored = g_new(Stored, 1);
  store_patient(stored, permutations[1], 7);
  MedctPlane plane;
  medct_plane_init(&plane, &stored->header, stored->image.axes, MEDCT_PLANE_AXIAL);
  double cell[3] = {0, 0, 2};
  g_autofree char *position = medct_annotate_position(&plane, cell);
  g_assert_cmpstr(position, ==, "I 24.0 mm");
}

static void
test_write(void)
{
  g_autofree Stored *stored = g_new(Stored, 1);
  g_autoptr(GError) error = NULL;
  store_patient(stored, permutations[0], 0);
  cairo_surface_t *surface = draw_stored(stored, FALSE);
  g_autofree char *folder = g_dir_make_tmp("medct-render-XXXXXX", NULL);
  g_autofree char *path = g_build_filename(folder, "picture.png", NULL);
  g_autofree char *lost = g_build_filename(folder, "missing", "picture.png", NULL);
  g_assert_true(medct_picture_write(surface, path, &error));
  cairo_surface_t *back = cairo_image_surface_create_from_png(path);
  g_assert_cmpint(cairo_image_surface_get_width(back), ==, 800);
  cairo_surface_destroy(back);
  g_assert_false(medct_picture_write(surface, lost, &error));
  g_assert_error(error, MEDCT_ERROR, MEDCT_ERROR_IO);
  g_assert_null(strstr(error->message, folder));
  g_remove(path);
  g_rmdir(folder);
  cairo_surface_destroy(surface);
}

static void
test_refused_size(void)
{
  g_autofree Stored *stored = g_new(Stored, 1);
  g_autoptr(GError) error = NULL;
  store_patient(stored, permutations[0], 0);
  MedctPicture picture = {
      .image = stored->image, .window = {400, 40}, .width = 100000, .height = 600, .scale = 1};
  g_assert_null(medct_picture_draw(&picture, &error));
  g_assert_error(error, MEDCT_ERROR, MEDCT_ERROR_ARGUMENT);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/render/plane/48-orientations", test_48_orientations);
  g_test_add_func("/render/plane/letters-agree-with-affine", test_letters_agree_with_affine);
  g_test_add_func("/render/plane/unknown-orientation", test_unknown_orientation_has_no_letters);
  g_test_add_func("/render/plane/round-trip", test_mapping_round_trip);
  g_test_add_func("/render/slice/slabs", test_slabs);
  g_test_add_func("/render/slice/paint", test_paint);
  g_test_add_func("/render/slice/float-matches-int16", test_paint_float_matches_int16);
  g_test_add_func("/render/colormap", test_colormaps);
  g_test_add_func("/render/overlay", test_overlay);
  g_test_add_func("/render/overlay/lines", test_overlay_lines);
  g_test_add_func("/render/picture/48-orientations", test_48_pictures);
  g_test_add_func("/render/picture/letters", test_letters_drawn);
  g_test_add_func("/render/picture/scale-bar", test_scale_bar);
  g_test_add_func("/render/picture/write", test_write);
  g_test_add_func("/render/picture/refused-size", test_refused_size);
  g_test_add_func("/render/words", test_words);
  return g_test_run();
}
