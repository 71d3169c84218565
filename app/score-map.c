/* Heat-maps as NIfTI: what each place of the volume adds to the score of a prompt over that of its
 * negation (spec §7), once as the model's own cells and once smoothed into the study's geometry. */
#include "app/score.h"
#include "model/nifti_write.h"
#include <math.h>
#include <string.h>

typedef struct {
  const float *share; /* [t·h·w] */
  int size[3];        /* w, h, t: the order of the index that grid_to_ras takes */
  double to_grid[12]; /* voxel index (i, j, k) → grid index (w, h, t), row-major 3×4 */
} Grid;

/* inverse ← inverse of the affine m, both row-major 4×4. */
static gboolean
invert_affine(const double m[16], double inverse[16])
{
  double c[9] = {m[5] * m[10] - m[6] * m[9], m[2] * m[9] - m[1] * m[10], m[1] * m[6] - m[2] * m[5],
                 m[6] * m[8] - m[4] * m[10], m[0] * m[10] - m[2] * m[8], m[2] * m[4] - m[0] * m[6],
                 m[4] * m[9] - m[5] * m[8],  m[1] * m[8] - m[0] * m[9],  m[0] * m[5] - m[1] * m[4]};
  double determinant = m[0] * c[0] + m[1] * c[3] + m[2] * c[6];
  if (!(fabs(determinant) > 1e-12))
    return FALSE;
  memset(inverse, 0, 16 * sizeof *inverse);
  for (int row = 0; row < 3; row++) {
    for (int col = 0; col < 3; col++) {
      inverse[4 * row + col] = c[3 * row + col] / determinant;
      inverse[4 * row + 3] -= inverse[4 * row + col] * m[4 * col + 3];
    }
  }
  inverse[15] = 1;
  return TRUE;
}

/* out [3×4] ← a · b for affines, row-major 4×4. */
static void
compose(double out[12], const double a[16], const double b[16])
{
  for (int row = 0; row < 3; row++)
    for (int col = 0; col < 4; col++) {
      out[4 * row + col] = col == 3 ? a[4 * row + 3] : 0;
      for (int n = 0; n < 3; n++)
        out[4 * row + col] += a[4 * row + n] * b[4 * n + col];
    }
}

/* Trilinear between cell centres, constant over the outer half cells, 0 outside the field. */
static float
sample(const Grid *grid, const double index[3])
{
  int low[3], high[3];
  double part[3];
  for (int axis = 0; axis < 3; axis++) {
    double x = index[axis];
    int last = grid->size[axis] - 1;
    if (!(x >= -0.5 && x <= last + 0.5))
      return 0;
    x = CLAMP(x, 0, last);
    low[axis] = (int)x;
    high[axis] = MIN(low[axis] + 1, last);
    part[axis] = x - low[axis];
  }
  double sum = 0;
  for (int corner = 0; corner < 8; corner++) {
    int at[3];
    double weight = 1;
    for (int axis = 0; axis < 3; axis++) {
      gboolean upper = (corner >> axis) & 1;
      at[axis] = upper ? high[axis] : low[axis];
      weight *= upper ? part[axis] : 1 - part[axis];
    }
    sum += weight *
           (double)
               grid->share[at[0] + (gint64)grid->size[0] * (at[1] + (gint64)grid->size[1] * at[2])];
  }
  return (float)sum;
}

/* map [dims[2]][dims[1]][dims[0]]; FALSE when cancelled. */
static gboolean
smooth(float *map, const Grid *grid, const int64_t dims[3], const MedctMonitor *monitor)
{
  const double *m = grid->to_grid;
  for (int64_t k = 0; k < dims[2]; k++) {
    if (medct_monitor_cancelled(monitor))
      return FALSE;
    for (int64_t j = 0; j < dims[1]; j++)
      for (int64_t i = 0; i < dims[0]; i++) {
        double index[3];
        for (int row = 0; row < 3; row++)
          index[row] = m[4 * row] * (double)i + m[4 * row + 1] * (double)j +
                       m[4 * row + 2] * (double)k + m[4 * row + 3];
        *map++ = sample(grid, index);
      }
  }
  return TRUE;
}

/* "03-coronary-artery-wall-calcification" */
static char *
slug(guint number, const char *name)
{
  enum { LONGEST = 48 };
  GString *text = g_string_new(NULL);
  g_string_printf(text, "%02u-", number + 1);
  for (const char *c = name; *c && text->len < LONGEST; c++) {
    if (g_ascii_isalnum(*c))
      g_string_append_c(text, g_ascii_tolower(*c));
    else if (text->str[text->len - 1] != '-')
      g_string_append_c(text, '-');
  }
  while (text->str[text->len - 1] == '-')
    g_string_truncate(text, text->len - 1);
  return g_string_free(text, FALSE);
}

static gboolean
write_grid(const char *folder, const char *name, const medct_encoding_info *info,
           const float *share, GError **error)
{
  g_autofree char *path = g_build_filename(folder, name, NULL);
  int64_t dims[3] = {info->grid[2], info->grid[1], info->grid[0]};
  return medct_nifti_write_float(path, share, dims, info->grid_to_ras, error);
}

static gboolean
write_smooth(const char *folder, const char *name, const MedctStudyScore *study, const float *share,
             const MedctMonitor *monitor, GError **error)
{
  const MedctVolumeHeader *header = medct_volume_get_header(study->volume);
  const medct_encoding_info *info = medct_study_encoding_info(study->encoding);
  Grid grid = {share, {(int)info->grid[2], (int)info->grid[1], (int)info->grid[0]}, {0}};
  double to_index[16];
  if (!invert_affine(info->grid_to_ras, to_index)) {
    medct_error_file(error, MEDCT_ERROR_MISMATCH, header->name,
                     "the model's grid has no place in the volume, no map can be drawn");
    return FALSE;
  }
  compose(grid.to_grid, to_index, header->affine);
  g_autofree char *path = g_build_filename(folder, name, NULL);
  gsize n = (gsize)(header->dims[0] * header->dims[1] * header->dims[2]);
  g_autofree float *map = g_try_new(float, n);
  if (!map) {
    medct_error_file(error, MEDCT_ERROR_MEMORY, path, "no memory for %zu voxels", n);
    return FALSE;
  }
  if (!smooth(map, &grid, header->dims, monitor)) {
    medct_error_file(error, MEDCT_ERROR_CANCELLED, path, "stopped");
    return FALSE;
  }
  return medct_nifti_write_float(path, map, header->dims, header->affine, error);
}

static gboolean
write_finding(const MedctScorer *scorer, MedctStudyScore *study, guint number, const char *folder,
              const char *stem, const MedctMonitor *monitor, GError **error)
{
  const medct_encoding_info *info = medct_study_encoding_info(study->encoding);
  const MedctFinding *finding = scorer->findings->pdata[number];
  guint latent = medct_backend_info(scorer->backend)->latent;
  const float *positive = scorer->latents + (gsize)2 * number * latent;
  const float *negative = positive + latent;
  g_autofree float *direction = g_new(float, latent); /* u₊ − u₋ */
  for (guint i = 0; i < latent; i++)
    direction[i] = positive[i] - negative[i];
  g_autofree float *share = g_new0(float, (gsize)info->grid[0] * info->grid[1] * info->grid[2]);
  if (!medct_backend_share(scorer->backend, study->encoding, direction, share, monitor, error))
    return FALSE;
  g_autofree char *name = slug(number, finding->name);
  MedctFindingScore *score = &study->scores[number];
  score->grid_map = g_strdup_printf("%s-%s-grid.nii.gz", stem, name);
  score->smooth_map = g_strdup_printf("%s-%s.nii.gz", stem, name);
  return write_grid(folder, score->grid_map, info, share, error) &&
         write_smooth(folder, score->smooth_map, study, share, monitor, error);
}

gboolean
medct_study_score_write_maps(const MedctScorer *scorer, MedctStudyScore *study, const char *folder,
                             const char *stem, const MedctMonitor *monitor, GError **error)
{
  for (guint i = 0; i < study->n; i++) {
    medct_monitor_progress(monitor, (double)i / study->n, "Writing maps");
    if (!write_finding(scorer, study, i, folder, stem, monitor, error))
      return FALSE;
  }
  return TRUE;
}
