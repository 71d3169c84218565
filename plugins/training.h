/* A training as the programs see it, whichever plugin does it: a trainer with a model, and a
 * control that watches and steers a run from other threads. What a plugin says is checked before
 * anybody sees it, and written to records.jsonl.
 *
 * Thread: load, plan and run belong on one worker, which run() keeps for hours; the control's
 * functions may be called from any thread. */
#pragma once

#include "plugins/host.h"
#include "plugins/train-set.h"

G_BEGIN_DECLS

/* ---- steering ------------------------------------------------------------------------------ */

/* The host's own word, beside the kinds that a trainer says: a line of records.jsonl could not be
 * written, `message` says why. Once a run; training goes on. */
#define MEDCT_TRAIN_NOT_RECORDED 1000u

/* On the training's thread; the record is valid during the call. */
typedef void (*MedctTrainWatcher)(const medct_train_record *record, void *user_data);

typedef struct _MedctTrainControl MedctTrainControl;

/* The caller's; must outlive the run. `watcher` may be NULL. */
MedctTrainControl *medct_train_control_new(MedctTrainWatcher watcher, void *user_data);
void medct_train_control_free(MedctTrainControl *control);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MedctTrainControl, medct_train_control_free)

/* Takes hold within a block of a layer (well under a second); memory stays. */
void medct_train_control_set_paused(MedctTrainControl *control, gboolean paused);
/* Saves a checkpoint; run() fails with MEDCT_ERROR_CANCELLED and MEDCT_TRAIN_RESUME goes on. */
void medct_train_control_stop(MedctTrainControl *control);
/* No further step: the best adapter so far is written and run() succeeds. */
void medct_train_control_finish(MedctTrainControl *control);
/* From the next step on; 0: the host's setting. Results do not depend on it. */
void medct_train_control_set_threads(MedctTrainControl *control, guint threads);

/* ---- training ------------------------------------------------------------------------------ */

typedef struct _MedctTrainer MedctTrainer;

MedctTrainer *medct_host_load_trainer(MedctHost *host, const char *path,
                                      const MedctMonitor *monitor, GError **error);
void medct_trainer_free(MedctTrainer *trainer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MedctTrainer, medct_trainer_free)

/* `preset`: MEDCT_TRAIN_PRESET_…. */
gboolean medct_trainer_defaults(MedctTrainer *trainer, guint32 preset, medct_train_options *options,
                                GError **error);
/* Refuses what run() would refuse before its first step. `monitor` may be NULL. */
gboolean medct_trainer_plan(MedctTrainer *trainer, MedctTrainCohort *cohort,
                            const medct_train_options *options, medct_train_plan *plan,
                            const MedctMonitor *monitor, GError **error);
/* A folder in which a training goes on holds this file, locked (model/folder_lock.h). */
#define MEDCT_TRAINING_LOCK "training.lock"

/* The adapter and records.jsonl go into `folder`, which is made when missing. Refused while another
 * training, of this or of another program, goes on there. `monitor` (may be
 * NULL) is asked on this thread whether to stop, too. */
gboolean medct_trainer_run(MedctTrainer *trainer, MedctTrainCohort *cohort,
                           const medct_train_options *options, const char *folder,
                           MedctTrainControl *control, const MedctMonitor *monitor, GError **error);

G_END_DECLS
