#include "plugins/builtin.h"

#include <stddef.h>

const MedctBuiltin medct_builtins[] = {
    {NULL, NULL},
};
