/* Shared by the files of the command line engine; no command includes it. */
#pragma once

#include "app/cli.h"
#include <stdio.h>

G_BEGIN_DECLS

struct _MedctInvocation {
  const MedctCommand *command;
  GHashTable *values;   /* option name → GPtrArray of char *, NULL-ended */
  GPtrArray *arguments; /* of char *, NULL-ended */
};

#define MEDCT_EXIT_USAGE 2

typedef const MedctCommand *const *MedctCommandTable; /* ends with NULL */

const MedctCommand *medct_cli_find(MedctCommandTable table, const char *name);
/* TRUE when some command is called "GROUP something". */
gboolean medct_cli_is_group(MedctCommandTable table, const char *group);

/* The program's own help, one group's, and one command's. */
void medct_cli_print_overview(MedctCommandTable table, FILE *out);
void medct_cli_print_group(MedctCommandTable table, const char *group, FILE *out);
void medct_cli_print_command(const MedctCommand *command, FILE *out);
/* "medct score [OPTION]… VOLUME…"; caller frees. */
char *medct_cli_synopsis(const MedctCommand *command);
/* "-j, --json=FILE"; caller frees. */
char *medct_cli_option_label(const MedctOption *option);

void medct_cli_print_man(MedctCommandTable table, FILE *out);
void medct_cli_print_bash_completion(MedctCommandTable table, FILE *out);

/* Catches Ctrl-C; clears a progress line that is still shown. */
void medct_cli_watch_interrupt(void);

/* Where the program was started from and what every page says. */
#define MEDCT_NOTICE "Research use only \xe2\x80\x94 not for diagnosis."
extern const char *const medct_cli_about;
extern const char *const medct_cli_exit_status;

/* A line on stderr that the next one replaces: on a terminal only, at most ten times a second. */
void medct_cli_show_line(const char *format, ...) G_GNUC_PRINTF(1, 2);

G_END_DECLS
