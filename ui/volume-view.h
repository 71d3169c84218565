/* The 3-D picture of a study. Drag turns it, Shift or the middle button moves it, wheel and right
 * drag zoom; keys do the same. Presets, cuts at the crosshair, share: a small bar in it, actions
 * "volume.…". Signals: "maximise" (double click), "looks-changed". Role img. Thread: main. */
#pragma once

#include "ui/volume-scene.h"

G_BEGIN_DECLS

#define MEDCT_TYPE_VOLUME_VIEW (medct_volume_view_get_type())
G_DECLARE_FINAL_TYPE(MedctVolumeView, medct_volume_view, MEDCT, VOLUME_VIEW, GtkWidget)

GtkWidget *medct_volume_view_new(void);
/* Framed: the one that keys act on, also while the focus is elsewhere. */
void medct_volume_view_set_active(MedctVolumeView *view, gboolean active);
/* NULL: black. */
void medct_volume_view_set_study(MedctVolumeView *view, MedctStudy *study);

/* For the program's own description of what is on screen. */
const MedctVolumeLook *medct_volume_view_get_look(MedctVolumeView *view);
/* Preset, cuts and share of `look`; its camera is the study's own. */
void medct_volume_view_set_look(MedctVolumeView *view, const MedctVolumeLook *look);
/* "none" (no study), "trouble" (no OpenGL), "preparing", "rough", "fine". */
const char *medct_volume_view_get_state(MedctVolumeView *view);

/* That not every voxel is in the picture, for people; NULL: it shows all. The caller frees. */
char *medct_volume_view_get_notice(MedctVolumeView *view);

/* Something else needs the processors: the fine picture waits for the next change of what is seen.
 */
void medct_volume_view_rest(MedctVolumeView *view);

/* What the hands do. `right`, `down`: widget pixels. */
void medct_volume_view_orbit(MedctVolumeView *view, double right, double down);
void medct_volume_view_pan(MedctVolumeView *view, double right, double down);
void medct_volume_view_zoom(MedctVolumeView *view, double factor);
void medct_volume_view_look_from(MedctVolumeView *view, MedctViewSide side);
void medct_volume_view_reset(MedctVolumeView *view);

G_END_DECLS
