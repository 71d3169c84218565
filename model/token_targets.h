/* For each token of the model's grid, which findings lie in it: what the dense heads of
 * pre-training learn from drawn boxes. Thread: any. */
#pragma once

#include "model/finding_boxes.h"
#include "model/preprocess.h"

G_BEGIN_DECLS

/* targets [T][H][W][n_classes], T = frames/temporal_patch, H = W = image/patch: 1 where the token
 * holds a box's finding, else 0. A token holds it when it overlaps the box by a quarter or more of
 * what the box's best token does, so that small findings keep a token and large ones do not
 * bleed into every token they graze.
 * `field` is where the tensor lies in the volume. `shift` (s, l, p; may be NULL): the tensor was
 * moved by so many voxels: what lay at x lies at x + shift. */
void medct_token_targets(const MedctConfig *config, const MedctField *field, const int shift[3],
                         const MedctFindingBox *boxes, guint n_boxes, guint n_classes,
                         guint8 *targets);

G_END_DECLS
