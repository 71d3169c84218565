/* The order in which an epoch goes through its volumes. A function of seed and epoch alone, so that
 * a resumed training needs no generator's state. Thread: any. */
#pragma once

#include <glib.h>

/* order [n] ← a permutation of 0 … n − 1. */
void medct_batch_order(guint *order, guint n, guint64 seed, guint64 epoch);
