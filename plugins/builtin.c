#include "plugins/builtin.h"
#include "plugins/nifti/plugin.h"

#include <stddef.h>

const MedctBuiltin medct_builtins[] = {
    {"nifti", &medct_nifti_entry},
    {NULL, NULL},
};
