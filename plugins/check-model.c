/* What checks of model backends and trainers share: paths that are no model, and a body to look at.
 */
#include "plugins/check-private.h"

#include <string.h>

const char *const medct_check_no_models[] = {"/nonexistent/model", "/dev/null", "/", "", NULL};

const char *
medct_check_judge_refusal(guint confidence, gboolean loaded, const medct_error *said)
{
  if (confidence > 100)
    return "probe answered more than 100";
  if (loaded)
    return "loaded a model that is not there";
  if (said->message[0] == '\0' || memchr(said->message, '\0', sizeof said->message) == NULL)
    return "refused without a proper message";
  return NULL;
}

void
medct_check_fill_ball(gint16 *voxels, int side, int radius)
{
  for (int k = 0; k < side; k++)
    for (int j = 0; j < side; j++)
      for (int i = 0; i < side; i++) {
        int x = i - side / 2, y = j - side / 2, z = k - side / 2;
        voxels[i + side * (j + side * k)] = x * x + y * y + z * z < radius * radius ? 40 : -1000;
      }
}

medct_volume_view
medct_check_cube(const gint16 *voxels, int side, double mm)
{
  guint32 n = (guint32)side;
  return (medct_volume_view){.size = sizeof(medct_volume_view),
                             .voxel_type = MEDCT_VOXELS_INT16,
                             .dims = {n, n, n},
                             .voxels = voxels,
                             .hu_slope = 1,
                             .spacing_mm = {mm, mm, mm},
                             .affine = {mm, 0, 0, 0, 0, mm, 0, 0, 0, 0, mm, 0, 0, 0, 0, 1},
                             .orientation_known = 1,
                             .spacing_known = 1};
}
