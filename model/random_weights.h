/* Weights of any size that mean nothing: for tests, benchmarks and trying the program. Thread: any.
 */
#pragma once

#include "model/config.h"

G_BEGIN_DECLS

/* Writes every tensor of `config` (without the unused ones when `used_only`) to `path`, bit-equal
 * for a seed on every machine. Streams: memory does not grow with the model. Linear weights as
 * PyTorch makes them (uniform within 1/√fan-in), norms 1 and 0, embeddings 0.02 · normal. */
gboolean medct_random_weights_write(const char *path, const MedctConfig *config, guint64 seed,
                                    gboolean used_only, GError **error);

G_END_DECLS
