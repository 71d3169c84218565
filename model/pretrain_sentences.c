/* Prompts of one form and whole reports teach a text encoder to know the names of findings, and not
 * that "There is a large right pleural effusion." says more than "Pleural effusion is present.".
 * So every step of this stage says each class by its prompt and in another wording, and pairs of
 * statements that differ in a side or a size. Each is scored against its opposite, as in use, and
 * of two rivals the true one must also fit better than the other. */
#include "model/counter_random.h"
#include "model/objectives.h"
#include "model/pretrain_private.h"
#include <string.h>

/* How the parts of the loss count. */
#define PLAIN_WEIGHT     2.0
#define QUALIFIED_WEIGHT 4.0
#define RIVAL_WEIGHT     4.0
#define N_RIVALS         30 /* pairs in a step */
/* Whoever has no effusion has no large right one: one in so many of these counts, or they would
 * drown the volumes that tell a side or a size. */
#define EASY 16

static guint64
key_of(const MedctPretraining *p)
{
  return medct_counter_mix(medct_counter_key(p->options->seed, "sentences") +
                           ((guint64)p->stage << 32) + (guint64)p->step);
}

static guint
below(guint64 key, guint n)
{
  return (guint)(medct_counter_mix(key) >> 32) % n;
}

/* ---- the choice ----------------------------------------------------------------------------- */

static void
add(MedctPretrainSentences *s, guint statement, const MedctSentence *pair)
{
  s->statements[s->n_pairs] = statement;
  memcpy(s->texts + (gsize)2 * (gsize)s->n_pairs, pair, sizeof *pair * 2);
  s->n_pairs++;
}

static void
say(const MedctPretraining *p, MedctPretrainSentences *s, guint statement, guint64 key)
{
  const MedctPretrainStatement *of = &p->set->statements[statement];
  add(s, statement, of->wordings + (gsize)2 * below(key, of->n_wordings));
}

void
medct_pretrain_sentences_choose(const MedctPretraining *p, MedctPretrainSentences *s)
{
  const MedctPretrainSet *set = p->set;
  guint64 key = key_of(p);
  guint classes = set->n_classes, wordings = set->statements ? 2 : 1;
  guint rivals = set->n_rivals ? MIN(N_RIVALS, set->n_rivals) : 0;
  guint first = set->n_rivals ? below(key++, set->n_rivals) : 0;
  *s = (MedctPretrainSentences){.n_plain = (int)(wordings * classes), .n_rivals = (int)rivals};
  s->statements = g_new(guint, wordings * classes + 2 * rivals);
  s->texts = g_new(MedctSentence, 2 * (wordings * classes + 2 * rivals));
  for (guint k = 0; k < classes; k++) {
    add(s, k, set->prompts + (gsize)2 * k);
    if (set->statements)
      say(p, s, k, key++);
  }
  /* Evenly spaced through the list, from anywhere: all kinds take part in every step. */
  for (guint r = 0; r < rivals; r++) {
    const guint *pair = set->rivals[(first + r * set->n_rivals / rivals) % set->n_rivals];
    say(p, s, pair[0], key++);
    say(p, s, pair[1], key++);
  }
}

void
medct_pretrain_sentences_clear(MedctPretrainSentences *s)
{
  g_free(s->statements);
  g_free(s->texts);
}

/* ---- the loss ------------------------------------------------------------------------------- */

static int
truth_of(const MedctPretrainItem *item, guint statement)
{
  return item->truths ? item->truths[statement] : -1;
}

/* What a sentence is for a volume: 1 true, 0 false, −1 it does not count. Those that say a class
 * only are as true as its label. */
static int
label_of(const MedctPretraining *p, const MedctPretrainSentences *s, int pair,
         const MedctPretrainItem *item, guint64 key)
{
  guint statement = s->statements[pair];
  if (pair < s->n_plain)
    return medct_pretrain_label(p, item, statement);
  gboolean easy = item->labels[p->set->statements[statement].class_index] == 0;
  return easy && below(key, EASY) != 0 ? -1 : truth_of(item, statement);
}

/* labels [n, n_pairs] of the pairs from `first` on. */
static void
fill_labels(const MedctPretraining *p, const MedctPretrainSentences *s, int first, int n_pairs,
            const MedctPretrainItem *const *items, int n, int64_t *labels)
{
  guint64 key = medct_counter_mix(key_of(p) ^ G_MAXUINT32);
  for (int i = 0; i < n; i++)
    for (int j = 0; j < n_pairs; j++)
      labels[i * n_pairs + j] =
          label_of(p, s, first + j, items[i], key + (guint64)(i * n_pairs + j));
}

/* labels [n, n_rivals]: 1 the first is true and the second is not, 0 the other way round. */
static void
fill_rival_labels(const MedctPretrainSentences *s, const MedctPretrainItem *const *items, int n,
                  int64_t *labels)
{
  for (int i = 0; i < n; i++)
    for (int r = 0; r < s->n_rivals; r++) {
      const guint *pair = s->statements + s->n_plain + 2 * r;
      int first = truth_of(items[i], pair[0]), second = truth_of(items[i], pair[1]);
      gboolean tells = (first == 1 && second == 0) || (first == 0 && second == 1);
      labels[i * s->n_rivals + r] = tells ? first : -1;
    }
}

/* The row of a rival's sentence in u: `which` 0 or 1 of pair r. */
static gsize
rival_row(const MedctPretrainSentences *s, int r, int which)
{
  return (gsize)2 * (gsize)(s->n_plain + 2 * r + which);
}

/* One cross-entropy, times `weight`: to [2·classes, latent] is written, dv and *dtemperature are
 * added to. */
static double
compare(const MedctPretraining *p, const float *texts, const float *v, const int64_t *labels, int n,
        int classes, double weight, float *to, float *dv, double *dtemperature)
{
  int L = p->config->latent;
  g_autofree float *volumes = g_new(float, (gsize)n *L);
  MedctObjectiveInput input = {texts, v, labels, n, classes, L, medct_pretrain_scale(p)};
  MedctObjectiveGradient gradient = {to, volumes, 0};
  double loss = medct_objective_bce(&gradient, &input, &(MedctBceOptions){NULL, 0, 0, 0});
  for (int i = 0; i < 2 * classes * L; i++)
    to[i] *= (float)weight;
  for (int i = 0; i < n * L; i++)
    dv[i] += (float)weight * volumes[i];
  *dtemperature += weight * gradient.temperature;
  return weight * loss;
}

/* The pairs from `first` on, each sentence against its opposite. */
static double
compare_pairs(const MedctPretraining *p, const MedctPretrainSentences *s, int first, int n_pairs,
              double weight, const MedctPretrainItem *const *items, int n, const float *u,
              const float *v, float *du, float *dv, double *dtemperature)
{
  gsize at = (gsize)2 * (gsize)first * (gsize)p->config->latent;
  g_autofree int64_t *labels = g_new(int64_t, n * n_pairs);
  fill_labels(p, s, first, n_pairs, items, n, labels);
  return compare(p, u + at, v, labels, n, n_pairs, weight, du + at, dv, dtemperature);
}

static double
compare_rivals(const MedctPretraining *p, const MedctPretrainSentences *s,
               const MedctPretrainItem *const *items, int n, const float *u, const float *v,
               float *du, float *dv, double *dtemperature)
{
  gsize L = (gsize)p->config->latent, rows = 2 * (gsize)s->n_rivals;
  g_autofree float *texts = g_new(float, rows *L), *to = g_new(float, rows *L);
  g_autofree int64_t *labels = g_new(int64_t, n * s->n_rivals);
  fill_rival_labels(s, items, n, labels);
  for (gsize row = 0; row < rows; row++)
    memcpy(texts + row * L, u + rival_row(s, (int)row / 2, (int)row % 2) * L, sizeof(float) * L);
  double loss = compare(p, texts, v, labels, n, s->n_rivals, RIVAL_WEIGHT, to, dv, dtemperature);
  for (gsize row = 0; row < rows; row++)
    medct_kernels()->add(du + rival_row(s, (int)row / 2, (int)row % 2) * L, to + row * L,
                         (int64_t)L);
  return loss;
}

double
medct_pretrain_sentences_objective(const MedctPretraining *p, const MedctPretrainSentences *s,
                                   const MedctPretrainItem *const *items, int n, const float *u,
                                   const float *v, float *du, float *dv, double *dtemperature)
{
  int qualified = 2 * s->n_rivals;
  double loss =
      compare_pairs(p, s, 0, s->n_plain, PLAIN_WEIGHT, items, n, u, v, du, dv, dtemperature);
  if (qualified > 0) {
    loss += compare_pairs(p, s, s->n_plain, qualified, QUALIFIED_WEIGHT, items, n, u, v, du, dv,
                          dtemperature);
    loss += compare_rivals(p, s, items, n, u, v, du, dv, dtemperature);
  }
  return loss;
}
