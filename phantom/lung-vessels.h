/* Arteries, veins and airways inside the lungs, a tree of each a lobe; a bronchus runs beside its
 * artery, veins lie between. Lung must be built before. */
#pragma once

#include "phantom/scene.h"

G_BEGIN_DECLS

void medct_lung_vessels_grow(MedctScene *scene);

G_END_DECLS
