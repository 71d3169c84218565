/* medct.1 in roff, from the same table as --help. */
#include "app/cli-private.h"
#include "app/cmd-version.h"

/* Roff takes a leading dot or apostrophe for a request and a backslash for an escape; a bare "-"
 * may become a typographic hyphen, which cannot be copied into a shell. */
static void
escaped(FILE *out, const char *text)
{
  gboolean line_start = TRUE;
  for (const char *c = text; *c; c++) {
    if (line_start && (*c == '.' || *c == '\''))
      fputs("\\&", out);
    line_start = *c == '\n';
    if (*c == '\\')
      fputs("\\e", out);
    else if (*c == '-')
      fputs("\\-", out);
    else
      fputc(*c, out);
  }
}

static void
escaped_line(FILE *out, const char *text)
{
  escaped(out, text);
  fputc('\n', out);
}

static void
paragraphs(FILE *out, const char *text)
{
  g_auto(GStrv) parts = g_strsplit(text, "\n\n", -1);
  for (char **part = parts; *part; part++) {
    if (part != parts)
      fputs(".PP\n", out);
    escaped_line(out, *part);
  }
}

static void
as_written(FILE *out, const char *text)
{
  fputs(".PP\n.nf\n.RS 4\n", out);
  escaped_line(out, text);
  fputs(".RE\n.fi\n", out);
}

static void
print_option(FILE *out, const MedctOption *option)
{
  g_autofree char *label = medct_cli_option_label(option);
  fputs(".TP\n\\fB", out);
  escaped(out, label);
  fputs("\\fR\n", out);
  escaped_line(out, option->help ? option->help : "");
  if (option->choices) {
    fputs("One of: ", out);
    escaped(out, option->choices);
    fputs(".\n", out);
  }
  if (option->repeated)
    fputs("May be given several times.\n", out);
}

static void
print_command(FILE *out, const MedctCommand *command)
{
  g_autofree char *synopsis = medct_cli_synopsis(command);
  fputs(".SS ", out);
  fputc('"', out);
  escaped(out, synopsis);
  fputs("\"\n", out);
  paragraphs(out, command->description ? command->description : command->summary);
  for (const MedctOption *o = command->options; o && o->name; o++)
    print_option(out, o);
  if (command->examples)
    as_written(out, command->examples);
}

void
medct_cli_print_man(MedctCommandTable table, FILE *out)
{
  fprintf(out, ".TH MEDCT 1 \"\" \"MedCT %s\" \"User Commands\"\n.nh\n", MEDCT_VERSION);
  fputs(".SH NAME\nmedct \\- score findings in chest CT volumes with CT\\-CLIP models\n", out);
  fputs(".SH SYNOPSIS\n.B medct\n.I COMMAND\n[\\fIOPTION\\fR]... [\\fIARGUMENT\\fR]...\n", out);
  fputs(".br\n.B medct\n\\fB\\-\\-help\\fR | \\fB\\-\\-version\\fR\n.SH DESCRIPTION\n", out);
  paragraphs(out, medct_cli_about);
  fputs(".SH COMMANDS\n", out);
  fputs("Every command takes \\fB\\-\\-help\\fR; \\fB\\-\\-\\fR ends the options.\n", out);
  for (; *table; table++)
    print_command(out, *table);
  fputs(".SH EXIT STATUS\n", out);
  as_written(out, medct_cli_exit_status);
  fputs(".SH ENVIRONMENT\n.TP\n.B MEDCT_PLUGIN_PATH\n"
        "Folders with plugins, separated by colons, searched first.\n"
        ".TP\n.B OPENBLAS_CORETYPE\nForces the kernels that OpenBLAS uses.\n"
        ".SH FILES\n.TP\n.I ~/.cache/medct\n"
        "What the model made of each volume, so that a second run is quick; may be deleted.\n",
        out);
  fputs(".SH NOTES\n", out);
  escaped_line(out, "Research use only, not for diagnosis.");
}
