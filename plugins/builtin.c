#include "plugins/builtin.h"
#include "plugins/ctclip/ctclip.h"
#include "plugins/nifti/plugin.h"

#include <stddef.h>

const MedctBuiltin medct_builtins[] = {
#ifdef MEDCT_WITH_CTCLIP /* its preprocessing is part of this build */
    {"ctclip", &medct_ctclip_entry},
#endif
    {"nifti", &medct_nifti_entry},
    {NULL, NULL},
};
