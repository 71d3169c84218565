/* A volume as the plugin interface lends it: pointers into it, nothing copied. Thread: any. */
#pragma once

#include "model/volume.h"
#include "plugins/medct-plugin.h"

G_BEGIN_DECLS

/* Valid as long as the volume. */
medct_volume_view medct_volume_view_of(const MedctVolume *volume);

G_END_DECLS
