/* medct train: fine-tuning from a cohort to an adapter. */
#include "app/commands.h"
#include "app/output-place.h"
#include "app/train-progress.h"
#include "model/cohort.h"
#include "plugins/training.h"
#include <string.h>

typedef struct {
  const MedctInvocation *invocation;
  MedctHost *host;
  MedctTrainer *trainer;
  MedctTrainCohort *cohort;
  medct_train_options options;
  const char *folder;
  guint threads; /* 0: as the host says */
} Train;

/* ---- options ------------------------------------------------------------------------------- */

static guint32
chosen(const char *const *names, const char *name, guint32 fallback)
{
  for (guint32 i = 0; name != NULL && names[i] != NULL; i++)
    if (g_str_equal(names[i], name))
      return i + 1;
  return fallback;
}

static gboolean
take_ranks(const MedctInvocation *invocation, medct_train_options *o, GError **error)
{
  guint32 rank = 0;
  if (!medct_invocation_count(invocation, "rank", 1, 1024, &rank, error))
    return FALSE;
  guint32 *const ranks[] = {&o->spatial_rank, &o->temporal_rank, &o->text_rank};
  guint32 before = MAX(MAX(o->spatial_rank, o->temporal_rank), o->text_rank);
  if (rank > 0 && before > 0)
    o->alpha *= (double)rank / before; /* the same scale α/r, unless --alpha says */
  for (gsize i = 0; rank > 0 && i < G_N_ELEMENTS(ranks); i++)
    *ranks[i] = *ranks[i] > 0 ? rank : 0;
  return medct_invocation_count(invocation, "spatial-rank", 0, 1024, &o->spatial_rank, error) &&
         medct_invocation_count(invocation, "temporal-rank", 0, 1024, &o->temporal_rank, error) &&
         medct_invocation_count(invocation, "text-rank", 0, 1024, &o->text_rank, error);
}

static guint32
flags(const MedctInvocation *invocation)
{
  static const struct {
    const char *option;
    guint32 flag;
  } all[] = {{"resume", MEDCT_TRAIN_RESUME},
             {"rslora", MEDCT_TRAIN_RSLORA},
             {"positive-weights", MEDCT_TRAIN_POSITIVE_WEIGHTS},
             {"asymmetric", MEDCT_TRAIN_ASYMMETRIC},
             {"temperature", MEDCT_TRAIN_TEMPERATURE}};
  guint32 found = 0;
  for (gsize i = 0; i < G_N_ELEMENTS(all); i++)
    if (medct_invocation_flag(invocation, all[i].option))
      found |= all[i].flag;
  return found;
}

static gboolean
take_options(Train *train, GError **error)
{
  static const char *const presets[] = {"quick", "balanced", "full", NULL};
  static const char *const objectives[] = {"vocab", "bce", "clip", NULL};
  const MedctInvocation *invocation = train->invocation;
  medct_train_options *o = &train->options;
  guint32 preset =
      chosen(presets, medct_invocation_value(invocation, "preset"), MEDCT_TRAIN_PRESET_BALANCED);
  double gigabytes;
  if (!medct_trainer_defaults(train->trainer, preset, o, error))
    return FALSE;
  o->objective = chosen(objectives, medct_invocation_value(invocation, "objective"), o->objective);
  o->flags = flags(invocation);
  o->encode_flags = (medct_invocation_flag(invocation, "as-stored") ? MEDCT_ENCODE_AS_STORED : 0);
  if (o->objective == MEDCT_TRAIN_OBJECTIVE_CLIP) { /* volumes are compared with each other */
    o->batch = MAX(o->batch, 8);
    o->accumulate = 1;
  }
  if (!take_ranks(invocation, o, error) ||
      !medct_invocation_number(invocation, "alpha", o->alpha, 1e-6, 1e6, &o->alpha, error) ||
      !medct_invocation_number(invocation, "dropout", o->dropout, 0, 0.95, &o->dropout, error) ||
      !medct_invocation_number(invocation, "lr", o->lr, 1e-12, 10, &o->lr, error) ||
      !medct_invocation_number(invocation, "lr-ratio", o->lr_ratio, 1e-3, 1e3, &o->lr_ratio,
                               error) ||
      !medct_invocation_seed(invocation, &o->seed, error) ||
      !medct_invocation_number(invocation, "cache", (double)o->cache_bytes / 1e9, 0, 1e6,
                               &gigabytes, error) ||
      !medct_invocation_count(invocation, "epochs", 1, 1e6, &o->epochs, error) ||
      !medct_invocation_count(invocation, "batch", 1, 4096, &o->batch, error) ||
      !medct_invocation_count(invocation, "accumulate", 1, 4096, &o->accumulate, error) ||
      !medct_invocation_count(invocation, "patience", 0, 1e6, &o->patience, error) ||
      !medct_invocation_count(invocation, "shift", 0, 64, &o->shift, error) ||
      !medct_invocation_number(invocation, "noise", o->noise_hu, 0, 1000, &o->noise_hu, error) ||
      !medct_invocation_number(invocation, "offset", o->offset_hu, 0, 1000, &o->offset_hu, error) ||
      !medct_invocation_count(invocation, "threads", 1, 1024, &train->threads, error))
    return FALSE;
  o->cache_bytes = (guint64)(gigabytes * 1e9);
  return TRUE;
}

/* ---- running ------------------------------------------------------------------------------- */

/* A finished or unfinished training is not overwritten by a slip. */
static gboolean
check_folder(const Train *train, GError **error)
{
  g_autofree char *checkpoints = g_build_filename(train->folder, "checkpoints", NULL);
  g_autofree char *adapter = g_build_filename(train->folder, "adapter_model.safetensors", NULL);
  gboolean unfinished = g_file_test(checkpoints, G_FILE_TEST_EXISTS);
  gboolean resume = (train->options.flags & MEDCT_TRAIN_RESUME) != 0;
  if (medct_invocation_flag(train->invocation, "plan")) /* writes nothing */
    return TRUE;
  if (unfinished && !resume) {
    medct_error_file(error, MEDCT_ERROR_ARGUMENT, train->folder,
                     "holds an unfinished training: --resume goes on with it, another --out begins "
                     "anew");
    return FALSE;
  }
  if (!unfinished && g_file_test(adapter, G_FILE_TEST_EXISTS)) {
    medct_error_file(error, MEDCT_ERROR_ARGUMENT, train->folder,
                     "holds a finished adapter already: choose another --out");
    return FALSE;
  }
  return TRUE;
}

static gboolean
open_all(Train *train, GError **error)
{
  const MedctInvocation *invocation = train->invocation;
  const MedctMonitor *monitor = medct_cli_monitor();
  if (!medct_invocation_flag(invocation, "plan") &&
      !medct_output_check_folder(train->folder, error))
    return FALSE;
  g_autoptr(MedctCohort) cohort =
      medct_cohort_load(medct_invocation_value(invocation, "cohort"), error);
  if (cohort == NULL)
    return FALSE;
  train->host = medct_host_new();
  train->trainer = medct_host_load_trainer(train->host, medct_invocation_value(invocation, "model"),
                                           monitor, error);
  if (train->trainer == NULL || !take_options(train, error) || !check_folder(train, error))
    return FALSE;
  train->cohort = medct_train_cohort_new(train->host, cohort, monitor, error);
  medct_cli_clear_progress();
  return train->cohort != NULL;
}

static gboolean
run_training(Train *train, GError **error)
{
  medct_train_plan plan;
  if (medct_invocation_flag(train->invocation, "plan"))
    train->options.flags |= MEDCT_TRAIN_MEASURE;
  train->options.threads = train->threads;
  if (!medct_trainer_plan(train->trainer, train->cohort, &train->options, &plan,
                          medct_cli_monitor(), error))
    return FALSE;
  medct_train_progress_print_plan(&plan, train->cohort);
  if (medct_invocation_flag(train->invocation, "plan"))
    return TRUE;
  g_autoptr(MedctTrainControl) control = medct_train_control_new(
      medct_train_progress_show, GINT_TO_POINTER(train->options.flags & MEDCT_TRAIN_RESUME));
  medct_train_control_set_threads(control, train->threads);
  gboolean done = medct_trainer_run(train->trainer, train->cohort, &train->options, train->folder,
                                    control, medct_train_progress_monitor(), error);
  medct_cli_clear_progress();
  return done;
}

static int
fail(const Train *train, const GError *error)
{
  g_autofree char *checkpoints = g_build_filename(train->folder, "checkpoints", NULL);
  gboolean saved = g_file_test(checkpoints, G_FILE_TEST_EXISTS);
  int status = medct_command_fail(train->invocation, error);
  if (saved && g_error_matches(error, MEDCT_ERROR, MEDCT_ERROR_CANCELLED))
    g_printerr("What is done is saved. To go on: the same command with --resume\n");
  return status;
}

static int
run_train(const MedctInvocation *invocation)
{
  static const char *const needed[] = {"cohort", "model", "out"};
  g_autoptr(GError) error = NULL;
  for (gsize i = 0; i < G_N_ELEMENTS(needed); i++)
    if (medct_invocation_needed(invocation, needed[i], &error) == NULL)
      return medct_command_fail(invocation, error);
  Train train = {.invocation = invocation, .folder = medct_invocation_value(invocation, "out")};
  gboolean done = open_all(&train, &error) && run_training(&train, &error);
  int status = done ? 0 : fail(&train, error);
  medct_train_cohort_free(train.cohort);
  medct_trainer_free(train.trainer);
  medct_host_unref(train.host);
  return status;
}

static const MedctOption options[] = {
    {"cohort", 'c', "COHORT", FALSE, NULL,
     "The volumes to learn from: a CSV (volume, patient, split, a column for each finding, "
     "report), or a folder laid out as CT-RATE is. Required."},
    {"model", 'm', "PATH", FALSE, NULL,
     "The model: a folder with weights and vocab.txt, or the weights beside it. Required; it is "
     "not changed."},
    {"out", 'o', "ADAPTER", FALSE, NULL,
     "The folder for the adapter (PEFT's two files) and records.jsonl. Required."},
    {"preset", 'p', "PRESET", FALSE, "quick|balanced|full",
     "What is adapted: quick the text encoder, balanced (the default) the temporal layers too, "
     "full every layer of both encoders."},
    {"objective", 0, "OBJECTIVE", FALSE, "vocab|bce|clip",
     "What is learned: vocab (the default) and bce from labels, clip from reports."},
    {"rank", 'r', "N", FALSE, NULL,
     "Rank of every adapted layer; the preset's is 16. α follows, unless --alpha is given."},
    {"spatial-rank", 0, "N", FALSE, NULL, "Rank of the spatial layers alone; 0: not adapted."},
    {"temporal-rank", 0, "N", FALSE, NULL, "Rank of the temporal layers alone; 0: not adapted."},
    {"text-rank", 0, "N", FALSE, NULL, "Rank of the text encoder alone; 0: not adapted."},
    {"alpha", 'a', "X", FALSE, NULL, "α: what is learned counts α/r times; twice the rank."},
    {"dropout", 0, "P", FALSE, NULL, "Share of the adapters' inputs left out at random; 0."},
    {"rslora", 0, NULL, FALSE, NULL, "Counts α/√r times in place of α/r."},
    {"temperature", 0, NULL, FALSE, NULL, "Trains the scale of the similarities too."},
    {"lr", 'l', "X", FALSE, NULL, "Learning rate; 1e-4, for the preset quick 2e-4."},
    {"lr-ratio", 0, "X", FALSE, NULL, "How much faster B learns than A (LoRA+); 1."},
    {"epochs", 'e', "N", FALSE, NULL, "Times through the training volumes; 10."},
    {"batch", 'b', "N", FALSE, NULL,
     "Volumes that make one loss; 1, for quick 16, for clip 8 at least."},
    {"accumulate", 0, "N", FALSE, NULL, "Losses that make one step; 8, for quick 1."},
    {"patience", 0, "N", FALSE, NULL,
     "Stops after so many epochs without a better validation AUROC; 3. 0: never."},
    {"positive-weights", 0, NULL, FALSE, NULL, "bce: rare findings count more."},
    {"asymmetric", 0, NULL, FALSE, NULL, "bce: easy negatives count less (asymmetric loss)."},
    {"shift", 0, "VOXELS", FALSE, NULL,
     "Augmentation: moves each training volume by up to so many of the model's voxels along each "
     "axis, anew in every epoch; 0. Needs adapted image layers."},
    {"noise", 0, "HU", FALSE, NULL,
     "Augmentation: adds normal noise with a standard deviation of up to so much; 0."},
    {"offset", 0, "HU", FALSE, NULL,
     "Augmentation: adds up to so much, or takes it away, everywhere; 0."},
    {"seed", 's', "N", FALSE, NULL, "Of order, first weights, dropout and augmentation; 1."},
    {"threads", 't', "N", FALSE, NULL,
     "Threads to compute with; by default one a processor. The result does not depend on it."},
    {"cache", 0, "GB", FALSE, NULL,
     "Most that frozen layers' work may take in the user's cache folder; 21. 0: nothing is kept."},
    {"as-stored", 0, NULL, FALSE, NULL, "Keeps the files' axis order, as medct score does."},
    {"plan", 0, NULL, FALSE, NULL, "Says what would be trained and what it takes, and ends."},
    {"resume", 0, NULL, FALSE, NULL,
     "Goes on from the last checkpoint in ADAPTER; says so and begins anew where there is none."},
    {NULL},
};

const MedctCommand medct_command_train = {
    .name = "train",
    .arguments = "",
    .min_arguments = 0,
    .max_arguments = 0,
    .summary = "fine-tune a model with LoRA on your own volumes",
    .description =
        "Learns an adapter from a cohort: a small share of numbers beside the model's own, which "
        "stay as they are. \"medct score --adapter\" uses it.\n\n"
        "Rows of the split train are learned from, rows of the split validation measured on after "
        "each epoch, rows of the split test are not looked at. A label is 1, 0, or empty (or -1) "
        "when it is not known; unknown ones are left out. The adapter of the epoch with the best "
        "mean validation AUROC is the one that is written.\n\n"
        "What lies below the lowest adapted layer is computed once a volume and kept in the user's "
        "cache folder: with the preset quick an epoch after the first takes seconds.\n\n"
        "--shift, --noise and --offset change each training volume a little in every epoch, so "
        "that "
        "few patients are not learned by heart. Such volumes are read and encoded as a whole each "
        "time: with the preset balanced an epoch takes about as long as with full. Validation "
        "volumes stay as they are. Where the text encoder alone is adapted they are refused: there "
        "is nothing in the image that could learn from it.\n\n"
        "Ctrl-C stops after saving; killed at any moment, the training loses at most a minute, and "
        "--resume goes on from the last checkpoint to the same adapter, bit for bit. The same "
        "command on the same machine gives the same adapter, with any number of threads.\n\n"
        "records.jsonl in ADAPTER gets one JSON object a line: a step has step, epoch, loss, lr, "
        "grad_norm and seconds; an evaluation has step, epoch, val_loss, val_auroc, interval (95 "
        "%, bootstrap over patients), classes (AUROC by finding), best and seconds.",
    .options = options,
    .examples = "medct train -c cohort.csv -m ct-clip/ -o my-adapter --preset quick\n"
                "  adapt the words; minutes after the volumes are encoded once\n"
                "medct train -c cohort.csv -m ct-clip/ -o my-adapter --preset full --rank 16\n"
                "  adapt both encoders\n"
                "medct train -c cohort.csv -m ct-clip/ -o my-adapter --preset full --shift 3 "
                "--noise 12 --offset 6\n"
                "  the same, with augmentation: for few patients\n"
                "medct train -c cohort.csv -m ct-clip/ -o my-adapter --preset full --resume\n"
                "  go on after Ctrl-C or a power cut",
    .run = run_train,
};
