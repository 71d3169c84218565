/* A home of its own for a test program: nothing is shared with tests that run beside it. (GLib's
 * own isolation leaks, which the leak checker then reports.) */
#pragma once

#include <ftw.h>
#include <glib.h>
#include <stdio.h>

static inline char *
test_home_make(void)
{
  char *home = g_dir_make_tmp("medct-home-XXXXXX", NULL);
  g_setenv("XDG_CACHE_HOME", home, TRUE);
  g_setenv("XDG_CONFIG_HOME", home, TRUE);
  g_setenv("XDG_DATA_HOME", home, TRUE);
  return home;
}

static inline int
test_home_remove_entry(const char *path, const struct stat *info, int type, struct FTW *where)
{
  return remove(path);
}

static inline void
test_home_remove(char *home)
{
  nftw(home, test_home_remove_entry, 16, FTW_DEPTH | FTW_PHYS);
  g_free(home);
}
