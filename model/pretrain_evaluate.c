#include "model/metrics.h"
#include "model/pretrain_private.h"
#include <math.h>
#include <string.h>

typedef struct {
  MedctPretraining *p;
  guint first;    /* place in the validation list of slot 0 */
  const float *u; /* [2·classes, latent] prompts, or NULL: the volume head answers */
  double *scores; /* [n_validation, classes] */
  gint8 *labels;
  float *v; /* [n_validation, latent], or NULL */
} Evaluation;

static void
score_by_head(const MedctPretraining *p, const MedctPretrainSlot *slot, double *scores)
{
  MedctLinearHead head = medct_pretrain_head(&p->heads, HEAD_VOLUME);
  g_autofree float *x = g_new(float, head.D);
  medct_pretrain_standardise(x, &p->heads, slot->pooled);
  for (int k = 0; k < head.classes; k++)
    scores[k] = (double)medct_kernels()->dot(x, head.W + (gsize)k * head.D, head.D) + head.b[k];
}

static void
score_by_prompts(const MedctPretraining *p, const float *v, const float *u, double *scores)
{
  int L = p->config->latent;
  for (guint k = 0; k < p->set->n_classes; k++)
    scores[k] = (double)medct_kernels()->dot(v, u + (gsize)(2 * k) * L, L) -
                (double)medct_kernels()->dot(v, u + (gsize)(2 * k + 1) * L, L);
}

static void
score_item(int item, int worker, void *data)
{
  const Evaluation *e = data;
  MedctPretraining *p = e->p;
  MedctPretrainSlot *slot = &p->slots[item];
  guint C = p->set->n_classes, at = e->first + (guint)item;
  const MedctPretrainItem *of = &p->set->items[p->validation[at]];
  (void)worker;
  if (p->pooled == NULL) {
    medct_pretrain_slot_fill(p, slot, of, NULL);
    slot->failed = !medct_pretrain_slot_forward(p, slot);
  }
  if (e->u) {
    float *v = e->v + (gsize)at * (gsize)p->config->latent;
    if (p->pooled)
      medct_pretrain_cached_latent(p, p->validation[at], v);
    else
      memcpy(v, slot->v, sizeof(float) * (gsize)p->config->latent);
    score_by_prompts(p, v, e->u, e->scores + (gsize)at * C);
  } else
    score_by_head(p, slot, e->scores + (gsize)at * C);
  for (guint k = 0; k < C; k++)
    e->labels[(gsize)at * C + k] = (gint8)medct_pretrain_label(p, of, k);
}

/* In the stages that learn on cached tokens these answer here too: what is measured is what is
 * trained. */
gboolean
medct_pretrain_evaluate(MedctPretraining *p, MedctPretrainRecord *record, GError **error)
{
  guint C = p->set->n_classes, n = p->n_validation, L = (guint)p->config->latent;
  g_autofree float *u = NULL, *v = NULL;
  g_autofree double *scores = g_new0(double, (gsize)n *C);
  g_autofree gint8 *labels = g_new(gint8, (gsize)n * C);
  if (p->stage != MEDCT_PRETRAIN_DENSE) {
    u = g_new(float, 2 * C * L);
    v = g_new(float, n *L);
    if (!medct_text_trainer_forward(p->text, p->pool, u, p->set->prompts, 2 * (int)C, p->monitor,
                                    error))
      return FALSE;
  }
  if (p->pooled == NULL)
    medct_pretrain_slots_refresh(p);
  for (guint first = 0; first < n; first += (guint)p->n_slots) {
    Evaluation evaluation = {p, first, u, scores, labels, v};
    if (!medct_pretrain_slots_run(p, MIN(p->n_slots, (int)(n - first)), score_item, &evaluation))
      return medct_pretrain_cancelled(error);
  }
  record->val_auroc = medct_mean_auroc(scores, labels, n, C);
  return v == NULL || medct_pretrain_said(p, v, &record->val_said, error);
}
