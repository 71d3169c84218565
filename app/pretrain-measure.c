#include "app/pretrain-measure.h"
#include "model/token_targets.h"
#include <math.h>
#include <string.h>

#define BODY_HU                                                                                    \
  -940.0 /* a token is of the body when its mean lies above: lung does, air does not */

typedef struct {
  MedctModel *model;
  const MedctConfig *config;
  MedctPretrainMeasures *measures;
  float *u; /* [2·MEDCT_N_PATHOLOGIES, latent] */
  int T, grid, n_tokens;
  float *tensor;        /* [frames, image, image] */
  float *share, *other; /* [t·h·w] */
  guint8 *targets;      /* [t·h·w, MEDCT_N_PATHOLOGIES] */
  gboolean *body;       /* [t·h·w] */
  guint *present;       /* [MEDCT_N_PATHOLOGIES] */
} Measuring;

static void
measuring_init(Measuring *m, MedctModel *model, MedctPretrainMeasures *measures)
{
  const MedctConfig *c = medct_model_config(model);
  m->model = model;
  m->config = c;
  m->measures = measures;
  m->T = c->frames / c->temporal_patch;
  m->grid = c->image / c->patch;
  m->n_tokens = m->T * m->grid * m->grid;
  m->u = g_new(float, 2 * MEDCT_N_PATHOLOGIES * c->latent);
  m->tensor = g_new(float, (gsize)c->frames * c->image * c->image);
  m->share = g_new(float, m->n_tokens);
  m->other = g_new(float, m->n_tokens);
  m->targets = g_new(guint8, m->n_tokens * MEDCT_N_PATHOLOGIES);
  m->body = g_new(gboolean, m->n_tokens);
  m->present = g_new0(guint, MEDCT_N_PATHOLOGIES);
}

static void
measuring_clear(Measuring *m)
{
  gpointer memory[] = {m->u, m->tensor, m->share, m->other, m->targets, m->body, m->present};
  for (gsize i = 0; i < G_N_ELEMENTS(memory); i++)
    g_free(memory[i]);
}

/* The tensor, and the mean of each token. */
static void
fill(Measuring *m, const MedctPretrainItem *item)
{
  static const MedctField field = {.to_voxel = {0, 1, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0}};
  const MedctConfig *c = m->config;
  gsize n = (gsize)c->image, voxels = (gsize)c->frames * n * n;
  g_autofree double *sums = g_new0(double, m->n_tokens);
  for (gsize i = 0; i < voxels; i++) {
    gsize s = i / n / n, l = i / n % n, p = i % n;
    m->tensor[i] = (float)item->voxels[i] / 1000;
    sums[(s / (gsize)c->temporal_patch * (gsize)m->grid + l / (gsize)c->patch) * (gsize)m->grid +
         p / (gsize)c->patch] += item->voxels[i];
  }
  for (int t = 0; t < m->n_tokens; t++)
    m->body[t] = sums[t] / (double)(c->temporal_patch * c->patch * c->patch) > BODY_HU;
  medct_token_targets(c, &field, NULL, item->boxes, item->n_boxes, MEDCT_N_PATHOLOGIES, m->targets);
}

static int
peak_of(const float *share, const float *other, int n)
{
  int peak = 0;
  for (int i = 1; i < n; i++)
    if (share[i] - other[i] > share[peak] - other[peak])
      peak = i;
  return peak;
}

/* One present finding: does the peak of its map lie in it, and how likely is that by chance? */
static gboolean
point(Measuring *m, MedctEncoding *encoding, int k, GError **error)
{
  int L = m->config->latent, in_body = 0, both = 0;
  const float *u = m->u + (gsize)(2 * k) * L;
  if (!medct_encoding_share(m->model, encoding, u, m->share, NULL, error) ||
      !medct_encoding_share(m->model, encoding, u + L, m->other, NULL, error))
    return FALSE;
  int peak = peak_of(m->share, m->other, m->n_tokens);
  for (int t = 0; t < m->n_tokens; t++) {
    in_body += m->body[t];
    both += m->body[t] && m->targets[t * MEDCT_N_PATHOLOGIES + k] == 1;
  }
  m->measures->hit[k] += m->targets[peak * MEDCT_N_PATHOLOGIES + k] == 1;
  m->measures->chance[k] += in_body > 0 ? (double)both / in_body : 0;
  m->present[k]++;
  return TRUE;
}

static gboolean
measure_item(Measuring *m, const MedctPretrainItem *item, guint row, const MedctMonitor *monitor,
             GError **error)
{
  int L = m->config->latent;
  fill(m, item);
  g_autoptr(MedctEncoding) encoding =
      medct_model_encode_volume(m->model, m->tensor, m->config->frames, monitor, error);
  if (encoding == NULL)
    return FALSE;
  const float *v = medct_encoding_latent(encoding);
  memcpy(m->measures->latents + (gsize)row * (gsize)L, v, sizeof(float) * (gsize)L);
  for (int k = 0; k < MEDCT_N_PATHOLOGIES; k++) {
    const float *u = m->u + (gsize)(2 * k) * L;
    double margin =
        (double)medct_kernels()->dot(u, v, L) - (double)medct_kernels()->dot(u + L, v, L);
    gsize at = (gsize)row * MEDCT_N_PATHOLOGIES + (gsize)k;
    m->measures->scores[at] = 1 / (1 + exp(-medct_model_temperature(m->model) * margin));
    m->measures->labels[at] = item->labels[k];
    if (item->labels[k] == 1 && !point(m, encoding, k, error))
      return FALSE;
  }
  return TRUE;
}

MedctPretrainMeasures *
medct_pretrain_measure(MedctModel *model, const MedctPretrainSet *set, const MedctMonitor *monitor,
                       GError **error)
{
  g_autoptr(MedctPretrainMeasures) measures = g_new0(MedctPretrainMeasures, 1);
  g_autoptr(GPtrArray) prompts = g_ptr_array_new_with_free_func(g_free);
  Measuring m;
  measures->n = set->n_items;
  measures->scores = g_new0(double, (gsize)set->n_items *MEDCT_N_PATHOLOGIES);
  measures->labels = g_new0(gint8, (gsize)set->n_items * MEDCT_N_PATHOLOGIES);
  measures->latents = g_new0(float, (gsize)set->n_items *(gsize)medct_model_config(model)->latent);
  measuring_init(&m, model, measures);
  for (guint k = 0; k < 2 * MEDCT_N_PATHOLOGIES; k++)
    g_ptr_array_add(prompts, medct_pathology_prompt(medct_pathology_name(k / 2), k % 2 == 0));
  gboolean done = medct_model_encode_texts(model, (const char *const *)prompts->pdata,
                                           (int)prompts->len, m.u, error);
  for (guint i = 0; done && i < set->n_items; i++)
    done = measure_item(&m, &set->items[i], i, monitor, error);
  for (int k = 0; k < MEDCT_N_PATHOLOGIES; k++) {
    measures->hit[k] /= MAX(m.present[k], 1);
    measures->chance[k] /= MAX(m.present[k], 1);
  }
  measuring_clear(&m);
  return done ? g_steal_pointer(&measures) : NULL;
}

void
medct_pretrain_measures_free(MedctPretrainMeasures *measures)
{
  if (measures == NULL)
    return;
  g_free(measures->scores);
  g_free(measures->labels);
  g_free(measures->latents);
  g_free(measures);
}
