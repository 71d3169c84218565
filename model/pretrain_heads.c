#include "model/counter_random.h"
#include "model/pretrain_private.h"
#include <math.h>

#define FOLLOW 0.02f /* share of a step in the running statistics */
#define LIMIT  300.0 /* of a rare finding's weight */

MedctLinearHead
medct_pretrain_head(const MedctPretrainHeads *h, int which)
{
  const float *W = h->parameters + which * h->each;
  return (MedctLinearHead){.W = W,
                           .b = W + (gsize)h->classes * h->D,
                           .positive = h->positive[which],
                           .negative = h->negative[which],
                           .classes = h->classes,
                           .D = h->D};
}

/* Shares of tokens and of volumes that hold each finding, over the training items. */
static void
count_findings(MedctPretraining *p, double *tokens, double *volumes)
{
  int C = (int)p->set->n_classes;
  g_autofree double *known = g_new0(double, C);
  for (guint n = 0; n < p->n_train; n++) {
    const MedctPretrainItem *item = &p->set->items[p->train[n]];
    medct_pretrain_slot_fill(p, &p->slots[0], item, NULL);
    for (int i = 0; i < p->n_tokens * C; i++)
      tokens[i % C] += p->slots[0].targets[i] == 1;
    for (int k = 0; k < C; k++) {
      volumes[k] += item->labels[k] == 1;
      known[k] += item->labels[k] == 0 || item->labels[k] == 1;
    }
  }
  for (int k = 0; k < C; k++) {
    tokens[k] /= fmax(1, (double)p->n_train * p->n_tokens);
    volumes[k] /= fmax(1, known[k]);
  }
}

void
medct_pretrain_heads_weigh(MedctPretraining *p)
{
  MedctPretrainHeads *h = &p->heads;
  g_autofree double *tokens = g_new0(double, h->classes), *volumes = g_new0(double, h->classes);
  count_findings(p, tokens, volumes);
  for (int which = 0; which < HEAD_VOLUME; which++)
    medct_balanced_weights(h->positive[which], h->negative[which], tokens, h->classes, LIMIT);
  for (int k = 0; k < h->classes; k++) {
    double share = CLAMP(volumes[k], 1e-3, 1 - 1e-3);
    h->positive[HEAD_VOLUME][k] = (float)sqrt((1 - share) / share);
    h->negative[HEAD_VOLUME][k] = 1;
  }
}

void
medct_pretrain_heads_init(MedctPretraining *p)
{
  MedctPretrainHeads *h = &p->heads;
  h->classes = (int)p->set->n_classes;
  h->D = p->config->dim;
  h->each = (gsize)h->classes * (h->D + 1);
  h->n = h->each * N_HEADS;
  h->parameters = g_new0(float, h->n);
  h->first = g_new0(float, h->n);
  h->second = g_new0(float, h->n);
  h->mean = g_new0(float, h->D);
  h->variance = g_new(float, h->D);
  for (int d = 0; d < h->D; d++)
    h->variance[d] = 1;
  for (int which = 0; which < N_HEADS; which++) {
    h->positive[which] = g_new0(float, h->classes);
    h->negative[which] = g_new0(float, h->classes);
    guint64 key = medct_counter_key(p->options->seed, "head") + (guint64)which;
    for (gsize i = 0; i < (gsize)h->classes * h->D; i++)
      h->parameters[which * h->each + i] =
          medct_counter_unit(medct_counter_mix(key) + i) / sqrtf((float)h->D);
  }
}

void
medct_pretrain_heads_clear(MedctPretraining *p)
{
  MedctPretrainHeads *h = &p->heads;
  g_free(h->parameters);
  g_free(h->first);
  g_free(h->second);
  g_free(h->mean);
  g_free(h->variance);
  for (int which = 0; which < N_HEADS; which++) {
    g_free(h->positive[which]);
    g_free(h->negative[which]);
  }
}

void
medct_pretrain_heads_follow(MedctPretraining *p)
{
  MedctPretrainHeads *h = &p->heads;
  float n = (float)p->n_slots;
  for (int d = 0; d < h->D; d++) {
    float mean = 0, spread = 0;
    for (int s = 0; s < p->n_slots; s++)
      mean += p->slots[s].pooled[d] / n;
    for (int s = 0; s < p->n_slots; s++)
      spread += (p->slots[s].pooled[d] - h->mean[d]) * (p->slots[s].pooled[d] - h->mean[d]) / n;
    /* The first step's numbers are better than none. */
    float share =
        p->stage == MEDCT_PRETRAIN_DENSE ? fmaxf(FOLLOW, 1 / (float)(p->step + 1)) : FOLLOW;
    h->mean[d] += share * (mean - h->mean[d]);
    h->variance[d] += share * (spread - h->variance[d]);
  }
}

void
medct_pretrain_standardise(float *out, const MedctPretrainHeads *h, const float *pooled)
{
  for (int d = 0; d < h->D; d++)
    out[d] = (pooled[d] - h->mean[d]) / sqrtf(h->variance[d] + 1e-8f);
}
