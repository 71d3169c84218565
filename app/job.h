/* One piece of long work as people see it: what it is, how far it is, how to stop it.
 * Owner: reference-counted. Thread: the worker reports through the monitor, the main thread reads
 * and cancels. */
#pragma once

#include "model/monitor.h"
#include <glib.h>

G_BEGIN_DECLS

typedef struct _MedctJob MedctJob;

MedctJob *medct_job_new(const char *title);
MedctJob *medct_job_ref(MedctJob *job);
void medct_job_unref(MedctJob *job);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MedctJob, medct_job_unref)

const MedctMonitor *medct_job_monitor(MedctJob *job);
void medct_job_cancel(MedctJob *job);
gboolean medct_job_is_cancelled(MedctJob *job);

const char *medct_job_title(const MedctJob *job);
/* 0 … 1; *stage is a copy for the caller. */
double medct_job_read(MedctJob *job, char **stage);
/* "3 s left", "" while there is nothing to go by; the caller frees. */
char *medct_job_time_left(MedctJob *job);

G_END_DECLS
