/* Manifests, trust, and the list of enabled plugins. Loading is in test-host.c. */
#include "plugins/cache.h"
#include "plugins/discovery.h"
#include "plugins/manifest.h"
#include "plugins/trust.h"
#include "tests/test-home.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char good[] = "[MedCT Plugin]\nname=Example\nversion=1\nlicence=MIT\n"
                           "authors=A;B\nkinds=medct.volume-reader/1\nfile-types=.abc\n";

static MedctManifest *
parse(const char *text, GError **error)
{
  return medct_manifest_parse("x.ini", text, strlen(text), error);
}

static void
test_manifest(void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(MedctManifest) manifest = parse(good, &error);
  g_assert_no_error(error);
  g_assert_cmpstr(manifest->name, ==, "Example");
  g_assert_true(medct_manifest_has_kind(manifest, "medct.volume-reader/1"));
  g_assert_false(medct_manifest_has_kind(manifest, "medct.model-backend/1"));
}

static void
test_manifest_refusals(void)
{
  static const char *const bad[] = {
      "",
      "not a key file",
      "[Other]\nname=x\n",
      "[MedCT Plugin]\nname=\nversion=1\nlicence=MIT\nauthors=A\nkinds=medct.volume-reader/1\n",
      "[MedCT Plugin]\nname=a\\nb\nversion=1\nlicence=MIT\nauthors=A\nkinds=medct.x/1\n",
      "[MedCT Plugin]\nname=a\nversion=1\nlicence=MIT\nauthors=A\nkinds=evil\n",
      "[MedCT Plugin]\nname=a\nversion=1\nlicence=MIT\nauthors=A\n",
      "[MedCT Plugin]\nname=\xff\xfe\nversion=1\nlicence=MIT\nauthors=A\nkinds=medct.x/1\n",
  };
  for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
    g_autoptr(GError) error = NULL;
    g_assert_null(parse(bad[i], &error));
    g_assert_error(error, MEDCT_ERROR, MEDCT_ERROR_FORMAT);
    g_assert_true(g_str_has_prefix(error->message, "x.ini: "));
  }
  g_autoptr(GError) error = NULL;
  g_assert_null(medct_manifest_parse("x.ini", "[MedCT\0Plugin]", 14, &error));
  g_assert_error(error, MEDCT_ERROR, MEDCT_ERROR_FORMAT);
}

static void
expect_trust(const char *path, gboolean trusted, const char *because)
{
  g_autoptr(GError) error = NULL;
  int fd = medct_trust_open(path, 1000, &error);
  g_assert_cmpint(fd >= 0, ==, trusted);
  if (fd >= 0)
    close(fd);
  else
    g_assert_nonnull(strstr(error->message, because));
}

static void
test_trust(void)
{
  g_autofree char *folder = g_dir_make_tmp("medct-trust-XXXXXX", NULL);
  g_autofree char *file = g_build_filename(folder, "a.so", NULL);
  g_autofree char *link = g_build_filename(folder, "b.so", NULL);
  g_assert_true(g_file_set_contents(file, "abc", 3, NULL));
  g_chmod(file, 0644);
  expect_trust(file, TRUE, "");
  expect_trust(folder, FALSE, "not a regular file");
  g_assert_cmpint(symlink(file, link), ==, 0);
  expect_trust(link, FALSE, "symbolic link");
  g_chmod(file, 0666);
  expect_trust(file, FALSE, "written by others");
  g_chmod(file, 0644);
  g_chmod(folder, 0777);
  expect_trust(file, FALSE, "can write into its folder");
  g_chmod(folder, 0700);
  g_assert_cmpint(truncate(file, 1001), ==, 0);
  expect_trust(file, FALSE, "too large");
  g_unlink(link);
  g_unlink(file);
  g_autofree char *fifo = g_build_filename(folder, "c.so", NULL);
  g_assert_cmpint(mkfifo(fifo, 0600), ==, 0);
  expect_trust(fifo, FALSE, "not a regular file");
  g_unlink(fifo);
  g_rmdir(folder);
}

static void
test_enabled_by_hash(void)
{
  const char *sha = "00000000000000000000000000000000000000000000000000000000000000aa";
  g_autoptr(GError) error = NULL;
  g_assert_false(medct_trust_is_enabled(sha));
  g_assert_true(medct_trust_set_enabled(sha, "a.so", TRUE, &error));
  g_assert_true(medct_trust_is_enabled(sha));
  g_assert_true(medct_trust_set_enabled(sha, "a.so", FALSE, &error));
  g_assert_false(medct_trust_is_enabled(sha));
  g_assert_no_error(error);
}

/* ---- cache --------------------------------------------------------------------------------- */

static char *
cache_file(const char *key)
{
  return g_strdup_printf("%s/medct/encodings/%s.enc", g_get_user_cache_dir(), key);
}

static void
test_cache_ignores_damage(void)
{
  const char *const parts[] = {"a", "bc", NULL}, *const other_parts[] = {"ab", "c", NULL};
  g_autofree char *key = medct_cache_key(parts);
  g_autofree char *other = medct_cache_key(other_parts);
  g_assert_cmpstr(key, !=, other);
  medct_cache_store(key, "payload", 7);
  g_autoptr(GBytes) bytes = medct_cache_load(key);
  g_assert_cmpmem(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), "payload", 7);
  g_autofree char *path = cache_file(key);
  g_autofree char *text = NULL;
  gsize n = 0;
  g_assert_true(g_file_get_contents(path, &text, &n, NULL));
  for (gsize i = 0; i < n; i++) {
    text[i] ^= 1;
    g_assert_true(g_file_set_contents(path, text, (gssize)n, NULL));
    g_assert_null(medct_cache_load(key));
    text[i] ^= 1;
    g_assert_true(g_file_set_contents(path, text, (gssize)i, NULL));
    g_assert_null(medct_cache_load(key));
  }
  g_autofree char *other_path = cache_file(other);
  g_assert_true(g_file_set_contents(other_path, text, (gssize)n, NULL));
  g_assert_null(medct_cache_load(other));
  medct_cache_store(key, "again", 5);
  g_autoptr(GBytes) again = medct_cache_load(key);
  g_assert_cmpmem(g_bytes_get_data(again, NULL), g_bytes_get_size(again), "again", 5);
}

static void
test_cache_removes_oldest_first(void)
{
  medct_cache_trim(0);
  const char *const keys[] = {"1", "2", "3"};
  for (int i = 0; i < 3; i++) {
    medct_cache_store(keys[i], "0123456789", 10);
    g_usleep(20000);
  }
  g_bytes_unref(medct_cache_load("1")); /* used: now the newest */
  medct_cache_trim(200);
  g_autoptr(GBytes) first = medct_cache_load("1");
  g_autoptr(GBytes) third = medct_cache_load("3");
  g_assert_nonnull(first);
  g_assert_nonnull(third);
  g_assert_null(medct_cache_load("2"));
  medct_cache_trim(0);
}

int
main(int argc, char **argv)
{
  char *home = test_home_make();
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/plugins/manifest", test_manifest);
  g_test_add_func("/plugins/manifest-refusals", test_manifest_refusals);
  g_test_add_func("/plugins/trust", test_trust);
  g_test_add_func("/plugins/enabled-by-hash", test_enabled_by_hash);
  g_test_add_func("/plugins/cache-damage", test_cache_ignores_damage);
  g_test_add_func("/plugins/cache-trim", test_cache_removes_oldest_first);
  int status = g_test_run();
  test_home_remove(home);
  return status;
}
