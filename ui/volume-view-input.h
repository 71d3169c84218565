/* Mouse and keys of the 3-D picture. */
#pragma once

#include "ui/volume-view.h"

/* Adds the controllers; they live as long as the view. */
void medct_volume_view_add_input(MedctVolumeView *view);
