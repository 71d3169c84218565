/* medct tokenize as scripts meet it: the real program is run. */
#include "tests/program.h"
#include <glib/gstdio.h>
#include <string.h>

/* ids 0 … : a vocabulary without weights beside it */
static const char vocabulary[] = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\npleural\neffusion\n.\n";

typedef struct {
  char *folder;
} Home;

static char *
put(const Home *home, const char *name, const char *bytes, gssize n)
{
  char *path = g_build_filename(home->folder, name, NULL);
  g_assert_true(g_file_set_contents(path, bytes, n, NULL));
  return path;
}

static void
home_set_up(Home *home, gconstpointer data)
{
  home->folder = g_dir_make_tmp("medct-tokenize-XXXXXX", NULL);
  g_free(put(home, "vocab.txt", vocabulary, -1));
}

static void
home_tear_down(Home *home, gconstpointer data)
{
  g_autoptr(GDir) dir = g_dir_open(home->folder, 0, NULL);
  const char *name;
  while ((name = g_dir_read_name(dir)) != NULL) {
    g_autofree char *path = g_build_filename(home->folder, name, NULL);
    g_unlink(path);
  }
  g_rmdir(home->folder);
  g_free(home->folder);
}

static void
expect(Outcome outcome, int status, const char *out, const char *part_of_err)
{
  g_assert_cmpstr(outcome.out, ==, out);
  if (!strstr(outcome.err, part_of_err) || outcome.status != status)
    g_error("status %d, \"%s\"; expected %d, \"%s\"", outcome.status, outcome.err, status,
            part_of_err);
  outcome_clear(&outcome);
}

static void
test_a_line_a_text(Home *home, gconstpointer data)
{
  g_autofree char *lines = put(home, "lines.txt", "\xEF\xBB\xBFPleural effusion.\r\n\nx", -1);
  g_autofree char *json = put(home, "lines.jsonl",
                              "{\"ids\": [1], \"text\": \"pleural\\nEFFUSION\"}\r\n\n"
                              "{\"text\": \"pleu\\u0000ral \\\\u0000\"}\n",
                              -1);
  expect(run("tokenize", "-m", home->folder, "effusion", "", NULL), 0, "2 6 3\n2 3\n", "");
  expect(run("tokenize", "-m", home->folder, "--file", lines, NULL), 0, "2 5 6 7 3\n2 3\n2 1 3\n",
         "");
  expect(run("tokenize", "-m", home->folder, ".", "--json-lines", json, "-f", lines, NULL), 0,
         "2 5 6 7 3\n2 3\n2 1 3\n2 5 6 3\n2 5 1 1 3\n2 7 3\n", "");
}

static void
test_long_texts_are_cut(Home *home, gconstpointer data)
{
  g_autofree char *dots = g_strnfill(1000, '.');
  g_auto(Outcome) outcome = run("tokenize", "-m", home->folder, dots, NULL);
  g_auto(GStrv) ids = g_strsplit(g_strchomp(outcome.out), " ", -1);
  g_assert_cmpuint(g_strv_length(ids), ==, 512);
  g_assert_cmpstr(ids[511], ==, "3");
}

/* Nothing is printed when one of many texts is refused, and the message says which. */
static void
test_refusals(Home *home, gconstpointer data)
{
  g_autofree char *latin = put(home, "latin.txt", "fine\nr\xE9sum\xE9\n", -1);
  g_autofree char *number = put(home, "number.jsonl", "{\"text\": \"a\"}\n{\"text\": 3}\n", -1);
  g_autofree char *other = put(home, "other.jsonl", "{\"prompt\": \"a\"}\n", -1);
  g_autofree char *broken = put(home, "broken.jsonl", "\n{\"text\": \"a\n", -1);
  const char *m = home->folder;
  expect(run("tokenize", "-m", m, "-f", latin, NULL), 1, "", "latin.txt line 2: the text is not");
  expect(run("tokenize", "-m", m, "--json-lines", number, NULL), 1, "", "number.jsonl line 2");
  expect(run("tokenize", "-m", m, "--json-lines", other, NULL), 1, "", "missing");
  expect(run("tokenize", "-m", m, "--json-lines", broken, NULL), 1, "", "broken.jsonl line 2");
  expect(run("tokenize", "-m", m, "\xFF", NULL), 1, "", "text 1: the text is not UTF-8");
  expect(run("tokenize", "-m", m, "-f", "/nowhere/a.txt", NULL), 1, "", "a.txt: cannot be read");
  expect(run("tokenize", "-m", "/nowhere", "a", NULL), 1, "", "vocab.txt");
  expect(run("tokenize", "-m", m, NULL), 2, "", "no text is given");
  expect(run("tokenize", "a", NULL), 2, "", "--model is missing");
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
#define ADD(path, test) g_test_add(path, Home, NULL, home_set_up, test, home_tear_down)
  ADD("/cmd-tokenize/lines", test_a_line_a_text);
  ADD("/cmd-tokenize/cut", test_long_texts_are_cut);
  ADD("/cmd-tokenize/refusals", test_refusals);
  return g_test_run();
}
