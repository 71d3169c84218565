/* Mouse and keys of a picture: what users of other viewers have in their hands. */
#pragma once

#include "ui/viewport.h"

/* Adds the controllers; they live as long as the viewport. */
void medct_viewport_add_input(MedctViewport *viewport);
