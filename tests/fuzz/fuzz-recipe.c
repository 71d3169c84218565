/* What medct pretrain is told. */
#include "app/pretrain-recipe.h"
#include "tests/fuzz/fuzz-file.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(MedctPretrainRecipe) recipe =
      medct_pretrain_recipe_load(fuzz_file(".json", data, size), &error);
  g_assert_true((recipe != NULL) == (error == NULL));
  if (recipe == NULL)
    return 0;
  const MedctConfig *c = &recipe->config;
  g_assert_true(c->image % c->patch == 0 && c->frames % c->temporal_patch == 0);
  for (int stage = 0; stage < MEDCT_N_PRETRAIN_STAGES; stage++)
    g_assert_true(recipe->options.stages[stage].lr > 0 && recipe->options.stages[stage].batch > 0);
  return 0;
}
