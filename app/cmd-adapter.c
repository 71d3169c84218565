/* medct adapter new, medct adapter merge, medct adapter unmerge. */
#include "app/commands.h"
#include "app/output-place.h"
#include "model/adapter_combine.h"
#include "model/adapter_merge.h"
#include "model/adapter_write.h"
#include "model/atomic_file.h"
#include "model/folder.h"
#include "model/lora_new.h"
#include "model/model_files.h"
#include <string.h>

static MedctTensorFile *
open_weights(const char *path, MedctConfig *config, GError **error)
{
  g_autofree char *weights = medct_model_find_weights(path, error);
  g_autofree char *json = medct_model_find_file(path, "config.json");
  g_autoptr(MedctTensorFile) file = weights ? medct_tensor_file_open(weights, error) : NULL;
  if (file == NULL || !medct_config_from_tensors(file, json, 0, config, error))
    return NULL;
  return g_steal_pointer(&file);
}

/* ---- new ----------------------------------------------------------------------------------- */

static void
choose_parts(const MedctInvocation *invocation, MedctLoraSpec *spec, int rank, double alpha)
{
  static const struct {
    const char *name;
    MedctLoraRole first, last;
  } parts[] = {{"spatial", MEDCT_LORA_SPATIAL_Q, MEDCT_LORA_SPATIAL_OUT},
               {"temporal", MEDCT_LORA_TEMPORAL_Q, MEDCT_LORA_TEMPORAL_OUT},
               {"text", MEDCT_LORA_TEXT_QUERY, MEDCT_LORA_TEXT_OUTPUT}};
  const char *const *names = medct_invocation_values(invocation, "part");
  for (gsize p = 0; p < G_N_ELEMENTS(parts); p++)
    if (*names == NULL || g_strv_contains(names, parts[p].name))
      medct_lora_spec_set(spec, parts[p].first, parts[p].last, rank, alpha);
}

/* What was trained is not replaced by a beginning. */
static gboolean
check_no_adapter(const char *folder, GError **error)
{
  g_autofree char *weights = g_build_filename(folder, "adapter_model.safetensors", NULL);
  if (!g_file_test(weights, G_FILE_TEST_EXISTS))
    return TRUE;
  medct_error_file(error, MEDCT_ERROR_ARGUMENT, folder,
                   "holds an adapter already: choose another --out");
  return FALSE;
}

static gboolean
make_new(const MedctInvocation *invocation, GError **error)
{
  const char *model = medct_invocation_needed(invocation, "model", error);
  const char *out = model ? medct_invocation_needed(invocation, "out", error) : NULL;
  guint rank = 8;
  double alpha;
  MedctLoraSpec spec = {.rslora = medct_invocation_flag(invocation, "rslora")};
  MedctConfig config;
  if (out == NULL ||
      !medct_invocation_count(invocation, "rank", 1, MEDCT_LORA_MAX_RANK, &rank, error) ||
      !medct_invocation_number(invocation, "alpha", 2 * rank, 1e-6, 1e6, &alpha, error) ||
      !medct_invocation_seed(invocation, &spec.seed, error) ||
      !medct_output_check_folder(out, error) || !check_no_adapter(out, error))
    return FALSE;
  g_autoptr(MedctTensorFile) weights = open_weights(model, &config, error);
  g_autofree char *sha256 = weights ? medct_tensor_file_sha256(weights, error) : NULL;
  if (sha256 == NULL)
    return FALSE;
  choose_parts(invocation, &spec, (int)rank, alpha);
  g_autoptr(MedctLora) lora = medct_lora_new(&config, &spec, error);
  g_autofree char *name = g_path_get_basename(model);
  return lora && medct_adapter_write(out, lora, name, sha256, error);
}

static int
run_new(const MedctInvocation *invocation)
{
  g_autoptr(GError) error = NULL;
  return make_new(invocation, &error) ? 0 : medct_command_fail(invocation, error);
}

static const MedctOption new_options[] = {
    {"model", 'm', "PATH", FALSE, NULL,
     "The model that the adapter is for: folder or weights. Required."},
    {"out", 'o', "DIR", FALSE, NULL, "The folder to write the adapter to. Required."},
    {"part", 'p', "PART", TRUE, "spatial|temporal|text",
     "Which layers get matrices. Default: all."},
    {"rank", 'r', "N", FALSE, NULL, "Rank of the matrices, 1 to 1024. Default: 8."},
    {"alpha", 0, "X", FALSE, NULL, "Numerator of their scale. Default: twice the rank."},
    {"rslora", 0, NULL, FALSE, NULL, "Scales by alpha over the root of the rank."},
    {"seed", 's', "N", FALSE, NULL, "The same seed gives the same adapter. Default: 0."},
    {NULL},
};

const MedctCommand medct_command_adapter_new = {
    .name = "adapter new",
    .arguments = "",
    .min_arguments = 0,
    .max_arguments = 0,
    .summary = "make an adapter that does nothing yet",
    .description = "Writes a LoRA adapter in the files of Hugging Face PEFT whose second matrices "
                   "are zero: where training begins.",
    .options = new_options,
    .examples = "medct adapter new --model model/ --rank 16 --out start/\n"
                "  Makes an adapter for every layer of both encoders.",
    .run = run_new,
};

/* ---- merge, unmerge ------------------------------------------------------------------------ */

static gboolean
copy_beside(const char *model, const char *out, const char *name, GError **error)
{
  g_autofree char *from = medct_model_find_file(model, name);
  g_autofree char *to = g_build_filename(out, name, NULL), *bytes = NULL;
  g_autoptr(GError) cause = NULL;
  gsize n;
  if (from == NULL)
    return TRUE;
  if (!g_file_get_contents(from, &bytes, &n, &cause)) {
    medct_error_unreadable(error, from, cause);
    return FALSE;
  }
  return medct_atomic_file_save(to, bytes, n, error);
}

typedef gboolean (*Change)(const char *out, const MedctTensorFile *file, const MedctConfig *config,
                           const MedctAdapter *adapter, GError **error);

static gboolean
change(const MedctInvocation *invocation, Change how, GError **error)
{
  static const char *const beside[] = {"config.json", "vocab.txt", "model.json"};
  const char *model = medct_invocation_arguments(invocation)[0];
  const char *out = medct_invocation_needed(invocation, "out", error);
  MedctConfig config;
  if (out == NULL || medct_invocation_needed(invocation, "adapter", error) == NULL ||
      !medct_output_check_folder(out, error) || !medct_model_check_free(out, error))
    return FALSE;
  g_autofree char *lines = medct_invocation_lines(invocation, "adapter");
  g_autoptr(MedctTensorFile) file = open_weights(model, &config, error);
  g_autoptr(MedctAdapter) adapter = file ? medct_adapter_open_all(lines, error) : NULL;
  g_autofree char *weights = g_build_filename(out, "model.safetensors", NULL);
  if (adapter == NULL || !medct_folder_make(out, 0777, error) ||
      !how(weights, file, &config, adapter, error))
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS(beside); i++)
    if (!copy_beside(model, out, beside[i], error))
      return FALSE;
  return TRUE;
}

static int
run_merge(const MedctInvocation *invocation)
{
  g_autoptr(GError) error = NULL;
  return change(invocation, medct_adapter_merge, &error) ? 0
                                                         : medct_command_fail(invocation, error);
}

static int
run_unmerge(const MedctInvocation *invocation)
{
  g_autoptr(GError) error = NULL;
  return change(invocation, medct_adapter_unmerge, &error) ? 0
                                                           : medct_command_fail(invocation, error);
}

static const MedctOption change_options[] = {
    {"adapter", 'a', "DIR[:WEIGHT]", TRUE, NULL,
     "A LoRA adapter in PEFT's format; several are added up, each times its weight (1). "
     "Required."},
    {"out", 'o', "DIR", FALSE, NULL, "The folder to write the model to. Required."},
    {NULL},
};

const MedctCommand medct_command_adapter_merge = {
    .name = "adapter merge",
    .arguments = "MODEL",
    .min_arguments = 1,
    .max_arguments = 1,
    .summary = "write a model with an adapter in its weights",
    .description = "Adds the adapter to the weights in float32 and writes a model folder: for "
                   "programs that know no adapters. What was merged is noted in it.",
    .options = change_options,
    .examples = "medct adapter merge model/ --adapter lora/ --out merged/\n"
                "  The merged model gives the scores of model/ with lora/.",
    .run = run_merge,
};

const MedctCommand medct_command_adapter_unmerge = {
    .name = "adapter unmerge",
    .arguments = "MODEL",
    .min_arguments = 1,
    .max_arguments = 1,
    .summary = "take a merged adapter out of the weights again",
    .description = "The inverse of merge, to rounding. Name the adapters and weights that were "
                   "merged: others are refused.",
    .options = change_options,
    .examples = "medct adapter unmerge merged/ --adapter lora/ --out model/\n"
                "  Gives back the weights before the merge.",
    .run = run_unmerge,
};
