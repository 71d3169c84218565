/* The command line as data: one table of commands from which parsing, --help, the manual page and
 * shell completion are all made. Each command lives in its own cmd-NAME.c and defines one
 * `const MedctCommand medct_command_NAME`; app/commands.c lists them. */
#pragma once

#include "model/error.h"
#include "model/monitor.h"

G_BEGIN_DECLS

typedef struct _MedctInvocation MedctInvocation;

typedef struct {
  const char *name;     /* long name without dashes: "json" */
  char letter;          /* short name or 0 */
  const char *argument; /* NULL: a flag; else the placeholder: "FILE", "N" */
  gboolean repeated;    /* may be given several times */
  const char *choices;  /* "a|b|c" for completion and checking, or NULL */
  const char *help;     /* one or two sentences, with the default */
} MedctOption;

typedef struct _MedctCommand {
  const char *name;                 /* "score", or "model info" for a subcommand */
  const char *arguments;            /* "VOLUME…" */
  int min_arguments, max_arguments; /* max −1: any number */
  const char *summary;              /* one line */
  const char *description;          /* paragraphs separated by blank lines */
  const MedctOption *options;       /* ends with name NULL; may be NULL */
  const char *examples;             /* lines "command\n  what it does", or NULL */
  /* Exit status: 0 done, 1 refused or failed, 2 wrong usage. */
  int (*run)(const MedctInvocation *invocation);
} MedctCommand;

extern const MedctCommand *const medct_commands[]; /* ends with NULL */

/* What the user gave; strings live as long as the invocation. */
gboolean medct_invocation_flag(const MedctInvocation *invocation, const char *option);
const char *medct_invocation_value(const MedctInvocation *invocation,
                                   const char *option); /* last; NULL */
const char *const *medct_invocation_values(const MedctInvocation *invocation,
                                           const char *option); /* NULL-ended, never NULL */
/* All values of an option, one a line; NULL without any. The caller frees. */
char *medct_invocation_lines(const MedctInvocation *invocation, const char *option);
const char *const *medct_invocation_arguments(const MedctInvocation *invocation); /* NULL-ended */
/* Errors of the command's own words: medct_command_fail ends with 2 on them. */
#define MEDCT_USAGE (medct_usage_quark())
GQuark medct_usage_quark(void);

/* The same as medct_invocation_value, but NULL and MEDCT_USAGE when it was not given. */
const char *medct_invocation_needed(const MedctInvocation *invocation, const char *option,
                                    GError **error);
/* FALSE, MEDCT_USAGE and a message naming the option when it is not a number inside [low, high]. */
gboolean medct_invocation_number(const MedctInvocation *invocation, const char *option,
                                 double fallback, double low, double high, double *value,
                                 GError **error);
/* A whole number; without the option *value stays. */
gboolean medct_invocation_count(const MedctInvocation *invocation, const char *option, guint low,
                                guint high, guint *value, GError **error);
/* --seed, below what a double holds exactly; without it *seed stays. */
gboolean medct_invocation_seed(const MedctInvocation *invocation, guint64 *seed, GError **error);
/* --threads becomes the setting of plugins and the engine; without it they choose. */
gboolean medct_invocation_set_threads(const MedctInvocation *invocation, GError **error);

/* Prints "medct COMMAND: MESSAGE" on stderr; returns 1, and as medct_command_misused on
 * MEDCT_USAGE. */
int medct_command_fail(const MedctInvocation *invocation, const GError *error);
/* The same for a wrong option value, with a pointer to --help; returns 2. */
int medct_command_misused(const MedctInvocation *invocation, const GError *error);
/* A monitor that shows progress on stderr when it is a terminal and is cancelled by Ctrl-C. */
const MedctMonitor *medct_cli_monitor(void);
/* Takes the progress line away; call it before printing results. */
void medct_cli_clear_progress(void);

/* Parses argv and runs; the exit status. */
int medct_cli_main(int argc, char **argv, const MedctCommand *const *commands);

G_END_DECLS
