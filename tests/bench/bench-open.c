/* bench-open CHEST.nii.gz: opening a volume against bare decompression of the same bytes, which lie
 * in memory. Both are measured in turns, in one run, and judged as a ratio of the best times. */
#include "plugins/host.h"
#include <isa-l/igzip_lib.h>
#include <stdio.h>

enum { TURNS = 5 };
#define FLOOR 1.5

static double
seconds(void)
{
  return (double)g_get_monotonic_time() * 1e-6;
}

/* Into fresh memory, as the reader's voxels are fresh memory too; the number of bytes. */
static gsize
inflate(const guint8 *packed, gsize n_packed, gsize capacity)
{
  g_autofree guint8 *out = g_malloc(capacity);
  struct inflate_state state;
  isal_inflate_init(&state);
  state.crc_flag = ISAL_GZIP;
  state.next_in = (guint8 *)packed;
  state.avail_in = (guint32)n_packed;
  state.next_out = out;
  state.avail_out = (guint32)capacity;
  if (isal_inflate(&state) != ISAL_DECOMP_OK)
    g_error("the bytes do not decompress");
  return state.total_out;
}

int
main(int argc, char **argv)
{
  g_autofree char *packed = NULL;
  gsize n = 0;
  if (argc != 2 || !g_file_get_contents(argv[1], &packed, &n, NULL)) {
    g_printerr("bench-open CHEST.nii.gz\n");
    return 2;
  }
  g_autoptr(MedctHost) host = medct_host_new();
  double bare = G_MAXDOUBLE, open = G_MAXDOUBLE;
  gsize bytes = 0;
  for (int turn = 0; turn < TURNS; turn++) {
    double start = seconds();
    bytes = inflate((const guint8 *)packed, n, (gsize)1 << 30);
    bare = MIN(bare, seconds() - start);
    g_autoptr(GError) error = NULL;
    start = seconds();
    g_autoptr(MedctVolume) volume = medct_host_open_volume(host, argv[1], NULL, NULL, NULL, &error);
    open = MIN(open, seconds() - start);
    if (!volume) {
      g_printerr("bench-open: %s\n", error->message);
      return 2;
    }
  }
  printf("Opening %.0f MB of voxels from .nii.gz\n", (double)bytes / 1e6);
  printf("  bare decompression in memory %.3f s, opened and checked %.3f s\n", bare, open);
  printf("%-66s %7.3f  floor %5.2f  %s\n", "opening / bare decompression", open / bare, FLOOR,
         open / bare <= FLOOR ? "ok" : "MISSED");
  return 0;
}
