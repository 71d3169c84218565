/* The command line as people meet it: the real program is run. */
#include "tests/program.h"
#include <glib/gstdio.h>
#include <string.h>

/* The names of all commands, from the overview. */
static GPtrArray *
command_names(void)
{
  g_auto(Outcome) overview = run("--help", NULL);
  g_assert_cmpint(overview.status, ==, 0);
  GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
  char *list = strstr(overview.out, "COMMANDS\n");
  g_assert_nonnull(list);
  g_auto(GStrv) lines = g_strsplit(list, "\n", -1);
  for (char **line = lines + 1; **line; line++) {
    if (!g_str_has_prefix(*line, "       ") || g_ascii_isspace((*line)[7]))
      continue; /* the rest of a summary */
    const char *end = strstr(*line + 7, "  ");
    g_assert_nonnull(end);
    g_ptr_array_add(names, g_strndup(*line + 7, (gsize)(end - *line) - 7));
  }
  g_assert_cmpuint(names->len, >=, 3);
  return names;
}

static void
test_every_command_explains_itself(void)
{
  g_autoptr(GPtrArray) names = command_names();
  for (guint i = 0; i < names->len; i++) {
    g_auto(GStrv) words = g_strsplit(names->pdata[i], " ", 2);
    g_auto(Outcome) page =
        words[1] ? run(words[0], words[1], "--help", NULL) : run(words[0], "--help", NULL);
    g_auto(Outcome) same =
        words[1] ? run("help", words[0], words[1], NULL) : run("help", words[0], NULL);
    g_test_message("medct %s --help", (char *)names->pdata[i]);
    g_assert_cmpint(page.status, ==, 0);
    g_assert_cmpstr(page.err, ==, "");
    g_assert_cmpstr(page.out, ==, same.out);
    static const char *const parts[] = {"NAME\n", "SYNOPSIS\n", "DESCRIPTION\n", "OPTIONS\n",
                                        "EXIT STATUS\n"};
    for (gsize p = 0; p < G_N_ELEMENTS(parts); p++)
      assert_contains(page.out, parts[p]);
  }
}

static void
test_pages_fit_the_terminal(void)
{
  g_setenv("COLUMNS", "72", TRUE);
  g_auto(Outcome) page = run("score", "--help", NULL);
  g_unsetenv("COLUMNS");
  char *examples = strstr(page.out, "EXAMPLES");
  *examples = 0; /* examples are commands, which stay as written */
  g_auto(GStrv) lines = g_strsplit(page.out, "\n", -1);
  for (char **line = lines; *line; line++)
    g_assert_cmpint(g_utf8_strlen(*line, -1), <=, 72);
}

static void
expect_misuse(Outcome outcome, const char *message)
{
  g_assert_cmpint(outcome.status, ==, 2);
  g_assert_cmpstr(outcome.out, ==, "");
  if (!strstr(outcome.err, message))
    g_error("\"%s\" does not contain \"%s\"", outcome.err, message);
  outcome_clear(&outcome);
}

static void
test_wrong_usage(void)
{
  expect_misuse(run(NULL, NULL), "SYNOPSIS");
  expect_misuse(run("scroe", NULL), "did you mean \"score\"?");
  expect_misuse(run("xylophone", NULL), "unknown command \"xylophone\"\n");
  expect_misuse(run("--versoin", NULL), "unknown option --versoin");
  expect_misuse(run("model", NULL), "model random");
  expect_misuse(run("model", "rnadom", NULL), "did you mean \"model random\"?");
  expect_misuse(run("score", "a", "--jsn", NULL), "did you mean --json?");
  expect_misuse(run("score", "a", "--json=yes", NULL), "--json takes no value");
  expect_misuse(run("score", "a", "--model", NULL), "--model needs a value");
  expect_misuse(run("score", "a", "-Q", NULL), "unknown option -Q");
  expect_misuse(run("score", "--model", "m", NULL), "an argument is missing: VOLUME");
  expect_misuse(run("score", "a", NULL), "--model is missing");
  expect_misuse(run("score", "a", "-m", "m", "--threads", "0", NULL),
                "--threads is \"0\", expected a number from 1 to 1024");
  expect_misuse(run("score", "a", "-m", "m", "-tx", NULL), "--threads is \"x\"");
  expect_misuse(run("help", "score", "render", "help", NULL), "unexpected argument \"help\"");
  expect_misuse(run("render", "a", "--preset", "rainbow", NULL),
                "--preset is \"rainbow\", expected one of lung|");
}

static void
test_end_of_options(void)
{
  g_auto(Outcome) outcome = run("score", "-m", "no-model", "--", "--json", NULL);
  g_assert_cmpint(outcome.status, ==, 1); /* --json is a file name here */
  assert_contains(outcome.err, "medct score: no-model");
}

static void
test_version(void)
{
  g_auto(Outcome) outcome = run("--version", NULL);
  g_assert_cmpint(outcome.status, ==, 0);
  assert_contains(outcome.out, "MedCT 0.");
  assert_contains(outcome.out, "OpenBLAS");
  assert_contains(outcome.out, "not for diagnosis");
}

static gboolean
have(const char *program)
{
  g_autofree char *path = g_find_program_in_path(program);
  if (!path)
    g_test_skip("a program that this test needs is not installed");
  return path != NULL;
}

static char *
written(const char *name, const char *text)
{
  g_autofree char *folder = g_dir_make_tmp("medct-cli-XXXXXX", NULL);
  char *path = g_build_filename(folder, name, NULL);
  g_assert_true(g_file_set_contents(path, text, -1, NULL));
  return path;
}

static void
discard(const char *path)
{
  g_autofree char *folder = g_path_get_dirname(path);
  g_remove(path);
  g_rmdir(folder);
}

static void
test_manual_page(void)
{
  g_auto(Outcome) roff = run("help", "--man", NULL);
  g_assert_cmpint(roff.status, ==, 0);
  g_assert_true(g_str_has_prefix(roff.out, ".TH MEDCT 1"));
  if (!have("man") || !have("groff"))
    return;
  g_autofree char *path = written("medct.1", roff.out);
  g_setenv("MANWIDTH", "80", TRUE);
  g_setenv("LC_ALL", "C.UTF-8", TRUE);
  const char *words[] = {"man", "--warnings", "-E", "UTF-8", "-l", path, NULL};
  g_auto(Outcome) page = run_words(words);
  g_unsetenv("LC_ALL");
  discard(path);
  g_assert_cmpint(page.status, ==, 0);
  g_assert_cmpstr(page.err, ==, "");
  assert_contains(page.out, "medct score");
}

/* What bash offers after the words, space-separated. */
static char *
completions(const char *script, const char *words, int n)
{
  g_autofree char *program = g_strdup_printf(
      "source '%s'; COMP_WORDS=(%s); COMP_CWORD=%d; _medct 2>/dev/null; echo \"${COMPREPLY[*]}\"",
      script, words, n);
  const char *bash[] = {"bash", "-c", program, NULL};
  Outcome outcome = run_words(bash);
  g_assert_cmpint(outcome.status, ==, 0);
  g_free(outcome.err);
  return g_strchomp(outcome.out);
}

static void
test_completion(void)
{
  if (!have("bash"))
    return;
  g_auto(Outcome) script = run("help", "--bash-completion", NULL);
  g_autofree char *path = written("medct", script.out);
  g_autofree char *commands = completions(path, "medct sc", 1);
  g_assert_cmpstr(commands, ==, "score");
  g_autofree char *second = completions(path, "medct model ra", 2);
  g_assert_cmpstr(second, ==, "random");
  g_autofree char *option = completions(path, "medct score --pro", 2);
  g_assert_cmpstr(option, ==, "--prompt --prompts");
  g_autofree char *choice = completions(path, "medct render --preset bo", 3);
  g_assert_cmpstr(choice, ==, "bone");
  discard(path);
}

static void
test_no_window_system(void)
{
  if (!have("ldd"))
    return;
  const char *words[] = {"ldd", g_getenv("MEDCT_PROGRAM"), NULL};
  g_auto(Outcome) libraries = run_words(words);
  static const char *const unwanted[] = {"libgtk", "libadwaita", "libGL", "libepoxy", "libpython"};
  for (gsize i = 0; i < G_N_ELEMENTS(unwanted); i++)
    g_assert_null(strstr(libraries.out, unwanted[i]));
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/cli/every-command-explains-itself", test_every_command_explains_itself);
  g_test_add_func("/cli/pages-fit-the-terminal", test_pages_fit_the_terminal);
  g_test_add_func("/cli/wrong-usage", test_wrong_usage);
  g_test_add_func("/cli/end-of-options", test_end_of_options);
  g_test_add_func("/cli/version", test_version);
  g_test_add_func("/cli/manual-page", test_manual_page);
  g_test_add_func("/cli/completion", test_completion);
  g_test_add_func("/cli/no-window-system", test_no_window_system);
  return g_test_run();
}
