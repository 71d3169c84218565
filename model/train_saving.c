/* The state of a training as a checkpoint. Order and dropout follow from seed and step, so there is
 * no generator to keep. */
#include "model/checkpoint.h"
#include "model/fine_tune_private.h"
#include <glib/gi18n.h>
#include <string.h>

enum { PARAMETERS, FIRST, SECOND, BEST, N_TENSORS };

static const char *const tensor_names[N_TENSORS] = {"parameters", "first", "second", "best"};

static char *
checkpoints_folder(const MedctTraining *t)
{
  return g_build_filename(t->job->folder, "checkpoints", NULL);
}

/* What must be equal for a checkpoint to be of this run: options, set, weights. */
static gboolean
describe_run(const MedctTraining *t, char **options, char set[65], char **weights, GError **error)
{
  *weights = medct_tensor_file_sha256(medct_model_weights(t->job->model), error);
  *options = medct_train_options_text(&t->options);
  medct_train_set_sha256(t->job->set, set);
  return *weights != NULL;
}

gboolean
medct_training_save(const MedctTraining *t, GError **error)
{
  const float *const numbers[N_TENSORS] = {t->lora->parameters, t->first, t->second, t->best};
  MedctTensor tensors[N_TENSORS];
  for (int i = 0; i < N_TENSORS; i++)
    tensors[i] = (MedctTensor){.name = tensor_names[i],
                               .dtype = MEDCT_DTYPE_F32,
                               .n_dims = 1,
                               .shape = {(int64_t)t->lora->n},
                               .n_elements = (int64_t)t->lora->n,
                               .data = numbers[i]};
  char set[65];
  g_autofree char *options = NULL, *weights = NULL;
  if (!describe_run(t, &options, set, &weights, error))
    return FALSE;
  g_autofree char *step = g_strdup_printf("%" G_GINT64_FORMAT, t->step);
  g_autofree char *evaluated = g_strdup_printf("%" G_GINT64_FORMAT, t->evaluated);
  g_autofree char *best_step = g_strdup_printf("%" G_GINT64_FORMAT, t->best_step);
  g_autofree char *best_score = g_strdup_printf("%a", t->best_score);
  g_autofree char *waited = g_strdup_printf("%d", t->waited);
  const char *const metadata[] = {"options",   options,   "set",        set,         "weights",
                                  weights,     "step",    step,         "evaluated", evaluated,
                                  "best_step", best_step, "best_score", best_score,  "waited",
                                  waited,      NULL};
  g_autofree char *folder = checkpoints_folder(t);
  return medct_checkpoint_save(folder, t->step, tensors, N_TENSORS, metadata, error);
}

/* ---- restoring ----------------------------------------------------------------------------- */

static gboolean
same_run(const MedctTraining *t, const MedctTensorFile *file, GError **error)
{
  char set[65];
  g_autofree char *options = NULL, *weights = NULL;
  if (!describe_run(t, &options, set, &weights, error))
    return FALSE;
  const char *const parts[][3] = {{"options", options, "other options"},
                                  {"set", set, "another cohort (volumes, labels or splits)"},
                                  {"weights", weights, "another model"}};
  for (gsize i = 0; i < G_N_ELEMENTS(parts); i++)
    if (g_strcmp0(medct_tensor_file_metadata(file, parts[i][0]), parts[i][1]) != 0) {
      g_set_error(
          error, MEDCT_ERROR, MEDCT_ERROR_MISMATCH,
          _("the checkpoints there are of a training with %s: go on with the same, or begin "
            "anew in another folder"),
          parts[i][2]);
      return FALSE;
    }
  return TRUE;
}

static gboolean
read_numbers(const MedctTensorFile *file, const char *name, float *numbers, gsize n)
{
  const MedctTensor *t = medct_tensor_file_lookup(file, name);
  if (t == NULL || t->dtype != MEDCT_DTYPE_F32 || (gsize)t->n_elements != n)
    return FALSE;
  memcpy(numbers, t->data, sizeof *numbers * n);
  return TRUE;
}

static gboolean
read_int(const MedctTensorFile *file, const char *key, gint64 low, gint64 high, gint64 *value)
{
  const char *text = medct_tensor_file_metadata(file, key);
  return text != NULL && g_ascii_string_to_signed(text, 10, low, high, value, NULL);
}

static gboolean
read_state(MedctTraining *t, const MedctTensorFile *file)
{
  float *const numbers[N_TENSORS] = {t->lora->parameters, t->first, t->second, t->best};
  const char *auroc = medct_tensor_file_metadata(file, "best_score");
  gint64 waited = 0;
  for (int i = 0; i < N_TENSORS; i++)
    if (!read_numbers(file, tensor_names[i], numbers[i], t->lora->n))
      return FALSE;
  if (auroc == NULL || !read_int(file, "step", 0, t->steps, &t->step) ||
      !read_int(file, "evaluated", -1, t->steps, &t->evaluated) ||
      !read_int(file, "best_step", -1, t->steps, &t->best_step) ||
      !read_int(file, "waited", 0, G_MAXINT, &waited))
    return FALSE;
  t->best_score = g_ascii_strtod(auroc, NULL);
  t->waited = (int)waited;
  return TRUE;
}

gboolean
medct_training_restore(MedctTraining *t, GError **error)
{
  g_autofree char *folder = checkpoints_folder(t);
  g_autoptr(MedctTensorFile) file = medct_checkpoint_load(folder, &t->damaged, error);
  if (file == NULL || !same_run(t, file, error))
    return FALSE;
  if (read_state(t, file) && medct_tensor_file_check(file, error))
    return TRUE;
  if (error != NULL && *error == NULL)
    medct_error_file(error, MEDCT_ERROR_FORMAT, medct_tensor_file_path(file),
                     "is not a checkpoint of this program");
  return FALSE;
}
