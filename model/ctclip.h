/* CT-CLIP: weights, both encoders, scores and score share. Spec §3–§7.
 *
 * Owner: MedctModel is reference-counted. Weights are mapped, not copied, except where a kernel
 * prepares its own layout. Thread: one encode_volume at a time per model; encode_text, score and
 * share may run beside it from one other thread. Nothing here touches GTK or GL. */
#pragma once

#include "model/adapter.h"
#include "model/config.h"
#include "model/monitor.h"
#include "model/text_encoder.h"
#include "model/tokenizer.h"
#include "model/volume.h"

G_BEGIN_DECLS

typedef struct _MedctModel MedctModel;
typedef struct _MedctEncoding MedctEncoding; /* one volume as the model sees it; immutable */

/* `path` is a weights file, or a folder with weights, vocab.txt, optional config.json and an
 * optional model card (model.json). */
MedctModel *medct_model_open(const char *path, GError **error);
/* The same for a .pt without config.json whose number of text heads is known elsewhere; 0: unknown.
 */
MedctModel *medct_model_open_with_heads(const char *path, int text_heads, GError **error);
MedctModel *medct_model_ref(MedctModel *model);
void medct_model_unref(MedctModel *model);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MedctModel, medct_model_unref)

const MedctConfig *medct_model_config(const MedctModel *model);
MedctTensorFile *medct_model_weights(const MedctModel *model);
MedctTokenizer *medct_model_tokenizer(const MedctModel *model); /* NULL without vocab.txt */
int64_t medct_model_parameters(const MedctModel *model); /* without buffers (model/summary.h) */
double medct_model_temperature(
    const MedctModel *model); /* exp(temperature): the scale, the adapter's where it has one */

/* NULL takes the adapter away. Applied unmerged; a mismatch lists every offending key. */
gboolean medct_model_set_adapter(MedctModel *model, MedctAdapter *adapter, GError **error);

void medct_model_set_threads(MedctModel *model, int n_threads);

/* tensor [frames, image, image] (s, l, p), values as preprocess gives them. */
MedctEncoding *medct_model_encode_volume(MedctModel *model, const float *tensor, int frames,
                                         const MedctMonitor *monitor, GError **error);
void medct_encoding_free(MedctEncoding *encoding);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MedctEncoding, medct_encoding_free)

/* From the cache: codes [t·h·w], latent [latent]; copied. */
MedctEncoding *medct_encoding_from_codes(MedctModel *model, const int32_t *codes, int t, int h,
                                         int w, const float *latent, GError **error);
void medct_encoding_grid(const MedctEncoding *encoding, int *t, int *h, int *w);
const int32_t *medct_encoding_codes(const MedctEncoding *encoding); /* [t·h·w] */
const float *medct_encoding_latent(const MedctEncoding *encoding);  /* v [latent], unit norm */

/* n sentences of ids with [CLS] and [SEP], unpadded → latents [n][latent], unit norm. */
gboolean medct_model_encode_ids(MedctModel *model, const MedctSentence *sentences, int n,
                                float *latents, GError **error);
/* Tokenises n texts and encodes those that are not remembered in one pass; latents [n][latent].
 * Needs a vocabulary. */
gboolean medct_model_encode_texts(MedctModel *model, const char *const *texts, int n,
                                  float *latents, GError **error);

/* The same, and the monitor (NULL: none) may stop it: then nothing is remembered. */
gboolean medct_model_encode_texts_watched(MedctModel *model, const char *const *texts, int n,
                                          float *latents, const MedctMonitor *monitor,
                                          GError **error);

/* share [t·h·w] ← S·u with u [latent]; Σ share = ⟨u, v⟩ (spec §7). The basis S is made on the first
 * call for this encoding (28 MB at full size) and kept in it. */
gboolean medct_encoding_share(MedctModel *model, MedctEncoding *encoding, const float *u,
                              float *share, const MedctMonitor *monitor, GError **error);

/* What golden-check looks at: called with intermediate results while encoding. `name` as in the
 * golden forward file ("trace.patch", "trace.pre_vq", …). data is only valid during the call. */
typedef void (*MedctTrace)(const char *name, const float *data, int64_t n, void *user_data);
void medct_model_set_trace(MedctModel *model, MedctTrace trace, void *user_data);
/* Best minus second-best cosine of each code, [t·h·w]; only kept while a trace is set, else NULL.
 */
const float *medct_encoding_margins(const MedctEncoding *encoding);

G_END_DECLS
