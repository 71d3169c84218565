#include "model/backward_ops.h"
#include "model/objectives.h"
#include "model/pretrain_private.h"
#include "model/projection_init.h"
#include <math.h>
#include <string.h>

#define FIRST_SCALE   15.0 /* exp(temperature) at the beginning */
#define PROMPT_WEIGHT 2.0  /* beside the reports' InfoNCE */

static gsize
pooled_floats(const MedctPretraining *p)
{
  return (gsize)p->cells * p->config->dim;
}

/* ---- the cache ------------------------------------------------------------------------------ */

typedef struct {
  MedctPretraining *p;
  guint first; /* item of slot 0 */
} Caching;

/* The token that the projection sees: as it is, or its code once there is a codebook. */
static const float *
token_of(const MedctPretraining *p, const MedctPretrainSlot *slot, gsize token)
{
  gsize D = (gsize)p->config->dim;
  if (p->stage == MEDCT_PRETRAIN_TEXT)
    return slot->tokens + token * D;
  gsize codebook = medct_weights_lookup(p->weights, PRETRAIN_CODEBOOK)->at;
  return p->weights->parameters + codebook + (gsize)slot->codes[token] * D;
}

static void
cache_item(int item, int worker, void *data)
{
  const Caching *c = data;
  MedctPretraining *p = c->p;
  MedctPretrainSlot *slot = &p->slots[item];
  int D = p->config->dim;
  (void)worker;
  medct_pretrain_slot_fill(p, slot, &p->set->items[c->first + item], NULL);
  slot->failed = !medct_pretrain_slot_forward(p, slot);
  float *pooled = p->pooled + (c->first + item) * pooled_floats(p);
  for (int token = 0; token < p->n_tokens; token++)
    medct_kernels()->add(pooled + (gsize)(token % p->cells) * (gsize)D,
                         token_of(p, slot, (gsize)token), D);
  for (int i = 0; i < p->cells * D; i++)
    pooled[i] /= (float)p->T;
}

static gboolean
cache_pooled(MedctPretraining *p, GError **error)
{
  guint n = p->set->n_items;
  p->pooled = g_new0(float, n *pooled_floats(p));
  medct_pretrain_slots_refresh(p);
  for (guint first = 0; first < n; first += (guint)p->n_slots) {
    Caching caching = {p, first};
    if (!medct_pretrain_slots_run(p, MIN(p->n_slots, (int)(n - first)), cache_item, &caching))
      return medct_pretrain_cancelled(error);
  }
  return TRUE;
}

/* ---- where the projection and the temperature begin ------------------------------------------ */

/* The volume head's rows, as they act on pooled tokens that are not standardised. */
static float *
head_directions(const MedctPretraining *p)
{
  const MedctPretrainHeads *h = &p->heads;
  MedctLinearHead head = medct_pretrain_head(h, HEAD_VOLUME);
  float *rows = g_new(float, h->classes * h->D);
  for (int i = 0; i < h->classes * h->D; i++)
    rows[i] = head.W[i] / sqrtf(h->variance[i % h->D] + 1e-8f);
  return rows;
}

static void
begin_projection(MedctPretraining *p)
{
  int D = p->config->dim, latent = p->config->latent;
  g_autofree float *pooled = g_new0(float, (gsize)p->n_train *D);
  g_autofree float *directions = head_directions(p);
  for (guint n = 0; n < p->n_train; n++) {
    const float *from = p->pooled + p->train[n] * pooled_floats(p);
    for (int i = 0; i < p->cells; i++)
      medct_kernels()->add(pooled + (gsize)n * D, from + (gsize)i * D, D);
    for (int d = 0; d < D; d++)
      pooled[(gsize)n * D + d] /= (float)p->cells;
  }
  MedctProjectionData data = {.pooled = pooled,
                              .directions = directions,
                              .n = (int)p->n_train,
                              .D = D,
                              .n_directions = MIN(p->heads.classes, latent - 1),
                              .cells = p->cells};
  medct_projection_init(p->weights->parameters +
                            medct_weights_lookup(p->weights, PRETRAIN_PROJECTION)->at,
                        latent, &data);
  p->weights->parameters[medct_weights_lookup(p->weights, "temperature")->at] =
      (float)log(FIRST_SCALE);
}

gboolean
medct_pretrain_text_begin(MedctPretraining *p, gboolean fresh, GError **error)
{
  if (!cache_pooled(p, error))
    return FALSE;
  if (fresh && p->stage == MEDCT_PRETRAIN_TEXT)
    begin_projection(p);
  return TRUE;
}

/* ---- a step --------------------------------------------------------------------------------- */

/* What a step of text against volumes works on. */
typedef struct {
  int n;                           /* volumes */
  float *pooled;                   /* [n, cells·D] */
  float *z, *v, *dv;               /* [n, latent] */
  double *norms;                   /* [n] */
  int n_texts;                     /* 2·classes + n: prompts, then reports; or what is said */
  float *u, *du;                   /* [n_texts, latent] */
  MedctSentence *texts;            /* [n_texts] */
  int64_t *labels;                 /* [n, classes] */
  const MedctPretrainItem **items; /* [n] */
  MedctPretrainSentences said;
} Step;

static void
step_make(const MedctPretraining *p, Step *s, int n)
{
  guint C = p->set->n_classes, L = (guint)p->config->latent;
  s->said = (MedctPretrainSentences){0};
  if (p->stage == MEDCT_PRETRAIN_SENTENCES)
    medct_pretrain_sentences_choose(p, &s->said);
  s->n = n;
  s->n_texts = p->stage == MEDCT_PRETRAIN_TEXT ? 2 * (int)C + n : 2 * s->said.n_pairs;
  s->items = g_new(const MedctPretrainItem *, n);
  s->pooled = g_new(float, n *pooled_floats(p));
  s->z = g_new(float, n *L);
  s->v = g_new(float, n *L);
  s->dv = g_new0(float, n *L);
  s->norms = g_new(double, n);
  s->u = g_new(float, (guint)s->n_texts *L);
  s->du = g_new(float, (guint)s->n_texts *L);
  s->labels = g_new(int64_t, n * C);
  s->texts = g_new(MedctSentence, s->n_texts);
  if (p->stage == MEDCT_PRETRAIN_TEXT)
    memcpy(s->texts, p->set->prompts, sizeof *s->texts * 2 * C);
  else
    memcpy(s->texts, s->said.texts, sizeof *s->texts * (gsize)s->n_texts);
}

static void
step_clear(Step *s)
{
  gpointer memory[] = {s->pooled, s->z,  s->v,      s->dv,    s->norms,
                       s->u,      s->du, s->labels, s->texts, s->items};
  for (gsize i = 0; i < G_N_ELEMENTS(memory); i++)
    g_free(memory[i]);
  medct_pretrain_sentences_clear(&s->said);
}

static void
step_fill(MedctPretraining *p, Step *s)
{
  guint C = p->set->n_classes;
  for (int i = 0; i < s->n; i++) {
    const MedctPretrainItem *item = medct_pretrain_draw(p, (gint64)p->step * s->n + i);
    memcpy(s->pooled + i * pooled_floats(p),
           p->pooled + (gsize)(item - p->set->items) * pooled_floats(p),
           sizeof(float) * pooled_floats(p));
    s->items[i] = item;
    if (p->stage != MEDCT_PRETRAIN_TEXT)
      continue;
    s->texts[2 * C + (guint)i] = item->report;
    medct_pretrain_labels(p, item, s->labels + (guint)i * C);
  }
}

int
medct_pretrain_label(const MedctPretraining *p, const MedctPretrainItem *item, guint k)
{
  return p->set->withheld && p->set->withheld[k] ? -1 : item->labels[k];
}

void
medct_pretrain_labels(const MedctPretraining *p, const MedctPretrainItem *item, int64_t *labels)
{
  for (guint k = 0; k < p->set->n_classes; k++)
    labels[k] = medct_pretrain_label(p, item, k);
}

/* z [n, latent] ← pooled [n, cells·D] projected, v its direction, norms its length. */
static void
project(const MedctPretraining *p, const float *pooled, int n, float *z, float *v, double *norms)
{
  const float *projection =
      p->weights->parameters + medct_weights_lookup(p->weights, PRETRAIN_PROJECTION)->at;
  int L = p->config->latent, columns = (int)pooled_floats(p);
  medct_product(z, L, pooled, columns, projection, columns, TRUE, 1, 0, n, L, columns);
  for (int i = 0; i < n; i++) {
    double square = 0;
    for (int k = 0; k < L; k++)
      square += (double)z[(gsize)i * L + k] * z[(gsize)i * L + k];
    norms[i] = sqrt(square);
    for (int k = 0; k < L; k++)
      v[(gsize)i * L + k] = (float)(z[(gsize)i * L + k] / fmax(norms[i], 1e-12));
  }
}

void
medct_pretrain_cached_latent(const MedctPretraining *p, guint item, float *v)
{
  g_autofree float *z = g_new(float, p->config->latent);
  double norm;
  project(p, p->pooled + item * pooled_floats(p), 1, z, v, &norm);
}

double
medct_pretrain_objectives(const MedctPretraining *p, const float *u, const float *v,
                          const int64_t *labels, int n, double clip_weight, double prompt_weight,
                          float *du, float *dv, double *dtemperature)
{
  int C = (int)p->set->n_classes, L = p->config->latent;
  g_autofree float *dv_clip = g_new(float, (gsize)n *L);
  MedctObjectiveInput prompts = {u, v, labels, n, C, L, medct_pretrain_scale(p)}, reports = prompts;
  MedctObjectiveGradient to_prompts = {du, dv, 0}, to_reports = {du + 2 * C * L, dv_clip, 0};
  reports.texts = u + 2 * C * L;
  double loss = prompt_weight *
                    medct_objective_bce(&to_prompts, &prompts, &(MedctBceOptions){NULL, 0, 0, 0}) +
                clip_weight * medct_objective_clip(&to_reports, &reports);
  for (int i = 0; i < (2 * C + n) * L; i++)
    du[i] *= (float)(i < 2 * C * L ? prompt_weight : clip_weight);
  for (int i = 0; i < n * L; i++)
    dv[i] = (float)(prompt_weight * dv[i] + clip_weight * dv_clip[i]);
  *dtemperature = prompt_weight * to_prompts.temperature + clip_weight * to_reports.temperature;
  return loss;
}

static void
projection_backward(const MedctPretraining *p, Step *s, float *gradient)
{
  int L = p->config->latent, columns = (int)pooled_floats(p);
  for (int i = 0; i < s->n; i++)
    medct_normalise_backward(s->z + (gsize)i * L, s->dv + (gsize)i * L, s->v + (gsize)i * L,
                             s->norms[i], L);
  medct_product_at(gradient, columns, s->z, L, s->pooled, columns, 1, 1, L, columns, s->n);
}

/* du, dv and the temperature's gradient. */
static double
objective(const MedctPretraining *p, Step *s, double *dtemperature)
{
  *dtemperature = 0;
  return p->stage == MEDCT_PRETRAIN_TEXT
             ? medct_pretrain_objectives(p, s->u, s->v, s->labels, s->n, 1, PROMPT_WEIGHT, s->du,
                                         s->dv, dtemperature)
             : medct_pretrain_sentences_objective(p, &s->said, s->items, s->n, s->u, s->v, s->du,
                                                  s->dv, dtemperature);
}

gboolean
medct_pretrain_text_step(MedctPretraining *p, double *loss, GError **error)
{
  MedctWeights *w = p->weights;
  Step s;
  double dtemperature;
  step_make(p, &s, p->options->stages[p->stage].batch);
  step_fill(p, &s);
  project(p, s.pooled, s.n, s.z, s.v, s.norms);
  memset(w->gradients, 0, sizeof(float) * w->n);
  gboolean done =
      medct_text_trainer_forward(p->text, p->pool, s.u, s.texts, s.n_texts, p->monitor, error);
  if (done) {
    *loss = objective(p, &s, &dtemperature);
    projection_backward(p, &s, medct_weights_gradient(w, PRETRAIN_PROJECTION));
    *medct_weights_gradient(w, "temperature") += (float)dtemperature;
    done = medct_text_trainer_backward(p->text, p->pool, s.du, p->monitor, error);
  }
  if (done)
    medct_pretrain_apply(p, NULL);
  step_clear(&s);
  return done;
}
