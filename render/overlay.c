#include "render/overlay.h"

#include <math.h>
#include <string.h>

static gsize
cell_count(const MedctOverlay *overlay)
{
  return (gsize)overlay->size[0] * (gsize)overlay->size[1] * (gsize)overlay->size[2];
}

double
medct_overlay_sample(const MedctOverlay *overlay, const double point[3])
{
  int index[2][3];
  double weight[3];
  for (int n = 0; n < 3; n++) {
    int count = overlay->size[2 - n]; /* w, h, t */
    if (!(point[n] >= -0.5 && point[n] < count - 0.5))
      return 0;
    double at = overlay->raw ? floor(point[n] + 0.5) : CLAMP(point[n], 0, count - 1);
    index[0][n] = (int)at;
    index[1][n] = MIN(index[0][n] + 1, count - 1);
    weight[n] = at - index[0][n];
  }
  double sum = 0;
  for (int corner = 0; corner < 8; corner++) {
    double part = 1;
    int at[3];
    for (int n = 0; n < 3; n++) {
      int upper = corner >> n & 1;
      part *= upper ? weight[n] : 1 - weight[n];
      at[n] = index[upper][n];
    }
    if (part > 0)
      sum +=
          part *
          (double)overlay
              ->share[((gsize)at[2] * overlay->size[1] + at[1]) * (gsize)overlay->size[2] + at[0]];
  }
  return sum;
}

double
medct_overlay_fraction(const MedctOverlay *overlay, double share)
{
  double f = share / overlay->top;
  if (overlay->map == MEDCT_COLORMAP_AGAINST)
    f = -f;
  else if (overlay->map == MEDCT_COLORMAP_DIFFERENCE)
    f = 0.5 + f / 2;
  return CLAMP(f, 0, 1);
}

double
medct_overlay_alpha(const MedctOverlay *overlay, double fraction)
{
  /* No difference is no colour: alpha follows the distance from the dark centre. */
  if (overlay->map == MEDCT_COLORMAP_DIFFERENCE)
    fraction = fabs(2 * fraction - 1);
  return medct_colormap_alpha(fraction, overlay->opacity);
}

void
medct_overlay_range(const MedctOverlay *overlay, double *minimum, double *maximum, double *sum_for,
                    double *sum_against)
{
  *minimum = *maximum = overlay->share[0];
  *sum_for = *sum_against = 0;
  for (gsize n = 0; n < cell_count(overlay); n++) {
    double share = overlay->share[n];
    *minimum = fmin(*minimum, share);
    *maximum = fmax(*maximum, share);
    *(share > 0 ? sum_for : sum_against) += share;
  }
}

void
medct_overlay_peak(const MedctOverlay *overlay, double ras[3])
{
  gsize peak = 0;
  for (gsize n = 1; n < cell_count(overlay); n++)
    if (overlay->share[n] > overlay->share[peak])
      peak = n;
  gsize w = (gsize)overlay->size[2], h = (gsize)overlay->size[1];
  double point[3] = {(double)(peak % w), (double)(peak / w % h), (double)(peak / (w * h))};
  medct_matrix_apply(overlay->grid_to_ras, point, ras);
}

void
medct_overlay_profile(const MedctOverlay *overlay, const MedctPlane *plane, double *profile)
{
  int64_t slices = plane->count[2];
  memset(profile, 0, (gsize)slices * sizeof *profile);
  double grid_to_voxel[16];
  medct_matrix_multiply(plane->inverse, overlay->grid_to_ras, grid_to_voxel);
  /* A cell is spread as a triangle as wide as the grid's step across the plane, in slices. */
  int across = plane->axis[2];
  double reach = 1;
  for (int n = 0; n < 3; n++)
    reach = fmax(reach, fabs(grid_to_voxel[4 * across + n]));
  const float *share = overlay->share;
  for (int t = 0; t < overlay->size[0]; t++)
    for (int h = 0; h < overlay->size[1]; h++)
      for (int w = 0; w < overlay->size[2]; w++, share++) {
        double point[3] = {w, h, t}, voxel[3], cell[3];
        medct_matrix_apply(grid_to_voxel, point, voxel);
        medct_plane_voxel_to_cell(plane, voxel, cell);
        int64_t low = (int64_t)ceil(fmax(cell[2] - reach, 0));
        int64_t high = (int64_t)floor(fmin(cell[2] + reach, (double)slices - 1));
        for (int64_t s = low; s <= high; s++)
          profile[s] += (double)*share * (1 - fabs((double)s - cell[2]) / reach) / reach;
      }
}
