/* What the commands do with wrong words and with places that are taken: the exit status, the
 * message, and nothing lost or left behind. */
#include "tests/program.h"
#include "tests/test-home.h"
#include <string.h>

typedef struct {
  char *home, *model, *adapter, *cohort; /* the cohort is a folder */
} Files;

static char *
inside(const Files *f, const char *name)
{
  return g_build_filename(f->home, name, NULL);
}

static void
save(const char *path, const char *text)
{
  g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static void
files_make(Files *f)
{
  *f = (Files){.home = test_home_make()};
  f->model = inside(f, "model");
  f->adapter = inside(f, "adapter");
  f->cohort = inside(f, "cohort");
  const Outcome made[] = {
      run("model", "random", "--out", f->model, NULL),
      run("adapter", "new", "--model", f->model, "--out", f->adapter, NULL),
      run("phantom", "--out", f->cohort, "--spacing", "20", NULL),
  };
  for (gsize i = 0; i < G_N_ELEMENTS(made); i++) {
    g_assert_cmpint(made[i].status, ==, 0);
    outcome_clear((Outcome *)&made[i]);
  }
}

static void
files_clear(Files *f)
{
  g_free(f->model);
  g_free(f->adapter);
  g_free(f->cohort);
  test_home_remove(f->home);
}

static void
expect(const char *const *words, int status, const char *message)
{
  g_autoptr(GPtrArray) all = g_ptr_array_new();
  g_ptr_array_add(all, (gpointer)g_getenv("MEDCT_PROGRAM"));
  for (; *words; words++)
    g_ptr_array_add(all, (gpointer)*words);
  g_ptr_array_add(all, NULL);
  g_auto(Outcome) outcome = run_words((const char *const *)all->pdata);
  if (outcome.status != status || strstr(outcome.err, message) == NULL)
    g_error("expected %d and \"%s\", found %d and: %s", status, message, outcome.status,
            outcome.err);
  g_assert_cmpstr(outcome.out, ==, "");
  if (status == 2)
    assert_contains(outcome.err, "--help");
}

#define EXPECT(status, message, ...)                                                               \
  expect((const char *const[]){__VA_ARGS__, NULL}, status, message)

/* Wrong usage is 2 with the option, what was found and what is expected, before anything is done.
 */
static void
test_wrong_words(gconstpointer data)
{
  const Files *f = data;
  g_autofree char *table = g_build_filename(f->cohort, "cohort.csv", NULL);
  g_autofree char *out = inside(f, "out");
  EXPECT(2, "--cohort is missing", "train");
  EXPECT(2, "--model is missing", "eval", "-c", table);
  EXPECT(2, "--labels is missing", "metrics", "-s", table);
  EXPECT(2, "--model is missing", "adapter", "new", "-o", out);
  EXPECT(2, "--adapter is missing", "adapter", "merge", f->model, "-o", out);
  EXPECT(2, "--out is missing", "adapter", "unmerge", f->model, "-a", f->adapter);
  EXPECT(2, "--out is missing", "model", "random");
  EXPECT(2, "--reports is missing", "vocab", "-o", out);
  EXPECT(2, "--config is missing", "pretrain", "-o", out);
  EXPECT(2, "--rank is \"0\", expected a number from 1 to 1024", "train", "-c", table, "-m",
         f->model, "-o", out, "--rank", "0");
  EXPECT(2, "--threads is 1.5, expected a whole number", "train", "-c", table, "-m", f->model, "-o",
         out, "--threads", "1.5");
  EXPECT(2, "--lr is \"nan\"", "train", "-c", table, "-m", f->model, "-o", out, "--lr", "nan");
  EXPECT(2, "--rank is 2.5, expected a whole number", "adapter", "new", "-m", f->model, "-o", out,
         "-r", "2.5");
  EXPECT(2, "--bootstrap is 1.5, expected a whole number", "eval", "-c", table, "-m", f->model,
         "--bootstrap", "1.5");
  EXPECT(2, "--count is 1.5, expected a whole number", "phantom", "-o", out, "-n", "1.5");
  EXPECT(2, "--seed is 0.5, expected a whole number", "cohort", "split", table, "-o", out, "--seed",
         "0.5");
  EXPECT(2, "--size is 300.5, expected a whole number", "vocab", "-r", table, "-o", out, "-n",
         "300.5");
  g_assert_false(g_file_test(out, G_FILE_TEST_EXISTS));
}

static char *
read_all(const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename(folder, name, NULL);
  char *bytes = NULL;
  gsize n = 0;
  g_assert_true(g_file_get_contents(path, &bytes, &n, NULL));
  char *sum = g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guint8 *)bytes, n);
  g_free(bytes);
  return sum;
}

/* Nobody's work is replaced by a slip. */
static void
test_taken_places(gconstpointer data)
{
  const Files *f = data;
  g_autofree char *model = read_all(f->model, "model.safetensors");
  g_autofree char *adapter = read_all(f->adapter, "adapter_model.safetensors");
  g_autofree char *cohort = read_all(f->cohort, "cohort.csv");
  EXPECT(1, "model: holds a model already", "adapter", "merge", f->model, "-a", f->adapter, "-o",
         f->model);
  EXPECT(1, "model: holds a model already", "model", "random", "--seed", "9", "-o", f->model);
  EXPECT(1, "adapter: holds an adapter already", "adapter", "new", "-m", f->model, "-o", f->adapter,
         "--seed", "9");
  EXPECT(1, "cohort.csv: it is there already", "phantom", "-o", f->cohort, "--spacing", "20",
         "--seed", "9");
  g_autofree char *same_model = read_all(f->model, "model.safetensors");
  g_autofree char *same_adapter = read_all(f->adapter, "adapter_model.safetensors");
  g_autofree char *same_cohort = read_all(f->cohort, "cohort.csv");
  g_assert_cmpstr(same_model, ==, model);
  g_assert_cmpstr(same_adapter, ==, adapter);
  g_assert_cmpstr(same_cohort, ==, cohort);
  g_auto(Outcome) forced =
      run("phantom", "-o", f->cohort, "--spacing", "20", "--seed", "9", "--force", NULL);
  g_assert_cmpint(forced.status, ==, 0);
}

/* Files that are missing, empty, or no text: the message names them. */
static void
test_bad_files(gconstpointer data)
{
  const Files *f = data;
  g_autofree char *empty = inside(f, "empty"), *junk = inside(f, "junk"), *out = inside(f, "out");
  g_autofree char *header = inside(f, "header.csv"), *nowhere = inside(f, "nowhere");
  g_autofree char *broken = inside(f, "broken.json"), *table = inside(f, "one.csv");
  save(empty, "");
  save(junk, "\xff\xfe\x01 no text");
  save(header, "volume,Lung nodule\n");
  save(table, "volume,split,report\na.nii,test,Words of a held-out report.\n");
  save(broken, "{\"patients\": ");
  EXPECT(1, "empty: the table is empty", "cohort", "check", empty);
  EXPECT(1, "junk: the table is in another encoding", "train", "-c", junk, "-m", f->model, "-o",
         out);
  EXPECT(1, "header.csv: no rows are in it", "metrics", "-s", header, "-l", header);
  EXPECT(1, "empty: no words are in it", "vocab", "-r", empty, "-o", out);
  EXPECT(1, "one.csv: no words are in it", "vocab", "-r", table, "-o", out);
  EXPECT(1, "junk: the text is not UTF-8", "vocab", "-r", junk, "-o", out);
  EXPECT(1, "broken.json: JSON is not valid", "pretrain", "-c", broken, "-o", out);
  EXPECT(1, "nowhere: no such folder", "adapter", "merge", f->model, "-a", nowhere, "-o", out);
  EXPECT(1, "junk: ", "adapter", "new", "-m", junk, "-o", out);
  EXPECT(1, "adapter: cannot be written: it is a folder", "vocab", "-r", broken, "-o", f->adapter);
  g_assert_false(g_file_test(out, G_FILE_TEST_EXISTS));
}

/* A recipe that says what nothing reads would train for an hour beside what was meant. */
static void
test_recipes(gconstpointer data)
{
  const Files *f = data;
  static const struct {
    const char *text, *message;
  } cases[] = {
      {"[]", "the file is something else, expected a JSON object"},
      {"{\"codebok\": 64}", "a setting is \"codebok\", expected name, dim"},
      {"{\"pretrain\": 3}", "pretrain is something else, expected an object"},
      {"{\"pretrain\": {\"warmup\": 3}}", "pretrain is \"warmup\", expected seed, warm_up"},
      {"{\"pretrain\": {\"dense\": {\"lr\": 0}}}", "lr is 0, expected 1e-09 to 1"},
      {"{\"pretrain\": {\"text\": {\"batch\": 0}}}", "batch is 0, expected a whole number from 1"},
      {"{\"patients\": {\"train\": 1.5}}", "train is 1.5, expected a whole number from 2"},
      {"{\"withheld\": [\"Cough\"]}", "withheld is Cough, expected names of pathologies"},
  };
  g_autofree char *recipe = inside(f, "recipe.json"), *out = inside(f, "pretrained");
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    save(recipe, cases[i].text);
    EXPECT(1, cases[i].message, "pretrain", "-c", recipe, "-o", out);
  }
  g_assert_false(g_file_test(out, G_FILE_TEST_EXISTS));
}

int
main(int argc, char **argv)
{
  Files files;
  g_test_init(&argc, &argv, NULL);
  files_make(&files);
  g_test_add_data_func("/refusals/wrong-words", &files, test_wrong_words);
  g_test_add_data_func("/refusals/bad-files", &files, test_bad_files);
  g_test_add_data_func("/refusals/recipes", &files, test_recipes);
  g_test_add_data_func("/refusals/taken-places", &files, test_taken_places);
  int status = g_test_run();
  files_clear(&files);
  return status;
}
