#include "model/pool.h"
#include <glib.h>
#include <stdatomic.h>

struct _MedctPool {
  int n_threads;
  GThread **threads; /* n_threads − 1 of them */
  GMutex mutex;
  GCond start, done;
  unsigned round; /* a new value starts the workers */
  int busy;
  bool quit;
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

static gpointer
worker_main(gpointer data)
{
  Worker *worker = data;
  MedctPool *pool = worker->pool;
  unsigned seen = 0;
  g_mutex_lock(&pool->mutex);
  for (;;) {
    while (pool->round == seen && !pool->quit)
      g_cond_wait(&pool->start, &pool->mutex);
    if (pool->quit)
      break;
    seen = pool->round;
    g_mutex_unlock(&pool->mutex);
    work_off(pool, worker->index);
    g_mutex_lock(&pool->mutex);
    if (--pool->busy == 0)
      g_cond_signal(&pool->done);
  }
  g_mutex_unlock(&pool->mutex);
  g_free(worker);
  return NULL;
}

MedctPool *
medct_pool_new(int n_threads)
{
  MedctPool *pool = g_new0(MedctPool, 1);
  pool->n_threads = n_threads > 0 ? n_threads : (int)g_get_num_processors();
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
  g_mutex_lock(&pool->mutex);
  pool->quit = true;
  g_cond_broadcast(&pool->start);
  g_mutex_unlock(&pool->mutex);
  for (int i = 1; i < pool->n_threads; i++)
    g_thread_join(pool->threads[i - 1]);
  g_free(pool->threads);
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
start_workers(MedctPool *pool)
{
  g_mutex_lock(&pool->mutex);
  pool->busy = pool->n_threads - 1;
  pool->round++;
  g_cond_broadcast(&pool->start);
  g_mutex_unlock(&pool->mutex);
}

static void
wait_for_workers(MedctPool *pool)
{
  g_mutex_lock(&pool->mutex);
  while (pool->busy > 0)
    g_cond_wait(&pool->done, &pool->mutex);
  g_mutex_unlock(&pool->mutex);
}

bool
medct_pool_run(MedctPool *pool, int n, MedctPoolWork work, void *data, const MedctMonitor *monitor,
               double from, double to, const char *stage)
{
  int item;
  pool->work = work;
  pool->data = data;
  pool->n = n;
  atomic_store(&pool->next, 0);
  atomic_store(&pool->stopped, false);
  start_workers(pool);
  while ((item = atomic_fetch_add(&pool->next, 1)) < n) {
    if (medct_monitor_cancelled(monitor)) {
      atomic_store(&pool->stopped, true);
      break;
    }
    work(item, 0, data);
    medct_monitor_progress(monitor, from + (to - from) * (item + 1) / n, stage);
  }
  wait_for_workers(pool);
  return !atomic_load(&pool->stopped);
}
