/* medct: the headless program. */
#include "app/cli.h"
#include <locale.h>

int
main(int argc, char **argv)
{
  setlocale(LC_ALL, "");
  setlocale(LC_NUMERIC, "C"); /* numbers in files and reports are the same everywhere */
  return medct_cli_main(argc, argv, medct_commands);
}
