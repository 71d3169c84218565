/* What stands in a picture beside its pixels (render/annotate.h), for the toolkit: small pieces
 * that are kept while they stay the same, and plain rectangles for what moves. A layer as large as
 * the picture would cost as much as the picture again, in every frame.
 *
 * Owner: the viewport. Thread: main. */
#pragma once

#include "render/annotate.h"
#include <gtk/gtk.h>

G_BEGIN_DECLS

typedef struct _MedctPlaneMarks MedctPlaneMarks;

MedctPlaneMarks *medct_plane_marks_new(void);
void medct_plane_marks_free(MedctPlaneMarks *marks);

/* `shown` FALSE: only the warning that sides may be swapped, which nobody can hide. `map_version`
 * tells one map and its looks from another. Words and plates are `text_scale` times as large as
 * usual; the track stays as wide as it is. */
void medct_plane_marks_snapshot(MedctPlaneMarks *marks, GtkSnapshot *snapshot,
                                const MedctAnnotations *notes, gboolean shown,
                                gboolean spacing_known, guint64 map_version, double text_scale);

/* Round the picture that keys act on; fainter while the focus is somewhere else. */
void medct_plane_marks_frame(GtkSnapshot *snapshot, double width, double height, gboolean focused);

G_END_DECLS
