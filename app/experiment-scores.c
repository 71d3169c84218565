/* What base and adapted models say about patients, kept as tensors between runs. */
#include "app/experiment-private.h"
#include "model/folder.h"
#include "model/kernels.h"
#include "model/model_folder.h"
#include <math.h>
#include <string.h>

void
medct_experiment_scores_free(MedctExperimentScores *scores)
{
  if (scores == NULL)
    return;
  g_free(scores->logits);
  g_free(scores->latents);
  g_free(scores);
}

static MedctExperimentScores *
scores_new(guint n, int latent)
{
  MedctExperimentScores *scores = g_new0(MedctExperimentScores, 1);
  scores->n = n;
  scores->latent = latent;
  scores->logits = g_new0(float, (gsize)n *MEDCT_N_PATHOLOGIES);
  scores->latents = g_new0(float, (gsize)n *(gsize)latent);
  return scores;
}

void
medct_experiment_logits(float *logits, const float *v, const float *u, guint n, int latent,
                        double scale)
{
  for (guint i = 0; i < n; i++)
    for (int k = 0; k < MEDCT_N_PATHOLOGIES; k++) {
      const float *present = u + (gsize)(2 * k) * (gsize)latent, *row = v + (gsize)i * latent;
      logits[i * MEDCT_N_PATHOLOGIES + k] =
          (float)(scale * ((double)medct_kernels()->dot(present, row, latent) -
                           (double)medct_kernels()->dot(present + latent, row, latent)));
    }
}

double
medct_experiment_auroc(const float *logits, const gint8 *labels, guint n)
{
  g_autofree double *scores = g_new(double, (gsize)n *MEDCT_N_PATHOLOGIES);
  for (gsize i = 0; i < (gsize)n * MEDCT_N_PATHOLOGIES; i++)
    scores[i] = logits[i];
  return medct_mean_auroc(scores, labels, n, MEDCT_N_PATHOLOGIES);
}

/* ---- computing ------------------------------------------------------------------------------ */

/* The base with the run's adapter, or the run's own weights. */
static MedctModel *
model_of(const MedctExperiment *x, const MedctExperimentRun *run, GError **error)
{
  if (run == NULL || run->arm == MEDCT_ARM_PROBE)
    return medct_model_set_adapter(x->model, NULL, error) ? medct_model_ref(x->model) : NULL;
  g_autofree char *folder = medct_experiment_folder(x, run);
  if (run->arm == MEDCT_ARM_FULL)
    return medct_model_open(folder, error);
  g_autoptr(MedctAdapter) adapter = medct_adapter_open(folder, error);
  if (adapter == NULL || !medct_model_set_adapter(x->model, adapter, error))
    return NULL;
  return medct_model_ref(x->model);
}

static gboolean
score_texts(MedctModel *model, float *u, GError **error)
{
  g_autoptr(GPtrArray) prompts = g_ptr_array_new_with_free_func(g_free);
  for (guint k = 0; k < 2 * MEDCT_N_PATHOLOGIES; k++)
    g_ptr_array_add(prompts, medct_pathology_prompt(medct_pathology_name(k / 2), k % 2 == 0));
  return medct_model_encode_texts(model, (const char *const *)prompts->pdata, (int)prompts->len, u,
                                  error);
}

static gboolean
score_volumes(MedctExperiment *x, MedctModel *model, const MedctPretrainSet *set,
              MedctExperimentScores *scores, GError **error)
{
  const MedctConfig *c = medct_model_config(model);
  g_autofree float *tensor = g_new(float, (gsize)c->frames *(gsize)c->image *(gsize)c->image);
  const MedctMonitor quiet = {x->monitor->cancelled, NULL, x->monitor->data};
  for (guint i = 0; i < set->n_items; i++) {
    medct_experiment_tensor(c, &set->items[i], tensor);
    g_autoptr(MedctEncoding) encoding =
        medct_model_encode_volume(model, tensor, c->frames, &quiet, error);
    if (encoding == NULL)
      return FALSE;
    memcpy(scores->latents + (gsize)i * (gsize)c->latent, medct_encoding_latent(encoding),
           sizeof(float) * (gsize)c->latent);
    medct_monitor_progress(x->monitor, (double)i / set->n_items, "measuring");
  }
  return TRUE;
}

static MedctExperimentScores *
score_model(MedctExperiment *x, const MedctExperimentRun *run, MedctExperimentCohort cohort,
            GError **error)
{
  MedctPretrainSet set;
  g_autoptr(MedctModel) model = model_of(x, run, error);
  if (model == NULL || !medct_experiment_patients(x, cohort, &set, error))
    return NULL;
  medct_model_set_threads(model, x->options.threads);
  int L = medct_model_config(model)->latent;
  g_autofree float *u = g_new(float, 2 * MEDCT_N_PATHOLOGIES * (gsize)L);
  g_autoptr(MedctExperimentScores) scores = scores_new(set.n_items, L);
  if (!score_texts(model, u, error) || !score_volumes(x, model, &set, scores, error))
    return NULL;
  medct_experiment_logits(scores->logits, scores->latents, u, scores->n, L,
                          medct_model_temperature(model));
  return g_steal_pointer(&scores);
}

/* ---- keeping -------------------------------------------------------------------------------- */

static char *
path_of(const MedctExperiment *x, const MedctExperimentRun *run, MedctExperimentCohort cohort)
{
  static const char *const names[MEDCT_N_COHORTS] = {"b-train", "b-validation", "b-test", "a-test"};
  g_autofree char *name =
      g_strdup_printf("%s-%s.safetensors", run ? run->name : "base", names[cohort]);
  return g_build_filename(x->options.folder, "scores", name, NULL);
}

static gboolean
save(const char *path, const MedctExperimentScores *scores, GError **error)
{
  g_autofree char *folder = g_path_get_dirname(path);
  const int64_t n = scores->n;
  const MedctTensor tensors[] = {
      {"latents", MEDCT_DTYPE_F32, 2, {n, scores->latent}, n * scores->latent, scores->latents},
      {"logits",
       MEDCT_DTYPE_F32,
       2,
       {n, MEDCT_N_PATHOLOGIES},
       n * MEDCT_N_PATHOLOGIES,
       scores->logits},
  };
  if (!medct_folder_make(folder, 0777, error))
    return FALSE;
  return medct_safetensors_write(path, tensors, G_N_ELEMENTS(tensors), NULL, error);
}

static gboolean
take(const MedctTensorFile *file, const char *name, float *to, gsize n, GError **error)
{
  const MedctTensor *tensor = medct_tensor_file_lookup(file, name);
  if (tensor == NULL || tensor->dtype != MEDCT_DTYPE_F32 || (gsize)tensor->n_elements != n) {
    medct_error_file(error, MEDCT_ERROR_FORMAT, medct_tensor_file_path(file),
                     "has no fitting tensor \"%s\": remove the file, it is made again", name);
    return FALSE;
  }
  memcpy(to, tensor->data, sizeof *to * n);
  return TRUE;
}

static MedctExperimentScores *
load(const char *path, guint n, int latent, GError **error)
{
  g_autoptr(MedctTensorFile) file = medct_tensor_file_open(path, error);
  g_autoptr(MedctExperimentScores) scores = scores_new(n, latent);
  if (file == NULL || !take(file, "latents", scores->latents, (gsize)n * (gsize)latent, error) ||
      !take(file, "logits", scores->logits, (gsize)n * MEDCT_N_PATHOLOGIES, error))
    return NULL;
  return g_steal_pointer(&scores);
}

MedctExperimentScores *
medct_experiment_scores(MedctExperiment *x, const MedctExperimentRun *run,
                        MedctExperimentCohort cohort, GError **error)
{
  if (run != NULL && run->arm == MEDCT_ARM_PROBE) { /* it stands on the base's latents */
    g_autoptr(MedctExperimentScores) scores = medct_experiment_scores(x, NULL, cohort, error);
    return scores && medct_experiment_probe_score(x, run, scores, error) ? g_steal_pointer(&scores)
                                                                         : NULL;
  }
  g_autofree char *path = path_of(x, run, cohort);
  if (g_file_test(path, G_FILE_TEST_EXISTS))
    return load(path, medct_experiment_count(x, cohort), medct_model_config(x->model)->latent,
                error);
  g_autoptr(MedctExperimentScores) scores = score_model(x, run, cohort, error);
  return scores && save(path, scores, error) ? g_steal_pointer(&scores) : NULL;
}
