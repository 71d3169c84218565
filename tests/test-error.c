#include "model/error.h"

static void
test_field_names_file_field_found_expected(void)
{
  g_autoptr(GError) error = NULL;
  medct_error_field(&error, MEDCT_ERROR_FORMAT, "/somewhere/private/scan.nii", "dim[0]", "1 to 7",
                    "%d", -5);
  g_assert_error(error, MEDCT_ERROR, MEDCT_ERROR_FORMAT);
  g_assert_cmpstr(error->message, ==, "scan.nii: dim[0] is -5, expected 1 to 7");
}

static void
test_file_without_a_name(void)
{
  g_autoptr(GError) error = NULL;
  medct_error_file(&error, MEDCT_ERROR_IO, NULL, "cannot be read: %s", "no permission");
  g_assert_cmpstr(error->message, ==, "input: cannot be read: no permission");
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/error/field", test_field_names_file_field_found_expected);
  g_test_add_func("/error/file", test_file_without_a_name);
  return g_test_run();
}
