/* The session file: what is saved comes back, what is damaged is refused, and a save that is killed
 * or finds no room leaves the last good file. */
#include "app/session.h"
#include "tests/test-home.h"
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static gboolean
save(const MedctSession *session, const char *path, GError **error)
{
  g_autofree char *text = medct_session_print(session);
  return medct_session_write(text, path, error);
}

static MedctSession *
example(void)
{
  MedctSession *session = medct_session_new();
  session->model = g_strdup("/models/ct clip");
  session->adapter = g_strdup("/models/adapter-ü");
  g_free(session->layout);
  session->layout = g_strdup("coronal");
  session->studies_pane = FALSE;
  session->window_mode = TRUE;
  session->order = 3;
  session->volume_preset = 2;
  session->volume_cut = 5;
  session->volume_glow = FALSE;
  session->width = 1600;
  session->height = 1000;
  session->findings_width = 450;
  for (int n = 0; n < 3; n++) {
    MedctSessionStudy *study = medct_session_add(session);
    study->file.path = g_strdup_printf("/data/\xff odd %d.nii.gz", n); /* a path is bytes */
    study->file.bytes = 1234567 + n;
    study->file.modified_us = 1795000000123456 + n;
    memset(study->file.sha256, 'a' + n, 64);
    study->view = (MedctSessionView){.voxel = {1.5, 2.25, 100 + n},
                                     .window = {400, -40},
                                     .slab = {MEDCT_SLAB_MINIMUM, 10},
                                     .zoom = 1.25,
                                     .pan = {{1, 2}, {3, 4}, {5, -6.5}},
                                     .against = TRUE,
                                     .opacity = 0.35,
                                     .camera_axes = {{0, 1, 0}, {-0.8, 0, 0.6}, {0.6, 0, 0.8}},
                                     .camera_focus = {1, -2.5, 3},
                                     .camera_zoom = 1.5};
    study->finding = n == 1 ? g_strdup("Emphysema") : NULL;
    study->typed = n == 2 ? g_strdup("There is a “nodule”.") : NULL;
    study->against = n == 2 ? g_strdup("All is well.") : NULL;
    for (int m = 0; m < n; m++)
      g_array_append_vals(study->measures,
                          &(MedctMeasure){.kind = MEDCT_MEASURE_REGION,
                                          .plane = MEDCT_PLANE_CORONAL,
                                          .slice = 7,
                                          .cells = {{1, 2.5}, {3, -4}, {0, 0}}},
                          1);
  }
  session->current = 2;
  MedctVolumeHeader header = {.dims = {256, 256, 200}, .sha256 = "12c08939aa3d"};
  memset(header.sha256, 'c', 64);
  medct_session_remember(session->recent, "/data/a name.nii.gz", &header, 1795000000123456);
  return session;
}

static void
test_round_trip(void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(MedctSession) session = example();
  g_autofree char *text = medct_session_print(session);
  g_autoptr(MedctSession) back = medct_session_parse(text, strlen(text), "session.json", &error);
  g_assert_no_error(error);
  g_autofree char *again = medct_session_print(back);
  g_assert_cmpstr(again, ==, text);
  g_assert_cmpuint(back->studies->len, ==, 3);
  const MedctSessionStudy *a = session->studies->pdata[2], *b = back->studies->pdata[2];
  g_assert_cmpstr(b->file.path, ==, a->file.path);
  g_assert_cmpint(b->file.modified_us, ==, a->file.modified_us);
  g_assert_cmpmem(&b->view, sizeof b->view, &a->view, sizeof a->view);
  g_assert_cmpstr(b->typed, ==, a->typed);
  g_assert_cmpstr(b->against, ==, "All is well.");
  g_assert_cmpuint(b->measures->len, ==, 2);
  g_assert_cmpmem(b->measures->data, 2 * sizeof(MedctMeasure), a->measures->data,
                  2 * sizeof(MedctMeasure));
  g_assert_cmpstr(back->layout, ==, "coronal");
  g_assert_cmpint(back->findings_width, ==, 450);
  g_assert_cmpint(back->order, ==, 3);
  g_assert_cmpint(back->volume_preset, ==, 2);
  g_assert_cmpint(back->volume_cut, ==, 5);
  g_assert_false(back->volume_glow);
  g_assert_false(back->studies_pane);
  g_assert_true(back->findings_pane);
}

/* What is too long for the reader costs itself at most, never the session. */
static void
test_too_long(void)
{
  g_autoptr(MedctSession) session = example();
  MedctSessionStudy *study = session->studies->pdata[2];
  g_free(study->typed);
  g_free(study->file.path);
  study->typed = g_strnfill(MEDCT_SESSION_MOST_BYTES + 1, 'a');
  study->file.path = g_strnfill(4000, '\xff'); /* three bytes each in a URI */
  study->file.path[0] = '/';
  g_autofree char *text = medct_session_print(session);
  g_autoptr(GError) error = NULL;
  g_autoptr(MedctSession) back = medct_session_parse(text, strlen(text), "session.json", &error);
  g_assert_no_error(error);
  const MedctSessionStudy *b = back->studies->pdata[2];
  g_assert_null(b->typed);
  g_assert_cmpstr(b->file.path, ==, study->file.path);
  g_assert_cmpuint(b->measures->len, ==, 2);
}

/* Replaces one part of the example's text; the result must be refused and name `field`. */
static void
refused(const char *part, const char *by, const char *field)
{
  g_autoptr(MedctSession) session = example();
  g_autofree char *text = medct_session_print(session);
  g_auto(GStrv) pieces = g_strsplit(text, part, -1);
  g_assert_cmpuint(g_strv_length(pieces), >, 1);
  g_autofree char *bent = g_strjoinv(by, pieces);
  g_autoptr(GError) error = NULL;
  g_assert_null(medct_session_parse(bent, strlen(bent), "session.json", &error));
  g_assert_error(error, MEDCT_ERROR, MEDCT_ERROR_FORMAT);
  if (strstr(error->message, field) == NULL)
    g_error("%s does not name %s", error->message, field);
}

static void
test_refused(void)
{
  refused("\"version\" : 1", "\"version\" : 2", "version");
  refused("\"version\" : 1", "\"version\" : \"1\"", "version");
  refused("file:///models/ct%20clip", "http://models/ct", "model");
  refused("file:///models/ct%20clip", "file://elsewhere/models", "model");
  refused("\"current\" : 2", "\"current\" : 3", "current");
  refused("\"zoom\" : 1.25", "\"zoom\" : -1", "zoom");
  refused("\"zoom\" : 1.25", "\"zoom\" : true", "zoom");
  refused("\"map_against\" : true", "\"map_against\" : 1", "map_against");
  refused("\"slab\" : 2", "\"slab\" : 4", "slab");
  refused("\"pan\" : [", "\"pan\" : [ 7,", "pan");
  refused("\"camera_zoom\" : 1.5", "\"camera_zoom\" : -1", "camera_zoom");
  refused("-0.8", "0.8", "camera_axes");
  refused("\"kind\" : 2", "\"kind\" : 3", "kind");
  refused("\"plane\" : 2", "\"plane\" : -1", "plane");
  refused("\"slice\" : 7", "\"slice\" : -7", "slice");
  refused("\"cells\" : [", "\"cells\" : [ 7,", "cells");
  refused("\"order\" : 3", "\"order\" : 4", "order");
  refused("\"volume_cut\" : 5", "\"volume_cut\" : 8", "volume_cut");
  refused("\"volume_preset\" : 2", "\"volume_preset\" : 3", "volume_preset");
  refused("aaaaaaaa", "AAAAAAAA", "sha256");
  refused("\"studies\" : [", "\"studies\" : [ 3,", "studies");
  refused("\"view\"", "\"look\"", "view");
  refused("\"recent\"", "\"recents\"", "recent");
  refused("\"opened_us\" : 1795000000123456", "\"opened_us\" : -1", "opened_us");
  g_autofree char *deep = g_strnfill(100000, '[');
  g_autoptr(GError) error = NULL;
  g_assert_null(medct_session_parse(deep, 100000, "session.json", &error));
}

/* Files of earlier versions do not say how the 3-D picture and the findings were looked at. */
static void
test_earlier(void)
{
  g_autoptr(MedctSession) session = example();
  g_autofree char *text = medct_session_print(session);
  g_autoptr(GRegex) later = g_regex_new(
      ",\\s*\"(camera_\\w+|against|order|volume_\\w+)\" : (\\[[^]]*\\]|\"[^\"]*\"|[^,}\\s]+)", 0, 0,
      NULL);
  g_autofree char *earlier = g_regex_replace_literal(later, text, -1, 0, "", 0, NULL);
  g_assert_null(strstr(earlier, "camera"));
  g_assert_null(strstr(earlier, "order"));
  g_autoptr(GError) error = NULL;
  g_autoptr(MedctSession) back =
      medct_session_parse(earlier, strlen(earlier), "session.json", &error);
  g_assert_no_error(error);
  g_assert_cmpfloat(((MedctSessionStudy *)back->studies->pdata[0])->view.camera_zoom, ==, 0);
  g_assert_cmpint(back->order, ==, 0);
  g_assert_true(back->volume_glow);
}

/* Cut anywhere, the text is refused and never half read. */
static void
test_cut_short(void)
{
  g_autoptr(MedctSession) session = example();
  g_autofree char *text = medct_session_print(session);
  for (gsize n = 0; n < strlen(text); n += 7)
    g_assert_null(medct_session_parse(text, n, "session.json", NULL));
}

/* The window's last save and a worker that is late with an older one. */
static void
test_late_save(void)
{
  char *home = test_home_make();
  g_autofree char *path = g_build_filename(home, "session.json", NULL), *kept = NULL;
  MedctSessionSaver *saver = medct_session_saver_new(path);
  g_assert_true(medct_session_saver_save(saver, "first", 1, NULL));
  g_assert_true(medct_session_saver_save(saver, "third", 3, NULL));
  g_assert_true(medct_session_saver_save(saver, "second", 2, NULL));
  g_assert_true(g_file_get_contents(path, &kept, NULL, NULL));
  g_assert_cmpstr(kept, ==, "third");
  medct_session_saver_unref(saver);
  test_home_remove(home);
}

static void
test_on_disk(void)
{
  char *home = test_home_make();
  g_autoptr(GError) error = NULL;
  g_autofree char *path = g_build_filename(home, "state", "session.json", NULL);
  g_autoptr(MedctSession) none = medct_session_load(path, &error);
  g_assert_no_error(error);
  g_assert_cmpuint(none->studies->len, ==, 0);
  g_autoptr(MedctSession) session = example();
  g_assert_true(save(session, path, &error));
  g_autoptr(MedctSession) back = medct_session_load(path, &error);
  g_assert_no_error(error);
  g_assert_cmpuint(back->studies->len, ==, 3);
  g_assert_true(g_file_set_contents(path, "{\"version\":", -1, NULL));
  g_assert_null(medct_session_load(path, &error));
  g_assert_error(error, MEDCT_ERROR, MEDCT_ERROR_FORMAT);
  medct_session_set_aside(path);
  g_assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
  g_autofree char *aside = g_strconcat(path, ".damaged", NULL);
  g_assert_true(g_file_test(aside, G_FILE_TEST_EXISTS));
  test_home_remove(home);
}

/* A file size limit stands for a full disk: the write fails in the middle. */
static void
test_disk_full(void)
{
  char *home = test_home_make();
  g_autoptr(GError) error = NULL;
  g_autofree char *path = g_build_filename(home, "session.json", NULL);
  g_autoptr(MedctSession) session = example();
  g_assert_true(save(session, path, &error));
  g_autofree char *before = NULL, *after = NULL;
  g_assert_true(g_file_get_contents(path, &before, NULL, NULL));
  struct rlimit old, small = {100, 0};
  g_assert_cmpint(getrlimit(RLIMIT_FSIZE, &old), ==, 0);
  small.rlim_max = old.rlim_max;
  signal(SIGXFSZ, SIG_IGN);
  session->current = 0;
  g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &small), ==, 0);
  gboolean saved = save(session, path, &error);
  g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &old), ==, 0);
  g_assert_false(saved);
  g_assert_error(error, MEDCT_ERROR, MEDCT_ERROR_IO);
  g_assert_nonnull(strstr(error->message, "unchanged"));
  g_assert_true(g_file_get_contents(path, &after, NULL, NULL));
  g_assert_cmpstr(after, ==, before);
  g_autoptr(GDir) dir = g_dir_open(home, 0, NULL);
  g_assert_cmpstr(g_dir_read_name(dir), ==, "session.json");
  g_assert_null(g_dir_read_name(dir)); /* no temporary file stays */
  test_home_remove(home);
}

/* kill -9 at any moment of saving: what is there afterwards is one of the two sessions. */
static void
test_killed(void)
{
  enum { TIMES = 25 };
  char *home = test_home_make();
  g_autofree char *path = g_build_filename(home, "session.json", NULL);
  g_autoptr(MedctSession) session = example();
  g_assert_true(save(session, path, NULL));
  for (int n = 0; n < TIMES; n++) {
    pid_t child = fork();
    if (child == 0)
      for (;;) {
        session->current = (session->current + 1) % 3;
        save(session, path, NULL);
      }
    g_usleep((gulong)(500 + 397 * n));
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    g_autoptr(GError) error = NULL;
    g_autoptr(MedctSession) back = medct_session_load(path, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(back->studies->len, ==, 3);
  }
  test_home_remove(home);
}

static void
test_recent(void)
{
  g_autoptr(MedctSession) session = example();
  MedctVolumeHeader header = {.dims = {512, 512, 250}};
  memset(header.sha256, 'd', 64);
  for (int n = 0; n < 15; n++) {
    g_autofree char *path = g_strdup_printf("/data/%d.nii", n);
    medct_session_remember(session->recent, path, &header, n);
  }
  g_assert_cmpuint(session->recent->len, ==, MEDCT_SESSION_MOST_RECENT);
  medct_session_remember(session->recent, "/data/9.nii", &header, 99);
  g_assert_cmpuint(session->recent->len, ==, MEDCT_SESSION_MOST_RECENT);
  const MedctSessionRecent *first = session->recent->pdata[0];
  g_assert_cmpstr(first->path, ==, "/data/9.nii");
  for (guint n = 1; n < session->recent->len; n++)
    g_assert_cmpstr(((MedctSessionRecent *)session->recent->pdata[n])->path, !=, "/data/9.nii");
  g_autofree char *label = medct_session_recent_label(first);
  g_assert_nonnull(strstr(label, "dddddddddddd   512 × 512 × 250"));
  g_assert_null(strstr(label, "9.nii")); /* a file's name may be a patient's */
}

static void
test_files(void)
{
  char *home = test_home_make();
  g_autofree char *path = g_build_filename(home, "chest.nii", NULL);
  g_assert_true(g_file_set_contents(path, "0123", 4, NULL));
  MedctSessionFile file = {.path = path};
  g_assert_true(medct_session_file_look(&file));
  g_assert_cmpint(file.bytes, ==, 4);
  g_assert_cmpint(medct_session_file_state(&file), ==, MEDCT_FILE_SAME);
  file.modified_us -= 1;
  g_assert_cmpint(medct_session_file_state(&file), ==, MEDCT_FILE_TOUCHED);
  g_assert_true(g_file_set_contents(path, "01234", 5, NULL));
  g_assert_cmpint(medct_session_file_state(&file), ==, MEDCT_FILE_CHANGED);
  g_unlink(path);
  g_assert_cmpint(medct_session_file_state(&file), ==, MEDCT_FILE_GONE);
  test_home_remove(home);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/session/round-trip", test_round_trip);
  g_test_add_func("/session/too-long", test_too_long);
  g_test_add_func("/session/refused", test_refused);
  g_test_add_func("/session/earlier", test_earlier);
  g_test_add_func("/session/cut-short", test_cut_short);
  g_test_add_func("/session/on-disk", test_on_disk);
  g_test_add_func("/session/late-save", test_late_save);
  g_test_add_func("/session/disk-full", test_disk_full);
  g_test_add_func("/session/killed", test_killed);
  g_test_add_func("/session/recent", test_recent);
  g_test_add_func("/session/files", test_files);
  return g_test_run();
}
