#include "model/vision_layer_backward.h"
#include "model/backward_ops.h"
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
  float *dnormed;           /* [R, D] */
  float *dmixed, *dq, *dkv; /* [R, inner], [R, inner], [R, 2·inner] */
  float *dgated, *dag;      /* [R, I], [R, 2·I] */
  float *p, *dp;            /* [n, n] of one head */
  float *lora;              /* [2·R·rank] */
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

static gsize
pair_floats(const MedctLinear *l)
{
  return l->lora ? (gsize)l->lora->rank * (l->in + l->out) : 0;
}

gsize
medct_vision_layer_pair_floats(const MedctVisionLayer *layer)
{
  return pair_floats(&layer->to_q) + pair_floats(&layer->to_kv) + pair_floats(&layer->to_out);
}

/* What attention did, with nothing overwritten that its gradient needs. */
static void
project_again(Scratch *s, const float *x, const MedctVisionLayer *layer, const MedctConfig *c,
              int rows)
{
  const MedctKernels *kernels = medct_kernels();
  int inner = c->heads * c->dim_head;
  kernels->layer_norm(s->normed, x, layer->norm_gamma, layer->norm_beta, rows, c->dim, NORM_EPS);
  medct_linear(s->q0, inner, s->normed, &layer->to_q, MEDCT_EPILOGUE_NONE, s->lora, rows);
  medct_linear(s->kv0, 2 * inner, x, &layer->to_kv, MEDCT_EPILOGUE_NONE, s->lora, rows);
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
head_backward(Scratch *s, const MedctConfig *c, const float *bias, gsize row, int h, int n)
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
feed_forward_backward(float *d, Scratch *s, const MedctVisionLayer *layer, const MedctConfig *c,
                      int rows)
{
  medct_kernels()->layer_norm(s->dnormed, s->x2, layer->ff_gamma, layer->ff_beta, rows, c->dim,
                              NORM_EPS);
  medct_linear(s->ag, 2 * c->ff_inner, s->dnormed, &layer->ff_in, MEDCT_EPILOGUE_NONE, s->lora,
               rows);
  medct_linear_backward(s->dgated, 0, NULL, d, c->dim, NULL, &layer->ff_out, s->lora, rows);
  medct_gelu_gate_backward(s->dag, s->dgated, s->ag, rows, c->ff_inner);
  medct_linear_backward(s->dnormed, 0, NULL, s->dag, 2 * c->ff_inner, NULL, &layer->ff_in, s->lora,
                        rows);
  medct_layer_norm_backward(d, TRUE, s->dnormed, s->x2, layer->ff_gamma, rows, c->dim, NORM_EPS);
}

/* x2 = x + to_out(mixed); q from LN(x), k | v from x: d of x2 becomes d of x. */
static void
attention_backward(float *d, float *pairs, const float *x, Scratch *s,
                   const MedctVisionLayer *layer, const MedctConfig *c, const float *bias,
                   int sequences, int n)
{
  int rows = sequences * n, inner = c->heads * c->dim_head;
  float *q_pair = pairs, *kv_pair = q_pair + pair_floats(&layer->to_q);
  float *out_pair = kv_pair + pair_floats(&layer->to_kv);
  medct_linear_backward(s->dmixed, 0, out_pair, d, c->dim, s->mixed, &layer->to_out, s->lora, rows);
  for (int i = 0; i < sequences; i++)
    for (int h = 0; h < c->heads; h++)
      head_backward(s, c, bias, (gsize)i * n, h, n);
  medct_normalise_heads_backward(s->dq, s->q0, layer->q_scale, rows, c->heads, c->dim_head, inner);
  medct_normalise_heads_backward(s->dkv, s->kv0, layer->k_scale, rows, c->heads, c->dim_head,
                                 2 * inner);
  medct_linear_backward(s->dnormed, 0, q_pair, s->dq, inner, s->normed, &layer->to_q, s->lora,
                        rows);
  medct_layer_norm_backward(d, TRUE, s->dnormed, x, layer->norm_gamma, rows, c->dim, NORM_EPS);
  medct_linear_backward(d, 1, kv_pair, s->dkv, 2 * inner, x, &layer->to_kv, s->lora, rows);
}

void
medct_vision_layer_backward_block(float *d, float *pairs, const float *x,
                                  const MedctVisionLayer *layer, const MedctConfig *c,
                                  const float *bias, float *memory, int rank, int sequences, int n)
{
  Scratch s;
  int rows = sequences * n;
  place(&s, memory, c, rank, rows, n);
  memset(pairs, 0, sizeof(float) * medct_vision_layer_pair_floats(layer));
  project_again(&s, x, layer, c, rows);
  for (int i = 0; i < sequences; i++)
    for (int h = 0; h < c->heads; h++)
      attend_again(&s, c, bias, (gsize)i * n, h, n);
  memcpy(s.x2, x, sizeof(float) * (gsize)rows * c->dim);
  medct_linear(s.x2, c->dim, s.mixed, &layer->to_out, MEDCT_EPILOGUE_ADD, s.lora, rows);
  feed_forward_backward(d, &s, layer, c, rows);
  attention_backward(d, pairs, x, &s, layer, c, bias, sequences, n);
}
