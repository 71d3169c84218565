/* Where a command writes is looked at before anything is opened or computed: a place that cannot be
 * is refused at once, though the inputs are not there either, and nothing is left behind. */
#include "tests/program.h"
#include "tests/test-home.h"
#include <glib/gstdio.h>
#include <string.h>

enum { MOST_WORDS = 10 };
#define NOT "not-there" /* an input */

/* %s: the place. */
static const struct {
  const char *name, *words[MOST_WORDS], *place;
} commands[] = {
    {"score-map", {"score", NOT, "-m", NOT, "--map", "%s"}, "maps"},
    {"score-report", {"score", NOT, "-m", NOT, "--report", "%s"}, "report.pdf"},
    {"eval-scores", {"eval", "-c", NOT, "-m", NOT, "--scores", "%s"}, "scores.csv"},
    {"eval-plots", {"eval", "-c", NOT, "-m", NOT, "--plots", "%s"}, "plots"},
    {"render", {"render", NOT, "-o", "%s"}, "chest.png"},
    {"preprocess", {"preprocess", NOT, "-o", "%s"}, "chest.safetensors"},
    {"train", {"train", "-c", NOT, "-m", NOT, "-o", "%s"}, "adapter"},
    {"phantom", {"phantom", "--spacing", "20", "-o", "%s"}, "cohort"},
    {"model-convert", {"model", "convert", NOT, "%s"}, "model.safetensors"},
    {"model-random", {"model", "random", "-o", "%s"}, "model"},
    {"adapter-new", {"adapter", "new", "-m", NOT, "-o", "%s"}, "adapter"},
    {"adapter-merge", {"adapter", "merge", NOT, "-a", NOT, "-o", "%s"}, "merged"},
    {"adapter-unmerge", {"adapter", "unmerge", NOT, "-a", NOT, "-o", "%s"}, "model"},
    {"cohort-split", {"cohort", "split", NOT, "-o", "%s"}, "cohort.csv"},
    {"vocab", {"vocab", "-r", NOT, "-o", "%s"}, "vocab.txt"},
    {"pretrain", {"pretrain", "-c", NOT, "-o", "%s"}, "model"},
    {"demo-experiment", {"demo", "experiment", "-m", NOT, "-o", "%s"}, "experiment"},
};

static Outcome
run_into(gsize command, const char *place)
{
  const char *words[MOST_WORDS + 2] = {g_getenv("MEDCT_PROGRAM")};
  for (gsize i = 0; i < MOST_WORDS && commands[command].words[i] != NULL; i++)
    words[i + 1] =
        g_str_equal(commands[command].words[i], "%s") ? place : commands[command].words[i];
  return run_words(words);
}

/* Below a file there can be neither a file nor a folder. */
static void
test_below_a_file(gconstpointer data)
{
  gsize command = GPOINTER_TO_SIZE(data);
  g_autofree char *folder = g_dir_make_tmp("medct-place-XXXXXX", NULL);
  g_autofree char *file = g_build_filename(folder, "file", NULL);
  g_autofree char *place = g_build_filename(file, commands[command].place, NULL), *text = NULL;
  g_autofree char *expected = g_strdup_printf("%s: ", commands[command].place);
  g_assert_true(g_file_set_contents(file, "kept", 4, NULL));
  g_auto(Outcome) refused = run_into(command, place);
  g_test_message("%s", refused.err);
  g_assert_cmpint(refused.status, ==, 1);
  assert_contains(refused.err, expected);
  assert_contains(refused.err, "Not a directory");
  g_assert_null(strstr(refused.err, NOT));
  g_assert_true(g_file_get_contents(file, &text, NULL, NULL));
  g_assert_cmpstr(text, ==, "kept");
  test_home_remove(g_steal_pointer(&folder));
}

/* A place that will do is not touched: what is missing is said of the inputs. */
static void
test_good_places_stay(void)
{
  for (gsize c = 0; c < G_N_ELEMENTS(commands); c++) {
    const char *const *words = commands[c].words;
    if (!g_strv_contains(words, NOT))
      continue;
    g_autofree char *folder = g_dir_make_tmp("medct-place-XXXXXX", NULL);
    g_autofree char *place = g_build_filename(folder, commands[c].place, NULL);
    g_auto(Outcome) refused = run_into(c, place);
    g_test_message("%s: %s", commands[c].name, refused.err);
    g_assert_cmpint(refused.status, ==, 1);
    assert_contains(refused.err, NOT);
    g_assert_cmpint(g_rmdir(folder), ==, 0);
  }
}

static void
test_folder_that_is_missing(void)
{
  g_auto(Outcome) refused =
      run("eval", "-c", NOT, "-m", NOT, "--scores", "no/such/folder/scores.csv", NULL);
  g_assert_cmpint(refused.status, ==, 1);
  g_assert_cmpstr(refused.err, ==,
                  "medct eval: scores.csv: cannot be written: its folder does not exist, make it "
                  "first\n");
}

/* What is read is not written over; only weights may be converted in their place. */
static void
test_input_as_output(void)
{
  static const gsize checked[] = {2, 4, 5, 14};
  g_autofree char *folder = g_dir_make_tmp("medct-place-XXXXXX", NULL);
  g_autofree char *file = g_build_filename(folder, "input", NULL), *text = NULL;
  g_assert_true(g_file_set_contents(file, "kept", 4, NULL));
  for (gsize i = 0; i < G_N_ELEMENTS(checked); i++) {
    const char *words[MOST_WORDS + 2] = {g_getenv("MEDCT_PROGRAM")};
    for (gsize w = 0; w < MOST_WORDS && commands[checked[i]].words[w] != NULL; w++) {
      const char *word = commands[checked[i]].words[w];
      words[w + 1] = g_str_equal(word, "%s") || g_str_equal(word, NOT) ? file : word;
    }
    g_auto(Outcome) refused = run_words(words);
    g_test_message("%s: %s", commands[checked[i]].name, refused.err);
    g_assert_cmpint(refused.status, >, 0);
    assert_contains(refused.err, "input: is read by the same command and would be overwritten");
  }
  g_assert_true(g_file_get_contents(file, &text, NULL, NULL));
  g_assert_cmpstr(text, ==, "kept");
  test_home_remove(g_steal_pointer(&folder));
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  char *home = test_home_make();
  for (gsize c = 0; c < G_N_ELEMENTS(commands); c++) {
    g_autofree char *path = g_strdup_printf("/output-places/below-a-file/%s", commands[c].name);
    g_test_add_data_func(path, GSIZE_TO_POINTER(c), test_below_a_file);
  }
  g_test_add_func("/output-places/good-places-stay", test_good_places_stay);
  g_test_add_func("/output-places/folder-that-is-missing", test_folder_that_is_missing);
  g_test_add_func("/output-places/input-as-output", test_input_as_output);
  int status = g_test_run();
  test_home_remove(home);
  return status;
}
