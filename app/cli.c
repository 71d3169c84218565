/* Parsing: words of the command line against the table of commands. */
#include "app/cli-private.h"
#include "app/cmd-version.h"
#include <string.h>

const MedctCommand *
medct_cli_find(MedctCommandTable table, const char *name)
{
  for (; *table; table++)
    if (strcmp((*table)->name, name) == 0)
      return *table;
  return NULL;
}

gboolean
medct_cli_is_group(MedctCommandTable table, const char *group)
{
  g_autofree char *prefix = g_strconcat(group, " ", NULL);
  for (; *table; table++)
    if (g_str_has_prefix((*table)->name, prefix))
      return TRUE;
  return FALSE;
}

/* Levenshtein distance, at most 63 bytes of each word. */
static guint
edit_distance(const char *a, const char *b)
{
  guint row[64];
  gsize nb = MIN(strlen(b), 63), na = MIN(strlen(a), 63);
  for (gsize j = 0; j <= nb; j++)
    row[j] = j;
  for (gsize i = 1; i <= na; i++) {
    guint diagonal = row[0];
    row[0] = i;
    for (gsize j = 1; j <= nb; j++) {
      guint above = row[j];
      guint replaced = diagonal + (a[i - 1] != b[j - 1]);
      row[j] = MIN(replaced, 1 + MIN(above, row[j - 1]));
      diagonal = above;
    }
  }
  return row[nb];
}

/* The entry of `candidates` (NULL-ended) that `word` was probably meant to be, or NULL. */
static const char *
nearest(const char *word, const char *const *candidates)
{
  const char *best = NULL;
  guint best_distance = strlen(word) < 4 ? 2 : MAX(3, strlen(word) / 3 + 1); /* a slip */
  for (; *candidates; candidates++) {
    guint distance = edit_distance(word, *candidates);
    if (strlen(word) >= 3 && g_str_has_prefix(*candidates, word))
      distance = MIN(distance, 1);
    if (distance < best_distance) {
      best = *candidates;
      best_distance = distance;
    }
  }
  return best;
}

static const MedctOption *
find_option(const MedctCommand *command, const char *name, char letter)
{
  for (const MedctOption *o = command->options; o && o->name; o++)
    if (name ? strcmp(o->name, name) == 0 : o->letter && o->letter == letter)
      return o;
  return NULL;
}

static void
unknown_option(const MedctCommand *command, const char *word, GError **error)
{
  g_autoptr(GPtrArray) names = g_ptr_array_new();
  for (const MedctOption *o = command->options; o && o->name; o++)
    g_ptr_array_add(names, (gpointer)o->name);
  g_ptr_array_add(names, "help");
  g_ptr_array_add(names, NULL);
  const char *bare = word + strspn(word, "-");
  const char *near = nearest(bare, (const char *const *)names->pdata);
  if (near)
    g_set_error(error, MEDCT_ERROR, MEDCT_ERROR_ARGUMENT, "unknown option %s; did you mean --%s?",
                word, near);
  else
    g_set_error(error, MEDCT_ERROR, MEDCT_ERROR_ARGUMENT, "unknown option %s", word);
}

static gboolean
is_choice(const char *choices, const char *value)
{
  g_auto(GStrv) list = g_strsplit(choices, "|", -1);
  return g_strv_contains((const char *const *)list, value);
}

static gboolean
add_value(MedctInvocation *invocation, const MedctOption *option, const char *value, GError **error)
{
  if (option->choices && !is_choice(option->choices, value)) {
    g_set_error(error, MEDCT_ERROR, MEDCT_ERROR_ARGUMENT, "--%s is \"%s\", expected one of %s",
                option->name, value, option->choices);
    return FALSE;
  }
  GPtrArray *list = g_hash_table_lookup(invocation->values, option->name);
  if (!list) {
    list = g_ptr_array_new();
    g_ptr_array_add(list, NULL);
    g_hash_table_insert(invocation->values, (gpointer)option->name, list);
  }
  list->pdata[list->len - 1] = (gpointer)value;
  g_ptr_array_add(list, NULL);
  return TRUE;
}

/* The value of `option`: what follows in the same word, or the next word. */
static gboolean
take_value(MedctInvocation *invocation, const MedctOption *option, const char *attached,
           char ***rest, GError **error)
{
  if (!option->argument) {
    if (!attached)
      return add_value(invocation, option, "", error);
    g_set_error(error, MEDCT_ERROR, MEDCT_ERROR_ARGUMENT, "--%s takes no value", option->name);
    return FALSE;
  }
  if (!attached) {
    attached = **rest;
    if (!attached) {
      g_set_error(error, MEDCT_ERROR, MEDCT_ERROR_ARGUMENT, "--%s needs a value: --%s=%s",
                  option->name, option->name, option->argument);
      return FALSE;
    }
    (*rest)++;
  }
  return add_value(invocation, option, attached, error);
}

static gboolean
parse_long(MedctInvocation *invocation, const char *word, char ***rest, GError **error)
{
  const char *equals = strchr(word, '=');
  g_autofree char *name =
      equals ? g_strndup(word + 2, (gsize)(equals - word) - 2) : g_strdup(word + 2);
  const MedctOption *option = find_option(invocation->command, name, 0);
  if (!option) {
    g_autofree char *shown = g_strconcat("--", name, NULL);
    unknown_option(invocation->command, shown, error);
    return FALSE;
  }
  return take_value(invocation, option, equals ? equals + 1 : NULL, rest, error);
}

/* "-jv", "-o FILE", "-oFILE". */
static gboolean
parse_letters(MedctInvocation *invocation, const char *word, char ***rest, GError **error)
{
  for (const char *letter = word + 1; *letter; letter++) {
    const MedctOption *option = find_option(invocation->command, NULL, *letter);
    if (!option) {
      unknown_option(invocation->command, word, error);
      return FALSE;
    }
    if (option->argument)
      return take_value(invocation, option, letter[1] ? letter + 1 : NULL, rest, error);
    if (!take_value(invocation, option, NULL, rest, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
check_arguments(const MedctInvocation *invocation, GError **error)
{
  const MedctCommand *command = invocation->command;
  int n = (int)invocation->arguments->len - 1;
  if (n < command->min_arguments) {
    g_set_error(error, MEDCT_ERROR, MEDCT_ERROR_ARGUMENT, "an argument is missing: %s",
                command->arguments ? command->arguments : "");
    return FALSE;
  }
  if (command->max_arguments >= 0 && n > command->max_arguments) {
    g_set_error(error, MEDCT_ERROR, MEDCT_ERROR_ARGUMENT, "unexpected argument \"%s\"",
                (const char *)invocation->arguments->pdata[command->max_arguments]);
    return FALSE;
  }
  return TRUE;
}

/* Sets *wants_help and stops when --help is met. */
static gboolean
parse_words(MedctInvocation *invocation, char **words, gboolean *wants_help, GError **error)
{
  gboolean options_over = FALSE;
  while (*words) {
    char *word = *words++;
    if (options_over || word[0] != '-' || word[1] == 0) {
      g_ptr_array_insert(invocation->arguments, (int)invocation->arguments->len - 1, word);
    } else if (strcmp(word, "--") == 0) {
      options_over = TRUE;
    } else if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
      *wants_help = TRUE;
      return TRUE;
    } else if (word[1] == '-' ? !parse_long(invocation, word, &words, error)
                              : !parse_letters(invocation, word, &words, error)) {
      return FALSE;
    }
  }
  return check_arguments(invocation, error);
}

static void
free_list(gpointer list)
{
  g_ptr_array_unref(list);
}

static int
usage_error(const char *command, const char *message)
{
  if (command)
    g_printerr("medct %s: %s\nTry \"medct %s --help\".\n", command, message, command);
  else
    g_printerr("medct: %s\nTry \"medct --help\".\n", message);
  return MEDCT_EXIT_USAGE;
}

static int
run_command(const MedctCommand *command, char **words)
{
  MedctInvocation invocation = {
      command, g_hash_table_new_full(g_str_hash, g_str_equal, NULL, free_list), g_ptr_array_new()};
  g_ptr_array_add(invocation.arguments, NULL);
  g_autoptr(GError) error = NULL;
  gboolean wants_help = FALSE;
  int status = 0;
  if (!parse_words(&invocation, words, &wants_help, &error))
    status = usage_error(command->name, error->message);
  else if (wants_help)
    medct_cli_print_command(command, stdout);
  else
    status = command->run(&invocation);
  medct_cli_clear_progress();
  g_hash_table_unref(invocation.values);
  g_ptr_array_unref(invocation.arguments);
  return status;
}

static int
unknown_command(MedctCommandTable table, const char *word)
{
  g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
  for (MedctCommandTable c = table; *c; c++) {
    g_ptr_array_add(names, g_strdup((*c)->name));
    g_ptr_array_add(names, g_strndup((*c)->name, strcspn((*c)->name, " ")));
  }
  g_ptr_array_add(names, NULL);
  const char *near = nearest(word, (const char *const *)names->pdata);
  g_autofree char *message =
      near ? g_strdup_printf("unknown command \"%s\"; did you mean \"%s\"?", word, near)
           : g_strdup_printf("unknown command \"%s\"", word);
  return usage_error(NULL, message);
}

/* "medct model …": the second word chooses. */
static int
run_group(MedctCommandTable table, const char *group, char **words)
{
  const char *second = words[0];
  if (second && (strcmp(second, "--help") == 0 || strcmp(second, "-h") == 0)) {
    medct_cli_print_group(table, group, stdout);
    return 0;
  }
  if (!second || second[0] == '-') {
    medct_cli_print_group(table, group, stderr);
    return MEDCT_EXIT_USAGE;
  }
  g_autofree char *name = g_strconcat(group, " ", second, NULL);
  const MedctCommand *command = medct_cli_find(table, name);
  return command ? run_command(command, words + 1) : unknown_command(table, name);
}

int
medct_cli_main(int argc, char **argv, MedctCommandTable commands)
{
  const char *word = argc > 1 ? argv[1] : NULL;
  if (!word) {
    medct_cli_print_overview(commands, stderr);
    return MEDCT_EXIT_USAGE;
  }
  if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
    medct_cli_print_overview(commands, stdout);
    return 0;
  }
  if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0)
    return medct_print_version();
  if (word[0] == '-') {
    static const MedctCommand top = {.name = ""};
    g_autoptr(GError) error = NULL;
    unknown_option(&top, word, &error);
    return usage_error(NULL, error->message);
  }
  medct_cli_watch_interrupt();
  const MedctCommand *command = medct_cli_find(commands, word);
  if (command)
    return run_command(command, argv + 2);
  if (medct_cli_is_group(commands, word))
    return run_group(commands, word, argv + 2);
  return unknown_command(commands, word);
}
