/* Learning the codebook of the vector quantisation: spherical k-means to begin with, then a moving
 * average of what falls on each code (van den Oord et al. 2017, appendix A; entries are cluster
 * means as they are, compared by cosine). Fine-tuning never does this: its codebook is frozen
 * (spec §4.8).
 *
 * Thread: one call at a time. Sums run in index order and random numbers come from the seed, so
 * that a result is bit-equal whatever the pool's threads. */
#pragma once

#include "model/pool.h"
#include <glib.h>

G_BEGIN_DECLS

/* codebook [K, D] ← K cluster means of tokens [n, D], n ≥ K, after `rounds` of assignment by
 * cosine. Begins at tokens drawn without repetition; a code that nothing falls on takes a drawn
 * token. False when cancelled. */
gboolean medct_codebook_cluster(float *codebook, int K, int D, const float *tokens, int n,
                                int rounds, guint64 seed, MedctPool *pool,
                                const MedctMonitor *monitor);

/* The moving average. Plain numbers, so that a checkpoint can hold them. */
typedef struct {
  int K, D;
  double decay;   /* of both averages, in (0, 1) */
  double dead;    /* a code whose average count a step falls below this takes a drawn token */
  double *counts; /* [K], owned */
  double *sums;   /* [K, D], owned */
} MedctCodebookAverage;

/* Starts at the codebook [K, D] as if each code had been met `count` times a step. */
void medct_codebook_average_init(MedctCodebookAverage *average, const float *codebook, int K, int D,
                                 double count);
void medct_codebook_average_clear(MedctCodebookAverage *average);
/* One step: tokens [n, D], n > 0, and the codes [n] they fell on move the averages, and codebook
 * [K, D] follows. Returns how many codes were dead and replaced. */
int medct_codebook_average_step(MedctCodebookAverage *average, float *codebook, const float *tokens,
                                const int32_t *codes, int n, guint64 seed);

G_END_DECLS
