#include "app/job.h"
#include <glib/gi18n.h>

struct _MedctJob {
  gatomicrefcount count;
  char *title;
  MedctMonitor monitor;
  int cancelled; /* atomic */
  GMutex mutex;  /* for the two below */
  double fraction;
  char *stage;
  gint64 started; /* µs, monotonic */
};

static bool
cancelled(void *data)
{
  MedctJob *job = data;
  return g_atomic_int_get(&job->cancelled);
}

static void
progress(void *data, double fraction, const char *stage)
{
  MedctJob *job = data;
  g_mutex_lock(&job->mutex);
  job->fraction = CLAMP(fraction, 0, 1);
  if (stage != NULL && g_strcmp0(stage, job->stage) != 0) {
    g_free(job->stage);
    job->stage = g_strdup(stage);
  }
  g_mutex_unlock(&job->mutex);
}

MedctJob *
medct_job_new(const char *title)
{
  MedctJob *job = g_new0(MedctJob, 1);
  g_atomic_ref_count_init(&job->count);
  g_mutex_init(&job->mutex);
  job->title = g_strdup(title);
  job->stage = g_strdup("");
  job->started = g_get_monotonic_time();
  job->monitor = (MedctMonitor){cancelled, progress, job};
  return job;
}

MedctJob *
medct_job_ref(MedctJob *job)
{
  g_atomic_ref_count_inc(&job->count);
  return job;
}

void
medct_job_unref(MedctJob *job)
{
  if (!g_atomic_ref_count_dec(&job->count))
    return;
  g_mutex_clear(&job->mutex);
  g_free(job->title);
  g_free(job->stage);
  g_free(job);
}

const MedctMonitor *
medct_job_monitor(MedctJob *job)
{
  return &job->monitor;
}

void
medct_job_cancel(MedctJob *job)
{
  g_atomic_int_set(&job->cancelled, 1);
}

gboolean
medct_job_is_cancelled(MedctJob *job)
{
  return g_atomic_int_get(&job->cancelled);
}

const char *
medct_job_title(const MedctJob *job)
{
  return job->title;
}

double
medct_job_read(MedctJob *job, char **stage)
{
  g_mutex_lock(&job->mutex);
  double fraction = job->fraction;
  *stage = g_strdup(job->stage);
  g_mutex_unlock(&job->mutex);
  return fraction;
}

char *
medct_job_time_left(MedctJob *job)
{
  g_autofree char *stage = NULL;
  double fraction = medct_job_read(job, &stage);
  double elapsed = (double)(g_get_monotonic_time() - job->started) / G_USEC_PER_SEC;
  if (fraction < 0.05 || elapsed < 0.5)
    return g_strdup("");
  int seconds = (int)(elapsed / fraction * (1 - fraction)) + 1;
  return seconds < 90 ? g_strdup_printf(_("%d s left"), seconds)
                      : g_strdup_printf(_("%d min left"), (seconds + 30) / 60);
}
