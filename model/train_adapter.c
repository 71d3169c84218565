/* The adapters that a training writes: the best so far beside each checkpoint, the one that stays
 * at its end. */
#include "model/adapter_write.h"
#include "model/checkpoint.h"
#include "model/fine_tune_private.h"
#include <glib/gstdio.h>
#include <string.h>

#define BEST_SO_FAR "best-so-far"

/* `parameters` [lora->n] in the place of the present ones while they are written. */
static gboolean
write_files(const MedctTraining *t, const char *folder, const float *parameters, GError **error)
{
  const MedctTensorFile *weights = medct_model_weights(t->job->model);
  g_autofree char *sha256 = medct_tensor_file_sha256(weights, error);
  g_autofree char *name = g_path_get_basename(medct_tensor_file_path(weights));
  const gsize bytes = sizeof(float) * t->lora->n;
  if (sha256 == NULL)
    return FALSE;
  g_autofree float *present = g_memdup2(t->lora->parameters, bytes);
  memcpy(t->lora->parameters, parameters, bytes);
  gboolean done = medct_adapter_write(folder, t->lora, name, sha256, error);
  memcpy(t->lora->parameters, present, bytes);
  return done;
}

gboolean
medct_training_write_best(MedctTraining *t, GError **error)
{
  if (t->best_step <= 0 || t->written == t->best_step)
    return TRUE;
  g_autofree char *folder = g_build_filename(t->job->folder, BEST_SO_FAR, NULL);
  if (!write_files(t, folder, t->best, error))
    return FALSE;
  t->written = t->best_step;
  return TRUE;
}

static void
remove_best(const MedctTraining *t)
{
  static const char *const files[] = {"adapter_config.json", "adapter_model.safetensors", ""};
  for (gsize n = 0; n < G_N_ELEMENTS(files); n++) {
    g_autofree char *path = g_build_filename(t->job->folder, BEST_SO_FAR, files[n], NULL);
    g_remove(path);
  }
}

gboolean
medct_training_write_adapter(MedctTraining *t, GError **error)
{
  MedctTrainRecord record = medct_training_record(t, MEDCT_TRAIN_RECORD_FINISHED);
  g_autofree char *message =
      t->best_step == 0
          ? g_strdup("of step 0: no evaluation was better than that of the model as it is")
          : g_strdup_printf("of step %" G_GINT64_FORMAT, t->best_step > 0 ? t->best_step : t->step);
  if (!write_files(t, t->job->folder, t->best_step >= 0 ? t->best : t->lora->parameters, error))
    return FALSE;
  g_autofree char *checkpoints = g_build_filename(t->job->folder, "checkpoints", NULL);
  medct_checkpoint_remove_all(checkpoints);
  remove_best(t);
  record.message = message;
  medct_training_tell(t, &record);
  return TRUE;
}
