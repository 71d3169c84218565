/* What lies below the diaphragm as far as a chest CT goes: liver, spleen, stomach, kidneys' upper
 * poles, the crura. */
#pragma once

#include "phantom/scene.h"

G_BEGIN_DECLS

void medct_abdomen_draw(MedctScene *scene);

G_END_DECLS
