/* The window that shows best what lies inside a rectangle of a slice. Thread: any. */
#pragma once

#include "render/slice.h"

G_BEGIN_DECLS

/* Black is the 1st, white the 99th percentile of the voxels whose centres lie between the corners
 * (column, row; in any order), so that a speck of metal decides nothing. FALSE: not one voxel. */
gboolean medct_region_window(const MedctSlice *slice, const double from[2], const double to[2],
                             MedctWindow *window);

G_END_DECLS
