#include "model/pretrain_private.h"
#include "model/statement_auroc.h"
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

gboolean
medct_pretrain_said(MedctPretraining *p, const float *v, double *auroc, GError **error)
{
  guint n = p->set->n_statements, known = 0;
  gsize L = (gsize)p->config->latent;
  double sum = 0;
  if (n == 0)
    return TRUE;
  g_autofree float *u = g_new(float, 2 * n * L);
  if (!encode_statements(p, u, error))
    return FALSE;
  g_autofree const MedctPretrainItem **items = g_new(const MedctPretrainItem *, p->n_validation);
  for (guint i = 0; i < p->n_validation; i++)
    items[i] = &p->set->items[p->validation[i]];
  for (guint s = p->set->n_classes; s < n; s++) {
    double one = medct_statement_auroc(p->set, s, items, p->n_validation, v, u + 2 * s * L, (int)L);
    if (!isnan(one)) {
      sum += one;
      known++;
    }
  }
  *auroc = known ? sum / known : NAN;
  return TRUE;
}
