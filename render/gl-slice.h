/* A plane of a volume, drawn by OpenGL as render/slice.h and render/overlay.h draw it: window and
 * level, nearest or linear, slabs, score share. One drawer serves all views of a context. */
#pragma once

#include "render/gl-volume.h"
#include "render/overlay.h"
#include "render/slice.h"

G_BEGIN_DECLS

typedef struct _MedctGlSlice MedctGlSlice;

typedef struct {
  const MedctGlVolume *volume;
  const MedctPlane *plane;
  MedctView view; /* in the picture's pixels, y down from its top */
  int64_t index;
  MedctWindow window;
  MedctSlab slab;
  gboolean linear;
  const MedctOverlay *overlay; /* or NULL */
} MedctGlSliceView;

/* Programs and buffers live in the current context; free with it current. */
MedctGlSlice *medct_gl_slice_new(GError **error);
void medct_gl_slice_free(MedctGlSlice *slice);

/* Hands over a new map, or other shares in the same memory; a map is uploaded only here. */
void medct_gl_slice_set_overlay(MedctGlSlice *slice, const MedctOverlay *overlay);
/* Draws into width × height pixels of the bound framebuffer, (0, 0) its lower left corner; sets
 * the viewport. `view->overlay` must be the one handed over last. FALSE: the driver refused a
 * program, which it may do at the first picture of a kind. */
gboolean medct_gl_slice_draw(MedctGlSlice *slice, const MedctGlSliceView *view, int width,
                             int height, GError **error);

G_END_DECLS
