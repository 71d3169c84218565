#include "app/engine.h"
#include "model/card.h"
#include <math.h>
#include <string.h>

/* ---- what is handed out -------------------------------------------------------------------- */

static void
clear_model(gpointer data)
{
  MedctLoadedModel *model = data;
  g_clear_pointer(&model->backend, medct_backend_unref);
  g_free(model->latents);
  g_free(model->path);
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

void
medct_answer_free(MedctAnswer *answer)
{
  g_clear_pointer(&answer->pair, medct_prompt_free);
  g_free(answer->share);
  g_free(answer);
}

/* ---- workers ------------------------------------------------------------------------------- */

typedef struct {
  MedctHost *host;
  MedctLoadedModel *model;
  MedctScoredStudy *scored;
  MedctVolume *volume;
  MedctJob *job;
  MedctSlabListener listener;
  char *text; /* path, or what was typed */
  int finding;
} Order;

static void
order_free(gpointer data)
{
  Order *order = data;
  g_clear_pointer(&order->host, medct_host_unref);
  g_clear_pointer(&order->model, medct_loaded_model_unref);
  g_clear_pointer(&order->scored, medct_scored_study_unref);
  g_clear_pointer(&order->volume, medct_volume_unref);
  g_clear_pointer(&order->job, medct_job_unref);
  g_free(order->text);
  g_free(order);
}

static void
run(Order *order, GTaskThreadFunc work, GAsyncReadyCallback done, gpointer data)
{
  g_autoptr(GTask) task = g_task_new(NULL, NULL, done, data);
  g_task_set_task_data(task, order, order_free);
  g_task_run_in_thread(task, work);
}

/* ---- open ---------------------------------------------------------------------------------- */

static void
open_work(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Order *order = data;
  GError *error = NULL;
  MedctVolume *volume =
      medct_host_open_volume(order->host, order->text, medct_job_monitor(order->job),
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
  order->text = g_strdup(path);
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
  g_set_error_literal(error, MEDCT_ERROR, MEDCT_ERROR_CANCELLED, "stopped");
  return FALSE;
}

/* The findings' sentences, a few at a time so that cancelling is answered. */
static gboolean
encode_findings(MedctLoadedModel *model, const MedctMonitor *monitor, GError **error)
{
  enum { AT_ONCE = 3 };
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
        model->backend, texts, 2 * n, model->latents + 2 * (gsize)first * latent, error);
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
  model->path = g_strdup(order->text);
  model->backend = medct_host_load_model(order->host, order->text, NULL, monitor, &error);
  if (model->backend == NULL || !read_thresholds(model, &error) ||
      !encode_findings(model, monitor, &error))
    g_task_return_error(task, error);
  else
    g_task_return_pointer(task, g_steal_pointer(&model), (GDestroyNotify)medct_loaded_model_unref);
}

void
medct_engine_load_model(MedctHost *host, const char *path, MedctJob *job, GAsyncReadyCallback done,
                        gpointer data)
{
  Order *order = g_new0(Order, 1);
  order->host = medct_host_ref(host);
  order->text = g_strdup(path);
  order->job = medct_job_ref(job);
  run(order, load_work, done, data);
}

MedctLoadedModel *
medct_engine_load_model_finish(GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer(G_TASK(result), error);
}

/* ---- scores -------------------------------------------------------------------------------- */

static double
probability(double scale, double cosine_for, double cosine_against)
{
  return 1 / (1 + exp(scale * (cosine_against - cosine_for)));
}

static void
score_work(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Order *order = data;
  GError *error = NULL;
  float cosine[2 * MEDCT_N_PATHOLOGIES];
  MedctEncodeRequest request = {0};
  MedctBackend *backend = order->model->backend;
  g_autoptr(MedctScoredStudy) scored = g_atomic_rc_box_new0(MedctScoredStudy);
  scored->model = medct_loaded_model_ref(order->model);
  scored->encoding =
      medct_backend_encode(backend, order->volume, &request, medct_job_monitor(order->job), &error);
  if (scored->encoding == NULL ||
      !medct_backend_score(backend, scored->encoding, order->model->latents,
                           2 * MEDCT_N_PATHOLOGIES, cosine, &error)) {
    g_task_return_error(task, error);
    return;
  }
  double scale = medct_backend_info(backend)->scale;
  for (guint n = 0; n < MEDCT_N_PATHOLOGIES; n++)
    scored->probability[n] = probability(scale, (double)cosine[2 * n], (double)cosine[2 * n + 1]);
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
  run(order, score_work, done, data);
}

MedctScoredStudy *
medct_engine_score_finish(GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer(G_TASK(result), error);
}

/* ---- one sentence -------------------------------------------------------------------------- */

static MedctPrompt *
pair_of(const Order *order, GError **error)
{
  return order->finding < 0 ? medct_prompt_new(order->text, NULL, error)
                            : medct_prompt_from_label(medct_pathology_name((guint)order->finding),
                                                      NULL, NULL, error);
}

/* latents [2][latent] of the pair. */
static gboolean
latents_of(const Order *order, const MedctPrompt *pair, float *latents, GError **error)
{
  const MedctLoadedModel *model = order->scored->model;
  gsize latent = medct_backend_info(model->backend)->latent;
  if (order->finding < 0) {
    const char *texts[2] = {pair->prompt, pair->against};
    return medct_backend_encode_texts(model->backend, texts, 2, latents, error);
  }
  memcpy(latents, model->latents + 2 * (gsize)order->finding * latent,
         2 * latent * sizeof *latents);
  return TRUE;
}

/* share of u₊ − u₋ in score units: it sums to the logit. */
static gboolean
share_of(const Order *order, float *latents, MedctAnswer *answer, GError **error)
{
  const MedctScoredStudy *scored = order->scored;
  const medct_model_info *info = medct_backend_info(scored->model->backend);
  const medct_encoding_info *encoding = medct_study_encoding_info(scored->encoding);
  gsize cells = (gsize)encoding->grid[0] * encoding->grid[1] * encoding->grid[2];
  for (guint d = 0; d < info->latent; d++)
    latents[d] -= latents[info->latent + d];
  answer->share = g_new0(float, MAX(cells, 1));
  if (!medct_backend_share(scored->model->backend, scored->encoding, latents, answer->share, NULL,
                           error))
    return FALSE;
  for (gsize n = 0; n < cells; n++) {
    answer->share[n] *= (float)info->scale;
    *(answer->share[n] > 0 ? &answer->share_for : &answer->share_against) +=
        (double)answer->share[n];
  }
  return TRUE;
}

static void
ask_work(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Order *order = data;
  GError *error = NULL;
  MedctBackend *backend = order->scored->model->backend;
  const medct_model_info *info = medct_backend_info(backend);
  g_autofree float *latents = g_new0(float, 2 * (gsize)info->latent);
  float cosine[2];
  g_autoptr(MedctAnswer) answer = g_new0(MedctAnswer, 1);
  answer->finding = order->finding;
  answer->pair = pair_of(order, &error);
  if (answer->pair == NULL || !latents_of(order, answer->pair, latents, &error) ||
      !medct_backend_score(backend, order->scored->encoding, latents, 2, cosine, &error) ||
      !share_of(order, latents, answer, &error)) {
    g_task_return_error(task, error);
    return;
  }
  answer->cosine_for = (double)cosine[0];
  answer->cosine_against = (double)cosine[1];
  answer->probability = probability(info->scale, answer->cosine_for, answer->cosine_against);
  g_task_return_pointer(task, g_steal_pointer(&answer), (GDestroyNotify)medct_answer_free);
}

void
medct_engine_ask(MedctScoredStudy *scored, int finding, const char *typed, GAsyncReadyCallback done,
                 gpointer data)
{
  Order *order = g_new0(Order, 1);
  order->scored = medct_scored_study_ref(scored);
  order->finding = finding;
  order->text = g_strdup(typed);
  run(order, ask_work, done, data);
}

MedctAnswer *
medct_engine_ask_finish(GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer(G_TASK(result), error);
}
