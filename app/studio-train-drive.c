/* Starting, following and ending a run. */
#include "app/studio-train.h"
#include "model/folder_lock.h"
#include <glib/gi18n.h>
#include <inttypes.h>
#include <math.h>

#define LOOK_MS   100
#define REDRAW_US 500000 /* charts follow a running training this often */

void
medct_studio_train_save(MedctStudioTrain *page, MedctTrainRun *run)
{
  g_autoptr(GError) error = NULL;
  if (!medct_train_run_save(run, &error))
    medct_studio_toast(page->window, error->message);
}

double
medct_studio_train_fraction(const MedctStudioTrain *page, const MedctTrainRun *run)
{
  const medct_train_record *last = &page->last;
  double step =
      run->steps->len > 0 ? g_array_index(run->steps, MedctRunStep, run->steps->len - 1).step : 0;
  if (run->state == MEDCT_RUN_DONE)
    return 1;
  if (run == page->active && last->kind == MEDCT_TRAIN_PREPARED && last->to_prepare > 0)
    return (double)last->prepared / last->to_prepare;
  return run->n_steps > 0 ? CLAMP(step / (double)run->n_steps, 0, 1) : 0;
}

static void
toast_trying(MedctStudioTrain *page, const char *text, const MedctTrainRun *run)
{
  AdwToast *toast = adw_toast_new(text);
  adw_toast_set_button_label(toast, _("Try on Open Study"));
  adw_toast_set_action_name(toast, "win.try-run");
  adw_toast_set_action_target(toast, "s", run->folder); /* whatever is shown by then */
  adw_toast_set_timeout(toast, 0);
  g_set_weak_pointer(&page->offer, toast);
  adw_toast_overlay_add_toast(ADW_TOAST_OVERLAY(page->window->toasts), toast);
}

/* ---- what the worker says ------------------------------------------------------------------ */

static void
planned(MedctStudioTrain *page, const MedctTrainEvent *event)
{
  MedctTrainRun *run = page->active;
  run->trainable = event->plan.trainable;
  run->parameters = event->plan.parameters;
  run->memory_bytes = event->plan.memory_bytes;
  run->n_steps = event->plan.steps;
  run->n_epochs = event->options.epochs;
  run->wish.objective = event->options.objective;
  medct_studio_train_save(page, run);
}

static void
recorded(MedctStudioTrain *page, const medct_train_record *record)
{
  medct_train_run_take(page->active, record, medct_train_worker_classes(page->worker));
  if (record->kind == MEDCT_TRAIN_SAVE_FAILED) {
    g_autofree char *text = g_strdup_printf(
        _("The checkpoint of step %" PRIu64 " was not saved: %s. The one before it is kept."),
        (guint64)record->step, record->message);
    medct_studio_toast(page->window, text);
  }
  if (record->kind == MEDCT_TRAIN_NOT_RECORDED) {
    medct_studio_toast(page->window, record->message);
    return;
  }
  page->last = *record;
  page->last.class_auroc = NULL;
  page->last.message = NULL;
  page->stale = TRUE;
}

static void
start_next(MedctStudioTrain *page)
{
  for (guint n = page->runs->len; n > 0; n--) { /* the oldest first */
    MedctTrainRun *run = page->runs->pdata[n - 1];
    if (run->state == MEDCT_RUN_QUEUED) {
      medct_studio_train_begin(page, run);
      return;
    }
  }
}

static void
say_end(MedctStudioTrain *page, const MedctTrainRun *run)
{
  g_autofree char *text = NULL;
  if (run->state == MEDCT_RUN_DONE) {
    const MedctRunEvaluation *best = medct_train_run_best(run);
    text = best != NULL && isfinite(best->auroc)
               ? g_strdup_printf(_("%s is done: mean AUROC %.3f on validation"), run->name,
                                 best->auroc)
               : g_strdup_printf(_("%s is done"), run->name);
    toast_trying(page, text, run);
  } else if (run->state == MEDCT_RUN_STOPPED) {
    guint n = run->steps->len;
    text = g_strdup_printf(_("%s is stopped; the checkpoint of step %.0f is safe"), run->name,
                           n > 0 ? g_array_index(run->steps, MedctRunStep, n - 1).step : 0);
    medct_studio_toast(page->window, text);
  } else {
    text = g_strdup_printf(_("%s failed: %s"), run->name, run->problem);
    medct_studio_toast(page->window, text);
  }
}

static void
ended(MedctStudioTrain *page, const GError *error)
{
  MedctTrainRun *run = page->active;
  g_clear_pointer(&run->problem, g_free);
  if (error == NULL)
    run->state = MEDCT_RUN_DONE;
  else if (medct_studio_was_cancelled(error))
    run->state = MEDCT_RUN_STOPPED;
  else {
    run->state = MEDCT_RUN_FAILED;
    run->problem = g_strdup(error->message);
  }
  page->active = NULL;
  page->paused = page->stopping = FALSE;
  g_clear_pointer(&page->worker, medct_train_worker_free);
  medct_studio_train_save(page, run);
  say_end(page, run);
  medct_studio_train_show_row(page, run);
  start_next(page);
  medct_studio_train_show_form(page);
  medct_studio_train_show_run(page);
}

static gboolean
look(gpointer data)
{
  MedctStudioTrain *page = data;
  MedctTrainEvent *event;
  while (page->worker != NULL && (event = medct_train_worker_next(page->worker))) {
    if (event->said == MEDCT_WORKER_PLANNED)
      planned(page, event);
    else if (event->said == MEDCT_WORKER_RECORD)
      recorded(page, &event->record);
    else
      ended(page, event->error);
    medct_train_event_free(event);
  }
  medct_studio_train_show_chip(page);
  if (page->worker == NULL) {
    page->source = 0;
    return G_SOURCE_REMOVE;
  }
  gint64 now = g_get_monotonic_time();
  if (now - page->drawn_at >= REDRAW_US && gtk_widget_get_mapped(page->list)) {
    medct_studio_train_show_row(page, page->active);
    if (page->shown == page->active && page->stale)
      medct_studio_train_show_run(page);
    else if (page->shown == page->active)
      medct_studio_train_show_head(page);
    page->stale = FALSE;
    page->drawn_at = now;
    page->window->view_changed = TRUE; /* frames that charts are drawn anew in are timed too */
  }
  return G_SOURCE_CONTINUE;
}

/* ---- begin --------------------------------------------------------------------------------- */

void
medct_studio_train_begin(MedctStudioTrain *page, MedctTrainRun *run)
{
  if (medct_folder_is_locked(run->folder, MEDCT_TRAINING_LOCK)) {
    g_autofree char *text = g_strdup_printf(
        _("%s is being trained by another program: wait until it has ended, or stop it there"),
        run->name);
    medct_studio_toast(page->window, text);
    return;
  }
  run->state = page->worker == NULL ? MEDCT_RUN_RUNNING : MEDCT_RUN_QUEUED;
  g_clear_pointer(&run->problem, g_free);
  medct_studio_train_save(page, run);
  gtk_widget_set_visible(page->banner, FALSE);
  if (run->state == MEDCT_RUN_RUNNING) {
    page->active = run;
    page->last = (medct_train_record){.seconds_left = NAN};
    page->drawn_at = 0;
    page->worker =
        medct_train_worker_start(page->window->host, run, medct_studio_train_threads(page));
    if (page->source == 0)
      page->source = g_timeout_add(LOOK_MS, look, page);
  }
  medct_studio_train_show_row(page, run);
  medct_studio_train_show_form(page);
  medct_studio_train_show_run(page);
}

static void
start_activated(GSimpleAction *action, GVariant *value, gpointer data)
{
  MedctStudioTrain *page = data;
  g_autoptr(GError) error = NULL;
  const MedctTrainWish wish = medct_studio_train_wish(page);
  if (page->cohort == NULL || page->model == NULL)
    return;
  MedctTrainRun *run =
      medct_train_runs_add(page->runs, page->folder, page->cohort, page->model, &wish, &error);
  if (run == NULL) {
    medct_studio_toast(page->window, error->message);
    return;
  }
  if (page->worker == NULL || page->shown == NULL)
    page->shown = run;
  medct_studio_train_fill_list(page);
  medct_studio_train_begin(page, run);
}

/* ---- steering ------------------------------------------------------------------------------ */

static void
pause_activated(GSimpleAction *action, GVariant *value, gpointer data)
{
  MedctStudioTrain *page = data;
  if (page->worker == NULL || page->stopping)
    return;
  page->paused = !page->paused;
  medct_train_worker_set_paused(page->worker, page->paused);
  medct_studio_train_show_row(page, page->active);
  medct_studio_train_show_head(page);
}

static void
stop_activated(GSimpleAction *action, GVariant *value, gpointer data)
{
  MedctStudioTrain *page = data;
  if (page->worker == NULL)
    return;
  page->stopping = TRUE;
  medct_train_worker_stop(page->worker);
  medct_studio_train_show_head(page);
}

static void
finish_activated(GSimpleAction *action, GVariant *value, gpointer data)
{
  MedctStudioTrain *page = data;
  if (page->worker == NULL)
    return;
  page->stopping = TRUE;
  medct_train_worker_finish(page->worker);
  medct_studio_train_show_head(page);
}

static void
resume_activated(GSimpleAction *action, GVariant *value, gpointer data)
{
  MedctStudioTrain *page = data;
  if (page->shown != NULL && medct_train_run_can_resume(page->shown))
    medct_studio_train_begin(page, page->shown);
}

/* Base and adapter stand side by side on the reading page. */
static void
try_on(MedctStudioTrain *page, const MedctTrainRun *run)
{
  g_autofree char *adapter = run != NULL ? medct_train_run_adapter(run) : NULL;
  if (adapter == NULL)
    return;
  const MedctLoadedModel *model = page->window->model;
  if (model != NULL && g_strcmp0(model->path, run->model) == 0)
    medct_studio_window_load_adapter(page->window, adapter);
  else {
    medct_studio_window_want_adapter(page->window, adapter);
    medct_studio_window_load_model(page->window, run->model);
  }
  if (page->offer != NULL) /* taken up, or another run was chosen: it hides the pictures */
    adw_toast_dismiss(page->offer);
  medct_studio_show_page(page->window, "read");
}

static void
use_activated(GSimpleAction *action, GVariant *value, gpointer data)
{
  MedctStudioTrain *page = data;
  try_on(page, page->shown);
}

static void
try_activated(GSimpleAction *action, GVariant *value, gpointer data)
{
  MedctStudioTrain *page = data;
  for (guint n = 0; n < page->runs->len; n++) {
    const MedctTrainRun *run = page->runs->pdata[n];
    if (g_str_equal(run->folder, g_variant_get_string(value, NULL)))
      try_on(page, run);
  }
}

static void
train_on_activated(GSimpleAction *action, GVariant *value, gpointer data)
{
  MedctStudioTrain *page = data;
  medct_studio_train_set_cohort(page, g_variant_get_string(value, NULL));
  medct_studio_show_page(page->window, "train");
}

void
medct_studio_train_add_actions(MedctStudioTrain *page)
{
  static const GActionEntry entries[] = {
      {"start-training", start_activated, NULL, NULL, NULL, {0}},
      {"pause-training", pause_activated, NULL, NULL, NULL, {0}},
      {"stop-training", stop_activated, NULL, NULL, NULL, {0}},
      {"finish-training", finish_activated, NULL, NULL, NULL, {0}},
      {"resume-training", resume_activated, NULL, NULL, NULL, {0}},
      {"use-run", use_activated, NULL, NULL, NULL, {0}},
      {"try-run", try_activated, "s", NULL, NULL, {0}},
      {"train-on-cohort", train_on_activated, "s", NULL, NULL, {0}},
  };
  g_action_map_add_action_entries(G_ACTION_MAP(page->window), entries, G_N_ELEMENTS(entries), page);
}

/* The window closes: a checkpoint is written, without a question; the next start offers to go on.
 * Waits for the thread, whose libraries must not be taken down under it. */
void
medct_studio_train_leave(MedctStudioWindow *window)
{
  MedctStudioTrain *page = window->train;
  g_clear_handle_id(&page->source, g_source_remove);
  g_clear_handle_id(&page->ask_source, g_source_remove);
  g_clear_handle_id(&page->width_source, g_source_remove);
  if (page->estimate_job != NULL)
    medct_job_cancel(page->estimate_job);
  medct_studio_train_end_removing(page);
  if (page->worker == NULL)
    return;
  gtk_widget_set_visible(GTK_WIDGET(window), FALSE);
  g_clear_pointer(&page->worker, medct_train_worker_free);
  MedctTrainRun *run = page->active;
  page->active = NULL;
  run->state = MEDCT_RUN_LEFT;
  medct_train_run_save(run, NULL);
}
