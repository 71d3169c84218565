/* Several adapters at once: ΔW = Σ weight·scale·B·A, as one adapter whose matrices stand side by
 * side, so that everything that takes one takes several. Thread: any. */
#pragma once

#include "model/adapter.h"

G_BEGIN_DECLS

#define MEDCT_ADAPTER_MAX_PARTS  16
#define MEDCT_ADAPTER_MAX_WEIGHT 10.0

/* `text` holds one adapter a line: FOLDER or FOLDER:WEIGHT; weight 1 where none is said. One alone
 * with weight 1 is opened as it is. Refuses weights beyond ±MEDCT_ADAPTER_MAX_WEIGHT. */
MedctAdapter *medct_adapter_open_all(const char *text, GError **error);

/* Keeps references. n ≥ 1. Refuses adapters whose matrices for one layer differ in size. */
MedctAdapter *medct_adapter_combine(MedctAdapter *const *adapters, const double *weights, guint n,
                                    GError **error);

/* What it was put together from; one that was not is its own only part. */
guint medct_adapter_part_count(const MedctAdapter *adapter);
const MedctAdapter *medct_adapter_part(const MedctAdapter *adapter, guint index, double *weight);

G_END_DECLS
