/* How long a training will take, from small pieces of its own work: a few slices of a volume and a
 * few sentences, forward and backward, on the machine and with the threads that are meant. */
#include "model/fine_tune_pace.h"
#include <math.h>

enum { PIECE_FRAMES = 2, PIECE_TEXTS = 4 }; /* temporal patches; sentences */

/* Seconds of one volume, and of the sentences of one loss. */
typedef struct {
  double load;              /* reading and resampling */
  double whole;             /* forward, from the voxels */
  double forward, backward; /* what of it is done for each step */
  double text_forward, text_backward;
} Pieces;

static double
since(gint64 *at)
{
  gint64 now = g_get_monotonic_time();
  double seconds = (double)(now - *at) / 1e6;
  *at = now;
  return seconds;
}

static gboolean
measure_load(const MedctTraining *t, Pieces *pieces, GError **error)
{
  gint64 at = g_get_monotonic_time();
  const MedctTrainSet *set = t->job->set;
  g_autofree float *tensor =
      set->load(set->user_data, g_array_index(t->training, guint, 0), t->job->watch.monitor, error);
  pieces->load = since(&at);
  return tensor != NULL;
}

/* Attention along time is all that grows faster than with the frames, and it is little. */
static gboolean
measure_vision(const MedctTraining *t, Pieces *pieces, GError **error)
{
  const MedctConfig *c = t->config;
  const MedctMonitor *monitor = t->job->watch.monitor;
  const int steps = c->frames / c->temporal_patch, taken = MIN(PIECE_FRAMES, steps);
  const int frames = taken * c->temporal_patch;
  const gsize grid = (gsize)(c->image / c->patch);
  const double scale = (double)steps / taken;
  g_autofree float *volume = g_new0(float, (gsize)frames *(gsize)c->image *(gsize)c->image);
  g_autofree float *v = g_new0(float, 2 * (gsize)c->latent), *prefix = NULL;
  g_autoptr(MedctVisionTrainer) trainer =
      medct_vision_trainer_new(medct_model_weights(t->job->model), c, t->lora);
  if (!medct_vision_trainer_forward(trainer, t->pool, v, volume, frames, monitor, error))
    return FALSE; /* once for nothing: memory is taken */
  gint64 at = g_get_monotonic_time();
  if (!medct_vision_trainer_forward(trainer, t->pool, v, volume, frames, monitor, error))
    return FALSE;
  pieces->whole = pieces->forward = scale * since(&at);
  if (!medct_train_volumes_trained(t->volumes)) {
    pieces->forward = 0; /* the latent is known */
    return TRUE;
  }
  prefix = g_memdup2(medct_vision_trainer_prefix(trainer),
                     sizeof(float) * (gsize)taken * grid * grid * (gsize)c->dim);
  since(&at);
  if (!medct_vision_trainer_forward_from(trainer, t->pool, v, prefix, frames, monitor, error))
    return FALSE;
  pieces->forward = scale * since(&at);
  if (!medct_vision_trainer_backward(trainer, t->pool, v + c->latent, monitor, error))
    return FALSE;
  pieces->backward = scale * since(&at);
  return TRUE;
}

static gboolean
measure_texts(const MedctTraining *t, Pieces *pieces, GError **error)
{
  const MedctMonitor *monitor = t->job->watch.monitor;
  gboolean reports = t->options.objective == MEDCT_TRAIN_CLIP;
  guint all = reports ? (guint)t->options.batch : 2 * t->job->set->n_classes;
  int n = (int)MIN(MIN(all, PIECE_TEXTS), reports ? t->training->len : all);
  MedctSentence sentences[PIECE_TEXTS];
  for (int i = 0; i < n; i++)
    sentences[i] = reports
                       ? medct_train_texts_report(t->texts, g_array_index(t->training, guint, i))
                       : medct_train_texts_prompts(t->texts)[i];
  g_autofree float *u = g_new0(float, 2 * PIECE_TEXTS * (gsize)t->config->latent);
  if (!medct_text_trainer_forward(t->text, t->pool, u, sentences, 1, monitor, error))
    return FALSE;
  gint64 at = g_get_monotonic_time();
  if (!medct_text_trainer_forward(t->text, t->pool, u, sentences, n, monitor, error))
    return FALSE;
  pieces->text_forward = since(&at) * all / n;
  if (!medct_train_options_adapt_text(&t->options))
    return TRUE;
  if (!medct_text_trainer_backward(t->text, t->pool, u + PIECE_TEXTS * (gsize)t->config->latent,
                                   monitor, error))
    return FALSE;
  pieces->text_backward = since(&at) * all / n;
  return TRUE;
}

/* As train_step.c and fine_tune.c put the pieces together. */
static double
whole_run(const MedctTraining *t, const Pieces *p)
{
  const MedctTrainOptions *o = &t->options;
  double training = t->training->len, validation = t->validation->len;
  double epochs = (double)t->steps / (double)t->steps_per_epoch;
  double losses = ceil(training / o->batch);
  double text = p->text_forward + p->text_backward;
  double texts =
      o->objective == MEDCT_TRAIN_CLIP ? losses * text : (double)t->steps_per_epoch * text;
  double again = training - losses; /* volumes of a batch but the last: forward twice */
  double frozen = p->load + p->whole - p->forward; /* of a volume as it is: once */
  gboolean augments = medct_augmentation_limits_any(&o->augmentation);
  double forward = p->forward + (augments ? frozen : 0);
  double epoch = training * (forward + p->backward) + again * forward + texts +
                 validation * p->forward + p->text_forward;
  double once = (augments ? validation : training + validation) * frozen;
  return once + epochs * epoch;
}

gboolean
medct_fine_tune_pace(MedctTraining *t, int threads, double *seconds, GError **error)
{
  Pieces pieces = {0};
  t->pool = medct_pool_new(threads);
  gboolean ok = measure_load(t, &pieces, error) && measure_vision(t, &pieces, error) &&
                measure_texts(t, &pieces, error);
  if (ok)
    *seconds = whole_run(t, &pieces);
  return ok;
}
