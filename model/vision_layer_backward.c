#include "model/vision_layer_backward.h"
#include "model/backward_ops.h"
#include "model/linear.h"
#include <string.h>

#define LOGIT_SCALE 8.0f /* as in vision_layer.c */
#define NORM_EPS    1e-5f

typedef struct {
  /* the forward pass again */
  float *normed;   /* [R, D], of the queries, later of the feed-forward */
  float *q0, *kv0; /* [R, inner], [R, 2·inner] as projected */
  float *q, *kv;   /* normalised and scaled; the values as they are */
  float *mixed;    /* [R, inner] */
  float *x2;       /* [R, D] after attention */
  float *ag;       /* [R, 2·I] */
  /* gradients */
  float *dnormed;                  /* [R, D] */
  float *dmixed, *dq, *dkv;        /* [R, inner], [R, inner], [R, 2·inner] */
  float *dgated, *dag;             /* [R, I], [R, 2·I] */
  float *p, *dp;                   /* [n, n] of one head */
  float *lora;                     /* [2·R·rank] */
  MedctLinear to_q, to_kv, to_out; /* for these rows */
} Scratch;

static float *
take(float **memory, gsize n)
{
  float *part = *memory;
  *memory += (n + 15) & ~(gsize)15;
  return part;
}

/* Lays the parts out from `memory`; returns the floats they take. */
static gsize
place(Scratch *s, float *memory, const MedctConfig *c, int rank, gsize R, gsize n)
{
  gsize inner = (gsize)c->heads * c->dim_head, D = c->dim, I = c->ff_inner, used = 0;
  const struct {
    float **part;
    gsize n;
  } parts[] = {{&s->normed, R * D},     {&s->q0, R * inner},     {&s->kv0, R * 2 * inner},
               {&s->q, R * inner},      {&s->kv, R * 2 * inner}, {&s->mixed, R * inner},
               {&s->x2, R * D},         {&s->ag, R * 2 * I},     {&s->dnormed, R * D},
               {&s->dmixed, R * inner}, {&s->dq, R * inner},     {&s->dkv, R * 2 * inner},
               {&s->dgated, R * I},     {&s->dag, R * 2 * I},    {&s->p, n * n},
               {&s->dp, n * n},         {&s->lora, 2 * R * rank}};
  for (gsize i = 0; i < G_N_ELEMENTS(parts); i++) {
    used += (parts[i].n + 15) & ~(gsize)15;
    if (memory)
      *parts[i].part = take(&memory, parts[i].n);
  }
  return used;
}

gsize
medct_vision_backward_floats(const MedctConfig *config, int rank, int rows, int n)
{
  Scratch s;
  return place(&s, NULL, config, rank, rows, n);
}

gboolean
medct_vision_layer_slots(MedctGradientSlot slots[MEDCT_VISION_N_PARTS], MedctVisionLayer *layer,
                         const MedctConfig *c, const MedctWeights *weights, MedctLora *lora,
                         const char *prefix)
{
  gsize D = c->dim, inner = (gsize)c->heads * c->dim_head, I = c->ff_inner, d = c->dim_head;
  const struct {
    const char *name;
    gsize n;
  } tensors[] = {
      [MEDCT_VISION_TO_Q] = {".1.to_q.weight", inner * D},
      [MEDCT_VISION_TO_KV] = {".1.to_kv.weight", 2 * inner * D},
      [MEDCT_VISION_TO_OUT] = {".1.to_out.weight", D * inner},
      [MEDCT_VISION_FF_IN] = {".3.1.weight", 2 * I * D},
      [MEDCT_VISION_FF_OUT] = {".3.4.weight", D * I},
      [MEDCT_VISION_NORM_GAMMA] = {".1.norm.gamma", D},
      [MEDCT_VISION_Q_SCALE] = {".1.q_scale", d},
      [MEDCT_VISION_K_SCALE] = {".1.k_scale", d},
      [MEDCT_VISION_FF_GAMMA] = {".3.0.weight", D},
      [MEDCT_VISION_FF_BETA] = {".3.0.bias", D},
  };
  const struct {
    const char *name;
    MedctLinear *linear;
  } pairs[] = {
      {".1.to_q", &layer->to_q}, {".1.to_kv", &layer->to_kv}, {".1.to_out", &layer->to_out}};
  gboolean any = FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS(tensors); i++) {
    g_autofree char *name = g_strconcat(prefix, tensors[i].name, NULL);
    slots[i] = (MedctGradientSlot){medct_weights_gradient(weights, name), tensors[i].n};
    any = any || slots[i].to;
  }
  for (gsize i = 0; i < G_N_ELEMENTS(pairs); i++) {
    const MedctLoraModule *pair = medct_lora_bind(lora, pairs[i].linear, prefix, pairs[i].name);
    slots[MEDCT_VISION_PAIR_Q + i] =
        (MedctGradientSlot){pair ? lora->gradients + pair->at : NULL, pair ? pair->n : 0};
    any = any || pair;
  }
  return any;
}

/* What attention did, with nothing overwritten that its gradient needs. */
static void
project_again(Scratch *s, const float *x, const MedctVisionLayer *layer, const MedctConfig *c,
              int rows)
{
  const MedctKernels *kernels = medct_kernels();
  int inner = c->heads * c->dim_head;
  kernels->layer_norm(s->normed, x, layer->norm_gamma, layer->norm_beta, rows, c->dim, NORM_EPS);
  medct_linear(s->q0, inner, s->normed, &s->to_q, MEDCT_EPILOGUE_NONE, s->lora, rows);
  medct_linear(s->kv0, 2 * inner, x, &s->to_kv, MEDCT_EPILOGUE_NONE, s->lora, rows);
  memcpy(s->q, s->q0, sizeof(float) * (gsize)rows * inner);
  memcpy(s->kv, s->kv0, sizeof(float) * (gsize)rows * 2 * inner);
  kernels->normalise_heads(s->q, layer->q_scale, rows, c->heads, c->dim_head, inner);
  kernels->normalise_heads(s->kv, layer->k_scale, rows, c->heads, c->dim_head, 2 * inner);
}

/* Head h of the sequence that begins at `row`: mixed = softmax(8·q·kᵀ + bias)·v. */
static void
attend_again(Scratch *s, const MedctConfig *c, const float *bias, gsize row, int h, int n)
{
  int inner = c->heads * c->dim_head, d = c->dim_head;
  const float *k = s->kv + row * 2 * inner + h * d;
  if (bias)
    memcpy(s->p, bias + (gsize)h * n * n, sizeof(float) * (gsize)n * n);
  medct_product(s->p, n, s->q + row * inner + h * d, inner, k, 2 * inner, TRUE, LOGIT_SCALE,
                bias ? 1 : 0, n, n, d);
  medct_kernels()->softmax(s->p, n, n, n);
  medct_product(s->mixed + row * inner + h * d, inner, s->p, n, k + inner, 2 * inner, FALSE, 1, 0,
                n, d, n);
}

static void
head_backward(Scratch *s, float *dbias, const MedctConfig *c, const float *bias, gsize row, int h,
              int n)
{
  int inner = c->heads * c->dim_head, d = c->dim_head;
  gsize q = row * inner + h * d, k = row * 2 * inner + h * d;
  MedctHeadBackward head = {.q = s->q + q,
                            .k = s->kv + k,
                            .v = s->kv + k + inner,
                            .dmixed = s->dmixed + q,
                            .bias = bias ? bias + (gsize)h * n * n : NULL,
                            .dq = s->dq + q,
                            .dk = s->dkv + k,
                            .dv = s->dkv + k + inner,
                            .dbias = dbias ? dbias + (gsize)h * n * n : NULL,
                            .p = s->p,
                            .dp = s->dp,
                            .scale = LOGIT_SCALE,
                            .ldq = inner,
                            .ldkv = 2 * inner,
                            .n = n,
                            .d = d};
  medct_attention_backward(&head);
}

/* y = x2 + ff_out(a·GELU(g)), a | g = ff_in(LN(x2)): d of y becomes d of x2. */
static void
feed_forward_backward(float *d, float *const parts[], Scratch *s, const float *ag,
                      const MedctVisionLayer *layer, const MedctConfig *c, int rows)
{
  const MedctKernels *kernels = medct_kernels();
  const MedctLinearGradient in = {.W = parts[MEDCT_VISION_FF_IN]};
  const MedctLinearGradient out = {.W = parts[MEDCT_VISION_FF_OUT]};
  float *gated = s->dag; /* until dag is made */
  if (ag == NULL || in.W)
    kernels->layer_norm(s->dnormed, s->x2, layer->ff_gamma, layer->ff_beta, rows, c->dim, NORM_EPS);
  if (ag == NULL) {
    medct_linear(s->ag, 2 * c->ff_inner, s->dnormed, &layer->ff_in, MEDCT_EPILOGUE_NONE, s->lora,
                 rows);
    ag = s->ag;
  }
  if (out.W)
    kernels->gelu_gate(gated, ag, rows, c->ff_inner);
  medct_linear_backward(s->dgated, 0, &out, d, c->dim, gated, &layer->ff_out, s->lora, rows);
  medct_kernels()->gelu_gate_backward(s->dag, s->dgated, ag, rows, c->ff_inner);
  medct_linear_backward(s->dnormed, 0, &in, s->dag, 2 * c->ff_inner, s->dnormed, &layer->ff_in,
                        s->lora, rows);
  if (parts[MEDCT_VISION_FF_GAMMA] || parts[MEDCT_VISION_FF_BETA])
    medct_layer_norm_weights_backward(parts[MEDCT_VISION_FF_GAMMA], parts[MEDCT_VISION_FF_BETA],
                                      s->dnormed, s->x2, rows, c->dim, NORM_EPS);
  medct_kernels()->layer_norm_backward(d, TRUE, s->dnormed, s->x2, layer->ff_gamma, rows, c->dim,
                                       NORM_EPS);
}

/* q and k were brought to unit length and scaled. */
static void
scales_backward(float *const parts[], Scratch *s, const MedctVisionLayer *layer,
                const MedctConfig *c, int rows)
{
  int heads = c->heads, d = c->dim_head, inner = heads * d;
  if (parts[MEDCT_VISION_Q_SCALE])
    medct_normalise_heads_scale_backward(parts[MEDCT_VISION_Q_SCALE], s->dq, s->q0, rows, heads, d,
                                         inner);
  if (parts[MEDCT_VISION_K_SCALE])
    medct_normalise_heads_scale_backward(parts[MEDCT_VISION_K_SCALE], s->dkv, s->kv0, rows, heads,
                                         d, 2 * inner);
  medct_kernels()->normalise_heads_backward(s->dq, s->q0, layer->q_scale, rows, heads, d, inner);
  medct_kernels()->normalise_heads_backward(s->dkv, s->kv0, layer->k_scale, rows, heads, d,
                                            2 * inner);
}

/* x2 = x + to_out(mixed); q from LN(x), k | v from x: d of x2 becomes d of x. */
static void
attention_backward(float *d, float *const parts[], const float *x, Scratch *s,
                   const MedctVisionLayer *layer, const MedctConfig *c, const float *bias,
                   int sequences, int n)
{
  int rows = sequences * n, inner = c->heads * c->dim_head;
  const MedctLinearGradient q = {.W = parts[MEDCT_VISION_TO_Q], .pair = parts[MEDCT_VISION_PAIR_Q]};
  const MedctLinearGradient kv = {.W = parts[MEDCT_VISION_TO_KV],
                                  .pair = parts[MEDCT_VISION_PAIR_KV]};
  const MedctLinearGradient out = {.W = parts[MEDCT_VISION_TO_OUT],
                                   .pair = parts[MEDCT_VISION_PAIR_OUT]};
  medct_linear_backward(s->dmixed, 0, &out, d, c->dim, s->mixed, &s->to_out, s->lora, rows);
  for (int i = 0; i < sequences; i++)
    for (int h = 0; h < c->heads; h++)
      head_backward(s, parts[MEDCT_VISION_BIAS], c, bias, (gsize)i * n, h, n);
  scales_backward(parts, s, layer, c, rows);
  medct_linear_backward(s->dnormed, 0, &q, s->dq, inner, s->normed, &s->to_q, s->lora, rows);
  if (parts[MEDCT_VISION_NORM_GAMMA])
    medct_layer_norm_weights_backward(parts[MEDCT_VISION_NORM_GAMMA], NULL, s->dnormed, x, rows,
                                      c->dim, NORM_EPS);
  medct_kernels()->layer_norm_backward(d, TRUE, s->dnormed, x, layer->norm_gamma, rows, c->dim,
                                       NORM_EPS);
  medct_linear_backward(d, 1, &kv, s->dkv, 2 * inner, x, &s->to_kv, s->lora, rows);
}

void
medct_vision_layer_backward_block(float *d, float *const parts[MEDCT_VISION_N_PARTS],
                                  const float *x, const MedctVisionBlock *b, float *memory)
{
  Scratch s;
  const MedctVisionLayer *layer = b->layer;
  const MedctConfig *c = b->config;
  int rows = b->sequences * b->n;
  place(&s, memory, c, b->rank, rows, b->n);
  s.to_q = medct_linear_at(&layer->to_q, b->first_row);
  s.to_kv = medct_linear_at(&layer->to_kv, b->first_row);
  s.to_out = medct_linear_at(&layer->to_out, b->first_row);
  project_again(&s, x, layer, c, rows);
  if (b->mixed)
    s.mixed = (float *)b->mixed; /* read only from here on */
  for (int i = 0; b->mixed == NULL && i < b->sequences; i++)
    for (int h = 0; h < c->heads; h++)
      attend_again(&s, c, b->bias, (gsize)i * b->n, h, b->n);
  memcpy(s.x2, x, sizeof(float) * (gsize)rows * c->dim);
  medct_linear(s.x2, c->dim, s.mixed, &s.to_out, MEDCT_EPILOGUE_ADD, s.lora, rows);
  feed_forward_backward(d, parts, &s, b->ag, layer, c, rows);
  attention_backward(d, parts, x, &s, layer, c, b->bias, b->sequences, b->n);
}
