/* Spec §3.1: the histogram tells raw values from HU, since files disagree about who applied the
 * rescale. Padding as low as −8192 is common, so a low minimum alone proves nothing. */
#include "model/plausibility.h"

/* Share of the finite voxels with low ≤ HU < high, to the width of a bin. */
static double
share_between(const MedctVolumeStatistics *s, double low, double high)
{
  uint64_t n = 0;
  for (int bin = 0; bin < 256; bin++) {
    double hu = -1536 + 16 * bin;
    if (hu >= low && hu < high)
      n += s->histogram[bin];
  }
  return s->n_finite ? (double)n / (double)s->n_finite : 0;
}

static void
check_values(MedctVolume *volume, const MedctVolumeStatistics *s)
{
  if (s->n_nan + s->n_infinite > 0)
    medct_volume_add_warning(volume, "not-finite-voxels",
                             "Some voxels are not finite numbers; the model reads them as air.");
  if (s->n_finite > 0 && s->minimum_hu == s->maximum_hu) {
    medct_volume_add_warning(volume, "constant-volume",
                             "Every voxel has the same value: there is nothing to read.");
    return;
  }
  double air = share_between(s, -1120, -880), lung = share_between(s, -960, -400);
  double soft = share_between(s, -208, 208), below = share_between(s, -1536, -1136);
  if (s->maximum_hu < -300 || (below > 0.1 && soft < 0.02 && s->minimum_hu < -1500))
    medct_volume_add_warning(
        volume, "rescaled-twice",
        "The values look rescaled twice: hardly anything lies near soft tissue. "
        "Check the file's intercept or the metadata CSV.");
  else if (air + lung < 0.005)
    medct_volume_add_warning(volume, "no-air",
                             "No air near −1000 HU: the values may be raw, without the rescale "
                             "intercept, or this is not a chest CT.");
}

static void
check_shape(MedctVolume *volume)
{
  const MedctVolumeHeader *h = medct_volume_get_header(volume);
  MedctAxes axes = medct_volume_axes(volume);
  if (h->dims[axes.axis[2]] < 20)
    medct_volume_add_warning(volume, "few-slices",
                             "Fewer than 20 slices: the model sees mostly padding.");
  for (int a = 0; a < 3; a++)
    if (h->spacing_mm[a] < 0.2 || h->spacing_mm[a] > 10) {
      medct_volume_add_warning(volume, "odd-spacing",
                               "The spacing is outside 0.2 to 10 mm: check the file's pixdim.");
      break;
    }
}

void
medct_volume_check_plausibility(MedctVolume *volume)
{
  check_values(volume, medct_volume_statistics(volume));
  check_shape(volume);
}
