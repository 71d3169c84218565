#include "model/vision_patch_backward.h"
#include "model/backward_ops.h"
#include "model/lora.h"
#include <string.h>

#define PATCH_EPS  1e-5f
#define BLOCK_ROWS 576 /* part of the result's definition */

typedef struct {
  const MedctVision *vision;
  const float *d, *volume;
  int T, H, W;
  float *memory; /* threads · floats */
  gsize floats;
  MedctGradientSum *sum;
} Pass;

gboolean
medct_vision_patch_slots(MedctGradientSlot slots[MEDCT_PATCH_N_PARTS], const MedctVision *vision,
                         const MedctWeights *weights)
{
#define NAME "visual_transformer.to_patch_emb."
  gsize in = vision->patch.in, D = vision->patch.out;
  const struct {
    const char *name;
    gsize n;
  } tensors[MEDCT_PATCH_N_PARTS] = {
      [MEDCT_PATCH_GAMMA] = {NAME "1.weight", in},
      [MEDCT_PATCH_BETA] = {NAME "1.bias", in},
      [MEDCT_PATCH_W] = {NAME "2.weight", D * in},
      [MEDCT_PATCH_BIAS] = {NAME "2.bias", D},
      [MEDCT_PATCH_TOKEN_GAMMA] = {NAME "3.weight", D},
      [MEDCT_PATCH_TOKEN_BETA] = {NAME "3.bias", D},
  };
#undef NAME
  gboolean any = FALSE;
  for (int i = 0; i < MEDCT_PATCH_N_PARTS; i++) {
    slots[i] = (MedctGradientSlot){medct_weights_gradient(weights, tensors[i].name), tensors[i].n};
    any = any || slots[i].to;
  }
  return any;
}

/* token = LN(y), y = W·LN(patch) + b */
static void
block_backward(int item, int worker, void *data)
{
  Pass *p = data;
  const MedctVision *v = p->vision;
  int in = v->patch.in, D = v->patch.out, n = p->T * p->H * p->W, cells = p->H * p->W;
  int first = item * BLOCK_ROWS, rows = MIN(BLOCK_ROWS, n - first);
  float *patches = p->memory + worker * p->floats, *x = patches + (gsize)BLOCK_ROWS * in;
  float *y = x + (gsize)BLOCK_ROWS * in, *dy = y + (gsize)BLOCK_ROWS * D;
  const float *d = p->d + (gsize)first * D;
  float *parts[MEDCT_PATCH_N_PARTS];
  float *sum = medct_gradient_sum_take(p->sum, parts);
  const MedctLinearGradient into = {parts[MEDCT_PATCH_W], parts[MEDCT_PATCH_BIAS], NULL};
  for (int r = 0; r < rows; r++) {
    int token = first + r, cell = token % cells;
    medct_vision_gather_patch(patches + (gsize)r * in, p->volume, &v->config, token / cells,
                              cell / p->W, cell % p->W);
  }
  medct_kernels()->layer_norm(x, patches, v->patch_gamma, v->patch_beta, rows, in, PATCH_EPS);
  medct_linear(y, D, x, &v->patch, MEDCT_EPILOGUE_NONE, NULL, rows);
  medct_layer_norm_weights_backward(parts[MEDCT_PATCH_TOKEN_GAMMA], parts[MEDCT_PATCH_TOKEN_BETA],
                                    d, y, rows, D, PATCH_EPS);
  medct_kernels()->layer_norm_backward(dy, FALSE, d, y, v->token_gamma, rows, D, PATCH_EPS);
  medct_linear_backward(x, 0, &into, dy, D, x, &v->patch, NULL, rows);
  medct_layer_norm_weights_backward(parts[MEDCT_PATCH_GAMMA], parts[MEDCT_PATCH_BETA], x, patches,
                                    rows, in, PATCH_EPS);
  medct_gradient_sum_give(p->sum, item, sum);
}

bool
medct_vision_patch_backward(const MedctVision *vision, const MedctGradientSlot *slots,
                            const float *d, const float *volume, int T, int H, int W,
                            MedctPool *pool, const MedctMonitor *monitor)
{
  Pass p = {.vision = vision, .d = d, .volume = volume, .T = T, .H = H, .W = W};
  int blocks = (T * H * W + BLOCK_ROWS - 1) / BLOCK_ROWS;
  p.floats = (gsize)BLOCK_ROWS * 2 * (vision->patch.in + vision->patch.out);
  p.memory = g_aligned_alloc(p.floats * medct_pool_threads(pool), sizeof(float), 64);
  p.sum = medct_gradient_sum_new(slots, MEDCT_PATCH_N_PARTS);
  bool done = medct_pool_run(pool, blocks, block_backward, &p, monitor, 0, 0, "gradient");
  medct_gradient_sum_free(p.sum);
  g_aligned_free(p.memory);
  return done;
}
