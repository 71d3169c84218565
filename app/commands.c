/* The list of commands, in the order in which people meet them. */
#include "app/commands.h"

const MedctCommand *const medct_commands[] = {
    &medct_command_help,
    NULL,
};
