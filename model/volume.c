#include "model/volume.h"
#include "model/sha256.h"
#include <glib/gi18n.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

struct _MedctVolume {
  gatomicrefcount refs;
  MedctVolumeHeader header; /* its strings are ours */
  void *voxels;
  GDestroyNotify free_voxels;
  MedctVolume *parent; /* whose voxels these are, or NULL */
  GPtrArray *warnings; /* of MedctWarning */
  GMutex mutex;
  gboolean has_statistics;
  MedctVolumeStatistics statistics;
  char content_hash[65];
};

MedctWarning *
medct_warning_new(const char *code, const char *message)
{
  MedctWarning *warning = g_new0(MedctWarning, 1);
  warning->code = g_strdup(code);
  warning->message = g_strdup(message);
  return warning;
}

void
medct_warning_free(gpointer data)
{
  MedctWarning *warning = data;
  g_free(warning->code);
  g_free(warning->message);
  g_free(warning);
}

static gboolean
check_header(const MedctVolumeHeader *h, GError **error)
{
  int64_t limit = G_MAXINT64 / 16;
  for (int a = 0; a < 3; a++) {
    if (h->dims[a] < 1 || h->dims[a] > limit) {
      medct_error_field(error, MEDCT_ERROR_FORMAT, h->name, N_("size"),
                        "at least one voxel an axis", N_("%" PRId64 " on axis %d"), h->dims[a], a);
      return FALSE;
    }
    limit /= h->dims[a];
    if (!(h->spacing_mm[a] > 0) || !isfinite(h->spacing_mm[a])) {
      medct_error_field(error, MEDCT_ERROR_FORMAT, h->name, "spacing", "above 0 mm", "%g",
                        h->spacing_mm[a]);
      return FALSE;
    }
  }
  for (int i = 0; i < 16; i++)
    if (!isfinite(h->affine[i])) {
      medct_error_field(error, MEDCT_ERROR_FORMAT, h->name, "affine", "finite", N_("not finite"));
      return FALSE;
    }
  if (!isfinite(h->hu_slope) || !isfinite(h->hu_intercept) || h->hu_slope == 0) {
    medct_error_field(error, MEDCT_ERROR_FORMAT, h->name, "rescale", "a finite slope other than 0",
                      N_("%g and %g"), h->hu_slope, h->hu_intercept);
    return FALSE;
  }
  return TRUE;
}

static MedctVolume *
new_volume(const MedctVolumeHeader *header)
{
  MedctVolume *volume = g_new0(MedctVolume, 1);
  g_atomic_ref_count_init(&volume->refs);
  g_mutex_init(&volume->mutex);
  volume->header = *header;
  volume->header.format = g_strdup(header->format ? header->format : "");
  volume->header.name = g_strdup(header->name ? header->name : "");
  volume->warnings = g_ptr_array_new_with_free_func(medct_warning_free);
  return volume;
}

MedctVolume *
medct_volume_new(const MedctVolumeHeader *header, void *voxels, GDestroyNotify free_voxels,
                 GError **error)
{
  if (!check_header(header, error)) {
    if (free_voxels)
      free_voxels(voxels);
    return NULL;
  }
  MedctVolume *volume = new_volume(header);
  volume->voxels = voxels;
  volume->free_voxels = free_voxels;
  return volume;
}

MedctVolume *
medct_volume_ref(MedctVolume *volume)
{
  g_atomic_ref_count_inc(&volume->refs);
  return volume;
}

void
medct_volume_unref(MedctVolume *volume)
{
  if (volume == NULL || !g_atomic_ref_count_dec(&volume->refs))
    return;
  if (volume->free_voxels)
    volume->free_voxels(volume->voxels);
  medct_volume_unref(volume->parent);
  g_ptr_array_unref(volume->warnings);
  g_mutex_clear(&volume->mutex);
  g_free((char *)volume->header.format);
  g_free((char *)volume->header.name);
  g_free(volume);
}

void
medct_volume_add_warning(MedctVolume *volume, const char *code, const char *message)
{
  for (guint i = 0; i < volume->warnings->len; i++)
    if (g_str_equal(medct_volume_warning(volume, i)->code, code))
      return;
  g_ptr_array_add(volume->warnings, medct_warning_new(code, message));
}

const MedctVolumeHeader *
medct_volume_get_header(const MedctVolume *volume)
{
  return &volume->header;
}

const void *
medct_volume_voxels(const MedctVolume *volume)
{
  return volume->voxels;
}

guint
medct_volume_n_warnings(const MedctVolume *volume)
{
  return volume->warnings->len;
}

const MedctWarning *
medct_volume_warning(const MedctVolume *volume, guint index)
{
  return g_ptr_array_index(volume->warnings, index);
}

static int64_t
n_voxels(const MedctVolumeHeader *h)
{
  return h->dims[0] * h->dims[1] * h->dims[2];
}

double
medct_volume_hu(const MedctVolume *volume, int64_t i, int64_t j, int64_t k)
{
  const MedctVolumeHeader *h = &volume->header;
  int64_t at = i + h->dims[0] * (j + h->dims[1] * k);
  double value = h->voxel_type == MEDCT_VOXEL_INT16 ? ((const int16_t *)volume->voxels)[at]
                                                    : ((const float *)volume->voxels)[at];
  return h->hu_slope * value + h->hu_intercept;
}

/* ---- orientation --------------------------------------------------------------------------- */

/* For each patient axis (R, A, S) the array axis that runs along it most, and its sign. The pair
 * with the largest cosine is taken first, so that an oblique volume never gives one axis twice. */
static void
nearest_axes(const double *affine, int axis[3], int sign[3])
{
  double cosine[3][3]; /* [patient][array] */
  for (int a = 0; a < 3; a++) {
    double norm = 0;
    for (int p = 0; p < 3; p++)
      norm += affine[4 * p + a] * affine[4 * p + a];
    for (int p = 0; p < 3; p++)
      cosine[p][a] = norm > 0 ? affine[4 * p + a] / sqrt(norm) : 0;
  }
  bool used_patient[3] = {false}, used_array[3] = {false};
  for (int step = 0; step < 3; step++) {
    int best_p = -1, best_a = -1;
    for (int p = 0; p < 3; p++)
      for (int a = 0; a < 3; a++)
        if (!used_patient[p] && !used_array[a] &&
            (best_p < 0 || fabs(cosine[p][a]) > fabs(cosine[best_p][best_a]) + 1e-9)) {
          best_p = p;
          best_a = a;
        }
    used_patient[best_p] = used_array[best_a] = true;
    axis[best_p] = best_a;
    sign[best_p] = cosine[best_p][best_a] < 0 ? -1 : 1;
  }
}

MedctAxes
medct_volume_axes(const MedctVolume *volume)
{
  MedctAxes axes = {{0, 1, 2}, {false, false, false}};
  if (!volume->header.orientation_known)
    return axes;
  int axis[3], sign[3];
  nearest_axes(volume->header.affine, axis, sign);
  for (int p = 0; p < 3; p++) {
    axes.axis[p] = axis[p];
    axes.flip[p] = p == 2 ? sign[p] < 0 : sign[p] > 0; /* toward R or A must be turned to L, P */
  }
  return axes;
}

void
medct_volume_orientation(const MedctVolume *volume, char letters[4])
{
  static const char toward[3][2] = {{'R', 'L'}, {'A', 'P'}, {'S', 'I'}};
  g_strlcpy(letters, "???", 4);
  if (!volume->header.orientation_known)
    return;
  int axis[3], sign[3];
  nearest_axes(volume->header.affine, axis, sign);
  for (int p = 0; p < 3; p++)
    letters[axis[p]] = toward[p][sign[p] < 0];
}

/* ---- statistics ---------------------------------------------------------------------------- */

static void
add_to_histogram(MedctVolumeStatistics *s, double hu, int64_t n)
{
  int bin = (int)floor((CLAMP(hu, -1536.0, 2559.0) + 1536) / 16);
  s->histogram[bin] += (uint64_t)n;
  s->minimum_hu = fmin(s->minimum_hu, hu);
  s->maximum_hu = fmax(s->maximum_hu, hu);
  s->mean_hu += hu * (double)n;
  s->n_finite += n;
}

/* One counting pass; the 65,536 values are turned into HU afterwards. */
static void
count_int16(const MedctVolume *volume, MedctVolumeStatistics *s)
{
  const MedctVolumeHeader *h = &volume->header;
  const int16_t *x = volume->voxels;
  g_autofree int64_t *count = g_new0(int64_t, 65536);
  for (int64_t i = 0, n = n_voxels(h); i < n; i++)
    count[x[i] + 32768]++;
  for (int v = 0; v < 65536; v++)
    if (count[v])
      add_to_histogram(s, h->hu_slope * (v - 32768) + h->hu_intercept, count[v]);
}

static void
count_float(const MedctVolume *volume, MedctVolumeStatistics *s)
{
  const MedctVolumeHeader *h = &volume->header;
  const float *x = volume->voxels;
  for (int64_t i = 0, n = n_voxels(h); i < n; i++) {
    if (isfinite(x[i]))
      add_to_histogram(s, h->hu_slope * x[i] + h->hu_intercept, 1);
    else if (isnan(x[i]))
      s->n_nan++;
    else
      s->n_infinite++;
  }
}

const MedctVolumeStatistics *
medct_volume_statistics(const MedctVolume *volume)
{
  MedctVolume *own = (MedctVolume *)volume; /* computed once, behind the mutex */
  g_mutex_lock(&own->mutex);
  if (!own->has_statistics) {
    MedctVolumeStatistics *s = &own->statistics;
    s->minimum_hu = INFINITY;
    s->maximum_hu = -INFINITY;
    if (own->header.voxel_type == MEDCT_VOXEL_INT16)
      count_int16(own, s);
    else
      count_float(own, s);
    s->mean_hu = s->n_finite ? s->mean_hu / (double)s->n_finite : 0;
    if (s->n_finite == 0)
      s->minimum_hu = s->maximum_hu = 0;
    own->has_statistics = TRUE;
  }
  g_mutex_unlock(&own->mutex);
  return &own->statistics;
}

const char *
medct_volume_content_hash(const MedctVolume *volume)
{
  MedctVolume *own = (MedctVolume *)volume;
  g_mutex_lock(&own->mutex);
  if (own->content_hash[0] == 0) {
    const MedctVolumeHeader *h = &own->header;
    const guint8 flags[] = {(guint8)h->voxel_type, h->orientation_known, h->spacing_known};
    MedctSha256 *sha = medct_sha256_new();
    medct_sha256_update(sha, h->dims, sizeof h->dims);
    medct_sha256_update(sha, h->spacing_mm, sizeof h->spacing_mm);
    medct_sha256_update(sha, h->affine, sizeof h->affine);
    medct_sha256_update(sha, &h->hu_slope, sizeof h->hu_slope);
    medct_sha256_update(sha, &h->hu_intercept, sizeof h->hu_intercept);
    medct_sha256_update(sha, flags, sizeof flags);
    medct_sha256_update(sha, own->voxels,
                        (gsize)n_voxels(h) * (h->voxel_type == MEDCT_VOXEL_INT16 ? 2 : 4));
    medct_sha256_finish(sha, own->content_hash);
  }
  g_mutex_unlock(&own->mutex);
  return own->content_hash;
}

/* The affine keeps its directions and its centre; only the lengths of its columns follow. */
static void
rescale_affine(MedctVolumeHeader *h, const double *spacing_mm)
{
  for (int a = 0; a < 3; a++) {
    double factor = spacing_mm[a] / h->spacing_mm[a], middle = (double)(h->dims[a] - 1) / 2;
    for (int p = 0; p < 3; p++) {
      h->affine[4 * p + 3] += h->affine[4 * p + a] * (1 - factor) * middle;
      h->affine[4 * p + a] *= factor;
    }
    h->spacing_mm[a] = spacing_mm[a];
  }
}

/* Does the warning speak of what other metadata replaces? */
static gboolean
is_superseded(const char *code, gboolean spacing, gboolean rescale)
{
  static const char *const of_spacing[] = {"odd-spacing", "pixdim-invalid", "spacing-differs",
                                           "units-converted", NULL};
  static const char *const of_values[] = {"no-air", "rescaled-twice", NULL};
  return (spacing && g_strv_contains(of_spacing, code)) ||
         (rescale && g_strv_contains(of_values, code));
}

MedctVolume *
medct_volume_with_metadata(MedctVolume *volume, const double *spacing_mm, const double *hu_slope,
                           const double *hu_intercept)
{
  MedctVolumeHeader header = volume->header;
  if (spacing_mm) {
    rescale_affine(&header, spacing_mm);
    header.spacing_known = true;
  }
  if (hu_slope)
    header.hu_slope = *hu_slope;
  if (hu_intercept)
    header.hu_intercept = *hu_intercept;
  MedctVolume *other = new_volume(&header);
  other->parent = medct_volume_ref(volume);
  other->voxels = volume->voxels;
  for (guint i = 0; i < volume->warnings->len; i++) {
    const MedctWarning *warning = medct_volume_warning(volume, i);
    if (!is_superseded(warning->code, spacing_mm != NULL, hu_slope || hu_intercept))
      medct_volume_add_warning(other, warning->code, warning->message);
  }
  return other;
}
