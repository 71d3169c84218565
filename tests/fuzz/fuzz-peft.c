/* PEFT's adapter_config.json, and the questions that are asked of it. */
#include "model/adapter_config.h"
#include "tests/fuzz/fuzz-file.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  g_autoptr(GError) error = NULL;
  MedctAdapterConfig *config = medct_adapter_config_load(fuzz_file(".json", data, size), &error);
  g_assert_true((config != NULL) == (error == NULL));
  if (config == NULL)
    return 0;
  static const char *const modules[] = {
      "visual_transformer.enc_spatial_transformer.layers.0.1.to_q",
      "text_transformer.encoder.layer.1.attention.self.query"};
  for (gsize i = 0; i < G_N_ELEMENTS(modules); i++) {
    int rank;
    double alpha;
    medct_adapter_config_targets(config, modules[i]);
    medct_adapter_config_module(config, modules[i], &rank, &alpha);
  }
  medct_adapter_config_free(config);
  return 0;
}
