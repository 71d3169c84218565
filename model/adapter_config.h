/* adapter_config.json of Hugging Face PEFT, as far as plain LoRA uses it (spec §8). Immutable. */
#pragma once

#include "model/error.h"

G_BEGIN_DECLS

typedef struct _MedctAdapterConfig MedctAdapterConfig;

/* Refuses DoRA, lora_bias, modules_to_save, other PEFT types, r < 1, a scale that is no number
 * and a dropout outside [0, 1). */
MedctAdapterConfig *medct_adapter_config_load(const char *path, GError **error);
void medct_adapter_config_free(MedctAdapterConfig *config);

/* Does target_modules name this Linear? */
gboolean medct_adapter_config_targets(const MedctAdapterConfig *config, const char *module);
/* Rank and α of a module after rank_pattern and alpha_pattern. */
void medct_adapter_config_module(const MedctAdapterConfig *config, const char *module, int *rank,
                                 double *alpha);
gboolean medct_adapter_config_rslora(const MedctAdapterConfig *config);
double medct_adapter_config_dropout(const MedctAdapterConfig *config);

G_END_DECLS
