#include "model/text_backward.h"
#include "model/backward_ops.h"
#include "model/linear.h"
#include "model/text_layer.h"
#include <math.h>
#include <string.h>

/* Sentences are taken together up to this many tokens: part of the result's definition, since
 * gradients are summed chunk by chunk. */
#define CHUNK_ROWS 64

enum { QUERY, KEY, VALUE, OUTPUT, N_PAIRS };

typedef struct {
  int first, n;  /* sentences */
  int row, rows; /* tokens, over all chunks */
} Chunk;

struct _MedctTextTrainer {
  const MedctTensorFile *weights;
  MedctConfig config;
  MedctLora *lora;
  MedctTextEmbedding embedding;
  MedctTextLayer *layers;
  MedctLinear to_latent;
  const MedctLoraModule *(*pairs)[N_PAIRS]; /* of each layer; NULL where none */
  int lowest;                               /* lowest layer with a pair; n layers: none */
  gsize pair_floats;                        /* of all layers */
  int rank;
  /* of the last forward pass */
  int n, rows;
  int *starts, *lengths; /* [n] first row and tokens of each sentence */
  GArray *chunks;        /* of Chunk */
  float *kept;           /* [layers + 1][rows, hidden] */
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
  float *d;                          /* [R, hidden] the gradient on its way down */
} Scratch;

typedef struct {
  MedctTextTrainer *trainer;
  const MedctSentence *sentences;
  const float *dlatents; /* [n, latent] */
  float *memory;         /* threads · floats */
  gsize floats;
  float *pairs; /* chunks · pair_floats */
  int longest, most_rows;
} Pass;

static void
bind_layer(MedctTextTrainer *t, MedctTextLayer *layer, int n)
{
  static const char *const names[] = {"self.query", "self.key", "self.value", "output.dense"};
  MedctLinear *const linears[] = {&layer->query, &layer->key, &layer->value, &layer->output};
  g_autofree char *prefix = g_strdup_printf("text_transformer.encoder.layer.%d.attention.", n);
  for (int i = 0; i < N_PAIRS; i++) {
    t->pairs[n][i] = medct_lora_bind(t->lora, linears[i], prefix, names[i]);
    if (t->pairs[n][i] == NULL)
      continue;
    t->lowest = MIN(t->lowest, n);
    t->pair_floats += t->pairs[n][i]->n;
  }
}

MedctTextTrainer *
medct_text_trainer_new(const MedctTensorFile *weights, const MedctConfig *config, MedctLora *lora)
{
  MedctTextTrainer *t = g_new0(MedctTextTrainer, 1);
  int layers = config->text_layers;
  t->weights = weights;
  t->config = *config;
  t->lora = lora;
  t->rank = medct_lora_max_rank(lora);
  t->layers = g_new0(MedctTextLayer, MAX(layers, 1));
  t->pairs = g_malloc0(sizeof *t->pairs * MAX(layers, 1));
  t->lowest = layers;
  t->chunks = g_array_new(FALSE, FALSE, sizeof(Chunk));
  medct_text_embedding_load(&t->embedding, weights);
  medct_linear_load(&t->to_latent, weights, NULL, "", "to_text_latent");
  for (int n = 0; n < layers; n++) {
    medct_text_layer_load(&t->layers[n], weights, NULL, n);
    bind_layer(t, &t->layers[n], n);
  }
  return t;
}

static void
free_memory(MedctTextTrainer *t)
{
  g_clear_pointer(&t->starts, g_free);
  g_clear_pointer(&t->lengths, g_free);
  g_clear_pointer(&t->kept, g_aligned_free);
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
  g_free(t->pairs);
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
               {&s->p, n * n},     {&s->dp, n * n},     {&s->lora, 2 * R * t->rank},
               {&s->d, R * H}};
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
                     pass->sentences[i].ids, t->lengths[i], H);
  for (int l = 0; l < t->config.text_layers; l++)
    layer_forward(kept_rows(t, chunk, l + 1), &s, kept_rows(t, chunk, l), t, &t->layers[l], chunk);
  project(t, chunk);
}

static gboolean
cancelled(GError **error)
{
  g_set_error(error, MEDCT_ERROR, MEDCT_ERROR_CANCELLED, "training was cancelled");
  return FALSE;
}

gboolean
medct_text_trainer_forward(MedctTextTrainer *t, MedctPool *pool, float *latents,
                           const MedctSentence *sentences, int n, const MedctMonitor *monitor,
                           GError **error)
{
  Pass pass = {.trainer = t, .sentences = sentences};
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
project_backward(float *d, float *dz, const Pass *pass, const Chunk *chunk)
{
  const MedctTextTrainer *t = pass->trainer;
  int H = t->config.text_hidden, L = t->config.latent;
  memset(d, 0, sizeof(float) * (gsize)chunk->rows * H);
  for (int i = chunk->first; i < chunk->first + chunk->n; i++) {
    gsize at = (gsize)i * L;
    medct_normalise_backward(dz, pass->dlatents + at, t->latents + at, t->norms[i], L);
    medct_linear_backward(d + (gsize)(t->starts[i] - chunk->row) * H, 0, NULL, dz, L, NULL,
                          &t->to_latent, NULL, 1);
  }
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

/* The gradient of a layer's output in s->d becomes that of its input x. */
static void
layer_backward(Scratch *s, float *const pairs[N_PAIRS], const float *x, const MedctTextTrainer *t,
               const MedctTextLayer *l, const Chunk *chunk)
{
  int R = chunk->rows, H = t->config.text_hidden, I = t->config.text_inter;
  float *d = s->d;
  layer_forward(NULL, s, x, t, l, chunk);
  /* y = LN(sum2), sum2 = x1 + Dense(GELU(pre + b)), pre = x1·Wᵀ */
  medct_layer_norm_backward(d, FALSE, d, s->sum2, l->output_gamma, R, H, MEDCT_TEXT_NORM_EPS);
  medct_linear_backward(s->dinner, 0, NULL, d, H, NULL, &l->dense, s->lora, R);
  medct_bias_gelu_backward(s->dinner, s->pre, l->intermediate.bias, R, I);
  medct_linear_backward(d, 1, NULL, s->dinner, I, NULL, &l->intermediate, s->lora, R);
  /* x1 = LN(sum1), sum1 = x + Output(Attention(x)) */
  medct_layer_norm_backward(d, FALSE, d, s->sum1, l->attention_gamma, R, H, MEDCT_TEXT_NORM_EPS);
  medct_linear_backward(s->dmixed, 0, pairs[OUTPUT], d, H, s->mixed, &l->output, s->lora, R);
  attend_backward(s, t, chunk);
  medct_linear_backward(d, 1, pairs[QUERY], s->dq, H, x, &l->query, s->lora, R);
  medct_linear_backward(d, 1, pairs[KEY], s->dk, H, x, &l->key, s->lora, R);
  medct_linear_backward(d, 1, pairs[VALUE], s->dv, H, x, &l->value, s->lora, R);
}

static void
chunk_backward(int item, int worker, void *data)
{
  Pass *pass = data;
  MedctTextTrainer *t = pass->trainer;
  const Chunk *chunk = &g_array_index(t->chunks, Chunk, item);
  float *next = pass->pairs + item * t->pair_floats;
  Scratch s;
  place(&s, pass->memory + worker * pass->floats, t, pass->most_rows, pass->longest);
  g_autofree float *dz = g_new(float, t->config.latent);
  project_backward(s.d, dz, pass, chunk);
  for (int l = t->config.text_layers - 1; l >= t->lowest; l--) {
    float *pairs[N_PAIRS] = {NULL};
    for (int i = 0; i < N_PAIRS; i++)
      if (t->pairs[l][i]) {
        pairs[i] = next;
        next += t->pairs[l][i]->n;
      }
    layer_backward(&s, pairs, kept_rows(t, chunk, l), t, &t->layers[l], chunk);
  }
}

/* Chunk after chunk, in the order in which chunk_backward lays the pairs out. */
static void
add_pairs(const Pass *pass)
{
  const MedctTextTrainer *t = pass->trainer;
  for (guint c = 0; c < t->chunks->len; c++) {
    const float *from = pass->pairs + c * t->pair_floats;
    for (int l = t->config.text_layers - 1; l >= t->lowest; l--)
      for (int i = 0; i < N_PAIRS; i++)
        if (t->pairs[l][i]) {
          medct_kernels()->add(t->lora->gradients + t->pairs[l][i]->at, from,
                               (int64_t)t->pairs[l][i]->n);
          from += t->pairs[l][i]->n;
        }
  }
}

gboolean
medct_text_trainer_backward(MedctTextTrainer *t, MedctPool *pool, const float *dlatents,
                            const MedctMonitor *monitor, GError **error)
{
  Pass pass = {.trainer = t, .dlatents = dlatents};
  if (t->pair_floats == 0 || t->n == 0)
    return TRUE;
  pass.pairs = g_new0(float, t->chunks->len * t->pair_floats);
  open_memory(&pass, pool);
  bool done =
      medct_pool_run(pool, (int)t->chunks->len, chunk_backward, &pass, monitor, 0, 0, "gradient");
  if (done)
    add_pairs(&pass);
  g_aligned_free(pass.memory);
  g_free(pass.pairs);
  return done ? medct_tensor_file_check(t->weights, error) : cancelled(error);
}
