/* Loss and AUROC of the present parameters on the validation split. */
#include "model/estimate.h"
#include "model/fine_tune_private.h"
#include "model/objectives.h"
#include <math.h>
#include <string.h>

#define N_DRAWS 500 /* of the bootstrap */

/* Of every validation volume. */
typedef struct {
  guint n, classes;
  float *u, *v;    /* [2·classes, latent], [n, latent] */
  int64_t *labels; /* [n, classes] */
  gint8 *known;    /* the same for the metrics */
  guint *patients; /* [n] a number for each */
  double *p;       /* [n, classes] probability that it is present */
  double *auroc;   /* [classes], NaN where a class has one label only */
} Evaluation;

static double
cosine(const float *u, const float *v, int n)
{
  double sum = 0;
  for (int i = 0; i < n; i++)
    sum += (double)u[i] * v[i];
  return sum;
}

static gboolean
forward(MedctTraining *t, Evaluation *e, GError **error)
{
  int L = t->config->latent;
  if (!medct_training_prompts(t, e->u, error))
    return FALSE;
  for (guint i = 0; i < e->n; i++) {
    guint item = g_array_index(t->validation, guint, i);
    float *v = e->v + (gsize)i * (gsize)L;
    if (!medct_train_volumes_forward(t->volumes, t->pool, v, item, t->job->watch.monitor, error))
      return FALSE;
    for (guint c = 0; c < e->classes; c++) {
      const float *present = e->u + (gsize)2 * c * (gsize)L;
      double margin = medct_training_scale(t) * (cosine(present, v, L) - cosine(present + L, v, L));
      e->p[i * e->classes + c] = 1 / (1 + exp(-margin));
      int8_t label = t->job->set->items[item].labels[c];
      e->known[i * e->classes + c] = label == 0 || label == 1 ? label : -1;
      e->labels[i * e->classes + c] = label;
    }
  }
  return TRUE;
}

/* The record's AUROCs, with an interval by bootstrap over patients. */
static gboolean
measure(const MedctTraining *t, Evaluation *e, MedctTrainRecord *record, GError **error)
{
  g_autofree double *thresholds = g_new(double, e->classes + 1);
  const MedctScored scored = {e->n, e->classes, e->p, e->known, e->patients};
  for (guint c = 0; c < e->classes; c++)
    thresholds[c] = NAN;
  g_autoptr(MedctEstimate) estimate = medct_estimate_new(
      &scored, thresholds, N_DRAWS, t->options.seed, t->job->watch.monitor, error);
  if (estimate == NULL)
    return FALSE;
  for (guint c = 0; c < e->classes; c++)
    e->auroc[c] = medct_estimate_interval(estimate, c, MEDCT_MEASURE_AUROC).value;
  MedctInterval mean = medct_estimate_interval(estimate, e->classes, MEDCT_MEASURE_AUROC);
  record->val_auroc = mean.value;
  record->interval[0] = mean.low;
  record->interval[1] = mean.high;
  record->class_auroc = e->auroc;
  record->n_classes = e->classes;
  return TRUE;
}

static double
loss(const MedctTraining *t, const Evaluation *e)
{
  gsize L = (gsize)t->config->latent;
  g_autofree float *du = g_new(float, 2 * e->classes * L + 1), *dv = g_new(float, e->n *L + 1);
  MedctObjectiveGradient unused = {du, dv, 0};
  const MedctObjectiveInput input = {.texts = e->u,
                                     .volumes = e->v,
                                     .labels = e->labels,
                                     .n = (int)e->n,
                                     .classes = (int)e->classes,
                                     .latent = (int)L,
                                     .scale = medct_training_scale(t)};
  const MedctBceOptions plain = {0};
  return t->options.objective == MEDCT_TRAIN_BCE ? medct_objective_bce(&unused, &input, &plain)
                                                 : medct_objective_vocab(&unused, &input);
}

/* By AUROC; where no finding has both labels, by the loss. */
static void
keep_best(MedctTraining *t, const MedctTrainRecord *record)
{
  double score = isnan(record->val_auroc) ? -record->val_loss : record->val_auroc;
  if (t->best_step >= 0 && !(score > t->best_score)) {
    t->waited++;
    return;
  }
  t->best_score = score;
  t->best_step = t->step;
  t->waited = 0;
  memcpy(t->best, t->lora->parameters, sizeof(float) * t->lora->n);
}

static void
evaluation_init(Evaluation *e, const MedctTraining *t)
{
  gsize L = (gsize)t->config->latent, n = t->validation->len, C = t->job->set->n_classes;
  *e = (Evaluation){.n = (guint)n,
                    .classes = (guint)C,
                    .u = g_new(float, 2 * C * L + 1),
                    .v = g_new(float, n *L + 1),
                    .labels = g_new(int64_t, n * C + 1),
                    .known = g_new(gint8, n * C + 1),
                    .patients = g_new(guint, n + 1),
                    .p = g_new(double, n *C + 1),
                    .auroc = g_new(double, C + 1)};
}

static void
number_patients(Evaluation *e, const MedctTraining *t)
{
  g_autoptr(GHashTable) numbers = g_hash_table_new(g_str_hash, g_str_equal);
  for (guint i = 0; i < e->n; i++) {
    const char *name = t->job->set->items[g_array_index(t->validation, guint, i)].patient;
    if (!g_hash_table_contains(numbers, name))
      g_hash_table_insert(numbers, (gpointer)name, GUINT_TO_POINTER(g_hash_table_size(numbers)));
    e->patients[i] = GPOINTER_TO_UINT(g_hash_table_lookup(numbers, name));
  }
}

static void
evaluation_clear(Evaluation *e)
{
  g_free(e->u);
  g_free(e->v);
  g_free(e->labels);
  g_free(e->known);
  g_free(e->patients);
  g_free(e->p);
  g_free(e->auroc);
}

gboolean
medct_training_evaluate(MedctTraining *t, GError **error)
{
  gint64 start = g_get_monotonic_time();
  MedctTrainRecord record = medct_training_record(t, MEDCT_TRAIN_RECORD_EVALUATION);
  Evaluation e;
  evaluation_init(&e, t);
  number_patients(&e, t);
  gboolean ok = forward(t, &e, error) && measure(t, &e, &record, error);
  if (ok) {
    record.val_loss = loss(t, &e);
    keep_best(t, &record);
    t->evaluated = t->step;
    record.best = t->best_step == t->step;
    record.seconds = (double)(g_get_monotonic_time() - start) / 1e6;
    medct_training_tell(t, &record);
  }
  evaluation_clear(&e);
  return ok;
}
