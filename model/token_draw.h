/* Which token of a volume stands for it where tokens are sampled. Thread: any. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A token, 0 … n_tokens − 1, that `key` and targets [n_tokens, n_classes] (1: shows the class)
 * decide. Every other draw is a token of a finding, all findings that the volume has alike: drawn
 * evenly, the tokens of a small finding are too few among all to get a code of their own, and what
 * has no code cannot be said. `key` + 1 is used as well. */
int medct_token_draw(const guint8 *targets, int n_tokens, guint n_classes, guint64 key);

G_END_DECLS
