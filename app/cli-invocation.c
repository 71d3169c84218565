/* What a command asks about the words it was given. */
#include "app/cli-private.h"
#include <math.h>

gboolean
medct_invocation_flag(const MedctInvocation *invocation, const char *option)
{
  return g_hash_table_contains(invocation->values, option);
}

const char *const *
medct_invocation_values(const MedctInvocation *invocation, const char *option)
{
  static const char *const none[] = {NULL};
  const GPtrArray *list = g_hash_table_lookup(invocation->values, option);
  return list ? (const char *const *)list->pdata : none;
}

const char *
medct_invocation_value(const MedctInvocation *invocation, const char *option)
{
  const GPtrArray *list = g_hash_table_lookup(invocation->values, option);
  return list ? list->pdata[list->len - 2] : NULL;
}

const char *const *
medct_invocation_arguments(const MedctInvocation *invocation)
{
  return (const char *const *)invocation->arguments->pdata;
}

char *
medct_invocation_lines(const MedctInvocation *invocation, const char *option)
{
  const char *const *values = medct_invocation_values(invocation, option);
  return *values ? g_strjoinv("\n", (char **)values) : NULL;
}

gboolean
medct_invocation_number(const MedctInvocation *invocation, const char *option, double fallback,
                        double low, double high, double *value, GError **error)
{
  const char *text = medct_invocation_value(invocation, option);
  if (!text) {
    *value = fallback;
    return TRUE;
  }
  char *end = NULL;
  double number = g_ascii_strtod(text, &end);
  if (end == text || *end != 0 || !isfinite(number) || number < low || number > high) {
    g_set_error(error, MEDCT_ERROR, MEDCT_ERROR_ARGUMENT,
                "--%s is \"%s\", expected a number from %g to %g", option, text, low, high);
    return FALSE;
  }
  *value = number;
  return TRUE;
}

gboolean
medct_invocation_set_threads(const MedctInvocation *invocation, GError **error)
{
  double threads = 0;
  if (!medct_invocation_number(invocation, "threads", 0, 1, 1024, &threads, error))
    return FALSE;
  g_autofree char *text = g_strdup_printf("%d", (int)threads);
  if (threads >= 1)
    g_setenv("MEDCT_THREADS", text, TRUE);
  return TRUE;
}

int
medct_command_fail(const MedctInvocation *invocation, const GError *error)
{
  medct_cli_clear_progress();
  g_printerr("medct %s: %s\n", invocation->command->name, error->message);
  return 1;
}

int
medct_command_misused(const MedctInvocation *invocation, const GError *error)
{
  medct_command_fail(invocation, error);
  g_printerr("Try \"medct %s --help\".\n", invocation->command->name);
  return MEDCT_EXIT_USAGE;
}
