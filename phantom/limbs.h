/* Arms beside the chest, of patients who cannot raise them; the joints of those who can. */
#pragma once

#include "phantom/scene.h"

G_BEGIN_DECLS

void medct_limbs_draw(MedctScene *scene);

G_END_DECLS
