/* NIfTI, plain and gzip: from bytes to a volume, through the host as the program does it. */
#include "plugins/host.h"
#include "tests/fuzz/fuzz-file.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static MedctHost *host; /* one for all inputs: libFuzzer calls on one thread */
  if (host == NULL)
    host = medct_host_new();
  gboolean gzip = size > 1 && data[0] == 0x1f && data[1] == 0x8b;
  const char *path = fuzz_file(gzip ? ".nii.gz" : ".nii", data, size);
  g_autoptr(GError) error = NULL;
  g_autoptr(MedctVolume) volume = medct_host_open_volume(host, path, NULL, NULL, NULL, &error);
  g_assert_true((volume != NULL) == (error == NULL));
  if (volume)
    medct_volume_statistics(volume);
  return 0;
}
