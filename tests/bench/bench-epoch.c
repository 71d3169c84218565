/* bench-epoch: what an epoch of the preset quick costs at full size over 200 kept volumes, through
 * the whole training loop: texts forward and backward, AdamW, checkpoint.
 *
 *   bench-epoch [--model FOLDER] [--threads N]
 *
 * The volumes share one identity, so that one of them goes through the image encoder and the others
 * are found in the cache, as in every run after the first. Without --model it makes a random one of
 * the released size (1.75 GB) beside itself, and removes it. */
#include "model/fine_tune.h"
#include "model/pathologies.h"
#include "model/random_model.h"
#include "tests/test-home.h"
#include <stdio.h>
#include <string.h>

enum { N_VOLUMES = 200 };
#define FLOOR 60.0 /* s */

typedef struct {
  MedctModel *model;
  MedctTrainItem items[N_VOLUMES];
  int8_t labels[N_VOLUMES][MEDCT_N_PATHOLOGIES];
  const char *classes[MEDCT_N_PATHOLOGIES];
  int threads;
  gint64 epoch_start;
  double epoch; /* s */
} Bench;

static float *
load(void *user_data, guint item, const MedctMonitor *monitor, GError **error)
{
  const MedctConfig *c = medct_model_config(((Bench *)user_data)->model);
  return g_new0(float, (gsize)c->frames *(gsize)c->image *(gsize)c->image);
}

static void
on_record(void *user_data, const MedctTrainRecord *r)
{
  Bench *bench = user_data;
  if (r->kind != MEDCT_TRAIN_RECORD_STEP)
    return;
  if (r->step == r->steps / 2) /* the first epoch warms up, the second is measured */
    bench->epoch_start = g_get_monotonic_time();
  if (r->step == r->steps)
    bench->epoch = (double)(g_get_monotonic_time() - bench->epoch_start) / 1e6;
  printf("\rstep %d of %d  %.2f s", (int)r->step, (int)r->steps, r->seconds);
  fflush(stdout);
}

static int
threads(void *user_data)
{
  return ((Bench *)user_data)->threads;
}

static void
make_items(Bench *bench)
{
  for (guint c = 0; c < MEDCT_N_PATHOLOGIES; c++)
    bench->classes[c] = medct_pathology_name(c);
  for (guint i = 0; i < N_VOLUMES; i++) {
    for (guint c = 0; c < MEDCT_N_PATHOLOGIES; c++)
      bench->labels[i][c] = (int8_t)((i + c) % 5 == 0);
    bench->items[i] = (MedctTrainItem){.name = "volume",
                                       .identity = "bench-epoch",
                                       .patient = "one",
                                       .report = "",
                                       .labels = bench->labels[i]};
  }
}

static gboolean
run(Bench *bench, const char *folder, GError **error)
{
  const MedctTrainSet set = {.n_classes = MEDCT_N_PATHOLOGIES,
                             .n_items = N_VOLUMES,
                             .classes = bench->classes,
                             .items = bench->items,
                             .load = load,
                             .user_data = bench};
  MedctFineTune job = {.model = bench->model,
                       .set = &set,
                       .options = medct_train_preset_options(MEDCT_TRAIN_QUICK),
                       .folder = folder,
                       .watch = {on_record, threads, NULL, bench, NULL}};
  job.options.epochs = 2;
  return medct_fine_tune_run(&job, error);
}

int
main(int argc, char **argv)
{
  Bench bench = {0};
  g_autoptr(GError) error = NULL;
  g_autofree char *made = NULL;
  const char *model = NULL;
  for (int i = 1; i + 1 < argc; i += 2)
    if (strcmp(argv[i], "--model") == 0)
      model = argv[i + 1];
    else if (strcmp(argv[i], "--threads") == 0)
      bench.threads = (int)g_ascii_strtoll(argv[i + 1], NULL, 10);
  char *home = test_home_make();
  if (model == NULL) {
    MedctConfig config;
    model = made = g_build_filename(home, "model", NULL);
    if (medct_config_named("released", &config, &error))
      medct_random_model_write(made, "bench", &config, 1, TRUE, &error);
  }
  g_autofree char *folder = g_build_filename(home, "adapter", NULL);
  bench.model = error ? NULL : medct_model_open(model, &error);
  gboolean done = FALSE;
  if (bench.model != NULL) {
    make_items(&bench);
    done = run(&bench, folder, &error);
  }
  if (done)
    printf("\r%-66s %7.1f  floor %5.1f  %s\n", "quick: an epoch over 200 kept volumes, seconds",
           bench.epoch, FLOOR, bench.epoch <= FLOOR ? "ok" : "MISSED");
  else
    fprintf(stderr, "bench-epoch: %s\n", error->message);
  medct_model_unref(bench.model);
  test_home_remove(home);
  return done && bench.epoch <= FLOOR ? 0 : 1;
}
