/* medct.model-trainer/1 over model/fine_tune.h. */
#include "model/fine_tune.h"
#include "plugins/ctclip/backend.h"
#include <glib/gi18n.h>

#include <math.h>
#include <string.h>

#define PAUSE_US 20000 /* between two questions whether to go on */

typedef struct {
  medct_model_trainer abi;
  const medct_host *host;
  const medct_host_progress *progress;
  MedctModel *model; /* NULL until loaded */
} Trainer;

/* One plan() or train(). */
typedef struct {
  Trainer *trainer;
  const medct_train_set *abi_set;
  const medct_train_options *abi_options;
  const medct_train_control *control; /* NULL when planning */
  MedctTrainItem *items;
  GStringChunk *identities;
  MedctTrainSet set;
  MedctMonitor monitor;
  MedctFineTune job;
} Run;

/* ---- life ---------------------------------------------------------------------------------- */

static bool
trainer_init(const medct_model_trainer *abi, medct_error *said)
{
  Trainer *self = abi->plugin_data;
  self->progress = self->host->get_extension(self->host, MEDCT_HOST_PROGRESS);
  return true;
}

static void
trainer_destroy(const medct_model_trainer *abi)
{
  Trainer *self = abi->plugin_data;
  medct_model_unref(self->model);
  g_free(self);
}

static uint32_t
trainer_probe(const medct_model_trainer *abi, const char *path)
{
  return medct_ctclip_probe(path);
}

static bool
trainer_load(const medct_model_trainer *abi, const char *path, medct_error *said)
{
  Trainer *self = abi->plugin_data;
  GError *error = NULL;
  MedctModel *model = medct_model_open(path, &error);
  if (model == NULL)
    return medct_ctclip_fail(said, error);
  medct_model_unref(self->model);
  self->model = model;
  return true;
}

/* ---- options ------------------------------------------------------------------------------- */

static bool
refuse(medct_error *said, const char *message)
{
  return medct_ctclip_fail(said,
                           g_error_new_literal(MEDCT_ERROR, MEDCT_ERROR_ARGUMENT, _(message)));
}

static bool
trainer_defaults(const medct_model_trainer *abi, uint32_t preset, medct_train_options *out,
                 medct_error *said)
{
  if (preset < MEDCT_TRAIN_PRESET_QUICK || preset > MEDCT_TRAIN_PRESET_FULL)
    return refuse(said, "the preset is none of quick, balanced and full");
  MedctTrainOptions o =
      medct_train_preset_options((MedctTrainPreset)(preset - MEDCT_TRAIN_PRESET_QUICK));
  const medct_train_options filled = {
      .size = out->size,
      .preset = preset,
      .objective = MEDCT_TRAIN_OBJECTIVE_VOCAB,
      .spatial_rank = (uint32_t)o.lora.roles[MEDCT_LORA_SPATIAL_Q].rank,
      .temporal_rank = (uint32_t)o.lora.roles[MEDCT_LORA_TEMPORAL_Q].rank,
      .text_rank = (uint32_t)o.lora.roles[MEDCT_LORA_TEXT_QUERY].rank,
      .alpha = o.lora.roles[MEDCT_LORA_TEXT_QUERY].alpha,
      .dropout = o.lora.dropout,
      .lr = o.lr,
      .lr_ratio = o.lr_ratio,
      .weight_decay = o.weight_decay,
      .clip_norm = o.clip_norm,
      .warm_up = o.warm_up,
      .epochs = (uint32_t)o.epochs,
      .batch = (uint32_t)o.batch,
      .accumulate = (uint32_t)o.accumulate,
      .patience = (uint32_t)o.patience,
      .seed = o.seed,
      .cache_bytes = o.cache_bytes,
      .noise_hu = o.augmentation.noise_hu,
      .offset_hu = o.augmentation.offset_hu,
      .shift = (uint32_t)o.augmentation.shift,
  };
  memcpy(out, &filled, MIN(out->size, sizeof filled)); /* an older caller's struct is shorter */
  return true;
}

static int
to_int(uint32_t n)
{
  return (int)MIN(n, (uint32_t)G_MAXINT32);
}

static MedctTrainOptions
read_options(const medct_train_options *o)
{
  MedctTrainOptions options = {
      .lora = {.rslora = (o->flags & MEDCT_TRAIN_RSLORA) != 0, .dropout = o->dropout},
      .objective = (MedctTrainObjective)(o->objective - MEDCT_TRAIN_OBJECTIVE_VOCAB),
      .temperature = (o->flags & MEDCT_TRAIN_TEMPERATURE) != 0,
      .lr = o->lr,
      .lr_ratio = o->lr_ratio,
      .weight_decay = o->weight_decay,
      .clip_norm = o->clip_norm,
      .warm_up = o->warm_up,
      .epochs = to_int(o->epochs),
      .batch = to_int(o->batch),
      .accumulate = to_int(o->accumulate),
      .patience = to_int(o->patience),
      .positive_weights = (o->flags & MEDCT_TRAIN_POSITIVE_WEIGHTS) != 0,
      .asymmetric = (o->flags & MEDCT_TRAIN_ASYMMETRIC) != 0,
      .seed = o->seed,
      .cache_bytes = o->cache_bytes,
  };
  if (o->size >= sizeof *o) /* since ABI 1.1 */
    options.augmentation = (MedctAugmentationLimits){to_int(o->shift), o->noise_hu, o->offset_hu};
  medct_lora_spec_set(&options.lora, MEDCT_LORA_SPATIAL_Q, MEDCT_LORA_SPATIAL_OUT,
                      to_int(o->spatial_rank), o->alpha);
  medct_lora_spec_set(&options.lora, MEDCT_LORA_TEMPORAL_Q, MEDCT_LORA_TEMPORAL_OUT,
                      to_int(o->temporal_rank), o->alpha);
  medct_lora_spec_set(&options.lora, MEDCT_LORA_TEXT_QUERY, MEDCT_LORA_TEXT_OUTPUT,
                      to_int(o->text_rank), o->alpha);
  return options;
}

/* ---- watching ------------------------------------------------------------------------------ */

/* A pause is a call that does not return: the workers wait with it. */
static bool
is_cancelled(void *data)
{
  const Run *run = data;
  const medct_host_progress *progress = run->trainer->progress;
  for (;;) {
    if (progress != NULL && progress->is_cancelled(run->trainer->host))
      return true;
    if (run->control == NULL || run->control->state(run->control) != MEDCT_TRAIN_PAUSE)
      return false;
    g_usleep(PAUSE_US);
  }
}

static void
report(void *data, double fraction, const char *stage)
{
  const Run *run = data;
  if (run->trainer->progress != NULL)
    run->trainer->progress->report(run->trainer->host, fraction, stage);
}

static void
on_record(void *user_data, const MedctTrainRecord *r)
{
  const Run *run = user_data;
  const medct_train_record record = {
      .size = sizeof record,
      .kind = MEDCT_TRAIN_STARTED + (uint32_t)r->kind,
      .step = (uint64_t)r->step,
      .steps = (uint64_t)r->steps,
      .epoch = (uint32_t)r->epoch,
      .epochs = (uint32_t)r->epochs,
      .prepared = r->prepared,
      .to_prepare = r->to_prepare,
      .loss = r->loss,
      .lr = r->lr,
      .grad_norm = r->grad_norm,
      .seconds = r->seconds,
      .seconds_left = r->seconds_left,
      .val_loss = r->val_loss,
      .val_auroc = r->val_auroc,
      .auroc_low = r->interval[0],
      .auroc_high = r->interval[1],
      .class_auroc = r->class_auroc,
      .n_classes = r->n_classes,
      .best = r->best != FALSE,
      .message = r->message,
  };
  run->control->record(run->control, &record);
}

static int
threads(void *user_data)
{
  const Run *run = user_data;
  return to_int(run->control ? run->control->threads(run->control) : run->abi_options->threads);
}

static gboolean
must_finish(void *user_data)
{
  const Run *run = user_data;
  return run->control->state(run->control) == MEDCT_TRAIN_FINISH;
}

/* ---- volumes ------------------------------------------------------------------------------- */

static float *
load_tensor(void *user_data, guint item, const MedctMonitor *monitor, GError **error)
{
  const Run *run = user_data;
  const medct_train_set *set = run->abi_set;
  medct_volume_view view = {.size = sizeof view};
  medct_error said = {.size = sizeof said};
  MedctPreprocessOptions options = medct_ctclip_preprocess_options(run->abi_options->encode_flags);
  if (!set->open(set, item, &view, &said)) {
    g_set_error_literal(
        error, MEDCT_ERROR,
        said.code == MEDCT_PLUGIN_CANCELLED ? MEDCT_ERROR_CANCELLED : MEDCT_ERROR_IO, said.message);
    return NULL;
  }
  g_autoptr(MedctVolume) volume = medct_ctclip_borrow_volume(&view, error);
  float *tensor = volume ? medct_preprocess(volume, medct_model_config(run->trainer->model),
                                            &options, threads(user_data), NULL, monitor, error)
                         : NULL;
  g_clear_pointer(&volume, medct_volume_unref);
  set->close(set, item);
  return tensor;
}

/* ---- a run --------------------------------------------------------------------------------- */

/* The host's, and how the voxels become a tensor. */
static const char *
identity(Run *run, const medct_train_item *item)
{
  if (*item->identity == '\0')
    return "";
  g_autofree char *text =
      g_strdup_printf("%s, options %u", item->identity, run->abi_options->encode_flags);
  return g_string_chunk_insert(run->identities, text);
}

static void
run_clear(Run *run)
{
  g_free(run->items);
  g_string_chunk_free(run->identities);
}

static void
run_init(Run *run, Trainer *trainer, const medct_train_set *set, const medct_train_options *options,
         const char *folder, const medct_train_control *control)
{
  *run = (Run){trainer, set, options, control, .items = g_new0(MedctTrainItem, set->n_items + 1)};
  run->identities = g_string_chunk_new(4096);
  for (guint i = 0; i < set->n_items; i++) {
    const medct_train_item *item = set->item(set, i);
    run->items[i] = (MedctTrainItem){.name = item->name,
                                     .identity = identity(run, item),
                                     .patient = item->patient,
                                     .report = item->report,
                                     .labels = item->labels,
                                     .validation = item->validation != 0};
  }
  run->set = (MedctTrainSet){.n_classes = set->n_classes,
                             .n_items = set->n_items,
                             .classes = set->classes,
                             .items = run->items,
                             .load = load_tensor,
                             .user_data = run};
  run->monitor = (MedctMonitor){is_cancelled, report, run};
  run->job =
      (MedctFineTune){.model = trainer->model,
                      .set = &run->set,
                      .options = read_options(options),
                      .folder = folder,
                      .resume = (options->flags & MEDCT_TRAIN_RESUME) != 0,
                      .measure = (options->flags & MEDCT_TRAIN_MEASURE) != 0,
                      .watch = {.threads = threads, .user_data = run, .monitor = &run->monitor}};
  if (control != NULL)
    run->job.watch = (MedctTrainWatch){on_record, threads, must_finish, run, &run->monitor};
}

static bool
can_run(const Trainer *self, const medct_train_options *options, medct_error *said)
{
  if (self->model == NULL)
    return refuse(said, "no model is loaded");
  if (options->objective < MEDCT_TRAIN_OBJECTIVE_VOCAB ||
      options->objective > MEDCT_TRAIN_OBJECTIVE_CLIP)
    return refuse(said, "the objective is none of vocab, bce and clip");
  return true;
}

static bool
trainer_plan(const medct_model_trainer *abi, const medct_train_set *set,
             const medct_train_options *options, medct_train_plan *out, medct_error *said)
{
  Trainer *self = abi->plugin_data;
  GError *error = NULL;
  MedctTrainPlan plan;
  Run run;
  if (!can_run(self, options, said))
    return false;
  run_init(&run, self, set, options, "", NULL);
  gboolean ok = medct_fine_tune_plan(&run.job, &plan, &error);
  run_clear(&run);
  if (!ok)
    return medct_ctclip_fail(said, error);
  *out = (medct_train_plan){
      .size = out->size,
      .frozen_layers = (uint32_t)plan.frozen_layers,
      .vision_layers = (uint32_t)plan.vision_layers,
      .trainable = (uint64_t)plan.trainable,
      .parameters = (uint64_t)plan.parameters,
      .steps = (uint64_t)plan.steps,
      .steps_per_epoch = (uint64_t)plan.steps_per_epoch,
      .memory_bytes = plan.memory_bytes,
      .cache_bytes = plan.cache_bytes,
      .seconds = isfinite(plan.seconds) ? plan.seconds : 0,
  };
  return true;
}

static bool
trainer_train(const medct_model_trainer *abi, const medct_train_set *set,
              const medct_train_options *options, const char *folder,
              const medct_train_control *control, medct_error *said)
{
  Trainer *self = abi->plugin_data;
  GError *error = NULL;
  Run run;
  if (!can_run(self, options, said))
    return false;
  run_init(&run, self, set, options, folder, control);
  gboolean ok = medct_fine_tune_run(&run.job, &error);
  run_clear(&run);
  return ok || medct_ctclip_fail(said, error);
}

static const void *
trainer_get_extension(const medct_model_trainer *abi, const char *id)
{
  return NULL;
}

/* ---- factory ------------------------------------------------------------------------------- */

static const medct_descriptor descriptor = {
    .size = sizeof(medct_descriptor),
    .id = "org.medct.ctclip-trainer",
    .name = "CT-CLIP fine-tuning",
    .version = "1",
    .description = "Trains LoRA adapters of CT-CLIP's image and text encoders.",
    .extensions = "",
};

static uint32_t
factory_count(void)
{
  return 1;
}

static const medct_descriptor *
factory_descriptor(uint32_t index)
{
  return index == 0 ? &descriptor : NULL;
}

static const void *
factory_create(const medct_host *host, const char *id)
{
  if (strcmp(id, descriptor.id) != 0)
    return NULL;
  Trainer *self = g_new0(Trainer, 1);
  self->host = host;
  self->abi = (medct_model_trainer){
      .plugin_data = self,
      .init = trainer_init,
      .destroy = trainer_destroy,
      .probe = trainer_probe,
      .load = trainer_load,
      .defaults = trainer_defaults,
      .plan = trainer_plan,
      .train = trainer_train,
      .get_extension = trainer_get_extension,
  };
  return &self->abi;
}

const medct_factory medct_ctclip_trainer_factory = {factory_count, factory_descriptor,
                                                    factory_create};
