/* A copy of weights in the order in which a few rows read them: panels of MEDCT_PANEL outputs, each
 * [in][MEDCT_PANEL] floats, the last padded with zeros. Read front to back without a sum over
 * lanes, so that computing hides behind the memory (docs/decisions.md). Worth its memory where the
 * same weights meet a few rows again and again: the text encoder.
 *
 * Owner: the caller frees the copy after the linears that point into it. Thread: any, one at a
 * time. */
#pragma once

#include "model/matmul.h"
#include "model/pool.h"

typedef struct _MedctPacked MedctPacked;

/* Packs n linears and points their `packed` into the copy, spread over the pool. NULL when the
 * memory is not to be had, or when cancelled: the linears then stay as they are. */
MedctPacked *medct_packed_new(MedctLinear *const *linears, int n, MedctPool *pool,
                              const MedctMonitor *monitor);
void medct_packed_free(MedctPacked *packed);
