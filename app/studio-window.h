/* The window of the desktop program: reading one study at a time. Wires widgets to jobs.
 * Thread: main. */
#pragma once

#include "app/preferences.h"
#include "plugins/host.h"
#include <adwaita.h>

G_BEGIN_DECLS

#define MEDCT_TYPE_STUDIO_WINDOW (medct_studio_window_get_type())
G_DECLARE_FINAL_TYPE(MedctStudioWindow, medct_studio_window, MEDCT, STUDIO_WINDOW,
                     AdwApplicationWindow)

MedctStudioWindow *medct_studio_window_new(AdwApplication *application, MedctHost *host,
                                           MedctPreferences *preferences);
void medct_studio_window_open(MedctStudioWindow *window, const char *path);
void medct_studio_window_load_model(MedctStudioWindow *window, const char *path);
void medct_studio_window_load_adapter(MedctStudioWindow *window, const char *path);
/* Loaded with the next model instead of the adapter that is remembered for it. */
void medct_studio_window_want_adapter(MedctStudioWindow *window, const char *path);
/* Brings back the last session and saves this one from now on. `model` (may be NULL) is loaded
 * instead of the session's; `studies` FALSE leaves the session's studies away. */
void medct_studio_window_begin_session(MedctStudioWindow *window, const char *model,
                                       gboolean studies);

/* For tests: what is on screen, as JSON; written atomically whenever it has changed. */
void medct_studio_window_dump_to(MedctStudioWindow *window, const char *path);
/* For measuring: the time of day, µs, at which the first slice was on screen, printed once. */
void medct_studio_window_time_first_slice(MedctStudioWindow *window);
/* For measuring: what drawing took, printed when the window closes. */
void medct_studio_window_time_frames(MedctStudioWindow *window);

/* Shows the Cohort page with this CSV or CT-RATE folder. */
void medct_studio_window_open_cohort(MedctStudioWindow *window, const char *path);

G_END_DECLS
