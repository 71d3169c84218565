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
  o.stages[MEDCT_PRETRAIN_SENTENCES].steps = 0;
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

#define PROJECTION "to_visual_latent.weight"
#define CODEBOOK   "visual_transformer.vq._codebook.embed"
#define TEXT_QUERY "text_transformer.encoder.layer.0.attention.self.query.weight"
#define PATCHES    "visual_transformer.to_patch_emb.2.weight"

static gboolean
differs(const MedctWeights *a, const MedctWeights *b, const char *name)
{
  const MedctWeight *w = medct_weights_lookup(a, name);
  g_assert_nonnull(w);
  return memcmp(a->parameters + w->at, b->parameters + w->at, sizeof(float) * w->n) != 0;
}

static float *
temperature_of(const MedctWeights *weights)
{
  return weights->parameters + medct_weights_lookup(weights, "temperature")->at;
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
  options.stages[MEDCT_PRETRAIN_SENTENCES].steps = 10;
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
  options.stages[MEDCT_PRETRAIN_SENTENCES].steps = 10;
  g_autoptr(MedctWeights) whole = first_weights(w), parts = NULL;
  Seen seen = {{0}, {0}, 0, 0, 0};
  g_assert_true(run(w, whole, &options, 2, "whole", &seen, NULL));
  for (int stop = 4; stop <= 49; stop += 9) {
    g_clear_pointer(&parts, medct_weights_free);
    parts = first_weights(w);
    Seen part = {{0}, {0}, 0, 0, stop < 49 ? 9 : 0};
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
  g_clear_error(&error);
  options.clip = 1;
  g_assert_true(run(w, weights, &options, 2, "same", &seen, NULL));
  w->labels[3][0] ^= 1;
  g_assert_false(run(w, weights, &options, 2, "same", &seen, &error));
  g_assert_error(error, MEDCT_ERROR, MEDCT_ERROR_MISMATCH);
}

/* A few steps of each stage from the first weights. */
static MedctWeights *
run_steps(World *w, MedctPretrainOptions options, int dense, int text, int joint, const char *name)
{
  g_autoptr(GError) error = NULL;
  MedctWeights *weights = first_weights(w);
  Seen seen = {{0}, {0}, 0, 0, 0};
  options.stages[MEDCT_PRETRAIN_DENSE].steps = dense;
  options.stages[MEDCT_PRETRAIN_TEXT].steps = text;
  options.stages[MEDCT_PRETRAIN_JOINT].steps = joint;
  run(w, weights, &options, 2, name, &seen, &error);
  g_assert_no_error(error);
  return weights;
}

/* Where the text stage begins, and that it trains the projection and the temperature; that the
 * codebook follows the tokens of the joint stage; that the last stage leaves the image encoder as
 * it is. */
static void
test_parts_move(World *w, gconstpointer data)
{
  MedctPretrainOptions options = short_options();
  g_autoptr(MedctWeights) first = first_weights(w);
  g_autoptr(MedctWeights) begun = run_steps(w, options, 1, 0, 0, "begun");
  g_autoptr(MedctWeights) text = run_steps(w, options, 1, 4, 0, "text");
  g_autoptr(MedctWeights) joint = run_steps(w, options, 1, 0, 1, "joint");
  g_autoptr(MedctWeights) joint3 = run_steps(w, options, 1, 0, 3, "joint3");
  g_assert_true(differs(first, begun, PROJECTION));
  g_assert_cmpfloat(*temperature_of(begun), ==, (float)log(15));
  g_assert_true(differs(begun, text, PROJECTION));
  g_assert_cmpfloat(*temperature_of(text), !=, *temperature_of(begun));
  g_assert_true(differs(begun, text, TEXT_QUERY));
  g_assert_false(differs(begun, text, PATCHES)); /* cached */
  g_assert_true(differs(begun, joint, CODEBOOK));
  g_assert_true(differs(joint, joint3, CODEBOOK));
  options.stages[MEDCT_PRETRAIN_SENTENCES].steps = 3;
  g_autoptr(MedctWeights) said = run_steps(w, options, 1, 0, 1, "said");
  g_assert_true(differs(joint, said, TEXT_QUERY));
  g_assert_true(differs(joint, said, PROJECTION));
  g_assert_false(differs(joint, said, PATCHES));
  g_assert_false(differs(joint, said, CODEBOOK));
}

/* Reports reach the text encoder, and in the joint stage the image encoder too. */
static void
test_reports_count(World *w, gconstpointer data)
{
  MedctPretrainOptions options = short_options();
  options.clip = 1e6; /* else the one gradient would change the other's size */
  g_autoptr(MedctWeights) text = run_steps(w, options, 1, 1, 0, "text");
  g_autoptr(MedctWeights) joint = run_steps(w, options, 1, 0, 1, "joint");
  for (int n = 0; n < N; n++)
    w->reports[n][1] = 5 + n % 11;
  g_autoptr(MedctWeights) text2 = run_steps(w, options, 1, 1, 0, "text2");
  g_autoptr(MedctWeights) joint2 = run_steps(w, options, 1, 0, 1, "joint2");
  g_assert_true(differs(text, text2, TEXT_QUERY));
  g_assert_true(differs(joint, joint2, PATCHES));
}

static void
check_temperature(const MedctPretrainRecord *record, void *data)
{
  g_assert_cmpfloat(*temperature_of(data), <=, (float)log(50));
}

/* What holds of every step: matrices decay, the rest does not; the temperature has a limit. */
static void
test_decay_and_limit(World *w, gconstpointer data)
{
  MedctPretrainOptions options = short_options();
  options.weight_decay = 0;
  g_autoptr(MedctWeights) without = run_steps(w, options, 1, 0, 0, "without");
  options.weight_decay = 0.5;
  g_autoptr(MedctWeights) with = run_steps(w, options, 1, 0, 0, "with");
  guint n_alike = 0, n_decayed = 0;
  for (guint i = 0; i < with->n_tensors; i++) {
    const char *name = with->tensors[i].name;
    gboolean matrix = medct_tensor_file_lookup(with->file, name)->n_dims >= 2;
    gboolean decayed = differs(with, without, name);
    g_assert_true(matrix || !decayed);
    n_decayed += decayed;
    n_alike += !matrix;
  }
  g_assert_cmpuint(n_alike, >, 5);
  g_assert_cmpuint(n_decayed, >, 5);
  g_autofree char *folder = g_build_filename(w->folder, "limit", NULL);
  g_mkdir_with_parents(folder, 0777);
  for (int s = MEDCT_PRETRAIN_TEXT; s < MEDCT_N_PRETRAIN_STAGES; s++)
    options.stages[s].steps = 0;
  g_autoptr(MedctWeights) hot = first_weights(w);
  *temperature_of(hot) = (float)log(80);
  g_assert_true(medct_pretrain(hot, &w->config, &w->set, &options, 2, folder, check_temperature,
                               hot, NULL, NULL));
}

/* Only the validation items are measured on: with one label there all the time there is no AUROC.
 */
static void
test_measured_on_validation(World *w, gconstpointer data)
{
  MedctPretrainOptions options = short_options();
  g_autoptr(MedctWeights) weights = first_weights(w);
  Seen seen = {{0}, {0}, -1, 0, 0};
  options.stages[MEDCT_PRETRAIN_DENSE].steps = 1;
  for (int s = MEDCT_PRETRAIN_TEXT; s < MEDCT_N_PRETRAIN_STAGES; s++)
    options.stages[s].steps = 1;
  for (int n = N_TRAIN; n < N; n++)
    w->labels[n][0] = w->labels[n][1] = 1;
  g_assert_true(run(w, weights, &options, 2, "measured", &seen, NULL));
  g_assert_cmpfloat(seen.auroc, ==, -1);
}

/* A withheld finding leaves no trace in any stage: its labels and boxes may be anything. */
static void
test_withheld_is_not_seen(World *w, gconstpointer data)
{
  static const gboolean withheld[CLASSES] = {FALSE, TRUE};
  MedctPretrainOptions options = short_options();
  g_autoptr(MedctWeights) one = first_weights(w), other = first_weights(w);
  Seen seen = {{0}, {0}, 0, 0, 0};
  options.evaluate_every = 1000;
  options.stages[MEDCT_PRETRAIN_SENTENCES].steps = 10;
  w->set.withheld = withheld;
  g_assert_true(run(w, one, &options, 2, "seen", &seen, NULL));
  for (int n = 0; n < N; n++) {
    w->labels[n][1] ^= 1;
    for (guint b = 0; b < w->items[n].n_boxes; b++)
      for (int axis = 0; w->boxes[n][b].finding == 1 && axis < 3; axis++)
        w->boxes[n][b].low[axis] = 0;
  }
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
  ADD("parts-move", test_parts_move);
  ADD("reports", test_reports_count);
  ADD("decay-and-limit", test_decay_and_limit);
  ADD("validation", test_measured_on_validation);
  ADD("withheld", test_withheld_is_not_seen);
  return g_test_run();
}
