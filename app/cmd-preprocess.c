/* medct preprocess: a volume exactly as the model will be given it, for comparison and for other
 * programs. */
#include "app/commands.h"
#include "app/open-volume.h"
#include "app/output-place.h"
#include "model/body_inside.h"
#include "model/model_files.h"
#include "model/preprocess.h"

/* ---- what is asked for --------------------------------------------------------------------- */

static gboolean
read_config(const char *model, MedctConfig *config, GError **error)
{
  if (model == NULL)
    return medct_config_named("released", config, error);
  g_autofree char *weights = medct_model_find_weights(model, error);
  g_autofree char *config_json = medct_model_find_file(model, "config.json");
  g_autoptr(MedctTensorFile) file = weights ? medct_tensor_file_open(weights, error) : NULL;
  return file && medct_config_from_tensors(file, config_json, 0, config, error);
}

/* ---- what is written ----------------------------------------------------------------------- */

static char *
join_numbers(const double *values, int n)
{
  GString *text = g_string_new(NULL);
  for (int i = 0; i < n; i++) {
    char digits[G_ASCII_DTOSTR_BUF_SIZE];
    g_string_append(text, i ? " " : "");
    g_string_append(text, g_ascii_dtostr(digits, sizeof digits, values[i]));
  }
  return g_string_free(text, FALSE);
}

static char *
join_warnings(const MedctVolume *volume)
{
  GString *text = g_string_new(NULL);
  for (guint i = 0; i < medct_volume_n_warnings(volume); i++)
    g_string_append_printf(text, "%s%s", i ? "\n" : "", medct_volume_warning(volume, i)->message);
  return g_string_free(text, FALSE);
}

static gboolean
write_tensor(const char *out, const float *data, const MedctVolume *volume,
             const MedctConfig *config, const MedctPreprocessOptions *options, GError **error)
{
  const MedctVolumeHeader *h = medct_volume_get_header(volume);
  const MedctTensor tensor = {.name = "volume",
                              .dtype = MEDCT_DTYPE_F32,
                              .n_dims = 3,
                              .shape = {config->frames, config->image, config->image},
                              .n_elements = (int64_t)config->frames * config->image * config->image,
                              .data = data};
  g_autofree char *target = join_numbers(config->spacing_mm, 3);
  g_autofree char *clip = join_numbers(config->clip_hu, 2);
  g_autofree char *source = join_numbers(h->spacing_mm, 3);
  g_autofree char *warnings = join_warnings(volume);
  const char *metadata[] = {"source",
                            h->name,
                            "source_sha256",
                            h->sha256,
                            "source_spacing_mm",
                            source,
                            "axes",
                            options->as_stored ? "as stored" : "superior, left, posterior",
                            "spacing_mm",
                            target,
                            "clip_hu",
                            clip,
                            "clip",
                            options->clip_after ? "after resampling" : "before resampling",
                            "warnings",
                            warnings,
                            "made_by",
                            "MedCT " MEDCT_VERSION,
                            NULL};
  return medct_safetensors_write(out, &tensor, 1, metadata, error);
}

static void
print_summary(const char *out, const MedctVolume *volume, const MedctConfig *config,
              const MedctField *field)
{
  g_autofree char *name = g_path_get_basename(out);
  medct_cli_clear_progress();
  g_print("%s: volume [%d, %d, %d], resampled from [%" G_GINT64_FORMAT ", %" G_GINT64_FORMAT
          ", %" G_GINT64_FORMAT "]",
          name, config->frames, config->image, config->image, field->resampled[0],
          field->resampled[1], field->resampled[2]);
  double inside = medct_body_inside(volume, config, field);
  if (inside >= 0)
    g_print(", %.0f %% of the body inside", 100 * inside);
  g_print("\n");
  for (guint i = 0; i < medct_volume_n_warnings(volume); i++)
    g_printerr("medct preprocess: warning: %s\n", medct_volume_warning(volume, i)->message);
}

/* ---- the command --------------------------------------------------------------------------- */

static gboolean
preprocess(const MedctInvocation *invocation, const char *out, GError **error)
{
  const char *path = medct_invocation_arguments(invocation)[0];
  const MedctPreprocessOptions options = {
      .as_stored = medct_invocation_flag(invocation, "as-stored"),
      .clip_after = g_strcmp0(medct_invocation_value(invocation, "clip"), "after") == 0};
  MedctConfig config;
  MedctField field;
  if (!medct_output_check_file(out, medct_invocation_arguments(invocation), error) ||
      !read_config(medct_invocation_value(invocation, "model"), &config, error))
    return FALSE;
  g_autoptr(MedctHost) host = medct_host_new();
  g_autoptr(MedctVolume) volume = medct_command_open_volume(invocation, host, path, error);
  if (volume == NULL)
    return FALSE;
  g_autofree float *tensor =
      medct_preprocess(volume, &config, &options, 0, &field, medct_cli_monitor(), error);
  if (tensor == NULL || !write_tensor(out, tensor, volume, &config, &options, error))
    return FALSE;
  print_summary(out, volume, &config, &field);
  return TRUE;
}

static int
run_preprocess(const MedctInvocation *invocation)
{
  g_autoptr(GError) error = NULL;
  const char *out = medct_invocation_value(invocation, "out");
  if (out == NULL)
    g_set_error_literal(&error, MEDCT_ERROR, MEDCT_ERROR_ARGUMENT,
                        "--out is missing, expected the file to write");
  if (out == NULL || !medct_metadata_options_check(invocation, &error))
    return medct_command_misused(invocation, error);
  return preprocess(invocation, out, &error) ? 0 : medct_command_fail(invocation, error);
}

static const MedctOption options[] = {
    {"out", 'o', "FILE", FALSE, NULL,
     "The .safetensors file to write; it appears whole or not at all. Required."},
    {"model", 'm', "PATH", FALSE, NULL,
     "Make the input of this model; by default that of the released CT-CLIP."},
    {"as-stored", 0, NULL, FALSE, NULL,
     "Keep the file's axis order, as the reference implementation does, instead of turning the "
     "volume by its affine."},
    {"clip", 0, "WHEN", FALSE, "before|after",
     "Clip HU before resampling, the default, or after it."},
    MEDCT_METADATA_OPTIONS,
    {NULL},
};

const MedctCommand medct_command_preprocess = {
    .name = "preprocess",
    .arguments = "VOLUME",
    .min_arguments = 1,
    .max_arguments = 1,
    .summary = "write a volume as the model is given it",
    .description =
        "Turns the volume so that its axes run toward Superior, Left and Posterior, clips its "
        "Hounsfield units, resamples it to the model's spacing, divides by 1000, and crops it "
        "around its middle or fills it up with -1.\n\n"
        "The file holds one float32 tensor, volume, of shape [frames, image, image], "
        "[240, 480, 480] for the released CT-CLIP; its metadata names the source with its "
        "SHA-256, the options and every warning.",
    .options = options,
    .examples = "medct preprocess chest.nii.gz --out chest.safetensors\n  For CT-CLIP\n"
                "medct preprocess valid_1_a_1.nii.gz -o v.safetensors --metadata metadata.csv\n"
                "  A CT-RATE file with the data set's table\n"
                "medct preprocess chest.nii.gz -o chest.safetensors --as-stored --clip after\n"
                "  As the reference implementation's pre-training script made it",
    .run = run_preprocess,
};
