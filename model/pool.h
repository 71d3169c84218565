/* Worker threads for the engine. Each worker calls the BLAS single-threaded on its own block of
 * rows: no barrier per matrix product, and the passes between products run in parallel too
 * (docs/decisions.md). Thread: one medct_pool_run at a time; the caller works as worker 0 and is
 * the only one on which the monitor is called. */
#pragma once

#include "model/monitor.h"

typedef struct _MedctPool MedctPool;

/* `n_threads` ≤ 0: as many as there are processors. */
MedctPool *medct_pool_new(int n_threads);
void medct_pool_free(MedctPool *pool);
int medct_pool_threads(const MedctPool *pool);

/* Calls work(item, worker, data) for item 0 … n − 1. False when the monitor cancelled: then some
 * items were left out. Progress goes from `from` to `to`. */
typedef void (*MedctPoolWork)(int item, int worker, void *data);
bool medct_pool_run(MedctPool *pool, int n, MedctPoolWork work, void *data,
                    const MedctMonitor *monitor, double from, double to, const char *stage);
