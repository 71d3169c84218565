/* CT-CLIP as a model backend: model/ctclip.h behind the public interface. */
#pragma once

#include "plugins/medct-plugin.h"

extern const medct_plugin_entry medct_ctclip_entry;
