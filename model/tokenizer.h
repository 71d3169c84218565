/* BERT's uncased WordPiece (spec §5, "Tokeniser"). Immutable after opening: any thread. */
#pragma once

#include "model/error.h"
#include <stdint.h>

G_BEGIN_DECLS

typedef struct _MedctTokenizer MedctTokenizer;

/* `path` is a vocab.txt: one piece per line, id = line number from 0. */
MedctTokenizer *medct_tokenizer_open(const char *path, GError **error);
void medct_tokenizer_free(MedctTokenizer *tokenizer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MedctTokenizer, medct_tokenizer_free)

int medct_tokenizer_size(const MedctTokenizer *tokenizer);
/* GArray of int32_t: [CLS] pieces [SEP], at most max_ids of them. Invalid UTF-8 is refused. */
GArray *medct_tokenizer_encode(const MedctTokenizer *tokenizer, const char *text, gssize length,
                               int max_ids, GError **error);

/* Counts the words of a text, lower-cased and split as before pieces are looked up. `counts`: word
 * (owned by the table) → how often, as GSIZE_TO_POINTER. */
gboolean medct_tokenizer_count_words(const char *text, gssize length, GHashTable *counts,
                                     GError **error);

G_END_DECLS
