/* Window and trainer at once: a study is opened, encoded and asked about while a training runs, is
 * paused, stopped, resumed and ended, its adapter is tried, and the window closes over another
 * one. Under the thread sanitizer this is the run that must be silent.
 * Needs a display: tests/ui/under-xvfb.sh. */
#include "app/studio-train.h"
#include "tests/program.h"
#include "tests/test-home.h"
#include "tests/train-cohort.h"

typedef struct {
  MedctHost *host;
  MedctPreferences *preferences;
  MedctStudioWindow *window; /* NULL once it is gone */
  char *folder;
  guint steps; /* that a training has to get beyond */
} Studio;

/* ---- waiting ------------------------------------------------------------------------------- */

static gboolean
wake(gpointer data)
{
  return G_SOURCE_CONTINUE;
}

/* Runs the main loop until `done` says so; two minutes are for a busy machine under sanitizers. */
static void
wait_until(Studio *studio, gboolean (*done)(Studio *studio))
{
  gint64 end = g_get_monotonic_time() + 120 * G_USEC_PER_SEC;
  guint source = g_timeout_add(20, wake, NULL);
  while (!done(studio)) {
    g_assert_cmpint(g_get_monotonic_time(), <, end);
    g_main_context_iteration(NULL, TRUE);
  }
  g_source_remove(source);
}

static gboolean
is_scored(Studio *studio)
{
  const MedctStudioWindow *window = studio->window;
  return window->open_job == NULL && window->model_job == NULL && window->current != NULL &&
         window->current->scored != NULL;
}

static gboolean
is_answered(Studio *studio)
{
  return studio->window->ask_job == NULL && studio->window->current->answers != NULL;
}

static gboolean
is_measured(Studio *studio)
{
  const MedctStudioTrain *page = studio->window->train;
  return page->estimate != NULL && page->estimate->measured;
}

static gboolean
has_learnt(Studio *studio)
{
  const MedctTrainRun *run = studio->window->train->active;
  return run != NULL && run->steps->len > studio->steps;
}

static gboolean
has_ended(Studio *studio)
{
  return studio->window->train->worker == NULL;
}

static gboolean
is_adapted(Studio *studio)
{
  const MedctStudioWindow *window = studio->window;
  return window->adapter != NULL && window->current->adapted != NULL;
}

static gboolean
has_gone(Studio *studio)
{
  return studio->window == NULL;
}

/* ---- what a person does -------------------------------------------------------------------- */

static void
act(Studio *studio, const char *action)
{
  g_action_group_activate_action(G_ACTION_GROUP(studio->window), action, NULL);
}

static void
open_chest(Studio *studio, const char *name)
{
  g_autofree char *path = g_build_filename(studio->folder, name, NULL);
  const char *words[] = {g_getenv("MAKE_CHEST"), path, "40", "4", "30", "4", NULL};
  g_auto(Outcome) made = run_words(words);
  g_assert_cmpint(made.status, ==, 0);
  medct_studio_window_open(studio->window, path);
  wait_until(studio, is_scored);
}

static void
ask(Studio *studio, const char *sentence)
{
  medct_studio_show_page(studio->window, "read");
  medct_studio_type(studio->window, sentence);
  wait_until(studio, is_answered);
}

static void
start(Studio *studio)
{
  medct_studio_show_page(studio->window, "train");
  studio->steps = 0;
  act(studio, "start-training");
  wait_until(studio, has_learnt);
}

/* It goes on whatever else happens. */
static void
learn_on(Studio *studio)
{
  if (studio->window->train->active == NULL) /* a small run may be through already */
    return;
  studio->steps = studio->window->train->active->steps->len;
  wait_until(studio, has_learnt);
}

/* ---- the test ------------------------------------------------------------------------------ */

static void
open_window(Studio *studio)
{
  studio->window = medct_studio_window_new(ADW_APPLICATION(g_application_get_default()),
                                           studio->host, studio->preferences);
  g_object_add_weak_pointer(G_OBJECT(studio->window), (gpointer *)&studio->window);
  gtk_window_present(GTK_WINDOW(studio->window));
}

static void
prepare(Studio *studio)
{
  g_autofree char *model = g_build_filename(studio->folder, "model", NULL);
  g_autofree char *cohort = g_build_filename(studio->folder, "cohort.csv", NULL);
  train_cohort_make(studio->folder);
  medct_studio_window_load_model(studio->window, model);
  open_chest(studio, "first.nii.gz");
  ask(studio, "There is a nodule.");
  g_action_group_activate_action(G_ACTION_GROUP(studio->window), "train-on-cohort",
                                 g_variant_new_string(cohort));
  wait_until(studio, is_measured);
  /* Full, for so many epochs that it does not end by itself. */
  MedctStudioTrain *page = studio->window->train;
  gtk_check_button_set_active(GTK_CHECK_BUTTON(page->preset_checks[2]), TRUE);
  gtk_spin_button_set_value(GTK_SPIN_BUTTON(page->settings[MEDCT_SET_EPOCHS]), 1000);
  gtk_spin_button_set_value(GTK_SPIN_BUTTON(page->settings[MEDCT_SET_LR]), 0.01);
}

static void
test_together(void)
{
  Studio studio = {.host = medct_host_new(), .preferences = medct_preferences_new()};
  studio.folder = g_dir_make_tmp("medct-threads-XXXXXX", NULL);
  open_window(&studio);
  prepare(&studio);
  MedctStudioTrain *page = studio.window->train;
  start(&studio);
  open_chest(&studio, "second.nii.gz"); /* encoded beside it */
  ask(&studio, "There is an effusion.");
  learn_on(&studio);
  act(&studio, "pause-training");
  g_assert_true(page->paused);
  ask(&studio, "No nodule is seen.");
  gtk_spin_button_set_value(GTK_SPIN_BUTTON(page->threads), 2);
  act(&studio, "pause-training");
  act(&studio, "stop-training");
  medct_studio_type(studio.window, "There is a nodule"); /* an answer on its way meanwhile */
  wait_until(&studio, has_ended);
  MedctTrainRun *run = page->runs->pdata[0];
  g_assert_cmpint(run->state, ==, MEDCT_RUN_STOPPED);
  page->shown = run;
  studio.steps = run->steps->len;
  act(&studio, "resume-training");
  wait_until(&studio, has_learnt);
  act(&studio, "finish-training");
  wait_until(&studio, has_ended);
  g_assert_cmpint(run->state, ==, MEDCT_RUN_DONE);
  act(&studio, "use-run");
  wait_until(&studio, is_adapted);
  ask(&studio, "There is a nodule.");
  medct_studio_show_page(studio.window, "train");
  start(&studio);
  medct_studio_type(studio.window, "There is an effusion"); /* and closed over all of it */
  gtk_window_close(GTK_WINDOW(studio.window));
  wait_until(&studio, has_gone);
  g_object_unref(studio.preferences);
  medct_host_unref(studio.host);
  test_home_remove(studio.folder);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_autoptr(GError) error = NULL;
  g_autoptr(AdwApplication) application =
      adw_application_new("org.medct.Studio.Threads", G_APPLICATION_NON_UNIQUE);
  g_application_register(G_APPLICATION(application), NULL, &error);
  g_assert_no_error(error);
  g_application_set_default(G_APPLICATION(application));
  g_test_add_func("/studio-threads/window-and-trainer", test_together);
  return g_test_run();
}
