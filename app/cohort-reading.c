#include "app/cohort-reading.h"

typedef struct {
  guint row;
  MedctCohortVolume volume;
} Result;

/* Shared by the two threads; `results` ends with a Result of MEDCT_NO_ROW. */
struct _MedctCohortReading {
  gatomicrefcount count;
  MedctHost *host;
  MedctCohort *cohort;
  GArray *rows; /* of guint */
  MedctJob *job;
  GAsyncQueue *results;
  guint at;
};

static void
result_free(gpointer data)
{
  Result *result = data;
  g_free(result->volume.text);
  g_free(result);
}

static void
reading_unref(MedctCohortReading *reading)
{
  if (!g_atomic_ref_count_dec(&reading->count))
    return;
  medct_host_unref(reading->host);
  medct_cohort_unref(reading->cohort);
  g_array_unref(reading->rows);
  medct_job_unref(reading->job);
  g_async_queue_unref(reading->results);
  g_free(reading);
}

static bool
row_cancelled(void *data)
{
  const MedctCohortReading *reading = data;
  return medct_job_is_cancelled(reading->job);
}

static void
row_progress(void *data, double fraction, const char *stage)
{
  const MedctCohortReading *reading = data;
  medct_monitor_progress(medct_job_monitor(reading->job),
                         (reading->at + fraction) / reading->rows->len, NULL);
}

static gpointer
read_all(gpointer data)
{
  MedctCohortReading *reading = data;
  MedctMonitor monitor = {row_cancelled, row_progress, reading};
  for (reading->at = 0; reading->at < reading->rows->len; reading->at++) {
    Result *result = g_new0(Result, 1);
    result->row = g_array_index(reading->rows, guint, reading->at);
    if (medct_job_is_cancelled(reading->job) ||
        !medct_cohort_check_read(reading->host, medct_cohort_row(reading->cohort, result->row),
                                 &monitor, &result->volume)) {
      result_free(result);
      break;
    }
    g_async_queue_push(reading->results, result);
  }
  Result *end = g_new0(Result, 1);
  end->row = MEDCT_NO_ROW;
  g_async_queue_push(reading->results, end);
  reading_unref(reading);
  return NULL;
}

MedctCohortReading *
medct_cohort_reading_start(MedctHost *host, const MedctCohortCheck *check)
{
  MedctCohortReading *reading = g_new0(MedctCohortReading, 1);
  g_atomic_ref_count_init(&reading->count);
  g_atomic_ref_count_inc(&reading->count); /* the thread's */
  reading->host = medct_host_ref(host);
  reading->cohort = medct_cohort_ref(check->cohort);
  reading->job = medct_job_new("");
  reading->results = g_async_queue_new_full(result_free);
  reading->rows = g_array_new(FALSE, FALSE, sizeof(guint));
  for (guint n = 0; n < medct_cohort_n_rows(check->cohort); n++)
    if (!check->volumes[n].missing)
      g_array_append_val(reading->rows, n);
  g_thread_unref(g_thread_new("cohort", read_all, reading));
  return reading;
}

guint *
medct_cohort_reading_fetch(MedctCohortReading *reading, MedctCohortCheck *check, guint *n,
                           gboolean *done)
{
  GArray *rows = g_array_new(FALSE, FALSE, sizeof(guint));
  Result *result;
  *done = FALSE;
  while ((result = g_async_queue_try_pop(reading->results))) {
    *done |= result->row == MEDCT_NO_ROW;
    if (result->row != MEDCT_NO_ROW) {
      medct_cohort_check_take(check, result->row, &result->volume);
      g_array_append_val(rows, result->row);
    }
    result_free(result);
  }
  *n = rows->len;
  return (guint *)(void *)g_array_free(rows, FALSE);
}

void
medct_cohort_reading_stop(MedctCohortReading *reading)
{
  medct_job_cancel(reading->job);
  reading_unref(reading);
}

MedctJob *
medct_cohort_reading_job(MedctCohortReading *reading)
{
  return reading->job;
}
