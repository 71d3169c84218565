/* Full fine-tuning, to compare LoRA with: every weight, the same objective, order and schedule. It
 * is short at this size: an interrupted training begins again. */
#include "app/experiment-private.h"
#include "model/adamw.h"
#include "model/batch_order.h"
#include "model/folder.h"
#include "model/model_folder.h"
#include "model/objectives.h"
#include "model/text_backward.h"
#include "model/train_texts.h"
#include "model/vision_backward.h"
#include <math.h>
#include <string.h>

#define N_TEXTS   (2 * MEDCT_N_PATHOLOGIES)
#define DECAY     0.02 /* of matrices */
#define CLIP_NORM 1.0
#define WARM_UP   0.06

typedef struct {
  MedctExperiment *x;
  MedctExperimentRun *run;
  const MedctConfig *config;
  double scale;
  MedctPretrainSet patients; /* training, then validation */
  gint8 *labels;             /* of validation */
  MedctWeights *weights;
  MedctTextTrainer *text;
  MedctVisionTrainer *vision;
  MedctTrainTexts *prompts;
  MedctPool *pool;
  float *first, *second, *best; /* [weights->n] */
  double best_auroc;
  int best_epoch, epoch;
  guint *order;
  float *noise; /* of the augmentation */
  float *tensor, *augmented, *u, *du, *v, *dv;
} Full;

static void
full_clear(Full *f)
{
  g_clear_pointer(&f->text, medct_text_trainer_free);
  g_clear_pointer(&f->vision, medct_vision_trainer_free);
  g_clear_pointer(&f->prompts, medct_train_texts_free);
  g_clear_pointer(&f->weights, medct_weights_free);
  g_clear_pointer(&f->pool, medct_pool_free);
  gpointer memory[] = {f->labels,    f->first,  f->second, f->best, f->order, f->noise,
                       f->augmented, f->tensor, f->u,      f->du,   f->v,     f->dv};
  for (gsize i = 0; i < G_N_ELEMENTS(memory); i++)
    g_free(memory[i]);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Full, full_clear)

static void
allocate(Full *f)
{
  const MedctConfig *c = f->config;
  gsize L = (gsize)c->latent;
  f->first = g_new0(float, f->weights->n);
  f->second = g_new0(float, f->weights->n);
  f->best = g_memdup2(f->weights->parameters, sizeof(float) * f->weights->n);
  f->order = g_new(guint, f->x->options.n_train);
  f->tensor = g_new(float, (gsize)c->frames *(gsize)c->image *(gsize)c->image);
  f->augmented = g_new(float, (gsize)c->frames *(gsize)c->image *(gsize)c->image);
  f->noise = medct_augmentation_noise_new(f->run->seed);
  f->u = g_new(float, N_TEXTS *L);
  f->du = g_new(float, N_TEXTS *L);
  f->v = g_new(float, L);
  f->dv = g_new(float, L);
}

static gboolean
full_init(Full *f, MedctExperiment *x, MedctExperimentRun *run, GError **error)
{
  const MedctTrainItem item = {.name = "", .identity = "", .patient = "", .report = ""};
  const MedctTrainSet set = {.n_classes = MEDCT_N_PATHOLOGIES,
                             .n_items = 1,
                             .classes = medct_pathology_names(),
                             .items = &item};
  f->x = x;
  f->run = run;
  f->config = medct_model_config(x->model);
  f->best_auroc = -1;
  if (!medct_model_set_adapter(x->model, NULL, error) ||
      !medct_experiment_patients(x, MEDCT_COHORT_B_TRAIN, &f->patients, error))
    return FALSE;
  f->scale = medct_model_temperature(x->model);
  f->weights = medct_weights_copy(medct_model_weights(x->model), f->config, error);
  f->prompts = f->weights ? medct_train_texts_new(medct_model_tokenizer(x->model), f->config, &set,
                                                  FALSE, error)
                          : NULL;
  if (f->prompts == NULL)
    return FALSE;
  medct_weights_set_trained(f->weights, "temperature", FALSE); /* as LoRA leaves it */
  f->labels = medct_experiment_labels(x, MEDCT_COHORT_B_VALIDATION);
  f->text = medct_text_trainer_new_full(f->weights, f->config, NULL);
  f->vision = medct_vision_trainer_new_full(f->weights, f->config, NULL);
  f->pool = medct_pool_new(x->options.threads);
  allocate(f);
  return TRUE;
}

/* ---- forward -------------------------------------------------------------------------------- */

static gboolean
texts_forward(Full *f, const MedctMonitor *monitor, GError **error)
{
  return medct_text_trainer_forward(f->text, f->pool, f->u, medct_train_texts_prompts(f->prompts),
                                    N_TEXTS, monitor, error);
}

static gboolean
volume_forward(Full *f, guint patient, const MedctMonitor *monitor, GError **error)
{
  medct_experiment_tensor(f->config, &f->patients.items[patient], f->tensor);
  return medct_vision_trainer_forward(f->vision, f->pool, f->v, f->tensor, f->config->frames,
                                      monitor, error);
}

/* The same draws as LoRA's. */
static gboolean
augmented_forward(Full *f, guint patient, const MedctMonitor *monitor, GError **error)
{
  MedctAugmentation a =
      medct_augmentation_draw(&f->x->options.augmentation, f->run->seed,
                              medct_augmentation_turn((guint64)f->epoch, patient));
  medct_experiment_tensor(f->config, &f->patients.items[patient], f->tensor);
  medct_augmentation_apply(&a, f->noise, f->config, f->augmented, f->tensor);
  return medct_vision_trainer_forward(f->vision, f->pool, f->v, f->augmented, f->config->frames,
                                      monitor, error);
}

/* Keeps the weights when they are the best on validation. */
static gboolean
evaluate(Full *f, const MedctMonitor *monitor, GError **error)
{
  guint n = f->x->options.n_validation;
  g_autofree float *logits = g_new(float, (gsize)n *MEDCT_N_PATHOLOGIES);
  if (!texts_forward(f, monitor, error))
    return FALSE;
  for (guint i = 0; i < n; i++) {
    if (!volume_forward(f, f->x->options.n_train + i, monitor, error))
      return FALSE;
    medct_experiment_logits(logits + (gsize)i * MEDCT_N_PATHOLOGIES, f->v, f->u, 1,
                            f->config->latent, f->scale);
  }
  double auroc = medct_experiment_auroc(logits, f->labels, n);
  if (auroc > f->best_auroc) {
    f->best_auroc = auroc;
    f->best_epoch = f->epoch;
    memcpy(f->best, f->weights->parameters, sizeof(float) * f->weights->n);
  }
  return TRUE;
}

/* ---- a step --------------------------------------------------------------------------------- */

/* The gradient of the mean over a batch; one volume's activations at a time. */
static gboolean
batch_gradient(Full *f, const guint *batch, guint n, const MedctMonitor *monitor, GError **error)
{
  gsize L = (gsize)f->config->latent;
  g_autofree float *du = g_new0(float, N_TEXTS *L);
  MedctObjectiveGradient gradient = {f->du, f->dv, 0};
  memset(f->weights->gradients, 0, sizeof(float) * f->weights->n);
  if (!texts_forward(f, monitor, error))
    return FALSE;
  for (guint i = 0; i < n; i++) {
    int64_t labels[MEDCT_N_PATHOLOGIES];
    const MedctObjectiveInput input = {
        f->u, f->v, labels, 1, MEDCT_N_PATHOLOGIES, f->config->latent, f->scale};
    for (int k = 0; k < MEDCT_N_PATHOLOGIES; k++)
      labels[k] = f->patients.items[batch[i]].labels[k];
    if (!augmented_forward(f, batch[i], monitor, error))
      return FALSE;
    medct_objective_vocab(&gradient, &input);
    for (gsize j = 0; j < N_TEXTS * L; j++)
      du[j] += f->du[j] / (float)n;
    for (gsize j = 0; j < L; j++)
      f->dv[j] /= (float)n;
    if (!medct_vision_trainer_backward(f->vision, f->pool, f->dv, monitor, error))
      return FALSE;
  }
  return medct_text_trainer_backward(f->text, f->pool, du, monitor, error);
}

static void
update(Full *f, int64_t step, int64_t steps)
{
  MedctWeights *w = f->weights;
  MedctAdamW adamw = MEDCT_ADAMW_DEFAULT;
  double factor = medct_clip_factor(medct_gradient_norm(w->gradients, w->n), CLIP_NORM);
  double rate =
      medct_learning_rate(f->run->rate, step, (int64_t)ceil(WARM_UP * (double)steps), steps);
  for (guint i = 0; i < w->n_tensors; i++) {
    const MedctWeight *t = &w->tensors[i];
    adamw.weight_decay = medct_tensor_file_get(w->file, i)->n_dims > 1 ? DECAY : 0;
    if (t->trained)
      medct_adamw_step(&adamw, w->parameters + t->at, f->first + t->at, f->second + t->at,
                       w->gradients + t->at, factor, rate, step + 1, t->n);
  }
}

static gboolean
run_epoch(Full *f, const MedctMonitor *monitor, GError **error)
{
  const MedctExperimentOptions *o = &f->x->options;
  guint size = (guint)o->batch, per_epoch = (o->n_train + size - 1) / size;
  int64_t steps = (int64_t)per_epoch * o->epochs;
  medct_batch_order(f->order, o->n_train, f->run->seed, (guint64)f->epoch - 1);
  for (guint b = 0; b < per_epoch; b++) {
    int64_t step = (int64_t)(f->epoch - 1) * per_epoch + b;
    if (!batch_gradient(f, f->order + (gsize)b * size, MIN(size, o->n_train - b * size), monitor,
                        error))
      return FALSE;
    update(f, step, steps);
    medct_monitor_progress(f->x->monitor, (double)step / (double)steps, f->run->name);
  }
  return TRUE;
}

/* ---- all of it ------------------------------------------------------------------------------ */

/* As a model folder: the base's configuration and vocabulary with other weights. */
static gboolean
save(const Full *f, GError **error)
{
  const MedctTensorFile *base = medct_model_weights(f->x->model);
  g_autofree char *folder = medct_experiment_folder(f->x, f->run);
  g_autofree char *path = g_build_filename(folder, "model.safetensors", NULL);
  g_autofree char *beside = g_path_get_dirname(medct_tensor_file_path(base));
  g_autofree char *vocabulary = g_build_filename(beside, "vocab.txt", NULL), *text = NULL;
  g_autofree char *heads = g_strdup_printf("%d", f->config->text_heads);
  g_autofree char *patch = g_strdup_printf("%d", f->config->patch);
  const char *const metadata[] = {"format", "pt", "text_heads", heads, "patch", patch, NULL};
  guint n = medct_tensor_file_count(f->weights->file);
  g_autofree MedctTensor *tensors = g_new(MedctTensor, n);
  g_autoptr(GError) cause = NULL;
  for (guint i = 0; i < n; i++)
    tensors[i] = *medct_tensor_file_get(f->weights->file, i);
  memcpy(f->weights->parameters, f->best, sizeof(float) * f->weights->n);
  if (!g_file_get_contents(vocabulary, &text, NULL, &cause)) {
    medct_error_unreadable(error, vocabulary, cause);
    return FALSE;
  }
  return medct_folder_make(folder, 0777, error) &&
         medct_model_folder_save_text(folder, "vocab.txt", text, error) &&
         medct_model_folder_save_config(folder, f->config, error) &&
         medct_safetensors_write(path, tensors, n, metadata, error);
}

gboolean
medct_experiment_train_full(MedctExperiment *x, MedctExperimentRun *run, GError **error)
{
  g_auto(Full) f = {0};
  const MedctMonitor quiet = {x->monitor->cancelled, NULL, x->monitor->data};
  if (!full_init(&f, x, run, error) || !evaluate(&f, &quiet, error))
    return FALSE;
  for (f.epoch = 1; f.epoch <= x->options.epochs; f.epoch++)
    if (!run_epoch(&f, &quiet, error) || !evaluate(&f, &quiet, error))
      return FALSE;
  for (guint i = 0; i < f.weights->n_tensors; i++)
    if (f.weights->tensors[i].trained)
      run->trainable += (gint64)f.weights->tensors[i].n;
  run->choice = g_strdup_printf("epoch %d of %d", f.best_epoch, x->options.epochs);
  return save(&f, error);
}
