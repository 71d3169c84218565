/* reopen: fifty studies one after the other in the window's pictures, with OpenGL or without as
 * the environment says: the memory goes back. With OpenGL also: the context is lost, and the
 * pictures go on. Then they move to another window, on OTHER_DISPLAY if it is set, and are hidden
 * and shown again. Needs a display. TAP. */
#include "ui/gl-stage.h"
#include "ui/viewport.h"
#include "ui/volume-view.h"
#include <malloc.h>
#include <string.h>
#include <unistd.h>

enum { SIDE = 224, SLICES = 150, ROUNDS = 50 };
static const double study_mb = 2.0 * SIDE * SIDE * SLICES / 1e6;

typedef struct {
  GtkWidget *window, *viewports[3], *volume_view;
  const char *expected; /* who draws */
} Fixture;

static MedctStudy *
study_new(void)
{
  MedctVolumeHeader header = {MEDCT_VOXEL_INT16, {SIDE, SIDE, SLICES}, 1, 0, {1, 1, 1}};
  const double affine[16] = {-1, 0, 0, 0, 0, -1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1};
  memcpy(header.affine, affine, sizeof affine);
  header.spacing_known = header.orientation_known = TRUE;
  header.name = "study.nii.gz";
  gint16 *voxels = g_new(gint16, (gsize)SIDE * SIDE * SLICES);
  for (gsize n = 0; n < (gsize)SIDE * SIDE * SLICES; n++)
    voxels[n] = (gint16)(n * 7919 % 1500) - 500; /* bone enough for 3-D */
  g_autoptr(MedctVolume) volume = medct_volume_new(&header, voxels, g_free, NULL);
  g_assert_nonnull(volume);
  medct_volume_statistics(volume);
  MedctStudy *study = medct_study_new(volume, NULL);
  g_assert_nonnull(study);
  return study;
}

static void
show(Fixture *fixture, MedctStudy *study)
{
  for (int n = 0; n < 3; n++)
    medct_viewport_set_study(MEDCT_VIEWPORT(fixture->viewports[n]), study);
  medct_volume_view_set_study(MEDCT_VOLUME_VIEW(fixture->volume_view), study);
}

static void
spin_ms(int ms)
{
  for (gint64 end = g_get_monotonic_time() + ms * 1000; g_get_monotonic_time() < end;)
    if (!g_main_context_iteration(NULL, FALSE))
      g_usleep(500);
}

static void
wait_drawn_by(Fixture *fixture, const char *who)
{
  MedctViewport *axial = MEDCT_VIEWPORT(fixture->viewports[0]);
  for (int n = 0; n < 2000 && !g_str_equal(medct_viewport_drawn_by(axial), who); n++)
    spin_ms(5);
  g_assert_cmpstr(medct_viewport_drawn_by(axial), ==, who);
}

static void
wait_volume(Fixture *fixture, const char *state)
{
  MedctVolumeView *view = MEDCT_VOLUME_VIEW(fixture->volume_view);
  for (int n = 0; n < 2000 && !g_str_equal(medct_volume_view_get_state(view), state); n++)
    spin_ms(5);
  g_assert_cmpstr(medct_volume_view_get_state(view), ==, state);
}

static double
resident_mb(void)
{
  g_autofree char *text = NULL;
  g_assert_true(g_file_get_contents("/proc/self/statm", &text, NULL, NULL));
  g_auto(GStrv) fields = g_strsplit(text, " ", 3);
  return (double)g_ascii_strtoll(fields[1], NULL, 10) * (double)sysconf(_SC_PAGESIZE) / 1e6;
}

static void
set_up(Fixture *fixture, gconstpointer data)
{
  GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 0);
  fixture->window = gtk_window_new();
  for (int n = 0; n < 3; n++) {
    fixture->viewports[n] = medct_viewport_new((MedctPlaneKind)n);
    gtk_box_append(GTK_BOX(box), fixture->viewports[n]);
  }
  fixture->volume_view = medct_volume_view_new();
  gtk_box_append(GTK_BOX(box), fixture->volume_view);
  gtk_window_set_child(GTK_WINDOW(fixture->window), box);
  gtk_window_set_default_size(GTK_WINDOW(fixture->window), 900, 300);
  gtk_window_present(GTK_WINDOW(fixture->window));
  spin_ms(200);
  fixture->expected = data;
}

static void
tear_down(Fixture *fixture, gconstpointer data)
{
  gtk_window_destroy(GTK_WINDOW(fixture->window));
  spin_ms(50);
}

static void
test_memory(Fixture *fixture, gconstpointer data)
{
  double early = 0, late = 0;
  for (int round = 0; round < ROUNDS; round++) {
    MedctStudy *study = study_new();
    show(fixture, study);
    spin_ms(20);
    wait_drawn_by(fixture, fixture->expected);
    show(fixture, NULL);
    g_object_add_weak_pointer(G_OBJECT(study), (gpointer *)&study);
    g_object_unref(study);
    for (int n = 0; n < 400 && study != NULL; n++) /* a worker may hold it a moment longer */
      spin_ms(5);
    g_assert_null(study);
    if (round == 9)
      early = resident_mb();
  }
  late = resident_mb();
  g_test_message("resident: %.1f MB after 10 studies, %.1f MB after %d of %.1f MB", early, late,
                 ROUNDS, study_mb);
#ifndef __SANITIZE_ADDRESS__ /* which keeps what is freed for a while */
  g_assert_cmpfloat(late, <, early + study_mb);
#endif
}

static void
test_loss(Fixture *fixture, gconstpointer data)
{
  if (!g_str_equal(fixture->expected, "OpenGL")) {
    g_test_skip("no OpenGL to lose");
    return;
  }
  MedctStudy *study = study_new();
  g_autoptr(MedctGlStage) stage =
      medct_gl_stage_for_display(gtk_widget_get_display(fixture->window));
  show(fixture, study);
  wait_drawn_by(fixture, "OpenGL");
  medct_gl_stage_give_up(stage, "a test");
  medct_study_step(study, MEDCT_PLANE_AXIAL, 1);
  wait_drawn_by(fixture, "Cairo");
  g_assert_nonnull(medct_gl_stage_trouble(stage));
  wait_volume(fixture, "trouble");
  show(fixture, NULL);
  show(fixture, study); /* the next study tries again */
  wait_drawn_by(fixture, "OpenGL");
  g_assert_null(medct_gl_stage_trouble(stage));
  wait_volume(fixture, "fine");
  show(fixture, NULL);
  g_object_unref(study);
}

/* Pixels of the pictures that are lit; a picture that was lost is black. */
static void
assert_lit(Fixture *fixture)
{
  GtkWidget *pictures[2] = {fixture->viewports[0], fixture->volume_view};
  for (int n = 0; n < (g_str_equal(fixture->expected, "OpenGL") ? 2 : 1); n++) {
    int width = gtk_widget_get_width(pictures[n]), height = gtk_widget_get_height(pictures[n]);
    g_autoptr(GdkPaintable) paintable = gtk_widget_paintable_new(pictures[n]);
    g_autoptr(GtkSnapshot) snapshot = gtk_snapshot_new();
    gdk_paintable_snapshot(paintable, snapshot, width, height);
    GskRenderNode *node = gtk_snapshot_to_node(snapshot);
    g_assert_nonnull(node);
    g_autoptr(GdkTexture) texture =
        gsk_renderer_render_texture(gtk_native_get_renderer(gtk_widget_get_native(pictures[n])),
                                    node, &GRAPHENE_RECT_INIT(0, 0, (float)width, (float)height));
    gsk_render_node_unref(node);
    gsize stride = 4 * (gsize)width, lit = 0;
    g_autofree guint8 *pixels = g_malloc(stride * (gsize)height);
    gdk_texture_download(texture, pixels, stride);
    for (gsize at = 0; at < stride * (gsize)height; at += 4)
      lit += pixels[at] > 40;
    g_test_message("picture %d: %" G_GSIZE_FORMAT " of %d pixels are lit", n, lit, width * height);
    g_assert_cmpuint(lit, >, (gsize)(width * height) / 20);
  }
}

/* To another window, on another display where there is one. */
static void
test_moved(Fixture *fixture, gconstpointer data)
{
  const char *name = g_getenv("OTHER_DISPLAY");
  GdkDisplay *other = name != NULL ? gdk_display_open(name) : NULL;
  GtkWidget *box = gtk_window_get_child(GTK_WINDOW(fixture->window));
  MedctStudy *study = study_new();
  show(fixture, study);
  wait_drawn_by(fixture, fixture->expected);
  for (int round = 0; round < 4; round++) {
    GtkWidget *before = fixture->window;
    fixture->window = gtk_window_new();
    if (other != NULL && round % 2 == 0)
      gtk_window_set_display(GTK_WINDOW(fixture->window), other);
    g_object_ref(box);
    gtk_window_set_child(GTK_WINDOW(before), NULL);
    gtk_window_destroy(GTK_WINDOW(before));
    gtk_window_set_child(GTK_WINDOW(fixture->window), box);
    g_object_unref(box);
    gtk_window_set_default_size(GTK_WINDOW(fixture->window), 900, 300);
    gtk_window_present(GTK_WINDOW(fixture->window));
    spin_ms(50);
    wait_drawn_by(fixture, fixture->expected);
    wait_volume(fixture, g_str_equal(fixture->expected, "OpenGL") ? "fine" : "trouble");
    assert_lit(fixture);
  }
  g_test_message("moved %s", other != NULL ? "between displays" : "between windows");
  show(fixture, NULL);
  g_object_unref(study);
}

/* Hidden and shown again, as by a session that is suspended. */
static void
test_hidden(Fixture *fixture, gconstpointer data)
{
  MedctStudy *study = study_new();
  show(fixture, study);
  wait_drawn_by(fixture, fixture->expected);
  for (int round = 0; round < 3; round++) {
    gtk_widget_set_visible(fixture->window, FALSE);
    gtk_widget_unrealize(fixture->window);
    spin_ms(20);
    medct_study_step(study, MEDCT_PLANE_AXIAL, 1);
    gtk_window_present(GTK_WINDOW(fixture->window));
    spin_ms(50);
    wait_drawn_by(fixture, fixture->expected);
    wait_volume(fixture, g_str_equal(fixture->expected, "OpenGL") ? "fine" : "trouble");
    assert_lit(fixture);
  }
  show(fixture, NULL);
  g_object_unref(study);
}

int
main(int argc, char **argv)
{
  /* Left to itself glibc keeps freed blocks of this size, one more each time two are needed at
   * once. */
  mallopt(M_MMAP_THRESHOLD, 1 << 20);
  gtk_test_init(&argc, &argv, NULL);
  const char *expected = g_getenv("DRAWN_BY");
  g_assert_nonnull(expected);
  g_test_add("/reopen/memory", Fixture, expected, set_up, test_memory, tear_down);
  g_test_add("/reopen/loss", Fixture, expected, set_up, test_loss, tear_down);
  g_test_add("/reopen/moved", Fixture, expected, set_up, test_moved, tear_down);
  g_test_add("/reopen/hidden", Fixture, expected, set_up, test_hidden, tear_down);
  return g_test_run();
}
