/* A folder as a list of volumes. */
#include "app/volume-folder.h"
#include "tests/test-home.h"
#include <glib/gstdio.h>
#include <string.h>

static void
touch(const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename(folder, name, NULL);
  g_assert_true(g_file_set_contents(path, "x", 1, NULL));
}

static void
test_sorted_and_filtered(void)
{
  char *home = test_home_make();
  static const char *const names[] = {"b.nii",       "a.nii.gz", "C.NII.GZ", "notes.txt",
                                      ".hidden.nii", "d.hdr",    "d.img"};
  for (gsize n = 0; n < G_N_ELEMENTS(names); n++)
    touch(home, names[n]);
  g_autofree char *inner = g_build_filename(home, "inner.nii", NULL);
  g_assert_cmpint(g_mkdir(inner, 0700), ==, 0);
  g_autoptr(GError) error = NULL;
  g_auto(GStrv) paths = medct_volume_folder_list(home, &error);
  g_assert_no_error(error);
  static const char *const expected[] = {"C.NII.GZ", "a.nii.gz", "b.nii", "d.hdr"};
  g_assert_cmpuint(g_strv_length(paths), ==, G_N_ELEMENTS(expected));
  for (gsize n = 0; n < G_N_ELEMENTS(expected); n++)
    g_assert_true(g_str_has_suffix(paths[n], expected[n]));
  const char *mixed[] = {"first.nii", home, "last.nii", NULL};
  g_auto(GStrv) all = medct_volume_folder_expand(mixed);
  g_assert_cmpuint(g_strv_length(all), ==, 6);
  g_assert_cmpstr(all[0], ==, "first.nii");
  g_assert_cmpstr(all[5], ==, "last.nii");
  test_home_remove(home);
}

static void
test_nothing_in_it(void)
{
  char *home = test_home_make();
  touch(home, "notes.txt");
  g_autoptr(GError) error = NULL;
  g_assert_null(medct_volume_folder_list(home, &error));
  g_assert_error(error, MEDCT_ERROR, MEDCT_ERROR_UNSUPPORTED);
  g_assert_nonnull(strstr(error->message, "expected one with .nii"));
  g_assert_null(strstr(error->message, "/tmp"));
  const char *only[] = {home, NULL};
  g_auto(GStrv) all = medct_volume_folder_expand(only);
  g_assert_cmpstr(all[0], ==, home);
  g_clear_error(&error);
  g_assert_null(medct_volume_folder_list("/nowhere/at-all", &error));
  g_assert_error(error, MEDCT_ERROR, MEDCT_ERROR_IO);
  test_home_remove(home);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/volume-folder/sorted-and-filtered", test_sorted_and_filtered);
  g_test_add_func("/volume-folder/nothing-in-it", test_nothing_in_it);
  return g_test_run();
}
