/* Gives a fuzzer's bytes to a parser that opens files. One file a process, written anew each time.
 */
#pragma once

#include <glib.h>
#include <glib/gstdio.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The path of a new empty folder of this process; the same each time, what was in it is the
 * caller's. */
static inline const char *
fuzz_folder(void)
{
  static char path[256];
  if (path[0] == '\0') {
    g_snprintf(path, sizeof path, "%s/medct-fuzz-%d", g_get_tmp_dir(), (int)getpid());
    if (g_mkdir(path, 0700) != 0)
      g_error("%s cannot be made", path);
  }
  return path;
}

/* Writes `name` into `folder`. */
static inline void
fuzz_put(const char *folder, const char *name, const uint8_t *data, size_t size)
{
  g_autofree char *path = g_build_filename(folder, name, NULL);
  if (!g_file_set_contents_full(path, (const char *)data, (gssize)size, G_FILE_SET_CONTENTS_NONE,
                                0600, NULL))
    g_error("%s cannot be written", path);
}

/* The path of a file that holds `data`; lives until the process ends. */
static inline const char *
fuzz_file(const char *suffix, const uint8_t *data, size_t size)
{
  static char path[256]; /* libFuzzer calls on one thread */
  g_snprintf(path, sizeof path, "%s/medct-fuzz-%d%s", g_get_tmp_dir(), (int)getpid(), suffix);
  if (!g_file_set_contents_full(path, (const char *)data, (gssize)size, G_FILE_SET_CONTENTS_NONE,
                                0600, NULL))
    g_error("%s cannot be written", path);
  return path;
}
