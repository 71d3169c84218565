/* What a model says to one pair of sentences about one encoded volume.
 * Owner: reference-counted; immutable, any thread may read. */
#pragma once

#include "model/pathologies.h"
#include "plugins/host.h"

G_BEGIN_DECLS

typedef struct {
  MedctPrompt *pair;
  double probability, cosine_for, cosine_against;
  double share_for, share_against; /* sums of the map's parts, in score units */
  gsize n_cells;                   /* of share; 0 when no map was asked for */
  float *share;                    /* [t·h·w] in score units: it sums to the logit */
} MedctAnswer;

/* latents [2][latent]: of the prompt, of its opposite. Copies `pair`. [job-thread] */
MedctAnswer *medct_answer_new(MedctBackend *backend, MedctStudyEncoding *encoding,
                              const MedctPrompt *pair, const float *latents, gboolean with_share,
                              const MedctMonitor *monitor, GError **error);
MedctAnswer *medct_answer_ref(MedctAnswer *answer);
void medct_answer_unref(MedctAnswer *answer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MedctAnswer, medct_answer_unref)

G_END_DECLS
