#include "phantom/lobes.h"
#include "phantom/thorax.h"

MedctLobe
medct_lobe_at(MedctVec p)
{
  gboolean above = p.z > medct_thorax_oblique(p);
  if (p.x >= 0)
    return above ? MEDCT_LOBE_LEFT_UPPER : MEDCT_LOBE_LEFT_LOWER;
  if (!above)
    return MEDCT_LOBE_RIGHT_LOWER;
  return p.z > medct_thorax_horizontal(p) ? MEDCT_LOBE_RIGHT_UPPER : MEDCT_LOBE_RIGHT_MIDDLE;
}

const char *
medct_lobe_name(MedctLobe lobe)
{
  static const char *const names[MEDCT_N_LOBES] = {"right upper lobe", "right middle lobe",
                                                   "right lower lobe", "left upper lobe",
                                                   "left lower lobe"};
  return names[lobe];
}
