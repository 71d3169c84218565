/* A patient's body without findings, ready to be painted. */
#pragma once

#include "phantom/scene.h"

G_BEGIN_DECLS

void medct_anatomy_build(MedctScene *scene);

G_END_DECLS
