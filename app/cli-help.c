/* --help: the table of commands as pages that read like manual pages. */
#include "app/cli-private.h"
#include <string.h>
#include <unistd.h>

const char *const medct_cli_about =
    "Opens a chest CT volume, runs a CT-CLIP model in this process, without a network, and scores "
    "findings written in plain words: how similar the volume is to a sentence, how probable the "
    "sentence is against its negation, and which part of the volume the score comes from.\n\n"
    "A model is a weights file (.safetensors, or a PyTorch .pt) or a folder with weights, "
    "vocab.txt, and if needed config.json and model.json (a model card with thresholds).\n\n"
    "For research only. Nothing that this program prints is a diagnosis or a substitute for one.";

const char *const medct_cli_exit_status =
    "0  done\n1  an input was refused, or something failed; stderr says which and why\n"
    "2  the command was used wrongly";

static int
page_width(void)
{
  const char *columns = g_getenv("COLUMNS");
  gint64 n = columns ? g_ascii_strtoll(columns, NULL, 10) : 80;
  return (int)CLAMP(n, 50, 100);
}

static void
heading(FILE *out, const char *title)
{
  gboolean bold = isatty(fileno(out)) && !g_getenv("NO_COLOR");
  fprintf(out, bold ? "\033[1m%s\033[0m\n" : "%s\n", title);
}

/* One paragraph, broken between words; every line starts at column `indent`, the first one
 * already stands at column `at`. */
static void
wrap(FILE *out, const char *text, int indent, int at)
{
  g_auto(GStrv) words = g_strsplit_set(text, " \n", -1);
  int column = at;
  gboolean fresh = TRUE;
  if (column < indent)
    fprintf(out, "%*s", indent - column, "");
  column = MAX(column, indent);
  for (char **word = words; *word; word++) {
    int length = (int)g_utf8_strlen(*word, -1);
    if (length == 0)
      continue;
    if (!fresh && column + 1 + length > page_width()) {
      fprintf(out, "\n%*s", indent, "");
      column = indent;
      fresh = TRUE;
    }
    fprintf(out, fresh ? "%s" : " %s", *word);
    column += length + (fresh ? 0 : 1);
    fresh = FALSE;
  }
  fputc('\n', out);
}

static void
paragraphs(FILE *out, const char *text)
{
  g_auto(GStrv) parts = g_strsplit(text, "\n\n", -1);
  for (char **part = parts; *part; part++) {
    wrap(out, *part, 7, 0);
    fputc('\n', out);
  }
}

/* Lines kept as they are. */
static void
lines(FILE *out, const char *text)
{
  g_auto(GStrv) list = g_strsplit(text, "\n", -1);
  for (char **line = list; *line; line++)
    if (**line)
      fprintf(out, "       %s\n", *line);
  fputc('\n', out);
}

char *
medct_cli_synopsis(const MedctCommand *command)
{
  gboolean options = command->options && command->options->name;
  gboolean arguments = command->arguments && *command->arguments;
  return g_strconcat("medct ", command->name, options ? " [OPTION]…" : "", arguments ? " " : "",
                     arguments ? command->arguments : "", NULL);
}

char *
medct_cli_option_label(const MedctOption *option)
{
  g_autofree char *letter =
      option->letter ? g_strdup_printf("-%c, ", option->letter) : g_strdup("");
  return g_strconcat(letter, "--", option->name, option->argument ? "=" : "",
                     option->argument ? option->argument : "", NULL);
}

static void
print_option(FILE *out, const MedctOption *option)
{
  g_autofree char *label = medct_cli_option_label(option);
  fprintf(out, "       %s\n", label);
  g_autoptr(GString) help = g_string_new(option->help ? option->help : "");
  if (option->choices)
    g_string_append_printf(help, " One of: %s.", option->choices);
  if (option->repeated)
    g_string_append(help, " May be given several times.");
  wrap(out, help->str, 14, 0);
}

static void
print_options(FILE *out, const MedctCommand *command)
{
  static const MedctOption help = {"help", 'h', NULL, FALSE, NULL, "Prints this page."};
  heading(out, "OPTIONS");
  for (const MedctOption *o = command->options; o && o->name; o++)
    print_option(out, o);
  print_option(out, &help);
  fputc('\n', out);
}

void
medct_cli_print_command(const MedctCommand *command, FILE *out)
{
  g_autofree char *synopsis = medct_cli_synopsis(command);
  heading(out, "NAME");
  fprintf(out, "       medct %s - %s\n\n", command->name, command->summary);
  heading(out, "SYNOPSIS");
  fprintf(out, "       %s\n\n", synopsis);
  heading(out, "DESCRIPTION");
  paragraphs(out, command->description ? command->description : command->summary);
  print_options(out, command);
  if (command->examples) {
    heading(out, "EXAMPLES");
    lines(out, command->examples);
  }
  heading(out, "EXIT STATUS");
  lines(out, medct_cli_exit_status);
  fprintf(out, "%s\n", MEDCT_NOTICE);
}

static void
command_list(FILE *out, MedctCommandTable table, const char *prefix)
{
  for (; *table; table++) {
    if (!g_str_has_prefix((*table)->name, prefix))
      continue;
    fprintf(out, "       %-17s ", (*table)->name);
    wrap(out, (*table)->summary, 25, 7 + MAX(18, (int)strlen((*table)->name) + 1));
  }
  fputc('\n', out);
}

void
medct_cli_print_group(MedctCommandTable table, const char *group, FILE *out)
{
  g_autofree char *prefix = g_strconcat(group, " ", NULL);
  heading(out, "SYNOPSIS");
  fprintf(out, "       medct %s COMMAND [OPTION]… [ARGUMENT]…\n\n", group);
  heading(out, "COMMANDS");
  command_list(out, table, prefix);
  fprintf(out, "\"medct %s COMMAND --help\" tells more. %s\n", group, MEDCT_NOTICE);
}

void
medct_cli_print_overview(MedctCommandTable table, FILE *out)
{
  heading(out, "NAME");
  fprintf(out, "       medct - score findings in chest CT volumes with CT-CLIP models\n\n");
  heading(out, "SYNOPSIS");
  fprintf(out, "       medct COMMAND [OPTION]… [ARGUMENT]…\n");
  fprintf(out, "       medct --help | --version\n\n");
  heading(out, "DESCRIPTION");
  paragraphs(out, medct_cli_about);
  heading(out, "COMMANDS");
  command_list(out, table, "");
  heading(out, "EXIT STATUS");
  lines(out, medct_cli_exit_status);
  fprintf(out, "\"medct COMMAND --help\" tells more. %s\n", MEDCT_NOTICE);
}
