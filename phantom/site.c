#include "phantom/site.h"
#include <string.h>

static const char *const names[MEDCT_N_FACTORS] = {
    [MEDCT_FACTOR_NOISE] = "noise",
    [MEDCT_FACTOR_KERNEL] = "kernel",
    [MEDCT_FACTOR_THICKNESS] = "thickness",
    [MEDCT_FACTOR_HU] = "hu",
    [MEDCT_FACTOR_CONTRAST] = "contrast",
    [MEDCT_FACTOR_INSPIRATION] = "inspiration",
    [MEDCT_FACTOR_FAT] = "fat",
    [MEDCT_FACTOR_SCALE] = "scale",
    [MEDCT_FACTOR_CENTRE] = "centre",
    [MEDCT_FACTOR_ARMS] = "arms",
    [MEDCT_FACTOR_POSITION] = "position",
    [MEDCT_FACTOR_PREVALENCE] = "prevalence",
    [MEDCT_FACTOR_LOOKALIKES] = "lookalikes",
    [MEDCT_FACTOR_WORDING] = "wording",
};

MedctSite
medct_site_a(void)
{
  return (MedctSite){{FALSE}};
}

MedctSite
medct_site_b(void)
{
  MedctSite site;
  for (int f = 0; f < MEDCT_N_FACTORS; f++)
    site.from_b[f] = TRUE;
  return site;
}

gboolean
medct_site_set(MedctSite *site, const char *setting, GError **error)
{
  for (int f = 0; f < MEDCT_N_FACTORS; f++) {
    gsize n = strlen(names[f]);
    if (strncmp(setting, names[f], n) != 0 || setting[n] != '=')
      continue;
    const char *which = setting + n + 1;
    if (strcmp(which, "A") != 0 && strcmp(which, "B") != 0)
      break;
    site->from_b[f] = which[0] == 'B';
    return TRUE;
  }
  const char *list[MEDCT_N_FACTORS + 1] = {NULL};
  memcpy(list, names, sizeof names);
  g_autofree char *known = g_strjoinv(", ", (char **)list);
  g_set_error(error, MEDCT_ERROR, MEDCT_ERROR_ARGUMENT,
              "--factor is \"%s\", expected NAME=A or NAME=B with a name of: %s", setting, known);
  return FALSE;
}
