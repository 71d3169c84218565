/* The runs of the Train page: their files, what is made of damaged ones, the table that is
 * exported, deleting. */
#include "app/train-runs.h"
#include "model/folder_lock.h"
#include "plugins/training.h"
#include "tests/test-home.h"
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#define assert_contains(text, part) g_assert_nonnull(strstr(text, part))

static const char *const classes[] = {"Lung nodule", "=\"Odd\", one", NULL};

static char *
made_folder(void)
{
  return g_dir_make_tmp("medct-runs-XXXXXX", NULL);
}

static void
put(const char *folder, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename(folder, name, NULL);
  g_autofree char *parent = g_path_get_dirname(path);
  g_assert_cmpint(g_mkdir_with_parents(parent, 0700), ==, 0);
  g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static gboolean
is_there(const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename(folder, name, NULL);
  return g_file_test(path, G_FILE_TEST_EXISTS);
}

static MedctTrainRun *
added(GPtrArray *runs, const char *folder, guint32 preset)
{
  const MedctTrainWish wish = {.preset = preset,
                               .objective = 2,
                               .epochs = 7,
                               .rank = 8,
                               .alpha = 12.5,
                               .dropout = NAN,
                               .lr = 3e-4,
                               .seed = 11};
  g_autoptr(GError) error = NULL;
  MedctTrainRun *run = medct_train_runs_add(runs, folder, "/c/cohort.csv", "/m", &wish, &error);
  g_assert_no_error(error);
  return run;
}

/* ---- run.json ------------------------------------------------------------------------------ */

static void
test_round_trip(void)
{
  char *folder = made_folder();
  g_autoptr(GPtrArray) runs = medct_train_runs_load(folder);
  g_autoptr(GError) error = NULL;
  g_assert_cmpuint(runs->len, ==, 0);
  MedctTrainRun *run = added(runs, folder, 2);
  g_assert_cmpstr(run->name, ==, "Balanced 1");
  g_free(run->note);
  run->note = g_strdup("second reader, \"quoted\"");
  run->state = MEDCT_RUN_DONE;
  run->trainable = 1343488;
  run->n_steps = 480;
  g_assert_true(medct_train_run_save(run, &error));
  g_autoptr(MedctTrainRun) read = medct_train_run_load(run->folder, &error);
  g_assert_no_error(error);
  g_assert_cmpstr(read->name, ==, "Balanced 1");
  g_assert_cmpstr(read->note, ==, run->note);
  g_assert_cmpstr(read->cohort, ==, "/c/cohort.csv");
  g_assert_cmpint(read->state, ==, MEDCT_RUN_DONE);
  g_assert_cmpuint(read->trainable, ==, 1343488);
  g_assert_cmpuint(read->n_steps, ==, 480);
  g_assert_cmpuint(read->wish.epochs, ==, 7);
  g_assert_cmpfloat(read->wish.alpha, ==, 12.5);
  g_assert_true(isnan(read->wish.dropout));
  g_assert_cmpfloat(read->wish.lr, ==, 3e-4);
  test_home_remove(folder);
}

/* What a killed program left running or waiting is unfinished, and offered. */
static void
test_left(void)
{
  char *folder = made_folder();
  g_autoptr(GPtrArray) runs = medct_train_runs_load(folder);
  MedctTrainRun *run = added(runs, folder, 1);
  const MedctRunState states[] = {MEDCT_RUN_RUNNING, MEDCT_RUN_QUEUED};
  for (gsize n = 0; n < G_N_ELEMENTS(states); n++) {
    run->state = states[n];
    g_assert_true(medct_train_run_save(run, NULL));
    g_autoptr(MedctTrainRun) read = medct_train_run_load(run->folder, NULL);
    g_assert_cmpint(read->state, ==, MEDCT_RUN_LEFT);
    g_assert_true(medct_train_run_can_resume(read));
  }
  test_home_remove(folder);
}

static void
test_damaged(void)
{
  static const char *const bad[] = {"",
                                    "{",
                                    "[]",
                                    "{\"preset\": 9}",
                                    "{\"preset\": \"one\"}",
                                    "{\"epochs\": -1}",
                                    "{\"lr\": \"fast\"}",
                                    "{\"steps\": 1e300}"};
  char *folder = made_folder();
  for (gsize n = 0; n < G_N_ELEMENTS(bad); n++) {
    g_autoptr(GError) error = NULL;
    g_autofree char *name = g_strdup_printf("bad-%u/run.json", (guint)n);
    g_autofree char *path = g_strdup_printf("%s/bad-%u", folder, (guint)n);
    put(folder, name, bad[n]);
    g_assert_null(medct_train_run_load(path, &error));
    g_assert_nonnull(error);
  }
  put(folder, "something/else.txt", "no run");
  g_autoptr(GPtrArray) runs = medct_train_runs_load(folder);
  g_assert_cmpuint(runs->len, ==, 0);
  /* A folder that holds something else is not taken for a new run. */
  put(folder, "full-1/else.txt", "no run");
  g_assert_cmpstr(added(runs, folder, 3)->name, ==, "Full 2");
  g_assert_cmpstr(added(runs, folder, 1)->name, ==, "Quick 3");
  test_home_remove(folder);
}

/* ---- records ------------------------------------------------------------------------------- */

static const char records[] =
    "{\"step\":0,\"epoch\":0,\"val_loss\":0.7,\"val_auroc\":0.5,\"interval\":[0.4,0.6],"
    "\"classes\":{\"Lung nodule\":0.5,\"=\\\"Odd\\\", one\":null},\"best\":true}\n"
    "{\"step\":1,\"epoch\":1,\"loss\":0.6,\"lr\":0.0001,\"grad_norm\":1,\"seconds\":2}\n"
    "{\"step\":2,\"epoch\":1,\"loss\":0.4,\"lr\":0.0002,\"grad_norm\":1,\"seconds\":4}\n"
    "not json\n"
    "{\"step\":2,\"epoch\":1,\"loss\":9,\"lr\":9,\"seconds\":9}\n"
    "{\"step\":\"three\",\"loss\":9}\n"
    "{\"step\":2,\"epoch\":1,\"val_loss\":0.5,\"val_auroc\":0.75,\"interval\":[0.6,0.9],"
    "\"classes\":{\"Lung nodule\":0.75,\"=\\\"Odd\\\", one\":1},\"best\":true}\n"
    "{\"step\":3,\"epoch\":2,\"loss\":0.3,\"lr\":0.0001,\"grad_norm\":1,\"seconds\":3}\n"
    "{\"step\":4,\"epoch\":2,\"lo"; /* cut short */

static void
test_records(void)
{
  char *folder = made_folder();
  g_autoptr(GPtrArray) runs = medct_train_runs_load(folder);
  MedctTrainRun *made = added(runs, folder, 1);
  put(made->folder, "records.jsonl", records);
  g_autoptr(MedctTrainRun) run = medct_train_run_load(made->folder, NULL);
  g_assert_cmpuint(run->steps->len, ==, 3);
  g_assert_cmpuint(run->evaluations->len, ==, 2);
  g_assert_cmpuint(run->classes->len, ==, 2);
  g_assert_cmpfloat_with_epsilon(medct_train_run_loss(run), (0.6 + 0.4 + 0.3) / 3, 1e-12);
  g_assert_cmpfloat(medct_train_run_pace(run), ==, 3); /* the median */
  g_assert_cmpfloat(medct_train_run_base(run)->auroc, ==, 0.5);
  g_assert_cmpfloat(medct_train_run_best(run)->auroc, ==, 0.75);
  g_assert_cmpfloat(medct_train_run_best(run)->high, ==, 0.9);
  g_assert_true(isnan(medct_train_run_class(run, 0, 1)));
  g_assert_cmpfloat(medct_train_run_class(run, 1, 1), ==, 1);
  /* It goes on from step 2: what came later is void. */
  const medct_train_record started = {
      .size = sizeof started, .kind = MEDCT_TRAIN_STARTED, .step = 2};
  medct_train_run_take(run, &started, classes);
  g_assert_cmpuint(run->steps->len, ==, 2);
  g_assert_cmpuint(run->evaluations->len, ==, 2);
  const medct_train_record step = {.size = sizeof step,
                                   .kind = MEDCT_TRAIN_STEP,
                                   .step = 3,
                                   .loss = 0.2,
                                   .lr = 1e-4,
                                   .seconds = 1};
  medct_train_run_take(run, &step, classes);
  g_assert_cmpuint(run->steps->len, ==, 3);
  test_home_remove(folder);
}

/* A line a step and an evaluation, each as wide as the header; a class name is only text. */
static void
test_csv(void)
{
  char *folder = made_folder();
  g_autoptr(GPtrArray) runs = medct_train_runs_load(folder);
  g_autoptr(GError) error = NULL;
  MedctTrainRun *made = added(runs, folder, 1);
  put(made->folder, "records.jsonl", records);
  g_autoptr(MedctTrainRun) run = medct_train_run_load(made->folder, NULL);
  g_autofree char *path = g_build_filename(folder, "charts.csv", NULL), *text = NULL;
  g_assert_true(medct_train_run_write_csv(run, path, &error));
  g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
  g_assert_cmpstr(text, ==,
                  "step,loss,lr,seconds,val_loss,val_auroc,val_auroc_low,val_auroc_high,"
                  "Lung nodule,\"'=\"\"Odd\"\", one\"\n"
                  "0,,,,0.69999999999999996,0.5,0.40000000000000002,0.59999999999999998,0.5,\n"
                  "1,0.59999999999999998,0.0001,2,,,,,,\n"
                  "2,0.40000000000000002,0.00020000000000000001,4,,,,,,\n"
                  "2,,,,0.5,0.75,0.59999999999999998,0.90000000000000002,0.75,1\n"
                  "3,0.29999999999999999,0.0001,3,,,,,,\n");
  g_assert_false(medct_train_run_write_csv(run, "/nowhere/charts.csv", &error));
  g_assert_error(error, MEDCT_ERROR, MEDCT_ERROR_IO);
  test_home_remove(folder);
}

/* ---- adapter, deleting --------------------------------------------------------------------- */

static void
test_adapter(void)
{
  char *folder = made_folder();
  g_autoptr(GPtrArray) runs = medct_train_runs_load(folder);
  MedctTrainRun *run = added(runs, folder, 3);
  run->state = MEDCT_RUN_STOPPED;
  g_assert_null(medct_train_run_adapter(run));
  put(run->folder, "best-so-far/adapter_model.safetensors", "");
  g_autofree char *best = medct_train_run_adapter(run);
  g_assert_true(g_str_has_suffix(best, "full-1/best-so-far"));
  put(run->folder, "adapter_model.safetensors", "");
  run->state = MEDCT_RUN_DONE;
  g_autofree char *done = medct_train_run_adapter(run);
  g_assert_cmpstr(done, ==, run->folder);
  test_home_remove(folder);
}

static void
test_remove(void)
{
  char *folder = made_folder();
  g_autoptr(GPtrArray) runs = medct_train_runs_load(folder);
  g_autoptr(GError) error = NULL;
  MedctTrainRun *run = added(runs, folder, 1), *other = added(runs, folder, 1);
  put(run->folder, "records.jsonl", records);
  put(run->folder, "best-so-far/adapter_model.safetensors", "");
  put(other->folder, "mine.txt", "a person's");
  put(run->folder, "records.jsonl.Xa19zQ", "half of it");
  put(run->folder, "checkpoints/step-3.tmp/state.safetensors", "half of it");
  MedctFolderLock *lock = medct_folder_lock_new(run->folder, MEDCT_TRAINING_LOCK, "wait", &error);
  g_assert_nonnull(lock);
  g_assert_false(medct_train_run_remove(run, &error)); /* it is being trained */
  assert_contains(error->message, "once that has ended");
  g_clear_error(&error);
  g_assert_true(is_there(run->folder, "run.json"));
  medct_folder_lock_free(lock);
  g_assert_true(medct_train_run_remove(run, &error));
  g_assert_false(is_there(folder, "quick-1"));
  g_assert_true(medct_train_run_remove(other, &error));
  g_assert_true(is_there(other->folder, "mine.txt"));
  g_assert_false(is_there(other->folder, "run.json"));
  test_home_remove(folder);
}

/* A run that stood in the queue is newer than the one that was being trained. */
static void
test_queue_left(void)
{
  char *folder = made_folder();
  g_autoptr(GPtrArray) runs = medct_train_runs_load(folder);
  g_autoptr(GError) error = NULL;
  MedctTrainRun *begun = added(runs, folder, 3), *next = added(runs, folder, 1);
  MedctTrainRun *last = added(runs, folder, 2);
  const MedctRunStep step = {.step = 1};
  g_array_append_val(begun->steps, step);
  begun->state = MEDCT_RUN_DONE;
  next->state = last->state = MEDCT_RUN_STOPPED;
  g_assert_null(medct_train_runs_left(runs));
  begun->state = next->state = last->state = MEDCT_RUN_LEFT;
  g_assert_true(medct_train_runs_left(runs) == begun);
  MedctFolderLock *lock = medct_folder_lock_new(begun->folder, MEDCT_TRAINING_LOCK, "wait", &error);
  g_assert_no_error(error);
  g_assert_true(medct_train_runs_left(runs) == next);
  medct_folder_lock_free(lock);
  test_home_remove(folder);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/train-runs/round-trip", test_round_trip);
  g_test_add_func("/train-runs/left", test_left);
  g_test_add_func("/train-runs/damaged", test_damaged);
  g_test_add_func("/train-runs/records", test_records);
  g_test_add_func("/train-runs/csv", test_csv);
  g_test_add_func("/train-runs/adapter", test_adapter);
  g_test_add_func("/train-runs/remove", test_remove);
  g_test_add_func("/train-runs/queue-left", test_queue_left);
  return g_test_run();
}
