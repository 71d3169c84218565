/* Other words for the same finding. A score that hangs on one wording says little; the spread over
 * several says how much the wording matters. A small grammar: names of a finding × frames of a
 * sentence, each with its opposite. Thread: any. */
#pragma once

#include "model/pathologies.h"

G_BEGIN_DECLS

/* Pairs (MedctPrompt) that say what `pair` says, with the same sense: where its prompt denies, so
 * do theirs. The first is a copy of `pair`; no two have the same prompt. `finding`: index of the
 * pathology that the pair stands for, −1 for free text. The caller unrefs the array. */
GPtrArray *medct_wordings_new(const MedctPrompt *pair, int finding);

/* Whether a sentence denies its finding: "There is no …", "… is not …". */
gboolean medct_wordings_denies(const char *sentence);

G_END_DECLS
