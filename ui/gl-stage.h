/* OpenGL behind the pictures of one display: one context, its programs, and pictures drawn into
 * textures that the toolkit shows. Contexts of a display share their textures, so a GtkGLArea
 * beside it can read a study's volume (ui/gl-study.h) too.
 *
 * Signal "lost": the context is about to go; what lives in it is let go of now, with it current
 * where it still can be. Owner: reference-counted, one per display. Thread: main. */
#pragma once

#include "render/gl-slice.h"
#include <gtk/gtk.h>

G_BEGIN_DECLS

#define MEDCT_TYPE_GL_STAGE (medct_gl_stage_get_type())
G_DECLARE_FINAL_TYPE(MedctGlStage, medct_gl_stage, MEDCT, GL_STAGE, GObject)

/* The display's stage, made by the first call; a new reference. Never NULL: without OpenGL it is
 * one in trouble. One that was lost is tried again. */
MedctGlStage *medct_gl_stage_for_display(GdkDisplay *display);
/* NULL while OpenGL works, else the reason, for people. */
const char *medct_gl_stage_trouble(MedctGlStage *stage);
/* The driver draws on the processor. */
gboolean medct_gl_stage_is_software(MedctGlStage *stage);
/* Makes the context current. FALSE: in trouble. */
gboolean medct_gl_stage_enter(MedctGlStage *stage);
/* Leaves OpenGL, after an error that the context does not survive. */
void medct_gl_stage_give_up(MedctGlStage *stage, const char *why);

/* Something to draw into, for as many frames as it takes, that becomes a picture. Owner: given back
 * by one of the last two. */
typedef struct _MedctGlTarget MedctGlTarget;
/* NULL: in trouble. */
MedctGlTarget *medct_gl_stage_lend(MedctGlStage *stage, int width, int height);
/* Makes the context current and binds the target's framebuffer. FALSE: it was lost. */
gboolean medct_gl_target_bind(MedctGlTarget *target);
/* The picture (ui/picture.h). NULL: in trouble, now or since this call. */
GdkPaintable *medct_gl_target_show(MedctGlTarget *target);
void medct_gl_target_drop(MedctGlTarget *target);

/* A picture of width × height pixels. NULL: in trouble, now or since this call. The map is handed
 * over when `map_version` differs from last time's; numbers of different studies must differ. */
GdkPaintable *medct_gl_stage_draw_slice(MedctGlStage *stage, const MedctGlSliceView *view,
                                        guint64 map_version, int width, int height);

G_END_DECLS
