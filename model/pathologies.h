/* The 18 pathologies, the sentences that stand for them, and the pair of opposite sentences behind
 * every score (spec §6). A score compares a sentence with its opposite, so the opposite is part of
 * the question and is always shown. Thread: any. */
#pragma once

#include "model/error.h"

G_BEGIN_DECLS

#define MEDCT_N_PATHOLOGIES 18

/* In the label files' order; index < MEDCT_N_PATHOLOGIES. */
const char *medct_pathology_name(guint index);
/* All of them, [MEDCT_N_PATHOLOGIES]. */
const char *const *medct_pathology_names(void);
/* "NAME is present." or "NAME is not present."; the caller frees. */
char *medct_pathology_prompt(const char *name, gboolean present);

#define MEDCT_TEMPLATE_PRESENT "%s is present."
#define MEDCT_TEMPLATE_ABSENT  "%s is not present."

/* A pair of opposite sentences. Owned by whoever holds the pointer. */
typedef struct {
  char *name;    /* the pathology, or what was typed */
  char *prompt;  /* the sentence whose probability is shown */
  char *against; /* its opposite */
} MedctPrompt;

void medct_prompt_free(MedctPrompt *prompt);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MedctPrompt, medct_prompt_free)

#define MEDCT_PROMPT_MOST_BYTES 4096 /* the text encoder reads 510 pieces */

/* `typed` is a sentence or a bare finding ("large right pleural effusion", "no nodule"); a finding
 * is made a sentence. `against` NULL: the opposite is made ("There is a X." ↔ "There is no X.", "X
 * is present." ↔ "X is not present."). Refuses empty and overlong text. */
MedctPrompt *medct_prompt_new(const char *typed, const char *against, GError **error);

/* "SENTENCE", or "SENTENCE | AGAINST" as one types it on a line; as medct_prompt_new(). */
MedctPrompt *medct_prompt_parse(const char *line, GError **error);

/* `present` and `absent` hold "%s" once, where the label goes; NULL: the model's own templates. */
MedctPrompt *medct_prompt_from_label(const char *label, const char *present, const char *absent,
                                     GError **error);

G_END_DECLS
