#include "model/vision_layer.h"
#include "model/linear.h"
#include <string.h>

#define LOGIT_SCALE 8.0f /* a constant, not 1/√d (spec §4.6) */
#define NORM_EPS    1e-5f
/* Sequences up to this length go through the fused kernel, longer ones through matrix products. */
#define SHORT_SEQUENCE 64

static const float *
tensor(const MedctTensorFile *weights, const char *prefix, const char *name)
{
  g_autofree char *path = g_strconcat(prefix, name, NULL);
  return medct_tensor_file_lookup(weights, path)->data;
}

/* [D,1,3,3,3] → 27 rows of D, so that a tap is one pass over a token. */
void
medct_vision_layer_refresh(MedctVisionLayer *layer, int D)
{
  for (int tap = 0; tap < 27; tap++)
    for (int d = 0; d < D; d++)
      layer->peg[tap][d] = layer->peg_weight[d * 27 + tap];
}

void
medct_vision_layer_load(MedctVisionLayer *layer, const MedctTensorFile *weights,
                        const MedctConfig *c, const MedctAdapter *adapter, const char *prefix)
{
  layer->peg_weight = tensor(weights, prefix, ".0.dsconv.weight");
  for (int tap = 0; tap < 27; tap++)
    layer->peg[tap] = g_new(float, c->dim);
  medct_vision_layer_refresh(layer, c->dim);
  layer->peg_bias = tensor(weights, prefix, ".0.dsconv.bias");
  layer->norm_gamma = tensor(weights, prefix, ".1.norm.gamma");
  layer->norm_beta = tensor(weights, prefix, ".1.norm.beta");
  layer->q_scale = tensor(weights, prefix, ".1.q_scale");
  layer->k_scale = tensor(weights, prefix, ".1.k_scale");
  layer->ff_gamma = tensor(weights, prefix, ".3.0.weight");
  layer->ff_beta = tensor(weights, prefix, ".3.0.bias");
  medct_linear_load(&layer->to_q, weights, adapter, prefix, ".1.to_q");
  medct_linear_load(&layer->to_kv, weights, adapter, prefix, ".1.to_kv");
  medct_linear_load(&layer->to_out, weights, adapter, prefix, ".1.to_out");
  medct_linear_load(&layer->ff_in, weights, adapter, prefix, ".3.1");
  medct_linear_load(&layer->ff_out, weights, adapter, prefix, ".3.4");
}

void
medct_vision_layer_clear(MedctVisionLayer *layer)
{
  for (int tap = 0; tap < 27; tap++)
    g_clear_pointer(&layer->peg[tap], g_free);
}

gsize
medct_vision_scratch_floats(const MedctConfig *c, int rank, int rows, int n)
{
  gsize inner = (gsize)c->heads * c->dim_head;
  gsize per_row = c->dim + 4 * inner + 3 * (gsize)c->ff_inner + rank;
  return rows * per_row + (gsize)n * n + 8 * 16; /* each part starts at a multiple of 16 */
}

static float *
take(float **memory, gsize n)
{
  float *part = *memory;
  *memory += (n + 15) & ~(gsize)15;
  return part;
}

void
medct_vision_scratch_place(MedctVisionScratch *s, float *memory, const MedctConfig *c, int rank,
                           int rows, int n)
{
  gsize R = rows, inner = (gsize)c->heads * c->dim_head;
  s->normed = take(&memory, R * c->dim);
  s->q = take(&memory, R * inner);
  s->kv = take(&memory, R * 2 * inner);
  s->mixed = take(&memory, R * inner);
  s->logits = take(&memory, (gsize)n * n);
  s->ag = take(&memory, R * 2 * c->ff_inner);
  s->gated = take(&memory, R * c->ff_inner);
  s->lora = take(&memory, R * rank);
}

/* Zero padding: 1 on both sides of h and w, 2 before and 0 after on t. */
void
medct_vision_peg_row(float *y, const float *x, const MedctVisionLayer *layer, int T, int H, int W,
                     int D, int t, int h)
{
  const MedctKernels *kernels = medct_kernels();
  for (int w = 0; w < W; w++, y += D) {
    const float *from[27], *tap[27];
    int n = 0;
    for (int dt = 0; dt < 3; dt++)
      for (int dh = 0; dh < 3; dh++)
        for (int dw = 0; dw < 3; dw++) {
          int st = t + dt - 2, sh = h + dh - 1, sw = w + dw - 1;
          if (st < 0 || sh < 0 || sh >= H || sw < 0 || sw >= W)
            continue;
          from[n] = x + (((gsize)st * H + sh) * W + sw) * D;
          tap[n++] = layer->peg[(dt * 3 + dh) * 3 + dw];
        }
    memcpy(y, x + (((gsize)t * H + h) * W + w) * D, sizeof(float) * D);
    kernels->add(y, layer->peg_bias, D);
    kernels->taps(y, from, tap, n, D);
  }
}

/* One long sequence, a head at a time: logits ← bias + 8·q·kᵀ, softmax, ·v. */
static void
attend_long(const MedctConfig *c, const float *bias, MedctVisionScratch *s, int n)
{
  int inner = c->heads * c->dim_head, d = c->dim_head;
  for (int h = 0; h < c->heads; h++) {
    if (bias)
      memcpy(s->logits, bias + (gsize)h * n * n, sizeof(float) * (gsize)n * n);
    medct_product(s->logits, n, s->q + h * d, inner, s->kv + h * d, 2 * inner, TRUE, LOGIT_SCALE,
                  bias ? 1 : 0, n, n, d);
    medct_kernels()->softmax(s->logits, n, n, n);
    medct_product(s->mixed + h * d, inner, s->logits, n, s->kv + inner + h * d, 2 * inner, FALSE, 1,
                  0, n, d, n);
  }
}

static void
attend_short(const MedctConfig *c, const float *bias, MedctVisionScratch *s, int sequences, int n)
{
  int inner = c->heads * c->dim_head, d = c->dim_head;
  for (int i = 0; i < sequences; i++)
    for (int h = 0; h < c->heads; h++) {
      gsize row = (gsize)i * n;
      const float *k = s->kv + row * 2 * inner + h * d;
      medct_kernels()->attend(s->mixed + row * inner + h * d, inner, s->q + row * inner + h * d,
                              inner, k, k + inner, 2 * inner, bias ? bias + (gsize)h * n * n : NULL,
                              LOGIT_SCALE, s->logits, n, d);
    }
}

/* Queries see the normalised x, keys and values the bare one (spec §4.6). */
static void
attention(float *x, const MedctVisionLayer *layer, const MedctConfig *c, const float *bias,
          MedctVisionScratch *s, int sequences, int n)
{
  const MedctKernels *kernels = medct_kernels();
  int rows = sequences * n, inner = c->heads * c->dim_head;
  const MedctLinear to_q = medct_linear_at(&layer->to_q, s->first_row);
  const MedctLinear to_kv = medct_linear_at(&layer->to_kv, s->first_row);
  const MedctLinear to_out = medct_linear_at(&layer->to_out, s->first_row);
  kernels->layer_norm(s->normed, x, layer->norm_gamma, layer->norm_beta, rows, c->dim, NORM_EPS);
  medct_linear(s->q, inner, s->normed, &to_q, MEDCT_EPILOGUE_NONE, s->lora, rows);
  medct_linear(s->kv, 2 * inner, x, &to_kv, MEDCT_EPILOGUE_NONE, s->lora, rows);
  kernels->normalise_heads(s->q, layer->q_scale, rows, c->heads, c->dim_head, inner);
  kernels->normalise_heads(s->kv, layer->k_scale, rows, c->heads, c->dim_head, 2 * inner);
  if (n <= SHORT_SEQUENCE)
    attend_short(c, bias, s, sequences, n);
  else
    for (int i = 0; i < sequences; i++) {
      MedctVisionScratch one = *s;
      one.q += (gsize)i * n * inner;
      one.kv += (gsize)i * n * 2 * inner;
      one.mixed += (gsize)i * n * inner;
      attend_long(c, bias, &one, n);
    }
  medct_linear(x, c->dim, s->mixed, &to_out, MEDCT_EPILOGUE_ADD, s->lora, rows);
}

static void
feed_forward(float *x, const MedctVisionLayer *layer, const MedctConfig *c, MedctVisionScratch *s,
             int rows)
{
  const MedctKernels *kernels = medct_kernels();
  kernels->layer_norm(s->normed, x, layer->ff_gamma, layer->ff_beta, rows, c->dim, NORM_EPS);
  medct_linear(s->ag, 2 * c->ff_inner, s->normed, &layer->ff_in, MEDCT_EPILOGUE_NONE, s->lora,
               rows);
  kernels->gelu_gate(s->gated, s->ag, rows, c->ff_inner);
  medct_linear(x, c->dim, s->gated, &layer->ff_out, MEDCT_EPILOGUE_ADD, s->lora, rows);
}

void
medct_vision_layer_block(float *x, const MedctVisionLayer *layer, const MedctConfig *c,
                         const float *bias, MedctVisionScratch *s, int sequences, int n)
{
  attention(x, layer, c, bias, s, sequences, n);
  feed_forward(x, layer, c, s, sequences * n);
}
