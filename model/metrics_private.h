/* A ranking seen from inside: for metrics*.c only. */
#pragma once

#include "model/metrics.h"

typedef struct {
  double score;
  guint32 row; /* where its weight stands */
  gboolean present;
} MedctRankedRow;

struct _MedctRanking {
  MedctRankedRow *rows; /* [n], by falling score */
  gsize n, n_present;
};

typedef struct {
  guint64 present, absent;
} MedctTieCounts;

/* Takes the rows of the next equal score, from *at on, and steps over them; FALSE at the end. */
static inline gboolean
medct_ranking_next_tie(const MedctRanking *ranking, const guint32 *weights, gsize *at,
                       MedctTieCounts *tie)
{
  if (*at == ranking->n)
    return FALSE;
  *tie = (MedctTieCounts){0, 0};
  double score = ranking->rows[*at].score;
  do {
    const MedctRankedRow *row = &ranking->rows[(*at)++];
    guint64 weight = weights ? weights[row->row] : 1;
    *(row->present ? &tie->present : &tie->absent) += weight;
  } while (*at < ranking->n && ranking->rows[*at].score == score);
  return TRUE;
}
