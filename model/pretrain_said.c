#include "model/metrics.h"
#include "model/pretrain_private.h"
#include <math.h>
#include <string.h>

/* The first wording of each statement, then its opposite: u [2·n_statements, latent]. */
static gboolean
encode_statements(MedctPretraining *p, float *u, GError **error)
{
  guint n = p->set->n_statements;
  g_autofree MedctSentence *texts = g_new(MedctSentence, 2 * n);
  for (guint s = 0; s < n; s++)
    memcpy(texts + (gsize)2 * s, p->set->statements[s].wordings, sizeof *texts * 2);
  return medct_text_trainer_forward(p->text, p->pool, u, texts, 2 * (int)n, p->monitor, error);
}

static double
margin_of(const MedctPretraining *p, const float *u, const float *v)
{
  int L = p->config->latent;
  return (double)medct_kernels()->dot(v, u, L) - (double)medct_kernels()->dot(v, u + L, L);
}

/* AUROC of a statement among the volumes with its finding; NaN where one of both kinds is missing.
 */
static double
auroc_of(const MedctPretraining *p, guint statement, const float *u, const float *v)
{
  const MedctPretrainStatement *of = &p->set->statements[statement];
  gsize L = (gsize)p->config->latent;
  g_autofree double *scores = g_new(double, p->n_validation);
  g_autofree gint8 *labels = g_new(gint8, p->n_validation);
  for (guint i = 0; i < p->n_validation; i++) {
    const MedctPretrainItem *item = &p->set->items[p->validation[i]];
    scores[i] = margin_of(p, u + (gsize)2 * statement * L, v + i * L);
    labels[i] = item->truths && item->labels[of->class_index] == 1 ? item->truths[statement] : -1;
  }
  return medct_mean_auroc(scores, labels, p->n_validation, 1);
}

gboolean
medct_pretrain_said(MedctPretraining *p, const float *v, double *auroc, GError **error)
{
  guint n = p->set->n_statements, known = 0;
  double sum = 0;
  if (n == 0)
    return TRUE;
  g_autofree float *u = g_new(float, (gsize)2 * n * (gsize)p->config->latent);
  if (!encode_statements(p, u, error))
    return FALSE;
  for (guint s = 0; s < n; s++) {
    double one = p->set->statements[s].qualified ? auroc_of(p, s, u, v) : NAN;
    if (!isnan(one)) {
      sum += one;
      known++;
    }
  }
  *auroc = known ? sum / known : NAN;
  return TRUE;
}
