/* Several adapters as one text: what is a weight and what a name, and back. */
#include "app/adapter-mix.h"
#include "tests/test-home.h"
#include <glib/gstdio.h>

static const MedctMixPart *
part(const GArray *parts, guint n)
{
  return &g_array_index(parts, MedctMixPart, n);
}

static void
test_round_trip(void)
{
  g_autoptr(GArray) parts = medct_adapter_mix_parse("/a/quick-1\n/b/full-2:-0.5");
  g_assert_cmpuint(parts->len, ==, 2);
  g_assert_cmpstr(part(parts, 0)->folder, ==, "/a/quick-1");
  g_assert_cmpfloat(part(parts, 0)->weight, ==, 1);
  g_assert_cmpstr(part(parts, 1)->folder, ==, "/b/full-2");
  g_assert_cmpfloat(part(parts, 1)->weight, ==, -0.5);
  medct_adapter_mix_add(parts, "/c/full-3/best-so-far", 0.25);
  g_autofree char *text = medct_adapter_mix_text(parts);
  g_assert_cmpstr(text, ==, "/a/quick-1\n/b/full-2:-0.5\n/c/full-3/best-so-far:0.25");
  g_autofree char *title = medct_adapter_mix_title(parts);
  g_assert_cmpstr(title, ==, "quick-1 + full-2 × -0.5 + full-3, best so far × 0.25");
}

/* As the engine reads it: a folder that is there has no weight, a name is no number. */
static void
test_colons(void)
{
  char *folder = g_dir_make_tmp("medct-mix-XXXXXX", NULL);
  g_autofree char *odd = g_strconcat(folder, "/site:2", NULL);
  g_assert_cmpint(g_mkdir(odd, 0700), ==, 0);
  g_autofree char *text = g_strconcat(odd, "\n", odd, ":3\n/x:y\n\n/z:1e999", NULL);
  g_autoptr(GArray) parts = medct_adapter_mix_parse(text);
  g_assert_cmpuint(parts->len, ==, 4);
  g_assert_cmpstr(part(parts, 0)->folder, ==, odd);
  g_assert_cmpfloat(part(parts, 0)->weight, ==, 1);
  g_assert_cmpfloat(part(parts, 1)->weight, ==, 3);
  g_assert_cmpstr(part(parts, 2)->folder, ==, "/x:y");
  g_assert_cmpstr(part(parts, 3)->folder, ==, "/z:1e999");
  g_autoptr(GArray) none = medct_adapter_mix_parse("");
  g_assert_cmpuint(none->len, ==, 0);
  test_home_remove(folder);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/adapter-mix/round-trip", test_round_trip);
  g_test_add_func("/adapter-mix/colons", test_colons);
  return g_test_run();
}
