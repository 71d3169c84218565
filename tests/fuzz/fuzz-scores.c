/* Two tables that must fit each other: the bytes before and after the first 0. */
#include "model/score_table.h"
#include "tests/fuzz/fuzz-file.h"
#include <math.h>
#include <string.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  const uint8_t *cut = memchr(data, 0, size);
  size_t n = cut ? (size_t)(cut - data) : size;
  const char *folder = fuzz_folder();
  g_autofree char *scores = g_build_filename(folder, "scores.csv", NULL);
  g_autofree char *labels = g_build_filename(folder, "labels.csv", NULL);
  fuzz_put(folder, "scores.csv", data, n);
  fuzz_put(folder, "labels.csv", cut ? cut + 1 : data, cut ? size - n - 1 : size);
  g_autoptr(GError) error = NULL;
  g_autoptr(MedctScoreTable) table = medct_score_table_load(scores, labels, &error);
  g_assert_true((table != NULL) == (error == NULL));
  for (gsize i = 0; table && i < (gsize)table->n_rows * table->n_classes; i++)
    g_assert_true(isfinite(table->scores[i]) && table->labels[i] >= -1 && table->labels[i] <= 1);
  return 0;
}
