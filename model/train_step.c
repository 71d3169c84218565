/* One optimiser step: losses over a few batches, gradients, AdamW. */
#include "model/adamw.h"
#include "model/batch_order.h"
#include "model/counter_random.h"
#include "model/fine_tune_private.h"
#include "model/objectives.h"
#include <glib/gi18n.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

/* Where CLIP stops its temperature: a scale of 100. */
#define MAX_TEMPERATURE 4.6051702f

/* The volumes of one loss. */
typedef struct {
  const guint *items; /* [n] */
  int n;
  guint at;        /* of the first among those of the step */
  float *u, *du;   /* texts [2·classes or n, latent] */
  float *v, *dv;   /* [n, latent] */
  int64_t *labels; /* [n, classes] */
} Batch;

static gboolean
is_clip(const MedctTraining *t)
{
  return t->options.objective == MEDCT_TRAIN_CLIP;
}

/* ---- dropout -------------------------------------------------------------------------------- */

/* Another for every text pass (which: −1 − batch) and every volume (which ≥ 0) of every step. */
static guint64
dropout_draw(const MedctTraining *t, gint64 which)
{
  guint64 step =
      medct_counter_mix(medct_counter_key(t->options.seed, "dropout") ^ (guint64)t->step);
  return medct_counter_mix(step + (guint64)which);
}

static void
drop_texts(MedctTraining *t, gboolean on, gint64 batch)
{
  medct_text_trainer_set_dropout(t->text, on && t->options.lora.dropout > 0,
                                 dropout_draw(t, -1 - batch));
}

static void
drop_volumes(MedctTraining *t, gboolean on, guint at)
{
  medct_train_volumes_set_dropout(t->volumes, on && t->options.lora.dropout > 0,
                                  dropout_draw(t, at));
}

/* ---- augmentation --------------------------------------------------------------------------- */

/* The same where a volume's activations are computed again. */
static void
augment(MedctTraining *t, guint item)
{
  guint64 epoch = (guint64)(t->step / t->steps_per_epoch);
  medct_train_volumes_set_augmentation(t->volumes, TRUE, medct_augmentation_turn(epoch, item));
}

/* ---- texts --------------------------------------------------------------------------------- */

gboolean
medct_training_prompts(MedctTraining *t, float *u, GError **error)
{
  gsize n = 2 * t->job->set->n_classes;
  if (medct_train_options_adapt_text(&t->options) || t->prompts == NULL) {
    if (!medct_text_trainer_forward(t->text, t->pool, u, medct_train_texts_prompts(t->texts),
                                    (int)n, t->job->watch.monitor, error))
      return FALSE;
    if (!medct_train_options_adapt_text(&t->options))
      t->prompts = g_memdup2(u, sizeof *u * n * t->config->latent);
    return TRUE;
  }
  memcpy(u, t->prompts, sizeof *u * n * t->config->latent);
  return TRUE;
}

static gboolean
reports_forward(MedctTraining *t, Batch *batch, GError **error)
{
  g_autofree MedctSentence *sentences = g_new(MedctSentence, batch->n);
  drop_texts(t, TRUE, batch->at);
  for (int i = 0; i < batch->n; i++)
    sentences[i] = medct_train_texts_report(t->texts, batch->items[i]);
  return medct_text_trainer_forward(t->text, t->pool, batch->u, sentences, batch->n,
                                    t->job->watch.monitor, error);
}

static gboolean
texts_backward(MedctTraining *t, const float *du, GError **error)
{
  return !medct_train_options_adapt_text(&t->options) ||
         medct_text_trainer_backward(t->text, t->pool, du, t->job->watch.monitor, error);
}

/* ---- volumes ------------------------------------------------------------------------------- */

static gboolean
volumes_forward(MedctTraining *t, Batch *batch, GError **error)
{
  const MedctTrainSet *set = t->job->set;
  for (int i = 0; i < batch->n; i++) {
    const MedctTrainItem *item = &set->items[batch->items[i]];
    for (guint c = 0; c < set->n_classes; c++)
      batch->labels[(guint)i * set->n_classes + c] = item->labels[c];
    drop_volumes(t, TRUE, batch->at + (guint)i);
    augment(t, batch->items[i]);
    if (!medct_train_volumes_forward(t->volumes, t->pool, batch->v + i * t->config->latent,
                                     batch->items[i], t->job->watch.monitor, error))
      return FALSE;
  }
  return TRUE;
}

/* The activations of one volume are kept at a time: those of the last are still there, the others
 * are computed again. */
static gboolean
volumes_backward(MedctTraining *t, const Batch *batch, GError **error)
{
  const MedctMonitor *monitor = t->job->watch.monitor;
  g_autofree float *v = g_new(float, t->config->latent);
  for (int i = batch->n - 1; medct_train_volumes_trained(t->volumes) && i >= 0; i--) {
    drop_volumes(t, TRUE, batch->at + (guint)i);
    augment(t, batch->items[i]);
    if ((i < batch->n - 1 &&
         !medct_train_volumes_forward(t->volumes, t->pool, v, batch->items[i], monitor, error)) ||
        !medct_train_volumes_backward(t->volumes, t->pool, batch->dv + i * t->config->latent,
                                      monitor, error))
      return FALSE;
  }
  return TRUE;
}

/* ---- a batch ------------------------------------------------------------------------------- */

/* Its ∂/∂temperature goes into *dtemperature. */
static double
objective(const MedctTraining *t, const Batch *batch, double *dtemperature)
{
  const MedctObjectiveInput input = {
      .texts = batch->u,
      .volumes = batch->v,
      .labels = batch->labels,
      .n = batch->n,
      .classes = (int)t->job->set->n_classes,
      .latent = t->config->latent,
      .scale = medct_training_scale(t),
  };
  MedctObjectiveGradient gradient = {batch->du, batch->dv, 0};
  const MedctBceOptions bce = {
      .positive_weight = t->positive_weight,
      .gamma_negative = t->options.asymmetric ? 4 : 0,
      .margin = t->options.asymmetric ? 0.05 : 0,
  };
  double loss = is_clip(t) ? medct_objective_clip(&gradient, &input)
                : t->options.objective == MEDCT_TRAIN_BCE
                    ? medct_objective_bce(&gradient, &input, &bce)
                    : medct_objective_vocab(&gradient, &input);
  *dtemperature = gradient.temperature;
  return loss;
}

static void
scale_by(float *x, double factor, gsize n)
{
  for (gsize i = 0; i < n; i++)
    x[i] = (float)(x[i] * factor);
}

/* Adds 1/n_batches of the batch's gradient; prompts' part to `du` [2·classes, latent], for one
 * backward pass over all batches. */
static gboolean
batch_gradient(MedctTraining *t, Batch *batch, int n_batches, float *du, double *loss,
               GError **error)
{
  gsize L = (gsize)t->config->latent;
  double dtemperature = 0;
  gsize texts = (is_clip(t) ? (gsize)batch->n : 2 * (gsize)t->job->set->n_classes) * L;
  if (!volumes_forward(t, batch, error) || (is_clip(t) && !reports_forward(t, batch, error)))
    return FALSE;
  *loss += objective(t, batch, &dtemperature) / n_batches;
  if (t->lora->dtemperature != NULL)
    *t->lora->dtemperature += (float)(dtemperature / n_batches);
  scale_by(batch->du, 1.0 / n_batches, texts);
  scale_by(batch->dv, 1.0 / n_batches, (gsize)batch->n * L);
  if (is_clip(t))
    return texts_backward(t, batch->du, error) && volumes_backward(t, batch, error);
  for (gsize i = 0; i < texts; i++)
    du[i] += batch->du[i];
  return volumes_backward(t, batch, error);
}

static void
batch_init(Batch *batch, const MedctTraining *t)
{
  gsize n = (gsize)t->options.batch, L = (gsize)t->config->latent, C = t->job->set->n_classes;
  gsize texts = is_clip(t) ? n : 2 * C;
  *batch = (Batch){
      .u = g_new(float, texts *L + 1),
      .du = g_new(float, texts *L + 1),
      .v = g_new(float, n *L),
      .dv = g_new(float, n *L),
      .labels = g_new(int64_t, n * C + 1),
  };
}

static void
batch_clear(Batch *batch)
{
  g_free(batch->u);
  g_free(batch->du);
  g_free(batch->v);
  g_free(batch->dv);
  g_free(batch->labels);
}

/* ---- the step ------------------------------------------------------------------------------ */

/* The items of this step. */
static const guint *
step_items(MedctTraining *t, guint *n)
{
  gint64 epoch = t->step / t->steps_per_epoch, at = t->step % t->steps_per_epoch;
  guint each = (guint)t->options.batch * (guint)t->options.accumulate;
  if (t->order_epoch != epoch) {
    medct_batch_order(t->order, t->training->len, t->options.seed, (guint64)epoch);
    for (guint i = 0; i < t->training->len; i++)
      t->order[i] = g_array_index(t->training, guint, t->order[i]);
    t->order_epoch = epoch;
  }
  *n = MIN(each, t->training->len - (guint)at * each);
  return t->order + (guint)at * each;
}

/* lora->gradients and *loss over all batches of the step. */
static gboolean
step_gradient(MedctTraining *t, double *loss, GError **error)
{
  guint n = 0, size = (guint)t->options.batch;
  const guint *items = step_items(t, &n);
  int n_batches = (int)((n + size - 1) / size);
  gsize texts = 2 * (gsize)t->job->set->n_classes * (gsize)t->config->latent;
  g_autofree float *du = g_new0(float, texts + 1);
  Batch batch;
  batch_init(&batch, t);
  memset(t->lora->gradients, 0, sizeof(float) * t->lora->n);
  drop_texts(t, TRUE, 0);
  gboolean ok = is_clip(t) || medct_training_prompts(t, batch.u, error);
  for (guint at = 0; ok && at < n; at += size) {
    batch.items = items + at;
    batch.at = at;
    batch.n = (int)MIN(size, n - at);
    ok = batch_gradient(t, &batch, n_batches, du, loss, error);
  }
  ok = ok && (is_clip(t) || texts_backward(t, du, error));
  batch_clear(&batch);
  drop_texts(t, FALSE, 0); /* as evaluating wants it */
  drop_volumes(t, FALSE, 0);
  medct_train_volumes_set_augmentation(t->volumes, FALSE, 0);
  return ok;
}

/* B learns lr_ratio times as fast as A (LoRA+). */
static void
update(MedctTraining *t, double factor, double lr)
{
  MedctAdamW adamw = MEDCT_ADAMW_DEFAULT;
  MedctLora *lora = t->lora;
  adamw.weight_decay = t->options.weight_decay;
  for (guint i = 0; i < lora->n_modules; i++) {
    const MedctLoraModule *m = &lora->modules[i];
    gsize a = (gsize)m->module.rank * (gsize)m->module.in, b = m->at + a;
    medct_adamw_step(&adamw, lora->parameters + m->at, t->first + m->at, t->second + m->at,
                     lora->gradients + m->at, factor, lr, t->step + 1, a);
    medct_adamw_step(&adamw, lora->parameters + b, t->first + b, t->second + b, lora->gradients + b,
                     factor, lr * t->options.lr_ratio, t->step + 1, m->n - a);
  }
  if (lora->temperature == NULL)
    return;
  gsize last = lora->n - 1;
  adamw.weight_decay = 0; /* it would pull the scale to 1 */
  medct_adamw_step(&adamw, lora->temperature, t->first + last, t->second + last, lora->dtemperature,
                   factor, lr, t->step + 1, 1);
  *lora->temperature = MIN(*lora->temperature, MAX_TEMPERATURE);
}

gboolean
medct_training_step(MedctTraining *t, GError **error)
{
  gint64 start = g_get_monotonic_time();
  double loss = 0;
  if (!step_gradient(t, &loss, error))
    return FALSE;
  double norm = medct_gradient_norm(t->lora->gradients, t->lora->n);
  if (!isfinite(loss) || !isfinite(norm)) {
    g_set_error(error, MEDCT_ERROR, MEDCT_ERROR_ARGUMENT,
                _("the loss is no longer a number at step %" PRId64
                  ": try a lower learning rate; the checkpoints before it are kept"),
                t->step + 1);
    return FALSE;
  }
  gint64 warm_up = (gint64)ceil(t->options.warm_up * (double)t->steps);
  double lr = medct_learning_rate(t->options.lr, t->step, warm_up, t->steps);
  update(t, medct_clip_factor(norm, t->options.clip_norm), lr);
  MedctTrainRecord record = medct_training_record(t, MEDCT_TRAIN_RECORD_STEP);
  t->step++;
  record.step = t->step;
  record.loss = loss;
  record.lr = lr;
  record.grad_norm = norm;
  record.seconds = (double)(g_get_monotonic_time() - start) / 1e6;
  medct_training_tell(t, &record);
  return TRUE;
}
