/* An adapter written into the weights, W ← W + ΔW, and taken out again (spec §8), in float32.
 * Thread: any. */
#pragma once

#include "model/adapter.h"
#include "model/config.h"

G_BEGIN_DECLS

/* Writes base with the adapter to `out`, a .safetensors file whose metadata say which adapter it
 * holds. Refuses an adapter that does not fit, and weights that already hold one: several go in
 * together (model/adapter_combine.h). */
gboolean medct_adapter_merge(const char *out, const MedctTensorFile *base,
                             const MedctConfig *config, const MedctAdapter *adapter,
                             GError **error);
/* The inverse, to rounding. Refuses when another adapter, or none, was merged. */
gboolean medct_adapter_unmerge(const char *out, const MedctTensorFile *merged,
                               const MedctConfig *config, const MedctAdapter *adapter,
                               GError **error);

G_END_DECLS
