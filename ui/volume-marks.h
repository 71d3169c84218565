/* What is written over the 3-D picture: letters, bar, words instead of a picture, the notice of a
 * reduced resolution. Sizes in the context's units. Thread: main. */
#pragma once

#include "model/volume.h"
#include "render/ray-camera.h"
#include <cairo.h>

G_BEGIN_DECLS

typedef struct {
  const MedctVolumeHeader *header; /* NULL: no letters and no bar */
  const MedctRayCamera *camera;    /* mm_per_pixel of the context's units */
  const char *words;               /* in the middle, in place of the marks; or NULL */
  const char *notice;              /* nobody can hide it; or NULL */
  double width, height;
} MedctVolumeMarks;

void medct_volume_marks_draw(cairo_t *cr, const MedctVolumeMarks *marks);

G_END_DECLS
