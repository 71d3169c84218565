#include "plugins/builtin.h"
#include "plugins/ctclip/ctclip.h"
#include "plugins/nifti/plugin.h"

#include <stddef.h>

const MedctBuiltin medct_builtins[] = {
    {"ctclip", &medct_ctclip_entry},
    {"nifti", &medct_nifti_entry},
    {NULL, NULL},
};
