/* How long work reports and is stopped: the same two callbacks everywhere in model/.
 *
 * Owner: the caller; must outlive the call it is passed to. Thread: the callbacks are called on
 * the thread that does the work, at least every 100 ms, never from BLAS worker threads. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

typedef struct {
  bool (*cancelled)(void *data);                                    /* may be NULL */
  void (*progress)(void *data, double fraction, const char *stage); /* 0..1, may be NULL */
  void *data;
} MedctMonitor;

/* `monitor` may be NULL: then nothing is reported and nothing is cancelled. */
static inline bool
medct_monitor_cancelled(const MedctMonitor *monitor)
{
  return monitor != NULL && monitor->cancelled != NULL && monitor->cancelled(monitor->data);
}

static inline void
medct_monitor_progress(const MedctMonitor *monitor, double fraction, const char *stage)
{
  if (monitor != NULL && monitor->progress != NULL)
    monitor->progress(monitor->data, fraction, stage);
}
