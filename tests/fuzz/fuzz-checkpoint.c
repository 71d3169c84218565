/* A training's checkpoint. The first byte says whether the manifest is theirs too, or fits the
 * state. */
#include "model/checkpoint.h"
#include "model/sha256.h"
#include "tests/fuzz/fuzz-file.h"
#include <string.h>

static void
put_manifest(const char *step, const uint8_t *state, size_t size)
{
  char sha256[65];
  medct_sha256_bytes(state, size, sha256);
  g_autofree char *json = g_strdup_printf("{\"state.safetensors\": \"%s\"}\n", sha256);
  fuzz_put(step, "manifest.json", (const uint8_t *)json, strlen(json));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  if (size == 0)
    return 0;
  const char *folder = fuzz_folder();
  g_autofree char *step = g_build_filename(folder, "step-7", NULL);
  g_mkdir(step, 0700);
  if (data[0] % 2) {
    put_manifest(step, data + 1, size - 1);
    fuzz_put(step, "state.safetensors", data + 1, size - 1);
  } else {
    fuzz_put(step, "manifest.json", data + 1, size - 1);
    fuzz_put(step, "state.safetensors", (const uint8_t *)"", 0);
  }
  g_autoptr(GError) error = NULL;
  guint damaged = 0;
  g_autoptr(MedctTensorFile) file = medct_checkpoint_load(folder, &damaged, &error);
  g_assert_true((file != NULL) == (error == NULL));
  for (guint i = 0; file && i < medct_tensor_file_count(file); i++)
    g_assert_nonnull(medct_tensor_file_get(file, i)->name);
  return 0;
}
