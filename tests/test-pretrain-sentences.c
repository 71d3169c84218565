/* The statements of a pre-training step: what is chosen, that the loss's gradient is that of finite
 * differences, that rivals are told apart, and that what is unknown or withheld does not count. */
#include "model/counter_random.h"
#include "model/pretrain_private.h"
#include "model/statement_auroc.h"
#include <math.h>
#include <string.h>

enum { C = 2, STATEMENTS = 6, WORDINGS = 3, RIVALS = 2, N = 4, L = 5, PAIRS = 2 * C + 2 * RIVALS };

typedef struct {
  MedctPretraining p;
  MedctPretrainSet set;
  MedctPretrainOptions options;
  MedctConfig config;
  MedctWeights weights;
  MedctWeight temperature;
  float parameters[1];
  int32_t ids[STATEMENTS][2 * WORDINGS][1], prompt_ids[2 * C][1];
  MedctSentence prompts[2 * C];
  MedctSentence wordings[STATEMENTS][2 * WORDINGS];
  MedctPretrainStatement statements[STATEMENTS];
  int8_t labels[N][C], truths[N][STATEMENTS];
  MedctPretrainItem items[N];
  const MedctPretrainItem *of[N];
} World;

/* Two plain statements, then two pairs of rivals. */
static const guint rivals[RIVALS][2] = {{2, 3}, {4, 5}};

static void
make_world(World *w, gconstpointer data)
{
  memset(w, 0, sizeof *w);
  w->options = MEDCT_PRETRAIN_DEFAULT;
  w->config.latent = L;
  for (int s = 0; s < STATEMENTS; s++) {
    for (int i = 0; i < 2 * WORDINGS; i++) {
      w->ids[s][i][0] = 100 * s + i;
      w->wordings[s][i] = (MedctSentence){w->ids[s][i], 1};
    }
    w->statements[s] = (MedctPretrainStatement){
        .class_index = (guint)s % C, .wordings = w->wordings[s], .n_wordings = WORDINGS};
  }
  for (int i = 0; i < 2 * C; i++)
    w->prompts[i] = (MedctSentence){w->prompt_ids[i], 1};
  for (int n = 0; n < N; n++) {
    w->labels[n][0] = w->labels[n][1] = 1;
    const int8_t truths[] = {1, 1, n % 2, !(n % 2), n < 2, n >= 2};
    memcpy(w->truths[n], truths, sizeof truths);
    w->items[n] = (MedctPretrainItem){.labels = w->labels[n], .truths = w->truths[n]};
    w->of[n] = &w->items[n];
  }
  w->set = (MedctPretrainSet){.items = w->items,
                              .n_items = N,
                              .n_classes = C,
                              .prompts = w->prompts,
                              .statements = w->statements,
                              .n_statements = STATEMENTS,
                              .rivals = rivals,
                              .n_rivals = RIVALS};
  w->p = (MedctPretraining){.config = &w->config,
                            .set = &w->set,
                            .options = &w->options,
                            .stage = MEDCT_PRETRAIN_SENTENCES};
}

static void
free_world(World *w, gconstpointer data)
{
  (void)w;
}

static void
test_choice(World *w, gconstpointer data)
{
  gboolean other = FALSE;
  for (w->p.step = 0; w->p.step < 20; w->p.step++) {
    MedctPretrainSentences a, b;
    medct_pretrain_sentences_choose(&w->p, &a);
    medct_pretrain_sentences_choose(&w->p, &b);
    g_assert_cmpint(a.n_plain, ==, 2 * C); /* prompts, and other wordings */
    g_assert_cmpint(a.n_rivals, ==, RIVALS);
    g_assert_cmpint(a.n_pairs, ==, 2 * C + 2 * RIVALS);
    g_assert_cmpmem(a.statements, sizeof(guint) * a.n_pairs, b.statements,
                    sizeof(guint) * b.n_pairs);
    for (int i = 0; i < a.n_pairs; i++) {
      int32_t id = a.texts[2 * i].ids[0];
      if (i < a.n_plain && i % 2 == 0) {
        g_assert_true(a.texts[2 * i].ids == w->prompts[2 * (i / 2)].ids);
        continue;
      }
      g_assert_cmpint(id / 100, ==, (int)a.statements[i]);
      g_assert_cmpint(a.texts[2 * i + 1].ids[0], ==, id + 1); /* with its own opposite */
      other |= id % 100 != 0;
    }
    medct_pretrain_sentences_clear(&a);
    medct_pretrain_sentences_clear(&b);
  }
  g_assert_true(other);
}

/* ---- the objective -------------------------------------------------------------------------- */

typedef struct {
  float u[PAIRS * 2 * L], v[N * L], du[PAIRS * 2 * L], dv[N * L];
  double dtemperature;
} Batch;

static void
fill(float *to, int rows, const char *name)
{
  guint64 key = medct_counter_key(3, name);
  for (int r = 0; r < rows; r++) {
    double square = 0;
    for (int i = 0; i < L; i++) {
      to[r * L + i] = medct_counter_unit(key + (guint64)(r * L + i));
      square += (double)to[r * L + i] * to[r * L + i];
    }
    for (int i = 0; i < L; i++)
      to[r * L + i] = (float)(to[r * L + i] / sqrt(square));
  }
}

static double
loss_of(World *w, const MedctPretrainSentences *s, Batch *b)
{
  memset(b->dv, 0, sizeof b->dv);
  b->dtemperature = 0;
  return medct_pretrain_sentences_objective(&w->p, s, w->of, N, b->u, b->v, b->du, b->dv,
                                            &b->dtemperature);
}

static void
check_slope(World *w, const MedctPretrainSentences *s, Batch *b, float *at, float expected)
{
  const float step = 1e-3f, value = *at;
  Batch trial = *b;
  float *moved = (float *)((char *)&trial + ((char *)at - (char *)b));
  *moved = value + step;
  double above = loss_of(w, s, &trial);
  *moved = value - step;
  double below = loss_of(w, s, &trial);
  g_assert_cmpfloat_with_epsilon((above - below) / (2 * (double)step), expected, 2e-3);
}

static void
use_temperature(World *w)
{
  w->parameters[0] = (float)log(4);
  w->temperature = (MedctWeight){.name = "temperature", .n = 1};
  w->weights = (MedctWeights){
      .parameters = w->parameters, .tensors = &w->temperature, .n_tensors = 1, .n = 1};
  w->p.weights = &w->weights;
}

/* A step's choice, and latents for it. */
static void
begin(World *w, MedctPretrainSentences *s, Batch *b)
{
  use_temperature(w);
  medct_pretrain_sentences_choose(&w->p, s);
  fill(b->u, 2 * PAIRS, "u");
  fill(b->v, N, "v");
}

static void
test_gradients(World *w, gconstpointer data)
{
  MedctPretrainSentences s;
  Batch b;
  begin(w, &s, &b);
  double loss = loss_of(w, &s, &b);
  g_assert_cmpfloat(loss, >, 0);
  Batch at = b;
  for (int i = 0; i < 2 * PAIRS * L; i++)
    check_slope(w, &s, &b, &b.u[i], at.du[i]);
  for (int i = 0; i < N * L; i++)
    check_slope(w, &s, &b, &b.v[i], at.dv[i]);
  medct_pretrain_sentences_clear(&s);
}

/* With every label and truth unknown nothing is left. Without statements there are the prompts. */
static void
test_unknown(World *w, gconstpointer data)
{
  MedctPretrainSentences s;
  Batch b;
  begin(w, &s, &b);
  memset(w->truths, -1, sizeof w->truths);
  memset(w->labels, -1, sizeof w->labels);
  g_assert_cmpfloat(loss_of(w, &s, &b), ==, 0);
  for (int i = 0; i < N * L; i++)
    g_assert_cmpfloat(b.dv[i], ==, 0);
  medct_pretrain_sentences_clear(&s);
  w->set.statements = NULL;
  w->set.n_statements = w->set.n_rivals = 0;
  medct_pretrain_sentences_choose(&w->p, &s);
  g_assert_cmpint(s.n_pairs, ==, C); /* the prompts */
  g_assert_cmpfloat(loss_of(w, &s, &b), ==, 0);
  medct_pretrain_sentences_clear(&s);
}

/* A class that is withheld is not learnt from its prompt or wordings. */
static void
test_withheld(World *w, gconstpointer data)
{
  static const gboolean withheld[C] = {FALSE, TRUE};
  MedctPretrainSentences s;
  Batch b;
  w->set.withheld = withheld;
  begin(w, &s, &b);
  loss_of(w, &s, &b);
  for (int pair = 0; pair < s.n_plain; pair++)
    for (int i = 0; i < 2 * L; i++)
      g_assert_true((b.du[2 * pair * L + i] == 0) == (s.statements[pair] == 1));
  medct_pretrain_sentences_clear(&s);
}

/* Two sentences that are alike but for the side, both as far from their opposites: only the
 * comparison tells the true one from the other. */
static void
test_rivals_are_told_apart(World *w, gconstpointer data)
{
  MedctPretrainSentences s;
  Batch b;
  begin(w, &s, &b);
  for (int row = 0; row < 2 * PAIRS; row++) /* all alike */
    memcpy(b.u + row * L, b.v, sizeof(float) * L);
  loss_of(w, &s, &b);
  const float *first = b.du + (gsize)2 * (gsize)s.n_plain * L, *second = first + 2 * L;
  double pull_first = 0, pull_second = 0;
  for (int n = 0; n < N; n++)
    for (int i = 0; i < L; i++) {
      double sign = w->truths[n][s.statements[s.n_plain]] == 1 ? 1 : -1;
      pull_first -= sign * (double)first[i] * b.v[n * L + i];
      pull_second += sign * (double)second[i] * b.v[n * L + i];
    }
  g_assert_cmpfloat(pull_first, >, 0);
  g_assert_cmpfloat(pull_second, >, 0);
  medct_pretrain_sentences_clear(&s);
}

/* The first number of a latent says whether it is true. A qualified statement is measured among
 * those with its class only: one that is told wrong by an item without it must not count. */
static void
test_auroc(World *w, gconstpointer data)
{
  const float u[2 * L] = {1, 0, 0, 0, 0, -1, 0, 0, 0, 0};
  float v[N * L] = {0};
  for (int n = 0; n < N; n++)
    v[n * L] = n % 2 ? 0.8f : -0.8f;
  g_assert_cmpfloat(medct_statement_auroc(&w->set, 2, w->of, N, v, u, L), ==, 1);
  g_assert_cmpfloat(medct_statement_auroc(&w->set, 3, w->of, N, v, u, L), ==, 0);
  g_assert_true(isnan(medct_statement_auroc(&w->set, 0, w->of, N, v, u, L)));
  v[0] = 0.9f; /* false, and scored highest */
  g_assert_cmpfloat(medct_statement_auroc(&w->set, 2, w->of, N, v, u, L), ==, 0.5);
  w->labels[0][0] = 0;
  g_assert_cmpfloat(medct_statement_auroc(&w->set, 2, w->of, N, v, u, L), ==, 1);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
#define ADD(name, function)                                                                        \
  g_test_add("/pretrain-sentences/" name, World, NULL, make_world, function, free_world)
  ADD("choice", test_choice);
  ADD("gradients", test_gradients);
  ADD("unknown", test_unknown);
  ADD("withheld", test_withheld);
  ADD("rivals", test_rivals_are_told_apart);
  ADD("auroc", test_auroc);
  return g_test_run();
}
