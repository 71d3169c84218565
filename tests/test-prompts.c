/* Prompt history and saved prompts: order, limits, the file and what is wrong with it. */
#include "app/prompts.h"
#include <glib/gstdio.h>
#include <string.h>

static void
test_history(void)
{
  g_autoptr(MedctPrompts) prompts = medct_prompts_new();
  g_assert_true(medct_prompts_remember(prompts, "a nodule"));
  g_assert_true(medct_prompts_remember(prompts, "an effusion"));
  g_assert_false(medct_prompts_remember(prompts, "an effusion"));
  g_assert_true(medct_prompts_remember(prompts, "a nodule"));
  g_assert_false(medct_prompts_remember(prompts, ""));
  g_assert_cmpuint(medct_prompts_n_history(prompts), ==, 2);
  g_assert_cmpstr(medct_prompts_history(prompts, 0), ==, "a nodule");
  g_assert_cmpstr(medct_prompts_history(prompts, 1), ==, "an effusion");
  for (int n = 0; n < 2 * MEDCT_PROMPTS_MOST_HISTORY; n++) {
    g_autofree char *text = g_strdup_printf("finding %d", n);
    medct_prompts_remember(prompts, text);
  }
  g_assert_cmpuint(medct_prompts_n_history(prompts), ==, MEDCT_PROMPTS_MOST_HISTORY);
  g_assert_cmpstr(medct_prompts_history(prompts, 0), ==, "finding 199");
  medct_prompts_forget_history(prompts);
  g_assert_cmpuint(medct_prompts_n_history(prompts), ==, 0);
}

static void
test_saved(void)
{
  g_autoptr(MedctPrompts) prompts = medct_prompts_new();
  g_assert_true(medct_prompts_keep(prompts, "rib fracture"));
  g_assert_true(medct_prompts_keep(prompts, "right effusion"));
  g_assert_false(medct_prompts_keep(prompts, "rib fracture"));
  g_assert_true(medct_prompts_is_kept(prompts, "rib fracture"));
  g_assert_cmpstr(medct_prompts_saved(prompts, 1), ==, "right effusion");
  g_assert_true(medct_prompts_remove(prompts, "rib fracture"));
  g_assert_false(medct_prompts_remove(prompts, "rib fracture"));
  g_assert_cmpuint(medct_prompts_n_saved(prompts), ==, 1);
  for (int n = 0; n < 2 * MEDCT_PROMPTS_MOST_SAVED; n++) {
    g_autofree char *text = g_strdup_printf("finding %d", n);
    medct_prompts_keep(prompts, text);
  }
  g_assert_cmpuint(medct_prompts_n_saved(prompts), ==, MEDCT_PROMPTS_MOST_SAVED);
}

typedef struct {
  char *folder, *path;
} Place;

static void
place_new(Place *place, gconstpointer data)
{
  place->folder = g_dir_make_tmp("medct-prompts-XXXXXX", NULL);
  place->path = g_build_filename(place->folder, "prompts.json", NULL);
}

static void
place_free(Place *place, gconstpointer data)
{
  g_unlink(place->path);
  g_assert_cmpint(g_rmdir(place->folder), ==, 0); /* no temporary file is left */
  g_free(place->folder);
  g_free(place->path);
}

static void
test_file(Place *place, gconstpointer data)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(MedctPrompts) prompts = medct_prompts_new(), again = medct_prompts_new();
  medct_prompts_remember(prompts, "Größe \"12\" mm");
  medct_prompts_remember(prompts, "a nodule");
  medct_prompts_keep(prompts, "rib fracture");
  g_assert_false(medct_prompts_set_against(prompts, "a nodule", "Nothing."));
  g_assert_true(medct_prompts_set_against(prompts, "rib fracture", "All ribs are whole."));
  g_assert_true(medct_prompts_save(prompts, place->path, &error));
  g_assert_true(medct_prompts_load(again, place->path, &error));
  g_assert_no_error(error);
  g_assert_cmpuint(medct_prompts_n_history(again), ==, 2);
  g_assert_cmpstr(medct_prompts_history(again, 1), ==, "Größe \"12\" mm");
  g_assert_cmpstr(medct_prompts_saved(again, 0), ==, "rib fracture");
  g_assert_cmpstr(medct_prompts_against(again, "rib fracture"), ==, "All ribs are whole.");
  g_assert_true(medct_prompts_remove(again, "rib fracture"));
  g_assert_null(medct_prompts_against(again, "rib fracture"));
  g_assert_true(medct_prompts_keep(again, "rib fracture"));
  g_unlink(place->path);
  g_assert_true(medct_prompts_load(again, place->path, &error));
  g_assert_cmpuint(medct_prompts_n_history(again) + medct_prompts_n_saved(again), ==, 0);
}

static void
test_damaged(Place *place, gconstpointer data)
{
  static const char *const texts[] = {
      "",
      "[]",
      "{\"history\": 3}",
      "{\"history\": [], \"saved\": [1]}",
      "{\"history\": [\"\"]}",
      "{\"history\": [\"a\\u0007b\"]}",
      "{\"history\": [[\"a\"]]}",
      "{\"history\": [\"a\"}",
  };
  for (gsize n = 0; n < G_N_ELEMENTS(texts); n++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(MedctPrompts) prompts = medct_prompts_new();
    medct_prompts_keep(prompts, "rib fracture");
    g_assert_true(g_file_set_contents(place->path, texts[n], -1, NULL));
    g_assert_false(medct_prompts_load(prompts, place->path, &error));
    g_assert_nonnull(strstr(error->message, "prompts.json"));
    g_assert_null(strstr(error->message, place->folder));
    g_assert_cmpuint(medct_prompts_n_saved(prompts), ==, 1);
  }
}

static void
test_unwritable(Place *place, gconstpointer data)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(MedctPrompts) prompts = medct_prompts_new();
  g_autofree char *inside = g_build_filename(place->path, "prompts.json", NULL);
  g_assert_true(g_file_set_contents(place->path, "a file, no folder", -1, NULL));
  g_assert_false(medct_prompts_save(prompts, inside, &error));
  g_assert_nonnull(error);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/prompts/history", test_history);
  g_test_add_func("/prompts/saved", test_saved);
  g_test_add("/prompts/file", Place, NULL, place_new, test_file, place_free);
  g_test_add("/prompts/damaged", Place, NULL, place_new, test_damaged, place_free);
  g_test_add("/prompts/unwritable", Place, NULL, place_new, test_unwritable, place_free);
  return g_test_run();
}
