#include "model/csv.h"
#include <string.h>

static MedctCsv *
parse(const char *text)
{
  g_autoptr(GError) error = NULL;
  MedctCsv *csv = medct_csv_parse(text, strlen(text), "table.csv", &error);
  g_assert_no_error(error);
  return csv;
}

static void
expect_refusal(const char *text, gsize n, const char *part)
{
  g_autoptr(GError) error = NULL;
  g_assert_null(medct_csv_parse(text, n, "/somewhere/table.csv", &error));
  g_assert_error(error, MEDCT_ERROR, MEDCT_ERROR_FORMAT);
  g_assert_nonnull(strstr(error->message, part));
  g_assert_null(strstr(error->message, "somewhere"));
}

static void
test_plain_table(void)
{
  g_autoptr(MedctCsv) csv = parse("VolumeName,Lung nodule\nv1.nii.gz,1\nv2.nii.gz,0");
  guint column = 7;
  g_assert_cmpuint(medct_csv_n_rows(csv), ==, 2);
  g_assert_cmpuint(medct_csv_n_columns(csv), ==, 2);
  g_assert_true(medct_csv_need_column(csv, "Lung nodule", &column, NULL));
  g_assert_cmpstr(medct_csv_cell(csv, 1, column), ==, "0");
  g_assert_cmpint(medct_csv_find_column(csv, "lung nodule"), ==, -1);
  g_assert_cmpuint(medct_csv_line(csv, 1), ==, 3);
}

static void
test_what_spreadsheets_write(void)
{
  g_autoptr(MedctCsv) csv = parse("\xEF\xBB\xBF"
                                  "a;b;c\r\n\"x;\"\"y\"\"\";\"two\r\nlines\";\r\n\r\n1,5;;3\r\n");
  g_assert_cmpuint(medct_csv_n_rows(csv), ==, 2);
  g_assert_cmpstr(medct_csv_name(csv, 0), ==, "a");
  g_assert_cmpstr(medct_csv_cell(csv, 0, 0), ==, "x;\"y\"");
  g_assert_cmpstr(medct_csv_cell(csv, 0, 1), ==, "two\r\nlines");
  g_assert_cmpstr(medct_csv_cell(csv, 0, 2), ==, "");
  g_assert_cmpstr(medct_csv_cell(csv, 1, 0), ==, "1,5");
  g_assert_cmpuint(medct_csv_line(csv, 1), ==, 5);
}

static void
test_corners_that_are_fine(void)
{
  g_autoptr(MedctCsv) header = parse("a,b");
  g_assert_cmpuint(medct_csv_n_rows(header), ==, 0);
  g_autoptr(MedctCsv) mac = parse("a,b\r1,2\r");
  g_assert_cmpstr(medct_csv_cell(mac, 0, 1), ==, "2");
  g_autoptr(MedctCsv) ends = parse("a,b\n1,");
  g_assert_cmpstr(medct_csv_cell(ends, 0, 1), ==, "");
  g_autoptr(MedctCsv) inches = parse("a,b\n5\" lead,\"\"");
  g_assert_cmpstr(medct_csv_cell(inches, 0, 0), ==, "5\" lead");
  g_autoptr(MedctCsv) quoted = parse("\"VolumeName\",\"a;b;c\"\n1,2\n");
  g_assert_cmpstr(medct_csv_name(quoted, 1), ==, "a;b;c");
  g_autoptr(MedctCsv) index = parse(",a,\n0,1,2\n");
  g_assert_cmpint(medct_csv_find_column(index, "a"), ==, 1);
}

static void
test_refusals_name_the_line(void)
{
  expect_refusal("", 0, "empty");
  expect_refusal("\n\r\n", 3, "only blank");
  expect_refusal("a,b\n1\0,2\n", 9, "encoding");
  expect_refusal("a,b\n\xE9,2\n", 8, "encoding");
  expect_refusal("\xFF\xFE"
                 "a\0",
                 4, "encoding");
  expect_refusal("a,b\n1,2\n3\n", 10, "line 3: it has 1 cells, expected 2");
  expect_refusal("a,b\n\"1\n\n\",2\n1,2,3\n", 18, "line 5: it has 3 cells");
  expect_refusal("a,b\n1,2\n\"3,4\n5,6\n", 17, "line 3: a quote is opened");
  expect_refusal("a,b\n\"1\"x,2\n", 11, "line 2: text follows");
  expect_refusal("a,b,a\n", 6, "\"a\" stands twice");
}

static void
test_limits(void)
{
  g_autofree char *commas = g_strnfill(MEDCT_CSV_MAX_COLUMNS, ',');
  g_autofree char *cell = g_strnfill(MEDCT_CSV_MAX_CELL + 1, 'x');
  g_autofree char *table = g_strconcat("a\n", cell, NULL);
  expect_refusal(commas, strlen(commas), "4096 columns");
  expect_refusal(table, strlen(table), "line 2: a cell is longer");
  table[strlen(table) - 1] = 0;
  g_autoptr(MedctCsv) csv = parse(table);
  g_assert_cmpuint(strlen(medct_csv_cell(csv, 0, 0)), ==, MEDCT_CSV_MAX_CELL);
}

static void
test_missing_column_says_what_there_is(void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(MedctCsv) csv = parse("Volume,Slope\n");
  guint column;
  g_assert_false(medct_csv_need_column(csv, "VolumeName", &column, &error));
  g_assert_error(error, MEDCT_ERROR, MEDCT_ERROR_FORMAT);
  g_assert_nonnull(strstr(error->message, "VolumeName is missing"));
  g_assert_nonnull(strstr(error->message, "Volume, Slope"));
  g_autoptr(GError) absent = NULL;
  g_assert_null(medct_csv_load("/nonexistent/table.csv", &absent));
  g_assert_error(absent, MEDCT_ERROR, MEDCT_ERROR_IO);
}

static void
test_quoting(void)
{
  static const char *const pairs[][2] = {
      {"plain", "plain"},    {"-1.5", "-1.5"},
      {"a,b", "\"a,b\""},    {"say \"x\"", "\"say \"\"x\"\"\""},
      {"=1+1", "\"'=1+1\""}, {"@sum", "\"'@sum\""},
      {"-cmd", "\"'-cmd\""}, {"two\nlines", "\"two\nlines\""},
  };
  for (gsize n = 0; n < G_N_ELEMENTS(pairs); n++) {
    g_autofree char *quoted = medct_csv_quote(pairs[n][0]);
    g_assert_cmpstr(quoted, ==, pairs[n][1]);
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/csv/plain", test_plain_table);
  g_test_add_func("/csv/spreadsheets", test_what_spreadsheets_write);
  g_test_add_func("/csv/corners", test_corners_that_are_fine);
  g_test_add_func("/csv/refusals", test_refusals_name_the_line);
  g_test_add_func("/csv/limits", test_limits);
  g_test_add_func("/csv/missing-column", test_missing_column_says_what_there_is);
  g_test_add_func("/csv/quoting", test_quoting);
  return g_test_run();
}
