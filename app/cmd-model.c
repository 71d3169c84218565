/* medct model convert, medct model random. */
#include "app/commands.h"
#include "app/output-place.h"
#include "model/model_files.h"
#include "model/random_model.h"
#include "model/widen.h"
#include <glib/gstdio.h>
#include <string.h>

/* ---- convert ------------------------------------------------------------------------------------
 */

/* The tensors to write: all, or those that inference reads. */
static GArray *
choose_tensors(const MedctTensorFile *file, const MedctConfig *config, gboolean used_only)
{
  GArray *chosen = g_array_new(FALSE, FALSE, sizeof(MedctTensor));
  g_autoptr(GPtrArray) specs = medct_config_tensor_specs(config);
  g_autoptr(GHashTable) used = g_hash_table_new(g_str_hash, g_str_equal);
  for (guint i = 0; i < specs->len; i++) {
    MedctTensorSpec *spec = specs->pdata[i];
    if (spec->used)
      g_hash_table_add(used, spec->name);
  }
  for (guint i = 0; i < medct_tensor_file_count(file); i++) {
    const MedctTensor *tensor = medct_tensor_file_get(file, i);
    if (!used_only || g_hash_table_contains(used, tensor->name))
      g_array_append_vals(chosen, tensor, 1);
  }
  return chosen;
}

/* Floats of any width become float32; what is no float is copied. */
static void
fill(guint index, int64_t first, int64_t n, void *out, void *user_data)
{
  const MedctTensor *tensor = &((const MedctTensor *)user_data)[index];
  gsize width = medct_dtype_bytes(tensor->dtype);
  if (medct_dtype_is_float(tensor->dtype))
    medct_tensor_read_f32(tensor, first, n, out);
  else
    memcpy(out, (const char *)tensor->data + (gsize)first * width, (gsize)n * width);
}

static gboolean
write_float32(const char *out, const GArray *tensors, const char *const *metadata, GError **error)
{
  const MedctTensor *from = (const MedctTensor *)(void *)tensors->data;
  g_autofree MedctTensor *to = g_memdup2(from, tensors->len * sizeof *from);
  for (guint i = 0; i < tensors->len; i++)
    if (medct_dtype_is_float(to[i].dtype))
      to[i].dtype = MEDCT_DTYPE_F32;
  return medct_safetensors_write_filled(out, to, tensors->len, metadata, fill, (void *)from, error);
}

static gboolean
convert(const char *in, const char *out, gboolean used_only, GError **error)
{
  if (!medct_output_check_file(out, (const char *const[]){NULL}, error))
    return FALSE;
  g_autofree char *weights = medct_model_find_weights(in, error);
  g_autofree char *json = medct_model_find_file(in, "config.json");
  g_autoptr(MedctTensorFile) file = weights ? medct_tensor_file_open(weights, error) : NULL;
  MedctConfig config;
  if (file == NULL || !medct_config_from_tensors(file, json, 0, &config, error))
    return FALSE;
  for (const char *const *w = medct_tensor_file_warnings(file); *w; w++)
    g_printerr("medct model convert: warning: %s\n", *w);
  g_autoptr(GArray) tensors = choose_tensors(file, &config, used_only);
  g_autofree char *heads = g_strdup_printf("%d", config.text_heads);
  g_autofree char *patch = g_strdup_printf("%d", config.patch);
  const char *kind = medct_tensor_file_metadata(file, "kind"); /* random stays random */
  const char *metadata[] = {"text_heads", heads, "patch", patch, kind ? "kind" : NULL, kind, NULL};
  if (!write_float32(out, tensors, metadata, error))
    return FALSE;
  if (medct_tensor_file_check(file, error))
    return TRUE;
  g_unlink(out); /* zeros stand where the input was lost */
  return FALSE;
}

static int
run_convert(const MedctInvocation *invocation)
{
  g_autoptr(GError) error = NULL;
  const char *const *arguments = medct_invocation_arguments(invocation);
  if (!convert(arguments[0], arguments[1], medct_invocation_flag(invocation, "no-unused"), &error))
    return medct_command_fail(invocation, error);
  return 0;
}

static const MedctOption convert_options[] = {
    {"no-unused", 0, NULL, FALSE, NULL,
     "Leaves out what inference never reads; a released model shrinks by a third."},
    {NULL},
};

const MedctCommand medct_command_model_convert = {
    .name = "model convert",
    .arguments = "IN OUT",
    .min_arguments = 2,
    .max_arguments = 2,
    .summary = "write weights as .safetensors",
    .description =
        "Reads PyTorch .pt or .safetensors weights, checks that they are a CT-CLIP "
        "checkpoint, and writes them as .safetensors in float32. Nothing in the file is executed.",
    .options = convert_options,
    .examples = "medct model convert CT-CLIP_v2.pt model.safetensors --no-unused\n"
                "  Makes a smaller file that opens faster.",
    .run = run_convert,
};

/* ---- random -------------------------------------------------------------------------------- */

static gboolean
write_random(const char *size, guint64 seed, const char *folder, gboolean used_only, GError **error)
{
  MedctConfig config;
  g_autofree char *base = g_path_get_basename(size);
  g_autofree char *name = g_strdup_printf("Random weights (%s)", base);
  return medct_config_named(size, &config, error) && medct_model_check_free(folder, error) &&
         medct_random_model_write(folder, name, &config, seed, used_only, error);
}

static int
run_random(const MedctInvocation *invocation)
{
  g_autoptr(GError) error = NULL;
  guint64 seed = 0;
  const char *config = medct_invocation_value(invocation, "config");
  const char *out = medct_invocation_needed(invocation, "out", &error);
  if (out == NULL || !medct_invocation_seed(invocation, &seed, &error) ||
      !write_random(config ? config : "mini", seed, out,
                    medct_invocation_flag(invocation, "no-unused"), &error))
    return medct_command_fail(invocation, error);
  return 0;
}

static const MedctOption random_options[] = {
    {"config", 'c', "NAME|FILE", FALSE, NULL,
     "The size: released, mini, or a JSON file with the sizes. Default: mini."},
    {"seed", 's', "N", FALSE, NULL, "The same seed gives the same weights. Default: 0."},
    {"out", 'o', "DIR", FALSE, NULL, "The folder to make the model in."},
    {"no-unused", 0, NULL, FALSE, NULL, "Leaves out what inference never reads."},
    {NULL},
};

const MedctCommand medct_command_model_random = {
    .name = "model random",
    .arguments = "",
    .min_arguments = 0,
    .max_arguments = 0,
    .summary = "make a model with random weights",
    .description =
        "Writes a model folder with weights that mean nothing, for tests and measurements: "
        "model.safetensors, config.json, vocab.txt, model.json. Scores made with it "
        "say nothing about anybody.",
    .options = random_options,
    .examples = "medct model random --config released --seed 1 --out big\n"
                "  Makes a model of the released size, 1.75 GB.",
    .run = run_random,
};
