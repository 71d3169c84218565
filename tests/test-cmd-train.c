/* medct train: learns, writes what it says, and survives being killed at any moment. */
#include "model/adapter.h"
#include "model/json.h"
#include "tests/program.h"
#include "tests/test-home.h"
#include "tests/train-cohort.h"
#include <glib/gstdio.h>
#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

typedef struct {
  char *folder, *cohort, *model, *out;
} Files;

static void
set_up(Files *files, gconstpointer data)
{
  files->folder = g_dir_make_tmp("medct-train-XXXXXX", NULL);
  files->cohort = g_build_filename(files->folder, "cohort.csv", NULL);
  files->model = g_build_filename(files->folder, "model", NULL);
  files->out = g_build_filename(files->folder, "adapter", NULL);
  train_cohort_make(files->folder);
}

static void
tear_down(Files *files, gconstpointer data)
{
  test_home_remove(g_steal_pointer(&files->folder));
  g_free(files->cohort);
  g_free(files->model);
  g_free(files->out);
}

/* The command with what all runs here have in common; ends with NULL. */
static GPtrArray *
command(const Files *files, const char *out, const char *const *more)
{
  const char *const words[] = {g_getenv("MEDCT_PROGRAM"),
                               "train",
                               "-c",
                               files->cohort,
                               "-m",
                               files->model,
                               "-o",
                               out,
                               "--lr",
                               "3e-3",
                               "--batch",
                               "4",
                               "--accumulate",
                               "1",
                               "--patience",
                               "0",
                               "--threads",
                               "2"};
  GPtrArray *all = g_ptr_array_new();
  for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
    g_ptr_array_add(all, (gpointer)words[i]);
  for (; *more; more++)
    g_ptr_array_add(all, (gpointer)*more);
  g_ptr_array_add(all, NULL);
  return all;
}

#define MORE(...) ((const char *const[]){__VA_ARGS__, NULL})

static Outcome
train(const Files *files, const char *out, const char *const *more)
{
  g_autoptr(GPtrArray) words = command(files, out, more);
  return run_words((const char *const *)words->pdata);
}

/* Ends it with a signal `ms` after `path` (NULL: its start) is there; TRUE when it had ended by
 * itself, without a fault. */
static gboolean
train_interrupted(const Files *files, const char *const *more, int signal_number, const char *path,
                  guint ms, int *status)
{
  g_autoptr(GPtrArray) words = command(files, files->out, more);
  GPid pid;
  g_autoptr(GError) error = NULL;
  g_spawn_async(NULL, (char **)words->pdata, NULL,
                G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL,
                NULL, NULL, &pid, &error);
  g_assert_no_error(error);
  for (int i = 0; path && i < 600 && !g_file_test(path, G_FILE_TEST_EXISTS); i++)
    g_usleep(100000);
  g_usleep(ms * 1000);
  kill(pid, signal_number);
  waitpid(pid, status, 0);
  return WIFEXITED(*status) && WEXITSTATUS(*status) == 0;
}

static void
assert_same_file(const char *one, const char *two, const char *name)
{
  g_autofree char *a = g_build_filename(one, name, NULL), *b = g_build_filename(two, name, NULL);
  g_autofree char *x = NULL, *y = NULL;
  gsize n = 0, m = 0;
  g_assert_true(g_file_get_contents(a, &x, &n, NULL));
  g_assert_true(g_file_get_contents(b, &y, &m, NULL));
  g_assert_cmpmem(x, n, y, m);
}

/* records.jsonl: every step once and in order; the AUROCs. Checks each line's members. */
static GArray *
read_records(const char *out, guint steps)
{
  g_autofree char *path = g_build_filename(out, "records.jsonl", NULL), *text = NULL;
  GArray *aurocs = g_array_new(FALSE, FALSE, sizeof(double));
  gint64 step = 0;
  g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
  g_auto(GStrv) lines = g_strsplit(g_strchomp(text), "\n", -1);
  for (char **line = lines; *line; line++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(JsonNode) node = medct_json_parse(*line, strlen(*line), "record", &error);
    g_assert_no_error(error);
    JsonObject *o = json_node_get_object(node);
    if (json_object_has_member(o, "loss")) {
      static const char *const names[] = {"epoch", "loss", "lr", "grad_norm", "seconds"};
      g_assert_cmpint(json_object_get_int_member(o, "step"), ==, ++step);
      for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
        g_assert_true(json_object_has_member(o, names[i]));
    } else {
      double auroc = json_object_get_double_member(o, "val_auroc");
      JsonArray *interval = json_object_get_array_member(o, "interval");
      g_assert_cmpfloat(json_array_get_double_element(interval, 0), <=, auroc);
      g_assert_cmpfloat(json_array_get_double_element(interval, 1), >=, auroc);
      g_assert_true(json_object_has_member(o, "val_loss"));
      g_assert_cmpuint(json_object_get_size(json_object_get_object_member(o, "classes")), ==, 2);
      g_array_append_val(aurocs, auroc);
    }
  }
  g_assert_cmpint(step, ==, steps);
  return aurocs;
}

static gboolean
is_there(const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename(folder, name, NULL);
  return g_file_test(path, G_FILE_TEST_EXISTS);
}

static void
test_learns(Files *files, gconstpointer data)
{
  g_auto(Outcome) plan = train(files, files->out, MORE("--plan", "--preset", "full"));
  g_assert_cmpint(plan.status, ==, 0);
  assert_contains(plan.out, "Trains 40,960 numbers beside the model's 926,309 (4.42 %)");
  assert_contains(plan.out, "\nAbout ");
  g_auto(Outcome) done = train(files, files->out, MORE("--epochs", "6"));
  g_assert_cmpstr(done.err, ==, "");
  g_assert_cmpint(done.status, ==, 0);
  assert_contains(done.out, "20 volumes to learn from, 10 to measure on");
  g_autoptr(GArray) aurocs = read_records(files->out, 30);
  double top = 0;
  for (guint i = 1; i < aurocs->len; i++)
    top = fmax(top, g_array_index(aurocs, double, i));
  g_test_message("AUROC %.3f to %.3f", g_array_index(aurocs, double, 0), top);
  g_assert_cmpfloat(top, >, g_array_index(aurocs, double, 0) + 0.15);
  g_assert_false(is_there(files->out, "best-so-far"));
  g_assert_false(is_there(files->out, "training.lock"));
  g_autofree char *volume = g_build_filename(files->folder, "v21.nii.gz", NULL);
  g_auto(Outcome) scored = run("score", volume, "-m", files->model, "-a", files->out, NULL);
  g_assert_cmpint(scored.status, ==, 0);
  g_auto(Outcome) again = train(files, files->out, MORE("--epochs", "6"));
  g_assert_cmpint(again.status, ==, 1);
  assert_contains(again.err, "holds a finished adapter already");
}

/* kill −9 at random moments, then to the end: the same bytes, every step once. */
static void
test_killed(Files *files, gconstpointer data)
{
  const char *const *more = MORE("--epochs", "12", "--resume", "--dropout", "0.1");
  g_autofree char *whole = g_build_filename(files->folder, "whole", NULL);
  int status = 0, kills = 0;
  gint64 start = g_get_monotonic_time();
  g_auto(Outcome) reference = train(files, whole, more);
  guint ms = (guint)((g_get_monotonic_time() - start) / 1000);
  g_assert_cmpint(reference.status, ==, 0);
  g_assert_cmpstr(reference.err, ==,
                  "medct train: there is no checkpoint to go on from: the training begins at the "
                  "first step\n");
  for (; kills < 6; kills++)
    if (train_interrupted(files, more, SIGKILL, NULL,
                          (guint)g_test_rand_int_range(20, 20 + (int)(ms / 2)), &status))
      break;
  /* The last kill may have come when all was written. */
  if (is_there(files->out, "checkpoints") || !is_there(files->out, "adapter_model.safetensors")) {
    g_auto(Outcome) rest = train(files, files->out, more);
    g_test_message("then: status %d %s", rest.status, rest.err);
    g_assert_cmpint(rest.status, ==, 0);
  }
  g_test_message("%d kills of a run of %u ms", kills, ms);
  assert_same_file(whole, files->out, "adapter_model.safetensors");
  assert_same_file(whole, files->out, "adapter_config.json");
  g_autoptr(GArray) aurocs = read_records(files->out, 60);
  g_assert_cmpuint(aurocs->len, ==, 13);
}

static void
test_interrupted(Files *files, gconstpointer data)
{
  g_autofree char *checkpoints = g_build_filename(files->out, "checkpoints", NULL);
  const char *const *more = MORE("--epochs", "100000", "--preset", "quick");
  int status = 0;
  g_assert_false(train_interrupted(files, more, SIGINT, checkpoints, 100, &status));
  g_assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
  g_assert_true(g_file_test(checkpoints, G_FILE_TEST_IS_DIR));
  g_auto(Outcome) slip = train(files, files->out, more);
  g_assert_cmpint(slip.status, ==, 1);
  assert_contains(slip.err, "--resume goes on with it");
  g_auto(Outcome) other = train(files, files->out, MORE("--epochs", "3", "--resume"));
  g_assert_cmpint(other.status, ==, 1);
  assert_contains(other.err, "other options");
}

/* A folder that is being trained in is refused, with who does it; one that a killed program left
 * is not. What is best so far can be tried meanwhile. */
static void
test_two_at_once(Files *files, gconstpointer data)
{
  const char *const *more = MORE("--epochs", "100000", "--preset", "quick");
  const char *const *other = MORE("--epochs", "3", "--resume");
  g_autofree char *best =
      g_build_filename(files->out, "best-so-far", "adapter_model.safetensors", NULL);
  g_autoptr(GPtrArray) words = command(files, files->out, more);
  GPid pid;
  g_autoptr(GError) error = NULL;
  g_spawn_async(NULL, (char **)words->pdata, NULL,
                G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, &pid, &error);
  g_assert_no_error(error);
  for (int i = 0; i < 600 && !g_file_test(best, G_FILE_TEST_EXISTS); i++)
    g_usleep(100000);
  g_autofree char *who = g_strdup_printf("(process %d): wait until it has ended", pid);
  g_auto(Outcome) second = train(files, files->out, other);
  kill(pid, SIGKILL); /* before anything here can fail */
  waitpid(pid, NULL, 0);
  g_assert_true(g_file_test(best, G_FILE_TEST_EXISTS));
  g_assert_cmpint(second.status, ==, 1);
  assert_contains(second.err, who);
  g_assert_true(is_there(files->out, "training.lock")); /* of the dead */
  g_auto(Outcome) third = train(files, files->out, other);
  g_assert_cmpint(third.status, ==, 1);
  assert_contains(third.err, "other options"); /* it got further */
  g_assert_false(is_there(files->out, "training.lock"));
  g_autofree char *folder = g_path_get_dirname(best);
  g_autofree char *volume = g_build_filename(files->folder, "v21.nii.gz", NULL);
  g_auto(Outcome) scored = run("score", volume, "-m", files->model, "-a", folder, NULL);
  g_assert_cmpint(scored.status, ==, 0);
}

/* A place for records that cannot be written costs the records, not the training. */
static void
test_without_records(Files *files, gconstpointer data)
{
  g_autofree char *records = g_build_filename(files->out, "records.jsonl", NULL);
  g_assert_cmpint(g_mkdir_with_parents(records, 0700), ==, 0);
  g_auto(Outcome) done = train(files, files->out, MORE("--epochs", "1", "--preset", "quick"));
  g_assert_cmpint(done.status, ==, 0);
  g_assert_cmpstr(done.err, ==,
                  "medct train: records.jsonl: cannot be written: it is a folder, expected a file. "
                  "Records may be missing from here on; training goes on.\n");
  g_assert_true(is_there(files->out, "adapter_model.safetensors"));
}

/* Each of the options reaches the training: the adapter is another one. */
static void
test_augmentation(Files *files, gconstpointer data)
{
  static const char *const options[] = {NULL, "--shift=2", "--noise=100", "--offset=100"};
  char *adapters[G_N_ELEMENTS(options)];
  gsize sizes[G_N_ELEMENTS(options)];
  for (gsize i = 0; i < G_N_ELEMENTS(options); i++) {
    g_autofree char *out = g_strdup_printf("%s-%u", files->out, (guint)i);
    g_autofree char *path = g_build_filename(out, "adapter_model.safetensors", NULL);
    g_auto(Outcome) outcome =
        train(files, out, MORE("--epochs", "1", "--preset", "full", options[i]));
    g_assert_cmpint(outcome.status, ==, 0);
    g_assert_true(g_file_get_contents(path, &adapters[i], &sizes[i], NULL));
    for (gsize j = 0; j < i; j++)
      g_assert_true(sizes[i] == sizes[j] && memcmp(adapters[i], adapters[j], sizes[i]) != 0);
  }
  for (gsize i = 0; i < G_N_ELEMENTS(options); i++)
    g_free(adapters[i]);
}

static void
test_refusals(Files *files, gconstpointer data)
{
  g_auto(Outcome) missing = run("train", "-m", files->model, "-o", files->out, NULL);
  g_assert_cmpint(missing.status, ==, 2);
  assert_contains(missing.err, "--cohort is missing");
  g_auto(Outcome) clip = train(files, files->out, MORE("--objective", "clip", "--batch", "1"));
  g_assert_cmpint(clip.status, ==, 1);
  assert_contains(clip.err, "batch of at least 2");
  g_auto(Outcome) rank = train(files, files->out, MORE("--rank", "2.5"));
  g_assert_cmpint(rank.status, ==, 2);
  assert_contains(rank.err, "--rank is 2.5, expected a whole number");
  g_auto(Outcome) below = train(files, files->out, MORE("--noise", "-1"));
  g_assert_cmpint(below.status, ==, 2);
  assert_contains(below.err, "--noise is \"-1\"");
  g_auto(Outcome) words = train(files, files->out, MORE("--preset", "quick", "--shift", "1"));
  g_assert_cmpint(words.status, ==, 1);
  assert_contains(words.err, "no image layer is adapted");
  g_autofree char *volume = g_build_filename(files->folder, "v03.nii.gz", NULL);
  g_unlink(volume);
  g_auto(Outcome) gone = train(files, files->out, MORE("--epochs", "1"));
  g_assert_cmpint(gone.status, ==, 1);
  assert_contains(gone.err, "1 of the cohort's volumes is not there: v03.nii.gz");
}

#define ADD(path, function) g_test_add(path, Files, NULL, set_up, function, tear_down)

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  char *home = test_home_make();
  ADD("/cmd-train/learns", test_learns);
  ADD("/cmd-train/killed", test_killed);
  ADD("/cmd-train/interrupted", test_interrupted);
  ADD("/cmd-train/two-at-once", test_two_at_once);
  ADD("/cmd-train/without-records", test_without_records);
  ADD("/cmd-train/augmentation", test_augmentation);
  ADD("/cmd-train/refusals", test_refusals);
  int status = g_test_run();
  test_home_remove(home);
  return status;
}
