/* medct --version: what computes here, for reports and for bug reports. */
#include "app/cmd-version.h"

int
medct_print_version(void)
{
  g_print("MedCT %s\n", MEDCT_VERSION);
  g_print("Research use only — not for diagnosis\n");
  return 0;
}
