/* Writes a LoRA as Hugging Face PEFT does: a folder with adapter_config.json and
 * adapter_model.safetensors (spec §8). Modules are named in full; r and lora_alpha are those of
 * most modules, rank_pattern and alpha_pattern hold the others. Thread: any. */
#pragma once

#include "model/lora.h"

G_BEGIN_DECLS

/* Makes the folder when it is not there. Each file replaces an older one whole or not at all; other
 * files in the folder stay. `base_name` (base_model_name_or_path) and `base_sha256` (of the
 * weights' file, for the warning about another base) may be NULL. */
gboolean medct_adapter_write(const char *folder, const MedctLora *lora, const char *base_name,
                             const char *base_sha256, GError **error);

G_END_DECLS
