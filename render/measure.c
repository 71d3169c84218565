#include "render/measure.h"
#include <glib/gi18n.h>
#include <math.h>

int
medct_measure_n_points(MedctMeasureKind kind)
{
  return kind == MEDCT_MEASURE_ANGLE ? 3 : 2;
}

/* ---- lengths ------------------------------------------------------------------------------- */

static void
to_ras(const MedctMeasure *measure, const MedctPlane *plane, int point, double ras[3])
{
  const double cell[3] = {measure->cells[point][0], measure->cells[point][1],
                          (double)measure->slice};
  double voxel[3];
  medct_plane_cell_to_voxel(plane, cell, voxel);
  medct_plane_voxel_to_ras(plane, voxel, ras);
}

/* From one point to another, mm along R, A, S. */
static void
between(const MedctMeasure *measure, const MedctPlane *plane, int from, int to, double mm[3])
{
  double a[3], b[3];
  to_ras(measure, plane, from, a);
  to_ras(measure, plane, to, b);
  for (int n = 0; n < 3; n++)
    mm[n] = b[n] - a[n];
}

static double
length_of(const double mm[3])
{
  return sqrt(mm[0] * mm[0] + mm[1] * mm[1] + mm[2] * mm[2]);
}

double
medct_measure_length(const MedctMeasure *measure, const MedctPlane *plane)
{
  double mm[3];
  between(measure, plane, 0, 1, mm);
  return length_of(mm);
}

double
medct_measure_degrees(const MedctMeasure *measure, const MedctPlane *plane)
{
  double a[3], b[3];
  between(measure, plane, 1, 0, a);
  between(measure, plane, 1, 2, b);
  double lengths = length_of(a) * length_of(b);
  if (lengths <= 0)
    return 0;
  double cosine = (a[0] * b[0] + a[1] * b[1] + a[2] * b[2]) / lengths;
  return acos(CLAMP(cosine, -1, 1)) * 180 / G_PI;
}

/* Of a parallelogram of one column and one row, also where a tilted gantry has sheared them. */
static double
cell_area(const MedctMeasure *measure, const MedctPlane *plane)
{
  MedctMeasure cell = {.slice = measure->slice, .cells = {{0, 0}, {1, 0}, {0, 1}}};
  double a[3], b[3];
  between(&cell, plane, 0, 1, a);
  between(&cell, plane, 0, 2, b);
  const double normal[3] = {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2],
                            a[0] * b[1] - a[1] * b[0]};
  return length_of(normal);
}

double
medct_measure_area(const MedctMeasure *measure, const MedctPlane *plane)
{
  double across = fabs(measure->cells[1][0] - measure->cells[0][0]) / 2;
  double down = fabs(measure->cells[1][1] - measure->cells[0][1]) / 2;
  return G_PI * across * down * cell_area(measure, plane);
}

/* ---- voxels -------------------------------------------------------------------------------- */

void
medct_measure_count(MedctMeasure *measure, const MedctImage *image, const MedctPlane *plane)
{
  const double *a = measure->cells[0], *b = measure->cells[1];
  double middle[2] = {(a[0] + b[0]) / 2, (a[1] + b[1]) / 2};
  double radius[2] = {fabs(b[0] - a[0]) / 2, fabs(b[1] - a[1]) / 2};
  g_auto(MedctSlice) slice = {0};
  double sum = 0, squares = 0;
  measure->n_voxels = 0;
  medct_slice_take(&slice, image, plane, measure->slice, (MedctSlab){0});
  int64_t rows[2] = {(int64_t)CLAMP(ceil(middle[1] - radius[1]), 0, (double)slice.rows),
                     (int64_t)CLAMP(floor(middle[1] + radius[1]) + 1, 0, (double)slice.rows)};
  int64_t columns[2] = {(int64_t)CLAMP(ceil(middle[0] - radius[0]), 0, (double)slice.columns),
                        (int64_t)CLAMP(floor(middle[0] + radius[0]) + 1, 0, (double)slice.columns)};
  for (int64_t r = rows[0]; r < rows[1]; r++)
    for (int64_t c = columns[0]; c < columns[1]; c++) {
      double x = ((double)c - middle[0]) / radius[0], y = ((double)r - middle[1]) / radius[1];
      double hu = medct_slice_hu(&slice, r * slice.columns + c);
      if (!(x * x + y * y <= 1) || isnan(hu))
        continue;
      sum += hu;
      squares += hu * hu;
      measure->n_voxels++;
    }
  double n = (double)measure->n_voxels;
  measure->mean_hu = n > 0 ? sum / n : 0;
  measure->sd_hu = n > 0 ? sqrt(fmax(squares / n - measure->mean_hu * measure->mean_hu, 0)) : 0;
}

/* ---- words --------------------------------------------------------------------------------- */

static char *
region_text(const MedctMeasure *measure, const MedctPlane *plane, gboolean spacing_known)
{
  g_autofree char *mean = medct_text_number(measure->mean_hu, 0);
  g_autofree char *sd = medct_text_number(measure->sd_hu, 0);
  g_autofree char *area = medct_text_number(medct_measure_area(measure, plane) / 100, 1);
  if (measure->n_voxels == 0)
    return g_strdup(_("no voxel"));
  return spacing_known ? g_strdup_printf(_("%s ± %s HU · %s cm²"), mean, sd, area)
                       : g_strdup_printf(_("%s ± %s HU"), mean, sd);
}

char *
medct_measure_text(const MedctMeasure *measure, const MedctPlane *plane, gboolean spacing_known)
{
  if (measure->kind == MEDCT_MEASURE_REGION)
    return region_text(measure, plane, spacing_known);
  if (!spacing_known)
    return g_strdup(_("spacing unknown"));
  gboolean angle = measure->kind == MEDCT_MEASURE_ANGLE;
  g_autofree char *number = medct_text_number(
      angle ? medct_measure_degrees(measure, plane) : medct_measure_length(measure, plane), 1);
  return g_strdup_printf(angle ? "%s°" : _("%s mm"), number);
}
