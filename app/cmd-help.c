/* medct help: the pages of the other commands, the manual page, shell completion. */
#include "app/cli-private.h"
#include "app/commands.h"

static int
run_help(const MedctInvocation *invocation)
{
  const char *const *words = medct_invocation_arguments(invocation);
  if (medct_invocation_flag(invocation, "man")) {
    medct_cli_print_man(medct_commands, stdout);
    return 0;
  }
  if (medct_invocation_flag(invocation, "bash-completion")) {
    medct_cli_print_bash_completion(medct_commands, stdout);
    return 0;
  }
  if (!words[0]) {
    medct_cli_print_overview(medct_commands, stdout);
    return 0;
  }
  g_autofree char *name = g_strjoinv(" ", (char **)words);
  const MedctCommand *command = medct_cli_find(medct_commands, name);
  if (command) {
    medct_cli_print_command(command, stdout);
    return 0;
  }
  if (!words[1] && medct_cli_is_group(medct_commands, name)) {
    medct_cli_print_group(medct_commands, name, stdout);
    return 0;
  }
  g_autoptr(GError) error = NULL;
  g_set_error(&error, MEDCT_ERROR, MEDCT_ERROR_ARGUMENT, "unknown command \"%s\"", name);
  return medct_command_misused(invocation, error);
}

static const MedctOption options[] = {
    {"man", 0, NULL, FALSE, NULL, "Prints the manual page medct(1) in roff."},
    {"bash-completion", 0, NULL, FALSE, NULL, "Prints the completion script for bash."},
    {NULL},
};

const MedctCommand medct_command_help = {
    .name = "help",
    .arguments = "[COMMAND]",
    .max_arguments = 2,
    .summary = "explain a command",
    .description = "Prints the page of a command, the same as \"medct COMMAND --help\"; without a "
                   "command, the list of all.",
    .options = options,
    .examples = "medct help model random\n  the page of a subcommand\n"
                "medct help --man | man -l -\n  the whole manual",
    .run = run_help,
};
