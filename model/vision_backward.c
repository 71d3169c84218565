#include "model/vision_backward.h"
#include "model/backward_ops.h"
#include "model/image_latent.h"
#include "model/vision_layer_backward.h"
#include "model/vision_private.h"
#include "model/vq.h"
#include <string.h>

#define NORM_EPS 1e-5f
/* Rows in a block: part of the result's definition, since gradients are summed block by block. */
#define BLOCK_ROWS 576

enum { TO_Q, TO_KV, TO_OUT, N_PAIRS };

struct _MedctVisionTrainer {
  MedctVision *vision;
  MedctQuantiser *quantiser;
  MedctLora *lora;
  MedctImageLatent head;
  const MedctLoraModule *(*pairs)[N_PAIRS]; /* of each layer, spatial first; NULL where none */
  int n_layers, lowest;                     /* lowest layer with a pair; n_layers: none */
  /* of the last forward pass */
  int frames;
  float **kept; /* [n_layers + 2], see vision_private.h */
  float *d, *e; /* gradient [t·h·w, D] twice */
  int32_t *codes;
  float *v; /* [latent] */
  double norm;
};

/* One layer's backward pass over the pool. */
typedef struct {
  MedctVisionTrainer *trainer;
  const MedctVisionTransformer *transformer;
  const MedctVisionLayer *layer;
  const float *input; /* [t·h·w, D] of the layer, or of norm_out */
  const float *bias;
  int T, H, W;
  int sequences, n, per_block, n_blocks;
  float *memory; /* threads · floats */
  gsize floats;
  float *pairs; /* n_blocks · pair_floats */
  gsize pair_floats;
} Pass;

static void
bind_layer(MedctVisionTrainer *t, MedctVisionLayer *layer, const char *which, int n, int index)
{
  g_autofree char *prefix =
      g_strdup_printf("visual_transformer.enc_%s_transformer.layers.%d.1.", which, n);
  t->pairs[index][TO_Q] = medct_lora_bind(t->lora, &layer->to_q, prefix, "to_q");
  t->pairs[index][TO_KV] = medct_lora_bind(t->lora, &layer->to_kv, prefix, "to_kv");
  t->pairs[index][TO_OUT] = medct_lora_bind(t->lora, &layer->to_out, prefix, "to_out");
  if (medct_vision_layer_pair_floats(layer) > 0)
    t->lowest = MIN(t->lowest, index);
}

MedctVisionTrainer *
medct_vision_trainer_new(const MedctTensorFile *weights, const MedctConfig *config, MedctLora *lora)
{
  MedctVisionTrainer *t = g_new0(MedctVisionTrainer, 1);
  t->vision = medct_vision_new(weights, config, NULL);
  t->vision->rank = medct_lora_max_rank(lora);
  t->quantiser = medct_quantiser_new(weights, config);
  t->lora = lora;
  t->n_layers = t->lowest = config->spatial_layers + config->temporal_layers;
  t->pairs = g_malloc0(sizeof *t->pairs * MAX(t->n_layers, 1));
  for (int n = 0; n < config->spatial_layers; n++)
    bind_layer(t, &t->vision->spatial.layers[n], "spatial", n, n);
  for (int n = 0; n < config->temporal_layers; n++)
    bind_layer(t, &t->vision->temporal.layers[n], "temporal", n, config->spatial_layers + n);
  t->head.projection = medct_tensor_file_lookup(weights, "to_visual_latent.weight")->data;
  t->head.codebook = medct_quantiser_codebook(t->quantiser);
  t->head.cells = config->image / config->patch * (config->image / config->patch);
  t->head.D = config->dim;
  t->head.latent = config->latent;
  t->v = g_new0(float, config->latent);
  return t;
}

static void
free_memory(MedctVisionTrainer *t)
{
  for (int i = 0; t->kept && i < t->n_layers + 2; i++)
    g_aligned_free(t->kept[i]);
  g_clear_pointer(&t->kept, g_free);
  g_clear_pointer(&t->d, g_aligned_free);
  g_clear_pointer(&t->e, g_aligned_free);
  g_clear_pointer(&t->codes, g_free);
  t->vision->kept = NULL;
  t->frames = 0;
}

void
medct_vision_trainer_free(MedctVisionTrainer *t)
{
  if (t == NULL)
    return;
  free_memory(t);
  medct_vision_free(t->vision);
  medct_quantiser_free(t->quantiser);
  g_free(t->pairs);
  g_free(t->v);
  g_free(t);
}

/* Where the input of a layer lies in `kept`. */
static int
kept_index(const MedctVisionTrainer *t, int layer)
{
  return layer + (layer >= t->vision->spatial.n_layers);
}

static void
ensure_memory(MedctVisionTrainer *t, int frames)
{
  if (t->frames == frames)
    return;
  free_memory(t);
  t->head.T = frames / t->vision->config.temporal_patch;
  gsize tokens = (gsize)t->head.T * t->head.cells, floats = tokens * t->head.D;
  t->kept = g_new0(float *, t->n_layers + 2);
  for (int i = kept_index(t, t->lowest); t->lowest < t->n_layers && i < t->n_layers + 2; i++)
    t->kept[i] = g_aligned_alloc(floats, sizeof(float), 64);
  t->d = g_aligned_alloc(floats, sizeof(float), 64);
  t->e = g_aligned_alloc(floats, sizeof(float), 64);
  t->codes = g_new(int32_t, tokens);
  t->frames = frames;
}

static gboolean
cancelled(GError **error)
{
  g_set_error(error, MEDCT_ERROR, MEDCT_ERROR_CANCELLED, "training was cancelled");
  return FALSE;
}

/* What is left after the layers. */
static gboolean
finish_forward(MedctVisionTrainer *t, MedctPool *pool, float *v, const float *tokens,
               const MedctMonitor *monitor, GError **error)
{
  if (tokens == NULL)
    return FALSE;
  if (!medct_quantiser_run(t->quantiser, pool, t->codes, NULL, tokens, t->head.T * t->head.cells,
                           monitor) ||
      !medct_image_latent(t->v, &t->norm, &t->head, t->codes, pool, monitor))
    return cancelled(error);
  memcpy(v, t->v, sizeof(float) * t->head.latent);
  return medct_tensor_file_check(t->vision->weights, error);
}

static void
prepare(MedctVisionTrainer *t, int frames)
{
  int patch = t->vision->config.temporal_patch;
  if (frames >= patch && frames % patch == 0)
    ensure_memory(t, frames); /* else the encoder refuses */
  t->vision->kept = t->kept;
}

gboolean
medct_vision_trainer_forward(MedctVisionTrainer *t, MedctPool *pool, float *v, const float *volume,
                             int frames, const MedctMonitor *monitor, GError **error)
{
  prepare(t, frames);
  const float *tokens = medct_vision_encode(t->vision, pool, volume, frames, monitor, error);
  return finish_forward(t, pool, v, tokens, monitor, error);
}

gboolean
medct_vision_trainer_forward_from(MedctVisionTrainer *t, MedctPool *pool, float *v,
                                  const float *prefix, int frames, const MedctMonitor *monitor,
                                  GError **error)
{
  prepare(t, frames);
  const float *tokens =
      medct_vision_encode_from(t->vision, pool, prefix, t->lowest, frames, monitor, error);
  return finish_forward(t, pool, v, tokens, monitor, error);
}

int
medct_vision_trainer_frozen(const MedctVisionTrainer *t)
{
  return t->lowest;
}

const float *
medct_vision_trainer_prefix(const MedctVisionTrainer *t)
{
  return t->kept ? t->kept[kept_index(t, t->lowest)] : NULL;
}

/* ---- backward
 * ------------------------------------------------------------------------------------------- */

/* The block's input with its PEG, into the encoder's second buffer, which is free now. */
static void
peg_again(int item, int worker, void *data)
{
  Pass *p = data;
  int D = p->trainer->head.D;
  medct_vision_peg_row(p->trainer->vision->y + (gsize)item * p->W * D, p->input, p->layer, p->T,
                       p->H, p->W, D, item / p->H, item % p->H);
}

static void
block_backward(int item, int worker, void *data)
{
  Pass *p = data;
  MedctVisionTrainer *t = p->trainer;
  int first = item * p->per_block, sequences = MIN(p->per_block, p->sequences - first);
  gsize at = (gsize)first * p->n * t->head.D;
  medct_vision_layer_backward_block(
      t->d + at, p->pairs + item * p->pair_floats, t->vision->y + at, p->layer, &t->vision->config,
      p->bias, p->memory + worker * p->floats, t->vision->rank, sequences, p->n);
}

static void
peg_backward(int item, int worker, void *data)
{
  Pass *p = data;
  int D = p->trainer->head.D;
  medct_peg_backward_row(p->trainer->e + (gsize)item * p->W * D, p->trainer->d, p->layer->peg, p->T,
                         p->H, p->W, D, item / p->H, item % p->H);
}

static void
norm_backward(int item, int worker, void *data)
{
  Pass *p = data;
  int D = p->trainer->head.D;
  gsize at = (gsize)item * p->n * D;
  medct_layer_norm_backward(p->trainer->d + at, FALSE, p->trainer->d + at, p->input + at,
                            p->transformer->out_gamma, p->n, D, NORM_EPS);
}

/* Block after block, so that the order of the sum is always the same. */
static void
add_pairs(const Pass *p, const MedctLoraModule *const *pairs)
{
  MedctLora *lora = p->trainer->lora;
  for (int block = 0; block < p->n_blocks; block++) {
    const float *from = p->pairs + block * p->pair_floats;
    for (int i = 0; i < N_PAIRS; i++)
      if (pairs[i]) {
        medct_kernels()->add(lora->gradients + pairs[i]->at, from, (int64_t)pairs[i]->n);
        from += pairs[i]->n;
      }
  }
}

static void
swap_gradient(MedctVisionTrainer *t)
{
  float *swap = t->d;
  t->d = t->e;
  t->e = swap;
}

/* x ← x + PEG(x), then attention and feed-forward. */
static bool
layer_backward(Pass *p, MedctPool *pool, int index, const MedctMonitor *monitor)
{
  MedctVisionTrainer *t = p->trainer;
  p->input = t->kept[kept_index(t, index)];
  p->pair_floats = medct_vision_layer_pair_floats(p->layer);
  p->pairs = g_new(float, p->n_blocks * p->pair_floats + 1);
  bool done = medct_pool_run(pool, p->T * p->H, peg_again, p, monitor, 0, 0, "gradient") &&
              medct_pool_run(pool, p->n_blocks, block_backward, p, monitor, 0, 0, "gradient");
  if (done)
    add_pairs(p, t->pairs[index]);
  g_clear_pointer(&p->pairs, g_free);
  if (!done || index == t->lowest)
    return done;
  if (!medct_pool_run(pool, p->T * p->H, peg_backward, p, monitor, 0, 0, "gradient"))
    return false;
  swap_gradient(t);
  return true;
}

/* norm_out and the layers of one transformer, whose first layer has the index `first`. */
static bool
transformer_backward(Pass *p, MedctPool *pool, int first, const MedctMonitor *monitor)
{
  MedctVisionTrainer *t = p->trainer;
  int last = first + p->transformer->n_layers - 1;
  p->per_block = MAX(1, BLOCK_ROWS / p->n);
  p->n_blocks = (p->sequences + p->per_block - 1) / p->per_block;
  p->floats =
      medct_vision_backward_floats(&t->vision->config, t->vision->rank, p->per_block * p->n, p->n);
  p->memory = g_aligned_alloc(p->floats * medct_pool_threads(pool), sizeof(float), 64);
  p->input = t->kept[p->transformer == &t->vision->spatial ? last + 1 : last + 2];
  bool done = medct_pool_run(pool, p->sequences, norm_backward, p, monitor, 0, 0, "gradient");
  for (int index = last; done && index >= MAX(first, t->lowest); index--) {
    p->layer = &p->transformer->layers[index - first];
    done = layer_backward(p, pool, index, monitor);
  }
  g_clear_pointer(&p->memory, g_aligned_free);
  return done;
}

/* [cells][T][D] → [T][cells][D] */
static void
swap_order(MedctVisionTrainer *t)
{
  int D = t->head.D;
  for (int i = 0; i < t->head.cells; i++)
    for (int j = 0; j < t->head.T; j++)
      memcpy(t->e + ((gsize)j * t->head.cells + i) * D, t->d + ((gsize)i * t->head.T + j) * D,
             sizeof(float) * D);
  swap_gradient(t);
}

gboolean
medct_vision_trainer_backward(MedctVisionTrainer *t, MedctPool *pool, const float *dv,
                              const MedctMonitor *monitor, GError **error)
{
  MedctVision *vision = t->vision;
  int grid = vision->config.image / vision->config.patch, spatial = vision->spatial.n_layers;
  if (t->lowest == t->n_layers)
    return TRUE;
  Pass p = {.trainer = t, .transformer = &vision->temporal, .T = t->head.T, .H = grid, .W = grid};
  p.sequences = t->head.cells;
  p.n = t->head.T;
  if (!medct_image_latent_backward(t->d, dv, t->v, t->norm, &t->head, pool, monitor) ||
      !transformer_backward(&p, pool, spatial, monitor))
    return cancelled(error);
  if (t->lowest < spatial) {
    swap_order(t);
    p.transformer = &vision->spatial;
    p.bias = vision->position_bias;
    p.sequences = t->head.T;
    p.n = t->head.cells;
    if (!transformer_backward(&p, pool, 0, monitor))
      return cancelled(error);
  }
  return medct_tensor_file_check(vision->weights, error);
}
