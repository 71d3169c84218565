/* How well a pre-trained model reads made-up patients it has not learnt from: its zero-shot scores,
 * and whether the peak of a map lies in a drawn finding (the pointing game: Zhang et al. 2016).
 * Thread: any. */
#pragma once

#include "app/pretrain-data.h"
#include "model/ctclip.h"
#include "model/pathologies.h"

G_BEGIN_DECLS

typedef struct {
  guint n;        /* patients */
  double *scores; /* [n, MEDCT_N_PATHOLOGIES]: probability of "present" */
  gint8 *labels;  /* [n, MEDCT_N_PATHOLOGIES] */
  float *latents; /* [n, latent], unit norm */
  /* Of the patients with the finding: how often the peak was in it, and how often a token drawn
   * from the body would have been. */
  double hit[MEDCT_N_PATHOLOGIES], chance[MEDCT_N_PATHOLOGIES];
} MedctPretrainMeasures;

/* NULL: cancelled, or the model cannot be used. */
MedctPretrainMeasures *medct_pretrain_measure(MedctModel *model, const MedctPretrainSet *set,
                                              const MedctMonitor *monitor, GError **error);
void medct_pretrain_measures_free(MedctPretrainMeasures *measures);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MedctPretrainMeasures, medct_pretrain_measures_free)

G_END_DECLS
