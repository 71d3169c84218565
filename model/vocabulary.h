/* Makes a WordPiece vocabulary from counted words: special pieces in the order of CXR-BERT's, every
 * printable ASCII character, and then again and again the pair of neighbouring pieces that is most
 * frequent, joined to one (byte-pair merges, Sennrich et al. 2016). Equal counts go by the
 * alphabet: the same words give the same vocabulary. Thread: any. */
#pragma once

#include "model/error.h"
#include "model/monitor.h"

G_BEGIN_DECLS

#define MEDCT_VOCABULARY_SMALLEST 256 /* special pieces, characters and room for some words */
#define MEDCT_VOCABULARY_LARGEST  30522
#define MEDCT_VOCABULARY_WORDS    200000

/* `counts`: word → how often (medct_tokenizer_count_words). At most `size` pieces; fewer when every
 * word is one piece before. The text of a vocab.txt, the caller's. NULL: cancelled, or too many
 * words. */
char *medct_vocabulary_make(GHashTable *counts, int size, const MedctMonitor *monitor,
                            GError **error);

G_END_DECLS
