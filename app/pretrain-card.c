#include "app/pretrain-card.h"
#include "app/pretrain-measure.h"
#include "app/pretrain-statements.h"
#include "model/bootstrap.h"
#include "model/metrics.h"
#include "model/model_folder.h"
#include <math.h>

#define DRAWS 1000

/* `said` may be NULL. */
static MedctPretrainMeasures *
measure(MedctModel *model, const MedctPretrainRecipe *recipe, guint first, guint n, int n_threads,
        MedctPretrainSaid *said, const MedctMonitor *monitor, GError **error)
{
  MedctPretrainPatients patients = recipe->patients;
  patients.first = first;
  patients.n_train = n;
  patients.n_validation = 0;
  patients.withheld = NULL;
  g_autoptr(MedctPretrainData) data =
      medct_pretrain_data_draw(&patients, medct_model_config(model), n_threads, monitor, error);
  if (data == NULL)
    return NULL;
  const MedctPretrainSet *set = medct_pretrain_data_set(data);
  g_autoptr(MedctPretrainMeasures) measures = medct_pretrain_measure(model, set, monitor, error);
  if (measures && said &&
      !medct_pretrain_statements_measure(model, set, measures->latents, said, error))
    return NULL;
  return g_steal_pointer(&measures);
}

/* ---- intervals over patients ---------------------------------------------------------------- */

typedef struct {
  MedctInterval findings[MEDCT_N_PATHOLOGIES], mean;
} Intervals;

static double
mean_of(const double *values, guint n)
{
  double sum = 0;
  guint known = 0;
  for (guint i = 0; i < n; i++)
    if (!isnan(values[i])) {
      sum += values[i];
      known++;
    }
  return known ? sum / known : NAN;
}

static void
make_intervals(const MedctPretrainMeasures *m, guint64 seed, Intervals *out)
{
  enum { COLUMNS = MEDCT_N_PATHOLOGIES + 1 };
  g_autofree guint *patients = g_new(guint, m->n);
  g_autofree guint32 *weights = g_new(guint32, m->n);
  g_autofree double *samples = g_new(double, DRAWS *COLUMNS);
  MedctRanking *rankings[MEDCT_N_PATHOLOGIES];
  double values[COLUMNS];
  for (guint i = 0; i < m->n; i++)
    patients[i] = i;
  g_autoptr(MedctBootstrap) bootstrap = medct_bootstrap_new(patients, m->n, seed);
  for (int k = 0; k < MEDCT_N_PATHOLOGIES; k++) {
    rankings[k] = medct_ranking_new(m->scores + k, m->labels + k, m->n, MEDCT_N_PATHOLOGIES);
    values[k] = medct_ranking_auroc(rankings[k], NULL);
  }
  for (guint draw = 0; draw < DRAWS; draw++) {
    double *row = samples + draw * COLUMNS;
    medct_bootstrap_draw(bootstrap, draw, weights);
    for (int k = 0; k < MEDCT_N_PATHOLOGIES; k++)
      row[k] = medct_ranking_auroc(rankings[k], weights);
    row[MEDCT_N_PATHOLOGIES] = mean_of(row, MEDCT_N_PATHOLOGIES);
  }
  for (int k = 0; k < MEDCT_N_PATHOLOGIES; k++) {
    out->findings[k] = medct_interval_from_samples(values[k], samples + k, DRAWS, COLUMNS);
    medct_ranking_free(rankings[k]);
  }
  out->mean = medct_interval_from_samples(mean_of(values, MEDCT_N_PATHOLOGIES),
                                          samples + MEDCT_N_PATHOLOGIES, DRAWS, COLUMNS);
}

/* ---- JSON ----------------------------------------------------------------------------------- */

/* Three places: more would promise what the patients cannot tell. */
static void
add_number(JsonBuilder *b, const char *key, double value)
{
  json_builder_set_member_name(b, key);
  if (isnan(value))
    json_builder_add_null_value(b);
  else
    json_builder_add_double_value(b, round(value * 1000) / 1000);
}

static void
add_text(JsonBuilder *b, const char *key, const char *value)
{
  json_builder_set_member_name(b, key);
  json_builder_add_string_value(b, value);
}

static void
add_interval(JsonBuilder *b, const MedctInterval *interval)
{
  add_number(b, "auroc", interval->value);
  add_number(b, "low", interval->low);
  add_number(b, "high", interval->high);
}

static void
add_thresholds(JsonBuilder *b, const MedctPretrainMeasures *validation)
{
  json_builder_set_member_name(b, "thresholds");
  json_builder_begin_object(b);
  for (guint k = 0; k < MEDCT_N_PATHOLOGIES; k++) {
    g_autoptr(MedctRanking) ranking = medct_ranking_new(
        validation->scores + k, validation->labels + k, validation->n, MEDCT_N_PATHOLOGIES);
    double threshold = medct_ranking_threshold(ranking, MEDCT_THRESHOLD_YOUDEN);
    if (!isnan(threshold))
      add_number(b, medct_pathology_name(k), CLAMP(threshold, 0, 1));
  }
  json_builder_end_object(b);
}

static guint
count_present(const MedctPretrainMeasures *m, guint k)
{
  guint n = 0;
  for (guint i = 0; i < m->n; i++)
    n += m->labels[i * MEDCT_N_PATHOLOGIES + k] == 1;
  return n;
}

static void
add_metrics(JsonBuilder *b, const MedctPretrainMeasures *test, guint64 seed)
{
  Intervals intervals;
  make_intervals(test, seed, &intervals);
  json_builder_set_member_name(b, "test");
  json_builder_begin_object(b);
  add_number(b, "patients", test->n);
  json_builder_set_member_name(b, "mean");
  json_builder_begin_object(b);
  add_interval(b, &intervals.mean);
  json_builder_end_object(b);
  json_builder_set_member_name(b, "findings");
  json_builder_begin_object(b);
  for (guint k = 0; k < MEDCT_N_PATHOLOGIES; k++) {
    json_builder_set_member_name(b, medct_pathology_name(k));
    json_builder_begin_object(b);
    add_number(b, "present", count_present(test, k));
    add_interval(b, &intervals.findings[k]);
    add_number(b, "pointing_hit", test->hit[k]);
    add_number(b, "pointing_chance", test->chance[k]);
    json_builder_end_object(b);
  }
  json_builder_end_object(b);
  json_builder_end_object(b);
}

/* Mean AUROCs on the test patients. */
static void
add_sentences(JsonBuilder *b, const MedctPretrainSaid *said)
{
  json_builder_set_member_name(b, "sentences");
  json_builder_begin_object(b);
  add_text(b, "measure",
           "mean AUROC on the test patients; sides and sizes among those with the finding, where "
           "0.5 is chance");
  add_number(b, "other_words", said->wordings);
  add_number(b, "sides", said->sides);
  add_number(b, "sizes", said->sizes);
  add_number(b, "sides_and_sizes", said->both);
  json_builder_end_object(b);
}

/* What was never shown as label, box or prompt. */
static void
add_withheld(JsonBuilder *b, const gboolean *withheld)
{
  gboolean any = FALSE;
  for (guint k = 0; k < MEDCT_N_PATHOLOGIES; k++)
    any = any || withheld[k];
  if (!any)
    return;
  json_builder_set_member_name(b, "withheld");
  json_builder_begin_array(b);
  for (guint k = 0; k < MEDCT_N_PATHOLOGIES; k++)
    if (withheld[k])
      json_builder_add_string_value(b, medct_pathology_name(k));
  json_builder_end_array(b);
}

static void
add_training(JsonBuilder *b, const MedctPretrainRecipe *recipe)
{
  const MedctPretrainOptions *o = &recipe->options;
  json_builder_set_member_name(b, "training");
  json_builder_begin_object(b);
  add_text(b, "data", "SYNTHETIC chests of site A, drawn by medct phantom");
  add_number(b, "seed", (double)recipe->patients.seed);
  add_number(b, "train", recipe->patients.n_train);
  add_number(b, "validation", recipe->patients.n_validation);
  add_text(b, "supervision", "labels, reports and the boxes of the drawn findings");
  add_withheld(b, recipe->withheld);
  for (int stage = 0; stage < MEDCT_N_PRETRAIN_STAGES; stage++) {
    g_autofree char *steps =
        g_strdup_printf("%d steps of %d, learning rate %g", o->stages[stage].steps,
                        o->stages[stage].batch, o->stages[stage].lr);
    add_text(b, medct_pretrain_stage_name(stage), steps);
  }
  json_builder_end_object(b);
}

gboolean
medct_pretrain_card_write(const char *folder, const MedctPretrainRecipe *recipe, int n_threads,
                          const MedctMonitor *monitor, GError **error)
{
  const MedctPretrainPatients *p = &recipe->patients;
  g_autoptr(MedctModel) model = medct_model_open(folder, error);
  if (model == NULL)
    return FALSE;
  medct_model_set_threads(model, n_threads);
  MedctPretrainSaid said;
  g_autoptr(MedctPretrainMeasures) validation =
      measure(model, recipe, p->n_train, p->n_validation, n_threads, NULL, monitor, error);
  g_autoptr(MedctPretrainMeasures) test =
      validation ? measure(model, recipe, p->n_train + p->n_validation, recipe->n_test, n_threads,
                           &said, monitor, error)
                 : NULL;
  if (test == NULL)
    return FALSE;
  g_autoptr(JsonBuilder) b = json_builder_new();
  json_builder_begin_object(b);
  add_text(b, "name", recipe->name);
  add_text(b, "kind", "demo");
  add_text(b, "description",
           "Trained on SYNTHETIC chests only: it has never seen a patient. For trying out the "
           "program; its scores say nothing about real images.");
  add_training(b, recipe);
  add_thresholds(b, validation);
  add_metrics(b, test, p->seed);
  add_sentences(b, &said);
  json_builder_end_object(b);
  return medct_model_folder_save_json(folder, "model.json", b, error);
}
