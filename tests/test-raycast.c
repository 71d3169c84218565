#include "tests/gl-offscreen.h"
#include "tests/raycast-twin.h"

#include <math.h>
#include <string.h>

enum { N = 48, WIDTH = 96, HEIGHT = 80 };

/* Spacings 1, 1.25, 2 mm; patient left, anterior and superior rise along i, j, k. */
static MedctVolumeHeader
phantom_header(void)
{
  MedctVolumeHeader header = {MEDCT_VOXEL_INT16, {N, N, N}, 1, -24, {1, 1.25, 2}};
  const double affine[16] = {-1, 0, 0, 30, 0, 1.25, 0, -10, 0, 0, 2, 100, 0, 0, 0, 1};
  memcpy(header.affine, affine, sizeof affine);
  header.orientation_known = true;
  return header;
}

static const MedctAxes axes = {{0, 1, 2}, {false, true, false}};

/* A chest of sorts: air, a wall with a rib, lung, and a ball of 12 mm, a little off the middle. */
static gint16 *
phantom_voxels(gboolean rib)
{
  gint16 *voxels = g_new(gint16, N * N * N);
  for (int n = 0; n < N * N * N; n++) {
    double x = n % N - 22, y = 1.25 * (n / N % N - 25), z = 2 * (n / (N * N) - 24);
    double wall = fmax(fabs(x) / 20, fabs(y) / 26);
    double hu = wall > 1 ? -1000 : wall > 0.7 ? 50 : -850;
    if (rib && wall < 1 && wall > 0.8 && fabs(z) < 5)
      hu = 600;
    if (x * x + y * y + z * z < 12 * 12)
      hu = 300;
    voxels[n] = (gint16)(hu + 24);
  }
  return voxels;
}

/* ---- blocks, transfer, camera -------------------------------------------------------------- */

static double
brute(const gint16 *voxels, const MedctBlocks *blocks, const int block[3], const int reach[3],
      gboolean highest)
{
  double best = highest ? -1e9 : 1e9;
  int low[3], high[3];
  for (int n = 0; n < 3; n++) {
    low[n] = MAX(block[n] * blocks->edge[n] - reach[n], 0);
    high[n] = MIN((block[n] + 1) * blocks->edge[n] + reach[n], N);
  }
  for (int k = low[2]; k < high[2]; k++)
    for (int j = low[1]; j < high[1]; j++)
      for (int i = low[0]; i < high[0]; i++) {
        double hu = voxels[i + N * (j + N * k)] - 24;
        best = highest ? fmax(best, hu) : fmin(best, hu);
      }
  return best;
}

static void
test_blocks(void)
{
  MedctVolumeHeader header = phantom_header();
  g_autofree gint16 *voxels = phantom_voxels(TRUE);
  MedctImage image = {&header, axes, voxels};
  const int reach[3] = {2, 2, 2};
  g_autoptr(MedctBlocks) blocks = medct_blocks_new(&image, reach);
  const int *count = blocks->count;
  g_assert_cmpint(blocks->edge[0], ==, 6);
  g_assert_cmpint(blocks->edge[2], ==, 3);
  g_assert_cmpint(count[0], ==, 8);
  for (int n = 0; n < count[0] * count[1] * count[2]; n++) {
    int block[3] = {n % count[0], n / count[0] % count[1], n / (count[0] * count[1])};
    g_assert_cmpfloat((double)blocks->low[n], ==, brute(voxels, blocks, block, reach, FALSE));
    g_assert_cmpfloat((double)blocks->high[n], ==, brute(voxels, blocks, block, reach, TRUE));
  }
  /* The corner is air around the body, the lung is not, though it is air too. */
  int middle = count[0] / 2 + count[0] * (count[1] / 2 + count[1] * (count[2] / 2));
  g_assert_cmpint(blocks->depth[0], ==, 0);
  g_assert_cmpint(blocks->depth[middle], >, 2);
}

/* Chessboard distance from the next block in which something can be seen. */
static void
test_leaps(void)
{
  MedctVolumeHeader header = phantom_header();
  g_autofree gint16 *voxels = phantom_voxels(TRUE);
  MedctImage image = {&header, axes, voxels};
  const int reach[3] = {2, 2, 2};
  g_autoptr(MedctBlocks) blocks = medct_blocks_new(&image, reach);
  const int *count = blocks->count;
  int n = count[0] * count[1] * count[2], longest = 0;
  g_autofree guint8 *leaps = g_new(guint8, (gsize)n);
  medct_blocks_leaps(blocks, &medct_transfers[MEDCT_TRANSFER_BONE], leaps);
  for (int a = 0; a < n; a++) {
    int best = 255;
    for (int b = 0; b < n; b++) {
      int d[3] = {abs(a % count[0] - b % count[0]),
                  abs(a / count[0] % count[1] - b / count[0] % count[1]),
                  abs(a / (count[0] * count[1]) - b / (count[0] * count[1]))};
      if ((double)blocks->high[b] >= 136)
        best = MIN(best, MAX(d[0], MAX(d[1], d[2])));
    }
    g_assert_cmpint(leaps[a], ==, best);
    longest = MAX(longest, best);
  }
  g_assert_cmpint(longest, >, 1);
}

static void
test_transfer(void)
{
  enum { BINS = MEDCT_TRANSFER_BINS };
  g_autofree float *table = g_new(float, 4 * BINS * BINS);
  const MedctTransfer transfer = {"even", "Even", 2, {{0, {1, 0, 0}, 0}, {100, {0, 1, 0}, 1}}, 0};
  medct_transfer_table(&transfer, table);
  int low = medct_transfer_bin(0), high = medct_transfer_bin(100);
  g_assert_cmpint(medct_transfer_bin(-1e9), ==, 0);
  g_assert_cmpint(medct_transfer_bin(1e9), ==, BINS - 1);
  const float *across = table + 4 * (BINS * high + low), *back = table + 4 * (BINS * low + high);
  const float *above = table + 4 * (BINS * (high + 9) + high + 9);
  /* Half of the ramp on average; green weighs more, for it is the denser end. */
  g_assert_cmpfloat_with_epsilon((double)across[3], 0.5, 0.05);
  g_assert_cmpfloat_with_epsilon((double)across[1], 2 / 3.0, 0.05);
  g_assert_cmpfloat_with_epsilon((double)across[3], (double)back[3], 1e-6);
  g_assert_cmpfloat_with_epsilon((double)above[3], 1, 1e-6);
  g_assert_false(medct_transfer_visible(&transfer, -1000, 5));
  g_assert_true(medct_transfer_visible(&transfer, -1000, 50));
  for (int n = 0; n < MEDCT_N_TRANSFERS; n++)
    for (int m = 1; m < medct_transfers[n].n_nodes; m++)
      g_assert_cmpfloat((double)medct_transfers[n].nodes[m].hu, >,
                        (double)medct_transfers[n].nodes[m - 1].hu);
}

static void
test_camera(void)
{
  MedctVolumeHeader header = phantom_header();
  MedctPlane plane;
  g_assert_true(medct_plane_init(&plane, &header, axes, MEDCT_PLANE_AXIAL));
  const int right[2] = {1, 0}, up[2] = {0, 1};
  static const char letters[][2] = {{'L', 'S'}, {'R', 'S'}, {'A', 'S'},
                                    {'P', 'S'}, {'R', 'A'}, {'L', 'A'}};
  for (int n = 0; n <= MEDCT_VIEW_BELOW; n++) {
    MedctRayCamera camera = medct_ray_camera_new(&plane, (MedctViewSide)n, WIDTH, HEIGHT);
    g_assert_cmpint(medct_ray_camera_letter(&camera, right), ==, letters[n][0]);
    g_assert_cmpint(medct_ray_camera_letter(&camera, up), ==, letters[n][1]);
  }
  MedctRayCamera camera = medct_ray_camera_new(&plane, MEDCT_VIEW_FRONT, WIDTH, HEIGHT);
  /* All of it fits: 96 mm from top to bottom in 80 pixels. */
  g_assert_cmpfloat_with_epsilon(camera.mm_per_pixel, 1.04 * 96 / 80, 1e-9);
  MedctRayGeometry ray;
  g_assert_true(medct_ray_geometry_init(&ray, &camera, header.affine, WIDTH, HEIGHT));
  for (int n = 0; n < 3; n++) /* the middle of the picture is the middle of the volume */
    g_assert_cmpfloat_with_epsilon(ray.corner[n] + (WIDTH - 1) / 2.0 * ray.right[n] +
                                       (HEIGHT - 1) / 2.0 * ray.down[n],
                                   (N - 1) / 2.0, 1e-9);
  for (int n = 0; n < 90; n++)
    medct_ray_camera_orbit(&camera, G_PI / 180, 0);
  /* The front turned to the right: now the patient's right faces the viewer. */
  g_assert_cmpint(medct_ray_camera_letter(&camera, right), ==, 'A');
  g_assert_cmpfloat_with_epsilon(camera.axes[2][0], 1, 1e-9);
  medct_ray_camera_orbit(&camera, 0, G_PI / 2); /* the top came down and forward */
  g_assert_cmpfloat_with_epsilon(camera.axes[2][2], 1, 1e-9);
  double before = camera.focus[1];
  medct_ray_camera_pan(&camera, 10, 0); /* right is anterior */
  g_assert_cmpfloat_with_epsilon(camera.focus[1], before - 10 * camera.mm_per_pixel, 1e-9);
}

/* ---- pictures ------------------------------------------------------------------------------ */

typedef struct {
  GlOffscreen gl;
  MedctVolumeHeader header;
  gint16 *voxels;
  MedctImage image;
  MedctGlVolume *volume;
  MedctBlocks *blocks;
  MedctGlRaycast *raycast;
  MedctPlane plane;
  guint8 pixels[HEIGHT * WIDTH * 4]; /* rows from the bottom */
} Scene;

/* FALSE: no OpenGL here. */
static gboolean
scene_open(Scene *scene, EGLenum api, gsize limit_bytes, gboolean rib)
{
  g_autoptr(GError) error = NULL;
  if (!gl_offscreen_open(&scene->gl, api, WIDTH, HEIGHT)) {
    g_test_skip("no surfaceless EGL context of this kind");
    return FALSE;
  }
  const double range[2] = {-1000, 600};
  int reach[3];
  scene->header = phantom_header();
  scene->voxels = phantom_voxels(rib);
  scene->image = (MedctImage){&scene->header, axes, scene->voxels};
  medct_plane_init(&scene->plane, &scene->header, axes, MEDCT_PLANE_AXIAL);
  scene->volume = medct_gl_volume_new(&scene->image, range, limit_bytes, &error);
  g_assert_no_error(error);
  g_assert_true(medct_gl_volume_upload(scene->volume, 10000));
  scene->raycast = medct_gl_raycast_new(&error);
  g_assert_no_error(error);
  medct_gl_raycast_reach(scene->volume, reach);
  scene->blocks = medct_blocks_new(&scene->image, reach);
  return TRUE;
}

static void
scene_close(Scene *scene)
{
  medct_gl_raycast_free(scene->raycast);
  medct_gl_volume_free(scene->volume);
  medct_blocks_free(scene->blocks);
  g_free(scene->voxels);
  gl_offscreen_close(&scene->gl);
}

static MedctGlRayView
scene_view(const Scene *scene, double right, double down)
{
  MedctGlRayView view = {.volume = scene->volume, .voxel = {20, 26, 22}, .fine = TRUE};
  view.camera = medct_ray_camera_new(&scene->plane, MEDCT_VIEW_FRONT, WIDTH, HEIGHT);
  medct_ray_camera_orbit(&view.camera, right, down);
  return view;
}

static void
scene_draw(Scene *scene, const MedctGlRayView *view)
{
  glClear(GL_COLOR_BUFFER_BIT);
  for (int n = 0; n < 4; n++) { /* in quarters: parts fit together */
    cairo_rectangle_int_t part = {n % 2 * WIDTH / 2, n / 2 * HEIGHT / 2, WIDTH / 2, HEIGHT / 2};
    medct_gl_raycast_draw(scene->raycast, view, WIDTH, HEIGHT, &part);
  }
  glReadPixels(0, 0, WIDTH, HEIGHT, GL_RGBA, GL_UNSIGNED_BYTE, scene->pixels);
  g_assert_cmpint(glGetError(), ==, GL_NO_ERROR);
}

static const guint8 *
pixel(const Scene *scene, int x, int y)
{
  return scene->pixels + 4 * ((HEIGHT - 1 - y) * WIDTH + x);
}

/* Software drivers take exp and pow from tables, and a ray that grazes an edge may fall on either
 * side of it, more so where the nearest voxel counts: nearly all pixels agree closely, and the
 * picture as a whole does. Returns the sum. */
static double
assert_like_twin(Scene *scene, const MedctGlRayView *view, const MedctTransfer *transfer)
{
  static float twin[HEIGHT * WIDTH * 3];
  double sum = 0, apart = 0;
  int far = 0;
  raycast_twin(view, transfer, WIDTH, HEIGHT, twin);
  scene_draw(scene, view);
  for (int y = 0; y < HEIGHT; y++)
    for (int x = 0; x < WIDTH; x++)
      for (int c = 0; c < 3; c++) {
        double a = 255 * (double)twin[3 * (y * WIDTH + x) + c], b = pixel(scene, x, y)[c];
        sum += a;
        apart += fabs(a - b);
        far += fabs(a - b) > 6;
      }
  g_test_message("%s: %.3f levels apart on average, %d over 6", transfer->name,
                 apart / (3 * WIDTH * HEIGHT), far);
  /* The glow is sampled more coarsely than the twin's. */
  gboolean exact = view->fine && view->glow == NULL;
  g_assert_cmpfloat(apart / (3 * WIDTH * HEIGHT), <, exact ? 0.3 : 1.5);
  g_assert_cmpint(far, <, exact ? 10 : 3 * WIDTH * HEIGHT / 40);
  return sum;
}

static void
test_like_twin(gconstpointer data)
{
  g_autofree Scene *scene = g_new0(Scene, 1);
  if (!scene_open(scene, GPOINTER_TO_UINT(data), 0, TRUE))
    return;
  static const double turns[][2] = {{0, 0}, {0.6, 0.4}, {2.5, -0.9}};
  for (int n = 0; n < MEDCT_N_TRANSFERS; n++) {
    /* The twin knows no margin. */
    MedctTransfer transfer = medct_transfers[n];
    transfer.margin_mm = 0;
    medct_gl_raycast_set_transfer(scene->raycast, scene->blocks, &transfer);
    for (int m = 0; m < 3; m++) {
      MedctGlRayView view = scene_view(scene, turns[m][0], turns[m][1]);
      view.fine = m != 1;
      for (int a = 0; a < 3; a++)
        view.cut[a] = m == 2 && a != 1;
      g_assert_cmpfloat(assert_like_twin(scene, &view, &transfer), >, 1e5);
    }
  }
  scene_close(scene);
}

static void
test_thinned(gconstpointer data)
{
  g_autofree Scene *scene = g_new0(Scene, 1);
  if (!scene_open(scene, GPOINTER_TO_UINT(data), N * N * N, TRUE))
    return;
  g_assert_cmpint(scene->volume->step[0], ==, 2);
  const MedctTransfer *transfer = &medct_transfers[MEDCT_TRANSFER_BONE];
  medct_gl_raycast_set_transfer(scene->raycast, scene->blocks, transfer);
  MedctGlRayView view = scene_view(scene, 0.6, 0.4);
  assert_like_twin(scene, &view, transfer);
  scene_close(scene);
}

static void
test_glow(gconstpointer data)
{
  g_autofree Scene *scene = g_new0(Scene, 1);
  if (!scene_open(scene, GPOINTER_TO_UINT(data), 0, TRUE))
    return;
  float share[4 * 5 * 6];
  for (int n = 0; n < 120; n++)
    share[n] = 0.02f + 0.08f * sinf(0.9f * (float)(n % 6) + 0.7f * (float)(n / 6));
  MedctOverlay overlay = {
      share, {4, 5, 6}, {-15, 0, 0, 40, 0, 15, 0, -15, 0, 0, 15, 125, 0, 0, 0, 1},
      0.1,   0.8,       MEDCT_COLORMAP_FOR,
      FALSE};
  const MedctTransfer *transfer = &medct_transfers[MEDCT_TRANSFER_BONE];
  medct_gl_raycast_set_transfer(scene->raycast, scene->blocks, transfer);
  for (int n = 0; n < 3; n++) {
    overlay.map = (MedctColormap)n;
    medct_gl_raycast_set_overlay(scene->raycast, &overlay);
    MedctGlRayView view = scene_view(scene, 0.5, 0.3);
    double without = assert_like_twin(scene, &view, transfer);
    view.glow = &overlay;
    g_assert_cmpfloat(assert_like_twin(scene, &view, transfer), >, 1.5 * without);
  }
  scene_close(scene);
}

/* The ball alone: a disc of 12 mm, nearest to the viewer brightest; nothing beside it. */
static void
test_ball(gconstpointer data)
{
  g_autofree Scene *scene = g_new0(Scene, 1);
  if (!scene_open(scene, GPOINTER_TO_UINT(data), 0, FALSE))
    return;
  const MedctTransfer transfer = {
      "ball", "", 3, {{150, {1, 1, 1}, 0}, {160, {1, 1, 1}, 20}, {310, {1, 1, 1}, 20}}, 0};
  int lit = 0;
  medct_gl_raycast_set_transfer(scene->raycast, scene->blocks, &transfer);
  MedctGlRayView view = scene_view(scene, 0.7, 0.5);
  double centre[3] = {22, 25, 24}; /* the ball's */
  medct_matrix_apply(scene->header.affine, centre, view.camera.focus);
  scene_draw(scene, &view);
  for (int n = 0; n < WIDTH * HEIGHT; n++)
    lit += scene->pixels[4 * n] > 20;
  double expected = G_PI * 12 * 12 / (view.camera.mm_per_pixel * view.camera.mm_per_pixel);
  g_assert_cmpfloat(fabs(lit - expected), <, 0.1 * expected);
  g_assert_cmpint(pixel(scene, WIDTH / 2, HEIGHT / 2)[0], >, 120);
  g_assert_cmpint(pixel(scene, 3, 3)[0], ==, 0);
  /* Light comes from the upper left. */
  int off = (int)(8 / view.camera.mm_per_pixel);
  g_assert_cmpint(pixel(scene, WIDTH / 2 - off, HEIGHT / 2 - off)[0], >,
                  pixel(scene, WIDTH / 2 + off, HEIGHT / 2 + off)[0] + 40);
  scene_close(scene);
}

/* Everything has the same extinction: light fades as exp(−extinction · thickness). */
static void
test_slab(gconstpointer data)
{
  g_autofree Scene *scene = g_new0(Scene, 1);
  if (!scene_open(scene, GPOINTER_TO_UINT(data), 0, TRUE))
    return;
  const MedctTransfer transfer = {
      "fog", "", 2, {{-1025, {1, 1, 1}, 0.02f}, {3000, {1, 1, 1}, 0.02f}}, 0};
  medct_gl_raycast_set_transfer(scene->raycast, scene->blocks, &transfer);
  MedctGlRayView view = scene_view(scene, 0, 0);
  view.camera.mm_per_pixel *= 0.5;
  view.cut[1] = TRUE; /* to the plane at j = 26: 26.5 voxels of 1.25 mm remain behind it */
  scene_draw(scene, &view);
  /* In lung beside the ball there is nothing to shade: 0.8, a little darker with depth. */
  double sum = 0, step = 1.25;
  for (int k = 0; k < 27; k++) {
    double depth = (k * step + (N - 1 - 26) * step) / ((N - 1) * step);
    sum += (exp(-0.02 * step * k) - exp(-0.02 * step * (k + 1))) * 0.8 * (1 - 0.45 * depth);
  }
  const guint8 *lung = pixel(scene, WIDTH / 2 + 12, 6);
  g_assert_cmpfloat(fabs(lung[0] - 255 * sum), <, 12);
  scene_close(scene);
}

int
main(int argc, char **argv)
{
  static const struct {
    const char *name;
    void (*test)(gconstpointer);
  } pictures[] = {{"like-twin", test_like_twin},
                  {"thinned", test_thinned},
                  {"glow", test_glow},
                  {"ball", test_ball},
                  {"slab", test_slab}};
  g_setenv("LIBGL_ALWAYS_SOFTWARE", "1", TRUE);
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/raycast/blocks", test_blocks);
  g_test_add_func("/raycast/leaps", test_leaps);
  g_test_add_func("/raycast/transfer", test_transfer);
  g_test_add_func("/raycast/camera", test_camera);
  for (gsize n = 0; n < G_N_ELEMENTS(pictures); n++) {
    g_autofree char *gl = g_strdup_printf("/raycast/%s/opengl", pictures[n].name);
    g_autofree char *es = g_strdup_printf("/raycast/%s/es", pictures[n].name);
    g_test_add_data_func(gl, GUINT_TO_POINTER(EGL_OPENGL_API), pictures[n].test);
    g_test_add_data_func(es, GUINT_TO_POINTER(EGL_OPENGL_ES_API), pictures[n].test);
  }
  return g_test_run();
}
