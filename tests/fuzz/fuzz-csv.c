/* CSV tables: every cell is read, and what is written back reads the same. */
#include "model/csv.h"
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Reads every byte of every cell, for the sanitizers. */
static gsize
measure(const MedctCsv *csv)
{
  gsize n = 0;
  for (guint row = 0; row < medct_csv_n_rows(csv); row++)
    for (guint column = 0; column < medct_csv_n_columns(csv); column++)
      n += strlen(medct_csv_cell(csv, row, column));
  return n;
}

static void
check_quoting(const char *text)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *quoted = medct_csv_quote(text);
  g_autofree char *table = g_strdup_printf("name,other\n%s,\n", quoted);
  g_autoptr(MedctCsv) csv = medct_csv_parse(table, strlen(table), "quoted", &error);
  g_assert_no_error(error);
  const char *cell = medct_csv_cell(csv, 0, 0);
  g_assert_true(g_str_equal(cell, text) || (cell[0] == '\'' && g_str_equal(cell + 1, text)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(MedctCsv) csv = medct_csv_parse((const char *)data, size, "fuzz.csv", &error);
  g_assert_true((csv != NULL) == (error == NULL));
  if (csv == NULL)
    return 0;
  g_assert_cmpuint(measure(csv), <=, size);
  for (guint column = 0; column < medct_csv_n_columns(csv); column++)
    check_quoting(medct_csv_name(csv, column));
  return 0;
}
