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

const char *
medct_factor_name(MedctFactor factor)
{
  return names[factor];
}

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
  g_autofree char *known =
      g_strjoinv(", ", (char **)(const char *[]){names[0], names[1], names[2], names[3], names[4],
                                                 names[5], names[6], names[7], names[8], names[9],
                                                 names[10], names[11], names[12], names[13], NULL});
  g_set_error(error, MEDCT_ERROR, MEDCT_ERROR_ARGUMENT,
              "--factor is \"%s\", expected NAME=A or NAME=B with a name of: %s", setting, known);
  return FALSE;
}
