/* How much of the body lies inside the model's field: part of the input check. Thread: any. */
#pragma once

#include "model/preprocess.h"
#include <glib/gi18n.h>

/* Share, 0..1, of the voxels above −500 HU that the field covers; −1 when there are none. At most
 * about a million voxels are looked at. */
double medct_body_inside(const MedctVolume *volume, const MedctConfig *config,
                         const MedctField *field);

/* So much of it is enough for scores that are trusted. */
#define MEDCT_BODY_ENOUGH 0.95
/* For people, with the share in per cent. */
#define MEDCT_BODY_IS_CUT N_("The model sees %.0f %% of the body. Trust these scores less.")
/* Known, and not enough. */
static inline gboolean
medct_body_is_cut(double inside)
{
  return inside >= 0 && inside < MEDCT_BODY_ENOUGH;
}
