/* bench-train: what a training step costs at full size, in time and memory, by preset.
 *
 *   bench-train [--weights FILE] [--threads N] [--runs N] [--only PRESET] [--recompute]
 *
 * A step is what `medct train` does for one volume: the sentences of all findings and the volume
 * forward, the objective, both backward, AdamW. It is judged against the forward pass alone,
 * measured in turns in the same run; the ratio of CPU time, printed beside it, says what to expect
 * of a machine that is busy. With --recompute nothing is kept but the layers' inputs. Each preset
 * runs in a process of its own, so that its peak of resident memory, mapped weights included, is
 * its own. Without --weights it writes random ones of the released size (1.2 GB) beside itself, and
 * removes them. */
#include "model/adamw.h"
#include "model/ctclip.h"
#include "model/objectives.h"
#include "model/pathologies.h"
#include "model/pool.h"
#include "model/random_weights.h"
#include "model/text_backward.h"
#include "model/train_options.h"
#include "model/vision_backward.h"
#include <glib/gstdio.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WORDS 9 /* tokens of a sentence, [CLS] and [SEP] among them */

typedef struct {
  MedctModel *model;
  const MedctConfig *config;
  MedctTrainOptions options;
  MedctLora *lora;
  MedctVisionTrainer *vision;
  MedctTextTrainer *text;
  MedctPool *pool;
  float *volume, *prefix; /* prefix: what a frozen beginning gives, or NULL */
  int32_t ids[2 * MEDCT_N_PATHOLOGIES][WORDS];
  MedctSentence sentences[2 * MEDCT_N_PATHOLOGIES];
  float *u, *du, *v, *dv; /* latents and their gradients */
  float *first, *second;  /* moments */
  int64_t step;
} Bench;

typedef struct {
  int threads, runs;
  gboolean recompute;
} Request;

static const char *const names[] = {"Quick", "Balanced", "Full"};

static double
now(void)
{
  return (double)g_get_monotonic_time() * 1e-6;
}

static double
status_gb(const char *field)
{
  g_autofree char *text = NULL;
  const char *at = NULL;
  if (g_file_get_contents("/proc/self/status", &text, NULL, NULL))
    at = strstr(text, field);
  return at ? (double)g_ascii_strtoll(at + strlen(field), NULL, 10) / (1024 * 1024) : 0;
}

static void
must(gboolean ok, const GError *error)
{
  if (ok)
    return;
  fprintf(stderr, "bench-train: %s\n", error ? error->message : "failed");
  _exit(2);
}

/* ---- one preset ---------------------------------------------------------------------------- */

static void
bench_init(Bench *b, const char *weights, MedctTrainPreset preset, const Request *request)
{
  g_autoptr(GError) error = NULL;
  *b = (Bench){.model = medct_model_open(weights, &error)};
  must(b->model != NULL, error);
  b->config = medct_model_config(b->model);
  b->options = medct_train_preset_options(preset);
  b->lora = medct_lora_new(b->config, &b->options.lora, &error);
  must(b->lora != NULL, error);
  b->pool = medct_pool_new(request->threads);
  b->vision = medct_vision_trainer_new(medct_model_weights(b->model), b->config, b->lora);
  if (request->recompute)
    medct_vision_trainer_set_room(b->vision, 0);
  b->text = medct_text_trainer_new(medct_model_weights(b->model), b->config, b->lora);
  gsize L = b->config->latent,
        voxels = (gsize)b->config->frames * b->config->image * b->config->image;
  b->volume = g_new(float, voxels);
  for (gsize i = 0; i < voxels; i++)
    b->volume[i] = sinf((float)(i % 9973) * 0.01f);
  for (int s = 0; s < 2 * MEDCT_N_PATHOLOGIES; s++) {
    for (int i = 0; i < WORDS; i++)
      b->ids[s][i] = i == 0 ? 2 : i == WORDS - 1 ? 3 : 1000 + 31 * s + 7 * i;
    b->sentences[s] = (MedctSentence){b->ids[s], WORDS};
  }
  b->u = g_new(float, 2 * MEDCT_N_PATHOLOGIES * L);
  b->du = g_new(float, 2 * MEDCT_N_PATHOLOGIES * L);
  b->v = g_new(float, L);
  b->dv = g_new(float, L);
  b->first = g_new0(float, b->lora->n);
  b->second = g_new0(float, b->lora->n);
}

static void
volume_forward(Bench *b)
{
  g_autoptr(GError) error = NULL;
  gboolean ok = b->prefix ? medct_vision_trainer_forward_from(b->vision, b->pool, b->v, b->prefix,
                                                              b->config->frames, NULL, &error)
                          : medct_vision_trainer_forward(b->vision, b->pool, b->v, b->volume,
                                                         b->config->frames, NULL, &error);
  must(ok, error);
}

/* What a preset that leaves layers frozen finds in the cache. */
static void
take_prefix(Bench *b)
{
  const float *prefix = medct_vision_trainer_prefix(b->vision);
  gsize grid = b->config->image / b->config->patch;
  gsize n = b->config->frames / b->config->temporal_patch * grid * grid * b->config->dim;
  if (prefix && medct_vision_trainer_frozen(b->vision) > 0)
    b->prefix = g_memdup2(prefix, sizeof(float) * n);
}

static gboolean
vision_is_frozen(const Bench *b)
{
  return medct_vision_trainer_frozen(b->vision) ==
         b->config->spatial_layers + b->config->temporal_layers;
}

static void
forward(Bench *b)
{
  g_autoptr(GError) error = NULL;
  if (!vision_is_frozen(b))
    volume_forward(b);
  must(medct_text_trainer_forward(b->text, b->pool, b->u, b->sentences, 2 * MEDCT_N_PATHOLOGIES,
                                  NULL, &error),
       error);
}

static void
step(Bench *b)
{
  g_autoptr(GError) error = NULL;
  int64_t labels[MEDCT_N_PATHOLOGIES] = {1, 0, 0, 1};
  const MedctObjectiveInput input = {.texts = b->u,
                                     .volumes = b->v,
                                     .labels = labels,
                                     .n = 1,
                                     .classes = MEDCT_N_PATHOLOGIES,
                                     .latent = b->config->latent,
                                     .scale = medct_model_temperature(b->model)};
  MedctObjectiveGradient gradient = {b->du, b->dv, 0};
  const MedctAdamW adamw = MEDCT_ADAMW_DEFAULT;
  memset(b->lora->gradients, 0, sizeof(float) * b->lora->n);
  forward(b);
  medct_objective_vocab(&gradient, &input);
  must(medct_text_trainer_backward(b->text, b->pool, b->du, NULL, &error), error);
  must(medct_vision_trainer_backward(b->vision, b->pool, b->dv, NULL, &error), error);
  double factor = medct_clip_factor(medct_gradient_norm(b->lora->gradients, b->lora->n), 1);
  medct_adamw_step(&adamw, b->lora->parameters, b->first, b->second, b->lora->gradients, factor,
                   1e-4, ++b->step, b->lora->n);
}

typedef struct {
  double wall, cpu; /* seconds */
} Cost;

static double
cpu_now(void)
{
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void
measure(Cost *best, Bench *b, void (*what)(Bench *b))
{
  double wall = now(), cpu = cpu_now();
  what(b);
  best->wall = fmin(best->wall, now() - wall);
  best->cpu = fmin(best->cpu, cpu_now() - cpu);
}

/* ---- the table ----------------------------------------------------------------------------- */

static const char *
verdict(double value, double floor, int *missed)
{
  if (value <= floor)
    return "ok";
  (*missed)++;
  return "MISSED";
}

/* Prints a preset's row; returns how many floors it missed. */
static int
run_preset(const char *weights, MedctTrainPreset preset, const Request *request)
{
  enum { VOLUMES = 200 };
  Bench b;
  int missed = 0;
  Cost first = {1e9, 1e9}, once = first, whole = first;
  bench_init(&b, weights, preset, request);
  measure(&first, &b, volume_forward); /* what a cache is filled with */
  take_prefix(&b);
  step(&b);
  for (int i = 0; i < request->runs; i++) {
    measure(&once, &b, forward);
    measure(&whole, &b, step);
  }
  double peak = status_gb("VmHWM:"),
         percent = 100.0 * (double)b.lora->n / (double)medct_model_parameters(b.model);
  printf("%-9s %9zu %6.2f %% %9.2f s %9.2f s %8.2f %8.2f %9.2f GB", names[preset], b.lora->n,
         percent, once.wall, whole.wall, whole.wall / once.wall, whole.cpu / once.cpu, peak);
  if (preset == MEDCT_TRAIN_FULL)
    printf("   time %s, memory %s\n", verdict(whole.wall / once.wall, 2.6, &missed),
           verdict(peak, 4, &missed));
  else if (preset == MEDCT_TRAIN_QUICK) {
    int each = b.options.batch * b.options.accumulate;
    double epoch = whole.wall * ((VOLUMES + each - 1) / each);
    printf("   epoch of %d cached volumes %.1f s %s\n", VOLUMES, epoch,
           verdict(epoch, 60, &missed));
  } else
    printf("   first pass of a volume %.2f s\n", first.wall);
  fflush(stdout);
  return missed;
}

static int
run_apart(const char *weights, MedctTrainPreset preset, const Request *request)
{
  int status = 0;
  fflush(stdout);
  pid_t child = fork();
  if (child == 0)
    _exit(run_preset(weights, preset, request));
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static gboolean
write_weights(const char *path, GError **error)
{
  MedctConfig config;
  return medct_config_named("released", &config, error) &&
         medct_random_weights_write(path, &config, 1, TRUE, error);
}

int
main(int argc, char **argv)
{
  g_autofree char *weights = NULL, *only = NULL;
  Request request = {2, 2, FALSE};
  int missed = 0;
  const GOptionEntry entries[] = {
      {"weights", 0, 0, G_OPTION_ARG_FILENAME, &weights, "Checkpoint of the released size", "FILE"},
      {"threads", 0, 0, G_OPTION_ARG_INT, &request.threads, "Threads (default 2)", "N"},
      {"runs", 0, 0, G_OPTION_ARG_INT, &request.runs, "Timed steps (default 2)", "N"},
      {"only", 0, 0, G_OPTION_ARG_STRING, &only, "Quick, Balanced or Full", "PRESET"},
      {"recompute", 0, 0, G_OPTION_ARG_NONE, &request.recompute, "Keep inputs only", NULL},
      {NULL}};
  g_autoptr(GOptionContext) context = g_option_context_new(NULL);
  g_autoptr(GError) error = NULL;
  g_option_context_add_main_entries(context, entries, NULL);
  if (!g_option_context_parse(context, &argc, &argv, &error) || request.threads < 1 ||
      request.runs < 1) {
    fprintf(stderr, "bench-train: %s\n",
            error ? error->message : "give a thread and a run at least");
    return 2;
  }
  g_autofree char *made = weights ? NULL : g_strdup_printf("%s.safetensors", argv[0]);
  must(made == NULL || write_weights(made, &error), error);
  printf("%-9s %9s %8s %11s %11s %8s %8s %12s\n", "training", "numbers", "share", "forward", "step",
         "ratio", "of CPU", "peak");
  for (int preset = MEDCT_TRAIN_QUICK; preset <= MEDCT_TRAIN_FULL; preset++)
    if (only == NULL || g_ascii_strcasecmp(only, names[preset]) == 0)
      missed += run_apart(made ? made : weights, preset, &request);
  if (made)
    g_unlink(made);
  return missed ? 1 : 0;
}
