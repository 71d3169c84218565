/* The list of findings that a person types. */
#include "phantom/labels.h"
#include <string.h>

/* "Lung nodule" → "lung-nodule" */
static char *
plain_name(const char *name)
{
  char *plain = g_ascii_strdown(name, -1);
  return g_strdelimit(plain, " _", '-');
}

static int
find_pathology(const char *word, int *n_fitting)
{
  int found = -1;
  *n_fitting = 0;
  for (int n = 0; n < MEDCT_N_PATHOLOGIES; n++) {
    g_autofree char *name = plain_name(medct_pathology_name((guint)n));
    if (strcmp(name, word) == 0) {
      *n_fitting = 1;
      return n;
    }
    if (strstr(name, word) != NULL)
      found = n, ++*n_fitting;
  }
  return found;
}

static gboolean
refuse(const char *word, const char *what, GError **error)
{
  g_autoptr(GString) names = g_string_new(NULL);
  for (guint n = 0; n < MEDCT_N_PATHOLOGIES; n++) {
    g_autofree char *name = plain_name(medct_pathology_name(n));
    g_string_append_printf(names, "%s%s", n ? ", " : "", name);
  }
  g_set_error(
      error, MEDCT_ERROR, MEDCT_ERROR_ARGUMENT,
      "--findings: \"%s\" %s; the names, each with :1, :2 or :3 behind it if wanted, are %s", word,
      what, names->str);
  return FALSE;
}

static gboolean
parse_one(const char *text, MedctLabels *labels, GError **error)
{
  g_autofree char *word = plain_name(text);
  char *colon = strchr(word, ':');
  int grade = 2, n_fitting;
  if (colon != NULL) {
    if (colon[1] < '1' || colon[1] > '3' || colon[2] != 0)
      return refuse(text, "has a grade that is not 1, 2 or 3", error);
    grade = colon[1] - '0';
    *colon = 0;
  }
  int found = find_pathology(word, &n_fitting);
  if (*word == 0 || n_fitting != 1)
    return refuse(text, n_fitting > 1 ? "fits several findings" : "is no finding", error);
  labels->grade[found] = grade;
  return TRUE;
}

gboolean
medct_labels_parse(const char *text, MedctLabels *labels, GError **error)
{
  *labels = (MedctLabels){{0}};
  if (strcmp(text, "none") == 0)
    return TRUE;
  if (*text == 0)
    return refuse(text, "is no finding", error);
  g_auto(GStrv) words = g_strsplit(text, ",", -1);
  for (int n = 0; words[n] != NULL; n++)
    if (!parse_one(g_strstrip(words[n]), labels, error))
      return FALSE;
  return TRUE;
}
