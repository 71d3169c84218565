#include "plugins/training.h"

#include "model/folder.h"
#include "model/folder_lock.h"
#include "plugins/host-private.h"
#include "plugins/train-records.h"
#include <glib/gi18n.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- control ------------------------------------------------------------------------------- */

struct _MedctTrainControl {
  MedctTrainWatcher watcher;
  void *user_data;
  gint paused, stopped, finished, threads; /* atomic */
};

MedctTrainControl *
medct_train_control_new(MedctTrainWatcher watcher, void *user_data)
{
  MedctTrainControl *control = g_new0(MedctTrainControl, 1);
  control->watcher = watcher;
  control->user_data = user_data;
  return control;
}

void
medct_train_control_free(MedctTrainControl *control)
{
  g_free(control);
}

void
medct_train_control_set_paused(MedctTrainControl *control, gboolean paused)
{
  g_atomic_int_set(&control->paused, paused != FALSE);
}

void
medct_train_control_stop(MedctTrainControl *control)
{
  g_atomic_int_set(&control->stopped, 1);
}

void
medct_train_control_finish(MedctTrainControl *control)
{
  g_atomic_int_set(&control->finished, 1);
}

void
medct_train_control_set_threads(MedctTrainControl *control, guint threads)
{
  g_atomic_int_set(&control->threads, (gint)MIN(threads, 1024));
}

/* ---- a run --------------------------------------------------------------------------------- */

typedef struct {
  MedctTrainControl *control;
  const MedctMonitor *outer;
  MedctMonitor monitor; /* cancelled when the control says stop, or the outer one does */
  MedctTrainRecords *records;
  const medct_train_set *set;
  guint host_threads;
  gboolean told; /* that a record could not be written */
} Run;

static bool
run_cancelled(void *data)
{
  const Run *run = data;
  return g_atomic_int_get(&run->control->stopped) != 0 || medct_monitor_cancelled(run->outer);
}

static void
run_progress(void *data, double fraction, const char *stage)
{
  const Run *run = data;
  medct_monitor_progress(run->outer, fraction, stage);
}

static uint32_t
run_state(const medct_train_control *abi)
{
  const Run *run = abi->data;
  if (g_atomic_int_get(&run->control->finished) != 0)
    return MEDCT_TRAIN_FINISH;
  return g_atomic_int_get(&run->control->paused) != 0 ? MEDCT_TRAIN_PAUSE : MEDCT_TRAIN_GO;
}

static uint32_t
run_threads(const medct_train_control *abi)
{
  const Run *run = abi->data;
  guint threads = (guint)g_atomic_int_get(&run->control->threads);
  return threads > 0 ? threads : run->host_threads;
}

/* What may be believed of a plugin's record; FALSE: nothing. */
static gboolean
check_record(const medct_train_record *said, guint n_classes, medct_train_record *record)
{
  if (said->size < sizeof *record || said->kind < MEDCT_TRAIN_STARTED ||
      said->kind > MEDCT_TRAIN_FINISHED || said->step > said->steps)
    return FALSE;
  *record = *said;
  if (record->n_classes != n_classes || record->kind != MEDCT_TRAIN_EVALUATION)
    record->class_auroc = NULL;
  if (record->message != NULL && !g_utf8_validate(record->message, -1, NULL))
    record->message = NULL;
  return TRUE;
}

/* Once: hours of training do not end over it, and a full disk stays full. */
static void
tell_not_kept(Run *run, const medct_train_record *record, const char *why)
{
  if (run->told || run->control->watcher == NULL)
    return;
  medct_train_record told = *record;
  told.kind = MEDCT_TRAIN_NOT_RECORDED;
  told.message = why;
  run->told = TRUE;
  run->control->watcher(&told, run->control->user_data);
}

static void
run_record(const medct_train_control *abi, const medct_train_record *said)
{
  Run *run = abi->data;
  medct_train_record record;
  if (!check_record(said, run->set->n_classes, &record))
    return;
  g_autoptr(GError) error = NULL;
  if (!medct_train_records_add(run->records, &record, &error))
    tell_not_kept(run, &record, error->message);
  if (run->control->watcher != NULL)
    run->control->watcher(&record, run->control->user_data);
}

/* ---- trainer ------------------------------------------------------------------------------- */

struct _MedctTrainer {
  MedctHost *plugin_host; /* keeps the plugin running */
  MedctInstanceHost host;
  const medct_model_trainer *abi;
  char *id;
};

void
medct_trainer_free(MedctTrainer *trainer)
{
  if (trainer == NULL)
    return;
  if (trainer->abi != NULL)
    trainer->abi->destroy(trainer->abi);
  medct_host_unref(trainer->plugin_host);
  g_free(trainer->id);
  g_free(trainer);
}

static MedctTrainer *
trainer_new(MedctHost *host, const MedctCandidate *candidate)
{
  g_autoptr(MedctTrainer) trainer = g_new0(MedctTrainer, 1);
  medct_error said = medct_plugin_error();
  trainer->plugin_host = medct_host_ref(host);
  trainer->id = g_strdup(candidate->descriptor->id);
  medct_instance_host_init(&trainer->host, host->main_thread, trainer->id);
  trainer->abi = candidate->factory->create(&trainer->host.abi, trainer->id);
  if (trainer->abi == NULL || !trainer->abi->init(trainer->abi, &said))
    return NULL;
  return g_steal_pointer(&trainer);
}

/* The surest of all trainers. */
static MedctTrainer *
choose(MedctHost *host, const char *path, GError **error)
{
  g_autoptr(GArray) candidates = medct_host_candidates(host, MEDCT_MODEL_TRAINER);
  g_autoptr(MedctTrainer) best = NULL;
  guint best_confidence = 0;
  for (guint i = 0; i < candidates->len; i++) {
    g_autoptr(MedctTrainer) trainer =
        trainer_new(host, &g_array_index(candidates, MedctCandidate, i));
    guint confidence = trainer ? MIN(trainer->abi->probe(trainer->abi, path), 100) : 0;
    if (confidence > best_confidence) {
      best_confidence = confidence;
      g_clear_pointer(&best, medct_trainer_free);
      best = g_steal_pointer(&trainer);
    }
  }
  if (best == NULL)
    medct_error_file(error, MEDCT_ERROR_UNSUPPORTED, path,
                     g_file_test(path, G_FILE_TEST_EXISTS)
                         ? _("is not a model that this program or an enabled plugin can train")
                         : _("does not exist"));
  return g_steal_pointer(&best);
}

static gboolean
settle(MedctCall *call, gboolean done, const medct_error *said, GError **error)
{
  medct_call_leave(call);
  if (!done)
    medct_plugin_error_propagate(error, NULL, said);
  return done;
}

MedctTrainer *
medct_host_load_trainer(MedctHost *host, const char *path, const MedctMonitor *monitor,
                        GError **error)
{
  MedctCall call;
  medct_error said = medct_plugin_error();
  medct_call_enter(&call, monitor);
  g_autoptr(MedctTrainer) trainer = choose(host, path, error);
  if (trainer == NULL) {
    medct_call_leave(&call);
    return NULL;
  }
  gboolean done = trainer->abi->load(trainer->abi, path, &said);
  return settle(&call, done, &said, error) ? g_steal_pointer(&trainer) : NULL;
}

gboolean
medct_trainer_defaults(MedctTrainer *trainer, guint32 preset, medct_train_options *options,
                       GError **error)
{
  MedctCall call;
  medct_error said = medct_plugin_error();
  *options = (medct_train_options){.size = sizeof *options};
  medct_call_enter(&call, NULL);
  gboolean done = trainer->abi->defaults(trainer->abi, preset, options, &said);
  return settle(&call, done, &said, error);
}

gboolean
medct_trainer_plan(MedctTrainer *trainer, MedctTrainCohort *cohort,
                   const medct_train_options *options, medct_train_plan *plan,
                   const MedctMonitor *monitor, GError **error)
{
  MedctCall call;
  medct_error said = medct_plugin_error();
  *plan = (medct_train_plan){.size = sizeof *plan};
  medct_call_enter(&call, monitor);
  gboolean done = trainer->abi->plan(trainer->abi, medct_train_cohort_set(cohort, monitor), options,
                                     plan, &said);
  if (!isfinite(plan->seconds) || plan->seconds < 0)
    plan->seconds = 0;
  return settle(&call, done, &said, error);
}

static guint
host_threads(const MedctTrainer *trainer)
{
  const medct_host *host = &trainer->host.abi;
  const medct_host_settings *settings = host->get_extension(host, MEDCT_HOST_SETTINGS);
  char text[16] = "";
  return settings->get(host, "threads", text, sizeof text)
             ? (guint)CLAMP(strtol(text, NULL, 10), 0, 1024)
             : 0;
}

gboolean
medct_trainer_run(MedctTrainer *trainer, MedctTrainCohort *cohort,
                  const medct_train_options *options, const char *folder,
                  MedctTrainControl *control, const MedctMonitor *monitor, GError **error)
{
  if (!medct_folder_make(folder, 0777, error))
    return FALSE;
  g_autoptr(MedctFolderLock) lock =
      medct_folder_lock_new(folder, MEDCT_TRAINING_LOCK,
                            "wait until it has ended, or stop it there; what it has done "
                            "stays and can be gone on from",
                            error);
  if (lock == NULL)
    return FALSE;
  Run run = {.control = control, .outer = monitor, .host_threads = host_threads(trainer)};
  run.monitor = (MedctMonitor){run_cancelled, run_progress, &run};
  run.set = medct_train_cohort_set(cohort, &run.monitor);
  run.records = medct_train_records_new(folder, run.set->classes, run.set->n_classes);
  const medct_train_control abi = {sizeof abi, &run, run_record, run_state, run_threads};
  MedctCall call;
  medct_error said = medct_plugin_error();
  medct_call_enter(&call, &run.monitor);
  gboolean done = trainer->abi->train(trainer->abi, run.set, options, folder, &abi, &said);
  medct_train_records_free(run.records);
  return settle(&call, done, &said, error);
}
