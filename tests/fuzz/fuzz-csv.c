/* Tables: from bytes to cells, and every cell quoted again, which must read as it was. */
#include "model/csv.h"
#include "tests/fuzz/fuzz-file.h"
#include <string.h>

/* A cell that a spreadsheet would compute comes back with a ' before it. */
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
  g_autoptr(MedctCsv) csv = medct_csv_parse((const char *)data, size, "table.csv", &error);
  g_assert_true((csv != NULL) == (error == NULL));
  gsize n = 0;
  for (guint row = 0; csv && row < medct_csv_n_rows(csv); row++)
    for (guint column = 0; column < medct_csv_n_columns(csv); column++)
      n += strlen(medct_csv_cell(csv, row, column));
  g_assert_cmpuint(n, <=, size);
  for (guint column = 0; csv && column < medct_csv_n_columns(csv); column++)
    check_quoting(medct_csv_name(csv, column));
  return 0;
}
