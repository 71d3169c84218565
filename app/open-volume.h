/* The two options by which a command reads a volume with CT-RATE's metadata table, in one place for
 * all commands that take a volume. */
#pragma once

#include "app/cli.h"
#include "plugins/host.h"

G_BEGIN_DECLS

/* For a command's list of options. */
#define MEDCT_METADATA_OPTIONS                                                                     \
  {"metadata",                                                                                     \
   0,                                                                                              \
   "CSV",                                                                                          \
   FALSE,                                                                                          \
   NULL,                                                                                           \
   "CT-RATE's metadata table: spacing is taken from the volume's row, and slope and intercept "    \
   "where the voxels are raw."},                                                                   \
  {                                                                                                \
    "rescale", 0, "HOW", FALSE, "auto|raw|hu",                                                     \
        "Whether the voxels are raw values or HU already, for --metadata; by default the "         \
        "histogram decides, and a warning says how."                                               \
  }

/* FALSE when --rescale stands without --metadata: a wrong usage. */
gboolean medct_metadata_options_check(const MedctInvocation *invocation, GError **error);

/* The volume, with what the table says where --metadata is given. */
MedctVolume *medct_command_open_volume(const MedctInvocation *invocation, MedctHost *host,
                                       const char *path, GError **error);

G_END_DECLS
