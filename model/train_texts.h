/* The sentences that training asks of its volumes, as token ids: "P is present." and "P is not
 * present." of each class, or the volumes' own reports. Immutable; thread: any. */
#pragma once

#include "model/text_encoder.h"
#include "model/tokenizer.h"
#include "model/train_set.h"

G_BEGIN_DECLS

typedef struct _MedctTrainTexts MedctTrainTexts;

/* Reports are cut at the position table's length. */
MedctTrainTexts *medct_train_texts_new(const MedctTokenizer *tokenizer, const MedctConfig *config,
                                       const MedctTrainSet *set, gboolean reports, GError **error);
void medct_train_texts_free(MedctTrainTexts *texts);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MedctTrainTexts, medct_train_texts_free)

/* [2·n_classes]: present, absent, present, … */
const MedctSentence *medct_train_texts_prompts(const MedctTrainTexts *texts);
/* Of an item; only when made with `reports`. */
MedctSentence medct_train_texts_report(const MedctTrainTexts *texts, guint item);

G_END_DECLS
