#include "app/adapter-mix.h"
#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

static void
part_clear(gpointer data)
{
  g_free(((MedctMixPart *)data)->folder);
}

void
medct_adapter_mix_add(GArray *parts, const char *folder, double weight)
{
  const MedctMixPart part = {g_strdup(folder), weight};
  g_array_append_val(parts, part);
}

static void
add_line(GArray *parts, const char *line)
{
  const char *colon = strrchr(line, ':');
  char *end = NULL;
  double weight = colon != NULL ? g_ascii_strtod(colon + 1, &end) : 1;
  if (colon == NULL || end == colon + 1 || *end != '\0' || !isfinite(weight) ||
      g_file_test(line, G_FILE_TEST_IS_DIR)) {
    medct_adapter_mix_add(parts, line, 1);
    return;
  }
  g_autofree char *folder = g_strndup(line, (gsize)(colon - line));
  medct_adapter_mix_add(parts, folder, weight);
}

GArray *
medct_adapter_mix_parse(const char *text)
{
  GArray *parts = g_array_new(FALSE, FALSE, sizeof(MedctMixPart));
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
  g_array_set_clear_func(parts, part_clear);
  for (char **line = lines; *line != NULL; line++)
    if (**line != '\0')
      add_line(parts, *line);
  return parts;
}

char *
medct_adapter_mix_text(const GArray *parts)
{
  GString *text = g_string_new(NULL);
  for (guint n = 0; n < parts->len; n++) {
    const MedctMixPart *part = &g_array_index(parts, MedctMixPart, n);
    char weight[G_ASCII_DTOSTR_BUF_SIZE];
    g_string_append_printf(text, "%s%s", n > 0 ? "\n" : "", part->folder);
    if (part->weight != 1)
      g_string_append_printf(text, ":%s",
                             g_ascii_formatd(weight, sizeof weight, "%g", part->weight));
  }
  return g_string_free(text, FALSE);
}

char *
medct_adapter_mix_name(const char *folder)
{
  g_autofree char *name = g_path_get_basename(folder);
  if (!g_str_equal(name, "best-so-far"))
    return g_steal_pointer(&name);
  g_autofree char *parent = g_path_get_dirname(folder);
  g_autofree char *run = g_path_get_basename(parent);
  return g_strdup_printf(_("%s, best so far"), run);
}

char *
medct_adapter_mix_title(const GArray *parts)
{
  GString *title = g_string_new(NULL);
  for (guint n = 0; n < parts->len; n++) {
    const MedctMixPart *part = &g_array_index(parts, MedctMixPart, n);
    g_autofree char *name = medct_adapter_mix_name(part->folder);
    g_string_append_printf(title, "%s%s", n > 0 ? " + " : "", name);
    if (part->weight != 1)
      g_string_append_printf(title, " × %g", part->weight);
  }
  return g_string_free(title, FALSE);
}
