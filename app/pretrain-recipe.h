/* What `medct pretrain` is told: one JSON file with the model's shape (as for `medct model
 * random`), the patients to draw and the course of the training.
 *   {"name": …, "dim": …, …, "input": {…},
 *    "patients": {"seed": 1, "train": 2000, "validation": 300, "test": 300},
 *    "withheld": ["Lung nodule"],
 *    "pretrain": {"seed": 1, "dense": {"steps": 8000, "batch": 8, "lr": 0.003}, …}} */
#pragma once

#include "app/pretrain-data.h"
#include "model/pathologies.h"

G_BEGIN_DECLS

typedef struct {
  char *name;
  MedctConfig config; /* text_vocab: at most */
  MedctPretrainPatients patients;
  guint n_test; /* patients after those, for the card */
  gboolean withheld[MEDCT_N_PATHOLOGIES];
  MedctPretrainOptions options;
} MedctPretrainRecipe;

/* NULL: refused. Its `patients` point into it. */
MedctPretrainRecipe *medct_pretrain_recipe_load(const char *path, GError **error);
void medct_pretrain_recipe_free(MedctPretrainRecipe *recipe);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MedctPretrainRecipe, medct_pretrain_recipe_free)

G_END_DECLS
