#include "app/open-volume.h"
#include "model/metadata_csv.h"

gboolean
medct_metadata_options_check(const MedctInvocation *invocation, GError **error)
{
  if (medct_invocation_value(invocation, "rescale") == NULL ||
      medct_invocation_value(invocation, "metadata") != NULL)
    return TRUE;
  g_set_error_literal(error, MEDCT_ERROR, MEDCT_ERROR_ARGUMENT,
                      "--rescale says how to use a table: it needs --metadata beside it");
  return FALSE;
}

MedctVolume *
medct_command_open_volume(const MedctInvocation *invocation, MedctHost *host, const char *path,
                          GError **error)
{
  const char *table = medct_invocation_value(invocation, "metadata");
  const char *how = medct_invocation_value(invocation, "rescale");
  MedctRescale rescale = MEDCT_RESCALE_AUTO;
  if (how != NULL && !medct_rescale_parse(how, &rescale, error))
    return NULL;
  g_autoptr(MedctVolume) volume =
      medct_host_open_volume(host, path, medct_cli_monitor(), NULL, NULL, error);
  if (volume == NULL || table == NULL)
    return g_steal_pointer(&volume);
  return medct_metadata_csv_apply(volume, table, rescale, error);
}
