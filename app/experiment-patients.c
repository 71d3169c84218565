/* The patients of the experiment. Labels of test patients are made by one function, which draws
 * them again from the seed: nothing else in the experiment holds them. */
#include "app/experiment-private.h"
#include "model/json.h"
#include "phantom/labels.h"

static gboolean
is_test(MedctExperimentCohort cohort)
{
  return cohort == MEDCT_COHORT_B_TEST || cohort == MEDCT_COHORT_A_TEST;
}

static MedctPretrainPatients
drawing_of(const MedctExperiment *x, MedctExperimentCohort cohort)
{
  const MedctExperimentOptions *o = &x->options;
  if (is_test(cohort))
    return (MedctPretrainPatients){.seed = o->test_seed,
                                   .n_train = o->n_test,
                                   .site = cohort == MEDCT_COHORT_A_TEST ? medct_site_a()
                                                                         : medct_site_b()};
  return (MedctPretrainPatients){.seed = o->development_seed,
                                 .n_train = o->n_train,
                                 .n_validation = o->n_validation,
                                 .site = medct_site_b()};
}

guint
medct_experiment_count(const MedctExperiment *x, MedctExperimentCohort cohort)
{
  const MedctExperimentOptions *o = &x->options;
  return is_test(cohort)                  ? o->n_test
         : cohort == MEDCT_COHORT_B_TRAIN ? o->n_train
                                          : o->n_validation;
}

gboolean
medct_experiment_seeds_check(const MedctExperiment *x, GError **error)
{
  const char *weights = medct_tensor_file_path(medct_model_weights(x->model));
  g_autofree char *folder = g_path_get_dirname(weights);
  g_autofree char *card = g_build_filename(folder, "model.json", NULL);
  double seed = -1; /* of the pre-training; the card may not say */
  if (!g_file_test(card, G_FILE_TEST_EXISTS))
    return TRUE;
  g_autoptr(JsonNode) node = medct_json_load(card, error);
  if (node == NULL)
    return FALSE;
  JsonNode *training = JSON_NODE_HOLDS_OBJECT(node)
                           ? json_object_get_member(json_node_get_object(node), "training")
                           : NULL;
  if (training && JSON_NODE_HOLDS_OBJECT(training) &&
      !medct_json_get_double(json_node_get_object(training), card, "seed", &seed, error))
    return FALSE;
  if (seed != (double)x->options.test_seed && seed != (double)x->options.development_seed)
    return TRUE;
  g_set_error(error, MEDCT_ERROR, MEDCT_ERROR_ARGUMENT,
              "seed %g is that of the patients on which the model was trained: choose another "
              "--test-seed or --development-seed",
              seed);
  return FALSE;
}

static void
release_test(MedctExperiment *x)
{
  g_clear_pointer(&x->test, medct_pretrain_data_free);
  g_clear_pointer(&x->test_items, g_free);
}

void
medct_experiment_release(MedctExperiment *x)
{
  release_test(x);
  g_clear_pointer(&x->development, medct_pretrain_data_free);
}

/* Training and validation patients stay in memory together, a test cohort alone. */
static gboolean
draw_test(MedctExperiment *x, MedctExperimentCohort cohort, MedctPretrainSet *set, GError **error)
{
  if (x->test == NULL || x->test_cohort != cohort) {
    MedctPretrainPatients patients = drawing_of(x, cohort);
    medct_experiment_release(x);
    x->test = medct_pretrain_data_draw(&patients, medct_model_config(x->model), x->options.threads,
                                       x->monitor, error);
    if (x->test == NULL)
      return FALSE;
    x->test_cohort = cohort;
    x->test_items = g_new0(MedctPretrainItem, x->options.n_test);
    for (guint i = 0; i < x->options.n_test; i++)
      x->test_items[i].voxels = medct_pretrain_data_set(x->test)->items[i].voxels;
  }
  *set = (MedctPretrainSet){
      .items = x->test_items, .n_items = x->options.n_test, .n_classes = MEDCT_N_PATHOLOGIES};
  return TRUE;
}

gboolean
medct_experiment_patients(MedctExperiment *x, MedctExperimentCohort cohort, MedctPretrainSet *set,
                          GError **error)
{
  if (is_test(cohort))
    return draw_test(x, cohort, set, error);
  if (x->development == NULL) {
    MedctPretrainPatients patients = drawing_of(x, cohort);
    release_test(x);
    x->development = medct_pretrain_data_draw(&patients, medct_model_config(x->model),
                                              x->options.threads, x->monitor, error);
    if (x->development == NULL)
      return FALSE;
  }
  *set = *medct_pretrain_data_set(x->development);
  if (cohort == MEDCT_COHORT_B_VALIDATION)
    set->items += x->options.n_train;
  set->n_items = medct_experiment_count(x, cohort);
  return TRUE;
}

/* Labels follow from site, seed and number alone. */
static gint8 *
draw_labels(const MedctExperiment *x, MedctExperimentCohort cohort)
{
  MedctPretrainPatients patients = drawing_of(x, cohort);
  guint n = medct_experiment_count(x, cohort);
  guint first = cohort == MEDCT_COHORT_B_VALIDATION ? x->options.n_train : 0;
  g_autoptr(MedctLabelModel) model = medct_label_model_new(&patients.site);
  gint8 *labels = g_new(gint8, (gsize)n * MEDCT_N_PATHOLOGIES);
  for (guint i = 0; i < n; i++) {
    MedctLabels drawn = medct_label_model_draw(model, patients.seed, first + i);
    for (guint k = 0; k < MEDCT_N_PATHOLOGIES; k++)
      labels[i * MEDCT_N_PATHOLOGIES + k] = drawn.grade[k] > 0;
  }
  return labels;
}

gint8 *
medct_experiment_labels(const MedctExperiment *x, MedctExperimentCohort cohort)
{
  g_assert(!is_test(cohort));
  return draw_labels(x, cohort);
}

gint8 *
medct_experiment_test_labels(const MedctExperiment *x, MedctExperimentCohort cohort)
{
  g_assert(is_test(cohort));
  return draw_labels(x, cohort);
}

void
medct_experiment_tensor(const MedctConfig *config, const MedctPretrainItem *item, float *tensor)
{
  gsize n = (gsize)config->frames * (gsize)config->image * (gsize)config->image;
  for (gsize i = 0; i < n; i++)
    tensor[i] = (float)item->voxels[i] / 1000;
}
