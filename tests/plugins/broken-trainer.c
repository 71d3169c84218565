/* A trainer that goes on while it is paused. */
#include "plugins/medct-plugin.h"

#include <string.h>
#include <time.h>

static const medct_host *host_of_instance;

static bool
trainer_init(const medct_model_trainer *trainer, medct_error *error)
{
  return true;
}

static void
trainer_destroy(const medct_model_trainer *trainer)
{
}

static uint32_t
trainer_probe(const medct_model_trainer *trainer, const char *path)
{
  return 1;
}

static bool
refuse(medct_error *error)
{
  error->code = MEDCT_PLUGIN_ARGUMENT;
  strcpy(error->message, "refused");
  return false;
}

static bool
trainer_load(const medct_model_trainer *trainer, const char *path, medct_error *error)
{
  return strstr(path, "model.ex") != NULL || refuse(error);
}

static bool
trainer_defaults(const medct_model_trainer *trainer, uint32_t preset, medct_train_options *options,
                 medct_error *error)
{
  return preset <= MEDCT_TRAIN_PRESET_FULL || refuse(error);
}

static bool
trainer_plan(const medct_model_trainer *trainer, const medct_train_set *set,
             const medct_train_options *options, medct_train_plan *plan, medct_error *error)
{
  return refuse(error);
}

static bool
trainer_train(const medct_model_trainer *trainer, const medct_train_set *set,
              const medct_train_options *options, const char *folder,
              const medct_train_control *control, medct_error *error)
{
  const medct_host_progress *progress =
      host_of_instance->get_extension(host_of_instance, MEDCT_HOST_PROGRESS);
  const struct timespec pause = {0, 20000000};
  medct_train_record record = {.size = sizeof record, .kind = MEDCT_TRAIN_STEP, .steps = 1000000};
  if (options->epochs == 0)
    return refuse(error);
  while (!progress->is_cancelled(host_of_instance)) {
    record.step++;
    control->record(control, &record);
    nanosleep(&pause, NULL);
  }
  error->code = MEDCT_PLUGIN_CANCELLED;
  strcpy(error->message, "cancelled");
  return false;
}

static const void *
trainer_get_extension(const medct_model_trainer *trainer, const char *id)
{
  return NULL;
}

static const medct_model_trainer trainer_abi = {
    NULL,          trainer_init,  trainer_destroy,
    trainer_probe, trainer_load,  trainer_defaults,
    trainer_plan,  trainer_train, trainer_get_extension,
};

static const medct_descriptor descriptor = {
    sizeof(medct_descriptor), "org.example.deaf", "Deaf", "1", "Deaf on purpose.", "",
};

static uint32_t
factory_count(void)
{
  return 1;
}

static const medct_descriptor *
factory_descriptor(uint32_t index)
{
  return &descriptor;
}

static const void *
factory_create(const medct_host *host, const char *id)
{
  host_of_instance = host;
  return strcmp(id, descriptor.id) == 0 ? &trainer_abi : NULL;
}

static bool
entry_init(const char *path, medct_error *error)
{
  return true;
}

static void
entry_deinit(void)
{
}

static const void *
entry_get_factory(const char *id)
{
  static const medct_factory factory = {factory_count, factory_descriptor, factory_create};
  return strcmp(id, MEDCT_MODEL_TRAINER) == 0 ? &factory : NULL;
}

MEDCT_PLUGIN_EXPORT extern const medct_plugin_entry medct_entry;
const medct_plugin_entry medct_entry = {
    MEDCT_ABI_MAJOR, MEDCT_ABI_MINOR, entry_init, entry_deinit, entry_get_factory,
};
