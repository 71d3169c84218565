/* The five lobes, as the fissures part them. */
#pragma once

#include "phantom/scene.h"

G_BEGIN_DECLS

typedef enum {
  MEDCT_LOBE_RIGHT_UPPER,
  MEDCT_LOBE_RIGHT_MIDDLE,
  MEDCT_LOBE_RIGHT_LOWER,
  MEDCT_LOBE_LEFT_UPPER,
  MEDCT_LOBE_LEFT_LOWER,
  MEDCT_N_LOBES,
} MedctLobe;

/* By place alone: the point need not lie in the lung. */
MedctLobe medct_lobe_at(MedctVec p);
const char *medct_lobe_name(MedctLobe lobe); /* "right upper lobe" */
static inline int
medct_lobe_side(MedctLobe lobe)
{
  return lobe <= MEDCT_LOBE_RIGHT_LOWER ? -1 : 1;
}

G_END_DECLS
