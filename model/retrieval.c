#include "model/retrieval.h"
#include <glib/gi18n.h>
#include <math.h>
#include <stdlib.h>

typedef struct {
  float similarity;
  guint index;
} Neighbour;

/* Rows [n, width] of unit length; the caller frees. */
static float *
normalize(const float *rows, guint n, guint width)
{
  float *unit = g_new(float, (gsize)n *width);
  for (guint i = 0; i < n; i++) {
    const float *row = rows + (gsize)i * width;
    double sum = 0;
    for (guint d = 0; d < width; d++)
      sum += (double)row[d] * row[d];
    double scale = sum > 0 ? 1 / sqrt(sum) : 0;
    for (guint d = 0; d < width; d++)
      unit[(gsize)i * width + d] = (float)(row[d] * scale);
  }
  return unit;
}

static float
dot(const float *a, const float *b, guint width)
{
  double sum = 0;
  for (guint d = 0; d < width; d++)
    sum += (double)a[d] * b[d];
  return (float)sum;
}

static gboolean
stopped(const MedctMonitor *monitor, guint i, guint n, GError **error)
{
  medct_monitor_progress(monitor, (double)i / n, "retrieval");
  if (!medct_monitor_cancelled(monitor))
    return FALSE;
  g_set_error_literal(error, MEDCT_ERROR, MEDCT_ERROR_CANCELLED, _("stopped"));
  return TRUE;
}

gboolean
medct_retrieval_recall(const float *queries, const float *candidates, guint n, guint width,
                       const guint *k, guint n_k, double *recall, const MedctMonitor *monitor,
                       GError **error)
{
  g_autofree float *query = normalize(queries, n, width);
  g_autofree float *candidate = normalize(candidates, n, width);
  for (guint j = 0; j < n_k; j++)
    recall[j] = 0;
  for (guint i = 0; i < n; i++) {
    if (stopped(monitor, i, n, error))
      return FALSE;
    const float *q = query + (gsize)i * width;
    float own = dot(q, candidate + (gsize)i * width, width);
    guint rank = 0;
    for (guint other = 0; other < n; other++) {
      float theirs = dot(q, candidate + (gsize)other * width, width);
      rank += theirs > own || (theirs == own && other < i);
    }
    for (guint j = 0; j < n_k; j++)
      recall[j] += rank < k[j];
  }
  for (guint j = 0; j < n_k; j++)
    recall[j] = n ? recall[j] / n : NAN;
  return TRUE;
}

static int
compare_neighbours(const void *left, const void *right)
{
  const Neighbour *a = left, *b = right;
  if (a->similarity != b->similarity)
    return a->similarity < b->similarity ? 1 : -1;
  return a->index < b->index ? -1 : a->index > b->index;
}

static gboolean
has_label(const gint8 *labels, guint n_classes)
{
  for (guint c = 0; c < n_classes; c++)
    if (labels[c] > 0)
      return TRUE;
  return FALSE;
}

static double
jaccard(const gint8 *a, const gint8 *b, guint n_classes)
{
  guint both = 0, either = 0;
  for (guint c = 0; c < n_classes; c++) {
    both += a[c] > 0 && b[c] > 0;
    either += a[c] > 0 || b[c] > 0;
  }
  return either ? (double)both / either : 0;
}

gboolean
medct_retrieval_overlap(const float *candidates, const gint8 *labels, guint n, guint width,
                        guint n_classes, const guint *k, guint n_k, double *overlap, guint *n_used,
                        const MedctMonitor *monitor, GError **error)
{
  g_autofree float *unit = normalize(candidates, n, width);
  g_autofree guint *used = g_new(guint, n);
  g_autofree Neighbour *neighbours = g_new(Neighbour, n);
  *n_used = 0;
  for (guint i = 0; i < n; i++)
    if (has_label(labels + (gsize)i * n_classes, n_classes))
      used[(*n_used)++] = i;
  for (guint j = 0; j < n_k; j++)
    overlap[j] = 0;
  for (guint i = 0; i < *n_used; i++) {
    if (stopped(monitor, i, *n_used, error))
      return FALSE;
    guint n_others = 0;
    for (guint o = 0; o < *n_used; o++)
      if (o != i)
        neighbours[n_others++] = (Neighbour){
            dot(unit + (gsize)used[i] * width, unit + (gsize)used[o] * width, width), used[o]};
    qsort(neighbours, n_others, sizeof *neighbours, compare_neighbours);
    for (guint j = 0; j < n_k; j++) {
      double sum = 0;
      guint n_taken = MIN(k[j], n_others);
      for (guint o = 0; o < n_taken; o++)
        sum += jaccard(labels + (gsize)used[i] * n_classes,
                       labels + (gsize)neighbours[o].index * n_classes, n_classes);
      overlap[j] += n_taken ? sum / n_taken : 0;
    }
  }
  for (guint j = 0; j < n_k; j++)
    overlap[j] = *n_used > 1 ? overlap[j] / *n_used : NAN;
  return TRUE;
}
