#include "model/bootstrap.h"
#include "model/counter_random.h"
#include <math.h>
#include <stdlib.h>

struct _MedctBootstrap {
  guint32 *group;  /* [n_rows]: patients numbered from 0 without gaps */
  guint32 *counts; /* [n_groups] */
  guint n_rows, n_groups;
  guint64 key;
};

MedctBootstrap *
medct_bootstrap_new(const guint *patients, guint n_rows, guint64 seed)
{
  MedctBootstrap *bootstrap = g_new0(MedctBootstrap, 1);
  bootstrap->n_rows = n_rows;
  bootstrap->group = g_new(guint32, n_rows);
  bootstrap->key = medct_counter_key(seed, "bootstrap");
  g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
  for (guint n = 0; n < n_rows; n++) {
    gpointer patient = GUINT_TO_POINTER(patients[n]), number = NULL;
    if (!g_hash_table_lookup_extended(seen, patient, NULL, &number)) {
      number = GUINT_TO_POINTER(bootstrap->n_groups++);
      g_hash_table_insert(seen, patient, number);
    }
    bootstrap->group[n] = GPOINTER_TO_UINT(number);
  }
  bootstrap->counts = g_new(guint32, bootstrap->n_groups);
  return bootstrap;
}

void
medct_bootstrap_free(MedctBootstrap *bootstrap)
{
  if (bootstrap == NULL)
    return;
  g_free(bootstrap->group);
  g_free(bootstrap->counts);
  g_free(bootstrap);
}

void
medct_bootstrap_draw(MedctBootstrap *bootstrap, guint n, guint32 *weights)
{
  guint n_groups = bootstrap->n_groups;
  guint64 key = medct_counter_mix(bootstrap->key ^ n);
  for (guint i = 0; i < n_groups; i++)
    bootstrap->counts[i] = 0;
  for (guint i = 0; i < n_groups; i++) /* 32 random bits times n_groups: its upper half is even */
    bootstrap->counts[((medct_counter_mix(key + i) >> 32) * n_groups) >> 32]++;
  for (guint i = 0; i < bootstrap->n_rows; i++)
    weights[i] = bootstrap->counts[bootstrap->group[i]];
}

static int
compare_numbers(const void *left, const void *right)
{
  double a = *(const double *)left, b = *(const double *)right;
  return a < b ? -1 : a > b;
}

/* Linear between the neighbouring samples, as NumPy does. */
static double
quantile(const double *sorted, guint n, double share)
{
  double at = share * (n - 1);
  guint low = (guint)at;
  return low + 1 < n ? sorted[low] + (at - low) * (sorted[low + 1] - sorted[low]) : sorted[low];
}

MedctInterval
medct_interval_from_samples(double value, const double *samples, guint n, gsize stride)
{
  g_autofree double *sorted = g_new(double, n);
  guint n_known = 0;
  for (guint i = 0; i < n; i++)
    if (!isnan(samples[i * stride]))
      sorted[n_known++] = samples[i * stride];
  if (n_known == 0)
    return (MedctInterval){value, NAN, NAN};
  qsort(sorted, n_known, sizeof *sorted, compare_numbers);
  return (MedctInterval){value, quantile(sorted, n_known, 0.025), quantile(sorted, n_known, 0.975)};
}
