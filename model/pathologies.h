/* The 18 findings of the CT-RATE label files, in their order, and the sentences that are scored
 * for them (spec §6). Source: CT-CLIP (arXiv 2403.17834). Thread: any; all strings are UTF-8. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define MEDCT_N_PATHOLOGIES 18

const char *medct_pathology_name(guint index); /* index < MEDCT_N_PATHOLOGIES */

/* "NAME is present." or "NAME is not present."; caller frees. */
char *medct_pathology_prompt(const char *name, gboolean present);

/* The opposite of a free prompt, by rule: "… is present." ↔ "… is not present.",
 * "There is a …" ↔ "There is no …", "No …" → the rest, "P" → "no P"; caller frees. */
char *medct_prompt_negate(const char *prompt);

G_END_DECLS
