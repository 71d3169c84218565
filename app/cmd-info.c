/* medct info: what a file holds and what the model will see of it, before a score is believed. */
#include "app/commands.h"
#include "app/json-out.h"
#include "app/open-volume.h"
#include "model/body_inside.h"
#include "model/ctclip.h"
#include <math.h>

typedef struct {
  MedctVolume *volume;
  const MedctConfig *config;
  gboolean has_field; /* FALSE: field_error says why the model cannot read it */
  MedctField field;
  char *field_error;
} Info;

static void
find_field(Info *info)
{
  g_autoptr(GError) error = NULL;
  info->has_field = medct_preprocess_field(info->volume, info->config, NULL, &info->field, &error);
  if (info->has_field)
    info->field.inside = medct_body_inside(info->volume, info->config, &info->field);
  else
    info->field_error = g_strdup(error->message);
}

/* ---- text ---------------------------------------------------------------------------------- */

static void
print_field(const Info *info)
{
  const MedctConfig *c = info->config;
  const MedctField *f = &info->field;
  if (!info->has_field) {
    g_print("  Model        cannot read it: %s\n", info->field_error);
    return;
  }
  g_print("  Model sees   %d × %d × %d voxels of %g × %g × %g mm (S × L × P), resampled from "
          "%" G_GINT64_FORMAT " × %" G_GINT64_FORMAT " × %" G_GINT64_FORMAT "\n",
          c->frames, c->image, c->image, c->spacing_mm[0], c->spacing_mm[1], c->spacing_mm[2],
          f->resampled[0], f->resampled[1], f->resampled[2]);
  if (f->inside >= 0)
    g_print("  In the field %.0f %% of the body (the field is %.0f × %.0f × %.0f mm)\n",
            100 * f->inside, c->frames * c->spacing_mm[0], c->image * c->spacing_mm[1],
            c->image * c->spacing_mm[2]);
}

static void
print_text(const Info *info)
{
  const MedctVolumeHeader *h = medct_volume_get_header(info->volume);
  const MedctVolumeStatistics *s = medct_volume_statistics(info->volume);
  char letters[4];
  medct_volume_orientation(info->volume, letters);
  g_print("%s\n", h->name);
  g_print("  Format       %s, %s\n", h->format,
          h->voxel_type == MEDCT_VOXEL_INT16 ? "16-bit integers" : "32-bit floats");
  g_print("  Dimensions   %" G_GINT64_FORMAT " × %" G_GINT64_FORMAT " × %" G_GINT64_FORMAT "\n",
          h->dims[0], h->dims[1], h->dims[2]);
  g_print("  Spacing      %.4g × %.4g × %.4g mm%s\n", h->spacing_mm[0], h->spacing_mm[1],
          h->spacing_mm[2], h->spacing_known ? "" : " (guessed)");
  g_print("  Orientation  %s\n", h->orientation_known ? letters : "unknown");
  g_print("  HU           %.0f to %.0f, mean %.0f\n", s->minimum_hu, s->maximum_hu, s->mean_hu);
  print_field(info);
  g_print("  SHA-256      %s\n", h->sha256);
  for (guint i = 0; i < medct_volume_n_warnings(info->volume); i++) {
    const MedctWarning *w = medct_volume_warning(info->volume, i);
    g_print("  Warning      %s (%s)\n", w->message, w->code);
  }
}

/* ---- JSON ---------------------------------------------------------------------------------- */

static void
add_statistics(JsonBuilder *b, const MedctVolumeStatistics *s)
{
  const double range[2] = {s->minimum_hu, s->maximum_hu};
  const int64_t strange = s->n_nan + s->n_infinite;
  medct_json_add_numbers(b, "hu_range", range, 2);
  medct_json_add_number(b, "hu_mean", s->mean_hu);
  medct_json_add_int(b, "not_finite", strange);
}

static void
add_field(JsonBuilder *b, const Info *info)
{
  const MedctConfig *c = info->config;
  const MedctField *f = &info->field;
  const int64_t size[3] = {c->frames, c->image, c->image};
  json_builder_set_member_name(b, "model_input");
  json_builder_begin_object(b);
  if (info->has_field) {
    medct_json_add_ints(b, "size", size, 3);
    medct_json_add_numbers(b, "spacing_mm", c->spacing_mm, 3);
    medct_json_add_ints(b, "resampled", f->resampled, 3);
    medct_json_add_ints(b, "crop_start", f->crop_start, 3);
    medct_json_add_ints(b, "pad_before", f->pad_before, 3);
    medct_json_add_number(b, "body_inside", f->inside >= 0 ? f->inside : NAN);
  } else {
    medct_json_add_string(b, "refused", info->field_error);
  }
  json_builder_end_object(b);
}

static void
add_warnings(JsonBuilder *b, const MedctVolume *volume)
{
  json_builder_set_member_name(b, "warnings");
  json_builder_begin_array(b);
  for (guint i = 0; i < medct_volume_n_warnings(volume); i++) {
    const MedctWarning *w = medct_volume_warning(volume, i);
    medct_json_add_warning(b, w->code, w->message);
  }
  json_builder_end_array(b);
}

static void
print_json(const Info *info)
{
  const MedctVolumeHeader *h = medct_volume_get_header(info->volume);
  g_autoptr(JsonBuilder) b = json_builder_new();
  char letters[4];
  medct_volume_orientation(info->volume, letters);
  json_builder_begin_object(b);
  medct_json_add_string(b, "file", h->name);
  medct_json_add_string(b, "format", h->format);
  medct_json_add_string(b, "voxel_type", h->voxel_type == MEDCT_VOXEL_INT16 ? "int16" : "float32");
  medct_json_add_ints(b, "dimensions", h->dims, 3);
  medct_json_add_numbers(b, "spacing_mm", h->spacing_mm, 3);
  medct_json_add_boolean(b, "spacing_known", h->spacing_known);
  medct_json_add_string(b, "orientation", h->orientation_known ? letters : NULL);
  medct_json_add_numbers(b, "affine", h->affine, 16);
  add_statistics(b, medct_volume_statistics(info->volume));
  add_field(b, info);
  medct_json_add_string(b, "sha256", h->sha256);
  add_warnings(b, info->volume);
  json_builder_end_object(b);
  medct_json_print(b, FALSE);
}

/* ---- the command --------------------------------------------------------------------------- */

static gboolean
find_config(const MedctInvocation *invocation, MedctConfig *config, GError **error)
{
  const char *model = medct_invocation_value(invocation, "model");
  if (model == NULL)
    return medct_config_named("released", config, error);
  g_autoptr(MedctModel) opened = medct_model_open(model, error);
  if (opened)
    *config = *medct_model_config(opened);
  return opened != NULL;
}

static int
run_info(const MedctInvocation *invocation)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(MedctHost) host = medct_host_new();
  MedctConfig config;
  int status = 0;
  if (!medct_metadata_options_check(invocation, &error))
    return medct_command_misused(invocation, error);
  if (!find_config(invocation, &config, &error))
    return medct_command_fail(invocation, error);
  for (const char *const *path = medct_invocation_arguments(invocation); *path; path++) {
    Info info = {.config = &config};
    g_clear_error(&error);
    info.volume = medct_command_open_volume(invocation, host, *path, &error);
    if (info.volume == NULL) {
      status = medct_command_fail(invocation, error);
      continue;
    }
    find_field(&info);
    if (medct_invocation_flag(invocation, "json"))
      print_json(&info);
    else
      print_text(&info);
    g_free(info.field_error);
    medct_volume_unref(info.volume);
  }
  return status;
}

static const MedctOption options[] = {
    {"model", 'm', "MODEL", FALSE, NULL,
     "Show what this model will see; by default what the released CT-CLIP sees."},
    MEDCT_METADATA_OPTIONS,
    {"json", 'j', NULL, FALSE, NULL, "One JSON object a line for each file."},
    {NULL},
};

const MedctCommand medct_command_info = {
    .name = "info",
    .arguments = "VOLUME…",
    .min_arguments = 1,
    .max_arguments = -1,
    .summary = "show what a volume holds and what the model will see of it",
    .description =
        "Reads each volume to its end and shows its dimensions, spacing, orientation and range of "
        "Hounsfield units, every warning, and the part that the model will see.\n\n"
        "Orientation letters say where the array's axes run: LPS means that the first index rises "
        "toward the patient's left. A file that cannot be used is refused with one message on "
        "standard "
        "error that names the field, what was found and what was expected.",
    .options = options,
    .examples = "medct info chest.nii.gz\n  The facts about one study\n"
                "medct info --json *.nii.gz\n  One line of JSON a study, for scripts",
    .run = run_info,
};
