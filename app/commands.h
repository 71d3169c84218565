/* Every command of medct; each lives in cmd-NAME.c. */
#pragma once

#include "app/cli.h"

G_BEGIN_DECLS

extern const MedctCommand medct_command_help;

G_END_DECLS
