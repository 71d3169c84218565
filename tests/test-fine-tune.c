/* The training loop over a small model: it learns, it is reproducible, it resumes. */
#include "train-fixture.h"
#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>

typedef struct {
  GArray *losses, *aurocs; /* of double */
  gint64 stop_at;          /* cancel when this step is done; −1: never */
  gint64 done;
  int threads;
  guint saved, not_saved;
  gboolean warned;           /* of a damaged checkpoint */
  gint64 full_from, full_to; /* steps between which no file may grow; 0, 0: always may */
} Watch;

/* As if the disk were full: writing more than a page of a file fails. */
static void
set_disk_full(gboolean full)
{
  struct rlimit limit;
  getrlimit(RLIMIT_FSIZE, &limit);
  limit.rlim_cur = full ? 4096 : limit.rlim_max;
  setrlimit(RLIMIT_FSIZE, &limit);
}

static void
on_record(void *user_data, const MedctTrainRecord *record)
{
  Watch *watch = user_data;
  watch->done = record->step;
  watch->saved += record->kind == MEDCT_TRAIN_RECORD_SAVED;
  watch->not_saved += record->kind == MEDCT_TRAIN_RECORD_SAVE_FAILED;
  if (watch->full_to > 0)
    set_disk_full(record->step >= watch->full_from && record->step < watch->full_to);
  if (record->kind == MEDCT_TRAIN_RECORD_STARTED)
    watch->warned = record->message != NULL;
  if (record->kind == MEDCT_TRAIN_RECORD_STEP)
    g_array_append_val(watch->losses, record->loss);
  if (record->kind == MEDCT_TRAIN_RECORD_EVALUATION)
    g_array_append_val(watch->aurocs, record->val_auroc);
  g_test_message("%d step %d loss %.4f auroc %.3f val %.4f %.3f s", record->kind, (int)record->step,
                 record->loss, record->val_auroc, record->val_loss, record->seconds);
}

static int
threads(void *user_data)
{
  return ((Watch *)user_data)->threads;
}

static bool
is_cancelled(void *user_data)
{
  const Watch *watch = user_data;
  return watch->stop_at >= 0 && watch->done >= watch->stop_at;
}

static void
watch_clear(Watch *watch)
{
  g_array_unref(watch->losses);
  g_array_unref(watch->aurocs);
}

static void
watch_init(Watch *watch)
{
  *watch = (Watch){.losses = g_array_new(FALSE, FALSE, sizeof(double)),
                   .aurocs = g_array_new(FALSE, FALSE, sizeof(double)),
                   .stop_at = -1,
                   .threads = 2};
}

static gboolean
train_watched(TrainFixture *f, const MedctTrainOptions *options, const char *folder,
              gboolean resume, Watch *watch, GError **error)
{
  const MedctMonitor monitor = {is_cancelled, NULL, watch};
  const MedctFineTune job = {
      .model = f->model,
      .set = &f->set,
      .options = *options,
      .folder = folder,
      .resume = resume,
      .watch = {.record = on_record, .threads = threads, .user_data = watch, .monitor = &monitor},
  };
  return medct_fine_tune_run(&job, error);
}

static gboolean
train(TrainFixture *f, const MedctTrainOptions *options, const char *folder, gboolean resume,
      Watch *watch, gint64 stop_at, int n_threads, GError **error)
{
  watch_init(watch);
  watch->stop_at = stop_at;
  watch->threads = n_threads;
  return train_watched(f, options, folder, resume, watch, error);
}

static double
at(const GArray *numbers, guint i)
{
  return g_array_index(numbers, double, i);
}

static double
highest(const GArray *numbers)
{
  double top = at(numbers, 0);
  for (guint i = 1; i < numbers->len; i++)
    top = fmax(top, at(numbers, i));
  return top;
}

static MedctTrainOptions
quick_to_learn(MedctTrainPreset preset)
{
  MedctTrainOptions options = medct_train_preset_options(preset);
  options.epochs = 5;
  options.patience = 0;
  options.lr = 3e-3;
  options.batch = 4;
  options.accumulate = 1;
  options.cache_bytes = 0; /* each kept volume is synced to disk */
  return options;
}

/* The adapter's two files, one after the other. */
static GBytes *
adapter_bytes(const char *folder)
{
  static const char *const names[] = {"adapter_config.json", "adapter_model.safetensors"};
  g_autoptr(GByteArray) all = g_byte_array_new();
  for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
    g_autofree char *path = g_build_filename(folder, names[i], NULL), *bytes = NULL;
    gsize n = 0;
    g_assert_true(g_file_get_contents(path, &bytes, &n, NULL));
    g_byte_array_append(all, (const guint8 *)bytes, (guint)n);
  }
  return g_byte_array_free_to_bytes(g_steal_pointer(&all));
}

static void
assert_same_adapter(const char *one, const char *two)
{
  g_autoptr(GBytes) a = adapter_bytes(one), b = adapter_bytes(two);
  g_assert_true(g_bytes_equal(a, b));
}

static void
test_learns(TrainFixture *f, gconstpointer data)
{
  g_autoptr(GError) error = NULL;
  Watch watch;
  MedctTrainOptions options = quick_to_learn((MedctTrainPreset)GPOINTER_TO_INT(data));
  options.epochs = GPOINTER_TO_INT(data) == MEDCT_TRAIN_QUICK ? 10 : 5;
  g_assert_true(train(f, &options, f->folder, FALSE, &watch, -1, 2, &error));
  g_assert_no_error(error);
  g_assert_cmpint(watch.losses->len, ==, options.epochs * 10);
  g_assert_cmpint(watch.aurocs->len, ==, options.epochs + 1);
  g_assert_cmpfloat(highest(watch.aurocs), >, fmax(0.7, at(watch.aurocs, 0) + 0.2));
  g_autoptr(MedctAdapter) adapter = medct_adapter_open(f->folder, &error);
  g_assert_no_error(error);
  g_assert_true(medct_model_set_adapter(f->model, adapter, &error));
  watch_clear(&watch);
}

static void
test_objectives(TrainFixture *f, gconstpointer data)
{
  g_autoptr(GError) error = NULL;
  MedctTrainOptions options = quick_to_learn(MEDCT_TRAIN_QUICK);
  options.objective = (MedctTrainObjective)GPOINTER_TO_INT(data);
  options.epochs = 10;
  options.positive_weights = TRUE;
  options.asymmetric = TRUE;
  Watch watch;
  g_assert_true(train(f, &options, f->folder, FALSE, &watch, -1, 1, &error));
  g_assert_no_error(error);
  double first = 0, final = 0; /* the first and the last epoch */
  for (guint i = 0; i < 10; i++) {
    first += at(watch.losses, i);
    final += at(watch.losses, watch.losses->len - 10 + i);
  }
  g_assert_cmpfloat(final, <, 0.95 * first);
  watch_clear(&watch);
}

/* Any number of threads gives the same bits, and so does what was kept of the volumes. */
static void
test_equal_bits(TrainFixture *f, gconstpointer data)
{
  g_autofree char *other = g_build_filename(f->home, "other", NULL);
  MedctTrainOptions options = quick_to_learn(MEDCT_TRAIN_BALANCED);
  g_autoptr(GError) error = NULL;
  Watch watch;
  options.epochs = 2;
  options.cache_bytes = 1 << 30;
  g_assert_true(train(f, &options, f->folder, FALSE, &watch, -1, 1, &error));
  watch_clear(&watch);
  g_assert_cmpuint(f->loads, ==, TRAIN_N_ITEMS);
  g_assert_true(train(f, &options, other, FALSE, &watch, -1, 3, &error));
  watch_clear(&watch);
  g_assert_no_error(error);
  g_assert_cmpuint(f->loads, ==, TRAIN_N_ITEMS);
  assert_same_adapter(f->folder, other);
}

/* Batches that are accumulated are one batch. */
static void
test_accumulates(TrainFixture *f, gconstpointer data)
{
  MedctTrainOptions options = quick_to_learn(MEDCT_TRAIN_FULL);
  g_autoptr(GError) error = NULL;
  Watch one, many;
  options.epochs = 1;
  g_assert_true(train(f, &options, f->folder, FALSE, &one, -1, 2, &error));
  options.batch = 1;
  options.accumulate = 4;
  g_assert_true(train(f, &options, f->folder, FALSE, &many, -1, 2, &error));
  g_assert_no_error(error);
  g_assert_cmpuint(one.losses->len, ==, many.losses->len);
  for (guint i = 0; i < one.losses->len; i++)
    g_assert_cmpfloat_with_epsilon(at(one.losses, i), at(many.losses, i), 2e-3);
  watch_clear(&one);
  watch_clear(&many);
}

static void
test_resumes(TrainFixture *f, gconstpointer data)
{
  g_autofree char *other = g_build_filename(f->home, "other", NULL);
  MedctTrainOptions options = quick_to_learn((MedctTrainPreset)GPOINTER_TO_INT(data));
  options.epochs = 2;
  options.lora.dropout = 0.2;
  options.temperature = TRUE;
  options.lr_ratio = 4;
  Watch watch;
  g_autoptr(GError) error = NULL;
  g_assert_true(train(f, &options, f->folder, FALSE, &watch, -1, 2, &error));
  watch_clear(&watch);
  for (gint64 stop = 5; stop < 20; stop += 7) { /* at the end of an epoch and inside */
    g_assert_false(train(f, &options, other, TRUE, &watch, stop, 2, &error));
    g_assert_error(error, MEDCT_ERROR, MEDCT_ERROR_CANCELLED);
    g_clear_error(&error);
    watch_clear(&watch);
  }
  g_assert_true(train(f, &options, other, TRUE, &watch, -1, 1, &error));
  g_assert_no_error(error);
  g_assert_cmpuint(watch.losses->len, <, 20);
  watch_clear(&watch);
  assert_same_adapter(f->folder, other);
  g_autofree char *left = g_build_filename(other, "checkpoints", NULL);
  g_assert_false(g_file_test(left, G_FILE_TEST_EXISTS));
}

/* Augmented, the volumes are others in every epoch and for every seed, and yet a training that was
 * cut short, on other threads, ends in the same bytes. Evaluations see volumes as they are. */
static void
test_augments(TrainFixture *f, gconstpointer data)
{
  g_autofree char *other = g_build_filename(f->home, "other", NULL);
  g_autofree char *plain = g_build_filename(f->home, "plain", NULL);
  MedctTrainOptions options = quick_to_learn(MEDCT_TRAIN_BALANCED);
  options.epochs = 2;
  Watch watch, without;
  g_autoptr(GError) error = NULL;
  g_assert_true(train(f, &options, plain, FALSE, &without, -1, 2, &error));
  options.augmentation = (MedctAugmentationLimits){2, 50, 30};
  g_assert_true(train(f, &options, f->folder, FALSE, &watch, -1, 2, &error));
  g_assert_cmpuint(watch.losses->len, ==, without.losses->len);
  g_assert_cmpfloat(at(watch.losses, 0), !=, at(without.losses, 0));
  g_assert_cmpfloat(at(watch.aurocs, 0), ==, at(without.aurocs, 0)); /* before the first step */
  watch_clear(&watch);
  watch_clear(&without);
  g_assert_false(train(f, &options, other, TRUE, &watch, 12, 2, &error));
  g_assert_error(error, MEDCT_ERROR, MEDCT_ERROR_CANCELLED);
  g_clear_error(&error);
  watch_clear(&watch);
  MedctTrainOptions otherwise = options;
  otherwise.augmentation.noise_hu = 51;
  g_assert_false(train(f, &otherwise, other, TRUE, &watch, -1, 2, &error));
  g_assert_error(error, MEDCT_ERROR, MEDCT_ERROR_MISMATCH);
  g_clear_error(&error);
  watch_clear(&watch);
  g_assert_true(train(f, &options, other, TRUE, &watch, -1, 1, &error));
  g_assert_no_error(error);
  g_assert_cmpuint(watch.losses->len, ==, 8);
  watch_clear(&watch);
  assert_same_adapter(f->folder, other);
}

/* An epoch is not the one before: without learning, the same volumes have other losses. */
static void
test_augments_anew(TrainFixture *f, gconstpointer data)
{
  MedctTrainOptions options = quick_to_learn(MEDCT_TRAIN_FULL);
  g_autoptr(GError) error = NULL;
  Watch watch;
  double sums[2] = {0};
  options.epochs = 2;
  options.lr = 1e-12;
  options.augmentation.offset_hu = 200;
  g_assert_true(train(f, &options, f->folder, FALSE, &watch, -1, 2, &error));
  g_assert_no_error(error);
  for (guint i = 0; i < watch.losses->len; i++)
    sums[2 * i / watch.losses->len] += at(watch.losses, i);
  g_assert_cmpfloat(fabs(sums[0] - sums[1]), >, 1e-5);
  watch_clear(&watch);
}

/* What is kept of volumes as they are is neither used for augmented ones nor replaced by them. */
static void
test_augmented_not_kept(TrainFixture *f, gconstpointer data)
{
  char *paths[3];
  MedctTrainOptions options = quick_to_learn(MEDCT_TRAIN_BALANCED);
  g_autoptr(GError) error = NULL;
  Watch watch;
  const guint n_training = 40, n_validation = TRAIN_N_ITEMS - n_training;
  for (gsize i = 0; i < G_N_ELEMENTS(paths); i++)
    paths[i] = g_strdup_printf("%s/%u", f->home, (guint)i);
  options.epochs = 2;
  options.batch = 1;
  options.accumulate = 4;
  g_assert_true(train(f, &options, paths[0], FALSE, &watch, -1, 2, &error));
  watch_clear(&watch);
  f->loads = 0;
  options.cache_bytes = 1 << 30;
  options.augmentation = (MedctAugmentationLimits){1, 20, 0};
  g_assert_true(train(f, &options, paths[1], FALSE, &watch, -1, 2, &error));
  watch_clear(&watch);
  g_assert_cmpuint(f->loads, ==, 2 * n_training + n_validation);
  options.augmentation = (MedctAugmentationLimits){0};
  g_assert_true(train(f, &options, paths[2], FALSE, &watch, -1, 2, &error));
  watch_clear(&watch);
  g_assert_no_error(error);
  g_assert_cmpuint(f->loads, ==, 3 * n_training + n_validation);
  assert_same_adapter(paths[0], paths[2]);
  for (gsize i = 0; i < G_N_ELEMENTS(paths); i++)
    g_free(paths[i]);
}

/* A checkpoint that cannot be written leaves the one before it; training goes on, and a run that
 * is killed then goes on from the older one to the same bytes. */
static void
test_disk_full(TrainFixture *f, gconstpointer data)
{
  g_autofree char *other = g_build_filename(f->home, "other", NULL);
  g_autofree char *older = g_build_filename(other, "checkpoints", "step-10", NULL);
  g_autofree char *newer = g_build_filename(other, "checkpoints", "step-20", NULL);
  MedctTrainOptions options = quick_to_learn(MEDCT_TRAIN_QUICK);
  g_autoptr(GError) error = NULL;
  Watch watch;
  g_assert_true(train(f, &options, f->folder, FALSE, &watch, -1, 2, &error));
  g_assert_cmpuint(watch.saved, ==, 4);
  watch_clear(&watch);
  watch_init(&watch);
  watch.full_from = 12;
  watch.full_to = 25;
  watch.stop_at = 22;
  g_assert_false(train_watched(f, &options, other, FALSE, &watch, &error));
  set_disk_full(FALSE);
  g_assert_error(error, MEDCT_ERROR, MEDCT_ERROR_CANCELLED);
  g_clear_error(&error);
  g_assert_cmpuint(watch.saved, ==, 1);
  g_assert_cmpuint(watch.not_saved, ==, 2);
  g_assert_true(g_file_test(older, G_FILE_TEST_IS_DIR));
  g_assert_false(g_file_test(newer, G_FILE_TEST_EXISTS));
  watch_clear(&watch);
  g_assert_true(train(f, &options, other, TRUE, &watch, -1, 2, &error));
  g_assert_no_error(error);
  g_assert_cmpuint(watch.losses->len, ==, 40);
  watch_clear(&watch);
  assert_same_adapter(f->folder, other);
}

static void
flip_byte(const char *path)
{
  g_autofree char *bytes = NULL;
  gsize n = 0;
  g_assert_true(g_file_get_contents(path, &bytes, &n, NULL));
  bytes[n - 9] ^= 1;
  g_assert_true(g_file_set_contents(path, bytes, (gssize)n, NULL));
}

/* The newest checkpoint has a flipped bit: the one before it is taken; with both damaged nothing
 * is begun anew behind one's back. */
static void
test_damaged(TrainFixture *f, gconstpointer data)
{
  g_autofree char *older =
      g_build_filename(f->folder, "checkpoints", "step-10", "state.safetensors", NULL);
  g_autofree char *newer =
      g_build_filename(f->folder, "checkpoints", "step-13", "state.safetensors", NULL);
  MedctTrainOptions options = quick_to_learn(MEDCT_TRAIN_QUICK);
  g_autoptr(GError) error = NULL;
  Watch watch;
  g_assert_false(train(f, &options, f->folder, FALSE, &watch, 13, 2, &error));
  watch_clear(&watch);
  g_clear_error(&error);
  flip_byte(newer);
  g_assert_false(train(f, &options, f->folder, TRUE, &watch, 11, 2, &error));
  g_assert_error(error, MEDCT_ERROR, MEDCT_ERROR_CANCELLED);
  g_assert_cmpuint(watch.losses->len, ==, 1);
  g_assert_true(watch.warned);
  watch_clear(&watch);
  g_clear_error(&error);
  g_autofree char *resumed =
      g_build_filename(f->folder, "checkpoints", "step-11", "state.safetensors", NULL);
  flip_byte(older);
  flip_byte(resumed);
  g_assert_false(train(f, &options, f->folder, TRUE, &watch, -1, 2, &error));
  g_assert_error(error, MEDCT_ERROR, MEDCT_ERROR_FORMAT);
  g_assert_nonnull(strstr(error->message, "no checkpoint verifies"));
  watch_clear(&watch);
}

/* Another run's checkpoint is refused by what differs. */
static void
test_other_run(TrainFixture *f, gconstpointer data)
{
  MedctTrainOptions options = quick_to_learn(MEDCT_TRAIN_QUICK);
  g_autoptr(GError) error = NULL;
  Watch watch;
  g_assert_false(train(f, &options, f->folder, FALSE, &watch, 3, 2, &error));
  watch_clear(&watch);
  g_clear_error(&error);
  options.lr *= 2;
  g_assert_false(train(f, &options, f->folder, TRUE, &watch, -1, 2, &error));
  g_assert_error(error, MEDCT_ERROR, MEDCT_ERROR_MISMATCH);
  g_assert_nonnull(strstr(error->message, "other options"));
  watch_clear(&watch);
  g_clear_error(&error);
  options.lr /= 2;
  f->labels[0][0] = -1;
  g_assert_false(train(f, &options, f->folder, TRUE, &watch, -1, 2, &error));
  g_assert_error(error, MEDCT_ERROR, MEDCT_ERROR_MISMATCH);
  g_assert_nonnull(strstr(error->message, "another cohort"));
  watch_clear(&watch);
}

static void
test_refusals(TrainFixture *f, gconstpointer data)
{
  MedctTrainOptions options = quick_to_learn(MEDCT_TRAIN_QUICK);
  g_autoptr(GError) error = NULL;
  Watch watch;
  options.objective = MEDCT_TRAIN_CLIP;
  options.batch = 1;
  g_assert_false(train(f, &options, f->folder, FALSE, &watch, -1, 1, &error));
  g_assert_nonnull(strstr(error->message, "batch of at least 2"));
  watch_clear(&watch);
  g_clear_error(&error);
  options = quick_to_learn(MEDCT_TRAIN_QUICK);
  options.augmentation.shift = 1;
  g_assert_false(train(f, &options, f->folder, FALSE, &watch, -1, 1, &error));
  g_assert_nonnull(strstr(error->message, "no image layer is adapted"));
  watch_clear(&watch);
  g_clear_error(&error);
  options = quick_to_learn(MEDCT_TRAIN_FULL);
  options.augmentation.noise_hu = -1;
  g_assert_false(train(f, &options, f->folder, FALSE, &watch, -1, 1, &error));
  g_assert_nonnull(strstr(error->message, "noise is -1"));
  watch_clear(&watch);
  g_clear_error(&error);
  options = quick_to_learn(MEDCT_TRAIN_QUICK);
  memset(f->labels, -1, sizeof f->labels);
  g_assert_false(train(f, &options, f->folder, FALSE, &watch, -1, 1, &error));
  g_assert_nonnull(strstr(error->message, "no training volume has a known label"));
  watch_clear(&watch);
}

/* Two epochs without a better validation end it. */
static void
test_stops_early(TrainFixture *f, gconstpointer data)
{
  MedctTrainOptions options = quick_to_learn(MEDCT_TRAIN_QUICK);
  g_autoptr(GError) error = NULL;
  Watch watch;
  options.lr = 1e-9;
  options.epochs = 50;
  options.patience = 2;
  g_assert_true(train(f, &options, f->folder, FALSE, &watch, -1, 1, &error));
  g_assert_no_error(error);
  g_assert_cmpuint(watch.losses->len, ==, 2 * 10);
  watch_clear(&watch);
}

static void
test_plan(TrainFixture *f, gconstpointer data)
{
  MedctTrainPlan plan;
  g_autoptr(GError) error = NULL;
  MedctFineTune job = {.model = f->model, .set = &f->set, .folder = f->folder};
  const MedctConfig *c = medct_model_config(f->model);
  job.options = quick_to_learn(MEDCT_TRAIN_QUICK);
  g_assert_true(medct_fine_tune_plan(&job, &plan, &error));
  g_assert_cmpint(plan.trainable, ==, 16 * 8 * c->text_hidden * c->text_layers);
  g_assert_cmpint(plan.frozen_layers, ==, plan.vision_layers);
  g_assert_cmpint(plan.steps, ==, 50);
  job.options = quick_to_learn(MEDCT_TRAIN_BALANCED);
  g_assert_true(medct_fine_tune_plan(&job, &plan, &error));
  g_assert_cmpint(plan.frozen_layers, ==, c->spatial_layers);
  job.options = quick_to_learn(MEDCT_TRAIN_FULL);
  g_assert_true(medct_fine_tune_plan(&job, &plan, &error));
  g_assert_cmpint(plan.frozen_layers, ==, 0);
  g_assert_no_error(error);
}

#define ADD(path, function, data)                                                                  \
  g_test_add(path, TrainFixture, data, train_fixture_set_up, function, train_fixture_tear_down)

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  signal(SIGXFSZ, SIG_IGN); /* a write then fails with EFBIG */
  char *home = test_home_make();
  ADD("/fine-tune/learns/quick", test_learns, GINT_TO_POINTER(MEDCT_TRAIN_QUICK));
  ADD("/fine-tune/learns/balanced", test_learns, GINT_TO_POINTER(MEDCT_TRAIN_BALANCED));
  ADD("/fine-tune/learns/full", test_learns, GINT_TO_POINTER(MEDCT_TRAIN_FULL));
  ADD("/fine-tune/objective/bce", test_objectives, GINT_TO_POINTER(MEDCT_TRAIN_BCE));
  ADD("/fine-tune/objective/clip", test_objectives, GINT_TO_POINTER(MEDCT_TRAIN_CLIP));
  ADD("/fine-tune/equal-bits", test_equal_bits, NULL);
  ADD("/fine-tune/accumulates", test_accumulates, NULL);
  ADD("/fine-tune/resumes/quick", test_resumes, GINT_TO_POINTER(MEDCT_TRAIN_QUICK));
  ADD("/fine-tune/resumes/full", test_resumes, GINT_TO_POINTER(MEDCT_TRAIN_FULL));
  ADD("/fine-tune/augments", test_augments, NULL);
  ADD("/fine-tune/augments-anew", test_augments_anew, NULL);
  ADD("/fine-tune/augmented-not-kept", test_augmented_not_kept, NULL);
  ADD("/fine-tune/disk-full", test_disk_full, NULL);
  ADD("/fine-tune/damaged", test_damaged, NULL);
  ADD("/fine-tune/other-run", test_other_run, NULL);
  ADD("/fine-tune/refusals", test_refusals, NULL);
  ADD("/fine-tune/stops-early", test_stops_early, NULL);
  ADD("/fine-tune/plan", test_plan, NULL);
  int status = g_test_run();
  test_home_remove(home);
  return status;
}
