#include "model/text_encoder.h"
#include "model/linear.h"
#include "model/packed.h"
#include "model/pool.h"
#include "model/text_layer.h"
#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

/* Output columns that a worker takes at once. */
#define BLOCK_OUT        (2 * MEDCT_PANEL)
#define LINEARS_OF_LAYER 6

struct _MedctTextEncoder {
  MedctConfig config;
  MedctTextEmbedding embedding;
  MedctTextLayer *layers;
  MedctLinear to_latent;
  MedctPool *pool;
  MedctPacked *packed; /* of all layers, made for the first prompt alone */
  gboolean has_no_room;
  int rank;
  MedctTextTrace trace;
  void *trace_data;
  /* memory, grown when a longer batch comes */
  float *memory;
  int capacity;                         /* rows */
  float *x, *q, *k, *v, *mixed, *inner; /* [rows, hidden] ×5, [rows, inter] */
  float *logits;                        /* threads · positions */
  float *lora;                          /* threads · rows · rank */
};

typedef struct {
  MedctTextEncoder *encoder;
  const MedctSentence *sentences;
  const int *starts; /* first row of each sentence */
  int n, rows;
  const MedctLinear *linears[3]; /* of the same size, from the same rows */
  const float *from;
  float *to[3];
  MedctEpilogue epilogue;
  const MedctMonitor *monitor; /* without progress: a pass is a part of something */
  gboolean cancelled;
} Pass;

MedctTextEncoder *
medct_text_encoder_new(const MedctTensorFile *weights, const MedctConfig *config,
                       const MedctAdapter *adapter, int n_threads)
{
  MedctTextEncoder *e = g_new0(MedctTextEncoder, 1);
  e->config = *config;
  medct_text_embedding_load(&e->embedding, weights);
  e->layers = g_new0(MedctTextLayer, MAX(config->text_layers, 1));
  for (int n = 0; n < config->text_layers; n++)
    medct_text_layer_load(&e->layers[n], weights, adapter, n);
  medct_linear_load(&e->to_latent, weights, adapter, "", "to_text_latent");
  e->rank = medct_adapter_max_rank(adapter);
  e->pool = medct_pool_new(n_threads);
  return e;
}

void
medct_text_encoder_free(MedctTextEncoder *encoder)
{
  if (encoder == NULL)
    return;
  medct_pool_free(encoder->pool);
  medct_packed_free(encoder->packed);
  g_aligned_free(encoder->memory);
  g_free(encoder->layers);
  g_free(encoder);
}

void
medct_text_encoder_set_trace(MedctTextEncoder *encoder, MedctTextTrace trace, void *user_data)
{
  encoder->trace = trace;
  encoder->trace_data = user_data;
}

static void
ensure_memory(MedctTextEncoder *e, int rows)
{
  if (rows <= e->capacity)
    return;
  gsize R = MAX(rows, 64), H = (e->config.text_hidden + 15) & ~15;
  gsize I = (e->config.text_inter + 15) & ~15, threads = medct_pool_threads(e->pool);
  gsize logits = threads * e->config.text_positions, lora = threads * R * e->rank;
  g_aligned_free(e->memory);
  e->memory = g_aligned_alloc(R * (5 * H + I) + logits + lora + 16, sizeof(float), 64);
  e->x = e->memory;
  e->q = e->x + R * H;
  e->k = e->q + R * H;
  e->v = e->k + R * H;
  e->mixed = e->v + R * H;
  e->inner = e->mixed + R * H;
  e->logits = e->inner + R * I;
  e->lora = e->logits + logits;
  e->capacity = (int)R;
}

/* A prompt alone reads every weight for a few rows; a long batch has enough work per weight. */
static void
pack_for_few_rows(MedctTextEncoder *e, int rows, const MedctMonitor *monitor)
{
  if (rows > MEDCT_SKINNY_ROWS || e->packed || e->has_no_room)
    return;
  int n = e->config.text_layers;
  g_autofree MedctLinear **linears = g_new(MedctLinear *, MAX(LINEARS_OF_LAYER * n, 1));
  for (int i = 0; i < n; i++) {
    MedctTextLayer *l = &e->layers[i];
    MedctLinear *of_layer[] = {&l->query,  &l->key,          &l->value,
                               &l->output, &l->intermediate, &l->dense};
    memcpy(linears + LINEARS_OF_LAYER * i, of_layer, sizeof of_layer);
  }
  e->packed = medct_packed_new(linears, LINEARS_OF_LAYER * n, e->pool, monitor);
  e->has_no_room = e->packed == NULL && !medct_monitor_cancelled(monitor);
}

static void
embed(MedctTextEncoder *e, const Pass *pass)
{
  int H = e->config.text_hidden;
  for (int s = 0; s < pass->n; s++)
    medct_text_embed(e->x + (gsize)pass->starts[s] * H, &e->embedding, pass->sentences[s].ids,
                     pass->sentences[s].n, H);
}

static int
blocks_of(const MedctLinear *linear)
{
  return (linear->out + BLOCK_OUT - 1) / BLOCK_OUT;
}

static void
linear_block(int item, int worker, void *data)
{
  Pass *pass = data;
  const MedctLinear *linear = pass->linears[item / blocks_of(pass->linears[0])];
  float *to = pass->to[item / blocks_of(pass->linears[0])];
  int first = item % blocks_of(linear) * BLOCK_OUT, n = MIN(BLOCK_OUT, linear->out - first);
  MedctAdapterModule lora;
  MedctLinear part = medct_linear_rows(linear, &lora, first, n);
  medct_linear(to + first, linear->out, pass->from, &part, pass->epilogue,
               pass->encoder->lora + (gsize)worker * pass->encoder->capacity * pass->encoder->rank,
               pass->rows);
}

/* Once cancelled, the rest of the pass goes through without work. */
static void
run_items(Pass *pass, int n, MedctPoolWork work)
{
  pass->cancelled = pass->cancelled ||
                    !medct_pool_run(pass->encoder->pool, n, work, pass, pass->monitor, 0, 1, NULL);
}

static void
run_linear(Pass *pass, float *to, const float *from, const MedctLinear *linear,
           MedctEpilogue epilogue)
{
  pass->to[0] = to;
  pass->from = from;
  pass->linears[0] = linear;
  pass->epilogue = epilogue;
  run_items(pass, blocks_of(linear), linear_block);
}

/* Query, key and value in one pass over the pool: fewer meetings of the workers. */
static void
run_projections(Pass *pass, const MedctTextLayer *l)
{
  MedctTextEncoder *e = pass->encoder;
  const MedctLinear *linears[] = {&l->query, &l->key, &l->value};
  float *to[] = {e->q, e->k, e->v};
  memcpy(pass->linears, linears, sizeof linears);
  memcpy(pass->to, to, sizeof to);
  pass->from = e->x;
  pass->epilogue = MEDCT_EPILOGUE_NONE;
  run_items(pass, 3 * blocks_of(&l->query), linear_block);
}

/* One head of one sentence. */
static void
attend_head(int item, int worker, void *data)
{
  Pass *pass = data;
  MedctTextEncoder *e = pass->encoder;
  int heads = e->config.text_heads, H = e->config.text_hidden, d = H / heads;
  int s = item / heads;
  gsize at = (gsize)pass->starts[s] * H + (item % heads) * d;
  medct_kernels()->attend(e->mixed + at, H, e->q + at, H, e->k + at, e->v + at, H, NULL,
                          1 / sqrtf((float)d), e->logits + (gsize)worker * e->config.text_positions,
                          pass->sentences[s].n, d);
}

/* Only [CLS] of the last layer is ever read: its rows move to the front, the others end here. */
static void
keep_cls(MedctTextEncoder *e, Pass *pass, int *starts)
{
  gsize H = e->config.text_hidden;
  for (int s = 0; s < pass->n; s++) {
    memmove(e->x + s * H, e->x + starts[s] * H, sizeof(float) * H);
    memmove(e->mixed + s * H, e->mixed + starts[s] * H, sizeof(float) * H);
    starts[s] = s;
  }
  pass->rows = pass->n;
}

/* Post-norm: x ← LN(x + Attention(x)); x ← LN(x + Dense(GELU(Intermediate(x)))). */
static void
run_layer(MedctTextEncoder *e, Pass *pass, const MedctTextLayer *l, int *starts_if_last)
{
  int H = e->config.text_hidden;
  run_projections(pass, l);
  run_items(pass, pass->n * e->config.text_heads, attend_head);
  if (starts_if_last)
    keep_cls(e, pass, starts_if_last);
  run_linear(pass, e->x, e->mixed, &l->output, MEDCT_EPILOGUE_ADD);
  medct_kernels()->layer_norm(e->x, e->x, l->attention_gamma, l->attention_beta, pass->rows, H,
                              MEDCT_TEXT_NORM_EPS);
  run_linear(pass, e->inner, e->x, &l->intermediate, MEDCT_EPILOGUE_GELU);
  run_linear(pass, e->x, e->inner, &l->dense, MEDCT_EPILOGUE_ADD);
  medct_kernels()->layer_norm(e->x, e->x, l->output_gamma, l->output_beta, pass->rows, H,
                              MEDCT_TEXT_NORM_EPS);
}

static void
project(MedctTextEncoder *e, const Pass *pass, float *latents)
{
  const MedctKernels *kernels = medct_kernels();
  int L = e->config.latent, H = e->config.text_hidden;
  g_autofree float *scratch = g_new(float, e->rank + 1);
  for (int s = 0; s < pass->n; s++) {
    float *u = latents + (gsize)s * L;
    medct_linear(u, L, e->x + (gsize)pass->starts[s] * H, &e->to_latent, MEDCT_EPILOGUE_NONE,
                 scratch, 1);
    float inv = 1 / fmaxf(sqrtf(kernels->dot(u, u, L)), 1e-12f);
    for (int i = 0; i < L; i++)
      u[i] *= inv;
  }
}

gboolean
medct_sentence_check(const MedctSentence *s, const MedctConfig *c, GError **error)
{
  if (s->n < 1 || s->n > c->text_positions) {
    g_set_error(error, MEDCT_ERROR, MEDCT_ERROR_ARGUMENT,
                _("the text has %d tokens, expected 1 to %d"), s->n, c->text_positions);
    return FALSE;
  }
  for (int i = 0; i < s->n; i++)
    if (s->ids[i] < 0 || s->ids[i] >= c->text_vocab) {
      g_set_error(
          error, MEDCT_ERROR, MEDCT_ERROR_MISMATCH,
          _("token %d has id %d, but the model knows %d pieces: does vocab.txt belong to these "
            "weights?"),
          i, s->ids[i], c->text_vocab);
      return FALSE;
    }
  return TRUE;
}

gboolean
medct_text_encoder_run(MedctTextEncoder *e, const MedctSentence *sentences, int n, float *latents,
                       const MedctMonitor *monitor, GError **error)
{
  const MedctMonitor quiet = {monitor != NULL ? monitor->cancelled : NULL, NULL,
                              monitor != NULL ? monitor->data : NULL};
  g_autofree int *starts = g_new(int, MAX(n, 1));
  Pass pass = {.encoder = e, .sentences = sentences, .starts = starts, .n = n, .monitor = &quiet};
  for (int s = 0; s < n; s++) {
    if (!medct_sentence_check(&sentences[s], &e->config, error))
      return FALSE;
    starts[s] = pass.rows;
    pass.rows += sentences[s].n;
  }
  ensure_memory(e, pass.rows);
  pack_for_few_rows(e, pass.rows, &quiet);
  embed(e, &pass);
  for (int l = 0; l < e->config.text_layers && !pass.cancelled; l++) {
    /* A trace shows whole layers, the last one too. */
    gboolean last = l == e->config.text_layers - 1 && e->trace == NULL;
    run_layer(e, &pass, &e->layers[l], last ? starts : NULL);
    if (e->trace) {
      g_autofree char *name = g_strdup_printf("trace.text.%d", l);
      e->trace(name, e->x, (int64_t)pass.rows * e->config.text_hidden, e->trace_data);
    }
  }
  if (pass.cancelled) {
    g_set_error_literal(error, MEDCT_ERROR, MEDCT_ERROR_CANCELLED, _("stopped"));
    return FALSE;
  }
  project(e, &pass, latents);
  return TRUE;
}
