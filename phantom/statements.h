/* What one may say of a made-up patient in a sentence of one's own: a finding in other words, with
 * its side, with its size, with both. Each statement is true, false or cannot be told, from what
 * was drawn; two of them that differ in one word are rivals. The list is fixed. Thread: any. */
#pragma once

#include "phantom/labels.h"

G_BEGIN_DECLS

typedef struct {
  int finding; /* index among the pathologies */
  int side;    /* −1 right, 0 not said, 1 left */
  int grade;   /* 1 small or mild, 0 not said, 3 large or severe */
} MedctStatement;

/* Static; *n of them. The first MEDCT_N_PATHOLOGIES say their finding and nothing else. */
const MedctStatement *medct_statements(guint *n);

/* Pairs of indexes into the list, [*n][2]: the same finding, the other side or the other size.
 * Static. */
const guint (*medct_statement_rivals(guint *n))[2];

/* 1 true, 0 false, −1 neither: of moderate size, or of no side that was drawn. `objects`: of
 * MedctObject. */
int medct_statement_truth(const MedctStatement *statement, const MedctLabels *labels,
                          const GArray *objects);

/* Pairs (MedctPrompt): wordings, each with its opposite. The caller unrefs the array. */
GPtrArray *medct_statement_wordings(const MedctStatement *statement);

G_END_DECLS
