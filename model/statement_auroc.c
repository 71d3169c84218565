#include "model/statement_auroc.h"
#include "model/kernels.h"
#include "model/metrics.h"

static gint8
label_of(const MedctPretrainSet *set, guint statement, const MedctPretrainItem *item)
{
  gboolean qualified = statement >= set->n_classes;
  gboolean counts = !qualified || item->labels[set->statements[statement].class_index] == 1;
  return item->truths && counts ? item->truths[statement] : -1;
}

double
medct_statement_auroc(const MedctPretrainSet *set, guint statement,
                      const MedctPretrainItem *const *items, guint n, const float *v,
                      const float *u, int latent)
{
  g_autofree double *margins = g_new(double, n);
  g_autofree gint8 *labels = g_new(gint8, n);
  for (guint i = 0; i < n; i++) {
    const float *one = v + (gsize)i * (gsize)latent;
    margins[i] = (double)medct_kernels()->dot(u, one, latent) -
                 (double)medct_kernels()->dot(u + latent, one, latent);
    labels[i] = label_of(set, statement, items[i]);
  }
  return medct_mean_auroc(margins, labels, n, 1);
}
