#include "model/text_backward.h"
#include "model/backward_ops.h"
#include "model/gradient_sum.h"
#include "model/linear.h"
#include "model/text_layer.h"
#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

/* Sentences are taken together up to this many tokens: part of the result's definition, since
 * gradients are summed chunk by chunk. */
#define CHUNK_ROWS 64

/* What of a layer may be trained. */
enum {
  QUERY,
  KEY,
  VALUE,
  OUTPUT,
  INTERMEDIATE,
  DENSE,
  N_LINEARS,
  ATTENTION_GAMMA = 2 * N_LINEARS, /* after the weights and the biases of the linears */
  ATTENTION_BETA,
  OUTPUT_GAMMA,
  OUTPUT_BETA,
  PAIRS, /* of QUERY … OUTPUT */
  N_PARTS = PAIRS + 4
};

/* And of the rest. */
enum { WORDS, POSITIONS, TYPES, GAMMA, BETA, N_EMBEDDING };

typedef struct {
  int first, n;  /* sentences */
  int row, rows; /* tokens, over all chunks */
} Chunk;

struct _MedctTextTrainer {
  const MedctTensorFile *weights;
  MedctConfig config;
  const MedctLora *lora; /* or NULL */
  MedctLoraDropout dropout;
  MedctTextEmbedding embedding;
  MedctTextLayer *layers;
  MedctLinear to_latent;
  MedctGradientSlot (*slots)[N_PARTS]; /* of each layer */
  MedctGradientSlot projection;        /* of to_text_latent */
  float *embeddings[N_EMBEDDING];      /* gradients, or NULL */
  gboolean trains_embedding;
  int lowest; /* lowest layer that must be entered; n layers: none */
  int rank;
  /* of the last forward pass */
  int n, rows;
  int *starts, *lengths; /* [n] first row and tokens of each sentence */
  GArray *chunks;        /* of Chunk */
  int32_t *ids;          /* [rows] */
  float *kept;           /* [layers + 1][rows, hidden] */
  float *d;              /* [rows, hidden] gradient on its way down */
  float *latents;        /* [n, latent] */
  double *norms;         /* [n] of the latents before they had unit length */
};

/* One worker's memory for a chunk of R rows. */
typedef struct {
  float *q, *k, *v, *mixed; /* [R, hidden] */
  float *sum1, *x1, *sum2;  /* [R, hidden] before and after the first norm, before the second */
  float *pre, *inner;       /* [R, inter] before and after GELU, the bias not yet in `pre` */
  float *d1, *dmixed, *dq, *dk, *dv; /* [R, hidden] */
  float *dinner;                     /* [R, inter] */
  float *p, *dp;                     /* [n, n] of one head */
  float *lora;                       /* [2·R·rank] */
} Scratch;

typedef struct {
  MedctTextTrainer *trainer;
  const float *dlatents; /* [n, latent] */
  float *memory;         /* threads · floats */
  gsize floats;
  int layer;
  MedctGradientSum *sum;
  int longest, most_rows;
} Pass;

/* TRUE when something of layer n is trained. */
static gboolean
bind_layer(MedctTextTrainer *t, MedctTextLayer *l, const MedctWeights *weights, MedctLora *lora,
           int n)
{
  static const char *const linears[N_LINEARS] = {"attention.self.query", "attention.self.key",
                                                 "attention.self.value", "attention.output.dense",
                                                 "intermediate.dense",   "output.dense"};
  static const char *const norms[] = {"attention.output.LayerNorm.weight",
                                      "attention.output.LayerNorm.bias", "output.LayerNorm.weight",
                                      "output.LayerNorm.bias"};
  MedctLinear *const of[N_LINEARS] = {&l->query,  &l->key,          &l->value,
                                      &l->output, &l->intermediate, &l->dense};
  g_autofree char *prefix = g_strdup_printf("text_transformer.encoder.layer.%d.", n);
  MedctGradientSlot *slots = t->slots[n];
  gboolean any = FALSE;
  for (int i = 0; i < N_LINEARS; i++) {
    g_autofree char *weight = g_strconcat(prefix, linears[i], ".weight", NULL);
    g_autofree char *bias = g_strconcat(prefix, linears[i], ".bias", NULL);
    gsize out = of[i]->out, in = of[i]->in;
    slots[i] = (MedctGradientSlot){medct_weights_gradient(weights, weight), out * in};
    slots[N_LINEARS + i] = (MedctGradientSlot){medct_weights_gradient(weights, bias), out};
    if (PAIRS + i >= N_PARTS)
      continue;
    const MedctLoraModule *pair = medct_lora_bind(lora, of[i], prefix, linears[i]);
    of[i]->dropout = &t->dropout;
    slots[PAIRS + i] =
        (MedctGradientSlot){pair ? lora->gradients + pair->at : NULL, pair ? pair->n : 0};
  }
  for (gsize i = 0; i < G_N_ELEMENTS(norms); i++) {
    g_autofree char *name = g_strconcat(prefix, norms[i], NULL);
    slots[ATTENTION_GAMMA + i] =
        (MedctGradientSlot){medct_weights_gradient(weights, name), t->config.text_hidden};
  }
  for (int i = 0; i < N_PARTS; i++)
    any = any || slots[i].to;
  return any;
}

static void
bind_embedding(MedctTextTrainer *t, const MedctWeights *weights)
{
#define NAME "text_transformer.embeddings."
  static const char *const names[N_EMBEDDING] = {
      NAME "word_embeddings.weight", NAME "position_embeddings.weight",
      NAME "token_type_embeddings.weight", NAME "LayerNorm.weight", NAME "LayerNorm.bias"};
#undef NAME
  for (int i = 0; i < N_EMBEDDING; i++) {
    t->embeddings[i] = medct_weights_gradient(weights, names[i]);
    t->trains_embedding = t->trains_embedding || t->embeddings[i];
  }
  if (t->trains_embedding)
    t->lowest = 0;
}

static MedctTextTrainer *
new_trainer(const MedctTensorFile *file, const MedctWeights *weights, const MedctConfig *config,
            MedctLora *lora)
{
  MedctTextTrainer *t = g_new0(MedctTextTrainer, 1);
  int layers = config->text_layers;
  t->weights = file;
  t->config = *config;
  t->lora = lora;
  t->rank = medct_lora_scratch(lora);
  t->layers = g_new0(MedctTextLayer, MAX(layers, 1));
  t->slots = g_malloc0(sizeof *t->slots * MAX(layers, 1));
  t->lowest = layers;
  t->chunks = g_array_new(FALSE, FALSE, sizeof(Chunk));
  medct_text_embedding_load(&t->embedding, file);
  medct_linear_load(&t->to_latent, file, NULL, "", "to_text_latent");
  t->projection = (MedctGradientSlot){medct_weights_gradient(weights, "to_text_latent.weight"),
                                      (gsize)config->latent * config->text_hidden};
  for (int n = layers - 1; n >= 0; n--) {
    medct_text_layer_load(&t->layers[n], file, NULL, n);
    if (bind_layer(t, &t->layers[n], weights, lora, n))
      t->lowest = n;
  }
  bind_embedding(t, weights);
  return t;
}

MedctTextTrainer *
medct_text_trainer_new(const MedctTensorFile *weights, const MedctConfig *config, MedctLora *lora)
{
  return new_trainer(weights, NULL, config, lora);
}

MedctTextTrainer *
medct_text_trainer_new_full(const MedctWeights *weights, const MedctConfig *config, MedctLora *lora)
{
  return new_trainer(weights->file, weights, config, lora);
}

void
medct_text_trainer_set_dropout(MedctTextTrainer *t, gboolean on, guint64 draw)
{
  t->dropout = (MedctLoraDropout){on && t->lora ? t->lora->dropout : 0, draw};
}

static void
free_memory(MedctTextTrainer *t)
{
  g_clear_pointer(&t->starts, g_free);
  g_clear_pointer(&t->lengths, g_free);
  g_clear_pointer(&t->ids, g_free);
  g_clear_pointer(&t->kept, g_aligned_free);
  g_clear_pointer(&t->d, g_free);
  g_clear_pointer(&t->latents, g_free);
  g_clear_pointer(&t->norms, g_free);
  g_array_set_size(t->chunks, 0);
  t->n = t->rows = 0;
}

void
medct_text_trainer_free(MedctTextTrainer *t)
{
  if (t == NULL)
    return;
  free_memory(t);
  g_array_unref(t->chunks);
  g_free(t->layers);
  g_free(t->slots);
  g_free(t);
}

/* ---- memory
 * --------------------------------------------------------------------------------------------- */

/* Lays the parts out from `memory` (or only counts, NULL); returns the floats they take. */
static gsize
place(Scratch *s, float *memory, const MedctTextTrainer *t, gsize R, gsize n)
{
  gsize H = t->config.text_hidden, I = t->config.text_inter, used = 0;
  const struct {
    float **part;
    gsize n;
  } parts[] = {{&s->q, R * H},     {&s->k, R * H},      {&s->v, R * H},
               {&s->mixed, R * H}, {&s->sum1, R * H},   {&s->x1, R * H},
               {&s->sum2, R * H},  {&s->pre, R * I},    {&s->inner, R * I},
               {&s->d1, R * H},    {&s->dmixed, R * H}, {&s->dq, R * H},
               {&s->dk, R * H},    {&s->dv, R * H},     {&s->dinner, R * I},
               {&s->p, n * n},     {&s->dp, n * n},     {&s->lora, 2 * R * t->rank}};
  for (gsize i = 0; i < G_N_ELEMENTS(parts); i++) {
    if (memory)
      *parts[i].part = memory + used;
    used += (parts[i].n + 15) & ~(gsize)15;
  }
  return used;
}

static void
open_memory(Pass *pass, MedctPool *pool)
{
  Scratch s;
  for (guint i = 0; i < pass->trainer->chunks->len; i++)
    pass->most_rows = MAX(pass->most_rows, g_array_index(pass->trainer->chunks, Chunk, i).rows);
  for (int i = 0; i < pass->trainer->n; i++)
    pass->longest = MAX(pass->longest, pass->trainer->lengths[i]);
  pass->floats = place(&s, NULL, pass->trainer, pass->most_rows, pass->longest);
  pass->memory = g_aligned_alloc(pass->floats * medct_pool_threads(pool), sizeof(float), 64);
}

/* Sentences in order, a new chunk whenever the next would not fit. */
static void
plan_chunks(MedctTextTrainer *t)
{
  Chunk chunk = {0};
  for (int s = 0; s < t->n; s++) {
    if (chunk.n > 0 && chunk.rows + t->lengths[s] > CHUNK_ROWS) {
      g_array_append_val(t->chunks, chunk);
      chunk = (Chunk){.first = s, .row = t->starts[s]};
    }
    chunk.n++;
    chunk.rows += t->lengths[s];
  }
  if (chunk.n > 0)
    g_array_append_val(t->chunks, chunk);
}

static gboolean
take_sentences(MedctTextTrainer *t, const MedctSentence *sentences, int n, GError **error)
{
  for (int s = 0; s < n; s++)
    if (!medct_sentence_check(&sentences[s], &t->config, error))
      return FALSE;
  free_memory(t);
  t->n = n;
  t->starts = g_new(int, MAX(n, 1));
  t->lengths = g_new(int, MAX(n, 1));
  for (int s = 0; s < n; s++) {
    t->starts[s] = t->rows;
    t->lengths[s] = sentences[s].n;
    t->rows += sentences[s].n;
  }
  plan_chunks(t);
  t->ids = g_new(int32_t, MAX(t->rows, 1));
  for (int s = 0; s < n; s++)
    memcpy(t->ids + t->starts[s], sentences[s].ids, sizeof *t->ids * sentences[s].n);
  t->d = g_new(float, (gsize)MAX(t->rows, 1) * t->config.text_hidden);
  t->kept = g_aligned_alloc((gsize)(t->config.text_layers + 1) * MAX(t->rows, 1),
                            sizeof(float) * t->config.text_hidden, 64);
  t->latents = g_new(float, (gsize)MAX(n, 1) * t->config.latent);
  t->norms = g_new(double, MAX(n, 1));
  return TRUE;
}

/* The input of layer l, of the rows of a chunk. */
static float *
kept_rows(const MedctTextTrainer *t, const Chunk *chunk, int l)
{
  return t->kept + ((gsize)l * t->rows + chunk->row) * t->config.text_hidden;
}

/* ---- forward
 * -------------------------------------------------------------------------------------------- */

static void
attend(Scratch *s, const MedctTextTrainer *t, const Chunk *chunk)
{
  int H = t->config.text_hidden, heads = t->config.text_heads, d = H / heads;
  for (int i = chunk->first; i < chunk->first + chunk->n; i++)
    for (int h = 0; h < heads; h++) {
      gsize at = (gsize)(t->starts[i] - chunk->row) * H + h * d;
      medct_kernels()->attend(s->mixed + at, H, s->q + at, H, s->k + at, s->v + at, H, NULL,
                              1 / sqrtf((float)d), s->p, t->lengths[i], d);
    }
}

/* x1 ← LN(x + Attention(x)); y ← LN(x1 + Dense(GELU(Intermediate(x1)))). y may be NULL: then what
 * the gradient needs is there. */
static void
layer_forward(float *y, Scratch *s, const float *x, const MedctTextTrainer *t,
              const MedctTextLayer *l, const Chunk *chunk)
{
  const MedctKernels *kernels = medct_kernels();
  int R = chunk->rows, H = t->config.text_hidden, I = t->config.text_inter;
  MedctLinear bare = l->intermediate;
  bare.bias = NULL;
  medct_linear(s->q, H, x, &l->query, MEDCT_EPILOGUE_NONE, s->lora, R);
  medct_linear(s->k, H, x, &l->key, MEDCT_EPILOGUE_NONE, s->lora, R);
  medct_linear(s->v, H, x, &l->value, MEDCT_EPILOGUE_NONE, s->lora, R);
  attend(s, t, chunk);
  memcpy(s->sum1, x, sizeof(float) * (gsize)R * H);
  medct_linear(s->sum1, H, s->mixed, &l->output, MEDCT_EPILOGUE_ADD, s->lora, R);
  kernels->layer_norm(s->x1, s->sum1, l->attention_gamma, l->attention_beta, R, H,
                      MEDCT_TEXT_NORM_EPS);
  medct_linear(s->pre, I, s->x1, &bare, MEDCT_EPILOGUE_NONE, s->lora, R);
  memcpy(s->inner, s->pre, sizeof(float) * (gsize)R * I);
  kernels->bias_gelu(s->inner, l->intermediate.bias, R, I);
  memcpy(s->sum2, s->x1, sizeof(float) * (gsize)R * H);
  medct_linear(s->sum2, H, s->inner, &l->dense, MEDCT_EPILOGUE_ADD, s->lora, R);
  if (y)
    kernels->layer_norm(y, s->sum2, l->output_gamma, l->output_beta, R, H, MEDCT_TEXT_NORM_EPS);
}

/* Layer n for the rows of a chunk, which dropout looks at. */
static MedctTextLayer
layer_at(const MedctTextTrainer *t, int n, const Chunk *chunk)
{
  MedctTextLayer l = t->layers[n];
  l.query.first_row = l.key.first_row = l.value.first_row = l.output.first_row = chunk->row;
  return l;
}

static void
project(MedctTextTrainer *t, const Chunk *chunk)
{
  int H = t->config.text_hidden, L = t->config.latent;
  const float *x = kept_rows(t, chunk, t->config.text_layers);
  for (int i = chunk->first; i < chunk->first + chunk->n; i++) {
    float *u = t->latents + (gsize)i * L;
    double sum = 0;
    medct_linear(u, L, x + (gsize)(t->starts[i] - chunk->row) * H, &t->to_latent,
                 MEDCT_EPILOGUE_NONE, NULL, 1);
    for (int j = 0; j < L; j++)
      sum += (double)u[j] * u[j];
    t->norms[i] = sqrt(sum);
    for (int j = 0; j < L; j++)
      u[j] = (float)(u[j] / fmax(t->norms[i], 1e-12));
  }
}

static void
chunk_forward(int item, int worker, void *data)
{
  Pass *pass = data;
  MedctTextTrainer *t = pass->trainer;
  const Chunk *chunk = &g_array_index(t->chunks, Chunk, item);
  int H = t->config.text_hidden;
  Scratch s;
  place(&s, pass->memory + worker * pass->floats, t, pass->most_rows, pass->longest);
  float *x = kept_rows(t, chunk, 0);
  for (int i = chunk->first; i < chunk->first + chunk->n; i++)
    medct_text_embed(x + (gsize)(t->starts[i] - chunk->row) * H, &t->embedding,
                     t->ids + t->starts[i], t->lengths[i], H);
  for (int l = 0; l < t->config.text_layers; l++) {
    MedctTextLayer layer = layer_at(t, l, chunk);
    layer_forward(kept_rows(t, chunk, l + 1), &s, kept_rows(t, chunk, l), t, &layer, chunk);
  }
  project(t, chunk);
}

static gboolean
cancelled(GError **error)
{
  g_set_error(error, MEDCT_ERROR, MEDCT_ERROR_CANCELLED, _("training was cancelled"));
  return FALSE;
}

gboolean
medct_text_trainer_forward(MedctTextTrainer *t, MedctPool *pool, float *latents,
                           const MedctSentence *sentences, int n, const MedctMonitor *monitor,
                           GError **error)
{
  Pass pass = {.trainer = t};
  if (!take_sentences(t, sentences, n, error))
    return FALSE;
  open_memory(&pass, pool);
  bool done =
      medct_pool_run(pool, (int)t->chunks->len, chunk_forward, &pass, monitor, 0, 0, "texts");
  g_aligned_free(pass.memory);
  if (!done)
    return cancelled(error);
  memcpy(latents, t->latents, sizeof(float) * (gsize)n * t->config.latent);
  return medct_tensor_file_check(t->weights, error);
}

/* ---- backward
 * ------------------------------------------------------------------------------------------- */

/* u = z/‖z‖, z = W·x of [CLS]; the other tokens have no gradient of their own. */
static void
project_backward(int item, int worker, void *data)
{
  Pass *pass = data;
  MedctTextTrainer *t = pass->trainer;
  const Chunk *chunk = &g_array_index(t->chunks, Chunk, item);
  int H = t->config.text_hidden, L = t->config.latent;
  g_autofree float *dz = g_new(float, L);
  float *dW, *sum = medct_gradient_sum_take(pass->sum, &dW);
  const MedctLinearGradient into = {.W = dW};
  memset(t->d + (gsize)chunk->row * H, 0, sizeof(float) * (gsize)chunk->rows * H);
  for (int i = chunk->first; i < chunk->first + chunk->n; i++) {
    gsize at = (gsize)i * L, row = (gsize)t->starts[i] * H;
    const float *x = t->kept + (gsize)t->config.text_layers * t->rows * H + row;
    medct_normalise_backward(dz, pass->dlatents + at, t->latents + at, t->norms[i], L);
    medct_linear_backward(t->d + row, 0, &into, dz, L, x, &t->to_latent, NULL, 1);
  }
  medct_gradient_sum_give(pass->sum, item, sum);
}

static void
attend_backward(Scratch *s, const MedctTextTrainer *t, const Chunk *chunk)
{
  int H = t->config.text_hidden, heads = t->config.text_heads, d = H / heads;
  for (int i = chunk->first; i < chunk->first + chunk->n; i++)
    for (int h = 0; h < heads; h++) {
      gsize at = (gsize)(t->starts[i] - chunk->row) * H + h * d;
      MedctHeadBackward head = {.q = s->q + at,
                                .k = s->k + at,
                                .v = s->v + at,
                                .dmixed = s->dmixed + at,
                                .dq = s->dq + at,
                                .dk = s->dk + at,
                                .dv = s->dv + at,
                                .p = s->p,
                                .dp = s->dp,
                                .scale = 1 / sqrtf((float)d),
                                .ldq = H,
                                .ldkv = H,
                                .n = t->lengths[i],
                                .d = d};
      medct_attention_backward(&head);
    }
}

static MedctLinearGradient
linear_parts(float *const parts[N_PARTS], int linear)
{
  return (MedctLinearGradient){parts[linear], parts[N_LINEARS + linear],
                               PAIRS + linear < N_PARTS ? parts[PAIRS + linear] : NULL};
}

/* y = LN(x): gradients of gamma and beta, then d of y becomes d of x. */
static void
norm_backward(float *d, float *dgamma, float *dbeta, const float *x, const float *gamma, int rows,
              int H)
{
  if (dgamma || dbeta)
    medct_layer_norm_weights_backward(dgamma, dbeta, d, x, rows, H, MEDCT_TEXT_NORM_EPS);
  medct_kernels()->layer_norm_backward(d, FALSE, d, x, gamma, rows, H, MEDCT_TEXT_NORM_EPS);
}

/* The gradient d of a layer's output becomes that of its input x. */
static void
layer_backward(float *d, Scratch *s, float *const parts[N_PARTS], const float *x,
               const MedctTextTrainer *t, const MedctTextLayer *l, const Chunk *chunk)
{
  int R = chunk->rows, H = t->config.text_hidden, I = t->config.text_inter;
  MedctLinearGradient into[N_LINEARS];
  for (int i = 0; i < N_LINEARS; i++)
    into[i] = linear_parts(parts, i);
  layer_forward(NULL, s, x, t, l, chunk);
  /* y = LN(sum2), sum2 = x1 + Dense(GELU(pre + b)), pre = x1·Wᵀ */
  norm_backward(d, parts[OUTPUT_GAMMA], parts[OUTPUT_BETA], s->sum2, l->output_gamma, R, H);
  medct_linear_backward(s->dinner, 0, &into[DENSE], d, H, s->inner, &l->dense, s->lora, R);
  medct_kernels()->bias_gelu_backward(s->dinner, s->pre, l->intermediate.bias, R, I);
  medct_linear_backward(d, 1, &into[INTERMEDIATE], s->dinner, I, s->x1, &l->intermediate, s->lora,
                        R);
  /* x1 = LN(sum1), sum1 = x + Output(Attention(x)) */
  norm_backward(d, parts[ATTENTION_GAMMA], parts[ATTENTION_BETA], s->sum1, l->attention_gamma, R,
                H);
  medct_linear_backward(s->dmixed, 0, &into[OUTPUT], d, H, s->mixed, &l->output, s->lora, R);
  attend_backward(s, t, chunk);
  medct_linear_backward(d, 1, &into[QUERY], s->dq, H, x, &l->query, s->lora, R);
  medct_linear_backward(d, 1, &into[KEY], s->dk, H, x, &l->key, s->lora, R);
  medct_linear_backward(d, 1, &into[VALUE], s->dv, H, x, &l->value, s->lora, R);
}

static void
chunk_backward(int item, int worker, void *data)
{
  Pass *pass = data;
  MedctTextTrainer *t = pass->trainer;
  const Chunk *chunk = &g_array_index(t->chunks, Chunk, item);
  float *parts[N_PARTS], *sum = medct_gradient_sum_take(pass->sum, parts);
  Scratch s;
  MedctTextLayer layer = layer_at(t, pass->layer, chunk);
  place(&s, pass->memory + worker * pass->floats, t, pass->most_rows, pass->longest);
  layer_backward(t->d + (gsize)chunk->row * t->config.text_hidden, &s, parts,
                 kept_rows(t, chunk, pass->layer), t, &layer, chunk);
  medct_gradient_sum_give(pass->sum, item, sum);
}

/* x = LN(word + type 0 + position), token after token. */
static void
embedding_backward(MedctTextTrainer *t)
{
  const MedctKernels *kernels = medct_kernels();
  const MedctTextEmbedding *e = &t->embedding;
  int H = t->config.text_hidden;
  g_autofree float *x = g_new(float, H);
  for (int s = 0; s < t->n; s++)
    for (int i = 0; i < t->lengths[s]; i++) {
      int row = t->starts[s] + i;
      float *d = t->d + (gsize)row * H;
      memcpy(x, e->words + (gsize)t->ids[row] * H, sizeof(float) * H);
      kernels->add(x, e->types, H);
      kernels->add(x, e->positions + (gsize)i * H, H);
      norm_backward(d, t->embeddings[GAMMA], t->embeddings[BETA], x, e->gamma, 1, H);
      if (t->embeddings[WORDS])
        kernels->add(t->embeddings[WORDS] + (gsize)t->ids[row] * H, d, H);
      if (t->embeddings[POSITIONS])
        kernels->add(t->embeddings[POSITIONS] + (gsize)i * H, d, H);
      if (t->embeddings[TYPES])
        kernels->add(t->embeddings[TYPES], d, H);
    }
}

static bool
run_summed(Pass *pass, const MedctGradientSlot *slots, int n_slots, MedctPoolWork work,
           MedctPool *pool, const MedctMonitor *monitor)
{
  pass->sum = medct_gradient_sum_new(slots, n_slots);
  bool done =
      medct_pool_run(pool, (int)pass->trainer->chunks->len, work, pass, monitor, 0, 0, "gradient");
  medct_gradient_sum_free(pass->sum);
  return done;
}

gboolean
medct_text_trainer_backward(MedctTextTrainer *t, MedctPool *pool, const float *dlatents,
                            const MedctMonitor *monitor, GError **error)
{
  Pass pass = {.trainer = t, .dlatents = dlatents};
  if ((t->lowest == t->config.text_layers && t->projection.to == NULL) || t->n == 0)
    return TRUE;
  open_memory(&pass, pool);
  bool done = run_summed(&pass, &t->projection, 1, project_backward, pool, monitor);
  for (pass.layer = t->config.text_layers - 1; done && pass.layer >= t->lowest; pass.layer--)
    done = run_summed(&pass, t->slots[pass.layer], N_PARTS, chunk_backward, pool, monitor);
  g_aligned_free(pass.memory);
  if (!done)
    return cancelled(error);
  if (t->trains_embedding)
    embedding_backward(t);
  return medct_tensor_file_check(t->weights, error);
}
