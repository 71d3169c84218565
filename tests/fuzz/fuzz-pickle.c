/* The pickle of a .pt alone: in the zip its CRC keeps most mutations out. */
#include "model/pt_pickle.h"
#include "tests/fuzz/fuzz-file.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(MedctPickle) pickle = medct_pickle_load(data, size, "data.pkl", &error);
  g_assert_true((pickle != NULL) == (error == NULL));
  if (pickle)
    medct_pickle_dict_get(medct_pickle_root(pickle), "state_dict");
  return 0;
}
