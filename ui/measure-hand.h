/* The hand that measures on a plane's picture: a drag from end to end, or round what is to be
 * counted; an angle takes a drag along one leg to the corner and a click at the other leg's end. */
#pragma once

#include "ui/viewport.h"

G_BEGIN_DECLS

gboolean medct_measure_hand_is_for(MedctMouseMode mode);
/* x, y: px of the picture. TRUE: a drag has begun; FALSE: this press ended an angle. */
gboolean medct_measure_hand_begin(MedctViewport *viewport, double x, double y);
void medct_measure_hand_drag(MedctViewport *viewport, double x, double y);
void medct_measure_hand_end(MedctViewport *viewport);
void medct_measure_hand_move(MedctViewport *viewport, double x, double y); /* without a button */
/* FALSE: there was nothing to give up. */
gboolean medct_measure_hand_cancel(MedctViewport *viewport);

G_END_DECLS
