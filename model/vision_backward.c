#include "model/vision_backward.h"
#include "model/backward_ops.h"
#include "model/image_latent.h"
#include "model/position_bias_backward.h"
#include "model/vision_layer_backward.h"
#include "model/vision_patch_backward.h"
#include "model/vq.h"
#include <glib/gi18n.h>
#include <string.h>

#define NORM_EPS 1e-5f
/* A step at the released size stays under 4 GB with it. */
#define DEFAULT_ROOM (G_GUINT64_CONSTANT(3) << 29)
/* Rows in a block: part of the result's definition, since gradients are summed block by block. */
#define BLOCK_ROWS 576

enum { PEG_WEIGHT, PEG_BIAS, N_PEG };

/* Where the gradients of a layer go. */
typedef struct {
  MedctGradientSlot slots[MEDCT_VISION_N_PARTS];
  float *peg[N_PEG]; /* [D,1,3,3,3], [D]; NULL where not trained */
} LayerGradient;

struct _MedctVisionTrainer {
  MedctVision *vision;
  MedctQuantiser *quantiser;
  const MedctWeights *weights; /* that are trained, or NULL */
  const MedctLora *lora;       /* or NULL */
  MedctLoraDropout dropout;
  MedctImageLatent head;
  LayerGradient *layers;         /* spatial first */
  MedctGradientSlot norm_out[2]; /* gammas, spatial first */
  MedctGradientSlot patch[MEDCT_PATCH_N_PARTS];
  float *dprojection, *dcodebook; /* or NULL */
  guint64 room;                   /* bytes for `inside` */
  gboolean trains_bias, trains_patch, unquantised;
  int n_layers, lowest; /* lowest layer that must be entered; n_layers: none */
  /* of the last forward pass */
  int frames;
  float **kept;              /* [n_layers + 2], see vision_private.h */
  MedctVisionInside *inside; /* [n_layers]; of the layers for which there is room */
  float *d, *e;              /* gradient [t·h·w, D] twice */
  float *dbias;        /* [heads][h·w][h·w] while the spatial layers are gone through, or NULL */
  const float *volume; /* NULL when it began at a layer */
  const float *tokens; /* [t·h·w, D] before quantisation */
  int32_t *codes;
  float *pooled; /* [h·w·D] */
  float *v;      /* [latent] */
  double norm;
};

/* One layer's backward pass over the pool. */
typedef struct {
  MedctVisionTrainer *trainer;
  const MedctVisionTransformer *transformer;
  const MedctVisionLayer *layer;
  const LayerGradient *gradient;
  MedctVisionInside inside;
  const float *input; /* [t·h·w, D] of the layer, or of norm_out */
  const float *bias;
  int T, H, W;
  int sequences, n, per_block, n_blocks;
  float *memory; /* threads · floats */
  gsize floats;
  MedctGradientSum *sum;
} Pass;

static void
bind_layer(MedctVisionTrainer *t, MedctVisionLayer *layer, MedctLora *lora, const char *which,
           int n, int index)
{
  g_autofree char *prefix =
      g_strdup_printf("visual_transformer.enc_%s_transformer.layers.%d", which, n);
  g_autofree char *peg_weight = g_strconcat(prefix, ".0.dsconv.weight", NULL);
  g_autofree char *peg_bias = g_strconcat(prefix, ".0.dsconv.bias", NULL);
  LayerGradient *gradient = &t->layers[index];
  gradient->peg[PEG_WEIGHT] = medct_weights_gradient(t->weights, peg_weight);
  gradient->peg[PEG_BIAS] = medct_weights_gradient(t->weights, peg_bias);
  layer->to_q.dropout = layer->to_kv.dropout = layer->to_out.dropout = &t->dropout;
  if (medct_vision_layer_slots(gradient->slots, layer, &t->vision->config, t->weights, lora,
                               prefix) ||
      gradient->peg[PEG_WEIGHT] || gradient->peg[PEG_BIAS])
    t->lowest = MIN(t->lowest, index);
}

/* What is not in the layers decides too how far down the gradient goes. */
static void
bind_rest(MedctVisionTrainer *t)
{
#define V "visual_transformer."
  int spatial = t->vision->spatial.n_layers;
  gsize cells = t->head.cells, D = t->head.D;
  t->norm_out[0] = (MedctGradientSlot){
      medct_weights_gradient(t->weights, V "enc_spatial_transformer.norm_out.gamma"), D};
  t->norm_out[1] = (MedctGradientSlot){
      medct_weights_gradient(t->weights, V "enc_temporal_transformer.norm_out.gamma"), D};
  t->dprojection = medct_weights_gradient(t->weights, "to_visual_latent.weight");
  t->dcodebook = medct_weights_gradient(t->weights, V "vq._codebook.embed");
  t->trains_bias = medct_position_bias_is_trained(t->weights);
  t->trains_patch = medct_vision_patch_slots(t->patch, t->vision, t->weights);
#undef V
  if (t->norm_out[1].to)
    t->lowest = MIN(t->lowest, t->n_layers - 1);
  if (t->norm_out[0].to)
    t->lowest = MIN(t->lowest, spatial - 1);
  if (t->trains_bias || t->trains_patch)
    t->lowest = 0;
  if (!t->trains_bias)
    return;
  t->dbias = g_new(float, t->vision->config.heads *cells *cells);
  for (int n = 0; n < spatial; n++)
    t->layers[n].slots[MEDCT_VISION_BIAS] =
        (MedctGradientSlot){t->dbias, t->vision->config.heads * cells * cells};
}

static MedctVisionTrainer *
new_trainer(const MedctTensorFile *file, const MedctWeights *weights, const MedctConfig *config,
            MedctLora *lora)
{
  MedctVisionTrainer *t = g_new0(MedctVisionTrainer, 1);
  t->vision = medct_vision_new(file, config, NULL);
  t->vision->rank = medct_lora_scratch(lora);
  t->quantiser = medct_quantiser_new(file, config);
  t->room = DEFAULT_ROOM;
  t->weights = weights;
  t->lora = lora;
  t->n_layers = t->lowest = config->spatial_layers + config->temporal_layers;
  t->layers = g_new0(LayerGradient, MAX(t->n_layers, 1));
  for (int n = 0; n < config->spatial_layers; n++)
    bind_layer(t, &t->vision->spatial.layers[n], lora, "spatial", n, n);
  for (int n = 0; n < config->temporal_layers; n++)
    bind_layer(t, &t->vision->temporal.layers[n], lora, "temporal", n, config->spatial_layers + n);
  t->head.projection = medct_tensor_file_lookup(file, "to_visual_latent.weight")->data;
  t->head.codebook = medct_quantiser_codebook(t->quantiser);
  t->head.cells = config->image / config->patch * (config->image / config->patch);
  t->head.D = config->dim;
  t->head.latent = config->latent;
  t->v = g_new0(float, config->latent);
  t->pooled = g_new0(float, (gsize)t->head.cells * config->dim);
  bind_rest(t);
  return t;
}

MedctVisionTrainer *
medct_vision_trainer_new(const MedctTensorFile *weights, const MedctConfig *config, MedctLora *lora)
{
  return new_trainer(weights, NULL, config, lora);
}

MedctVisionTrainer *
medct_vision_trainer_new_full(const MedctWeights *weights, const MedctConfig *config,
                              MedctLora *lora)
{
  return new_trainer(weights->file, weights, config, lora);
}

void
medct_vision_trainer_set_room(MedctVisionTrainer *t, guint64 bytes)
{
  t->room = bytes;
}

void
medct_vision_trainer_set_quantised(MedctVisionTrainer *t, gboolean quantised)
{
  t->unquantised = !quantised;
}

void
medct_vision_trainer_set_dropout(MedctVisionTrainer *t, gboolean on, guint64 draw)
{
  t->dropout = (MedctLoraDropout){on && t->lora ? t->lora->dropout : 0, draw};
}

static void
free_memory(MedctVisionTrainer *t)
{
  for (int i = 0; t->kept && i < t->n_layers + 2; i++)
    g_aligned_free(t->kept[i]);
  g_clear_pointer(&t->kept, g_free);
  for (int i = 0; t->inside && i < t->n_layers; i++) {
    g_aligned_free(t->inside[i].mixed);
    g_aligned_free(t->inside[i].ag);
  }
  g_clear_pointer(&t->inside, g_free);
  g_clear_pointer(&t->d, g_aligned_free);
  g_clear_pointer(&t->e, g_aligned_free);
  g_clear_pointer(&t->codes, g_free);
  t->vision->kept = NULL;
  t->vision->inside = NULL;
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
  g_free(t->layers);
  g_free(t->dbias);
  g_free(t->pooled);
  g_free(t->v);
  g_free(t);
}

/* Where the input of a layer lies in `kept`. */
static int
kept_index(const MedctVisionTrainer *t, int layer)
{
  return layer + (layer >= t->vision->spatial.n_layers);
}

/* From the last layer down, as far as the room goes. */
static void
open_inside(MedctVisionTrainer *t, gsize tokens)
{
  const MedctConfig *c = &t->vision->config;
  gsize mixed = tokens * c->heads * c->dim_head, ag = tokens * 2 * c->ff_inner;
  guint64 room = t->room;
  t->inside = g_new0(MedctVisionInside, MAX(t->n_layers, 1));
  for (int i = t->n_layers - 1; i >= t->lowest; i--) {
    guint64 bytes = sizeof(float) * (mixed + ag);
    if (bytes > room)
      return;
    t->inside[i].mixed = g_aligned_alloc(mixed, sizeof(float), 64);
    t->inside[i].ag = g_aligned_alloc(ag, sizeof(float), 64);
    room -= bytes;
  }
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
  open_inside(t, tokens);
  t->frames = frames;
}

static gboolean
cancelled(GError **error)
{
  g_set_error(error, MEDCT_ERROR, MEDCT_ERROR_CANCELLED, _("training was cancelled"));
  return FALSE;
}

/* What is left after the layers. */
static gboolean
finish_forward(MedctVisionTrainer *t, MedctPool *pool, float *v, const float *tokens,
               const MedctMonitor *monitor, GError **error)
{
  if (tokens == NULL)
    return FALSE;
  t->tokens = tokens;
  if (!medct_quantiser_run(t->quantiser, pool, t->codes, NULL, tokens, t->head.T * t->head.cells,
                           monitor) ||
      !medct_image_latent(t->v, &t->norm, t->pooled, &t->head, t->unquantised ? NULL : t->codes,
                          tokens, pool, monitor))
    return cancelled(error);
  memcpy(v, t->v, sizeof(float) * t->head.latent);
  return medct_tensor_file_check(t->vision->weights, error);
}

static void
prepare(MedctVisionTrainer *t, const float *volume, int frames)
{
  int patch = t->vision->config.temporal_patch;
  if (t->weights) {
    medct_vision_refresh(t->vision);
    medct_quantiser_refresh(t->quantiser);
  }
  t->volume = volume;
  if (frames >= patch && frames % patch == 0)
    ensure_memory(t, frames); /* else the encoder refuses */
  t->vision->kept = t->kept;
  t->vision->inside = t->inside;
}

gboolean
medct_vision_trainer_forward(MedctVisionTrainer *t, MedctPool *pool, float *v, const float *volume,
                             int frames, const MedctMonitor *monitor, GError **error)
{
  prepare(t, volume, frames);
  const float *tokens = medct_vision_encode(t->vision, pool, volume, frames, monitor, error);
  return finish_forward(t, pool, v, tokens, monitor, error);
}

gboolean
medct_vision_trainer_forward_from(MedctVisionTrainer *t, MedctPool *pool, float *v,
                                  const float *prefix, int frames, const MedctMonitor *monitor,
                                  GError **error)
{
  prepare(t, NULL, frames);
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

const float *
medct_vision_trainer_tokens(const MedctVisionTrainer *t, const int32_t **codes)
{
  if (codes)
    *codes = t->codes;
  return t->tokens;
}

/* [cells][T][D] → [T][cells][D] */
static void
swap_order(float *to, const float *from, const MedctImageLatent *head)
{
  int D = head->D;
  for (int i = 0; i < head->cells; i++)
    for (int j = 0; j < head->T; j++)
      memcpy(to + ((gsize)j * head->cells + i) * D, from + ((gsize)i * head->T + j) * D,
             sizeof(float) * D);
}

const float *
medct_vision_trainer_spatial(MedctVisionTrainer *t)
{
  if (t->lowest >= t->vision->spatial.n_layers || t->kept == NULL)
    return NULL;
  swap_order(t->e, t->kept[t->vision->spatial.n_layers + 1], &t->head);
  return t->e;
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
  const MedctConfig *c = &t->vision->config;
  int first = item * p->per_block;
  gsize row = (gsize)first * p->n, at = row * t->head.D;
  const MedctVisionBlock block = {
      .layer = p->layer,
      .config = c,
      .bias = p->bias,
      .mixed = p->inside.mixed ? p->inside.mixed + row * c->heads * c->dim_head : NULL,
      .ag = p->inside.ag ? p->inside.ag + row * 2 * c->ff_inner : NULL,
      .first_row = (gint64)row,
      .sequences = MIN(p->per_block, p->sequences - first),
      .n = p->n,
      .rank = t->vision->rank};
  float *parts[MEDCT_VISION_N_PARTS];
  float *sum = medct_gradient_sum_take(p->sum, parts);
  medct_vision_layer_backward_block(t->d + at, parts, t->vision->y + at, &block,
                                    p->memory + worker * p->floats);
  medct_gradient_sum_give(p->sum, item, sum);
}

/* Taps 0 … 26, then the bias: each worker has numbers of its own. */
static void
peg_weights_backward(int item, int worker, void *data)
{
  Pass *p = data;
  MedctVisionTrainer *t = p->trainer;
  int D = t->head.D;
  g_autofree double *sums = g_new(double, D);
  if (item < 27 && p->gradient->peg[PEG_WEIGHT])
    medct_peg_weights_backward_tap(p->gradient->peg[PEG_WEIGHT], sums, t->d, p->input, p->T, p->H,
                                   p->W, D, item);
  if (item == 27 && p->gradient->peg[PEG_BIAS])
    medct_bias_backward(p->gradient->peg[PEG_BIAS], sums, t->d, (int64_t)p->T * p->H * p->W, D);
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
  float *dgamma, *sum = medct_gradient_sum_take(p->sum, &dgamma);
  if (dgamma)
    medct_layer_norm_weights_backward(dgamma, NULL, p->trainer->d + at, p->input + at, p->n, D,
                                      NORM_EPS);
  medct_kernels()->layer_norm_backward(p->trainer->d + at, FALSE, p->trainer->d + at, p->input + at,
                                       p->transformer->out_gamma, p->n, D, NORM_EPS);
  medct_gradient_sum_give(p->sum, item, sum);
}

/* Over the items of one pass whose gradients of weights are summed in order. */
static bool
run_summed(Pass *p, const MedctGradientSlot *slots, int n_slots, int items, MedctPoolWork work,
           MedctPool *pool, const MedctMonitor *monitor)
{
  p->sum = medct_gradient_sum_new(slots, n_slots);
  bool done = medct_pool_run(pool, items, work, p, monitor, 0, 0, "gradient");
  medct_gradient_sum_free(p->sum);
  return done;
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
  p->gradient = &t->layers[index];
  p->inside = t->inside[index];
  if (!medct_pool_run(pool, p->T * p->H, peg_again, p, monitor, 0, 0, "gradient") ||
      !run_summed(p, p->gradient->slots, MEDCT_VISION_N_PARTS, p->n_blocks, block_backward, pool,
                  monitor))
    return false;
  if ((p->gradient->peg[PEG_WEIGHT] || p->gradient->peg[PEG_BIAS]) &&
      !medct_pool_run(pool, 28, peg_weights_backward, p, monitor, 0, 0, "gradient"))
    return false;
  if (index == t->lowest && !t->trains_patch)
    return true;
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
  int last = first + p->transformer->n_layers - 1, which = p->transformer == &t->vision->temporal;
  p->per_block = MAX(1, BLOCK_ROWS / p->n);
  p->n_blocks = (p->sequences + p->per_block - 1) / p->per_block;
  p->floats =
      medct_vision_backward_floats(&t->vision->config, t->vision->rank, p->per_block * p->n, p->n);
  p->memory = g_aligned_alloc(p->floats * medct_pool_threads(pool), sizeof(float), 64);
  p->input = t->kept[last + 1 + which];
  bool done = run_summed(p, &t->norm_out[which], 1, p->sequences, norm_backward, pool, monitor);
  for (int index = last; done && index >= MAX(first, t->lowest); index--) {
    p->layer = &p->transformer->layers[index - first];
    done = layer_backward(p, pool, index, monitor);
  }
  g_clear_pointer(&p->memory, g_aligned_free);
  return done;
}

/* From the latent and from the tokens before quantisation to t->d [cells][T][D]. */
static bool
head_backward(MedctVisionTrainer *t, MedctPool *pool, const MedctVisionGradient *from,
              const MedctMonitor *monitor)
{
  int D = t->head.D, T = t->head.T, cells = t->head.cells;
  if (from->latent == NULL)
    memset(t->d, 0, sizeof(float) * (gsize)T * cells * D);
  else if (!medct_image_latent_backward(t->d, t->dprojection, from->latent, t->v, t->norm,
                                        t->pooled, &t->head, pool, monitor))
    return false;
  for (int i = 0; i < cells; i++)
    for (int j = 0; j < T; j++) {
      gsize token = (gsize)j * cells + i;
      float *d = t->d + ((gsize)i * T + j) * D;
      /* each token looked a row of the codebook up */
      if (t->dcodebook && from->latent && !t->unquantised)
        medct_kernels()->add(t->dcodebook + (gsize)t->codes[token] * D, d, D);
      if (from->tokens)
        medct_kernels()->add(d, from->tokens + token * D, D);
    }
  return true;
}

static bool
spatial_backward(Pass *p, MedctPool *pool, const MedctVisionGradient *from,
                 const MedctMonitor *monitor)
{
  MedctVisionTrainer *t = p->trainer;
  gsize cells = t->head.cells, n = (gsize)t->head.T * cells * t->head.D;
  swap_order(t->e, t->d, &t->head);
  swap_gradient(t);
  if (from->spatial)
    medct_kernels()->add(t->d, from->spatial, (int64_t)n);
  if (t->dbias)
    memset(t->dbias, 0, sizeof(float) * t->vision->config.heads * cells * cells);
  p->transformer = &t->vision->spatial;
  p->bias = t->vision->position_bias;
  p->sequences = t->head.T;
  p->n = t->head.cells;
  if (!transformer_backward(p, pool, 0, monitor))
    return false;
  if (t->dbias)
    medct_position_bias_backward(t->weights, t->dbias, &t->vision->config, p->H, p->W);
  return !t->trains_patch || medct_vision_patch_backward(t->vision, t->patch, t->d, t->volume, p->T,
                                                         p->H, p->W, pool, monitor);
}

gboolean
medct_vision_trainer_backward(MedctVisionTrainer *t, MedctPool *pool, const float *dv,
                              const MedctMonitor *monitor, GError **error)
{
  return medct_vision_trainer_backward_from(t, pool, &(MedctVisionGradient){.latent = dv}, monitor,
                                            error);
}

gboolean
medct_vision_trainer_backward_from(MedctVisionTrainer *t, MedctPool *pool,
                                   const MedctVisionGradient *from, const MedctMonitor *monitor,
                                   GError **error)
{
  MedctVision *vision = t->vision;
  int grid = vision->config.image / vision->config.patch, spatial = vision->spatial.n_layers;
  Pass p = {.trainer = t, .transformer = &vision->temporal, .T = t->head.T, .H = grid, .W = grid};
  g_return_val_if_fail(!t->trains_patch || t->volume, FALSE);
  if (t->lowest == t->n_layers && t->dprojection == NULL && t->dcodebook == NULL)
    return TRUE;
  p.sequences = t->head.cells;
  p.n = t->head.T;
  if (!head_backward(t, pool, from, monitor) ||
      (t->lowest < t->n_layers && (from->latent || from->tokens) &&
       !transformer_backward(&p, pool, spatial, monitor)) ||
      (t->lowest < spatial && !spatial_backward(&p, pool, from, monitor)))
    return cancelled(error);
  return medct_tensor_file_check(vision->weights, error);
}
