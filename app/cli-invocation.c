/* What a command asks about the words it was given. */
#include "app/cli-private.h"
#include <math.h>

/* clang-format off */
G_DEFINE_QUARK(medct-usage-quark, medct_usage)
/* clang-format on */

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

const char *
medct_invocation_needed(const MedctInvocation *invocation, const char *option, GError **error)
{
  const char *value = medct_invocation_value(invocation, option);
  if (value == NULL)
    g_set_error(error, MEDCT_USAGE, 0, "--%s is missing", option);
  return value;
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
    g_set_error(error, MEDCT_USAGE, 0, "--%s is \"%s\", expected a number from %.9g to %.9g",
                option, text, low, high);
    return FALSE;
  }
  *value = number;
  return TRUE;
}

static gboolean
whole_number(const MedctInvocation *invocation, const char *option, double low, double high,
             double *value, GError **error)
{
  if (!medct_invocation_number(invocation, option, *value, low, high, value, error))
    return FALSE;
  if (*value == floor(*value))
    return TRUE;
  g_set_error(error, MEDCT_USAGE, 0, "--%s is %g, expected a whole number", option, *value);
  return FALSE;
}

gboolean
medct_invocation_count(const MedctInvocation *invocation, const char *option, guint low, guint high,
                       guint *value, GError **error)
{
  double number = *value;
  if (!whole_number(invocation, option, low, high, &number, error))
    return FALSE;
  *value = (guint)number;
  return TRUE;
}

gboolean
medct_invocation_seed(const MedctInvocation *invocation, guint64 *seed, GError **error)
{
  double number = (double)*seed;
  if (!whole_number(invocation, "seed", 0, 9e15, &number, error))
    return FALSE;
  *seed = (guint64)number;
  return TRUE;
}

gboolean
medct_invocation_set_threads(const MedctInvocation *invocation, GError **error)
{
  guint threads = 0;
  if (!medct_invocation_count(invocation, "threads", 1, 1024, &threads, error))
    return FALSE;
  g_autofree char *text = g_strdup_printf("%u", threads);
  if (threads >= 1)
    g_setenv("MEDCT_THREADS", text, TRUE);
  return TRUE;
}

static void
say(const MedctInvocation *invocation, const GError *error)
{
  medct_cli_clear_progress();
  g_printerr("medct %s: %s\n", invocation->command->name, error->message);
}

int
medct_command_fail(const MedctInvocation *invocation, const GError *error)
{
  if (error->domain == MEDCT_USAGE)
    return medct_command_misused(invocation, error);
  say(invocation, error);
  return 1;
}

int
medct_command_misused(const MedctInvocation *invocation, const GError *error)
{
  say(invocation, error);
  g_printerr("Try \"medct %s --help\".\n", invocation->command->name);
  return MEDCT_EXIT_USAGE;
}
