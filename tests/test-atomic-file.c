#include "model/atomic_file.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

static char *
folder_new(void)
{
  char *folder = g_dir_make_tmp("medct-atomic-XXXXXX", NULL);
  g_assert_nonnull(folder);
  return folder;
}

static void
assert_holds(const char *path, const char *expected)
{
  g_autofree char *text = NULL;
  g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
  g_assert_cmpstr(text, ==, expected);
}

/* Nothing but `name` stays in the folder. */
static void
assert_alone(const char *folder, const char *name)
{
  g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
  const char *found;
  while ((found = g_dir_read_name(dir)) != NULL)
    g_assert_cmpstr(found, ==, name);
}

static void
test_takes_the_place(void)
{
  g_autofree char *folder = folder_new(), *path = g_build_filename(folder, "a.csv", NULL);
  g_autoptr(GError) error = NULL;
  g_assert_true(medct_atomic_file_save(path, "old", 3, &error));
  MedctAtomicFile *file = medct_atomic_file_new(path, &error);
  g_assert_true(medct_atomic_file_write(file, "new", 3, &error));
  assert_holds(path, "old");
  g_assert_true(medct_atomic_file_commit(file, &error));
  assert_holds(path, "new");
  assert_alone(folder, "a.csv");
  g_unlink(path);
  g_rmdir(folder);
}

/* Saves more than there is room for. */
static gboolean
save_without_room(const char *path, GError **error)
{
  g_autofree char *much = g_strnfill(100000, 'x');
  struct rlimit before, small;
  signal(SIGXFSZ, SIG_IGN);
  g_assert_cmpint(getrlimit(RLIMIT_FSIZE, &before), ==, 0);
  small = (struct rlimit){4096, before.rlim_max};
  g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &small), ==, 0);
  gboolean saved = medct_atomic_file_save(path, much, strlen(much), error);
  g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &before), ==, 0);
  return saved;
}

static void
test_full_disk_leaves_the_old(void)
{
  g_autofree char *folder = folder_new(), *path = g_build_filename(folder, "a.csv", NULL);
  g_autoptr(GError) error = NULL;
  g_assert_true(medct_atomic_file_save(path, "old", 3, &error));
  g_assert_false(save_without_room(path, &error));
  g_assert_error(error, MEDCT_ERROR, MEDCT_ERROR_IO);
  g_assert_nonnull(strstr(error->message, "a.csv: could not be written"));
  g_assert_nonnull(strstr(error->message, "the file that was there is unchanged"));
  assert_holds(path, "old");
  assert_alone(folder, "a.csv");
  g_unlink(path);
  g_rmdir(folder);
}

/* Nothing is said of a file that never was. */
static void
test_full_disk_without_an_old(void)
{
  g_autofree char *folder = folder_new(), *path = g_build_filename(folder, "a.csv", NULL);
  g_autoptr(GError) error = NULL;
  g_assert_false(save_without_room(path, &error));
  g_assert_error(error, MEDCT_ERROR, MEDCT_ERROR_IO);
  g_assert_true(g_str_has_prefix(error->message, "a.csv: could not be written ("));
  g_assert_null(strstr(error->message, "unchanged"));
  g_assert_cmpint(g_rmdir(folder), ==, 0);
}

static void
test_places_that_are_no_file(void)
{
  g_autofree char *folder = folder_new(), *pipe = g_build_filename(folder, "pipe", NULL);
  const char *const places[] = {folder, "/dev/null", pipe};
  const char *const what[] = {"a folder", "a device or pipe", "a device or pipe"};
  struct stat found;
  g_assert_cmpint(mkfifo(pipe, 0600), ==, 0);
  for (gsize i = 0; i < G_N_ELEMENTS(places); i++) {
    g_autoptr(GError) error = NULL;
    g_assert_false(medct_atomic_file_save(places[i], "x", 1, &error));
    g_assert_error(error, MEDCT_ERROR, MEDCT_ERROR_IO);
    g_assert_nonnull(strstr(error->message, what[i]));
  }
  g_assert_cmpint(stat("/dev/null", &found), ==, 0);
  g_assert_true(S_ISCHR(found.st_mode));
  assert_alone(folder, "pipe");
  g_unlink(pipe);
  g_rmdir(folder);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/atomic-file/takes-the-place", test_takes_the_place);
  g_test_add_func("/atomic-file/full-disk-leaves-the-old", test_full_disk_leaves_the_old);
  g_test_add_func("/atomic-file/full-disk-without-an-old", test_full_disk_without_an_old);
  g_test_add_func("/atomic-file/places-that-are-no-file", test_places_that_are_no_file);
  return g_test_run();
}
