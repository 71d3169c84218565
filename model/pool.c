#include "model/pool.h"
#include <glib.h>
#include <stdatomic.h>

struct _MedctPool {
  int n_threads;
  GThread **threads; /* n_threads − 1 of them */
  GMutex in_use;     /* held for the length of a run */
  GMutex mutex;
  GCond start, done;
  atomic_uint round; /* a new value starts the workers */
  atomic_int busy;
  atomic_bool quit;
  /* the work at hand */
  MedctPoolWork work;
  void *data;
  int n;
  atomic_int next;
  atomic_bool stopped;
};

typedef struct {
  MedctPool *pool;
  int index;
} Worker;

static void
work_off(MedctPool *pool, int worker)
{
  int item;
  while (!atomic_load(&pool->stopped) && (item = atomic_fetch_add(&pool->next, 1)) < pool->n)
    pool->work(item, worker, pool->data);
}

static inline void
pause_thread(void)
{
#if defined __x86_64__
  __builtin_ia32_pause();
#elif defined __aarch64__
  __asm__ volatile("yield");
#endif
}

/* Some tens of microseconds: passes follow each other closely, and waking a sleeping thread costs
 * as much as a small product of a prompt. */
#define SPINS 4000

/* Returns once the round is no longer `seen`, or at the end of the pool. */
static unsigned
wait_for_round(MedctPool *pool, unsigned seen)
{
  for (int i = 0; i < SPINS && atomic_load(&pool->round) == seen; i++)
    pause_thread();
  g_mutex_lock(&pool->mutex);
  while (atomic_load(&pool->round) == seen)
    g_cond_wait(&pool->start, &pool->mutex);
  g_mutex_unlock(&pool->mutex);
  return atomic_load(&pool->round);
}

static gpointer
worker_main(gpointer data)
{
  Worker *worker = data;
  MedctPool *pool = worker->pool;
  unsigned seen = 0;
  for (;;) {
    seen = wait_for_round(pool, seen);
    if (atomic_load(&pool->quit))
      break;
    work_off(pool, worker->index);
    if (atomic_fetch_sub(&pool->busy, 1) != 1)
      continue;
    g_mutex_lock(&pool->mutex);
    g_cond_signal(&pool->done);
    g_mutex_unlock(&pool->mutex);
  }
  g_free(worker);
  return NULL;
}

static void
start_workers(MedctPool *pool)
{
  g_mutex_lock(&pool->mutex);
  atomic_store(&pool->busy, pool->n_threads - 1);
  atomic_fetch_add(&pool->round, 1);
  g_cond_broadcast(&pool->start);
  g_mutex_unlock(&pool->mutex);
}

MedctPool *
medct_pool_new(int n_threads)
{
  MedctPool *pool = g_new0(MedctPool, 1);
  pool->n_threads = n_threads > 0 ? n_threads : (int)g_get_num_processors();
  g_mutex_init(&pool->in_use);
  g_mutex_init(&pool->mutex);
  g_cond_init(&pool->start);
  g_cond_init(&pool->done);
  pool->threads = g_new0(GThread *, pool->n_threads);
  for (int i = 1; i < pool->n_threads; i++) {
    Worker *worker = g_new0(Worker, 1);
    *worker = (Worker){pool, i};
    pool->threads[i - 1] = g_thread_new("medct-engine", worker_main, worker);
  }
  return pool;
}

void
medct_pool_free(MedctPool *pool)
{
  if (pool == NULL)
    return;
  atomic_store(&pool->quit, true);
  start_workers(pool);
  for (int i = 1; i < pool->n_threads; i++)
    g_thread_join(pool->threads[i - 1]);
  g_free(pool->threads);
  g_mutex_clear(&pool->in_use);
  g_mutex_clear(&pool->mutex);
  g_cond_clear(&pool->start);
  g_cond_clear(&pool->done);
  g_free(pool);
}

int
medct_pool_threads(const MedctPool *pool)
{
  return pool->n_threads;
}

static void
wait_for_workers(MedctPool *pool)
{
  for (int i = 0; i < SPINS && atomic_load(&pool->busy) > 0; i++)
    pause_thread();
  g_mutex_lock(&pool->mutex);
  while (atomic_load(&pool->busy) > 0)
    g_cond_wait(&pool->done, &pool->mutex);
  g_mutex_unlock(&pool->mutex);
}

/* The caller's part of the work; it alone calls the monitor. False when cancelled. */
static bool
work_as_caller(atomic_int *next, int n, MedctPoolWork work, void *data, const MedctMonitor *monitor,
               double from, double to, const char *stage)
{
  int item;
  while ((item = atomic_fetch_add(next, 1)) < n) {
    if (medct_monitor_cancelled(monitor))
      return false;
    work(item, 0, data);
    medct_monitor_progress(monitor, from + (to - from) * (item + 1) / n, stage);
  }
  return true;
}

bool
medct_pool_run(MedctPool *pool, int n, MedctPoolWork work, void *data, const MedctMonitor *monitor,
               double from, double to, const char *stage)
{
  /* Asked here too: with few short items the others may leave none for the caller to ask before. */
  if (medct_monitor_cancelled(monitor))
    return false;
  if (!g_mutex_trylock(&pool->in_use)) {
    atomic_int next = 0;
    return work_as_caller(&next, n, work, data, monitor, from, to, stage);
  }
  pool->work = work;
  pool->data = data;
  pool->n = n;
  atomic_store(&pool->next, 0);
  atomic_store(&pool->stopped, false);
  start_workers(pool);
  bool done = work_as_caller(&pool->next, n, work, data, monitor, from, to, stage);
  if (!done)
    atomic_store(&pool->stopped, true);
  wait_for_workers(pool);
  g_mutex_unlock(&pool->in_use);
  return done;
}
