/* One plane's voxels, and their picture. Two steps, so that changing the window, zooming and
 * panning do not read the volume again: take the slice (or slab), then paint it through a window.
 *
 * Owner: the caller. Thread: any, one at a time per slice. */
#pragma once

#include "render/plane.h"
#include "render/window.h"

G_BEGIN_DECLS

typedef enum {
  MEDCT_SLAB_NONE,
  MEDCT_SLAB_MAXIMUM,
  MEDCT_SLAB_MINIMUM,
  MEDCT_SLAB_AVERAGE,
} MedctSlabKind;

typedef struct {
  MedctSlabKind kind;
  double thickness_mm; /* ≥ 0; rounded to whole slices, at least one */
} MedctSlab;

typedef struct {
  MedctVoxelType voxel_type;
  int64_t columns, rows;
  double hu_slope, hu_intercept;
  void *voxels; /* [rows, columns] of voxel_type */
} MedctSlice;

/* `slice` is clamped to the volume; a slab is centred on it and cut at the volume's ends.
 * Never fails on a valid plane. Free the voxels with medct_slice_clear. */
void medct_slice_take(MedctSlice *slice, const MedctImage *image, const MedctPlane *plane,
                      int64_t index, MedctSlab slab);
void medct_slice_clear(MedctSlice *slice);
double medct_slice_hu(const MedctSlice *slice, int64_t at); /* at: row · columns + column */
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(MedctSlice, medct_slice_clear)

/* First slice and number of slices of a slab centred on `index`. */
void medct_slab_range(const MedctPlane *plane, int64_t index, MedctSlab slab, int64_t *first,
                      int64_t *count);

/* Paints width × height pixels [height, stride/4] of opaque ARGB32 (native order, Cairo's), black
 * outside the plane. `linear` mixes the four nearest voxels before windowing. */
void medct_slice_paint(const MedctSlice *slice, const MedctView *view, MedctWindow window,
                       gboolean linear, guint32 *pixels, int width, int height, int stride);

G_END_DECLS
