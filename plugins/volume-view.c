#include "plugins/volume-view.h"

#include <string.h>

medct_volume_view
medct_volume_view_of(const MedctVolume *volume)
{
  const MedctVolumeHeader *header = medct_volume_get_header(volume);
  medct_volume_view view = {
      .size = sizeof view,
      .voxel_type =
          header->voxel_type == MEDCT_VOXEL_INT16 ? MEDCT_VOXELS_INT16 : MEDCT_VOXELS_FLOAT32,
      .voxels = medct_volume_voxels(volume),
      .hu_slope = header->hu_slope,
      .hu_intercept = header->hu_intercept,
      .orientation_known = header->orientation_known,
      .spacing_known = header->spacing_known,
  };
  for (int i = 0; i < 3; i++)
    view.dims[i] = (uint64_t)header->dims[i];
  memcpy(view.spacing_mm, header->spacing_mm, sizeof view.spacing_mm);
  memcpy(view.affine, header->affine, sizeof view.affine);
  return view;
}
