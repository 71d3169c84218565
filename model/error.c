#include "model/error.h"
#include <glib/gi18n.h>

/* clang-format off */
G_DEFINE_QUARK(medct-error-quark, medct_error)
/* clang-format on */

const char *
medct_error_words(const char *words)
{
  return *words ? _(words) : words; /* gettext answers "" with the head of its catalogue */
}

static char *
shown_name(const char *file)
{
  return file ? g_path_get_basename(file) : g_strdup("input");
}

void
medct_error_field(GError **error, MedctErrorCode code, const char *file, const char *field,
                  const char *expected, const char *found, ...)
{
  va_list args;
  va_start(args, found);
  g_autofree char *value = g_strdup_vprintf(medct_error_words(found), args);
  va_end(args);
  g_autofree char *name = shown_name(file);
  g_set_error(error, MEDCT_ERROR, code, _("%s: %s is %s, expected %s"), name,
              medct_error_words(field), value, medct_error_words(expected));
}

void
medct_error_file(GError **error, MedctErrorCode code, const char *file, const char *message, ...)
{
  va_list args;
  va_start(args, message);
  g_autofree char *text = g_strdup_vprintf(medct_error_words(message), args);
  va_end(args);
  g_autofree char *name = shown_name(file);
  g_set_error(error, MEDCT_ERROR, code, "%s: %s", name, text);
}

void
medct_error_unreadable(GError **error, const char *file, const GError *cause)
{
  const char *colon = g_strrstr(cause->message, ": ");
  medct_error_file(error, MEDCT_ERROR_IO, file, "cannot be read: %s",
                   colon != NULL ? colon + 2 : cause->message);
}
