/* Is this CT in Hounsfield units, and is it what the model was made for? Adds warnings, refuses
 * nothing. Called once after loading, before the volume is shared. */
#pragma once

#include "model/volume.h"

void medct_volume_check_plausibility(MedctVolume *volume);
