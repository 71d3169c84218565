#include "model/augmentation.h"
#include "model/batch_order.h"
#include "model/pretrain_private.h"
#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#define TEMPERATURE_LIMIT 50.0 /* of its exponential */
/* Of the stage's learning rate, for the projection: it begins near its place. In the last stage it
 * also has to let through what nothing asked for before, sides above all. */
#define PROJECTION_RATE      0.15
#define LAST_PROJECTION_RATE 0.5

const char *
medct_pretrain_stage_name(int stage)
{
  static const char *const names[] = {"dense", "text", "joint", "sentences"};
  return names[stage];
}

gboolean
medct_pretrain_cancelled(GError **error)
{
  g_set_error_literal(error, MEDCT_ERROR, MEDCT_ERROR_CANCELLED, _("pre-training was cancelled"));
  return FALSE;
}

double
medct_pretrain_scale(const MedctPretraining *p)
{
  return exp((double)p->weights->parameters[medct_weights_lookup(p->weights, "temperature")->at]);
}

const MedctPretrainItem *
medct_pretrain_draw(MedctPretraining *p, gint64 n)
{
  gint64 epoch = n / p->n_train;
  if (epoch != p->epoch)
    medct_batch_order(p->order, p->n_train, p->options->seed + (guint64)p->stage, (guint64)epoch);
  p->epoch = epoch;
  return &p->set->items[p->train[p->order[n % p->n_train]]];
}

/* ---- a step --------------------------------------------------------------------------------- */

typedef struct {
  MedctPretraining *p;
  int n;
} Gathering;

#define GATHER_BLOCK 16384

static void
gather_block(int item, int worker, void *data)
{
  const Gathering *g = data;
  (void)worker;
  gsize first = (gsize)item * GATHER_BLOCK, n = MIN(GATHER_BLOCK, g->p->weights->n - first);
  for (int s = 0; s < g->n; s++)
    medct_kernels()->add(g->p->weights->gradients + first,
                         g->p->slots[s].weights->gradients + first, (int64_t)n);
}

void
medct_pretrain_gather(MedctPretraining *p, int n, float *head_gradients)
{
  Gathering gathering = {p, n};
  int blocks = (int)((p->weights->n + GATHER_BLOCK - 1) / GATHER_BLOCK);
  medct_pool_run(p->pool, blocks, gather_block, &gathering, NULL, 0, 0, NULL);
  memset(head_gradients, 0, sizeof(float) * p->heads.n);
  for (int s = 0; s < n; s++)
    medct_kernels()->add(head_gradients, p->slots[s].head_gradients, (int64_t)p->heads.n);
}

/* Norms, biases, scales and the temperature do not decay. */
static double
decay_of(const MedctPretraining *p, const MedctWeight *weight)
{
  const MedctTensor *tensor = medct_tensor_file_lookup(p->weights->file, weight->name);
  gboolean is_projection = g_str_equal(weight->name, PRETRAIN_PROJECTION);
  return tensor->n_dims >= 2 && !is_projection ? p->options->weight_decay : 0;
}

static double
trained_norm(const MedctPretraining *p, const float *head_gradients)
{
  double square = 0, heads = head_gradients ? medct_gradient_norm(head_gradients, p->heads.n) : 0;
  for (guint i = 0; i < p->weights->n_tensors; i++) {
    const MedctWeight *w = &p->weights->tensors[i];
    double norm = w->trained ? medct_gradient_norm(p->weights->gradients + w->at, w->n) : 0;
    square += norm * norm;
  }
  return sqrt(square + heads * heads);
}

static void
limit_temperature(MedctPretraining *p)
{
  float *temperature = p->weights->parameters + medct_weights_lookup(p->weights, "temperature")->at;
  *temperature = fminf(*temperature, (float)log(TEMPERATURE_LIMIT));
}

static double
projection_rate(const MedctPretraining *p)
{
  return p->stage == MEDCT_PRETRAIN_SENTENCES ? LAST_PROJECTION_RATE : PROJECTION_RATE;
}

void
medct_pretrain_apply(MedctPretraining *p, const float *head_gradients)
{
  const MedctPretrainOptions *o = p->options;
  double factor = medct_clip_factor(trained_norm(p, head_gradients), o->clip);
  double lr =
      medct_learning_rate(o->stages[p->stage].lr, p->step, o->warm_up, o->stages[p->stage].steps);
  MedctAdamW adamw = {0.9, 0.98, 1e-8, o->weight_decay};
  if (head_gradients)
    medct_adamw_step(&adamw, p->heads.parameters, p->heads.first, p->heads.second, head_gradients,
                     factor, lr, p->step + 1, p->heads.n);
  for (guint i = 0; i < p->weights->n_tensors; i++) {
    const MedctWeight *w = &p->weights->tensors[i];
    double rate = g_str_equal(w->name, PRETRAIN_PROJECTION) ? projection_rate(p) : 1;
    adamw.weight_decay = decay_of(p, w);
    if (w->trained)
      medct_adamw_step(&adamw, p->weights->parameters + w->at, p->first + w->at, p->second + w->at,
                       p->weights->gradients + w->at, factor, lr * rate, p->step + 1, w->n);
  }
  limit_temperature(p);
}

/* ---- the dense stage ------------------------------------------------------------------------ */

static void
dense_item(int item, int worker, void *data)
{
  MedctPretraining *p = data;
  MedctPretrainSlot *slot = &p->slots[item];
  (void)worker;
  guint64 draw = ((guint64)p->stage << 48) + (guint64)p->step * p->n_slots + item;
  medct_pretrain_slot_fill(p, slot, slot->item, &draw);
  slot->failed = !medct_pretrain_slot_forward(p, slot) ||
                 !medct_pretrain_slot_backward(p, slot, 1 / (double)p->n_slots, FALSE);
}

static gboolean
dense_step(MedctPretraining *p, double *loss, GError **error)
{
  g_autofree float *head_gradients = g_new(float, p->heads.n);
  for (int s = 0; s < p->n_slots; s++)
    p->slots[s].item = medct_pretrain_draw(p, (gint64)p->step * p->n_slots + s);
  medct_pretrain_slots_refresh(p);
  if (!medct_pretrain_slots_run(p, p->n_slots, dense_item, p))
    return medct_pretrain_cancelled(error);
  memset(p->weights->gradients, 0, sizeof(float) * p->weights->n);
  medct_pretrain_gather(p, p->n_slots, head_gradients);
  medct_pretrain_apply(p, head_gradients);
  medct_pretrain_heads_follow(p);
  *loss = 0;
  for (int s = 0; s < p->n_slots; s++)
    *loss += p->slots[s].loss;
  return TRUE;
}

/* ---- stages --------------------------------------------------------------------------------- */

static void
choose_trained(MedctPretraining *p)
{
  static const char *const parts[MEDCT_N_PRETRAIN_STAGES][5] = {
      {"visual_transformer."},
      {"text_transformer.", "to_text_latent", PRETRAIN_PROJECTION, "temperature"},
      {"visual_transformer.", "text_transformer.", "to_text_latent", PRETRAIN_PROJECTION,
       "temperature"},
      {"text_transformer.", "to_text_latent", PRETRAIN_PROJECTION, "temperature"}};
  medct_weights_set_trained(p->weights, "", FALSE);
  for (int i = 0; i < 5 && parts[p->stage][i]; i++)
    medct_weights_set_trained(p->weights, parts[p->stage][i], TRUE);
}

/* `resumed`: weights and moments are those of a checkpoint. */
static gboolean
begin_stage(MedctPretraining *p, gboolean resumed, GError **error)
{
  p->epoch = -1;
  choose_trained(p);
  if (!resumed) {
    p->step = 0;
    memset(p->first, 0, sizeof(float) * p->weights->n);
    memset(p->second, 0, sizeof(float) * p->weights->n);
    memset(p->heads.first, 0, sizeof(float) * p->heads.n);
    memset(p->heads.second, 0, sizeof(float) * p->heads.n);
  }
  gboolean cached = p->stage == MEDCT_PRETRAIN_TEXT || p->stage == MEDCT_PRETRAIN_SENTENCES;
  int volumes = p->options->stages[cached ? MEDCT_PRETRAIN_DENSE : p->stage].batch;
  medct_pretrain_slots_make(p, volumes, p->stage >= MEDCT_PRETRAIN_JOINT);
  if (!cached)
    medct_pretrain_heads_weigh(p);
  if (p->stage == MEDCT_PRETRAIN_DENSE)
    return TRUE;
  p->text = medct_text_trainer_new_full(p->weights, p->config, NULL);
  return cached ? medct_pretrain_text_begin(p, !resumed, error)
                : medct_pretrain_joint_begin(p, !resumed, error);
}

static void
end_stage(MedctPretraining *p)
{
  p->started = FALSE;
  medct_pretrain_slots_free(p);
  g_clear_pointer(&p->text, medct_text_trainer_free);
  g_clear_pointer(&p->pooled, g_free);
}

static gboolean
step_of_stage(MedctPretraining *p, double *loss, GError **error)
{
  switch (p->stage) {
  case MEDCT_PRETRAIN_DENSE:
    return dense_step(p, loss, error);
  case MEDCT_PRETRAIN_TEXT:
  case MEDCT_PRETRAIN_SENTENCES:
    return medct_pretrain_text_step(p, loss, error);
  default:
    return medct_pretrain_joint_step(p, loss, error);
  }
}

typedef struct {
  const char *folder;
  MedctPretrainReport report;
  void *report_data;
  gint64 saved; /* monotonic, µs */
} Run;

static gboolean
save_when_due(MedctPretraining *p, Run *run, gboolean now, GError **error)
{
  gint64 time = g_get_monotonic_time();
  if (!now && time - run->saved < (gint64)p->options->checkpoint_seconds * G_USEC_PER_SEC)
    return TRUE;
  run->saved = time;
  return medct_pretrain_save(p, run->folder, error);
}

static gboolean
run_stage(MedctPretraining *p, Run *run, gboolean resumed, GError **error)
{
  int steps = p->options->stages[p->stage].steps;
  if (steps == 0 && p->stage == MEDCT_PRETRAIN_SENTENCES)
    return TRUE; /* its beginning would only fill a cache */
  gboolean done = p->started = begin_stage(p, resumed, error);
  while (done && p->step < steps) {
    MedctPretrainRecord record = {p->stage, p->step + 1, 0, NAN, NAN};
    done = step_of_stage(p, &record.loss, error);
    if (!done)
      break;
    p->step++;
    if (p->step % p->options->evaluate_every == 0 || p->step == steps)
      done = medct_pretrain_evaluate(p, &record, error);
    if (done && run->report)
      run->report(&record, run->report_data);
    done = done && save_when_due(p, run, p->step == steps, error);
  }
  /* A step that was cut short has changed nothing: what is there can be kept. */
  if (!done && p->started && medct_monitor_cancelled(p->monitor))
    medct_pretrain_save(p, run->folder, NULL);
  end_stage(p);
  return done;
}

static gboolean
run_stages(MedctPretraining *p, Run *run, GError **error)
{
  g_autoptr(GError) failure = NULL;
  gboolean resumed = medct_pretrain_resume(p, run->folder, &failure);
  while (failure == NULL && p->stage < MEDCT_N_PRETRAIN_STAGES &&
         run_stage(p, run, resumed, &failure)) {
    p->stage++;
    resumed = FALSE;
  }
  if (failure == NULL)
    return TRUE;
  g_propagate_error(error, g_steal_pointer(&failure));
  return FALSE;
}

/* ---- set ------------------------------------------------------------------------------------ */

static gboolean
sort_items(MedctPretraining *p, GError **error)
{
  p->train = g_new(guint, p->set->n_items + 1);
  p->validation = g_new(guint, p->set->n_items + 1);
  for (guint i = 0; i < p->set->n_items; i++)
    if (p->set->items[i].validation)
      p->validation[p->n_validation++] = i;
    else
      p->train[p->n_train++] = i;
  p->order = g_new(guint, p->n_train + 1);
  guint least = 2;
  for (int s = 0; s < MEDCT_N_PRETRAIN_STAGES; s++)
    if (p->options->stages[s].steps > 0)
      least = MAX(least, (guint)p->options->stages[s].batch);
  if (p->n_train >= least && p->n_validation > 0)
    return TRUE;
  g_set_error(
      error, MEDCT_ERROR, MEDCT_ERROR_ARGUMENT,
      _("there are %u volumes to train on and %u to validate on, expected at least %u and 1: "
        "ask for more of them"),
      p->n_train, p->n_validation, least);
  return FALSE;
}

static void
clear(MedctPretraining *p)
{
  medct_pretrain_heads_clear(p);
  medct_codebook_average_clear(&p->average);
  medct_pool_free(p->pool);
  g_free(p->train);
  g_free(p->validation);
  g_free(p->order);
  g_free(p->first);
  g_free(p->second);
  g_free(p->noise);
}

gboolean
medct_pretrain(MedctWeights *weights, const MedctConfig *config, const MedctPretrainSet *set,
               const MedctPretrainOptions *options, int n_threads, const char *folder,
               MedctPretrainReport report, void *report_data, const MedctMonitor *monitor,
               GError **error)
{
  int grid = config->image / config->patch;
  if (!medct_blas_check(error))
    return FALSE;
  MedctPretraining p = {.weights = weights,
                        .config = config,
                        .set = set,
                        .options = options,
                        .monitor = monitor,
                        .T = config->frames / config->temporal_patch,
                        .cells = grid * grid,
                        .n_tokens = config->frames / config->temporal_patch * grid * grid};
  Run run = {folder, report, report_data, g_get_monotonic_time()};
  p.pool = medct_pool_new(n_threads);
  p.first = g_new0(float, weights->n);
  p.second = g_new0(float, weights->n);
  medct_pretrain_heads_init(&p);
  medct_codebook_average_init(&p.average, weights->parameters, config->codebook, config->dim, 1);
  p.noise = medct_augmentation_noise_new(options->seed);
  gboolean done = sort_items(&p, error) && run_stages(&p, &run, error);
  clear(&p);
  return done;
}
