/* Vertebrae with their arches and processes, discs, spinal canal, the muscles beside them. */
#pragma once

#include "phantom/scene.h"

G_BEGIN_DECLS

void medct_spine_draw(MedctScene *scene);

G_END_DECLS
