/* Adds up gradients that workers make block by block, always in the order of the blocks, whoever
 * finishes first: the result does not depend on the number of threads. A worker takes memory, fills
 * it, gives it back; nobody waits, so that a cancelled pass may leave blocks out. Thread: any. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What a gradient is added to in the end; NULL: not wanted. */
typedef struct {
  float *to;
  gsize n;
} MedctGradientSlot;

typedef struct _MedctGradientSum MedctGradientSum;

/* Borrows the slots. Every item 0 … n − 1 is given once; without slots that are wanted nothing is
 * allocated. */
MedctGradientSum *medct_gradient_sum_new(const MedctGradientSlot *slots, int n_slots);
/* Items that were not reached by those before them are dropped. */
void medct_gradient_sum_free(MedctGradientSum *sum);
/* parts [n_slots] ← zeros to add a block's gradients to, NULL where not wanted. The result goes to
 * medct_gradient_sum_give(). */
float *medct_gradient_sum_take(MedctGradientSum *sum, float **parts);
void medct_gradient_sum_give(MedctGradientSum *sum, int item, float *memory);

G_END_DECLS
