/* Scores and labels of the same volumes, from two tables. Both have one row a volume and one column
 * a finding. With headers, the first column names the volumes and the others the findings, and rows
 * are matched by volume and columns by finding; bare tables of numbers are matched by place.
 * Owner: the caller. Immutable once read: any thread. */
#pragma once

#include "model/error.h"

G_BEGIN_DECLS

typedef struct {
  guint n_rows, n_classes;
  double *scores; /* [n_rows, n_classes], finite */
  gint8 *labels;  /* [n_rows, n_classes]: 1, 0, −1 unknown */
  char **volumes; /* [n_rows] and NULL; NULL in a bare table */
  char **classes; /* [n_classes] and NULL; NULL in a bare table */
} MedctScoreTable;

/* Refuses duplicates and volumes or findings that only one table has, listing them. */
MedctScoreTable *medct_score_table_load(const char *scores, const char *labels, GError **error);
void medct_score_table_free(MedctScoreTable *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MedctScoreTable, medct_score_table_free)

G_END_DECLS
