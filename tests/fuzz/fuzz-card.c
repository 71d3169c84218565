/* The model card, and with it the JSON reader. */
#include "model/card.h"
#include "tests/fuzz/fuzz-file.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(MedctCard) card = medct_card_load(fuzz_file(".json", data, size), &error);
  g_assert_true((card != NULL) == (error == NULL));
  return 0;
}
