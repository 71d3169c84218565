/* The host: plugins from outside, off until enabled by hash; opening through them; the validator.
 */
#include "plugins/discovery.h"
#include "plugins/host.h"
#include "plugins/trust.h"
#include "tests/test-home.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char reader_manifest[] =
    "[MedCT Plugin]\nname=Broken\nversion=1\nlicence=MIT\nauthors=A\nkinds=medct.volume-reader/1\n";

typedef struct {
  char *folder; /* a plugin folder of its own */
} Fixture;

static void
set_up(Fixture *fixture, gconstpointer data)
{
  fixture->folder = g_dir_make_tmp("medct-plugins-XXXXXX", NULL);
  g_setenv("MEDCT_PLUGIN_PATH", fixture->folder, TRUE);
}

static void
tear_down(Fixture *fixture, gconstpointer data)
{
  g_autoptr(GDir) dir = g_dir_open(fixture->folder, 0, NULL);
  const char *name;
  while ((name = g_dir_read_name(dir)) != NULL) {
    g_autofree char *path = g_build_filename(fixture->folder, name, NULL);
    g_unlink(path);
  }
  g_rmdir(fixture->folder);
  g_free(fixture->folder);
}

static char *
put(Fixture *fixture, const char *name, const void *bytes, gsize n)
{
  char *path = g_build_filename(fixture->folder, name, NULL);
  g_assert_true(g_file_set_contents(path, bytes, (gssize)n, NULL));
  g_chmod(path, 0644);
  return path;
}

/* Copies NAME.so and writes its manifest; the path of the object. */
static char *
put_plugin(Fixture *fixture, const char *name, const char *manifest)
{
  g_autofree char *object = g_strconcat(name, ".so", NULL);
  g_autofree char *ini = g_strconcat(name, ".ini", NULL);
  g_autofree char *from = g_build_filename(g_getenv("MEDCT_TEST_PLUGINS"), object, NULL);
  g_autofree char *from_ini = g_build_filename(g_getenv("MEDCT_TEST_PLUGINS"), ini, NULL);
  g_autofree char *bytes = NULL, *text = NULL;
  gsize n = 0;
  g_assert_true(g_file_get_contents(from, &bytes, &n, NULL));
  if (manifest == NULL) {
    g_assert_true(g_file_get_contents(from_ini, &text, NULL, NULL));
    manifest = text;
  }
  g_free(put(fixture, ini, manifest, strlen(manifest)));
  return put(fixture, object, bytes, n);
}

static void
enable(const char *object)
{
  g_autoptr(GError) error = NULL;
  int fd = medct_trust_open(object, G_MAXUINT32, &error);
  g_assert_no_error(error);
  g_autofree char *sha256 = medct_trust_sha256(fd, object, &error);
  close(fd);
  g_assert_true(medct_trust_set_enabled(sha256, "test", TRUE, &error));
}

static const MedctPluginRecord *
find(MedctHost *host, const char *object)
{
  for (guint i = 0; i < medct_host_n_plugins(host); i++)
    if (strcmp(medct_host_plugin(host, i)->path, object) == 0)
      return medct_host_plugin(host, i);
  g_assert_not_reached();
}

/* ---- files of the example format ------------------------------------------------------------ */

enum { NX = 5, NY = 4, NZ = 6, HEADER = 28 };

static char *
put_volume(Fixture *fixture)
{
  guint8 bytes[HEADER + NX * NY * NZ * 2] = "EXCT";
  guint32 dims[3] = {GUINT32_TO_LE(NX), GUINT32_TO_LE(NY), GUINT32_TO_LE(NZ)};
  float spacing[3] = {0.5f, 0.75f, 2};
  memcpy(bytes + 4, dims, 12);
  memcpy(bytes + 16, spacing, 12);
  for (int i = 0; i < NX * NY * NZ; i++) {
    gint16 value = GINT16_TO_LE((gint16)(i * 7 - 500));
    memcpy(bytes + HEADER + 2 * i, &value, 2);
  }
  return put(fixture, "scan.exct", bytes, sizeof bytes);
}

typedef struct {
  int64_t ready;
  guint calls;
} Slabs;

static void
slab_ready(const MedctVolumeHeader *header, const void *voxels, int64_t slices, void *data)
{
  Slabs *slabs = data;
  g_assert_cmpint(slices, >, slabs->ready);
  slabs->ready = slices;
  slabs->calls++;
}

static bool
always(void *data)
{
  return true;
}

/* ---- tests ---------------------------------------------------------------------------------- */

static void
test_off_until_enabled(Fixture *fixture, gconstpointer data)
{
  g_autofree char *object = put_plugin(fixture, "example-reader", NULL);
  g_autofree char *scan = put_volume(fixture);
  g_autoptr(GError) error = NULL;
  g_autoptr(MedctHost) off = medct_host_new();
  g_assert_cmpint(find(off, object)->state, ==, MEDCT_PLUGIN_OFF);
  g_assert_null(medct_host_open_volume(off, scan, NULL, NULL, NULL, &error));
  g_assert_error(error, MEDCT_ERROR, MEDCT_ERROR_UNSUPPORTED);
  enable(object);
  g_autoptr(MedctHost) on = medct_host_new();
  g_assert_cmpstr(find(on, object)->problem, ==, "");
  g_assert_cmpint(find(on, object)->state, ==, MEDCT_PLUGIN_ENABLED);
  /* one byte more at the end is another file */
  FILE *file = g_fopen(object, "ab");
  fputc(0, file);
  fclose(file);
  g_autoptr(MedctHost) changed = medct_host_new();
  g_assert_cmpint(find(changed, object)->state, ==, MEDCT_PLUGIN_OFF);
}

static void
test_opens_through_a_plugin(Fixture *fixture, gconstpointer data)
{
  g_autofree char *object = put_plugin(fixture, "example-reader", NULL);
  g_autofree char *scan = put_volume(fixture);
  enable(object);
  g_autoptr(MedctHost) host = medct_host_new();
  g_autoptr(GError) error = NULL;
  Slabs slabs = {0};
  g_autoptr(MedctVolume) volume =
      medct_host_open_volume(host, scan, NULL, slab_ready, &slabs, &error);
  g_assert_no_error(error);
  const MedctVolumeHeader *header = medct_volume_get_header(volume);
  g_assert_cmpint(header->dims[2], ==, NZ);
  g_assert_cmpfloat(header->spacing_mm[1], ==, 0.75);
  g_assert_cmpfloat(medct_volume_hu(volume, 1, 2, 3), ==, (1 + NX * (2 + NY * 3)) * 7 - 500);
  g_assert_cmpint(slabs.ready, ==, NZ);
  int fd = medct_trust_open(scan, G_MAXUINT32, NULL);
  g_autofree char *sha256 = medct_trust_sha256(fd, scan, NULL);
  close(fd);
  g_assert_cmpstr(header->sha256, ==, sha256);
  gboolean warned = FALSE;
  for (guint i = 0; i < medct_volume_n_warnings(volume); i++)
    warned |= strcmp(medct_volume_warning(volume, i)->code, "orientation-unknown") == 0;
  g_assert_true(warned);
  const MedctMonitor stop = {.cancelled = always};
  g_assert_null(medct_host_open_volume(host, scan, &stop, NULL, NULL, &error));
  g_assert_error(error, MEDCT_ERROR, MEDCT_ERROR_CANCELLED);
}

static void
test_refuses_what_is_no_file(Fixture *fixture, gconstpointer data)
{
  g_autoptr(MedctHost) host = medct_host_new();
  g_autofree char *fifo = g_build_filename(fixture->folder, "pipe", NULL);
  g_autofree char *empty = put(fixture, "empty", "", 0);
  g_assert_cmpint(mkfifo(fifo, 0600), ==, 0);
  const char *const paths[] = {fifo, fixture->folder, empty, "/nonexistent", "/dev/zero"};
  for (gsize i = 0; i < G_N_ELEMENTS(paths); i++) {
    g_autoptr(GError) error = NULL;
    g_assert_null(medct_host_open_volume(host, paths[i], NULL, NULL, NULL, &error));
    g_assert_nonnull(error);
    g_assert_null(strchr(error->message, '/'));
  }
}

static void
test_refuses_a_size_no_file_can_hold(Fixture *fixture, gconstpointer data)
{
  g_autofree char *object = put_plugin(fixture, "broken-huge", reader_manifest);
  g_autofree char *scan = put(fixture, "scan.brk", "BRKN", 4);
  enable(object);
  g_autoptr(MedctHost) host = medct_host_new();
  g_autoptr(GError) error = NULL;
  g_assert_null(medct_host_open_volume(host, scan, NULL, NULL, NULL, &error));
  g_assert_error(error, MEDCT_ERROR, MEDCT_ERROR_FORMAT);
  g_assert_nonnull(strstr(error->message, "its size"));
}

static void
expect_refused(Fixture *fixture, const char *name, const char *because)
{
  g_autofree char *object = put_plugin(fixture, name, reader_manifest);
  enable(object);
  g_autoptr(MedctHost) host = medct_host_new();
  const MedctPluginRecord *record = find(host, object);
  g_assert_cmpint(record->state, ==, MEDCT_PLUGIN_REFUSED);
  if (strstr(record->problem, because) == NULL)
    g_error("%s: \"%s\" lacks \"%s\"", name, record->problem, because);
}

static void
test_broken_plugins(Fixture *fixture, gconstpointer data)
{
  expect_refused(fixture, "broken-abi", "plugin ABI is 2.1, expected major 1");
  expect_refused(fixture, "broken-symbol", "does not export medct_entry");
  expect_refused(fixture, "broken-init", "no licence on a full moon");
  expect_refused(fixture, "broken-kinds", "its manifest says otherwise");
}

static void
test_writable_by_others(Fixture *fixture, gconstpointer data)
{
  g_autofree char *object = put_plugin(fixture, "example-reader", NULL);
  enable(object);
  g_chmod(object, 0666);
  g_autoptr(MedctHost) host = medct_host_new();
  g_assert_cmpint(find(host, object)->state, ==, MEDCT_PLUGIN_REFUSED);
  g_assert_nonnull(strstr(find(host, object)->problem, "written by others"));
}

static void
test_scores_through_a_plugin(Fixture *fixture, gconstpointer data)
{
  g_autofree char *reader = put_plugin(fixture, "example-reader", NULL);
  g_autofree char *object = put_plugin(fixture, "example-backend", NULL);
  g_autofree char *scan = put_volume(fixture);
  g_autofree char *model = put(fixture, "model.ex", "EXMODEL", 7);
  enable(reader);
  enable(object);
  g_autoptr(MedctHost) host = medct_host_new();
  g_autoptr(GError) error = NULL;
  g_autoptr(MedctVolume) volume = medct_host_open_volume(host, scan, NULL, NULL, NULL, &error);
  g_assert_no_error(error);
  g_autoptr(MedctBackend) backend = medct_host_load_model(host, model, NULL, NULL, &error);
  g_assert_no_error(error);
  g_autoptr(MedctStudyEncoding) encoding =
      medct_backend_encode(backend, volume, NULL, NULL, &error);
  g_assert_no_error(error);
  const char *const texts[] = {"effusion", "no effusion"};
  float latents[4], cosine[2], share[2];
  g_assert_true(medct_backend_encode_texts(backend, texts, 2, latents, NULL, &error));
  g_assert_true(medct_backend_score(backend, encoding, latents, 2, cosine, &error));
  g_assert_true(medct_backend_share(backend, encoding, latents, share, NULL, &error));
  g_assert_cmpfloat_with_epsilon(share[0] + share[1], cosine[0], 1e-6f);
  const char *const bad[] = {"\xff"};
  g_assert_false(medct_backend_encode_texts(backend, bad, 1, latents, NULL, &error));
  g_clear_error(&error);
  const MedctMonitor stop = {.cancelled = always};
  g_assert_null(medct_backend_encode(backend, volume, NULL, &stop, &error));
  g_assert_error(error, MEDCT_ERROR, MEDCT_ERROR_CANCELLED);
  g_clear_error(&error);
  /* The built-in backend takes what nobody else claims and says what is wrong with it. */
  g_assert_null(medct_host_load_model(host, scan, NULL, NULL, &error));
  g_assert_error(error, MEDCT_ERROR, MEDCT_ERROR_FORMAT);
}

/* ---- the validator -------------------------------------------------------------------------- */

static char *
check(const char *object, const char *option, const char *value, int *status)
{
  const char *argv[] = {g_getenv("MEDCT_PROGRAM"), "plugins", "check", object, option, value, NULL};
  char *output = NULL;
  g_autoptr(GError) error = NULL;
  g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &output, NULL, status,
               &error);
  g_assert_no_error(error);
  return output;
}

static void
test_validator_passes_the_template(Fixture *fixture, gconstpointer data)
{
  int status = 0;
  g_autofree char *scan = put_volume(fixture);
  g_autofree char *model = put(fixture, "model.ex", "EXMODEL", 7);
  g_autofree char *reader = put_plugin(fixture, "example-reader", NULL);
  g_autofree char *backend = put_plugin(fixture, "example-backend", NULL);
  g_autofree char *first = check(reader, "--sample", scan, &status);
  g_test_message("%s", first);
  g_assert_cmpint(status, ==, 0);
  g_assert_nonnull(strstr(first, "passed   reader-sample"));
  g_autofree char *second = check(backend, "--model", model, &status);
  g_test_message("%s", second);
  g_assert_cmpint(status, ==, 0);
  g_assert_nonnull(strstr(second, "passed   cancel"));
}

static const char trainer_manifest[] = "[MedCT Plugin]\nname=Trainer\nversion=1\nlicence=MIT\n"
                                       "authors=A\nkinds=medct.model-trainer/1\n";

/* The built-in plugin passes as a stranger's would; one that does not wait is found. */
static void
test_validator_trainers(Fixture *fixture, gconstpointer data)
{
  int status = 0;
  static const char manifest[] = "[MedCT Plugin]\nname=CT-CLIP\nversion=1\nlicence=MIT\nauthors=A\n"
                                 "kinds=medct.model-backend/1;medct.model-trainer/1\n";
  g_autofree char *model = g_dir_make_tmp("medct-model-XXXXXX", NULL);
  const char *make[] = {g_getenv("MEDCT_PROGRAM"), "model", "random", "-o", model, NULL};
  g_assert_true(g_spawn_sync(NULL, (char **)make, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, NULL,
                             &status, NULL));
  g_autofree char *ours = put_plugin(fixture, "ctclip-plugin", manifest);
  g_autofree char *first = check(ours, "--model", model, &status);
  g_test_message("%s", first);
  g_assert_cmpint(status, ==, 0);
  g_assert_nonnull(strstr(first, "passed   trainer-cancel"));
  test_home_remove(g_steal_pointer(&model));
  g_autofree char *marker = put(fixture, "model.ex", "EXMODEL", 7);
  g_autofree char *deaf = put_plugin(fixture, "broken-trainer", trainer_manifest);
  g_autofree char *second = check(deaf, "--model", marker, &status);
  g_assert_cmpint(status, !=, 0);
  g_assert_nonnull(strstr(second, "steps while it was paused"));
}

static void
test_validator_names_what_is_broken(Fixture *fixture, gconstpointer data)
{
  static const char *const cases[][2] = {
      {"broken-crash", "crashed: Segmentation fault"},
      {"broken-silent", "refused without a message"},
      {"broken-huge", "a slice that its file cannot hold"},
      {"broken-abi", "plugin ABI is 2.1"},
      {"broken-slow", "to start, expected at most 100"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    int status = 0;
    g_autofree char *object = put_plugin(fixture, cases[i][0], reader_manifest);
    g_autofree char *output = check(object, NULL, NULL, &status);
    g_assert_cmpint(status, !=, 0);
    if (strstr(output, cases[i][1]) == NULL)
      g_error("%s: lacks \"%s\":\n%s", cases[i][0], cases[i][1], output);
  }
}

int
main(int argc, char **argv)
{
  char *home = test_home_make();
  /* a sanitizer in the validator's children must leave the crash to the validator */
  g_setenv("ASAN_OPTIONS", "handle_segv=0", TRUE);
  g_test_init(&argc, &argv, NULL);
#define ADD(name, function) g_test_add("/host/" name, Fixture, NULL, set_up, function, tear_down)
  ADD("off-until-enabled", test_off_until_enabled);
  ADD("opens", test_opens_through_a_plugin);
  ADD("no-file", test_refuses_what_is_no_file);
  ADD("huge", test_refuses_a_size_no_file_can_hold);
  ADD("broken", test_broken_plugins);
  ADD("writable", test_writable_by_others);
  ADD("scores", test_scores_through_a_plugin);
  ADD("validator-passes", test_validator_passes_the_template);
  ADD("validator-trainers", test_validator_trainers);
  ADD("validator-names", test_validator_names_what_is_broken);
#undef ADD
  int status = g_test_run();
  test_home_remove(home);
  return status;
}
