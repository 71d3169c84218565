/* Pre-training on a made-up world of two findings: a bright block in the left half, a dark one in
 * the right. It must learn them, give the same bits on any number of threads, and go on from a
 * checkpoint as if nothing had happened. */
#include "model/counter_random.h"
#include "model/pretrain.h"
#include "model/random_weights.h"
#include "tests/test-home.h"
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

enum { FRAMES = 12, IMAGE = 24, CLASSES = 2, N = 48, N_TRAIN = 36, VOCAB = 16 };

typedef struct {
  MedctPretrainSet set;
  MedctPretrainItem items[N];
  int16_t *voxels;
  int8_t labels[N][CLASSES];
  MedctFindingBox boxes[N][CLASSES];
  int32_t reports[N][4], prompts[2 * CLASSES][4];
  MedctSentence sentences[2 * CLASSES];
  char *folder;
  MedctConfig config;
} World;

static void
draw_block(World *w, int n, int finding, int s, int l, int p)
{
  int16_t *voxels = w->voxels + (gsize)n * FRAMES * IMAGE * IMAGE;
  for (int ds = 0; ds < 4; ds++)
    for (int dl = 0; dl < 6; dl++)
      for (int dp = 0; dp < 6; dp++)
        voxels[((s + ds) * IMAGE + l + dl) * IMAGE + p + dp] = finding ? -900 : 600;
  guint k = w->items[n].n_boxes++;
  w->boxes[n][k] = (MedctFindingBox){finding, {l, p, s}, {l + 5, p + 5, s + 3}};
}

static void
draw_patient(World *w, int n)
{
  guint64 key = medct_counter_key(7, "world") + (guint64)n * 4096;
  int16_t *voxels = w->voxels + (gsize)n * FRAMES * IMAGE * IMAGE;
  for (int i = 0; i < FRAMES * IMAGE * IMAGE; i++)
    voxels[i] = (int16_t)(100 * medct_counter_unit(key + 16 + (guint64)i));
  w->items[n] = (MedctPretrainItem){.voxels = voxels,
                                    .labels = w->labels[n],
                                    .boxes = w->boxes[n],
                                    .report = {w->reports[n], 4},
                                    .validation = n >= N_TRAIN};
  for (int k = 0; k < CLASSES; k++) {
    w->labels[n][k] = (n >> k) & 1;
    if (w->labels[n][k])
      draw_block(w, n, k, (n / 4) % 8, 1 + k * 12 + n % 4, 2 + n % 13);
  }
  const int32_t report[] = {2, 5 + w->labels[n][0], 7 + w->labels[n][1], 3};
  memcpy(w->reports[n], report, sizeof report);
}

static void
make_world(World *w, gconstpointer data)
{
  memset(w, 0, sizeof *w);
  w->folder = test_home_make();
  w->voxels = g_new(int16_t, (gsize)N * FRAMES * IMAGE * IMAGE);
  for (int n = 0; n < N; n++)
    draw_patient(w, n);
  for (int i = 0; i < 2 * CLASSES; i++) {
    const int32_t prompt[] = {2, 9 + i / 2, i % 2 ? 11 : 12, 3};
    memcpy(w->prompts[i], prompt, sizeof prompt);
    w->sentences[i] = (MedctSentence){w->prompts[i], 4};
  }
  w->set = (MedctPretrainSet){
      .items = w->items, .n_items = N, .n_classes = CLASSES, .prompts = w->sentences};
  w->config = (MedctConfig){.dim = 16,
                            .image = IMAGE,
                            .patch = 6,
                            .temporal_patch = 4,
                            .spatial_layers = 1,
                            .temporal_layers = 1,
                            .heads = 2,
                            .dim_head = 8,
                            .ff_inner = 42,
                            .codebook = 16,
                            .text_hidden = 16,
                            .text_layers = 1,
                            .text_heads = 2,
                            .text_inter = 32,
                            .text_vocab = VOCAB,
                            .text_positions = 8,
                            .latent = 16,
                            .spacing_mm = {1, 1, 1},
                            .frames = FRAMES,
                            .clip_hu = {-1000, 1000}};
}

static void
free_world(World *w, gconstpointer data)
{
  test_home_remove(w->folder);
  g_free(w->voxels);
}

static MedctPretrainOptions
short_options(void)
{
  MedctPretrainOptions o = MEDCT_PRETRAIN_DEFAULT;
  for (int s = 0; s < MEDCT_N_PRETRAIN_STAGES; s++) {
    o.stages[s].batch = 6;
    o.stages[s].steps = 10;
  }
  o.warm_up = 5;
  o.shift = 1;
  o.evaluate_every = 10;
  o.checkpoint_seconds = 0;
  return o;
}

static MedctWeights *
first_weights(World *w)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *path = g_build_filename(w->folder, "first.safetensors", NULL);
  g_assert_true(medct_random_weights_write(path, &w->config, 1, TRUE, &error));
  g_autoptr(MedctTensorFile) file = medct_tensor_file_open(path, &error);
  MedctWeights *weights = medct_weights_copy(file, &w->config, &error);
  g_assert_no_error(error);
  return weights;
}

typedef struct {
  double first_loss[MEDCT_N_PRETRAIN_STAGES], last_loss[MEDCT_N_PRETRAIN_STAGES], auroc;
  int steps, stop_at;
} Seen;

static void
note(const MedctPretrainRecord *record, void *data)
{
  Seen *seen = data;
  if (record->step == 1)
    seen->first_loss[record->stage] = record->loss;
  seen->last_loss[record->stage] = record->loss;
  if (!isnan(record->val_auroc))
    seen->auroc = record->val_auroc;
  seen->steps++;
  if (g_test_verbose())
    g_test_message("%s %d loss %.4f auroc %.3f", medct_pretrain_stage_name(record->stage),
                   record->step, record->loss, record->val_auroc);
}

static bool
is_stopped(void *data)
{
  const Seen *seen = data;
  return seen->stop_at > 0 && seen->steps >= seen->stop_at;
}

static gboolean
run(World *w, MedctWeights *weights, const MedctPretrainOptions *options, int threads,
    const char *name, Seen *seen, GError **error)
{
  g_autofree char *folder = g_build_filename(w->folder, name, NULL);
  MedctMonitor monitor = {.cancelled = is_stopped, .data = seen};
  g_mkdir_with_parents(folder, 0777);
  return medct_pretrain(weights, &w->config, &w->set, options, threads, folder, note, seen,
                        &monitor, error);
}

static void
test_it_learns(World *w, gconstpointer data)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(MedctWeights) weights = first_weights(w);
  MedctPretrainOptions options = short_options();
  Seen seen = {{0}, {0}, 0, 0, 0};
  options.stages[MEDCT_PRETRAIN_DENSE].steps = 150;
  options.stages[MEDCT_PRETRAIN_TEXT].steps = 80;
  options.stages[MEDCT_PRETRAIN_JOINT].steps = 60;
  options.evaluate_every = 50;
  run(w, weights, &options, 2, "learns", &seen, &error);
  g_assert_no_error(error);
  g_assert_cmpfloat(seen.last_loss[MEDCT_PRETRAIN_DENSE], <,
                    0.5 * seen.first_loss[MEDCT_PRETRAIN_DENSE]);
  g_assert_cmpfloat(seen.auroc, >, 0.95);
}

static void
test_threads_change_nothing(World *w, gconstpointer data)
{
  MedctPretrainOptions options = short_options();
  g_autoptr(MedctWeights) one = first_weights(w), three = first_weights(w);
  Seen seen = {{0}, {0}, 0, 0, 0};
  g_assert_true(run(w, one, &options, 1, "one", &seen, NULL));
  g_assert_true(run(w, three, &options, 3, "three", &seen, NULL));
  g_assert_cmpmem(one->parameters, sizeof(float) * one->n, three->parameters,
                  sizeof(float) * three->n);
}

/* Stopped once in every stage. */
static void
test_resume_changes_nothing(World *w, gconstpointer data)
{
  MedctPretrainOptions options = short_options();
  g_autoptr(MedctWeights) whole = first_weights(w), parts = NULL;
  Seen seen = {{0}, {0}, 0, 0, 0};
  g_assert_true(run(w, whole, &options, 2, "whole", &seen, NULL));
  for (int stop = 4; stop <= 40; stop += 9) {
    g_clear_pointer(&parts, medct_weights_free);
    parts = first_weights(w);
    Seen part = {{0}, {0}, 0, 0, stop < 40 ? 9 : 0};
    g_autoptr(GError) error = NULL;
    if (!run(w, parts, &options, 2, "parts", &part, &error))
      g_assert_error(error, MEDCT_ERROR, MEDCT_ERROR_CANCELLED);
  }
  g_assert_cmpmem(whole->parameters, sizeof(float) * whole->n, parts->parameters,
                  sizeof(float) * parts->n);
}

static void
test_another_run_is_refused(World *w, gconstpointer data)
{
  MedctPretrainOptions options = short_options();
  g_autoptr(MedctWeights) weights = first_weights(w);
  g_autoptr(GError) error = NULL;
  Seen seen = {{0}, {0}, 0, 0, 0};
  g_assert_true(run(w, weights, &options, 2, "same", &seen, NULL));
  options.clip = 2;
  g_assert_false(run(w, weights, &options, 2, "same", &seen, &error));
  g_assert_error(error, MEDCT_ERROR, MEDCT_ERROR_MISMATCH);
}

/* A withheld finding leaves no trace: its labels and boxes may be anything. */
static void
test_withheld_is_not_seen(World *w, gconstpointer data)
{
  static const gboolean withheld[CLASSES] = {FALSE, TRUE};
  MedctPretrainOptions options = short_options();
  g_autoptr(MedctWeights) one = first_weights(w), other = first_weights(w);
  Seen seen = {{0}, {0}, 0, 0, 0};
  options.evaluate_every = 1000;
  w->set.withheld = withheld;
  options.stages[MEDCT_PRETRAIN_TEXT].steps = options.stages[MEDCT_PRETRAIN_JOINT].steps = 0;
  g_assert_true(run(w, one, &options, 2, "seen", &seen, NULL));
  for (int n = 0; n < N; n++)
    w->labels[n][1] ^= 1;
  g_assert_true(run(w, other, &options, 2, "unseen", &seen, NULL));
  g_assert_cmpmem(one->parameters, sizeof(float) * one->n, other->parameters,
                  sizeof(float) * other->n);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
#define ADD(name, function)                                                                        \
  g_test_add("/pretrain/" name, World, NULL, make_world, function, free_world)
  ADD("learns", test_it_learns);
  ADD("threads", test_threads_change_nothing);
  ADD("resume", test_resume_changes_nothing);
  ADD("another-run", test_another_run_is_refused);
  ADD("withheld", test_withheld_is_not_seen);
  return g_test_run();
}
