#include "model/linear.h"
#include "model/position_bias.h"
#include "model/vision_private.h"
#include <glib/gi18n.h>
#include <string.h>

#define V         "visual_transformer."
#define PATCH_EPS 1e-5f
#define NORM_EPS  1e-5f
/* Rows that a worker takes at once: enough for the BLAS to be fast, few enough that a block and its
 * feed-forward stay in cache and that cancelling answers within 100 ms. */
#define BLOCK_ROWS 576

/* One pass over the pool. */
typedef struct {
  MedctVision *vision;
  const MedctVisionTransformer *transformer;
  const MedctVisionLayer *layer;
  const float *volume;
  const float *bias;
  int T, H, W;              /* token grid */
  int sequences, n;         /* sequences in all and their length */
  int per_block;            /* sequences in a block */
  MedctVisionInside inside; /* where the layer leaves it */
} Pass;

static const float *
tensor(const MedctTensorFile *weights, const char *name)
{
  return medct_tensor_file_lookup(weights, name)->data;
}

static void
load_transformer(MedctVisionTransformer *t, MedctVision *vision, const MedctAdapter *adapter,
                 const char *which, int n_layers)
{
  t->n_layers = n_layers;
  t->layers = g_new0(MedctVisionLayer, MAX(n_layers, 1));
  for (int n = 0; n < n_layers; n++) {
    g_autofree char *prefix = g_strdup_printf(V "enc_%s_transformer.layers.%d", which, n);
    medct_vision_layer_load(&t->layers[n], vision->weights, &vision->config, adapter, prefix);
  }
  g_autofree char *gamma = g_strdup_printf(V "enc_%s_transformer.norm_out.gamma", which);
  g_autofree char *beta = g_strdup_printf(V "enc_%s_transformer.norm_out.beta", which);
  t->out_gamma = tensor(vision->weights, gamma);
  t->out_beta = tensor(vision->weights, beta);
}

MedctVision *
medct_vision_new(const MedctTensorFile *weights, const MedctConfig *config,
                 const MedctAdapter *adapter)
{
  MedctVision *vision = g_new0(MedctVision, 1);
  vision->weights = weights;
  vision->config = *config;
  vision->rank = medct_adapter_max_rank(adapter);
  vision->patch_gamma = tensor(weights, V "to_patch_emb.1.weight");
  vision->patch_beta = tensor(weights, V "to_patch_emb.1.bias");
  medct_linear_load(&vision->patch, weights, adapter, V, "to_patch_emb.2");
  vision->token_gamma = tensor(weights, V "to_patch_emb.3.weight");
  vision->token_beta = tensor(weights, V "to_patch_emb.3.bias");
  load_transformer(&vision->spatial, vision, adapter, "spatial", config->spatial_layers);
  load_transformer(&vision->temporal, vision, adapter, "temporal", config->temporal_layers);
  return vision;
}

static void
free_transformer(MedctVisionTransformer *t)
{
  for (int n = 0; n < t->n_layers; n++)
    medct_vision_layer_clear(&t->layers[n]);
  g_free(t->layers);
}

static void
free_memory(MedctVision *vision)
{
  g_clear_pointer(&vision->x, g_aligned_free);
  g_clear_pointer(&vision->y, g_aligned_free);
  g_clear_pointer(&vision->scratch, g_aligned_free);
}

void
medct_vision_free(MedctVision *vision)
{
  if (vision == NULL)
    return;
  free_transformer(&vision->spatial);
  free_transformer(&vision->temporal);
  free_memory(vision);
  g_free(vision->position_bias);
  g_free(vision);
}

void
medct_vision_refresh(MedctVision *vision)
{
  MedctVisionTransformer *const transformers[] = {&vision->spatial, &vision->temporal};
  for (int i = 0; i < 2; i++)
    for (int n = 0; n < transformers[i]->n_layers; n++)
      medct_vision_layer_refresh(&transformers[i]->layers[n], vision->config.dim);
  g_clear_pointer(&vision->position_bias, g_free);
}

void
medct_vision_set_trace(MedctVision *vision, MedctVisionTrace trace, void *user_data)
{
  vision->trace = trace;
  vision->trace_data = user_data;
}

static int
sequences_per_block(int n)
{
  return MAX(1, BLOCK_ROWS / n);
}

/* Floats of scratch for one worker: the largest of patch embedding, spatial and temporal blocks. */
static gsize
needed_scratch(const MedctVision *vision, int T, int HW)
{
  const MedctConfig *c = &vision->config;
  int spatial = sequences_per_block(HW) * HW, temporal = sequences_per_block(T) * T;
  gsize patch = (gsize)BLOCK_ROWS * vision->patch.in + (gsize)BLOCK_ROWS * vision->rank + 64;
  gsize a = medct_vision_scratch_floats(c, vision->rank, spatial, HW);
  gsize b = medct_vision_scratch_floats(c, vision->rank, temporal, T);
  return (MAX(MAX(a, b), patch) + 15) & ~(gsize)15;
}

static void
ensure_memory(MedctVision *vision, int frames, int threads, int T, int HW)
{
  if (vision->frames == frames && vision->threads == threads)
    return;
  free_memory(vision);
  gsize tokens = (gsize)T * HW * vision->config.dim;
  vision->scratch_floats = needed_scratch(vision, T, HW);
  vision->x = g_aligned_alloc(tokens, sizeof(float), 64);
  vision->y = g_aligned_alloc(tokens, sizeof(float), 64);
  vision->scratch = g_aligned_alloc(vision->scratch_floats * threads, sizeof(float), 64);
  vision->frames = frames;
  vision->threads = threads;
}

static void
emit(const MedctVision *vision, const char *name, const float *data, gsize n)
{
  if (vision->trace)
    vision->trace(name, data, (int64_t)n, vision->trace_data);
}

void
medct_vision_gather_patch(float *block, const float *volume, const MedctConfig *c, int t, int h,
                          int w)
{
  gsize image = c->image, p = c->patch;
  for (int z = 0; z < c->temporal_patch; z++)
    for (gsize r = 0; r < p; r++, block += p)
      memcpy(block,
             volume + (((gsize)t * c->temporal_patch + z) * image + h * p + r) * image + w * p,
             sizeof(float) * p);
}

static void
embed_block(int item, int worker, void *data)
{
  Pass *pass = data;
  MedctVision *vision = pass->vision;
  const MedctKernels *kernels = medct_kernels();
  int D = vision->config.dim, in = vision->patch.in, n = pass->T * pass->H * pass->W;
  int first = item * BLOCK_ROWS, rows = MIN(BLOCK_ROWS, n - first);
  float *blocks = vision->scratch + worker * vision->scratch_floats;
  float *lora = blocks + (gsize)BLOCK_ROWS * in, *out = vision->x + (gsize)first * D;
  for (int r = 0; r < rows; r++) {
    int token = first + r, t = token / (pass->H * pass->W), cell = token % (pass->H * pass->W);
    medct_vision_gather_patch(blocks + (gsize)r * in, pass->volume, &vision->config, t,
                              cell / pass->W, cell % pass->W);
  }
  kernels->layer_norm(blocks, blocks, vision->patch_gamma, vision->patch_beta, rows, in, PATCH_EPS);
  medct_linear(out, D, blocks, &vision->patch, MEDCT_EPILOGUE_NONE, lora, rows);
  kernels->layer_norm(out, out, vision->token_gamma, vision->token_beta, rows, D, PATCH_EPS);
}

static void
peg_row(int item, int worker, void *data)
{
  Pass *pass = data;
  MedctVision *vision = pass->vision;
  int D = vision->config.dim;
  medct_vision_peg_row(vision->y + (gsize)item * pass->W * D, vision->x, pass->layer, pass->T,
                       pass->H, pass->W, D, item / pass->H, item % pass->H);
}

static void
layer_block(int item, int worker, void *data)
{
  Pass *pass = data;
  MedctVision *vision = pass->vision;
  int first = item * pass->per_block, sequences = MIN(pass->per_block, pass->sequences - first);
  MedctVisionScratch scratch;
  medct_vision_scratch_place(&scratch, vision->scratch + worker * vision->scratch_floats,
                             &vision->config, vision->rank, pass->per_block * pass->n, pass->n);
  scratch.first_row = (gint64)first * pass->n;
  if (pass->inside.mixed)
    scratch.mixed =
        pass->inside.mixed + scratch.first_row * vision->config.heads * vision->config.dim_head;
  if (pass->inside.ag)
    scratch.ag = pass->inside.ag + scratch.first_row * 2 * vision->config.ff_inner;
  medct_vision_layer_block(vision->y + (gsize)first * pass->n * vision->config.dim, pass->layer,
                           &vision->config, pass->bias, &scratch, sequences, pass->n);
}

static void
norm_block(int item, int worker, void *data)
{
  Pass *pass = data;
  MedctVision *vision = pass->vision;
  int D = vision->config.dim;
  float *x = vision->x + (gsize)item * pass->n * D;
  medct_kernels()->layer_norm(x, x, pass->transformer->out_gamma, pass->transformer->out_beta,
                              pass->n, D, NORM_EPS);
}

/* [a][b][D] in x → [b][a][D]; the result is x again. */
static void
swap_order(MedctVision *vision, int a, int b)
{
  int D = vision->config.dim;
  for (int i = 0; i < a; i++)
    for (int j = 0; j < b; j++)
      memcpy(vision->y + ((gsize)j * a + i) * D, vision->x + ((gsize)i * b + j) * D,
             sizeof(float) * D);
  float *swap = vision->x;
  vision->x = vision->y;
  vision->y = swap;
}

static bool
run_layer(MedctPool *pool, Pass *pass, const MedctMonitor *monitor, double from, double to,
          const char *stage)
{
  MedctVision *vision = pass->vision;
  int blocks = (pass->sequences + pass->per_block - 1) / pass->per_block;
  if (!medct_pool_run(pool, pass->T * pass->H, peg_row, pass, monitor, from, from, stage) ||
      !medct_pool_run(pool, blocks, layer_block, pass, monitor, from, to, stage))
    return false;
  float *swap = vision->x;
  vision->x = vision->y;
  vision->y = swap;
  return true;
}

/* The input of layer n, or of norm_out after the last. */
static void
keep(const MedctVision *vision, const MedctVisionTransformer *t, int n, gsize total)
{
  int first = t == &vision->spatial ? 0 : vision->spatial.n_layers + 1;
  if (vision->kept && vision->kept[first + n])
    memcpy(vision->kept[first + n], vision->x, sizeof(float) * total);
}

/* The layers from `first` on and norm_out. The temporal PEG sees its buffer [(h w)][t] as a grid
 * [t][h][w] without transposing it: that is how the weights were trained (spec §4.5), so T, H, W
 * are the same here.
 */
static bool
run_transformer(MedctPool *pool, Pass *pass, int first, const MedctMonitor *monitor, double from,
                double to, const char *stage)
{
  const MedctVisionTransformer *t = pass->transformer;
  gsize total = (gsize)pass->sequences * pass->n * pass->vision->config.dim;
  int spatial = pass->vision->spatial.n_layers;
  for (int n = first; n < t->n_layers; n++) {
    double step = (to - from) / t->n_layers;
    pass->layer = &t->layers[n];
    pass->inside = (MedctVisionInside){NULL};
    if (pass->vision->inside)
      pass->inside = pass->vision->inside[(t == &pass->vision->spatial ? 0 : spatial) + n];
    keep(pass->vision, t, n, total);
    if (!run_layer(pool, pass, monitor, from + n * step, from + (n + 1) * step, stage))
      return false;
    g_autofree char *name =
        g_strdup_printf("trace." V "enc_%s_transformer.%d",
                        t == &pass->vision->spatial ? "spatial" : "temporal", n);
    emit(pass->vision, name, pass->vision->x, total);
  }
  keep(pass->vision, t, t->n_layers, total);
  return medct_pool_run(pool, pass->sequences, norm_block, pass, monitor, to, to, stage);
}

static void
ensure_position_bias(MedctVision *vision, int H, int W)
{
  gsize n = (gsize)H * W * H * W * vision->config.heads;
  if (vision->position_bias == NULL) {
    vision->position_bias = g_new(float, n);
    medct_position_bias(vision->position_bias, vision->weights, &vision->config, H, W);
  }
  emit(vision, "trace.position_bias", vision->position_bias, n);
}

static bool
embed(MedctVision *vision, MedctPool *pool, Pass *pass, const MedctMonitor *monitor)
{
  int n = pass->T * pass->H * pass->W;
  if (!medct_pool_run(pool, (n + BLOCK_ROWS - 1) / BLOCK_ROWS, embed_block, pass, monitor, 0, 0.08,
                      "patches"))
    return false;
  emit(vision, "trace.patch", vision->x, (gsize)n * vision->config.dim);
  return true;
}

static bool
run_spatial(MedctVision *vision, MedctPool *pool, Pass *pass, int first,
            const MedctMonitor *monitor)
{
  int T = pass->T, HW = pass->H * pass->W;
  ensure_position_bias(vision, pass->H, pass->W);
  pass->transformer = &vision->spatial;
  pass->bias = vision->position_bias;
  pass->sequences = T;
  pass->n = HW;
  pass->per_block = sequences_per_block(HW);
  if (!run_transformer(pool, pass, first, monitor, 0.08, 0.5, "spatial layers"))
    return false;
  swap_order(vision, T, HW);
  return true;
}

static bool
run_temporal(MedctVision *vision, MedctPool *pool, Pass *pass, int first,
             const MedctMonitor *monitor)
{
  int T = pass->T, HW = pass->H * pass->W;
  pass->transformer = &vision->temporal;
  pass->bias = NULL;
  pass->sequences = HW;
  pass->n = T;
  pass->per_block = sequences_per_block(T);
  if (!run_transformer(pool, pass, first, monitor, 0.5, 0.85, "temporal layers"))
    return false;
  swap_order(vision, HW, T);
  emit(vision, "trace.pre_vq", vision->x, (gsize)T * HW * vision->config.dim);
  return true;
}

/* From the volume, or, where `input` is given, from what goes into layer `first`. */
static const float *
encode(MedctVision *vision, MedctPool *pool, const float *volume, const float *input, int first,
       int frames, const MedctMonitor *monitor, GError **error)
{
  const MedctConfig *c = &vision->config;
  if (frames < c->temporal_patch || frames % c->temporal_patch != 0) {
    g_set_error(error, MEDCT_ERROR, MEDCT_ERROR_ARGUMENT,
                _("the input has %d slices, expected a multiple of %d"), frames, c->temporal_patch);
    return NULL;
  }
  int T = frames / c->temporal_patch, H = c->image / c->patch, spatial = vision->spatial.n_layers;
  Pass pass = {.vision = vision, .volume = volume, .T = T, .H = H, .W = H};
  ensure_memory(vision, frames, medct_pool_threads(pool), T, H * H);
  if (input)
    memcpy(vision->x, input, sizeof(float) * (gsize)T * H * H * c->dim);
  if ((input || embed(vision, pool, &pass, monitor)) &&
      ((input && first >= spatial) || run_spatial(vision, pool, &pass, first, monitor)) &&
      run_temporal(vision, pool, &pass, MAX(first - spatial, 0), monitor))
    return vision->x;
  g_set_error(error, MEDCT_ERROR, MEDCT_ERROR_CANCELLED, _("encoding was cancelled"));
  return NULL;
}

const float *
medct_vision_encode(MedctVision *vision, MedctPool *pool, const float *volume, int frames,
                    const MedctMonitor *monitor, GError **error)
{
  return encode(vision, pool, volume, NULL, 0, frames, monitor, error);
}

const float *
medct_vision_encode_from(MedctVision *vision, MedctPool *pool, const float *input, int layer,
                         int frames, const MedctMonitor *monitor, GError **error)
{
  return encode(vision, pool, NULL, input, layer, frames, monitor, error);
}
