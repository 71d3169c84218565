/* The linear probe: a logistic regression on the image latents of the model as it is. How long and
 * with how much decay is chosen on validation. */
#include "app/experiment-private.h"
#include "model/adamw.h"
#include "model/folder.h"
#include "model/linear_head.h"
#include <math.h>
#include <string.h>

#define ROUNDS          400 /* over all training patients at once */
#define EVERY           50  /* between two evaluations */
#define RATE            0.02
#define HEAD            "head.safetensors"
#define N_PARAMETERS(L) ((gsize)MEDCT_N_PATHOLOGIES * ((gsize)(L) + 1))

static const double decays[] = {0, 0.01, 0.1, 1};

typedef struct {
  MedctExperimentScores *train, *validation; /* of the base; latents are standardised here */
  uint8_t *targets;                          /* [train] */
  gint8 *labels;                             /* [validation] */
  int L;
  float *mean, *scale; /* [L] */
  float *best;         /* W [18, L], then b [18] */
  double best_auroc, best_decay;
  int best_round;
} Probe;

static void
probe_clear(Probe *p)
{
  g_clear_pointer(&p->train, medct_experiment_scores_free);
  g_clear_pointer(&p->validation, medct_experiment_scores_free);
  g_free(p->targets);
  g_free(p->labels);
  g_free(p->mean);
  g_free(p->scale);
  g_free(p->best);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Probe, probe_clear)

static void
measure_spread(Probe *p)
{
  p->mean = g_new(float, p->L);
  p->scale = g_new(float, p->L);
  for (int j = 0; j < p->L; j++) {
    double sum = 0, squares = 0, n = p->train->n;
    for (guint i = 0; i < p->train->n; i++) {
      double v = p->train->latents[(gsize)i * (gsize)p->L + (gsize)j];
      sum += v;
      squares += v * v;
    }
    p->mean[j] = (float)(sum / n);
    p->scale[j] = (float)(1 / sqrt(fmax(squares / n - sum / n * (sum / n), 1e-12)));
  }
}

static void
standardise(MedctExperimentScores *scores, const float *mean, const float *scale)
{
  gsize L = (gsize)scores->latent;
  for (gsize i = 0; i < scores->n * L; i++)
    scores->latents[i] = (scores->latents[i] - mean[i % L]) * scale[i % L];
}

/* From standardised latents. */
static void
answer(MedctExperimentScores *scores, const float *head)
{
  gsize L = (gsize)scores->latent;
  const float *bias = head + MEDCT_N_PATHOLOGIES * L;
  for (guint i = 0; i < scores->n; i++)
    for (guint k = 0; k < MEDCT_N_PATHOLOGIES; k++) {
      double sum = bias[k];
      for (gsize j = 0; j < L; j++)
        sum += (double)head[k * L + j] * scores->latents[i * L + j];
      scores->logits[i * MEDCT_N_PATHOLOGIES + k] = (float)sum;
    }
}

static gboolean
probe_init(Probe *p, MedctExperiment *x, GError **error)
{
  p->train = medct_experiment_scores(x, NULL, MEDCT_COHORT_B_TRAIN, error);
  p->validation =
      p->train ? medct_experiment_scores(x, NULL, MEDCT_COHORT_B_VALIDATION, error) : NULL;
  if (p->validation == NULL)
    return FALSE;
  p->L = p->train->latent;
  p->targets = (uint8_t *)medct_experiment_labels(x, MEDCT_COHORT_B_TRAIN);
  p->labels = medct_experiment_labels(x, MEDCT_COHORT_B_VALIDATION);
  p->best = g_new0(float, N_PARAMETERS(p->L));
  p->best_auroc = -1;
  measure_spread(p);
  standardise(p->train, p->mean, p->scale);
  standardise(p->validation, p->mean, p->scale);
  return TRUE;
}

static void
fit(Probe *p, double decay)
{
  gsize n = N_PARAMETERS(p->L), weights = n - MEDCT_N_PATHOLOGIES;
  g_autofree float *head = g_new0(float, n), *gradient = g_new0(float, n);
  g_autofree float *first = g_new0(float, n), *second = g_new0(float, n);
  float ones[MEDCT_N_PATHOLOGIES];
  MedctAdamW adamw = MEDCT_ADAMW_DEFAULT;
  adamw.weight_decay = decay;
  for (guint k = 0; k < MEDCT_N_PATHOLOGIES; k++)
    ones[k] = 1;
  const MedctLinearHead linear = {head, head + weights, ones, ones, MEDCT_N_PATHOLOGIES, p->L};
  for (int round = 1; round <= ROUNDS; round++) {
    memset(gradient, 0, sizeof *gradient * n);
    medct_linear_head_loss(&linear, p->train->latents, p->targets, (int)p->train->n,
                           MEDCT_N_PATHOLOGIES, NULL, gradient, gradient + weights);
    medct_adamw_step(&adamw, head, first, second, gradient, 1, RATE, round, n);
    if (round % EVERY != 0)
      continue;
    answer(p->validation, head);
    double auroc = medct_experiment_auroc(p->validation->logits, p->labels, p->validation->n);
    if (auroc > p->best_auroc) {
      p->best_auroc = auroc;
      p->best_decay = decay;
      p->best_round = round;
      memcpy(p->best, head, sizeof *head * n);
    }
  }
}

gboolean
medct_experiment_train_probe(MedctExperiment *x, MedctExperimentRun *run, GError **error)
{
  g_auto(Probe) p = {0};
  if (!probe_init(&p, x, error))
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS(decays); i++)
    fit(&p, decays[i]);
  g_autofree char *folder = medct_experiment_folder(x, run);
  g_autofree char *path = g_build_filename(folder, HEAD, NULL);
  const int64_t n = (int64_t)N_PARAMETERS(p.L);
  const MedctTensor tensors[] = {{"head", MEDCT_DTYPE_F32, 1, {n}, n, p.best},
                                 {"mean", MEDCT_DTYPE_F32, 1, {p.L}, p.L, p.mean},
                                 {"scale", MEDCT_DTYPE_F32, 1, {p.L}, p.L, p.scale}};
  if (!medct_folder_make(folder, 0777, error))
    return FALSE;
  run->trainable = n;
  run->choice =
      g_strdup_printf("round %d of %d, weight decay %g", p.best_round, ROUNDS, p.best_decay);
  return medct_safetensors_write(path, tensors, G_N_ELEMENTS(tensors), NULL, error);
}

static const float *
look_up(const MedctTensorFile *file, const char *name, gsize n)
{
  const MedctTensor *tensor = medct_tensor_file_lookup(file, name);
  return tensor && tensor->dtype == MEDCT_DTYPE_F32 && (gsize)tensor->n_elements == n ? tensor->data
                                                                                      : NULL;
}

gboolean
medct_experiment_probe_score(const MedctExperiment *x, const MedctExperimentRun *run,
                             MedctExperimentScores *scores, GError **error)
{
  g_autofree char *folder = medct_experiment_folder(x, run);
  g_autofree char *path = g_build_filename(folder, HEAD, NULL);
  g_autoptr(MedctTensorFile) file = medct_tensor_file_open(path, error);
  if (file == NULL)
    return FALSE;
  gsize L = (gsize)scores->latent;
  const float *head = look_up(file, "head", N_PARAMETERS(L)), *mean = look_up(file, "mean", L),
              *scale = look_up(file, "scale", L);
  if (head == NULL || mean == NULL || scale == NULL) {
    medct_error_file(error, MEDCT_ERROR_FORMAT, path, "is not a probe of this model: remove it");
    return FALSE;
  }
  standardise(scores, mean, scale);
  answer(scores, head);
  return TRUE;
}
