/* One view as a picture that can leave the program: all marks burned in, whatever is hidden on
 * screen, and a foot that says what it is and that it is for research only. Thread: any. */
#pragma once

#include "render/marked-plane.h"

G_BEGIN_DECLS

/* `provenance`: study, slice, window, weights, version; wrapped. The result is picture->width wide
 * and higher than picture->height by its foot, times picture->scale; the caller destroys it. */
cairo_surface_t *medct_screenshot_draw(const MedctMarkedPlane *picture, const char *provenance,
                                       GError **error);
/* The same foot under a picture that is drawn already, `scale` device pixels per unit. */
cairo_surface_t *medct_screenshot_frame(cairo_surface_t *picture, double scale,
                                        const char *provenance, GError **error);

G_END_DECLS
