#include "app/engine.h"
#include "model/card.h"
#include <glib/gi18n.h>
#include <math.h>
#include <string.h>
#include <sys/resource.h>

/* ---- what is handed out -------------------------------------------------------------------- */

static void
clear_model(gpointer data)
{
  MedctLoadedModel *model = data;
  g_clear_pointer(&model->backend, medct_backend_unref);
  g_mutex_clear(&model->calls);
  g_free(model->latents);
  g_free(model->path);
  g_free(model->adapter);
}

MedctLoadedModel *
medct_loaded_model_ref(MedctLoadedModel *model)
{
  return g_atomic_rc_box_acquire(model);
}

void
medct_loaded_model_unref(MedctLoadedModel *model)
{
  g_atomic_rc_box_release_full(model, clear_model);
}

static void
clear_scored(gpointer data)
{
  MedctScoredStudy *scored = data;
  for (guint n = 0; n < MEDCT_N_PATHOLOGIES; n++)
    g_clear_pointer(&scored->answers[n], medct_answer_unref);
  g_clear_pointer(&scored->encoding, medct_study_encoding_unref);
  g_clear_pointer(&scored->model, medct_loaded_model_unref);
}

MedctScoredStudy *
medct_scored_study_ref(MedctScoredStudy *scored)
{
  return g_atomic_rc_box_acquire(scored);
}

void
medct_scored_study_unref(MedctScoredStudy *scored)
{
  g_atomic_rc_box_release_full(scored, clear_scored);
}

/* ---- workers ------------------------------------------------------------------------------- */

typedef struct {
  MedctHost *host;
  MedctLoadedModel *model;
  MedctScoredStudy *scored, *adapted;
  MedctVolume *volume;
  MedctJob *job;
  MedctSlabListener listener;
  char *path, *adapter;
  GPtrArray *pairs; /* of MedctPrompt */
  gboolean with_share;
} Order;

static void
order_free(gpointer data)
{
  Order *order = data;
  g_clear_pointer(&order->host, medct_host_unref);
  g_clear_pointer(&order->model, medct_loaded_model_unref);
  g_clear_pointer(&order->scored, medct_scored_study_unref);
  g_clear_pointer(&order->adapted, medct_scored_study_unref);
  g_clear_pointer(&order->volume, medct_volume_unref);
  g_clear_pointer(&order->job, medct_job_unref);
  g_clear_pointer(&order->pairs, g_ptr_array_unref);
  g_free(order->path);
  g_free(order->adapter);
  g_free(order);
}

static void
release(GTask *task, GParamSpec *spec, GApplication *application)
{
  g_application_release(application);
}

void
medct_engine_hold_program(GTask *task)
{
  GApplication *application = g_application_get_default();
  if (application == NULL)
    return;
  g_application_hold(application);
  g_signal_connect_object(task, "notify::completed", G_CALLBACK(release), application, 0);
}

static void
run(Order *order, GTaskThreadFunc work, GAsyncReadyCallback done, gpointer data)
{
  g_autoptr(GTask) task = g_task_new(NULL, NULL, done, data);
  g_task_set_task_data(task, order, order_free);
  medct_engine_hold_program(task);
  g_task_run_in_thread(task, work);
}

typedef struct {
  GTask *task; /* referenced */
  GTaskThreadFunc work;
} Own;

static gpointer
work_alone(gpointer data)
{
  Own *own = data;
  own->work(own->task, NULL, g_task_get_task_data(own->task), NULL);
  g_object_unref(own->task);
  g_free(own);
  return NULL;
}

/* In a thread of its own, which may step behind and ends then. */
static void
run_alone(Order *order, GTaskThreadFunc work, GAsyncReadyCallback done, gpointer data)
{
  GTask *task = g_task_new(NULL, NULL, done, data);
  g_task_set_task_data(task, order, order_free);
  medct_engine_hold_program(task);
  Own *own = g_new(Own, 1);
  *own = (Own){task, work};
  g_thread_unref(g_thread_new("medct-behind", work_alone, own));
}

/* Encoding takes every processor for seconds. At a lower priority the pictures still follow the
 * hand, and a question is still answered at once. What the thread starts from here on (the workers
 * of volumes) inherits it; what it has started before (the workers of sentences) does not. On Linux
 * a priority belongs to a thread, and 0 is the one that asks. */
static void
step_behind(void)
{
  setpriority(PRIO_PROCESS, 0, 15);
}

/* ---- open ---------------------------------------------------------------------------------- */

static void
open_work(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Order *order = data;
  GError *error = NULL;
  MedctVolume *volume =
      medct_host_open_volume(order->host, order->path, medct_job_monitor(order->job),
                             order->listener.ready, order->listener.data, &error);
  if (volume == NULL) {
    g_task_return_error(task, error);
    return;
  }
  medct_volume_statistics(volume); /* remembered: the main thread must not wait for it */
  g_task_return_pointer(task, volume, (GDestroyNotify)medct_volume_unref);
}

void
medct_engine_open(MedctHost *host, const char *path, MedctJob *job, MedctSlabListener listener,
                  GAsyncReadyCallback done, gpointer data)
{
  Order *order = g_new0(Order, 1);
  order->host = medct_host_ref(host);
  order->path = g_strdup(path);
  order->job = medct_job_ref(job);
  order->listener = listener;
  run(order, open_work, done, data);
}

MedctVolume *
medct_engine_open_finish(GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer(G_TASK(result), error);
}

/* ---- model --------------------------------------------------------------------------------- */

static gboolean
refuse_cancelled(GError **error)
{
  g_set_error_literal(error, MEDCT_ERROR, MEDCT_ERROR_CANCELLED, _("stopped"));
  return FALSE;
}

/* The findings' sentences, a few at a time so that cancelling is answered. */
static gboolean
encode_findings(MedctLoadedModel *model, const MedctMonitor *monitor, GError **error)
{
  enum { AT_ONCE = 1 };
  guint latent = medct_backend_info(model->backend)->latent;
  model->latents = g_new0(float, 2 * MEDCT_N_PATHOLOGIES * (gsize)latent);
  for (guint first = 0; first < MEDCT_N_PATHOLOGIES; first += AT_ONCE) {
    const char *texts[2 * AT_ONCE];
    guint n = MIN(AT_ONCE, MEDCT_N_PATHOLOGIES - first);
    if (medct_monitor_cancelled(monitor))
      return refuse_cancelled(error);
    for (guint i = 0; i < 2 * n; i++)
      texts[i] = medct_pathology_prompt(medct_pathology_name(first + i / 2), i % 2 == 0);
    gboolean encoded = medct_backend_encode_texts(
        model->backend, texts, 2 * n, model->latents + 2 * (gsize)first * latent, monitor, error);
    for (guint i = 0; i < 2 * n; i++)
      g_free((char *)texts[i]);
    if (!encoded)
      return FALSE;
    medct_monitor_progress(monitor, 0.5 + 0.5 * (first + n) / MEDCT_N_PATHOLOGIES, "sentences");
  }
  return TRUE;
}

static gboolean
read_thresholds(MedctLoadedModel *model, GError **error)
{
  g_autoptr(MedctCard) card = medct_card_for_model(model->path, error);
  if (card == NULL)
    return FALSE;
  for (guint n = 0; n < MEDCT_N_PATHOLOGIES; n++) {
    model->thresholds[n] = NAN;
    medct_card_threshold(card, medct_pathology_name(n), &model->thresholds[n]);
  }
  return TRUE;
}

static void
load_work(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Order *order = data;
  GError *error = NULL;
  const MedctMonitor *monitor = medct_job_monitor(order->job);
  g_autoptr(MedctLoadedModel) model = g_atomic_rc_box_new0(MedctLoadedModel);
  g_mutex_init(&model->calls);
  model->path = g_strdup(order->path);
  model->adapter = g_strdup(order->adapter);
  model->backend = medct_host_load_model(order->host, order->path, order->adapter, monitor, &error);
  step_behind();
  if (model->backend == NULL || !read_thresholds(model, &error) ||
      !encode_findings(model, monitor, &error))
    g_task_return_error(task, error);
  else
    g_task_return_pointer(task, g_steal_pointer(&model), (GDestroyNotify)medct_loaded_model_unref);
}

void
medct_engine_load_model(MedctHost *host, const char *path, const char *adapter, MedctJob *job,
                        GAsyncReadyCallback done, gpointer data)
{
  Order *order = g_new0(Order, 1);
  order->host = medct_host_ref(host);
  order->path = g_strdup(path);
  order->adapter = g_strdup(adapter);
  order->job = medct_job_ref(job);
  run_alone(order, load_work, done, data);
}

MedctLoadedModel *
medct_engine_load_model_finish(GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer(G_TASK(result), error);
}

/* ---- scores -------------------------------------------------------------------------------- */

/* Scores and maps of the findings: the map's basis is made here, once, and not at the first
 * question. */
static gboolean
answer_findings(MedctScoredStudy *scored, const MedctMonitor *monitor, GError **error)
{
  MedctLoadedModel *model = scored->model;
  gsize latent = medct_backend_info(model->backend)->latent;
  for (guint n = 0; n < MEDCT_N_PATHOLOGIES; n++) {
    if (medct_monitor_cancelled(monitor))
      return refuse_cancelled(error);
    g_autoptr(MedctPrompt) pair =
        medct_prompt_from_label(medct_pathology_name(n), NULL, NULL, error);
    if (pair == NULL)
      return FALSE;
    g_mutex_lock(&model->calls);
    scored->answers[n] = medct_answer_new(model->backend, scored->encoding, pair,
                                          model->latents + 2 * n * latent, TRUE, monitor, error);
    g_mutex_unlock(&model->calls);
    if (scored->answers[n] == NULL)
      return FALSE;
  }
  return TRUE;
}

static void
score_work(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Order *order = data;
  GError *error = NULL;
  MedctEncodeRequest request = {0};
  const MedctMonitor *monitor = medct_job_monitor(order->job);
  g_autoptr(MedctScoredStudy) scored = g_atomic_rc_box_new0(MedctScoredStudy);
  step_behind();
  scored->model = medct_loaded_model_ref(order->model);
  scored->encoding =
      medct_backend_encode(order->model->backend, order->volume, &request, monitor, &error);
  if (scored->encoding == NULL || !answer_findings(scored, monitor, &error))
    g_task_return_error(task, error);
  else
    g_task_return_pointer(task, g_steal_pointer(&scored), (GDestroyNotify)medct_scored_study_unref);
}

void
medct_engine_score(MedctLoadedModel *model, MedctVolume *volume, MedctJob *job,
                   GAsyncReadyCallback done, gpointer data)
{
  Order *order = g_new0(Order, 1);
  order->model = medct_loaded_model_ref(model);
  order->volume = medct_volume_ref(volume);
  order->job = medct_job_ref(job);
  run_alone(order, score_work, done, data);
}

MedctScoredStudy *
medct_engine_score_finish(GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer(G_TASK(result), error);
}

/* ---- questions ----------------------------------------------------------------------------- */

/* Answers of one model to pairs first … first + n − 1, put into out [n]. */
static gboolean
answer_pairs(MedctScoredStudy *scored, const Order *order, guint first, guint n, MedctAnswer **out,
             GError **error)
{
  MedctLoadedModel *model = scored->model;
  gsize latent = medct_backend_info(model->backend)->latent;
  g_autofree const char **texts = g_new(const char *, 2 * n);
  g_autofree float *latents = g_new0(float, 2 * n * latent);
  for (guint i = 0; i < n; i++) {
    const MedctPrompt *pair = order->pairs->pdata[first + i];
    texts[2 * i] = pair->prompt;
    texts[2 * i + 1] = pair->against;
  }
  g_mutex_lock(&model->calls);
  gboolean done = medct_backend_encode_texts(model->backend, texts, 2 * n, latents,
                                             medct_job_monitor(order->job), error);
  for (guint i = 0; done && i < n; i++) {
    out[i] = medct_answer_new(model->backend, scored->encoding, order->pairs->pdata[first + i],
                              latents + 2 * i * latent, order->with_share,
                              medct_job_monitor(order->job), error);
    done = out[i] != NULL;
  }
  g_mutex_unlock(&model->calls);
  return done;
}

/* A few pairs together, so that the weights are read once for them and cancelling is answered. */
static gboolean
answer_some(const Order *order, guint first, guint n, GPtrArray *answers, GError **error)
{
  MedctScoredStudy *models[2] = {order->scored, order->adapted};
  guint n_models = order->adapted != NULL ? 2 : 1;
  g_autofree MedctAnswer **made = g_new0(MedctAnswer *, n * n_models);
  gboolean done = TRUE;
  for (guint m = 0; done && m < n_models; m++)
    done = answer_pairs(models[m], order, first, n, made + m * n, error);
  for (guint i = 0; i < n; i++)
    for (guint m = 0; m < n_models; m++)
      if (made[m * n + i] != NULL)
        g_ptr_array_add(answers, made[m * n + i]);
  return done;
}

static void
ask_work(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  enum { AT_ONCE = 2 };
  const Order *order = data;
  GError *error = NULL;
  const MedctMonitor *monitor = medct_job_monitor(order->job);
  g_autoptr(GPtrArray) answers = g_ptr_array_new_with_free_func((GDestroyNotify)medct_answer_unref);
  gboolean done = TRUE;
  for (guint first = 0; done && first < order->pairs->len; first += AT_ONCE)
    done =
        medct_monitor_cancelled(monitor)
            ? refuse_cancelled(&error)
            : answer_some(order, first, MIN(AT_ONCE, order->pairs->len - first), answers, &error);
  if (done)
    g_task_return_pointer(task, g_steal_pointer(&answers), (GDestroyNotify)g_ptr_array_unref);
  else
    g_task_return_error(task, error);
}

void
medct_engine_ask(MedctScoredStudy *scored, MedctScoredStudy *adapted, GPtrArray *pairs,
                 gboolean with_share, MedctJob *job, GAsyncReadyCallback done, gpointer data)
{
  Order *order = g_new0(Order, 1);
  order->scored = medct_scored_study_ref(scored);
  order->adapted = adapted != NULL ? medct_scored_study_ref(adapted) : NULL;
  order->pairs = g_ptr_array_ref(pairs);
  order->with_share = with_share;
  order->job = medct_job_ref(job);
  run(order, ask_work, done, data);
}

GPtrArray *
medct_engine_ask_finish(GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer(G_TASK(result), error);
}
