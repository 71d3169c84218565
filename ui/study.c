#include "ui/study.h"
#include "render/text.h"
#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

G_DEFINE_FINAL_TYPE(MedctStudy, medct_study, G_TYPE_OBJECT)

static guint changed_signal;

static void
changed(MedctStudy *study)
{
  g_signal_emit(study, changed_signal, 0);
}

static void
drop_map(MedctStudy *study)
{
  g_clear_pointer(&study->share, g_free);
  g_clear_pointer(&study->base_share, g_free);
  study->overlay.share = NULL;
  for (int n = 0; n < 3; n++) {
    g_clear_pointer(&study->profile[n], g_free);
    g_clear_pointer(&study->base_profile[n], g_free);
  }
}

static void
medct_study_finalize(GObject *object)
{
  MedctStudy *study = MEDCT_STUDY(object);
  drop_map(study);
  g_clear_pointer(&study->measures, medct_measures_free);
  g_clear_pointer(&study->volume, medct_volume_unref);
  g_free(study->name);
  G_OBJECT_CLASS(medct_study_parent_class)->finalize(object);
}

static void
medct_study_class_init(MedctStudyClass *klass)
{
  G_OBJECT_CLASS(klass)->finalize = medct_study_finalize;
  changed_signal = g_signal_new("changed", MEDCT_TYPE_STUDY, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                G_TYPE_NONE, 0);
}

static void
medct_study_init(MedctStudy *study)
{
  study->measures = medct_measures_new();
  study->window = medct_window_presets[0].window;
  study->zoom = 1;
  study->annotations = study->linear = TRUE;
  study->map_shown = TRUE;
  study->overlay.opacity = 0.7;
  study->map_version = (guint64)g_get_monotonic_time(); /* no other study begins in this µs */
}

MedctStudy *
medct_study_new(MedctVolume *volume, GError **error)
{
  const MedctVolumeHeader *header = medct_volume_get_header(volume);
  g_autoptr(MedctStudy) study = g_object_new(MEDCT_TYPE_STUDY, NULL);
  study->volume = medct_volume_ref(volume);
  study->name = g_utf8_make_valid(header->name, -1);
  study->image = (MedctImage){header, medct_volume_axes(volume), medct_volume_voxels(volume)};
  for (int n = 0; n < 3; n++) {
    if (!medct_plane_init(&study->planes[n], header, study->image.axes, (MedctPlaneKind)n)) {
      medct_error_field(error, MEDCT_ERROR_FORMAT, header->name, "affine",
                        "a matrix that can be inverted", N_("singular"));
      return NULL;
    }
    study->voxel[n] = (double)(header->dims[n] / 2);
  }
  return g_steal_pointer(&study);
}

const char *
medct_study_name(MedctStudy *study)
{
  return study->name;
}

void
medct_study_set_voxel(MedctStudy *study, const double voxel[3])
{
  for (int n = 0; n < 3; n++)
    study->voxel[n] = CLAMP(voxel[n], 0, (double)study->image.header->dims[n] - 1);
  changed(study);
}

void
medct_study_set_slice(MedctStudy *study, MedctPlaneKind kind, double slice)
{
  const MedctPlane *plane = &study->planes[kind];
  double cell[3], voxel[3];
  medct_plane_voxel_to_cell(plane, study->voxel, cell);
  cell[2] = CLAMP(rint(slice), 0, (double)plane->count[2] - 1);
  medct_plane_cell_to_voxel(plane, cell, voxel);
  medct_study_set_voxel(study, voxel);
}

int64_t
medct_study_slice(MedctStudy *study, MedctPlaneKind kind)
{
  double cell[3];
  medct_plane_voxel_to_cell(&study->planes[kind], study->voxel, cell);
  return CLAMP((int64_t)lrint(cell[2]), 0, study->planes[kind].count[2] - 1);
}

void
medct_study_step(MedctStudy *study, MedctPlaneKind kind, double slices)
{
  medct_study_set_slice(study, kind, (double)medct_study_slice(study, kind) + slices);
}

void
medct_study_set_window(MedctStudy *study, MedctWindow window)
{
  study->window =
      (MedctWindow){CLAMP(rint(window.width), 1, 8000), CLAMP(rint(window.level), -4000, 8000)};
  changed(study);
}

void
medct_study_set_slab(MedctStudy *study, MedctSlab slab)
{
  study->slab = slab;
  changed(study);
}

void
medct_study_zoom_about(MedctStudy *study, double zoom, const double still[3][2])
{
  zoom = CLAMP(zoom, 0.25, 20);
  double factor = zoom / study->zoom;
  for (int n = 0; n < 3; n++)
    for (int a = 0; a < 2; a++)
      study->pan[n][a] = study->pan[n][a] * factor + still[n][a] * (1 - factor);
  study->zoom = zoom;
  changed(study);
}

void
medct_study_set_zoom(MedctStudy *study, double zoom)
{
  static const double middles[3][2] = {{0}};
  medct_study_zoom_about(study, zoom, middles);
}

void
medct_study_set_pan(MedctStudy *study, MedctPlaneKind kind, double x, double y)
{
  study->pan[kind][0] = x;
  study->pan[kind][1] = y;
  changed(study);
}

void
medct_study_keep_camera(MedctStudy *study, const MedctRayCamera *camera, double zoom)
{
  study->camera = *camera;
  study->camera_zoom = zoom;
}

void
medct_study_reset_view(MedctStudy *study)
{
  study->zoom = 1;
  memset(study->pan, 0, sizeof study->pan);
  changed(study);
}

void
medct_study_centre(MedctStudy *study)
{
  double middle[3];
  for (int n = 0; n < 3; n++)
    middle[n] = (double)(study->image.header->dims[n] / 2);
  medct_study_set_voxel(study, middle);
}

void
medct_study_set_linear(MedctStudy *study, gboolean linear)
{
  study->linear = linear;
  changed(study);
}

void
medct_study_set_annotations(MedctStudy *study, gboolean shown)
{
  study->annotations = shown;
  changed(study);
}

/* The scale is the map's own, rounded up: the same for both signs, so that they can be compared. */
static void
scale_map(MedctStudy *study)
{
  double low, high, sum_for, sum_against;
  medct_overlay_range(&study->overlay, &low, &high, &sum_for, &sum_against);
  study->overlay.top = medct_colormap_top(fmax(high, -low));
}

void
medct_study_set_map(MedctStudy *study, float *share, const int size[3],
                    const double grid_to_ras[16])
{
  drop_map(study);
  study->map_version++;
  study->difference = FALSE;
  study->overlay.map = study->against ? MEDCT_COLORMAP_AGAINST : MEDCT_COLORMAP_FOR;
  if (share != NULL) {
    study->share = share;
    study->overlay.share = share;
    memcpy(study->overlay.size, size, sizeof study->overlay.size);
    memcpy(study->overlay.grid_to_ras, grid_to_ras, sizeof study->overlay.grid_to_ras);
    scale_map(study);
    for (int n = 0; n < 3; n++) {
      study->profile[n] = g_new0(double, (gsize)study->planes[n].count[2]);
      medct_overlay_profile(&study->overlay, &study->planes[n], study->profile[n]);
    }
  }
  changed(study);
}

gboolean
medct_study_map(const MedctStudy *study, gboolean of_base, MedctOverlay *overlay)
{
  *overlay = study->overlay;
  if (of_base)
    overlay->share = study->base_share;
  return study->map_shown && overlay->share != NULL;
}

guint64
medct_study_map_version(const MedctStudy *study, gboolean of_base)
{
  return study->map_version | (of_base ? G_GUINT64_CONSTANT(1) << 63 : 0);
}

void
medct_study_set_base_map(MedctStudy *study, float *share)
{
  g_return_if_fail(study->share != NULL && study->base_share == NULL);
  study->base_share = share;
  study->map_version++;
  MedctOverlay overlay = study->overlay;
  overlay.share = share;
  for (int n = 0; n < 3; n++) {
    study->base_profile[n] = g_new0(double, (gsize)study->planes[n].count[2]);
    medct_overlay_profile(&overlay, &study->planes[n], study->base_profile[n]);
  }
  changed(study);
}

void
medct_study_set_map_scale(MedctStudy *study, double peak, gboolean difference)
{
  study->overlay.top = medct_colormap_top(peak);
  study->difference = difference;
  if (difference)
    study->overlay.map = MEDCT_COLORMAP_DIFFERENCE;
  study->map_version++;
  changed(study);
}

void
medct_study_set_field(MedctStudy *study, const guint *size, const double *field_to_ras)
{
  study->field_known = size != NULL && field_to_ras != NULL;
  if (study->field_known) {
    memcpy(study->field.size, size, sizeof study->field.size);
    memcpy(study->field.to_ras, field_to_ras, sizeof study->field.to_ras);
  }
  changed(study);
}

void
medct_study_show_map(MedctStudy *study, gboolean shown)
{
  study->map_shown = shown;
  study->map_version++;
  changed(study);
}

void
medct_study_set_map_looks(MedctStudy *study, double opacity, gboolean against, gboolean raw)
{
  study->overlay.opacity = CLAMP(opacity, 0, 1);
  study->against = against;
  study->overlay.map = study->difference ? MEDCT_COLORMAP_DIFFERENCE
                       : against         ? MEDCT_COLORMAP_AGAINST
                                         : MEDCT_COLORMAP_FOR;
  study->overlay.raw = raw;
  study->map_version++;
  changed(study);
}

void
medct_study_go_to_peak(MedctStudy *study)
{
  double ras[3], voxel[3];
  if (study->share == NULL)
    return;
  medct_overlay_peak(&study->overlay, ras);
  medct_plane_ras_to_voxel(&study->planes[0], ras, voxel);
  for (int n = 0; n < 3; n++)
    if (!(voxel[n] >= -0.5 && voxel[n] < (double)study->image.header->dims[n] - 0.5))
      return;
  medct_study_set_voxel(study, voxel);
}

void
medct_study_add_measure(MedctStudy *study, const MedctMeasure *measure)
{
  medct_measures_add(study->measures, measure);
  changed(study);
}

void
medct_study_put_measure(MedctStudy *study, const MedctMeasure *measure)
{
  MedctMeasure counted = *measure;
  const MedctPlane *plane = &study->planes[measure->plane];
  if (measure->slice < 0 || measure->slice >= plane->count[2])
    return;
  if (measure->kind == MEDCT_MEASURE_REGION)
    medct_measure_count(&counted, &study->image, plane);
  medct_measures_put(study->measures, &counted);
  changed(study);
}

void
medct_study_remove_measure(MedctStudy *study, guint place)
{
  medct_measures_remove(study->measures, place);
  changed(study);
}

void
medct_study_undo(MedctStudy *study)
{
  medct_measures_undo(study->measures);
  changed(study);
}

void
medct_study_redo(MedctStudy *study)
{
  medct_measures_redo(study->measures);
  changed(study);
}

static void
append_place(GString *text, const double ras[3])
{
  for (int n = 0; n < 3; n++) {
    g_autofree char *number = medct_text_number(fabs(ras[n]), 1);
    g_string_append_printf(text, "%c %s%s", ras[n] < 0 ? "LPI"[n] : "RAS"[n], number,
                           n < 2 ? "  " : " mm · ");
  }
}

/* share at a place, in score units; the grid lies in RAS. */
static double
share_at(const MedctOverlay *overlay, const double ras[3])
{
  double inverse[16], point[3];
  if (!medct_matrix_invert(overlay->grid_to_ras, inverse))
    return 0;
  medct_matrix_apply(inverse, ras, point);
  return medct_overlay_sample(overlay, point);
}

static void
append_share(GString *text, const MedctStudy *study, const double ras[3])
{
  MedctOverlay own, base;
  if (!medct_study_map(study, FALSE, &own))
    return;
  g_autofree char *share = medct_text_signed(share_at(&own, ras), 4);
  if (medct_study_map(study, TRUE, &base)) {
    g_autofree char *base_share = medct_text_signed(share_at(&base, ras), 4);
    g_string_append_printf(text, " · share base %s, adapter %s", base_share, share);
  } else {
    g_string_append_printf(text, " · share %s", share);
  }
}

char *
medct_study_readout(MedctStudy *study, const double voxel[3])
{
  const MedctVolumeHeader *header = study->image.header;
  int64_t index[3];
  double ras[3];
  for (int n = 0; n < 3; n++) {
    index[n] = (int64_t)floor(voxel[n] + 0.5);
    if (index[n] < 0 || index[n] >= header->dims[n])
      return g_strdup("");
  }
  GString *text = g_string_new(NULL);
  medct_plane_voxel_to_ras(&study->planes[0], voxel, ras);
  if (header->orientation_known && header->spacing_known)
    append_place(text, ras);
  g_autofree char *hu =
      medct_text_number(medct_volume_hu(study->volume, index[0], index[1], index[2]), 0);
  g_string_append_printf(text,
                         "%" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %" G_GINT64_FORMAT " · %s HU",
                         index[0], index[1], index[2], hu);
  append_share(text, study, ras);
  return g_string_free(text, FALSE);
}
