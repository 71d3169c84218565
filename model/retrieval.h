/* Finding volumes by a report, and volumes like a volume (spec §10).
 * Latents need not have unit length. Equal similarities: the lower index comes first. Thread: any.
 */
#pragma once

#include "model/error.h"
#include "model/monitor.h"

G_BEGIN_DECLS

/* queries [n, width] and candidates [n, width]; query i belongs to candidate i. recall[j]: the
 * share of queries whose own candidate is among the first k[j]. FALSE only when cancelled. */
gboolean medct_retrieval_recall(const float *queries, const float *candidates, guint n, guint width,
                                const guint *k, guint n_k, double *recall,
                                const MedctMonitor *monitor, GError **error);

/* candidates [n, width], labels [n, n_classes]: overlap[j] is the mean, over volumes with at least
 * one label, of the mean Jaccard overlap of labels with the k[j] most similar others that have one.
 * Where fewer than k[j] others are there, all of them count. NaN without a pair. *n_used: volumes
 * with a label. FALSE only when cancelled. */
gboolean medct_retrieval_overlap(const float *candidates, const gint8 *labels, guint n, guint width,
                                 guint n_classes, const guint *k, guint n_k, double *overlap,
                                 guint *n_used, const MedctMonitor *monitor, GError **error);

G_END_DECLS
