/* The made-up patients that a small model is pre-trained on: drawn in memory from one seed, in the
 * model's own spacing, with their labels, boxes and reports. SYNTHETIC.
 * Owner: medct_pretrain_data_free. Thread: made on one, then only read. */
#pragma once

#include "model/pretrain.h"
#include "model/tokenizer.h"
#include "phantom/site.h"

G_BEGIN_DECLS

typedef struct {
  guint64 seed;
  guint first;                 /* index of the first patient */
  guint n_train, n_validation; /* from there on, then the next */
  MedctSite site;
  const gboolean *withheld; /* [MEDCT_N_PATHOLOGIES] or NULL */
} MedctPretrainPatients;

typedef struct _MedctPretrainData MedctPretrainData;

/* `config` says spacing and size; its text side is not looked at. NULL: cancelled. */
MedctPretrainData *medct_pretrain_data_draw(const MedctPretrainPatients *patients,
                                            const MedctConfig *config, int n_threads,
                                            const MedctMonitor *monitor, GError **error);
void medct_pretrain_data_free(MedctPretrainData *data);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MedctPretrainData, medct_pretrain_data_free)

/* The reports of the training patients, NULL-ended; the data's. */
const char *const *medct_pretrain_data_reports(const MedctPretrainData *data);
/* Reports and prompts as tokens; then the set can be trained on. */
gboolean medct_pretrain_data_tokenise(MedctPretrainData *data, const MedctTokenizer *tokenizer,
                                      int max_ids, GError **error);
const MedctPretrainSet *medct_pretrain_data_set(const MedctPretrainData *data);

G_END_DECLS
