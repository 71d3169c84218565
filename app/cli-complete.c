/* Completion for bash, from the same table as --help. */
#include "app/cli-private.h"
#include <string.h>

static void
print_words(FILE *out, MedctCommandTable table)
{
  g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  for (; *table; table++) {
    char *word = g_strndup((*table)->name, strcspn((*table)->name, " "));
    if (g_hash_table_add(seen, word))
      fprintf(out, "%s ", word);
  }
}

static void
print_second_words(FILE *out, MedctCommandTable table)
{
  for (; *table; table++) {
    const char *space = strchr((*table)->name, ' ');
    if (space)
      fprintf(out, "    %.*s) seconds+=' %s' ;;&\n", (int)(space - (*table)->name), (*table)->name,
              space + 1);
  }
}

static void
print_command(FILE *out, const MedctCommand *command)
{
  fprintf(out, "    '%s')\n      options='--help", command->name);
  for (const MedctOption *o = command->options; o && o->name; o++)
    fprintf(out, " --%s", o->name);
  fputs("'\n      case $previous in\n", out);
  for (const MedctOption *o = command->options; o && o->name; o++) {
    if (!o->choices)
      continue;
    g_autofree char *choices = g_strdelimit(g_strdup(o->choices), "|", ' ');
    fprintf(out, "        --%s) choices='%s' ;;\n", o->name, choices);
  }
  fputs("      esac ;;\n", out);
}

void
medct_cli_print_bash_completion(MedctCommandTable table, FILE *out)
{
  fputs("# bash completion for medct\n_medct()\n{\n"
        "  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}\n"
        "  local command=${COMP_WORDS[1]} seconds='' options='' choices=''\n"
        "  if ((COMP_CWORD == 1)); then\n    COMPREPLY=($(compgen -W '",
        out);
  print_words(out, table);
  fputs("--help --version' -- \"$current\"))\n    return\n  fi\n  case $command in\n", out);
  print_second_words(out, table);
  fputs("    *) ;;\n  esac\n  if [[ $seconds ]]; then\n    if ((COMP_CWORD == 2)); then\n"
        "      COMPREPLY=($(compgen -W \"$seconds --help\" -- \"$current\"))\n      return\n"
        "    fi\n    command+=\" ${COMP_WORDS[2]}\"\n  fi\n  case $command in\n",
        out);
  for (; *table; table++)
    print_command(out, *table);
  fputs("  esac\n"
        "  if [[ $choices ]]; then\n    COMPREPLY=($(compgen -W \"$choices\" -- \"$current\"))\n"
        "  elif [[ $current == -* ]]; then\n"
        "    COMPREPLY=($(compgen -W \"$options\" -- \"$current\"))\n"
        "  else\n    compopt -o filenames\n    COMPREPLY=($(compgen -f -- \"$current\"))\n  fi\n"
        "}\ncomplete -F _medct medct\n",
        out);
}
