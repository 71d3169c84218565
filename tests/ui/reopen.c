/* reopen: fifty studies one after the other in the window's pictures, with OpenGL or without as
 * the environment says: the memory goes back. With OpenGL also: the context is lost, and the
 * pictures go on. Needs a display. TAP. */
#include "ui/gl-stage.h"
#include "ui/viewport.h"
#include "ui/volume-view.h"
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
    voxels[n] = (gint16)(n * 7919 % 1500) - 1000;
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
  g_assert_cmpfloat(late, <, early + 2 * study_mb);
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
  show(fixture, NULL);
  show(fixture, study); /* the next study tries again */
  wait_drawn_by(fixture, "OpenGL");
  g_assert_null(medct_gl_stage_trouble(stage));
  show(fixture, NULL);
  g_object_unref(study);
}

int
main(int argc, char **argv)
{
  gtk_test_init(&argc, &argv, NULL);
  const char *expected = g_getenv("DRAWN_BY");
  g_assert_nonnull(expected);
  g_test_add("/reopen/memory", Fixture, expected, set_up, test_memory, tear_down);
  g_test_add("/reopen/loss", Fixture, expected, set_up, test_loss, tear_down);
  return g_test_run();
}
