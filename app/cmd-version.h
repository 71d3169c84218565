/* medct --version. */
#pragma once

#include <glib.h>

#ifndef MEDCT_VERSION
#error "MEDCT_VERSION comes from meson.build"
#endif

/* Prints version, libraries and processor on stdout; the exit status. */
int medct_print_version(void);
