#include "model/fine_tune.h"
#include "model/checkpoint.h"
#include "model/fine_tune_pace.h"
#include "model/folder.h"
#include <math.h>
#include <string.h>

#define ROOM         ((guint64)3 << 29) /* what the vision trainer keeps inside layers at most */
#define SAVE_SECONDS 60                 /* between checkpoints inside an epoch */
#define PACES        31                 /* steps that the time left is estimated from */

/* ---- records ------------------------------------------------------------------------------- */

static int
compare_doubles(gconstpointer a, gconstpointer b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Steps that are left at the median pace: a pause or a first, unprepared step does not count. */
static double
seconds_left(const MedctTraining *t)
{
  guint n = t->paces->len;
  if (n == 0)
    return NAN;
  g_autofree double *sorted = g_memdup2(t->paces->data, sizeof(double) * n);
  qsort(sorted, n, sizeof *sorted, compare_doubles);
  return sorted[n / 2] * (double)(t->steps - t->step);
}

double
medct_training_scale(const MedctTraining *t)
{
  return t->lora->temperature != NULL ? exp(*t->lora->temperature) : t->scale;
}

MedctTrainRecord
medct_training_record(const MedctTraining *t, MedctTrainRecordKind kind)
{
  gint64 at = kind == MEDCT_TRAIN_RECORD_STEP ? t->step : MAX(t->step - 1, 0);
  return (MedctTrainRecord){
      .kind = kind,
      .step = t->step,
      .steps = t->steps,
      .epoch = (int)(at / t->steps_per_epoch) + 1,
      .epochs = t->options.epochs,
      .loss = NAN,
      .lr = NAN,
      .grad_norm = NAN,
      .seconds = NAN,
      .seconds_left = seconds_left(t),
      .val_loss = NAN,
      .val_auroc = NAN,
      .interval = {NAN, NAN},
  };
}

void
medct_training_tell(const MedctTraining *t, const MedctTrainRecord *record)
{
  if (record->kind == MEDCT_TRAIN_RECORD_STEP) {
    if (t->paces->len == PACES)
      g_array_remove_index(t->paces, 0);
    g_array_append_val(t->paces, record->seconds);
  }
  if (t->job->watch.record != NULL)
    t->job->watch.record(t->job->watch.user_data, record);
}

/* ---- setting up ---------------------------------------------------------------------------- */

/* Can this item teach something under this objective? */
static gboolean
is_useful(const MedctTrainSet *set, const MedctTrainItem *item, MedctTrainObjective objective)
{
  if (objective == MEDCT_TRAIN_CLIP && !item->validation)
    return *item->report != '\0';
  for (guint c = 0; c < set->n_classes; c++)
    if (item->labels[c] == 0 || item->labels[c] == 1)
      return TRUE;
  return FALSE;
}

static void
sort_items(MedctTraining *t)
{
  const MedctTrainSet *set = t->job->set;
  t->training = g_array_new(FALSE, FALSE, sizeof(guint));
  t->validation = g_array_new(FALSE, FALSE, sizeof(guint));
  for (guint i = 0; i < set->n_items; i++)
    if (is_useful(set, &set->items[i], t->options.objective))
      g_array_append_val(set->items[i].validation ? t->validation : t->training, i);
  t->order = g_new(guint, t->training->len + 1);
  t->order_epoch = -1;
  gint64 each = (gint64)t->options.batch * t->options.accumulate;
  t->steps_per_epoch = MAX(1, ((gint64)t->training->len + each - 1) / each);
  t->steps = t->steps_per_epoch * t->options.epochs;
}

/* (negatives / positives) of each class in training, within reason. */
static void
weigh_classes(MedctTraining *t)
{
  enum { MOST = 100 };
  const MedctTrainSet *set = t->job->set;
  t->positive_weight = g_new(double, set->n_classes + 1);
  for (guint c = 0; c < set->n_classes; c++) {
    guint counts[2] = {0, 0};
    for (guint i = 0; i < t->training->len; i++) {
      int8_t label = set->items[g_array_index(t->training, guint, i)].labels[c];
      if (label == 0 || label == 1)
        counts[label]++;
    }
    t->positive_weight[c] =
        counts[1] > 0 ? CLAMP((double)counts[0] / counts[1], 1.0 / MOST, MOST) : 1;
  }
}

static void
training_clear(MedctTraining *t)
{
  g_clear_pointer(&t->volumes, medct_train_volumes_free);
  g_clear_pointer(&t->text, medct_text_trainer_free);
  g_clear_pointer(&t->texts, medct_train_texts_free);
  g_clear_pointer(&t->pool, medct_pool_free);
  g_clear_pointer(&t->lora, medct_lora_free);
  g_clear_pointer(&t->training, g_array_unref);
  g_clear_pointer(&t->validation, g_array_unref);
  g_clear_pointer(&t->paces, g_array_unref);
  g_free(t->order);
  g_free(t->positive_weight);
  g_free(t->prompts);
  g_free(t->first);
  g_free(t->second);
  g_free(t->best);
}

static gboolean
training_init(MedctTraining *t, const MedctFineTune *job, GError **error)
{
  const MedctTensorFile *weights = medct_model_weights(job->model);
  const MedctTokenizer *tokenizer = medct_model_tokenizer(job->model);
  *t = (MedctTraining){.job = job,
                       .options = job->options,
                       .evaluated = -1,
                       .best_step = -1,
                       .saved = -1,
                       .written = -1};
  t->config = medct_model_config(job->model);
  t->scale = medct_model_temperature(job->model);
  gboolean clip = t->options.objective == MEDCT_TRAIN_CLIP;
  if (!medct_train_options_check(&t->options, error) ||
      !medct_train_set_check(job->set, clip, error))
    return FALSE;
  if (tokenizer == NULL) {
    medct_error_file(error, MEDCT_ERROR_ARGUMENT, medct_tensor_file_path(weights),
                     "has no vocabulary: put the model's vocab.txt beside the weights");
    return FALSE;
  }
  sort_items(t);
  if (t->options.positive_weights)
    weigh_classes(t);
  t->paces = g_array_new(FALSE, FALSE, sizeof(double));
  t->options.lora.seed = t->options.seed;
  t->options.lora.trains_temperature = t->options.temperature;
  t->options.lora.temperature = (float)log(t->scale);
  t->lora = medct_lora_new(t->config, &t->options.lora, error);
  t->texts = t->lora ? medct_train_texts_new(tokenizer, t->config, job->set, clip, error) : NULL;
  if (t->texts == NULL)
    return FALSE;
  t->text = medct_text_trainer_new(weights, t->config, t->lora);
  t->volumes = medct_train_volumes_new(weights, t->config, t->lora, job->set, &t->options, error);
  t->first = g_new0(float, t->lora->n);
  t->second = g_new0(float, t->lora->n);
  t->best = g_new0(float, t->lora->n);
  return t->volumes != NULL;
}

/* ---- running ------------------------------------------------------------------------------- */

/* Results do not depend on the number of threads, so that it may change between steps. */
static void
set_threads(MedctTraining *t)
{
  const MedctTrainWatch *watch = &t->job->watch;
  int threads = watch->threads ? MAX(watch->threads(watch->user_data), 0) : 0;
  if (t->pool != NULL && threads == t->threads)
    return;
  medct_pool_free(t->pool);
  t->pool = medct_pool_new(threads);
  t->threads = threads;
}

/* Where volumes are latents: all of them before the first step, with their own progress. */
static gboolean
prepare(MedctTraining *t, GError **error)
{
  g_autofree float *v = g_new(float, t->config->latent);
  GArray *const splits[] = {t->training, t->validation};
  MedctTrainRecord record = medct_training_record(t, MEDCT_TRAIN_RECORD_PREPARED);
  record.to_prepare = t->training->len + t->validation->len;
  double seconds = 0;
  for (gsize s = 0; !medct_train_volumes_trained(t->volumes) && s < G_N_ELEMENTS(splits); s++)
    for (guint i = 0; i < splits[s]->len; i++) {
      gint64 start = g_get_monotonic_time();
      set_threads(t);
      if (!medct_train_volumes_forward(t->volumes, t->pool, v, g_array_index(splits[s], guint, i),
                                       t->job->watch.monitor, error))
        return FALSE;
      record.prepared++;
      seconds += (double)(g_get_monotonic_time() - start) / 1e6;
      record.seconds_left = seconds / record.prepared * (record.to_prepare - record.prepared);
      record.seconds = (double)(g_get_monotonic_time() - start) / 1e6;
      medct_training_tell(t, &record);
    }
  return TRUE;
}

/* A full disk does not end hours of training: the older checkpoint stays. */
static void
save(MedctTraining *t)
{
  g_autoptr(GError) error = NULL;
  if (t->saved == t->step)
    return;
  gboolean done = medct_training_save(t, &error);
  MedctTrainRecord record =
      medct_training_record(t, done ? MEDCT_TRAIN_RECORD_SAVED : MEDCT_TRAIN_RECORD_SAVE_FAILED);
  record.message = done ? NULL : error->message;
  t->saved = done ? t->step : t->saved;
  if (done && !medct_training_write_best(t, &error)) {
    record.kind = MEDCT_TRAIN_RECORD_SAVE_FAILED;
    record.message = error->message;
  }
  medct_training_tell(t, &record);
}

static gboolean
must_evaluate(const MedctTraining *t)
{
  return t->validation->len > 0 && t->evaluated != t->step && t->step % t->steps_per_epoch == 0;
}

static gboolean
is_over(const MedctTraining *t)
{
  const MedctTrainWatch *watch = &t->job->watch;
  return t->step >= t->steps || (t->options.patience > 0 && t->waited >= t->options.patience) ||
         (watch->finish != NULL && watch->finish(watch->user_data));
}

static gboolean
run_steps(MedctTraining *t, GError **error)
{
  gint64 saved = g_get_monotonic_time();
  for (;;) {
    gboolean evaluate = must_evaluate(t);
    set_threads(t);
    if (evaluate && !medct_training_evaluate(t, error))
      return FALSE;
    if (is_over(t))
      return TRUE;
    if ((evaluate && t->step > 0) ||
        g_get_monotonic_time() - saved > SAVE_SECONDS * G_TIME_SPAN_SECOND) {
      save(t);
      saved = g_get_monotonic_time();
    }
    if (!medct_training_step(t, error))
      return FALSE;
  }
}

/* From a checkpoint, where that is wanted and there is one. */
static gboolean
start(MedctTraining *t, GError **error)
{
  g_autoptr(GError) local = NULL;
  if (!medct_folder_make(t->job->folder, 0777, error))
    return FALSE;
  if (!t->job->resume) {
    g_autofree char *others = g_build_filename(t->job->folder, "checkpoints", NULL);
    medct_checkpoint_remove_all(others);
  }
  if (t->job->resume && !medct_training_restore(t, &local) && local != NULL) {
    g_propagate_error(error, g_steal_pointer(&local));
    return FALSE;
  }
  t->saved = t->step > 0 ? t->step : -1;
  MedctTrainRecord record = medct_training_record(t, MEDCT_TRAIN_RECORD_STARTED);
  if (t->damaged > 0)
    record.message = "the newest checkpoint is damaged: the one before it is taken";
  medct_training_tell(t, &record);
  return TRUE;
}

gboolean
medct_fine_tune_run(const MedctFineTune *job, GError **error)
{
  MedctTraining t;
  g_autoptr(GError) local = NULL;
  gboolean ok = training_init(&t, job, &local) && start(&t, &local);
  if (ok) {
    ok = prepare(&t, &local) && run_steps(&t, &local);
    if (ok)
      ok = medct_training_write_adapter(&t, &local);
    else if (t.step > 0)
      save(&t);
  }
  training_clear(&t);
  if (!ok)
    g_propagate_error(error, g_steal_pointer(&local));
  return ok;
}

/* ---- planning ------------------------------------------------------------------------------ */

static gboolean
augments(const MedctTraining *t)
{
  return medct_augmentation_limits_any(&t->options.augmentation);
}

/* What one volume's forward and backward pass hold, beside weights and workers' memory. */
static guint64
activation_bytes(const MedctTraining *t)
{
  const MedctConfig *c = t->config;
  guint64 side = (guint64)(c->image / c->patch), voxels = (guint64)c->image * (guint64)c->image;
  guint64 volumes = augments(t) ? 2 : 1; /* as it is, and as it is changed */
  guint64 tokens = (guint64)(c->frames / c->temporal_patch) * side * side;
  guint64 layers =
      (guint64)(c->spatial_layers + c->temporal_layers - medct_train_volumes_frozen(t->volumes));
  /* inside a layer: queries, keys, values, mixed, and both halves of the gate, while there is room
   */
  guint64 inside = tokens * layers * sizeof(float) *
                   (4 * (guint64)(c->heads * c->dim_head) + 2 * (guint64)c->ff_inner);
  return tokens * (guint64)c->dim * sizeof(float) * (layers + 6) + MIN(inside, ROOM) +
         volumes * voxels * (guint64)c->frames * sizeof(float);
}

gboolean
medct_fine_tune_plan(const MedctFineTune *job, MedctTrainPlan *plan, GError **error)
{
  MedctTraining t;
  double seconds = NAN;
  gboolean ok = training_init(&t, job, error);
  if (ok && job->measure)
    ok = medct_fine_tune_pace(&t, job->watch.threads ? job->watch.threads(job->watch.user_data) : 0,
                              &seconds, error);
  if (ok) {
    gint64 numbers = medct_model_parameters(job->model);
    guint64 items = (augments(&t) ? 0 : t.training->len) + t.validation->len; /* of which is kept */
    *plan = (MedctTrainPlan){
        .trainable = (gint64)t.lora->n,
        .parameters = numbers,
        .steps = t.steps,
        .steps_per_epoch = t.steps_per_epoch,
        .frozen_layers = medct_train_volumes_frozen(t.volumes),
        .vision_layers = t.config->spatial_layers + t.config->temporal_layers,
        .memory_bytes =
            (guint64)numbers * sizeof(float) + activation_bytes(&t) + 5 * t.lora->n * sizeof(float),
        .cache_bytes =
            MIN(items * medct_train_volumes_kept_bytes(t.volumes), t.options.cache_bytes),
        .seconds = seconds,
    };
  }
  training_clear(&t);
  return ok;
}
