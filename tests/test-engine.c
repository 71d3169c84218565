/* The window's workers without the window: open, load a model and an adapter, encode, ask, cancel.
 * Under the thread sanitizer this is the run that must be silent.
 * With MEDCT_ENGINE_MODEL=FOLDER and MEDCT_ENGINE_VOLUME=FILE it measures those instead. */
#include "app/engine.h"
#include "model/wordings.h"
#include "tests/program.h"
#include "tests/test-home.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#if defined __SANITIZE_THREAD__ || defined __SANITIZE_ADDRESS__
#define PATIENCE_MS 2000.0 /* sanitizers are slow; what is measured is the plain build */
#else
#define PATIENCE_MS 100.0
#endif

enum { ROUNDS = 7 };

typedef struct {
  const char *home; /* of all tests */
  char *volume_path, *model_path, *adapter_path;
  MedctHost *host;
  MedctVolume *volume;
  MedctLoadedModel *base, *adapted;
} Bench;

/* ---- waiting ------------------------------------------------------------------------------- */

typedef struct {
  GAsyncResult *result;
  gint64 ended; /* µs */
} Wait;

static void
ended(GObject *source, GAsyncResult *result, gpointer data)
{
  Wait *wait = data;
  wait->result = g_object_ref(result);
  wait->ended = g_get_monotonic_time();
}

static GAsyncResult *
wait_for(Wait *wait)
{
  while (wait->result == NULL)
    g_main_context_iteration(NULL, TRUE);
  return wait->result;
}

static void
wait_clear(Wait *wait)
{
  g_clear_object(&wait->result);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Wait, wait_clear)

/* Stops the job once it has begun, or a little later; how many ms later it ended. */
static double
cancel_soon(MedctJob *job, Wait *wait, guint after_us, const char *what)
{
  g_autofree char *stage = NULL;
  gint64 begun = g_get_monotonic_time();
  while (wait->result == NULL && medct_job_read(job, &stage) <= 0 &&
         g_get_monotonic_time() - begun < G_USEC_PER_SEC) {
    g_clear_pointer(&stage, g_free);
    g_main_context_iteration(NULL, FALSE);
  }
  g_usleep(after_us);
  gint64 asked = g_get_monotonic_time();
  medct_job_cancel(job);
  wait_for(wait);
  double ms = (double)MAX(wait->ended - asked, 0) / 1000;
  g_test_message("%s: stopped after %.1f ms", what, ms);
  return ms;
}

static int
compare_doubles(gconstpointer a, gconstpointer b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* The median: one round may lose the processor to somebody else. */
static void
check_soon(double *ms)
{
  qsort(ms, ROUNDS, sizeof *ms, compare_doubles);
  if (g_getenv("MEDCT_ENGINE_MODEL") == NULL) /* else it is only measured */
    g_assert_cmpfloat(ms[ROUNDS / 2], <, PATIENCE_MS);
}

/* ---- what the tests work on ---------------------------------------------------------------- */

static MedctLoadedModel *
load(Bench *bench, const char *adapter)
{
  g_auto(Wait) wait = {0};
  g_autoptr(GError) error = NULL;
  g_autoptr(MedctJob) job = medct_job_new("load");
  medct_engine_load_model(bench->host, bench->model_path, adapter, job, ended, &wait);
  MedctLoadedModel *model = medct_engine_load_model_finish(wait_for(&wait), &error);
  g_assert_no_error(error);
  return model;
}

static MedctVolume *
open_volume(Bench *bench)
{
  g_auto(Wait) wait = {0};
  g_autoptr(GError) error = NULL;
  g_autoptr(MedctJob) job = medct_job_new("open");
  medct_engine_open(bench->host, bench->volume_path, job, (MedctSlabListener){NULL, NULL}, ended,
                    &wait);
  MedctVolume *volume = medct_engine_open_finish(wait_for(&wait), &error);
  g_assert_no_error(error);
  return volume;
}

static MedctScoredStudy *
score(MedctLoadedModel *model, MedctVolume *volume)
{
  g_auto(Wait) wait = {0};
  g_autoptr(GError) error = NULL;
  g_autoptr(MedctJob) job = medct_job_new("score");
  medct_engine_score(model, volume, job, ended, &wait);
  MedctScoredStudy *scored = medct_engine_score_finish(wait_for(&wait), &error);
  g_assert_no_error(error);
  return scored;
}

static GPtrArray *
ask(MedctScoredStudy *scored, MedctScoredStudy *adapted, GPtrArray *pairs, gboolean with_share)
{
  g_auto(Wait) wait = {0};
  g_autoptr(GError) error = NULL;
  g_autoptr(MedctJob) job = medct_job_new("ask");
  medct_engine_ask(scored, adapted, pairs, with_share, job, ended, &wait);
  GPtrArray *answers = medct_engine_ask_finish(wait_for(&wait), &error);
  g_assert_no_error(error);
  return answers;
}

static GPtrArray *
pairs_of(const char *typed)
{
  GPtrArray *pairs = g_ptr_array_new_with_free_func((GDestroyNotify)medct_prompt_free);
  g_ptr_array_add(pairs, medct_prompt_new(typed, NULL, NULL));
  return pairs;
}

static void
bench_new(Bench *bench, gconstpointer data)
{
  bench->home = data;
  bench->host = medct_host_new();
  bench->adapter_path = g_test_build_filename(G_TEST_DIST, "golden", "mini_adapter", NULL);
  if (g_getenv("MEDCT_ENGINE_MODEL") != NULL) {
    bench->model_path = g_strdup(g_getenv("MEDCT_ENGINE_MODEL"));
    bench->volume_path = g_strdup(g_getenv("MEDCT_ENGINE_VOLUME"));
    bench->base = load(bench, NULL);
    bench->volume = open_volume(bench);
    return;
  }
  bench->model_path = g_build_filename(bench->home, "model", NULL);
  bench->volume_path = g_build_filename(bench->home, "chest.nii.gz", NULL);
  bench->base = load(bench, NULL);
  bench->adapted = load(bench, bench->adapter_path);
  bench->volume = open_volume(bench);
}

static void
bench_free(Bench *bench, gconstpointer data)
{
  g_clear_pointer(&bench->volume, medct_volume_unref);
  g_clear_pointer(&bench->base, medct_loaded_model_unref);
  g_clear_pointer(&bench->adapted, medct_loaded_model_unref);
  g_clear_pointer(&bench->host, medct_host_unref);
  g_free(bench->volume_path);
  g_free(bench->model_path);
  g_free(bench->adapter_path);
}

/* ---- tests --------------------------------------------------------------------------------- */

static double
sum_of(const MedctAnswer *answer)
{
  double sum = 0;
  for (gsize n = 0; n < answer->n_cells; n++)
    sum += (double)answer->share[n];
  return sum;
}

/* A map adds up to the logit, so it gives the probability back. */
static void
check_answer(const MedctAnswer *answer)
{
  g_assert_cmpfloat_with_epsilon(1 / (1 + exp(-sum_of(answer))), answer->probability, 1e-4);
  g_assert_cmpfloat_with_epsilon(sum_of(answer), answer->share_for + answer->share_against, 1e-6);
}

static void
test_scores(Bench *bench, gconstpointer data)
{
  if (bench->adapted == NULL)
    return;
  g_autoptr(MedctScoredStudy) base = score(bench->base, bench->volume);
  g_autoptr(MedctScoredStudy) adapted = score(bench->adapted, bench->volume);
  double largest = 0;
  g_assert_cmpstr(medct_backend_info(bench->base->backend)->adapter_sha256, ==, "");
  g_assert_cmpstr(medct_backend_info(bench->adapted->backend)->adapter_sha256, !=, "");
  for (guint n = 0; n < MEDCT_N_PATHOLOGIES; n++) {
    check_answer(base->answers[n]);
    check_answer(adapted->answers[n]);
    largest = fmax(largest, fabs(base->answers[n]->probability - adapted->answers[n]->probability));
  }
  g_assert_cmpfloat(largest, >, 1e-4); /* the adapter does something */
}

/* Answers come in the order of the pairs, base before adapted; a typed finding gives the finding's
 * own answer. */
static void
test_asks(Bench *bench, gconstpointer data)
{
  if (bench->adapted == NULL)
    return;
  g_autoptr(MedctScoredStudy) base = score(bench->base, bench->volume);
  g_autoptr(MedctScoredStudy) adapted = score(bench->adapted, bench->volume);
  g_autoptr(GPtrArray) pairs = pairs_of("Emphysema is present.");
  for (int n = 0; n < 4; n++)
    g_ptr_array_add(pairs, medct_prompt_new(n % 2 ? "nodule" : "no nodule", NULL, NULL));
  g_autoptr(GPtrArray) answers = ask(base, adapted, pairs, TRUE);
  g_assert_cmpuint(answers->len, ==, 2 * pairs->len);
  const MedctAnswer *first = answers->pdata[0], *second = answers->pdata[1];
  g_assert_cmpfloat_with_epsilon(first->probability, base->answers[7]->probability, 1e-5);
  g_assert_cmpfloat_with_epsilon(second->probability, adapted->answers[7]->probability, 1e-5);
  for (guint n = 0; n < answers->len; n++) {
    const MedctAnswer *answer = answers->pdata[n];
    check_answer(answer);
    g_assert_cmpstr(answer->pair->prompt, ==, ((MedctPrompt *)pairs->pdata[n / 2])->prompt);
  }
  const MedctAnswer *no = answers->pdata[2], *yes = answers->pdata[4];
  g_assert_cmpfloat_with_epsilon(no->probability + yes->probability, 1, 1e-4);
}

/* Workers of the engine by priority: as high as this thread's, and behind it. */
static void
count_workers(guint *before, guint *behind)
{
  int own = getpriority(PRIO_PROCESS, 0);
  *before = *behind = 0;
  g_autoptr(GDir) tasks = g_dir_open("/proc/self/task", 0, NULL);
  const char *name;
  while (tasks != NULL && (name = g_dir_read_name(tasks)) != NULL) {
    g_autofree char *path = g_build_filename("/proc/self/task", name, "comm", NULL), *of = NULL;
    if (!g_file_get_contents(path, &of, NULL, NULL) || !g_str_has_prefix(of, "medct-engine"))
      continue;
    ++*(getpriority(PRIO_PROCESS, (id_t)atoi(name)) > own ? behind : before);
  }
}

/* An encoding leaves the processors to whoever is at the window, a question does not. */
static void
test_priorities(Bench *bench, gconstpointer data)
{
  guint before, behind;
  count_workers(&before, &behind);
  if (before + behind == 0) {
    g_test_skip("one processor, or no Linux: no workers");
    return;
  }
  g_assert_cmpuint(behind, ==, 0); /* sentences only */
  g_autoptr(MedctScoredStudy) scored = score(bench->base, bench->volume);
  guint sentences = before;
  count_workers(&before, &behind);
  g_assert_cmpuint(before, ==, sentences);
  g_assert_cmpuint(behind, >, 0);
}

static void
test_wordings(Bench *bench, gconstpointer data)
{
  g_autoptr(MedctScoredStudy) base = score(bench->base, bench->volume);
  g_autoptr(GPtrArray) pairs = medct_wordings_new(base->answers[2]->pair, 2); /* cardiomegaly */
  g_autoptr(GPtrArray) answers = ask(base, NULL, pairs, FALSE);
  double low = 1, high = 0;
  g_assert_cmpuint(answers->len, ==, pairs->len);
  for (guint n = 0; n < answers->len; n++) {
    const MedctAnswer *answer = answers->pdata[n];
    g_assert_null(answer->share);
    low = fmin(low, answer->probability);
    high = fmax(high, answer->probability);
  }
  g_assert_cmpfloat(low, <, high);
}

/* A question is answered while another volume is being encoded by the same model. */
static void
test_asks_beside_encoding(Bench *bench, gconstpointer data)
{
  g_autoptr(MedctScoredStudy) scored = score(bench->base, bench->volume);
  g_auto(Wait) wait = {0};
  g_autoptr(GError) error = NULL;
  g_autoptr(MedctJob) job = medct_job_new("score");
  double intercept = medct_volume_get_header(bench->volume)->hu_intercept + 1;
  g_autoptr(MedctVolume) other = medct_volume_with_metadata(bench->volume, NULL, NULL, &intercept);
  medct_engine_score(bench->base, other, job, ended, &wait);
  for (int n = 0; n < 5; n++) {
    g_autofree char *typed = g_strdup_printf("finding number %d", n);
    g_autoptr(GPtrArray) pairs = pairs_of(typed);
    gint64 begun = g_get_monotonic_time();
    g_autoptr(GPtrArray) answers = ask(scored, NULL, pairs, TRUE);
    g_test_message("asked beside an encoding: %.1f ms",
                   (double)(g_get_monotonic_time() - begun) / 1000);
    check_answer(answers->pdata[0]);
  }
  g_autoptr(MedctScoredStudy) second = medct_engine_score_finish(wait_for(&wait), &error);
  g_assert_no_error(error);
}

static void
assert_stopped(gpointer result, const GError *error)
{
  if (result == NULL) /* else it was ready before */
    g_assert_error(error, MEDCT_ERROR, MEDCT_ERROR_CANCELLED);
}

static void
test_cancels(Bench *bench, gconstpointer data)
{
  double ms[3][ROUNDS];
  for (guint round = 0; round < ROUNDS; round++) {
    guint after = round * 300;
    double intercept = medct_volume_get_header(bench->volume)->hu_intercept + 2 + round;
    g_autoptr(MedctVolume) fresh = /* not yet in the cache of encodings */
        medct_volume_with_metadata(bench->volume, NULL, NULL, &intercept);
    g_auto(Wait) opening = {0}, loading = {0}, scoring = {0};
    g_autoptr(GError) open_error = NULL, load_error = NULL, score_error = NULL;
    g_autoptr(MedctJob) open_job = medct_job_new("open"), load_job = medct_job_new("load"),
                        score_job = medct_job_new("score");
    medct_engine_open(bench->host, bench->volume_path, open_job, (MedctSlabListener){NULL, NULL},
                      ended, &opening);
    ms[0][round] = cancel_soon(open_job, &opening, after, "opening");
    g_autoptr(MedctVolume) volume = medct_engine_open_finish(opening.result, &open_error);
    assert_stopped(volume, open_error);
    medct_engine_score(bench->base, fresh, score_job, ended, &scoring);
    ms[1][round] = cancel_soon(score_job, &scoring, after * 20, "encoding");
    g_autoptr(MedctScoredStudy) scored = medct_engine_score_finish(scoring.result, &score_error);
    assert_stopped(scored, score_error);
    medct_engine_load_model(bench->host, bench->model_path, NULL, load_job, ended, &loading);
    ms[2][round] = cancel_soon(load_job, &loading, after * 10, "loading a model");
    g_autoptr(MedctLoadedModel) model = medct_engine_load_model_finish(loading.result, &load_error);
    assert_stopped(model, load_error);
  }
  for (int what = 0; what < 3; what++)
    check_soon(ms[what]);
}

/* Loads that are cancelled later and later, until one comes to its end: there is no stretch of a
 * load in which nobody looks. Two of them may lose the processor to somebody else. */
static void
test_cancels_loads(Bench *bench, gconstpointer data)
{
  guint step_us = g_getenv("MEDCT_ENGINE_MODEL") != NULL ? 31000 : 2000, late = 0;
  double longest = 0;
  gboolean loaded = FALSE;
  for (guint after = 0; !loaded && after < 60 * G_USEC_PER_SEC; after += step_us) {
    g_auto(Wait) wait = {0};
    g_autoptr(GError) error = NULL;
    g_autoptr(MedctJob) job = medct_job_new("load");
    medct_engine_load_model(bench->host, bench->model_path, NULL, job, ended, &wait);
    double ms = cancel_soon(job, &wait, after, "loading a model");
    g_autoptr(MedctLoadedModel) model = medct_engine_load_model_finish(wait.result, &error);
    assert_stopped(model, error);
    loaded = model != NULL;
    longest = fmax(longest, ms);
    late += ms >= PATIENCE_MS;
  }
  g_assert_true(loaded);
  g_test_message("the longest of all cancelled loads went on for %.1f ms", longest);
  if (g_getenv("MEDCT_ENGINE_MODEL") == NULL)
    g_assert_cmpuint(late, <=, 2);
}

static void
test_cancels_questions(Bench *bench, gconstpointer data)
{
  g_autoptr(MedctScoredStudy) scored = score(bench->base, bench->volume);
  g_autoptr(GPtrArray) pairs = pairs_of("a nodule");
  for (int n = 0; n < 60; n++) {
    g_autofree char *typed = g_strdup_printf("finding %d", n);
    g_ptr_array_add(pairs, medct_prompt_new(typed, NULL, NULL));
  }
  double ms[ROUNDS];
  for (int round = 0; round < ROUNDS; round++) {
    g_auto(Wait) wait = {0};
    g_autoptr(GError) error = NULL;
    g_autoptr(MedctJob) job = medct_job_new("ask");
    medct_engine_ask(scored, NULL, pairs, TRUE, job, ended, &wait);
    g_usleep(1000);
    gint64 asked = g_get_monotonic_time();
    medct_job_cancel(job);
    g_autoptr(GPtrArray) answers = medct_engine_ask_finish(wait_for(&wait), &error);
    ms[round] = (double)MAX(wait.ended - asked, 0) / 1000;
    assert_stopped(answers, error);
  }
  check_soon(ms);
}

static void
test_refuses(Bench *bench, gconstpointer data)
{
  g_auto(Wait) wait = {0};
  g_autoptr(GError) error = NULL;
  g_autoptr(MedctJob) job = medct_job_new("load");
  medct_engine_load_model(bench->host, bench->model_path, bench->model_path, job, ended, &wait);
  g_assert_null(medct_engine_load_model_finish(wait_for(&wait), &error));
  g_assert_nonnull(error);
  g_test_message("%s", error->message);
  g_assert_null(strstr(error->message, bench->home));
}

/* A chest and a random model that all tests share. */
static void
make_inputs(const char *home)
{
  g_autofree char *model = g_build_filename(home, "model", NULL);
  g_autofree char *volume = g_build_filename(home, "chest.nii.gz", NULL);
  const char *const chest[] = {g_getenv("MAKE_CHEST"), volume, NULL};
  g_auto(Outcome) made_chest = run_words(chest);
  g_auto(Outcome) made_model =
      run("model", "random", "--config", "mini", "--seed", "1", "--out", model, NULL);
  g_assert_cmpint(made_chest.status + made_model.status, ==, 0);
}

int
main(int argc, char **argv)
{
  static const struct {
    const char *name;
    void (*test)(Bench *, gconstpointer);
  } tests[] = {
      {"/engine/scores", test_scores},
      {"/engine/asks", test_asks},
      {"/engine/priorities", test_priorities},
      {"/engine/wordings", test_wordings},
      {"/engine/asks-beside-encoding", test_asks_beside_encoding},
      {"/engine/cancels", test_cancels},
      {"/engine/cancels-loads", test_cancels_loads},
      {"/engine/cancels-questions", test_cancels_questions},
      {"/engine/refuses", test_refuses},
  };
  g_test_init(&argc, &argv, NULL);
  char *home = test_home_make(); /* before there are threads */
  make_inputs(home);
  for (gsize n = 0; n < G_N_ELEMENTS(tests); n++)
    g_test_add(tests[n].name, Bench, home, bench_new, tests[n].test, bench_free);
  int status = g_test_run();
  test_home_remove(home);
  return status;
}
