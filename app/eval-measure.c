/* What scores are worth: thresholds from validation, everything else on the measured split. */
#include "app/eval.h"
#include "model/retrieval.h"
#include <math.h>
#include <string.h>

const guint medct_eval_recall_at[MEDCT_EVAL_N_RECALL] = {5, 10, 50, 100};
const guint medct_eval_overlap_at[MEDCT_EVAL_N_OVERLAP] = {1, 5, 10, 50};

/* Rows of one split with scores; arrays are the caller's to free. */
typedef struct {
  guint n, n_classes;
  guint *place; /* [n] in the scores */
  double *scores;
  gint8 *labels;
  guint *patients;
} Part;

static void
part_clear(Part *part)
{
  g_free(part->place);
  g_free(part->scores);
  g_free(part->labels);
  g_free(part->patients);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Part, part_clear)

/* The one place of the program that asks for the labels of test rows, and only when test is what
 * is measured. */
static const gint8 *
labels_of(const MedctEvalRows *rows, guint row)
{
  if (rows->split == MEDCT_SPLIT_TEST && medct_cohort_row(rows->cohort, row)->split == rows->split)
    return medct_cohort_test_labels(rows->cohort, row);
  return medct_cohort_labels(rows->cohort, row);
}

static Part
take_part(const MedctEvalRows *rows, const MedctEvalScores *scores, MedctSplit split)
{
  guint n_classes = medct_cohort_n_classes(rows->cohort);
  Part part = {.n_classes = n_classes};
  part.place = g_new(guint, rows->n);
  part.patients = g_new(guint, rows->n);
  part.scores = g_new(double, (gsize)rows->n *n_classes);
  part.labels = g_new(gint8, (gsize)rows->n * n_classes);
  for (guint i = 0; i < rows->n; i++) {
    guint row = rows->rows[i];
    if (rows->error[i] || medct_cohort_row(rows->cohort, row)->split != split)
      continue;
    gsize at = (gsize)part.n * n_classes;
    part.place[part.n] = i;
    part.patients[part.n++] = medct_cohort_patient(rows->cohort, row);
    memcpy(part.scores + at, scores->probability + (gsize)i * n_classes,
           n_classes * sizeof *part.scores);
    memcpy(part.labels + at, labels_of(rows, row), n_classes);
  }
  return part;
}

static MedctScored
scored(const Part *part)
{
  return (MedctScored){part->n, part->n_classes, part->scores, part->labels, part->patients};
}

static void
measure_classes(MedctEvaluation *e)
{
  const MedctScored *m = &e->measured;
  e->classes = g_new(MedctClassMetrics, m->n_classes);
  for (guint c = 0; c < m->n_classes; c++) {
    g_autoptr(MedctRanking) ranking =
        medct_ranking_new(m->scores + c, m->labels + c, m->n_rows, m->n_classes);
    e->classes[c] = medct_ranking_metrics(ranking);
  }
}

static void
count_patients(MedctEvaluation *e)
{
  g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
  for (guint n = 0; n < e->n_rows; n++)
    g_hash_table_add(seen, GUINT_TO_POINTER(e->measured.patients[n]));
  e->n_patients = g_hash_table_size(seen);
}

static gboolean
has_report(const MedctEvalRows *rows, guint place)
{
  return medct_cohort_row(rows->cohort, rows->rows[place])->report[0] != 0;
}

/* Reports against the volumes of the measured split that have one, and volumes against volumes. */
static gboolean
measure_retrieval(MedctEvaluation *e, const MedctEvalRows *rows, const MedctEvalScores *scores,
                  const Part *part, const MedctMonitor *monitor, GError **error)
{
  guint latent = scores->latent;
  gsize size = latent * sizeof(float);
  g_autofree float *images = g_malloc(MAX(1, part->n * size));
  g_autofree float *reports = g_malloc(MAX(1, part->n * size));
  for (guint n = 0; n < part->n; n++) {
    if (!has_report(rows, part->place[n]))
      continue;
    memcpy(images + (gsize)e->n_reports * latent, scores->image + (gsize)part->place[n] * latent,
           size);
    memcpy(reports + (gsize)e->n_reports++ * latent,
           scores->report + (gsize)part->place[n] * latent, size);
  }
  if (!medct_retrieval_recall(reports, images, e->n_reports, latent, medct_eval_recall_at,
                              MEDCT_EVAL_N_RECALL, e->recall, monitor, error))
    return FALSE;
  for (guint n = 0; n < part->n; n++)
    memcpy(images + (gsize)n * latent, scores->image + (gsize)part->place[n] * latent, size);
  return medct_retrieval_overlap(images, part->labels, part->n, latent, part->n_classes,
                                 medct_eval_overlap_at, MEDCT_EVAL_N_OVERLAP, e->overlap,
                                 &e->n_labelled, monitor, error);
}

static gboolean
measure_intervals(MedctEvaluation *e, const MedctEvalOptions *options, const MedctMonitor *monitor,
                  GError **error)
{
  guint n_classes = e->measured.n_classes;
  g_autofree double *half = g_new(double, n_classes);
  for (guint c = 0; c < n_classes; c++)
    half[c] = 0.5;
  e->at_half =
      medct_estimate_new(&e->measured, half, options->n_draws, options->seed, monitor, error);
  if (e->at_half == NULL || e->n_validation == 0)
    return e->at_half != NULL;
  e->at_validation = medct_estimate_new(&e->measured, e->thresholds, options->n_draws,
                                        options->seed, monitor, error);
  return e->at_validation != NULL;
}

MedctEvaluation *
medct_evaluate(const MedctEvalRows *rows, const MedctEvalScores *scores,
               const MedctEvalOptions *options, const MedctMonitor *monitor, GError **error)
{
  g_auto(Part) part = take_part(rows, scores, rows->split);
  g_autoptr(MedctEvaluation) e = g_new0(MedctEvaluation, 1);
  e->thresholds = g_new(double, part.n_classes);
  for (guint c = 0; c < part.n_classes; c++)
    e->thresholds[c] = NAN;
  if (part.n == 0) {
    g_set_error_literal(error, MEDCT_ERROR, MEDCT_ERROR_FORMAT,
                        "no volume of the split could be scored; medct cohort check says why");
    return NULL;
  }
  if (rows->split != MEDCT_SPLIT_VALIDATION) {
    g_auto(Part) validation = take_part(rows, scores, MEDCT_SPLIT_VALIDATION);
    MedctScored chosen_on = scored(&validation);
    e->n_validation = validation.n;
    if (validation.n > 0)
      medct_scored_thresholds(&chosen_on, options->rule, e->thresholds);
  }
  e->n_rows = part.n;
  e->measured = scored(&part);
  measure_classes(e);
  count_patients(e);
  gboolean done = measure_intervals(e, options, monitor, error) &&
                  measure_retrieval(e, rows, scores, &part, monitor, error);
  part.scores = NULL; /* they are the evaluation's now */
  part.labels = NULL;
  part.patients = NULL;
  return done ? g_steal_pointer(&e) : NULL;
}

void
medct_evaluation_free(MedctEvaluation *e)
{
  if (e == NULL)
    return;
  g_free((double *)e->measured.scores);
  g_free((gint8 *)e->measured.labels);
  g_free((guint *)e->measured.patients);
  g_free(e->thresholds);
  g_free(e->classes);
  medct_estimate_free(e->at_half);
  medct_estimate_free(e->at_validation);
  g_free(e);
}

MedctRates
medct_evaluation_trivial(const MedctEvaluation *e, gboolean present)
{
  guint n_classes = e->measured.n_classes;
  g_autofree MedctClassMetrics *classes = g_new0(MedctClassMetrics, n_classes);
  for (guint c = 0; c < n_classes; c++) {
    guint64 n_present = e->classes[c].n_present, n_absent = e->classes[c].n - n_present;
    classes[c].n = e->classes[c].n;
    classes[c].at_half =
        medct_confusion_rates(present ? (MedctConfusion){n_present, n_absent, 0, 0}
                                      : (MedctConfusion){0, 0, n_absent, n_present});
  }
  return medct_metrics_mean(classes, n_classes).at_half;
}
