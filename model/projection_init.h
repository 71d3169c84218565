/* A first to_visual_latent from the data. From scratch, contrastive learning collapses: pooled
 * tokens share a large constant part, which the unit norm of the latent turns into the same latent
 * for all volumes. The first map removes it and looks at what pre-training's volume head and the
 * tokens' own spread found (docs/decisions.md). Thread: any. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
  const float *pooled;     /* [n, D]: mean over all tokens of each volume */
  const float *directions; /* [n_directions, D]: rows to begin with; of a head on pooled tokens */
  int n, D, n_directions;
  int cells; /* h·w of the grid: the same map at each of them, divided by their number */
} MedctProjectionData;

/* projection [latent, cells·D] ←, of each cell, latent rows: the given directions, then the largest
 * principal directions of the pooled tokens, whitened, times 0.4, each without its answer to the
 * mean; the last row answers 2 to the mean. Needs latent − 1 ≥ n_directions and n > 1; rows that
 * the data have no direction for are zero. */
void medct_projection_init(float *projection, int latent, const MedctProjectionData *data);

G_END_DECLS
