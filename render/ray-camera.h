/* From where a volume is looked at in three dimensions. Projection is parallel, so that a
 * millimetre is as long everywhere in the picture and its scale bar is true. Lengths are RAS
 * millimetres. Thread: any; no allocation. */
#pragma once

#include "render/plane.h"

G_BEGIN_DECLS

typedef struct {
  double focus[3];   /* in the middle of the picture */
  double axes[3][3]; /* unit vectors: to the right on screen, up, toward the viewer */
  double mm_per_pixel;
} MedctRayCamera;

typedef enum {
  MEDCT_VIEW_FRONT,
  MEDCT_VIEW_BACK,
  MEDCT_VIEW_RIGHT, /* from the patient's right */
  MEDCT_VIEW_LEFT,
  MEDCT_VIEW_ABOVE,
  MEDCT_VIEW_BELOW, /* as an axial slice is seen: from the feet */
} MedctViewSide;

/* Looks at the middle of the volume from one side, so that all of it fits. */
MedctRayCamera medct_ray_camera_new(const MedctPlane *plane, MedctViewSide side, int width,
                                    int height);
/* Turns the volume under the hand: radians to the right and down on screen. */
void medct_ray_camera_orbit(MedctRayCamera *camera, double right, double down);
void medct_ray_camera_pan(MedctRayCamera *camera, double right_px, double down_px);
/* Which patient direction a screen direction has: 'R', 'L', 'A', 'P', 'S', 'I' of its largest part;
 * `screen`: [right, up], as −1, 0, 1. */
char medct_ray_camera_letter(const MedctRayCamera *camera, const int screen[2]);

/* Rays through an array of texels, all in texel indices: pixel (x, y)'s centre lies on
 * corner + x · right + y · down, and one mm away from the viewer is `away`. */
typedef struct {
  double corner[3], right[3], down[3], away[3];
  double gradient[9]; /* row-major: change per texel → change per mm along the camera's axes */
} MedctRayGeometry;

/* texel_to_ras: row-major 4×4. FALSE: it cannot be inverted. */
gboolean medct_ray_geometry_init(MedctRayGeometry *geometry, const MedctRayCamera *camera,
                                 const double texel_to_ras[16], int width, int height);

G_END_DECLS
