/* The last thing: everything has been chosen, now the labels of the test patients are read. */
#include "app/experiment-private.h"
#include <math.h>

#define DRAWS          1000
#define BOOTSTRAP_SEED 1

/* Logits and labels of one cohort, as the measures want them. */
typedef struct {
  double *scores;
  guint *patients;
  MedctScored scored;
} Rows;

static void
rows_clear(Rows *rows)
{
  g_free(rows->scores);
  g_free(rows->patients);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Rows, rows_clear)

static void
rows_init(Rows *rows, const MedctExperimentScores *s, const gint8 *labels)
{
  gsize n = (gsize)s->n * MEDCT_N_PATHOLOGIES;
  rows->scores = g_new(double, n);
  rows->patients = g_new(guint, s->n);
  for (gsize i = 0; i < n; i++)
    rows->scores[i] = 1 / (1 + exp(-(double)s->logits[i]));
  for (guint i = 0; i < s->n; i++)
    rows->patients[i] = i;
  rows->scored = (MedctScored){s->n, MEDCT_N_PATHOLOGIES, rows->scores, labels, rows->patients};
}

/* A run that keeps the base is the base. */
static const MedctExperimentRun *
measured(const MedctExperimentRun *run)
{
  return run == NULL || run->keeps_base ? NULL : run;
}

/* Thresholds from B's validation patients, then the test patients of `cohort`. */
static MedctEstimate *
estimate(MedctExperiment *x, const MedctExperimentRun *run, MedctExperimentCohort cohort,
         const gint8 *test_labels, GError **error)
{
  double thresholds[MEDCT_N_PATHOLOGIES];
  g_auto(Rows) choosing = {0}, test = {0};
  g_autofree gint8 *labels = medct_experiment_labels(x, MEDCT_COHORT_B_VALIDATION);
  g_autoptr(MedctExperimentScores) validation =
      medct_experiment_scores(x, measured(run), MEDCT_COHORT_B_VALIDATION, error);
  g_autoptr(MedctExperimentScores) scores =
      validation ? medct_experiment_scores(x, measured(run), cohort, error) : NULL;
  if (scores == NULL)
    return NULL;
  rows_init(&choosing, validation, labels);
  rows_init(&test, scores, test_labels);
  medct_scored_thresholds(&choosing.scored, MEDCT_THRESHOLD_YOUDEN, thresholds);
  return medct_estimate_new(&test.scored, thresholds, DRAWS, BOOTSTRAP_SEED, x->monitor, error);
}

static void
take(MedctExperimentMeasures *m, const MedctEstimate *base, const MedctEstimate *adapted)
{
  guint mean = MEDCT_N_PATHOLOGIES;
  m->auroc = medct_estimate_interval(adapted, mean, MEDCT_MEASURE_AUROC);
  m->gain = medct_estimate_difference(base, adapted, mean, MEDCT_MEASURE_AUROC);
  m->accuracy = medct_estimate_interval(adapted, mean, MEDCT_MEASURE_ACCURACY);
  m->f1 = medct_estimate_interval(adapted, mean, MEDCT_MEASURE_F1);
  for (guint k = 0; k < MEDCT_N_PATHOLOGIES; k++) {
    m->class_auroc[k] = medct_estimate_interval(adapted, k, MEDCT_MEASURE_AUROC);
    m->class_gain[k] = medct_estimate_difference(base, adapted, k, MEDCT_MEASURE_AUROC);
  }
}

static gboolean
measure_cohort(MedctExperiment *x, MedctExperimentCohort cohort, const gint8 *labels,
               GError **error)
{
  gboolean at_b = cohort == MEDCT_COHORT_B_TEST;
  g_autoptr(MedctEstimate) base = estimate(x, NULL, cohort, labels, error);
  if (base == NULL)
    return FALSE;
  take(at_b ? &x->base_b : &x->base_a, base, base);
  for (guint i = 0; i < x->runs->len; i++) {
    MedctExperimentRun *run = x->runs->pdata[i];
    if (!run->selected)
      continue;
    g_autoptr(MedctEstimate) adapted = estimate(x, run, cohort, labels, error);
    if (adapted == NULL)
      return FALSE;
    take(at_b ? &run->b : &run->a, base, adapted);
  }
  return TRUE;
}

/* What needs no model; macro over findings, as for the models. */
static void
measure_baselines(MedctExperimentBaselines *out, const gint8 *labels, guint n)
{
  *out = (MedctExperimentBaselines){0};
  for (guint k = 0; k < MEDCT_N_PATHOLOGIES; k++) {
    double p = 0;
    for (guint i = 0; i < n; i++)
      p += labels[i * MEDCT_N_PATHOLOGIES + k] == 1;
    p /= n;
    out->accuracy_present += p / MEDCT_N_PATHOLOGIES;
    out->accuracy_absent += (1 - p) / MEDCT_N_PATHOLOGIES;
    out->accuracy_majority += fmax(p, 1 - p) / MEDCT_N_PATHOLOGIES;
    out->f1_present += 2 * p / (1 + p) / MEDCT_N_PATHOLOGIES;
  }
}

gboolean
medct_experiment_measure(MedctExperiment *x, GError **error)
{
  static const MedctExperimentCohort cohorts[] = {MEDCT_COHORT_B_TEST, MEDCT_COHORT_A_TEST};
  for (gsize i = 0; i < G_N_ELEMENTS(cohorts); i++) {
    g_autofree gint8 *labels = medct_experiment_test_labels(x, cohorts[i]);
    if (cohorts[i] == MEDCT_COHORT_B_TEST)
      measure_baselines(&x->baselines, labels, x->options.n_test);
    if (!measure_cohort(x, cohorts[i], labels, error))
      return FALSE;
  }
  return TRUE;
}

MedctExperimentSummary
medct_experiment_summary(const MedctExperiment *x, MedctArm arm)
{
  MedctExperimentSummary s = {0};
  for (guint i = 0; i < x->runs->len; i++) {
    const MedctExperimentRun *run = x->runs->pdata[i];
    if (!run->selected || run->arm != arm)
      continue;
    s.n++;
    s.n_above += run->b.gain.low > 0;
    s.n_below += run->b.gain.high < 0;
    s.n_kept += run->keeps_base;
    s.auroc += run->b.auroc.value;
    s.gain += run->b.gain.value;
    s.forgetting += run->a.gain.value;
  }
  s.auroc /= MAX(s.n, 1);
  s.gain /= MAX(s.n, 1);
  s.forgetting /= MAX(s.n, 1);
  return s;
}
