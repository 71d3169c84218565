/* A training run as the Train page keeps it: run.json before the first 0, records.jsonl after it.
 */
#include "app/train-run.h"
#include "tests/fuzz/fuzz-file.h"
#include <string.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  const uint8_t *cut = memchr(data, 0, size);
  size_t n = cut ? (size_t)(cut - data) : size;
  const char *folder = fuzz_folder();
  fuzz_put(folder, "run.json", data, n);
  fuzz_put(folder, "records.jsonl", cut ? cut + 1 : data, cut ? size - n - 1 : 0);
  g_autoptr(GError) error = NULL;
  g_autoptr(MedctTrainRun) run = medct_train_run_load(folder, &error);
  g_assert_true((run != NULL) == (error == NULL));
  if (run == NULL)
    return 0;
  for (guint i = 1; i < run->steps->len; i++)
    g_assert_true(g_array_index(run->steps, MedctRunStep, i - 1).step <
                  g_array_index(run->steps, MedctRunStep, i).step);
  for (guint i = 0; i < run->evaluations->len; i++)
    for (guint k = 0; k < run->classes->len; k++)
      medct_train_run_class(run, i, k);
  medct_train_run_best(run);
  g_assert_true(medct_train_run_save(run, &error));
  return 0;
}
