/* How study and model's field fit: how much of the body lies inside, how much of the field lies
 * outside of the study. Part of the input check. Thread: any. */
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

/* Share, 0..1, of the field that lies outside of the volume, where the model reads padding. The
 * field has `grid` cells t, h, w with centres at grid_to_ras (row-major; (w, h, t) → mm), its axes
 * along the body's. */
double medct_field_padding(const MedctVolume *volume, const uint32_t grid[3],
                           const double grid_to_ras[16]);

/* So much of it is far from what a model of whole chests has seen. */
#define MEDCT_PADDING_MUCH 0.6
/* For people, with the share in per cent. */
#define MEDCT_MOSTLY_PADDING                                                                       \
  N_("%.0f %% of what the model reads is padding: the study is small. Trust these scores less.")
static inline gboolean
medct_is_mostly_padding(double padding)
{
  return padding > MEDCT_PADDING_MUCH;
}
