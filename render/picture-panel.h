/* The panel of text beside the planes: result, study, warnings. */
#pragma once

#include "render/picture.h"

G_BEGIN_DECLS

/* Fills width × height pixels from (0, 0). What does not fit is clipped at the foot, so warnings
 * come before the study's facts. */
void medct_picture_panel_draw(cairo_t *cr, const MedctPicture *picture, double width,
                              double height);

G_END_DECLS
