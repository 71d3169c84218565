/* Splitting by patient with every class in every split. */
#include "model/cohort_private.h"
#include "model/cohort_write.h"
#include "model/counter_random.h"
#include <glib/gi18n.h>
#include <math.h>
#include <stdlib.h>

typedef struct {
  guint n_patients, n_classes;
  gboolean *present; /* [n_patients, n_classes]: a volume of the patient has it */
  int *split;        /* [n_patients]: 0 … 2, or −1 not yet */
  guint *order;      /* [n_patients]: in which patients are taken, by the seed */
  double *wanted;    /* [n_classes + 1][3]: patients with the class, and any, still to come */
} Splitter;

static void
splitter_clear(Splitter *s)
{
  g_free(s->present);
  g_free(s->split);
  g_free(s->order);
  g_free(s->wanted);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Splitter, splitter_clear)

typedef struct {
  guint64 key;
  guint patient;
} Draw;

static int
compare_draws(const void *left, const void *right)
{
  const Draw *a = left, *b = right;
  return a->key != b->key ? (a->key < b->key ? -1 : 1) : (a->patient < b->patient ? -1 : 1);
}

/* By name and not by place, so that the order of the table does not matter. */
static void
draw_order(Splitter *s, const MedctCohort *cohort, guint64 seed)
{
  g_autofree Draw *draws = g_new0(Draw, s->n_patients);
  for (guint n = 0; n < cohort->rows->len; n++) {
    guint patient = medct_cohort_patient(cohort, n);
    draws[patient] = (Draw){medct_counter_key(seed, medct_cohort_row(cohort, n)->patient), patient};
  }
  qsort(draws, s->n_patients, sizeof *draws, compare_draws);
  for (guint i = 0; i < s->n_patients; i++)
    s->order[i] = draws[i].patient;
}

static void
splitter_fill(Splitter *s, const MedctCohort *cohort, const double shares[3], guint64 seed)
{
  s->n_patients = cohort->n_patients;
  s->n_classes = cohort->classes->len;
  s->present = g_new0(gboolean, (gsize)s->n_patients * s->n_classes);
  s->split = g_new(int, s->n_patients);
  s->order = g_new(guint, s->n_patients);
  s->wanted = g_new0(double, ((gsize)s->n_classes + 1) * 3);
  for (guint n = 0; n < cohort->rows->len; n++) {
    guint patient = medct_cohort_patient(cohort, n);
    const gint8 *labels = (const gint8 *)cohort->labels->data + (gsize)n * s->n_classes;
    s->split[patient] = -1;
    for (guint c = 0; c < s->n_classes; c++)
      s->present[(gsize)patient * s->n_classes + c] |= labels[c] > 0;
  }
  for (guint p = 0; p < s->n_patients; p++)
    for (guint part = 0; part < 3; part++) {
      for (guint c = 0; c < s->n_classes; c++)
        s->wanted[c * 3 + part] += shares[part] * s->present[(gsize)p * s->n_classes + c];
      s->wanted[s->n_classes * 3 + part] += shares[part];
    }
  draw_order(s, cohort, seed);
}

/* Patients with class `c` (n_classes: any) that are in no split yet. */
static guint
count_left(const Splitter *s, guint c)
{
  guint n = 0;
  for (guint p = 0; p < s->n_patients; p++)
    n += s->split[p] < 0 && (c == s->n_classes || s->present[(gsize)p * s->n_classes + c]);
  return n;
}

/* The rarest class among the patients left; n_classes when none of them has any. */
static guint
find_rarest(const Splitter *s)
{
  guint best = s->n_classes, fewest = G_MAXUINT;
  for (guint c = 0; c < s->n_classes; c++) {
    guint n = count_left(s, c);
    if (n == 0 || n >= fewest)
      continue;
    fewest = n;
    best = c;
  }
  return best;
}

/* The split that lacks most of the class, then most patients. */
static int
choose_part(const Splitter *s, guint c, const double shares[3])
{
  int best = -1;
  for (int part = 0; part < 3; part++) {
    if (shares[part] <= 0)
      continue;
    if (best < 0) {
      best = part;
      continue;
    }
    double more = s->wanted[c * 3 + part] - s->wanted[c * 3 + best];
    if (fabs(more) < 1e-9)
      more = s->wanted[s->n_classes * 3 + part] - s->wanted[s->n_classes * 3 + best];
    if (more > 1e-9)
      best = part;
  }
  return best;
}

static void
assign(Splitter *s, guint patient, int part)
{
  s->split[patient] = part;
  for (guint c = 0; c < s->n_classes; c++)
    s->wanted[c * 3 + part] -= s->present[(gsize)patient * s->n_classes + c];
  s->wanted[s->n_classes * 3 + part] -= 1;
}

static void
assign_all(Splitter *s, const double shares[3])
{
  while (count_left(s, s->n_classes) > 0) {
    guint c = find_rarest(s);
    for (guint i = 0; i < s->n_patients; i++) {
      guint patient = s->order[i];
      if (s->split[patient] < 0 &&
          (c == s->n_classes || s->present[(gsize)patient * s->n_classes + c]))
        assign(s, patient, choose_part(s, c, shares));
    }
  }
}

static gboolean
check_shares(const MedctCohort *cohort, const double shares[3], GError **error)
{
  guint n_parts = 0;
  for (int part = 0; part < 3; part++)
    n_parts += shares[part] > 0;
  double sum = shares[0] + shares[1] + shares[2];
  if (!(fabs(sum - 1) < 1e-6) || shares[0] < 0 || shares[1] < 0 || shares[2] < 0) {
    g_set_error(
        error, MEDCT_ERROR, MEDCT_ERROR_ARGUMENT,
        _("the shares of train, validation and test are %g, %g and %g, expected numbers from "
          "0 that sum to 1"),
        shares[0], shares[1], shares[2]);
    return FALSE;
  }
  if (cohort->n_patients >= n_parts)
    return TRUE;
  medct_error_file(error, MEDCT_ERROR_UNSUPPORTED, cohort->name,
                   "it has %u patients, which cannot be in %u splits", cohort->n_patients, n_parts);
  return FALSE;
}

MedctCohort *
medct_cohort_split(const MedctCohort *cohort, const double shares[3], guint64 seed, GError **error)
{
  if (!check_shares(cohort, shares, error))
    return NULL;
  g_auto(Splitter) splitter = {0};
  splitter_fill(&splitter, cohort, shares, seed);
  assign_all(&splitter, shares);
  g_autoptr(MedctCohort) result = medct_cohort_new(cohort->name, cohort->folder);
  for (guint c = 0; c < cohort->classes->len; c++)
    g_ptr_array_add(result->classes, g_strdup(cohort->classes->pdata[c]));
  for (guint n = 0; n < cohort->rows->len; n++) {
    MedctCohortRow row = *medct_cohort_row(cohort, n);
    row.split = (MedctSplit)(MEDCT_SPLIT_TRAIN + splitter.split[medct_cohort_patient(cohort, n)]);
    const gint8 *labels = (const gint8 *)cohort->labels->data + (gsize)n * splitter.n_classes;
    if (!medct_cohort_add_row(result, &row, labels, error))
      return NULL;
  }
  medct_cohort_finish(result);
  return g_steal_pointer(&result);
}
