#include "plugins/manifest.h"
#include <glib/gi18n.h>

#include <string.h>

#define GROUP    "MedCT Plugin"
#define MAX_TEXT 200
#define MAX_LIST 32

void
medct_manifest_free(MedctManifest *manifest)
{
  if (manifest == NULL)
    return;
  g_free(manifest->name);
  g_free(manifest->version);
  g_free(manifest->licence);
  g_strfreev(manifest->kinds);
  g_strfreev(manifest->file_types);
  g_strfreev(manifest->authors);
  g_free(manifest);
}

/* Shown in lists and dialogs: one line, no control characters. */
static gboolean
text_is_fit(const char *tainted)
{
  if (tainted[0] == '\0' || strlen(tainted) > MAX_TEXT || !g_utf8_validate(tainted, -1, NULL))
    return FALSE;
  for (const char *c = tainted; *c != '\0'; c = g_utf8_next_char(c))
    if (g_unichar_iscntrl(g_utf8_get_char(c)))
      return FALSE;
  return TRUE;
}

static char *
take_text(GKeyFile *keys, const char *file, const char *key, GError **error)
{
  g_autofree char *text = g_key_file_get_string(keys, GROUP, key, NULL);
  if (text != NULL && text_is_fit(text))
    return g_steal_pointer(&text);
  medct_error_field(error, MEDCT_ERROR_FORMAT, file, key, "one line of at most 200 bytes", "%s",
                    text ? _("empty, too long or not plain text") : _("missing"));
  return NULL;
}

static char **
take_list(GKeyFile *keys, const char *file, const char *key, gboolean needed, GError **error)
{
  gsize n = 0;
  g_auto(GStrv) list = g_key_file_get_string_list(keys, GROUP, key, &n, NULL);
  if (list == NULL && !needed)
    return g_new0(char *, 1);
  gboolean fit = list != NULL && n <= MAX_LIST && (n > 0 || !needed);
  for (gsize i = 0; fit && i < n; i++)
    fit = text_is_fit(list[i]);
  if (fit)
    return g_steal_pointer(&list);
  medct_error_field(error, MEDCT_ERROR_FORMAT, file, key, "a list of 1 to 32 short entries", "%s",
                    list ? _("empty, too long or not plain text") : _("missing"));
  return NULL;
}

static gboolean
kind_is_well_formed(const char *kind)
{
  const char *slash = strchr(kind, '/');
  return g_str_has_prefix(kind, "medct.") && slash != NULL && g_ascii_isdigit(slash[1]);
}

MedctManifest *
medct_manifest_parse(const char *file, const char *bytes, gsize n_bytes, GError **error)
{
  g_autoptr(GKeyFile) keys = g_key_file_new();
  g_autoptr(GError) problem = NULL;
  if (n_bytes > MEDCT_MANIFEST_MAX_BYTES || memchr(bytes, '\0', n_bytes) != NULL ||
      !g_key_file_load_from_data(keys, bytes, n_bytes, G_KEY_FILE_NONE, &problem)) {
    medct_error_file(error, MEDCT_ERROR_FORMAT, file, "is not a plugin manifest: %s",
                     problem ? problem->message : _("too long, or not text"));
    return NULL;
  }
  g_autoptr(MedctManifest) manifest = g_new0(MedctManifest, 1);
  if (!(manifest->name = take_text(keys, file, "name", error)) ||
      !(manifest->version = take_text(keys, file, "version", error)) ||
      !(manifest->licence = take_text(keys, file, "licence", error)) ||
      !(manifest->kinds = take_list(keys, file, "kinds", TRUE, error)) ||
      !(manifest->authors = take_list(keys, file, "authors", TRUE, error)) ||
      !(manifest->file_types = take_list(keys, file, "file-types", FALSE, error)))
    return NULL;
  for (char **kind = manifest->kinds; *kind != NULL; kind++)
    if (!kind_is_well_formed(*kind)) {
      medct_error_field(error, MEDCT_ERROR_FORMAT, file, "kinds",
                        "names like medct.volume-reader/1", "\"%s\"", *kind);
      return NULL;
    }
  return g_steal_pointer(&manifest);
}

gboolean
medct_manifest_has_kind(const MedctManifest *manifest, const char *kind)
{
  return g_strv_contains((const char *const *)manifest->kinds, kind);
}
