/* One plane of a study: pixels, marks, slice track; mouse and keys of the reading page.
 * Signals: "pointer" (when the pointer moves; NULL study or outside: empty), "maximise" (double
 * click). Role img. Thread: main. */
#pragma once

#include "ui/study.h"
#include <gtk/gtk.h>

G_BEGIN_DECLS

#define MEDCT_TYPE_VIEWPORT (medct_viewport_get_type())
G_DECLARE_FINAL_TYPE(MedctViewport, medct_viewport, MEDCT, VIEWPORT, GtkWidget)

typedef enum {
  MEDCT_MOUSE_CROSSHAIR,
  MEDCT_MOUSE_WINDOW,
  MEDCT_MOUSE_DISTANCE, /* from here on it measures */
  MEDCT_MOUSE_ANGLE,
  MEDCT_MOUSE_REGION,
} MedctMouseMode;

/* A rectangle of the picture, in its own pixels at scale 1. */
typedef struct {
  double x, y, width, height;
} MedctArea;

GtkWidget *medct_viewport_new(MedctPlaneKind kind);
/* NULL: black. */
void medct_viewport_set_study(MedctViewport *viewport, MedctStudy *study);
MedctStudy *medct_viewport_get_study(MedctViewport *viewport);
MedctPlaneKind medct_viewport_get_kind(MedctViewport *viewport);
/* One of two pictures side by side: whose map it shows, and how its name begins. */
void medct_viewport_set_side(MedctViewport *viewport, gboolean of_base, const char *name);
gboolean medct_viewport_is_of_base(MedctViewport *viewport);
void medct_viewport_set_mode(MedctViewport *viewport, MedctMouseMode mode);
MedctMouseMode medct_viewport_get_mode(MedctViewport *viewport);
/* A slice of a study that is still loading; taken. Shown while there is no study. */
void medct_viewport_show_preview(MedctViewport *viewport, MedctSlice *slice,
                                 const MedctPlane *plane, int64_t index);

/* Framed: the one that keys act on, also while the focus is elsewhere. */
void medct_viewport_set_active(MedctViewport *viewport, gboolean active);
/* Whether the picture carries the map's colours; the axial one does unless told otherwise. */
void medct_viewport_set_legend(MedctViewport *viewport, gboolean shown);
/* A rectangle that is being drawn by hand; copied. NULL: none. */
void medct_viewport_show_area(MedctViewport *viewport, const MedctArea *area);
const MedctArea *medct_viewport_get_area(MedctViewport *viewport);
/* What is being measured by hand, over the study's measurements; copied. NULL: nothing. `waits`:
 * for its last point. */
void medct_viewport_show_measure(MedctViewport *viewport, const MedctMeasure *measure,
                                 gboolean waits);
const MedctMeasure *medct_viewport_get_measure(MedctViewport *viewport, gboolean *waits);
/* Where the study lies in the picture; FALSE without a study. */
gboolean medct_viewport_get_view(MedctViewport *viewport, MedctView *view);
/* "OpenGL" or "Cairo": what drew the pixels last. */
const char *medct_viewport_drawn_by(MedctViewport *viewport);

G_END_DECLS
