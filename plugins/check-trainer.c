/* Checks of model trainers: refusing without crashing, waiting when paused and stopping when asked.
 */
#include "plugins/check-private.h"

#include <glib/gstdio.h>
#include <string.h>

#define N_ITEMS      4
#define SIDE         48
#define PAUSE_US     300000
#define CANCEL_US    1000000 /* after the start: at sizes that are trained in practice, mid-step */
#define MOST_LATENCY 10.0    /* s; it saves a checkpoint before it ends */

typedef struct {
  MedctCheckHost host;
  const medct_model_trainer *abi;
  /* the made-up cohort and what was seen of the run */
  gint16 *voxels;
  medct_train_item items[N_ITEMS];
  medct_train_set set;
  gint64 start;
  GThread *thread;
  guint open, records, while_paused, misuses;
} Trainer;

static gboolean
trainer_make(MedctCheck *check, Trainer *trainer)
{
  const medct_factory *factory = check->entry->get_factory(MEDCT_MODEL_TRAINER);
  medct_error said = medct_plugin_error();
  memset(trainer, 0, sizeof *trainer);
  medct_check_host_init(&trainer->host);
  trainer->abi = factory->create(&trainer->host.base.abi, factory->descriptor(0)->id);
  if (trainer->abi != NULL && trainer->abi->init(trainer->abi, &said))
    return TRUE;
  medct_check_fail(check, "create or init failed: %s", said.message);
  return FALSE;
}

/* ---- the cohort ---------------------------------------------------------------------------- */

static const medct_train_item *
cohort_item(const medct_train_set *set, uint32_t index)
{
  const Trainer *trainer = set->data;
  return index < N_ITEMS ? &trainer->items[index] : NULL;
}

/* A ball of tissue in air, larger where the finding is present: 48³, 6 mm. */
static bool
cohort_open(const medct_train_set *set, uint32_t index, medct_volume_view *view, medct_error *said)
{
  Trainer *trainer = set->data;
  trainer->misuses += trainer->open++ > 0;
  medct_check_fill_ball(trainer->voxels, SIDE, index % 2 ? 20 : 12);
  *view = medct_check_cube(trainer->voxels, SIDE, 6);
  return true;
}

static void
cohort_close(const medct_train_set *set, uint32_t index)
{
  Trainer *trainer = set->data;
  trainer->misuses += trainer->open != 1;
  trainer->open = 0;
}

static void
cohort_make(Trainer *trainer)
{
  static const char *const classes[] = {"Lung nodule"};
  static const int8_t labels[] = {0, 1};
  static const char *const names[N_ITEMS] = {"one", "two", "three", "four"};
  trainer->voxels = g_new(gint16, SIDE * SIDE * SIDE);
  for (guint i = 0; i < N_ITEMS; i++)
    trainer->items[i] = (medct_train_item){.size = sizeof trainer->items[i],
                                           .name = names[i],
                                           .identity = "",
                                           .patient = names[i],
                                           .report = "",
                                           .labels = &labels[i % 2]};
  trainer->set = (medct_train_set){.size = sizeof trainer->set,
                                   .data = trainer,
                                   .n_classes = 1,
                                   .n_items = N_ITEMS,
                                   .classes = classes,
                                   .item = cohort_item,
                                   .open = cohort_open,
                                   .close = cohort_close};
}

/* ---- watching ------------------------------------------------------------------------------ */

/* Paused for a while from the start on; what comes late in it counts as not waiting. */
static gboolean
is_paused(const Trainer *trainer)
{
  return g_get_monotonic_time() - trainer->start < PAUSE_US;
}

static void
on_record(const medct_train_control *control, const medct_train_record *record)
{
  Trainer *trainer = control->data;
  trainer->misuses += g_thread_self() != trainer->thread || record->size < sizeof *record ||
                      record->kind < MEDCT_TRAIN_STARTED || record->kind > MEDCT_TRAIN_FINISHED;
  trainer->records++;
  trainer->while_paused += is_paused(trainer) && record->kind == MEDCT_TRAIN_STEP;
}

static uint32_t
on_state(const medct_train_control *control)
{
  return is_paused(control->data) ? MEDCT_TRAIN_PAUSE : MEDCT_TRAIN_GO;
}

static uint32_t
on_threads(const medct_train_control *control)
{
  return 1;
}

/* ---- the checks ---------------------------------------------------------------------------- */

static const char *
refuses(Trainer *trainer)
{
  const medct_train_control control = {sizeof control, trainer, on_record, on_state, on_threads};
  const medct_model_trainer *abi = trainer->abi;
  medct_train_options options = {.size = sizeof options};
  medct_train_plan plan = {.size = sizeof plan};
  medct_error said = medct_plugin_error();
  const char *problem = NULL;
  for (const char *const *path = medct_check_no_models; *path && !problem; path++) {
    said = medct_plugin_error();
    guint confidence = abi->probe(abi, *path);
    problem = medct_check_judge_refusal(confidence, abi->load(abi, *path, &said), &said);
  }
  if (problem != NULL)
    return problem;
  if (abi->defaults(abi, 4711, &options, &said))
    return "knows a preset 4711";
  if (abi->plan(abi, &trainer->set, &options, &plan, &said))
    return "planned a training although no model is loaded";
  if (abi->train(abi, &trainer->set, &options, "/nonexistent", &control, &said))
    return "trained although no model is loaded";
  return NULL;
}

static void
trainer_clear(Trainer *trainer)
{
  trainer->abi->destroy(trainer->abi);
  g_free(trainer->voxels);
}

MedctCheckState
medct_check_trainer_refuses(MedctCheck *check)
{
  Trainer trainer;
  if (check->entry->get_factory(MEDCT_MODEL_TRAINER) == NULL)
    return medct_check_skip(check, "not a model trainer");
  if (!trainer_make(check, &trainer))
    return MEDCT_CHECK_FAILED;
  MedctCall call;
  medct_call_enter(&call, NULL);
  cohort_make(&trainer);
  const char *problem = refuses(&trainer);
  trainer_clear(&trainer);
  medct_call_leave(&call);
  return problem ? medct_check_fail(check, "%s", problem) : MEDCT_CHECK_PASSED;
}

static void
remove_folder(const char *path)
{
  g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
  const char *name;
  while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
    g_autofree char *inner = g_build_filename(path, name, NULL);
    if (g_file_test(inner, G_FILE_TEST_IS_DIR) && !g_file_test(inner, G_FILE_TEST_IS_SYMLINK))
      remove_folder(inner);
    else
      g_unlink(inner);
  }
  g_rmdir(path);
}

static MedctCheckState
judge(MedctCheck *check, const Trainer *trainer, bool done, const medct_error *said)
{
  double late = (double)(g_get_monotonic_time() - trainer->host.cancel_at) / 1e6;
  if (done)
    return medct_check_fail(check, "trained to the end although it was cancelled");
  if (said->code != MEDCT_PLUGIN_CANCELLED)
    return medct_check_fail(check, "failed with code %d instead of MEDCT_PLUGIN_CANCELLED: %s",
                            said->code, said->message);
  if (late > MOST_LATENCY)
    return medct_check_fail(check, "went on for %.1f s after cancelling, expected at most %.1f",
                            late, MOST_LATENCY);
  if (trainer->while_paused > 1)
    return medct_check_fail(check, "made %u steps while it was paused", trainer->while_paused);
  if (trainer->records == 0 || trainer->misuses > 0 || trainer->open > 0)
    return medct_check_fail(check, "%s",
                            trainer->records == 0 ? "gave no record"
                            : trainer->open > 0
                                ? "left a volume open"
                                : "gave a record that is not one, or from another thread, or "
                                  "opened two volumes at once");
  return MEDCT_CHECK_PASSED;
}

/* Long enough that it cannot end by itself. */
static MedctCheckState
train_and_cancel(MedctCheck *check, Trainer *trainer, const char *folder)
{
  const medct_train_control control = {sizeof control, trainer, on_record, on_state, on_threads};
  medct_train_options options = {.size = sizeof options};
  medct_error said = medct_plugin_error();
  if (!trainer->abi->defaults(trainer->abi, MEDCT_TRAIN_PRESET_QUICK, &options, &said))
    return medct_check_fail(check, "has no preset quick: %s", said.message);
  options.epochs = 1000000;
  options.patience = 0;
  trainer->thread = g_thread_self();
  trainer->start = g_get_monotonic_time();
  trainer->host.cancel_at = trainer->start + CANCEL_US;
  bool done = trainer->abi->train(trainer->abi, &trainer->set, &options, folder, &control, &said);
  return judge(check, trainer, done, &said);
}

MedctCheckState
medct_check_trainer_cancel(MedctCheck *check)
{
  Trainer trainer;
  if (check->entry->get_factory(MEDCT_MODEL_TRAINER) == NULL)
    return medct_check_skip(check, "not a model trainer");
  if (check->target->model == NULL)
    return medct_check_skip(check, "no --model was given");
  if (!trainer_make(check, &trainer))
    return MEDCT_CHECK_FAILED;
  medct_error said = medct_plugin_error();
  g_autofree char *folder = g_dir_make_tmp("medct-check-XXXXXX", NULL);
  MedctCall call;
  medct_call_enter(&call, NULL);
  cohort_make(&trainer);
  MedctCheckState state =
      folder == NULL ? medct_check_skip(check, "no temporary folder could be made")
      : trainer.abi->load(trainer.abi, check->target->model, &said)
          ? train_and_cancel(check, &trainer, folder)
          : medct_check_fail(check, "the model does not load: %s", said.message);
  trainer_clear(&trainer);
  medct_call_leave(&call);
  if (folder != NULL)
    remove_folder(folder);
  return state;
}
