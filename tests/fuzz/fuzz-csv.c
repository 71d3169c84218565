/* Tables: from bytes to cells, and every cell quoted again. */
#include "model/csv.h"
#include "tests/fuzz/fuzz-file.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(MedctCsv) csv = medct_csv_parse((const char *)data, size, "table.csv", &error);
  g_assert_true((csv != NULL) == (error == NULL));
  for (guint row = 0; csv && row < medct_csv_n_rows(csv); row++)
    for (guint column = 0; column < medct_csv_n_columns(csv); column++) {
      g_autofree char *quoted = medct_csv_quote(medct_csv_cell(csv, row, column));
      g_assert_nonnull(quoted);
    }
  return 0;
}
