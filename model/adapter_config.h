/* adapter_config.json of Hugging Face PEFT, as far as plain LoRA uses it (spec §8). Immutable. */
#pragma once

#include "model/error.h"

G_BEGIN_DECLS

typedef struct _MedctAdapterConfig MedctAdapterConfig;

/* Refuses DoRA, lora_bias, modules_to_save, other PEFT types, r < 1 and a scale that is no number.
 */
MedctAdapterConfig *medct_adapter_config_load(const char *path, GError **error);
void medct_adapter_config_free(MedctAdapterConfig *config);

/* Does target_modules name this Linear? */
gboolean medct_adapter_config_targets(const MedctAdapterConfig *config, const char *module);
/* Rank and scale of a module after rank_pattern, alpha_pattern and rsLoRA. */
void medct_adapter_config_module(const MedctAdapterConfig *config, const char *module, int *rank,
                                 double *scale);

G_END_DECLS
