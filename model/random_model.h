/* A whole model folder with random weights, which opens, tokenises and scores like a real one.
 * Thread: any. */
#pragma once

#include "model/config.h"

G_BEGIN_DECLS

/* Writes model.safetensors, config.json, vocab.txt and model.json (a card of kind "random") into
 * `folder`, which is made when missing. `name` goes into the card. The vocabulary has exactly
 * text_vocab lines; any text can be tokenised with it, common words of findings as one piece. */
gboolean medct_random_model_write(const char *folder, const char *name, const MedctConfig *config,
                                  guint64 seed, gboolean used_only, GError **error);

/* The vocabulary alone: `n` lines (caller frees). Words that do not fit are left out. */
char *medct_random_vocabulary(int n);

G_END_DECLS
