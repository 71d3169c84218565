#include "model/augmentation.h"
#include "model/pretrain_private.h"
#include "model/token_targets.h"
#include <math.h>
#include <string.h>

/* How the parts of the dense loss count beside the volume head's. */
#define SPATIAL_WEIGHT 3.0
#define TOKENS_WEIGHT  0.9

static void
slot_make(MedctPretraining *p, MedctPretrainSlot *slot, gboolean quantised)
{
  const MedctConfig *c = p->config;
  gsize floats = (gsize)p->n_tokens * c->dim, C = p->set->n_classes;
  slot->weights = medct_weights_copy(p->weights->file, c, NULL);
  for (guint i = 0; i < p->weights->n_tensors; i++)
    slot->weights->tensors[i].trained = p->weights->tensors[i].trained;
  slot->vision = medct_vision_trainer_new_full(slot->weights, c, NULL);
  medct_vision_trainer_set_quantised(slot->vision, quantised);
  slot->alone = medct_pool_new(1);
  slot->volume = g_new(float, (gsize)c->frames * c->image * c->image);
  slot->targets = g_new(uint8_t, (gsize)p->n_tokens * C);
  slot->labels = g_new(uint8_t, C);
  slot->d_spatial = g_new(float, floats);
  slot->d_tokens = g_new(float, floats);
  slot->tokens = g_new(float, floats);
  slot->codes = g_new(int32_t, p->n_tokens);
  slot->pooled = g_new0(float, c->dim);
  slot->head_gradients = g_new(float, p->heads.n);
  slot->v = g_new(float, c->latent);
  slot->dv = g_new0(float, c->latent);
}

void
medct_pretrain_slots_make(MedctPretraining *p, int n, gboolean quantised)
{
  p->slots = g_new0(MedctPretrainSlot, n);
  p->n_slots = n;
  for (int i = 0; i < n; i++)
    slot_make(p, &p->slots[i], quantised);
}

void
medct_pretrain_slots_free(MedctPretraining *p)
{
  for (int i = 0; i < p->n_slots; i++) {
    MedctPretrainSlot *slot = &p->slots[i];
    medct_vision_trainer_free(slot->vision);
    medct_weights_free(slot->weights);
    medct_pool_free(slot->alone);
    gpointer memory[] = {slot->volume, slot->targets, slot->labels,         slot->d_spatial,
                         slot->pooled, slot->tokens,  slot->head_gradients, slot->d_tokens,
                         slot->v,      slot->dv,      slot->codes};
    for (gsize m = 0; m < G_N_ELEMENTS(memory); m++)
      g_free(memory[m]);
  }
  g_clear_pointer(&p->slots, g_free);
  p->n_slots = 0;
}

/* ---- volume and targets --------------------------------------------------------------------- */

/* One row along p. What comes in from outside the volume is air. */
static void
fill_row(const MedctPretraining *p, float *to, const int16_t *from, const MedctAugmentation *a,
         guint64 row)
{
  int n = p->config->image, shift = a->shift[2];
  const double *clip = p->config->clip_hu;
  const float *noise = medct_augmentation_row(a, p->noise, row, n);
  for (int i = 0; i < n; i++) {
    gboolean inside = from && i - shift >= 0 && i - shift < n;
    float hu = (inside ? (float)from[i - shift] : (float)clip[0]) + a->offset + a->noise * noise[i];
    to[i] = fminf(fmaxf(hu, (float)clip[0]), (float)clip[1]) / 1000;
  }
}

static void
fill_volume(const MedctPretraining *p, float *to, const int16_t *from, const MedctAugmentation *a)
{
  int F = p->config->frames, n = p->config->image;
  for (int s = 0; s < F; s++)
    for (int l = 0; l < n; l++) {
      int from_s = s - a->shift[0], from_l = l - a->shift[1];
      gboolean inside = from_s >= 0 && from_s < F && from_l >= 0 && from_l < n;
      gsize row = (gsize)s * n + l;
      fill_row(p, to + row * n, inside ? from + ((gsize)from_s * n + from_l) * n : NULL, a, row);
    }
}

void
medct_pretrain_slot_fill(const MedctPretraining *p, MedctPretrainSlot *slot,
                         const MedctPretrainItem *item, const guint64 *draw)
{
  static const MedctField field = {.to_voxel = {0, 1, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0}};
  guint C = p->set->n_classes;
  const MedctPretrainOptions *o = p->options;
  const MedctAugmentationLimits limits = {o->shift, o->noise_hu, o->offset_hu};
  MedctAugmentation a = {{0}, 0, 0, 0};
  if (draw)
    a = medct_augmentation_draw(&limits, o->seed, *draw);
  slot->item = item;
  fill_volume(p, slot->volume, item->voxels, &a);
  medct_token_targets(p->config, &field, a.shift, item->boxes, item->n_boxes, C, slot->targets);
  for (guint k = 0; k < C; k++) {
    gboolean withheld = p->set->withheld && p->set->withheld[k];
    slot->labels[k] = withheld ? 2 : (uint8_t)item->labels[k];
    for (int i = 0; withheld && i < p->n_tokens; i++)
      slot->targets[(gsize)i * C + k] = 2;
  }
}

/* ---- forward and backward ------------------------------------------------------------------- */

gboolean
medct_pretrain_slot_forward(const MedctPretraining *p, MedctPretrainSlot *slot)
{
  const int32_t *codes;
  int D = p->config->dim;
  if (!medct_vision_trainer_forward(slot->vision, slot->alone, slot->v, slot->volume,
                                    p->config->frames, NULL, NULL))
    return FALSE;
  const float *tokens = medct_vision_trainer_tokens(slot->vision, &codes);
  memcpy(slot->tokens, tokens, sizeof(float) * (gsize)p->n_tokens * D);
  memcpy(slot->codes, codes, sizeof *codes * p->n_tokens);
  memset(slot->pooled, 0, sizeof(float) * D);
  for (int i = 0; i < p->n_tokens; i++)
    medct_kernels()->add(slot->pooled, slot->tokens + (gsize)i * D, D);
  for (int d = 0; d < D; d++)
    slot->pooled[d] /= (float)p->n_tokens;
  return TRUE;
}

static double
token_loss(const MedctPretraining *p, MedctPretrainSlot *slot, int which, const float *x, float *dx,
           double scale)
{
  const MedctPretrainHeads *h = &p->heads;
  MedctLinearHead head = medct_pretrain_head(h, which);
  float *dW = slot->head_gradients + which * h->each;
  memset(dx, 0, sizeof(float) * (gsize)p->n_tokens * h->D);
  return scale * medct_linear_head_loss(&head, x, slot->targets, p->n_tokens, scale, dx, dW,
                                        dW + (gsize)h->classes * h->D);
}

/* The same gradient of the pooled tokens goes to every token. */
static double
volume_loss(const MedctPretraining *p, MedctPretrainSlot *slot, double scale)
{
  const MedctPretrainHeads *h = &p->heads;
  MedctLinearHead head = medct_pretrain_head(h, HEAD_VOLUME);
  float *dW = slot->head_gradients + HEAD_VOLUME * h->each;
  g_autofree float *x = g_new(float, h->D), *dx = g_new0(float, h->D);
  medct_pretrain_standardise(x, h, slot->pooled);
  double loss = scale * medct_linear_head_loss(&head, x, slot->labels, 1, scale, dx, dW,
                                               dW + (gsize)h->classes * h->D);
  for (int d = 0; d < h->D; d++)
    dx[d] /= sqrtf(h->variance[d] + 1e-8f) * (float)p->n_tokens;
  for (int i = 0; i < p->n_tokens; i++)
    medct_kernels()->add(slot->d_tokens + (gsize)i * h->D, dx, h->D);
  return loss;
}

gboolean
medct_pretrain_slot_backward(const MedctPretraining *p, MedctPretrainSlot *slot, double scale,
                             gboolean latent)
{
  const float *spatial = medct_vision_trainer_spatial(slot->vision);
  memset(slot->head_gradients, 0, sizeof(float) * p->heads.n);
  memset(slot->weights->gradients, 0, sizeof(float) * slot->weights->n);
  slot->loss =
      token_loss(p, slot, HEAD_SPATIAL, spatial, slot->d_spatial, scale * SPATIAL_WEIGHT) +
      token_loss(p, slot, HEAD_TOKENS, slot->tokens, slot->d_tokens, scale * TOKENS_WEIGHT) +
      volume_loss(p, slot, scale);
  MedctVisionGradient from = {latent ? slot->dv : NULL, slot->d_tokens, slot->d_spatial};
  return medct_vision_trainer_backward_from(slot->vision, slot->alone, &from, NULL, NULL);
}

/* ---- all slots ------------------------------------------------------------------------------ */

gboolean
medct_pretrain_slots_run(MedctPretraining *p, int n, MedctPoolWork work, void *data)
{
  for (int i = 0; i < n; i++)
    p->slots[i].failed = FALSE;
  if (!medct_pool_run(p->pool, n, work, data, p->monitor, 0, 0, NULL))
    return FALSE;
  for (int i = 0; i < n; i++)
    if (p->slots[i].failed)
      return FALSE;
  return TRUE;
}

void
medct_pretrain_slots_refresh(MedctPretraining *p)
{
  for (int i = 0; i < p->n_slots; i++)
    memcpy(p->slots[i].weights->parameters, p->weights->parameters, sizeof(float) * p->weights->n);
}
