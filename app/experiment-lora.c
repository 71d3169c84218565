/* The arms with LoRA: which layers, with true or shuffled labels, with or without choosing. */
#include "app/experiment-private.h"
#include "model/batch_order.h"
#include "model/counter_random.h"
#include "model/fine_tune.h"

typedef struct {
  MedctExperiment *x;
  MedctExperimentRun *run;
  MedctPretrainSet patients; /* training, then validation */
} Lora;

/* ---- what it learns from -------------------------------------------------------------------- */

static float *
load_item(void *user_data, guint item, const MedctMonitor *monitor, GError **error)
{
  const Lora *lora = user_data;
  const MedctConfig *c = medct_model_config(lora->x->model);
  float *tensor = g_new(float, (gsize)c->frames *(gsize)c->image *(gsize)c->image);
  medct_experiment_tensor(c, &lora->patients.items[item], tensor);
  return tensor;
}

/* Each training patient gets another's labels. */
static void
shuffle(MedctTrainItem *items, guint n, guint64 seed)
{
  g_autofree guint *order = g_new(guint, n);
  g_autofree const int8_t **labels = g_new(const int8_t *, n);
  medct_batch_order(order, n, medct_counter_key(seed, "shuffled labels"), 0);
  for (guint i = 0; i < n; i++)
    labels[i] = items[order[i]].labels;
  for (guint i = 0; i < n; i++)
    items[i].labels = labels[i];
}

static MedctTrainItem *
make_items(const Lora *lora, GStringChunk *names)
{
  const MedctExperimentOptions *o = &lora->x->options;
  guint n = o->n_train + o->n_validation;
  MedctTrainItem *items = g_new0(MedctTrainItem, n);
  for (guint i = 0; i < n; i++) {
    g_autofree char *name = g_strdup_printf("made-up patient %u", i);
    items[i] = (MedctTrainItem){.name = g_string_chunk_insert(names, name),
                                .identity = "",
                                .patient = g_string_chunk_insert(names, name),
                                .report = "",
                                .labels = lora->patients.items[i].labels,
                                .validation = i >= o->n_train};
  }
  if (lora->run->arm == MEDCT_ARM_CONTROL || lora->run->arm == MEDCT_ARM_CONTROL_END)
    shuffle(items, o->n_train, lora->run->seed);
  return items;
}

/* ---- watching ------------------------------------------------------------------------------- */

static void
on_record(void *user_data, const MedctTrainRecord *record)
{
  const Lora *lora = user_data;
  if (record->kind == MEDCT_TRAIN_RECORD_STEP)
    medct_monitor_progress(lora->x->monitor, (double)record->step / (double)record->steps,
                           lora->run->name);
  if (record->kind == MEDCT_TRAIN_RECORD_FINISHED) {
    g_free(lora->run->choice);
    lora->run->choice = g_strdup(record->message);
  }
}

static int
threads(void *user_data)
{
  return ((const Lora *)user_data)->x->options.threads;
}

/* ---- training ------------------------------------------------------------------------------- */

static MedctTrainOptions
options_of(const MedctExperiment *x, const MedctExperimentRun *run)
{
  MedctTrainOptions o = medct_train_preset_options(MEDCT_TRAIN_FULL);
  MedctLoraRole first = run->arm == MEDCT_ARM_LORA_TEXT ? MEDCT_LORA_TEXT_QUERY : 0;
  MedctLoraRole last =
      run->arm == MEDCT_ARM_LORA_VISION ? MEDCT_LORA_TEMPORAL_OUT : MEDCT_LORA_TEXT_OUTPUT;
  medct_lora_spec_set(&o.lora, 0, MEDCT_LORA_TEXT_OUTPUT, 0, 1);
  medct_lora_spec_set(&o.lora, first, last, x->options.rank, 2.0 * x->options.rank);
  o.lr = run->rate;
  o.epochs = x->options.epochs;
  gboolean latents = run->arm == MEDCT_ARM_LORA_TEXT; /* of volumes, computed once */
  o.batch = latents ? x->options.batch : 1;           /* else a second forward pass is saved */
  o.accumulate = latents ? 1 : x->options.batch;
  o.patience = 0; /* the best epoch is chosen anyway */
  o.warm_up = 0.06;
  o.weight_decay = 0.02;
  o.seed = run->seed;
  if (medct_experiment_augments(x, run))
    o.augmentation = x->options.augmentation;
  o.cache_bytes = 0;
  return o;
}

gboolean
medct_experiment_train_lora(MedctExperiment *x, MedctExperimentRun *run, GError **error)
{
  Lora lora = {x, run, {0}};
  MedctTrainPlan plan;
  if (!medct_experiment_patients(x, MEDCT_COHORT_B_TRAIN, &lora.patients, error) ||
      !medct_model_set_adapter(x->model, NULL, error))
    return FALSE;
  gboolean chooses = run->arm != MEDCT_ARM_CONTROL_END;
  g_autoptr(GStringChunk) names = g_string_chunk_new(4096);
  g_autofree MedctTrainItem *items = make_items(&lora, names);
  g_autofree char *folder = medct_experiment_folder(x, run);
  const MedctMonitor quiet = {x->monitor->cancelled, NULL, x->monitor->data};
  const MedctTrainSet set = {.n_classes = MEDCT_N_PATHOLOGIES,
                             .n_items =
                                 x->options.n_train + (chooses ? x->options.n_validation : 0),
                             .classes = medct_pathology_names(),
                             .items = items,
                             .load = load_item,
                             .user_data = &lora};
  const MedctFineTune job = {.model = x->model,
                             .set = &set,
                             .options = options_of(x, run),
                             .folder = folder,
                             .resume = TRUE,
                             .watch = {on_record, threads, NULL, &lora, &quiet}};
  if (!medct_fine_tune_plan(&job, &plan, error) || !medct_fine_tune_run(&job, error))
    return FALSE;
  run->trainable = plan.trainable;
  return TRUE;
}
