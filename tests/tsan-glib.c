/* Tells the thread sanitizer what GLib's own locks order: GLib is not built with it, and its
 * mutexes are futexes that it cannot see. Linked with --wrap into builds with
 * -Db_sanitize=thread only; without them every lock looks like none. */
#include <glib.h>
#include <sanitizer/tsan_interface.h>

#define ORDER_AFTER(object)  __tsan_acquire((void *)(object))
#define ORDER_BEFORE(object) __tsan_release((void *)(object))

void __real_g_mutex_lock(GMutex *mutex);
void __real_g_mutex_unlock(GMutex *mutex);
gboolean __real_g_mutex_trylock(GMutex *mutex);
void __real_g_cond_wait(GCond *cond, GMutex *mutex);
gboolean __real_g_cond_wait_until(GCond *cond, GMutex *mutex, gint64 end_time);
void __real_g_async_queue_push(GAsyncQueue *queue, gpointer data);
gpointer __real_g_async_queue_pop(GAsyncQueue *queue);
gpointer __real_g_async_queue_try_pop(GAsyncQueue *queue);
gpointer __real_g_async_queue_timeout_pop(GAsyncQueue *queue, guint64 timeout);

void __wrap_g_mutex_lock(GMutex *mutex);
void __wrap_g_mutex_unlock(GMutex *mutex);
gboolean __wrap_g_mutex_trylock(GMutex *mutex);
void __wrap_g_cond_wait(GCond *cond, GMutex *mutex);
gboolean __wrap_g_cond_wait_until(GCond *cond, GMutex *mutex, gint64 end_time);
void __wrap_g_async_queue_push(GAsyncQueue *queue, gpointer data);
gpointer __wrap_g_async_queue_pop(GAsyncQueue *queue);
gpointer __wrap_g_async_queue_try_pop(GAsyncQueue *queue);
gpointer __wrap_g_async_queue_timeout_pop(GAsyncQueue *queue, guint64 timeout);

void
__wrap_g_mutex_lock(GMutex *mutex)
{
  __real_g_mutex_lock(mutex);
  ORDER_AFTER(mutex);
}

void
__wrap_g_mutex_unlock(GMutex *mutex)
{
  ORDER_BEFORE(mutex);
  __real_g_mutex_unlock(mutex);
}

gboolean
__wrap_g_mutex_trylock(GMutex *mutex)
{
  gboolean locked = __real_g_mutex_trylock(mutex);
  if (locked)
    ORDER_AFTER(mutex);
  return locked;
}

void
__wrap_g_cond_wait(GCond *cond, GMutex *mutex)
{
  ORDER_BEFORE(mutex);
  __real_g_cond_wait(cond, mutex);
  ORDER_AFTER(mutex);
}

gboolean
__wrap_g_cond_wait_until(GCond *cond, GMutex *mutex, gint64 end_time)
{
  ORDER_BEFORE(mutex);
  gboolean in_time = __real_g_cond_wait_until(cond, mutex, end_time);
  ORDER_AFTER(mutex);
  return in_time;
}

void
__wrap_g_async_queue_push(GAsyncQueue *queue, gpointer data)
{
  ORDER_BEFORE(queue);
  __real_g_async_queue_push(queue, data);
}

gpointer
__wrap_g_async_queue_pop(GAsyncQueue *queue)
{
  gpointer data = __real_g_async_queue_pop(queue);
  ORDER_AFTER(queue);
  return data;
}

gpointer
__wrap_g_async_queue_try_pop(GAsyncQueue *queue)
{
  gpointer data = __real_g_async_queue_try_pop(queue);
  ORDER_AFTER(queue);
  return data;
}

gpointer
__wrap_g_async_queue_timeout_pop(GAsyncQueue *queue, guint64 timeout)
{
  gpointer data = __real_g_async_queue_timeout_pop(queue, timeout);
  ORDER_AFTER(queue);
  return data;
}
