#include "render/gl-slice.h"

#include <epoxy/egl.h>
#include <stdlib.h>
#include <string.h>

/* A surfaceless context of Mesa's software driver; NULL: none here. */
static EGLContext
context_new(EGLDisplay *display, EGLenum api)
{
  if (!epoxy_has_egl_extension(EGL_NO_DISPLAY, "EGL_MESA_platform_surfaceless"))
    return EGL_NO_CONTEXT;
  *display = eglGetPlatformDisplayEXT(EGL_PLATFORM_SURFACELESS_MESA, EGL_DEFAULT_DISPLAY, NULL);
  if (!eglInitialize(*display, NULL, NULL) || !eglBindAPI(api))
    return EGL_NO_CONTEXT;
  const EGLint attributes[] = {EGL_CONTEXT_MAJOR_VERSION, 3, EGL_CONTEXT_MINOR_VERSION,
                               api == EGL_OPENGL_API ? 3 : 0, EGL_NONE};
  EGLContext context = eglCreateContext(*display, EGL_NO_CONFIG_KHR, EGL_NO_CONTEXT, attributes);
  if (context != EGL_NO_CONTEXT)
    eglMakeCurrent(*display, EGL_NO_SURFACE, EGL_NO_SURFACE, context);
  return context;
}

enum { NX = 23, NY = 17, NZ = 11, WIDTH = 150, HEIGHT = 120 };

/* Returns how many pixels are not black. */
static int
compare(MedctGlSlice *slice, MedctGlSliceView *view, const MedctImage *image)
{
  static guint32 cpu[WIDTH * HEIGHT], gl[WIDTH * HEIGHT];
  g_auto(MedctSlice) taken = {0};
  medct_slice_take(&taken, image, view->plane, view->index, view->slab);
  medct_slice_paint(&taken, &view->view, view->window, view->linear, cpu, WIDTH, HEIGHT, WIDTH * 4);
  if (view->overlay != NULL)
    medct_overlay_paint(view->overlay, view->plane, &view->view, (double)view->index, cpu, WIDTH,
                        HEIGHT, WIDTH * 4);
  g_autoptr(GError) error = NULL;
  medct_gl_slice_draw(slice, view, WIDTH, HEIGHT, &error);
  g_assert_no_error(error);
  glReadPixels(0, 0, WIDTH, HEIGHT, GL_RGBA, GL_UNSIGNED_BYTE, gl);
  g_assert_cmpint(glGetError(), ==, GL_NO_ERROR);
  int lit = 0, far = 0;
  for (int y = 0; y < HEIGHT; y++)
    for (int x = 0; x < WIDTH; x++) {
      guint32 a = cpu[y * WIDTH + x];
      const guint8 *b = (const guint8 *)&gl[(HEIGHT - 1 - y) * WIDTH + x];
      lit += b[0] > 0;
      for (int c = 0; c < 3; c++)
        far += abs((int)(a >> (16 - 8 * c) & 0xff) - b[c]) > 2;
    }

  g_assert_cmpint(far, ==, 0);
  return lit;
}

static void
test_slices(gconstpointer data)
{
  EGLDisplay display;
  EGLContext context = context_new(&display, GPOINTER_TO_UINT(data));
  if (context == EGL_NO_CONTEXT) {
    g_test_skip("no surfaceless EGL context of this kind");
    return;
  }
  MedctVolumeHeader header = {MEDCT_VOXEL_INT16, {NX, NY, NZ}, 1, -20, {1, 1.5, 2}};
  const double affine[16] = {-1, 0, 0, 0, 0, 1.5, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1};
  memcpy(header.affine, affine, sizeof affine);
  g_autofree gint16 *voxels = g_new(gint16, NX * NY * NZ);
  for (int n = 0; n < NX * NY * NZ; n++)
    voxels[n] = (gint16)(n * 7919 % 2400 - 1024);
  MedctImage image = {&header, {{0, 1, 2}, {false, true, false}}, voxels};
  float share[3 * 4 * 5];
  for (int n = 0; n < 60; n++)
    share[n] = (float)(n % 13 - 4) * 0.01f;
  MedctOverlay overlay = {share, {3, 4, 5}, {-5, 0, 0, 0, 0, 6, 0, 0, 0, 0, 8, 0, 0, 0, 0, 1},
                          0.08,  0.7,       MEDCT_COLORMAP_FOR,
                          FALSE};
  GLuint buffer, target;
  glGenRenderbuffers(1, &buffer);
  glBindRenderbuffer(GL_RENDERBUFFER, buffer);
  glRenderbufferStorage(GL_RENDERBUFFER, GL_RGBA8, WIDTH, HEIGHT);
  glGenFramebuffers(1, &target);
  glBindFramebuffer(GL_FRAMEBUFFER, target);
  glFramebufferRenderbuffer(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_RENDERBUFFER, buffer);
  g_autoptr(GError) error = NULL;
  const double range[2] = {-1024, 3000};
  MedctGlVolume *volume = medct_gl_volume_new(&image, range, 0, &error);
  g_assert_no_error(error);
  medct_gl_volume_set_available(volume, 4);
  g_assert_true(medct_gl_volume_upload(volume, 5));
  g_assert_false(medct_gl_volume_complete(volume));
  medct_gl_volume_set_available(volume, NZ);
  g_assert_true(medct_gl_volume_upload(volume, 1000));
  g_assert_true(medct_gl_volume_complete(volume));
  MedctGlSlice *slice = medct_gl_slice_new(&error);
  g_assert_no_error(error);
  medct_gl_slice_set_overlay(slice, &overlay);
  int lit = 0;
  for (int n = 0; n < 3 * 4 * 2 * 3; n++) {
    MedctPlane plane;
    medct_plane_init(&plane, &header, image.axes, (MedctPlaneKind)(n % 3));
    overlay.map = (MedctColormap)(n % 3);
    overlay.raw = n % 2;
    MedctGlSliceView view = {.volume = volume,
                             .plane = &plane,
                             .index = 4,
                             .window = medct_window_presets[n % 6].window,
                             .slab = {(MedctSlabKind)(n / 3 % 4), 7},
                             .linear = n / 12 % 2,
                             .overlay = n / 24 > 0 ? &overlay : NULL};
    view.view = medct_view_centred(&plane, 0.3, 0.2, WIDTH, HEIGHT,
                                   medct_view_fit_scale(&plane, WIDTH, HEIGHT) * 0.93);
    lit += compare(slice, &view, &image);
  }
  g_assert_cmpint(lit, >, 72 * WIDTH * HEIGHT / 4);
  medct_gl_slice_free(slice);
  medct_gl_volume_free(volume);
  glDeleteFramebuffers(1, &target);
  glDeleteRenderbuffers(1, &buffer);
  eglMakeCurrent(display, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
  eglDestroyContext(display, context);
}

int
main(int argc, char **argv)
{
  g_setenv("LIBGL_ALWAYS_SOFTWARE", "1", TRUE);
  g_test_init(&argc, &argv, NULL);
  g_test_add_data_func("/gl/slices/opengl", GUINT_TO_POINTER(EGL_OPENGL_API), test_slices);
  g_test_add_data_func("/gl/slices/es", GUINT_TO_POINTER(EGL_OPENGL_ES_API), test_slices);
  return g_test_run();
}
