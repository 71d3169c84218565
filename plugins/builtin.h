/* The plugins that are linked into the programs. */
#pragma once

#include "plugins/medct-plugin.h"

typedef struct {
  const char *name;
  const medct_plugin_entry *entry;
} MedctBuiltin;

extern const MedctBuiltin medct_builtins[]; /* ends with name NULL */
