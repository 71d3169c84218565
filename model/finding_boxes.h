/* Where findings lie: boxes in a table with the columns volume, finding, i_low, i_high, j_low,
 * j_high, k_low, k_high (voxels of the file, both ends included; others are passed over), as
 * `medct phantom` writes it. Immutable once read: any thread. */
#pragma once

#include "model/error.h"

G_BEGIN_DECLS

typedef struct {
  int finding;         /* index among the classes it was read for */
  int low[3], high[3]; /* voxels i, j, k */
} MedctFindingBox;

typedef struct _MedctFindingBoxes MedctFindingBoxes;

/* `classes` [n_classes]: the names that the finding column may hold. */
MedctFindingBoxes *medct_finding_boxes_load(const char *path, const char *const *classes,
                                            guint n_classes, GError **error);
void medct_finding_boxes_free(MedctFindingBoxes *boxes);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MedctFindingBoxes, medct_finding_boxes_free)

/* The boxes of a volume, as the table names it; *n 0 and NULL when it has none. The table's. */
const MedctFindingBox *medct_finding_boxes_of(const MedctFindingBoxes *boxes, const char *volume,
                                              guint *n);

G_END_DECLS
