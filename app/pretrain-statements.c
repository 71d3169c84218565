#include "app/pretrain-statements.h"
#include "model/statement_auroc.h"
#include "phantom/statements.h"
#include <math.h>

typedef enum { WORDINGS, SIDES, SIZES, BOTH, N_KINDS } Kind;

typedef struct {
  double sum[N_KINDS];
  guint n[N_KINDS];
} Sums;

static Kind
kind_of(const MedctStatement *statement)
{
  if (statement->side && statement->grade)
    return BOTH;
  return statement->side ? SIDES : statement->grade ? SIZES : WORDINGS;
}

static gboolean
measure_statement(MedctModel *model, const MedctPretrainSet *set, const float *latents,
                  guint statement, const MedctStatement *said, Sums *sums, GError **error)
{
  int L = medct_model_config(model)->latent;
  g_autoptr(GPtrArray) pairs = medct_statement_wordings(said);
  g_autofree float *u = g_new(float, 2 * L);
  g_autofree const MedctPretrainItem **items = g_new(const MedctPretrainItem *, set->n_items);
  for (guint i = 0; i < set->n_items; i++)
    items[i] = &set->items[i];
  for (guint i = 0; i < pairs->len; i++) {
    const MedctPrompt *pair = pairs->pdata[i];
    const char *const texts[] = {pair->prompt, pair->against};
    if (!medct_model_encode_texts(model, texts, 2, u, error))
      return FALSE;
    double auroc = medct_statement_auroc(set, statement, items, set->n_items, latents, u, L);
    if (isnan(auroc))
      continue;
    sums->sum[kind_of(said)] += auroc;
    sums->n[kind_of(said)]++;
  }
  return TRUE;
}

gboolean
medct_pretrain_statements_measure(MedctModel *model, const MedctPretrainSet *set,
                                  const float *latents, MedctPretrainSaid *said, GError **error)
{
  guint n;
  const MedctStatement *statements = medct_statements(&n);
  Sums sums = {{0}, {0}};
  for (guint s = 0; s < n; s++)
    if (!measure_statement(model, set, latents, s, &statements[s], &sums, error))
      return FALSE;
  double means[N_KINDS];
  for (int kind = 0; kind < N_KINDS; kind++)
    means[kind] = sums.n[kind] ? sums.sum[kind] / sums.n[kind] : NAN;
  *said = (MedctPretrainSaid){means[WORDINGS], means[SIDES], means[SIZES], means[BOTH]};
  return TRUE;
}
