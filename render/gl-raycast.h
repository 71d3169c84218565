/* The 3-D view: a ray through the volume's texture for each pixel, with pre-integrated transfer
 * functions, gradient shading, leaps over empty blocks and early ends; the score share glows in it.
 * The share is drawn as the largest share along the ray, so its colour can be read off the legend;
 * behind a surface it is dimmed and not hidden. */
#pragma once

#include "render/blocks.h"
#include "render/gl-volume.h"
#include "render/overlay.h"
#include "render/ray-camera.h"
#include <cairo.h>

G_BEGIN_DECLS

typedef struct _MedctGlRaycast MedctGlRaycast;

typedef struct {
  const MedctGlVolume *volume; /* complete; borrowed */
  MedctRayCamera camera;
  double voxel[3];          /* crosshair, i j k */
  gboolean cut[3];          /* by array axis: cut away what lies before all planes chosen */
  const MedctOverlay *glow; /* NULL: none. As handed to medct_gl_raycast_set_overlay() */
  gboolean fine;            /* FALSE: longer steps and rougher shading, while moving */
} MedctGlRayView;

MedctGlRaycast *medct_gl_raycast_new(GError **error);
void medct_gl_raycast_free(MedctGlRaycast *raycast);

/* Hands over what can be seen of which blocks; again after a change of either. `blocks` must have
 * been made of the volume that is drawn, with medct_gl_raycast_reach(). */
void medct_gl_raycast_set_transfer(MedctGlRaycast *raycast, const MedctBlocks *blocks,
                                   const MedctTransfer *transfer);
void medct_gl_raycast_reach(const MedctGlVolume *volume, int reach[3]);
/* Uploads the share; again after a change of anything but its opacity. */
void medct_gl_raycast_set_overlay(MedctGlRaycast *raycast, const MedctOverlay *overlay);

/* Draws the pixels x … x + w − 1, y … (y down) of a picture of width × height into the framebuffer
 * that is bound, which has that size. */
void medct_gl_raycast_draw(MedctGlRaycast *raycast, const MedctGlRayView *view, int width,
                           int height, const cairo_rectangle_int_t *part);

G_END_DECLS
