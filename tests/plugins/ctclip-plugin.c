/* The built-in model plugin behind a stranger's door, so that the validator can be run on it. */
#include "plugins/ctclip/ctclip.h"

MEDCT_PLUGIN_EXPORT extern const medct_plugin_entry medct_entry;

static bool
init(const char *path, medct_error *error)
{
  return medct_ctclip_entry.init(path, error);
}

static void
deinit(void)
{
  medct_ctclip_entry.deinit();
}

static const void *
get_factory(const char *id)
{
  return medct_ctclip_entry.get_factory(id);
}

const medct_plugin_entry medct_entry = {
    MEDCT_ABI_MAJOR, MEDCT_ABI_MINOR, init, deinit, get_factory,
};
