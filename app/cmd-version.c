/* medct --version: what computes here, for reports and for bug reports. */
#include "app/cmd-version.h"
#include "model/kernels.h"
#include "model/matmul.h"

int
medct_print_version(void)
{
  g_autofree char *blas = medct_blas_describe();
  g_autoptr(GError) error = NULL;
  gboolean sound = medct_blas_check(&error);
  g_print("MedCT %s\n", MEDCT_VERSION);
  g_print("Matrix products: %s%s\n", blas, sound ? ", checked" : "");
  g_print("Other kernels: %s\n", medct_kernels()->name);
  g_print("Research use only — not for diagnosis\n");
  if (sound)
    return 0;
  g_printerr("medct: %s\n", error->message);
  return 1;
}
