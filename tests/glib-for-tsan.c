/* Tells the thread sanitizer what GLib's reference counts, tasks and idle calls order, beside
 * tsan-glib.c for its locks and queues: the system's GLib is not instrumented. Linked with --wrap
 * for each function below, into the programs that run under the sanitizer only. */
#include <gio/gio.h>
#include <sanitizer/tsan_interface.h>

/* The linker's names. */
gboolean __real_g_once_init_enter(void *location);
void __real_g_once_init_leave(void *location, gsize result);
void __real_g_atomic_ref_count_inc(gatomicrefcount *count);
gboolean __real_g_atomic_ref_count_dec(gatomicrefcount *count);
gpointer __real_g_atomic_rc_box_acquire(gpointer box);
void __real_g_atomic_rc_box_release_full(gpointer box, GDestroyNotify clear);
void __real_g_task_set_task_data(GTask *task, gpointer data, GDestroyNotify clear);
gpointer __real_g_task_get_task_data(GTask *task);
void __real_g_task_run_in_thread(GTask *task, GTaskThreadFunc work);
void __real_g_task_return_pointer(GTask *task, gpointer result, GDestroyNotify clear);
void __real_g_task_return_error(GTask *task, GError *error);
void __real_g_task_return_boolean(GTask *task, gboolean result);
gpointer __real_g_task_propagate_pointer(GTask *task, GError **error);
gboolean __real_g_task_propagate_boolean(GTask *task, GError **error);
void __real_g_main_context_invoke_full(GMainContext *context, int priority, GSourceFunc call,
                                       gpointer data, GDestroyNotify clear);
gboolean __wrap_g_once_init_enter(void *location);
void __wrap_g_once_init_leave(void *location, gsize result);
void __wrap_g_atomic_ref_count_inc(gatomicrefcount *count);
gboolean __wrap_g_atomic_ref_count_dec(gatomicrefcount *count);
gpointer __wrap_g_atomic_rc_box_acquire(gpointer box);
void __wrap_g_atomic_rc_box_release_full(gpointer box, GDestroyNotify clear);
void __wrap_g_task_set_task_data(GTask *task, gpointer data, GDestroyNotify clear);
gpointer __wrap_g_task_get_task_data(GTask *task);
void __wrap_g_task_run_in_thread(GTask *task, GTaskThreadFunc work);
void __wrap_g_task_return_pointer(GTask *task, gpointer result, GDestroyNotify clear);
void __wrap_g_task_return_error(GTask *task, GError *error);
void __wrap_g_task_return_boolean(GTask *task, gboolean result);
gpointer __wrap_g_task_propagate_pointer(GTask *task, GError **error);
gboolean __wrap_g_task_propagate_boolean(GTask *task, GError **error);
void __wrap_g_main_context_invoke_full(GMainContext *context, int priority, GSourceFunc call,
                                       gpointer data, GDestroyNotify clear);

/* ---- once --------------------------------------------------------------------------------- */

gboolean
__wrap_g_once_init_enter(void *location)
{
  gboolean first = __real_g_once_init_enter(location);
  __tsan_acquire(location);
  return first;
}

void
__wrap_g_once_init_leave(void *location, gsize result)
{
  __tsan_release(location);
  __real_g_once_init_leave(location, result);
}

/* ---- reference counts ---------------------------------------------------------------------- */

void
__wrap_g_atomic_ref_count_inc(gatomicrefcount *count)
{
  __real_g_atomic_ref_count_inc(count);
}

gboolean
__wrap_g_atomic_ref_count_dec(gatomicrefcount *count)
{
  __tsan_release(count);
  gboolean last = __real_g_atomic_ref_count_dec(count);
  if (last)
    __tsan_acquire(count);
  return last;
}

gpointer
__wrap_g_atomic_rc_box_acquire(gpointer box)
{
  return __real_g_atomic_rc_box_acquire(box);
}

/* The clear function is called inside: what others released must be seen before. */
void
__wrap_g_atomic_rc_box_release_full(gpointer box, GDestroyNotify clear)
{
  __tsan_release(box);
  __tsan_acquire(box);
  __real_g_atomic_rc_box_release_full(box, clear);
}

/* ---- tasks --------------------------------------------------------------------------------- */

typedef struct {
  GTaskThreadFunc work;
  gpointer data;
  GDestroyNotify clear;
} Wrapped;

static void
wrapped_free(gpointer data)
{
  Wrapped *wrapped = data;
  __tsan_acquire(wrapped);
  if (wrapped->clear != NULL)
    wrapped->clear(wrapped->data);
  g_free(wrapped);
}

void
__wrap_g_task_set_task_data(GTask *task, gpointer data, GDestroyNotify clear)
{
  Wrapped *wrapped = g_new0(Wrapped, 1);
  *wrapped = (Wrapped){NULL, data, clear};
  __real_g_task_set_task_data(task, wrapped, wrapped_free);
}

/* For work that runs on a thread of its own instead of the task's. */
gpointer
__wrap_g_task_get_task_data(GTask *task)
{
  Wrapped *wrapped = __real_g_task_get_task_data(task);
  return wrapped != NULL ? wrapped->data : NULL;
}

static void
work_off(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Wrapped *wrapped = data;
  __tsan_acquire(wrapped);
  wrapped->work(task, source, wrapped->data, cancellable);
  __tsan_release(wrapped);
}

void
__wrap_g_task_run_in_thread(GTask *task, GTaskThreadFunc work)
{
  if (__real_g_task_get_task_data(task) == NULL)
    __wrap_g_task_set_task_data(task, NULL, NULL);
  Wrapped *wrapped = __real_g_task_get_task_data(task);
  wrapped->work = work;
  __tsan_release(wrapped);
  __real_g_task_run_in_thread(task, work_off);
}

void
__wrap_g_task_return_pointer(GTask *task, gpointer result, GDestroyNotify clear)
{
  __tsan_release(task);
  __real_g_task_return_pointer(task, result, clear);
}

void
__wrap_g_task_return_error(GTask *task, GError *error)
{
  __tsan_release(task);
  __real_g_task_return_error(task, error);
}

gpointer
__wrap_g_task_propagate_pointer(GTask *task, GError **error)
{
  __tsan_acquire(task);
  return __real_g_task_propagate_pointer(task, error);
}

void
__wrap_g_task_return_boolean(GTask *task, gboolean result)
{
  __tsan_release(task);
  __real_g_task_return_boolean(task, result);
}

gboolean
__wrap_g_task_propagate_boolean(GTask *task, GError **error)
{
  __tsan_acquire(task);
  return __real_g_task_propagate_boolean(task, error);
}

/* ---- calls on the main thread -------------------------------------------------------------- */

typedef struct {
  GSourceFunc call;
  gpointer data;
  GDestroyNotify clear;
} Invoked;

static gboolean
invoked_call(gpointer data)
{
  Invoked *invoked = data;
  __tsan_acquire(invoked);
  return invoked->call(invoked->data);
}

static void
invoked_free(gpointer data)
{
  Invoked *invoked = data;
  __tsan_acquire(invoked);
  if (invoked->clear != NULL)
    invoked->clear(invoked->data);
  g_free(invoked);
}

void
__wrap_g_main_context_invoke_full(GMainContext *context, int priority, GSourceFunc call,
                                  gpointer data, GDestroyNotify clear)
{
  Invoked *invoked = g_new0(Invoked, 1);
  *invoked = (Invoked){call, data, clear};
  __tsan_release(invoked);
  __real_g_main_context_invoke_full(context, priority, invoked_call, invoked, invoked_free);
}
