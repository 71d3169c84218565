#include "model/counter_random.h"
#include "model/pretrain_private.h"
#include "model/token_draw.h"
#include <string.h>

/* How the parts of the joint loss count. */
#define PROMPT_WEIGHT 2.0
#define CLIP_WEIGHT   0.1
#define DENSE_WEIGHT  0.5

#define CLUSTER_ROUNDS 12
#define TOKENS_A_CODE  70 /* that the clusters are made of */

static float *
codebook_of(const MedctPretraining *p)
{
  return p->weights->parameters + medct_weights_lookup(p->weights, PRETRAIN_CODEBOOK)->at;
}

/* ---- the first codebook --------------------------------------------------------------------- */

static void
forward_item(int item, int worker, void *data)
{
  MedctPretraining *p = data;
  MedctPretrainSlot *slot = &p->slots[item];
  (void)worker;
  medct_pretrain_slot_fill(p, slot, slot->item, NULL);
  slot->failed = !medct_pretrain_slot_forward(p, slot);
}

/* Tokens from as many training volumes as it takes, a hundred from each. */
static float *
gather_tokens(MedctPretraining *p, int wanted, GError **error)
{
  enum { FROM_EACH = 100 };
  int D = p->config->dim, have = 0;
  g_autofree float *tokens = g_new(float, (gsize)wanted *D);
  guint64 key = medct_counter_key(p->options->seed, "clusters");
  medct_pretrain_slots_refresh(p);
  for (gint64 draw = 0; have < wanted;) {
    for (int s = 0; s < p->n_slots; s++)
      p->slots[s].item = medct_pretrain_draw(p, draw++);
    if (!medct_pretrain_slots_run(p, p->n_slots, forward_item, p)) {
      medct_pretrain_cancelled(error);
      return NULL;
    }
    for (int i = 0; i < p->n_slots * FROM_EACH && have < wanted; i++, have++) {
      const MedctPretrainSlot *slot = &p->slots[i % p->n_slots];
      int token =
          medct_token_draw(slot->targets, p->n_tokens, p->set->n_classes, key + 2 * (guint64)have);
      memcpy(tokens + (gsize)have * D, slot->tokens + (gsize)token * D, sizeof(float) * D);
    }
  }
  return g_steal_pointer(&tokens);
}

static gboolean
begin_codebook(MedctPretraining *p, GError **error)
{
  int K = p->config->codebook, D = p->config->dim, n = K * TOKENS_A_CODE;
  g_autofree float *tokens = gather_tokens(p, n, error);
  if (tokens == NULL)
    return FALSE;
  if (!medct_codebook_cluster(codebook_of(p), K, D, tokens, n, CLUSTER_ROUNDS, p->options->seed,
                              p->pool, p->monitor))
    return medct_pretrain_cancelled(error);
  medct_codebook_average_clear(&p->average);
  medct_codebook_average_init(&p->average, codebook_of(p), K, D,
                              (double)p->n_tokens * p->n_slots / K);
  return TRUE;
}

gboolean
medct_pretrain_joint_begin(MedctPretraining *p, gboolean fresh, GError **error)
{
  return !fresh || begin_codebook(p, error);
}

/* ---- a step --------------------------------------------------------------------------------- */

static void
augmented_item(int item, int worker, void *data)
{
  MedctPretraining *p = data;
  MedctPretrainSlot *slot = &p->slots[item];
  guint64 draw = ((guint64)p->stage << 48) + (guint64)p->step * p->n_slots + item;
  (void)worker;
  medct_pretrain_slot_fill(p, slot, slot->item, &draw);
  slot->failed = !medct_pretrain_slot_forward(p, slot);
}

static void
backward_item(int item, int worker, void *data)
{
  MedctPretraining *p = data;
  MedctPretrainSlot *slot = &p->slots[item];
  (void)worker;
  slot->failed = !medct_pretrain_slot_backward(p, slot, DENSE_WEIGHT / p->n_slots, TRUE);
}

/* Latents of all volumes and texts, and the gradients of both. */
typedef struct {
  float *u, *du; /* [2·classes + n, latent] */
  float *v, *dv; /* [n, latent] */
  int64_t *labels;
  MedctSentence *texts;
  double dtemperature;
} Batch;

static void
batch_make(const MedctPretraining *p, Batch *b)
{
  guint C = p->set->n_classes, n = (guint)p->n_slots, L = (guint)p->config->latent;
  b->u = g_new(float, (2 * C + n) * L);
  b->du = g_new(float, (2 * C + n) * L);
  b->v = g_new(float, n *L);
  b->dv = g_new(float, n *L);
  b->labels = g_new(int64_t, n * C);
  b->texts = g_new(MedctSentence, 2 * C + n);
  memcpy(b->texts, p->set->prompts, sizeof *b->texts * 2 * C);
  for (guint s = 0; s < n; s++) {
    b->texts[2 * C + s] = p->slots[s].item->report;
    medct_pretrain_labels(p, p->slots[s].item, b->labels + s * C);
  }
}

static void
batch_clear(Batch *b)
{
  gpointer memory[] = {b->u, b->du, b->v, b->dv, b->labels, b->texts};
  for (gsize i = 0; i < G_N_ELEMENTS(memory); i++)
    g_free(memory[i]);
}

/* Forward of everything, the objectives, and each slot's dv. */
static gboolean
batch_forward(MedctPretraining *p, Batch *b, double *loss, GError **error)
{
  int L = p->config->latent, n = p->n_slots;
  if (!medct_pretrain_slots_run(p, n, augmented_item, p))
    return medct_pretrain_cancelled(error);
  if (!medct_text_trainer_forward(p->text, p->pool, b->u, b->texts, 2 * (int)p->set->n_classes + n,
                                  p->monitor, error))
    return FALSE;
  for (int s = 0; s < n; s++)
    memcpy(b->v + (gsize)s * L, p->slots[s].v, sizeof(float) * L);
  *loss = medct_pretrain_objectives(p, b->u, b->v, b->labels, n, CLIP_WEIGHT, PROMPT_WEIGHT, b->du,
                                    b->dv, &b->dtemperature);
  for (int s = 0; s < n; s++)
    memcpy(p->slots[s].dv, b->dv + (gsize)s * L, sizeof(float) * L);
  return TRUE;
}

static gboolean
batch_backward(MedctPretraining *p, Batch *b, float *head_gradients, GError **error)
{
  MedctWeights *w = p->weights;
  memset(w->gradients, 0, sizeof(float) * w->n);
  if (!medct_text_trainer_backward(p->text, p->pool, b->du, p->monitor, error))
    return FALSE;
  if (!medct_pretrain_slots_run(p, p->n_slots, backward_item, p))
    return medct_pretrain_cancelled(error);
  *medct_weights_gradient(w, "temperature") += (float)b->dtemperature;
  medct_pretrain_gather(p, p->n_slots, head_gradients);
  return TRUE;
}

/* The codebook follows the tokens of all slots. */
static void
follow_tokens(MedctPretraining *p)
{
  gsize D = (gsize)p->config->dim, each = (gsize)p->n_tokens;
  g_autofree float *tokens = g_new(float, each * p->n_slots * D);
  g_autofree int32_t *codes = g_new(int32_t, each * p->n_slots);
  for (gsize s = 0; s < (gsize)p->n_slots; s++) {
    memcpy(tokens + s * each * D, p->slots[s].tokens, sizeof(float) * each * D);
    memcpy(codes + s * each, p->slots[s].codes, sizeof *codes * each);
  }
  medct_codebook_average_step(&p->average, codebook_of(p), tokens, codes, (int)each * p->n_slots,
                              p->options->seed + (guint64)p->step);
}

gboolean
medct_pretrain_joint_step(MedctPretraining *p, double *loss, GError **error)
{
  g_autofree float *head_gradients = g_new(float, p->heads.n);
  Batch b;
  for (int s = 0; s < p->n_slots; s++)
    p->slots[s].item = medct_pretrain_draw(p, (gint64)p->step * p->n_slots + s);
  medct_pretrain_slots_refresh(p);
  batch_make(p, &b);
  gboolean done = batch_forward(p, &b, loss, error) && batch_backward(p, &b, head_gradients, error);
  if (done) {
    medct_pretrain_apply(p, head_gradients);
    medct_pretrain_heads_follow(p);
    follow_tokens(p);
    for (int s = 0; s < p->n_slots; s++)
      *loss += p->slots[s].loss;
  }
  batch_clear(&b);
  return done;
}
