/* CXR-BERT (spec §5): token ids → the hidden state of [CLS] → text latent. Unpadded: masked padding
 * changes nothing. Several prompts go through in one pass, so that the weights, which decide the
 * time of a short prompt, are read once.
 *
 * Owner: borrows the weights. Thread: one encode at a time; has its own pool, so that it may run
 * beside a volume that is being encoded. */
#pragma once

#include "model/config.h"
#include "model/matmul.h"
#include "model/monitor.h"

G_BEGIN_DECLS

typedef struct _MedctTextEncoder MedctTextEncoder;

typedef struct {
  const int32_t *ids; /* [n] with [CLS] first */
  int n;
} MedctSentence;

typedef void (*MedctTextTrace)(const char *name, const float *data, int64_t n, void *user_data);

MedctTextEncoder *medct_text_encoder_new(const MedctTensorFile *weights, const MedctConfig *config,
                                         const MedctAdapter *adapter, int n_threads);
void medct_text_encoder_free(MedctTextEncoder *encoder);
/* "trace.text.N" with the hidden states [Σ n, hidden] of all sentences after layer N. */
void medct_text_encoder_set_trace(MedctTextEncoder *encoder, MedctTextTrace trace, void *user_data);

/* Refuses ids outside the vocabulary and sentences longer than the position table. */
gboolean medct_sentence_check(const MedctSentence *sentence, const MedctConfig *config,
                              GError **error);

/* latents [n][latent], unit norm. Ids outside the vocabulary and sentences longer than the position
 * table are refused. The monitor (NULL: none) is asked many times in every layer: a first pass
 * reads all weights from the disk. */
gboolean medct_text_encoder_run(MedctTextEncoder *encoder, const MedctSentence *sentences, int n,
                                float *latents, const MedctMonitor *monitor, GError **error);

G_END_DECLS
