/* The model card: model.json in a model's folder, what people should know about the weights.
 *   {"name": "…", "kind": "random" | "demo" | "…", "description": "…",
 *    "thresholds": {"Lung nodule": 0.37, …}}
 * All members may be missing; others are ignored. Immutable; the caller frees it. Thread: any. */
#pragma once

#include "model/error.h"

G_BEGIN_DECLS

typedef struct {
  char *name, *kind, *description; /* "" when the card does not say; without control characters */
  GHashTable *thresholds;          /* finding → double *, probability from which it counts */
} MedctCard;

/* Refuses members of another type, control characters and thresholds outside [0, 1]. */
MedctCard *medct_card_load(const char *path, GError **error);
/* `model_path` is a model folder or a weights file; without a model.json there: an empty card. */
MedctCard *medct_card_for_model(const char *model_path, GError **error);
void medct_card_free(MedctCard *card);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MedctCard, medct_card_free)

/* FALSE when the card gives none for this finding; upper and lower case must agree. */
gboolean medct_card_threshold(const MedctCard *card, const char *finding, double *threshold);

G_END_DECLS
