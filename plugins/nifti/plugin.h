/* The entry of the built-in NIfTI reader; all else goes through the plugin interface. */
#pragma once

#include "plugins/medct-plugin.h"

extern const medct_plugin_entry medct_nifti_entry;
