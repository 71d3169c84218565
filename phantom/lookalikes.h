/* What looks like a finding and is none: monitor leads, blood pooled in the lung's lowest parts,
 * fat pads, granulomas, dense contrast medium, shallow breathing. Never labelled; more of it at
 * site B. */
#pragma once

#include "phantom/scene.h"

G_BEGIN_DECLS

void medct_lookalikes_draw(MedctScene *scene, const MedctSite *site);

G_END_DECLS
