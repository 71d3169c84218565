/* A training beside other threads: paused, given other threads, finished and stopped while it runs;
 * what the host makes of a trainer that says nonsense. Also run under the thread sanitizer. */
#include "model/adapter.h"
#include "plugins/training.h"
#include "tests/test-home.h"
#include "tests/train-cohort.h"
#include <math.h>
#include <string.h>

typedef struct {
  char *folder, *out;
  MedctHost *host;
  MedctCohort *cohort;
  MedctTrainControl *control;
  guint epochs;
  GAsyncQueue *records; /* of medct_train_record, copied */
  GError *error;
  gint ended; /* atomic */
} Fixture;

static void
on_record(const medct_train_record *record, void *user_data)
{
  Fixture *f = user_data;
  medct_train_record *copy = g_memdup2(record, sizeof *record);
  copy->class_auroc = NULL; /* these two live for the call only */
  copy->message = NULL;
  g_async_queue_push(f->records, copy);
}

static void
set_up(Fixture *f, gconstpointer data)
{
  g_autofree char *table = NULL;
  *f = (Fixture){.folder = g_dir_make_tmp("medct-training-XXXXXX", NULL), .epochs = 1000};
  f->out = g_build_filename(f->folder, "adapter", NULL);
  table = g_build_filename(f->folder, "cohort.csv", NULL);
  train_cohort_make(f->folder);
  f->host = medct_host_new();
  f->cohort = medct_cohort_load(table, &f->error);
  g_assert_no_error(f->error);
  f->control = medct_train_control_new(on_record, f);
  f->records = g_async_queue_new_full(g_free);
}

static void
tear_down(Fixture *f, gconstpointer data)
{
  medct_train_control_free(f->control);
  medct_cohort_unref(f->cohort);
  medct_host_unref(f->host);
  g_async_queue_unref(f->records);
  g_clear_error(&f->error);
  g_free(f->out);
  test_home_remove(f->folder);
}

static gpointer
train(gpointer data)
{
  Fixture *f = data;
  g_autofree char *model = g_build_filename(f->folder, "model", NULL);
  medct_train_options options;
  g_autoptr(MedctTrainer) trainer = medct_host_load_trainer(f->host, model, NULL, &f->error);
  g_autoptr(MedctTrainCohort) cohort =
      trainer ? medct_train_cohort_new(f->host, f->cohort, NULL, &f->error) : NULL;
  if (cohort != NULL &&
      medct_trainer_defaults(trainer, MEDCT_TRAIN_PRESET_BALANCED, &options, &f->error)) {
    options.epochs = f->epochs;
    options.accumulate = 4;
    options.patience = 0;
    options.flags |= MEDCT_TRAIN_RESUME;
    medct_trainer_run(trainer, cohort, &options, f->out, f->control, NULL, &f->error);
  }
  g_atomic_int_set(&f->ended, 1);
  return NULL;
}

/* Waits for `n` steps and returns the number of the last. */
static guint64
await_steps(Fixture *f, guint n)
{
  guint64 step = 0;
  while (n > 0) {
    g_autofree medct_train_record *record =
        g_async_queue_timeout_pop(f->records, 60 * G_TIME_SPAN_SECOND);
    g_assert_nonnull(record);
    if (record->kind == MEDCT_TRAIN_STEP) {
      g_assert_true(isfinite(record->loss) && record->grad_norm > 0);
      step = record->step;
      n--;
    }
  }
  return step;
}

/* Waits until a second goes by without a record. */
static gboolean
await_silence(Fixture *f)
{
  for (int i = 0; i < 1000; i++) {
    g_autofree medct_train_record *record =
        g_async_queue_timeout_pop(f->records, G_TIME_SPAN_SECOND);
    if (record == NULL)
      return TRUE;
  }
  return FALSE;
}

static void
drain(Fixture *f)
{
  gpointer record;
  while ((record = g_async_queue_try_pop(f->records)) != NULL)
    g_free(record);
}

static void
test_steered(Fixture *f, gconstpointer data)
{
  GThread *thread = g_thread_new("training", train, f);
  await_steps(f, 3);
  medct_train_control_set_threads(f->control, 1);
  await_steps(f, 3);
  medct_train_control_set_threads(f->control, 3);
  await_steps(f, 3);
  medct_train_control_set_paused(f->control, TRUE);
  g_assert_true(await_silence(f));
  medct_train_control_set_paused(f->control, FALSE);
  await_steps(f, 3);
  medct_train_control_finish(f->control);
  g_thread_join(thread);
  g_assert_no_error(f->error);
  g_autoptr(MedctAdapter) adapter = medct_adapter_open(f->out, &f->error);
  g_assert_no_error(f->error);
  g_assert_cmpint(medct_adapter_parameters(adapter), >, 0);
}

/* Stopped while it is paused: ends soon, saved; the next run goes on after that step. */
static void
test_stopped(Fixture *f, gconstpointer data)
{
  GThread *thread = g_thread_new("training", train, f);
  await_steps(f, 7);
  medct_train_control_set_paused(f->control, TRUE);
  g_usleep(100000);
  gint64 start = g_get_monotonic_time();
  medct_train_control_stop(f->control);
  g_thread_join(thread);
  g_assert_cmpint(g_get_monotonic_time() - start, <, 20 * G_TIME_SPAN_SECOND);
  g_assert_error(f->error, MEDCT_ERROR, MEDCT_ERROR_CANCELLED);
  g_clear_error(&f->error);
  drain(f);
  medct_train_control_free(f->control);
  f->control = medct_train_control_new(on_record, f);
  thread = g_thread_new("training", train, f);
  g_assert_cmpuint(await_steps(f, 1), >, 7);
  medct_train_control_finish(f->control);
  g_thread_join(thread);
  g_assert_no_error(f->error);
}

/* Texts and a volume are encoded by another instance meanwhile, as the window does. */
static void
test_beside(Fixture *f, gconstpointer data)
{
  g_autofree char *model = g_build_filename(f->folder, "model", NULL);
  g_autofree char *path = g_build_filename(f->folder, "v00.nii.gz", NULL);
  const char *texts[] = {"Lung nodule is present.", "Lung nodule is not present."};
  const MedctEncodeRequest request = {.no_cache = TRUE};
  g_autoptr(GError) error = NULL;
  GThread *thread = g_thread_new("training", train, f);
  await_steps(f, 1);
  g_autoptr(MedctBackend) backend = medct_host_load_model(f->host, model, NULL, NULL, &error);
  g_assert_no_error(error);
  g_autoptr(MedctVolume) volume = medct_host_open_volume(f->host, path, NULL, NULL, NULL, &error);
  g_assert_no_error(error);
  g_autofree float *latents = g_new(float, 2 * medct_backend_info(backend)->latent);
  for (int i = 0; i < 3; i++) {
    g_assert_true(medct_backend_encode_texts(backend, texts, 2, latents, NULL, &error));
    g_autoptr(MedctStudyEncoding) encoding =
        medct_backend_encode(backend, volume, &request, NULL, &error);
    g_assert_no_error(error);
    g_assert_false(medct_study_encoding_was_cached(encoding));
  }
  medct_train_control_finish(f->control);
  g_thread_join(thread);
  g_assert_no_error(f->error);
}

#define ADD(path, function) g_test_add(path, Fixture, NULL, set_up, function, tear_down)

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  char *home = test_home_make();
  ADD("/training/steered", test_steered);
  ADD("/training/stopped", test_stopped);
  ADD("/training/beside", test_beside);
  int status = g_test_run();
  test_home_remove(home);
  return status;
}
