#include "app/cli.h"
#include "app/commands.h"
#include "app/output-place.h"
#include "app/pretrain-card.h"
#include "model/folder.h"
#include "model/folder_lock.h"
#include "model/model_files.h"
#include "model/model_folder.h"
#include "model/random_weights.h"
#include "model/vocabulary.h"
#include <glib/gstdio.h>
#include <math.h>

typedef struct {
  const MedctPretrainRecipe *recipe;
  gint64 began; /* monotonic, µs */
  double loss;  /* smoothed */
} Progress;

static void
print_time(double seconds)
{
  if (seconds < 90)
    printf("%.0f s", seconds);
  else
    printf("%.0f min", seconds / 60);
}

/* One line for each evaluation: the rest is in the progress line of the terminal. */
static void
print_record(const MedctPretrainRecord *record, void *data)
{
  Progress *progress = data;
  int steps = progress->recipe->options.stages[record->stage].steps;
  gint64 now = g_get_monotonic_time();
  if (record->step == 1 || progress->began == 0)
    progress->began = now;
  progress->loss = record->step == 1 ? record->loss : 0.98 * progress->loss + 0.02 * record->loss;
  const MedctMonitor *monitor = medct_cli_monitor();
  g_autofree char *stage =
      g_strdup_printf("%s, loss %.3f", medct_pretrain_stage_name(record->stage), progress->loss);
  medct_monitor_progress(monitor, (double)record->step / steps, stage);
  if (isnan(record->val_auroc))
    return;
  medct_cli_clear_progress();
  printf("%-9s step %d of %d  loss %.4f  AUROC on validation %.4f  ",
         medct_pretrain_stage_name(record->stage), record->step, steps, progress->loss,
         record->val_auroc);
  if (!isnan(record->val_said))
    printf("of sides and sizes %.4f  ", record->val_said);
  print_time((double)(now - progress->began) / 1e6);
  putchar('\n');
  fflush(stdout);
}

static char *
make_vocabulary(const MedctPretrainData *data, MedctConfig *config, GError **error)
{
  g_autoptr(GHashTable) counts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  for (const char *const *report = medct_pretrain_data_reports(data); *report; report++)
    if (!medct_tokenizer_count_words(*report, -1, counts, error))
      return NULL;
  char *text = medct_vocabulary_make(counts, config->text_vocab, medct_cli_monitor(), error);
  config->text_vocab = 0;
  for (const char *c = text; c && *c; c++)
    config->text_vocab += *c == '\n';
  return text;
}

static gboolean
tokenise(MedctPretrainData *data, const char *vocabulary, const char *folder, int max_ids,
         GError **error)
{
  g_autofree char *path = g_build_filename(folder, "vocab.txt", NULL);
  if (!medct_model_folder_save_text(folder, "vocab.txt", vocabulary, error))
    return FALSE;
  g_autoptr(MedctTokenizer) tokenizer = medct_tokenizer_open(path, error);
  g_unlink(path);
  return tokenizer && medct_pretrain_data_tokenise(data, tokenizer, max_ids, error);
}

/* Vocabulary, then first weights: the same for the same recipe. What lies on disk meanwhile is in
 * `folder`, that of the checkpoints: the model's own may hold the result of another recipe, which
 * only the checkpoints tell. */
static MedctWeights *
begin_model(const char *folder, const char *vocabulary, const MedctPretrainRecipe *recipe,
            MedctPretrainData *data, GError **error)
{
  g_autofree char *first = g_build_filename(folder, "first.safetensors", NULL);
  if (!tokenise(data, vocabulary, folder, recipe->config.text_positions, error) ||
      !medct_random_weights_write(first, &recipe->config, recipe->options.seed, TRUE, error))
    return NULL;
  g_autoptr(MedctTensorFile) file = medct_tensor_file_open(first, error);
  g_unlink(first);
  return file ? medct_weights_copy(file, &recipe->config, error) : NULL;
}

static gboolean
save_model(const char *folder, const char *vocabulary, const MedctPretrainRecipe *recipe,
           const MedctWeights *weights, GError **error)
{
  g_autofree char *path = g_build_filename(folder, "model.safetensors", NULL);
  guint n = medct_tensor_file_count(weights->file);
  g_autofree MedctTensor *tensors = g_new(MedctTensor, n);
  g_autofree char *heads = g_strdup_printf("%d", recipe->config.text_heads);
  g_autofree char *patch = g_strdup_printf("%d", recipe->config.patch);
  const char *const metadata[] = {"format", "pt", "text_heads", heads, "patch", patch, NULL};
  for (guint i = 0; i < n; i++)
    tensors[i] = *medct_tensor_file_get(weights->file, i);
  return medct_model_folder_save_text(folder, "vocab.txt", vocabulary, error) &&
         medct_model_folder_save_config(folder, &recipe->config, error) &&
         medct_safetensors_write(path, tensors, n, metadata, error);
}

static gboolean
train(const char *folder, const char *checkpoints, MedctPretrainRecipe *recipe, int threads,
      GError **error)
{
  const MedctMonitor *monitor = medct_cli_monitor();
  Progress progress = {.recipe = recipe};
  g_autoptr(MedctPretrainData) data =
      medct_pretrain_data_draw(&recipe->patients, &recipe->config, threads, monitor, error);
  g_autofree char *vocabulary = data ? make_vocabulary(data, &recipe->config, error) : NULL;
  if (vocabulary == NULL)
    return FALSE;
  g_autoptr(MedctWeights) weights = begin_model(checkpoints, vocabulary, recipe, data, error);
  return weights &&
         medct_pretrain(weights, &recipe->config, medct_pretrain_data_set(data), &recipe->options,
                        threads, checkpoints, print_record, &progress, monitor, error) &&
         save_model(folder, vocabulary, recipe, weights, error) &&
         medct_pretrain_card_write(folder, recipe, threads, monitor, error);
}

static gboolean
pretrain(MedctPretrainRecipe *recipe, const char *folder, int threads, GError **error)
{
  g_autofree char *checkpoints = g_build_filename(folder, "checkpoints", NULL);
  /* a model that did not begin here */
  if (!g_file_test(checkpoints, G_FILE_TEST_IS_DIR) && !medct_model_check_free(folder, error))
    return FALSE;
  if (!medct_folder_make(folder, 0777, error) || !medct_folder_make(checkpoints, 0777, error))
    return FALSE;
  g_autoptr(MedctFolderLock) lock = medct_folder_lock_new(
      folder, "pretraining.lock", "wait until it has ended, or choose another --out", error);
  return lock && train(folder, checkpoints, recipe, threads, error);
}

static int
run_pretrain(const MedctInvocation *invocation)
{
  g_autoptr(GError) error = NULL;
  const char *path = medct_invocation_needed(invocation, "config", &error);
  const char *folder = path ? medct_invocation_needed(invocation, "out", &error) : NULL;
  guint threads = 0;
  if (folder == NULL || !medct_invocation_count(invocation, "threads", 0, 256, &threads, &error))
    return medct_command_misused(invocation, error);
  if (!medct_output_check_folder(folder, &error)) /* patients are drawn for minutes first */
    return medct_command_fail(invocation, error);
  g_autoptr(MedctPretrainRecipe) recipe = medct_pretrain_recipe_load(path, &error);
  gboolean done = recipe && pretrain(recipe, folder, (int)threads, &error);
  medct_cli_clear_progress();
  if (done)
    return 0;
  int status = medct_command_fail(invocation, error);
  if (g_error_matches(error, MEDCT_ERROR, MEDCT_ERROR_CANCELLED))
    g_printerr("The same command goes on from the last checkpoint.\n");
  return status;
}

static const MedctOption options[] = {
    {"config", 'c', "FILE", FALSE, NULL,
     "The recipe: shape of the model, patients, steps; data/demo/pretrain.json is one. Required."},
    {"out", 'o', "DIR", FALSE, NULL, "The model folder to make. Required."},
    {"threads", 't', "N", FALSE, NULL, "Threads; as many as processors by default."},
    {NULL},
};

const MedctCommand medct_command_pretrain = {
    .name = "pretrain",
    .summary = "train a small model from scratch on made-up chests",
    .description =
        "Draws patients (see medct phantom), makes a vocabulary from their reports, and trains a "
        "model of CT-CLIP's architecture in four stages: dense heads on the boxes of the drawn "
        "findings, texts on cached tokens, codebook and everything together, and at last sentences "
        "in other words, of sides and of sizes.\n\n"
        "The result knows SYNTHETIC chests only. Interrupted, the same command goes on where it "
        "was; "
        "the same recipe gives the same bytes on one kind of machine.",
    .options = options,
    .examples = "medct pretrain --config data/demo/pretrain.json --out demo\n"
                "  The demo model, in one to two hours on two cores\n",
    .run = run_pretrain,
};
