#include "model/body_inside.h"
#include <math.h>

#define BODY_HU (-500.0)
#define LOOKS   1000000.0

/* The field is a box along the array's axes (nearest axes): low and high voxel index of each. */
static void
field_box(const MedctConfig *c, const MedctField *field, double low[3], double high[3])
{
  const double first = -0.5, last[3] = {c->frames - 0.5, c->image - 0.5, c->image - 0.5};
  for (int a = 0; a < 3; a++) {
    const double *row = field->to_voxel + 4 * a;
    low[a] = high[a] = row[3];
    for (int k = 0; k < 3; k++) {
      low[a] += fmin(row[k] * first, row[k] * last[k]);
      high[a] += fmax(row[k] * first, row[k] * last[k]);
    }
  }
}

double
medct_body_inside(const MedctVolume *volume, const MedctConfig *config, const MedctField *field)
{
  const int64_t *n = medct_volume_get_header(volume)->dims;
  double low[3], high[3], total = (double)n[0] * (double)n[1] * (double)n[2];
  int64_t step = (int64_t)ceil(cbrt(fmax(total / LOOKS, 1))), body = 0, inside = 0;
  field_box(config, field, low, high);
  for (int64_t k = 0; k < n[2]; k += step)
    for (int64_t j = 0; j < n[1]; j += step)
      for (int64_t i = 0; i < n[0]; i += step) {
        if (!(medct_volume_hu(volume, i, j, k) > BODY_HU))
          continue;
        body++;
        inside += (double)i >= low[0] && (double)i <= high[0] && (double)j >= low[1] &&
                  (double)j <= high[1] && (double)k >= low[2] && (double)k <= high[2];
      }
  return body ? (double)inside / (double)body : -1;
}

/* How far the volume reaches toward Left, Posterior and Superior, mm. */
static void
extents(const MedctVolume *volume, double mm[3])
{
  const MedctVolumeHeader *header = medct_volume_get_header(volume);
  MedctAxes axes = medct_volume_axes(volume);
  for (int i = 0; i < 3; i++)
    mm[i] = (double)header->dims[axes.axis[i]] * header->spacing_mm[axes.axis[i]];
}

double
medct_field_padding(const MedctVolume *volume, const uint32_t grid[3], const double grid_to_ras[16])
{
  double mm[3], filled = 1;
  extents(volume, mm);
  for (int column = 0; column < 3; column++) { /* w, h, t */
    int along = 0;
    double square = 0;
    for (int row = 0; row < 3; row++) {
      double step = grid_to_ras[4 * row + column];
      square += step * step;
      along = fabs(step) > fabs(grid_to_ras[4 * along + column]) ? row : along;
    }
    double field = sqrt(square) * grid[2 - column];
    filled *= field > 0 ? fmin(mm[along] / field, 1) : 1;
  }
  return 1 - filled;
}
