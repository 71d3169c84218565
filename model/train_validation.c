/* Loss and AUROC of the present parameters on the validation split. */
#include "model/fine_tune_private.h"
#include "model/metrics.h"
#include "model/objectives.h"
#include <math.h>
#include <string.h>

/* Of every validation volume. */
typedef struct {
  guint n, classes;
  float *u, *v;    /* [2·classes, latent], [n, latent] */
  int64_t *labels; /* [n, classes] */
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
      double margin = t->scale * (cosine(present, v, L) - cosine(present + L, v, L));
      e->p[i * e->classes + c] = 1 / (1 + exp(-margin));
      int8_t label = t->job->set->items[item].labels[c];
      e->labels[i * e->classes + c] = label == 0 || label == 1 ? label : -1;
    }
  }
  return TRUE;
}

static double
mean_auroc(const Evaluation *e)
{
  g_autofree gint8 *labels = g_new(gint8, (gsize)e->n * e->classes + 1);
  double sum = 0;
  guint n = 0;
  for (gsize i = 0; i < (gsize)e->n * e->classes; i++)
    labels[i] = (gint8)e->labels[i];
  for (guint c = 0; c < e->classes; c++) {
    g_autoptr(MedctRanking) ranking = medct_ranking_new(e->p + c, labels + c, e->n, e->classes);
    e->auroc[c] = medct_ranking_auroc(ranking, NULL);
    if (!isnan(e->auroc[c])) {
      sum += e->auroc[c];
      n++;
    }
  }
  return n > 0 ? sum / n : NAN;
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
                                     .scale = t->scale};
  const MedctBceOptions plain = {0};
  return t->options.objective == MEDCT_TRAIN_BCE ? medct_objective_bce(&unused, &input, &plain)
                                                 : medct_objective_vocab(&unused, &input);
}

static void
keep_best(MedctTraining *t, double mean)
{
  if (t->best_step >= 0 && !(mean > t->best_auroc)) {
    t->waited++;
    return;
  }
  t->best_auroc = mean;
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
                    .p = g_new(double, n *C + 1),
                    .auroc = g_new(double, C + 1)};
}

static void
evaluation_clear(Evaluation *e)
{
  g_free(e->u);
  g_free(e->v);
  g_free(e->labels);
  g_free(e->p);
  g_free(e->auroc);
}

gboolean
medct_training_evaluate(MedctTraining *t, GError **error)
{
  gint64 start = g_get_monotonic_time();
  Evaluation e;
  evaluation_init(&e, t);
  gboolean ok = forward(t, &e, error);
  if (ok) {
    MedctTrainRecord record = medct_training_record(t, MEDCT_TRAIN_RECORD_EVALUATION);
    record.val_auroc = mean_auroc(&e);
    record.val_loss = loss(t, &e);
    record.class_auroc = e.auroc;
    record.n_classes = e.classes;
    keep_best(t, record.val_auroc);
    t->evaluated = t->step;
    record.best = t->best_step == t->step;
    record.seconds = (double)(g_get_monotonic_time() - start) / 1e6;
    medct_training_tell(t, &record);
  }
  evaluation_clear(&e);
  return ok;
}
