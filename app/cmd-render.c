/* medct render: three planes of a volume, with marks and on request a prompt's map, as a PNG. */
#include "app/open-volume.h"
#include "app/output-place.h"
#include "model/pathologies.h"
#include "render/picture.h"
#include <math.h>
#include <string.h>

#ifndef MEDCT_VERSION
#error "MEDCT_VERSION comes from meson.build"
#endif

static gboolean
refuse(GError **error, const char *option, const char *found, const char *expected)
{
  g_set_error(error, MEDCT_ERROR, MEDCT_ERROR_ARGUMENT, "--%s is \"%s\", expected %s", option,
              found, expected);
  return FALSE;
}

/* Reads exactly `n` numbers with `separator` between them. */
static gboolean
parse_numbers(const char *text, char separator, int n, double *values)
{
  for (int i = 0; i < n; i++) {
    char *end = NULL;
    values[i] = g_ascii_strtod(text, &end);
    if (end == text || !isfinite(values[i]) || *end != (i + 1 < n ? separator : '\0'))
      return FALSE;
    text = end + 1;
  }
  return TRUE;
}

static gboolean
parse_size(const MedctInvocation *invocation, MedctPicture *picture, GError **error)
{
  const char *text = medct_invocation_value(invocation, "size");
  double size[2] = {1600, 1000};
  if (text != NULL && (!parse_numbers(text, 'x', 2, size) || size[0] < MEDCT_PICTURE_MINIMUM ||
                       size[1] < MEDCT_PICTURE_MINIMUM || size[0] > MEDCT_PICTURE_MAXIMUM ||
                       size[1] > MEDCT_PICTURE_MAXIMUM))
    return refuse(error, "size", text, "WIDTHxHEIGHT, 320 to 16384 pixels each, such as 1600x1000");
  picture->width = (int)size[0];
  picture->height = (int)size[1];
  return TRUE;
}

static gboolean
parse_slab(const MedctInvocation *invocation, MedctPicture *picture, GError **error)
{
  static const char *const names[] = {"mip:", "minip:", "average:"};
  const char *text = medct_invocation_value(invocation, "slab");
  if (text == NULL)
    return TRUE;
  for (int n = 0; n < 3; n++) {
    double mm;
    if (g_str_has_prefix(text, names[n]) && parse_numbers(text + strlen(names[n]), ',', 1, &mm) &&
        mm > 0) {
      picture->slab = (MedctSlab){(MedctSlabKind)(MEDCT_SLAB_MAXIMUM + n), mm};
      return TRUE;
    }
  }
  return refuse(error, "slab", text, "mip, minip or average with a thickness in mm: mip:20");
}

static gboolean
parse_window(const MedctInvocation *invocation, MedctPicture *picture, GError **error)
{
  const char *text = medct_invocation_value(invocation, "window");
  if (text != NULL)
    return medct_window_parse(text, &picture->window, error);
  const char *name = medct_invocation_value(invocation, "preset");
  const MedctWindowPreset *preset = medct_window_preset_find(name != NULL ? name : "lung");
  if (preset == NULL)
    return refuse(error, "preset", name, "lung, mediastinum, bone, abdomen, emphysema or model");
  picture->window = preset->window;
  picture->window_title = preset->title;
  return TRUE;
}

/* Puts the crosshair at RAS mm; FALSE when that is outside the volume. */
static gboolean
place_at(MedctPicture *picture, const double ras[3])
{
  const MedctVolumeHeader *header = picture->image.header;
  double inverse[16], voxel[3];
  if (!medct_matrix_invert(header->affine, inverse))
    return FALSE;
  medct_matrix_apply(inverse, ras, voxel);
  for (int a = 0; a < 3; a++)
    if (!(voxel[a] >= -0.5 && voxel[a] < (double)header->dims[a] - 0.5))
      return FALSE;
  memcpy(picture->voxel, voxel, sizeof voxel);
  return TRUE;
}

/* "axial:83", counted from 1 as in the picture. */
static gboolean
place_slice(MedctPicture *picture, const char *text, GError **error)
{
  static const char *const names[] = {"axial:", "sagittal:", "coronal:"};
  for (int kind = 0; kind < 3; kind++) {
    double n, cell[3];
    MedctPlane plane;
    if (!g_str_has_prefix(text, names[kind]) ||
        !parse_numbers(text + strlen(names[kind]), ',', 1, &n))
      continue;
    medct_plane_init(&plane, picture->image.header, picture->image.axes, (MedctPlaneKind)kind);
    if (!(n >= 1 && n <= (double)plane.count[2]))
      break;
    medct_plane_voxel_to_cell(&plane, picture->voxel, cell);
    cell[2] = rint(n) - 1;
    medct_plane_cell_to_voxel(&plane, cell, picture->voxel);
    return TRUE;
  }
  return refuse(error, "slice", text, "axial:N, sagittal:N or coronal:N inside the volume");
}

static gboolean
place_crosshair(const MedctInvocation *invocation, MedctPicture *picture, GError **error)
{
  const char *at = medct_invocation_value(invocation, "at");
  double ras[3];
  if (at != NULL && (!parse_numbers(at, ',', 3, ras) || !place_at(picture, ras)))
    return refuse(error, "at", at, "R,A,S in mm inside the volume, such as -12.5,40,210");
  for (const char *const *slice = medct_invocation_values(invocation, "slice"); *slice; slice++)
    if (!place_slice(picture, *slice, error))
      return FALSE;
  return TRUE;
}

/* What a prompt needs to stay alive until the picture is drawn. */
typedef struct {
  MedctBackend *backend;
  MedctStudyEncoding *encoding;
  MedctPrompt *pair;
  char *adapter;
  float *share;
  MedctOverlay overlay;
  MedctPictureScore score;
} Finding;

static void
finding_clear(Finding *finding)
{
  g_clear_pointer(&finding->encoding, medct_study_encoding_unref);
  g_clear_pointer(&finding->backend, medct_backend_unref);
  g_clear_pointer(&finding->pair, medct_prompt_free);
  g_clear_pointer(&finding->adapter, g_free);
  g_clear_pointer(&finding->share, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Finding, finding_clear)

/* share [t·h·w] of u₊ − u₋, in score units: it sums to the logit of the score. */
static gboolean
map_pair(Finding *finding, float *latents, guint latent, double scale, GError **error)
{
  const medct_encoding_info *info = medct_study_encoding_info(finding->encoding);
  MedctOverlay *overlay = &finding->overlay;
  gsize cells = (gsize)info->grid[0] * info->grid[1] * info->grid[2];
  for (guint d = 0; d < latent; d++)
    latents[d] -= latents[latent + d];
  finding->share = g_new(float, MAX(cells, 1));
  if (!medct_backend_share(finding->backend, finding->encoding, latents, finding->share,
                           medct_cli_monitor(), error))
    return FALSE;
  for (gsize n = 0; n < cells; n++)
    finding->share[n] *= (float)scale;
  overlay->share = finding->share;
  for (int n = 0; n < 3; n++)
    overlay->size[n] = (int)info->grid[n];
  memcpy(overlay->grid_to_ras, info->grid_to_ras, sizeof overlay->grid_to_ras);
  double low, high;
  medct_overlay_range(overlay, &low, &high, &finding->score.share_for,
                      &finding->score.share_against);
  overlay->top = medct_colormap_top(high);
  return TRUE;
}

static gboolean
score_pair(Finding *finding, GError **error)
{
  const medct_model_info *info = medct_backend_info(finding->backend);
  guint latent = info->latent;
  g_autofree float *latents = g_new(float, 2 * (gsize)latent);
  float cosine[2];
  const char *texts[2] = {finding->pair->prompt, finding->pair->against};
  if (!medct_backend_encode_texts(finding->backend, texts, 2, latents, NULL, error) ||
      !medct_backend_score(finding->backend, finding->encoding, latents, 2, cosine, error))
    return FALSE;
  double logit = info->scale * ((double)cosine[0] - (double)cosine[1]);
  finding->score = (MedctPictureScore){.prompt = finding->pair->prompt,
                                       .against = finding->pair->against,
                                       .score = 1 / (1 + exp(-logit)),
                                       .cosine_for = cosine[0],
                                       .cosine_against = cosine[1],
                                       .model = info->name,
                                       .adapter = finding->adapter};
  return map_pair(finding, latents, latent, info->scale, error);
}

/* "lora + other:0.5", as the picture says it; NULL without any. */
static char *
adapter_names(const char *const *adapters)
{
  g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
  for (; *adapters; adapters++)
    g_ptr_array_add(names, g_path_get_basename(*adapters));
  g_ptr_array_add(names, NULL);
  return names->len > 1 ? g_strjoinv(" + ", (char **)names->pdata) : NULL;
}

static gboolean
find_prompt(const MedctInvocation *invocation, MedctHost *host, MedctVolume *volume,
            MedctPicture *picture, Finding *finding, GError **error)
{
  const char *prompt = medct_invocation_value(invocation, "prompt");
  const char *model = medct_invocation_value(invocation, "model");
  const char *against = medct_invocation_value(invocation, "against");
  g_autofree char *adapters = medct_invocation_lines(invocation, "adapter");
  if (prompt == NULL)
    return TRUE;
  if (model == NULL)
    return refuse(error, "prompt", prompt, "a --model beside it");
  finding->pair = medct_prompt_new(prompt, against, error);
  if (finding->pair == NULL)
    return FALSE;
  finding->adapter = adapter_names(medct_invocation_values(invocation, "adapter"));
  finding->overlay.raw = medct_invocation_flag(invocation, "raw-grid");
  if (!medct_invocation_number(invocation, "opacity", 0.7, 0, 1, &finding->overlay.opacity, error))
    return FALSE;
  const MedctMonitor *monitor = medct_cli_monitor();
  MedctEncodeRequest request = {0};
  finding->backend = medct_host_load_model(host, model, adapters, monitor, error);
  if (finding->backend == NULL)
    return FALSE;
  finding->encoding = medct_backend_encode(finding->backend, volume, &request, monitor, error);
  if (finding->encoding == NULL || !score_pair(finding, error))
    return FALSE;
  double ras[3];
  medct_overlay_peak(&finding->overlay, ras);
  place_at(picture, ras); /* a peak in the padding leaves the middle */
  picture->overlay = &finding->overlay;
  picture->score = &finding->score;
  return TRUE;
}

static char **
collect_warnings(const MedctVolume *volume, const Finding *finding)
{
  g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
  for (guint n = 0; n < medct_volume_n_warnings(volume); n++)
    g_strv_builder_add(builder, medct_volume_warning(volume, n)->message);
  for (guint n = 0; finding->backend && n < medct_backend_n_warnings(finding->backend); n++)
    g_strv_builder_add(builder, medct_backend_warning(finding->backend, n)->message);
  return g_strv_builder_end(builder);
}

static char *
describe_origin(const MedctVolumeHeader *header, const Finding *finding)
{
  GString *line = g_string_new(header->name);
  if (header->sha256[0] != '\0')
    g_string_append_printf(line, " · sha256 %.12s", header->sha256);
  if (finding->backend != NULL)
    g_string_append_printf(line, " · weights %.12s",
                           medct_backend_info(finding->backend)->weights_sha256);
  g_string_append(line, " · MedCT " MEDCT_VERSION);
  return g_string_free(line, FALSE);
}

static gboolean
render(const MedctInvocation *invocation, const char *out, GError **error)
{
  MedctPicture picture = {.scale = 1,
                          .linear = !medct_invocation_flag(invocation, "nearest"),
                          .annotations = !medct_invocation_flag(invocation, "no-annotations")};
  if (!parse_size(invocation, &picture, error) || !parse_slab(invocation, &picture, error) ||
      !parse_window(invocation, &picture, error) ||
      !medct_output_check_file(out, medct_invocation_arguments(invocation), error))
    return FALSE;
  g_autoptr(MedctHost) host = medct_host_new();
  g_autoptr(MedctVolume) volume =
      medct_command_open_volume(invocation, host, medct_invocation_arguments(invocation)[0], error);
  if (volume == NULL)
    return FALSE;
  const MedctVolumeHeader *header = medct_volume_get_header(volume);
  picture.image = (MedctImage){header, medct_volume_axes(volume), medct_volume_voxels(volume)};
  for (int a = 0; a < 3; a++)
    picture.voxel[a] = (double)(header->dims[a] / 2);
  g_auto(Finding) finding = {0};
  if (!find_prompt(invocation, host, volume, &picture, &finding, error) ||
      !place_crosshair(invocation, &picture, error))
    return FALSE;
  g_auto(GStrv) warnings = collect_warnings(volume, &finding);
  g_autofree char *origin = describe_origin(header, &finding);
  picture.warnings = (const char *const *)warnings;
  picture.provenance = origin;
  cairo_surface_t *surface = medct_picture_draw(&picture, error);
  if (surface == NULL)
    return FALSE;
  gboolean written = medct_picture_write(surface, out, error);
  cairo_surface_destroy(surface);
  return written;
}

static int
run_render(const MedctInvocation *invocation)
{
  g_autoptr(GError) error = NULL;
  const char *out = medct_invocation_value(invocation, "out");
  if (out == NULL) {
    g_set_error_literal(&error, MEDCT_ERROR, MEDCT_ERROR_ARGUMENT,
                        "--out is missing, expected the PNG to write");
    medct_command_fail(invocation, error);
    return 2;
  }
  if (!medct_metadata_options_check(invocation, &error))
    return medct_command_misused(invocation, error);
  if (render(invocation, out, &error))
    return 0;
  int status = medct_command_fail(invocation, error);
  return g_error_matches(error, MEDCT_ERROR, MEDCT_ERROR_ARGUMENT) ? 2 : status;
}

static const MedctOption options[] = {
    {"out", 'o', "PNG", FALSE, NULL, "The picture to write; it appears whole or not at all."},
    {"prompt", 'p', "TEXT", FALSE, NULL, "Score this sentence, draw its map and go to its peak."},
    {"against", 0, "TEXT", FALSE, NULL, "The opposite sentence; made from the prompt by default."},
    {"model", 'm', "PATH", FALSE, NULL, "The model that scores; needed with --prompt."},
    {"adapter", 'a', "DIR[:WEIGHT]", TRUE, NULL,
     "A LoRA adapter for the model; several are added up, each times its weight (1)."},
    MEDCT_METADATA_OPTIONS,
    {"preset", 0, "NAME", FALSE, "lung|mediastinum|bone|abdomen|emphysema|model",
     "Window by name; lung by default."},
    {"window", 0, "W/L", FALSE, NULL, "Window width and level in HU, such as 400/40."},
    {"at", 0, "R,A,S", FALSE, NULL, "Crosshair in mm; the middle, or the map's peak, by default."},
    {"slice", 0, "PLANE:N", TRUE, NULL, "One plane's slice, counted from 1: axial:83."},
    {"slab", 0, "KIND:MM", FALSE, NULL, "mip, minip or average over a thickness: mip:20."},
    {"raw-grid", 0, NULL, FALSE, NULL, "Show the map's own cells instead of smoothing them."},
    {"opacity", 0, "X", FALSE, NULL, "Opacity of the map, 0 to 1; 0.7 by default."},
    {"size", 0, "WxH", FALSE, NULL, "Size in pixels; 1600x1000 by default."},
    {"no-annotations", 0, NULL, FALSE, NULL, "Leave out marks in the planes."},
    {"linear", 0, NULL, FALSE, NULL, "Mix neighbouring voxels; the default."},
    {"nearest", 0, NULL, FALSE, NULL, "Show voxels as squares."},
    {0},
};

const MedctCommand medct_command_render = {
    .name = "render",
    .arguments = "VOLUME",
    .min_arguments = 1,
    .max_arguments = 1,
    .summary = "draw a volume, and on request a prompt's map, as a PNG",
    .description = "Draws axial, sagittal and coronal planes with orientation, scale and window, "
                   "and a panel with the study's facts and warnings. Needs no display.\n\n"
                   "The map shows each patch's share of the score. It is not a lesion. "
                   "Research use only, not for diagnosis.",
    .options = options,
    .examples =
        "medct render chest.nii.gz --out chest.png\n"
        "  three planes through the middle in the lung window\n"
        "medct render chest.nii.gz --model ct-clip --prompt \"There is a nodule.\" -o map.png\n"
        "  the map of a prompt, at its peak",
    .run = run_render,
};
