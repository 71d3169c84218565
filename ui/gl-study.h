/* The voxels of a study as one 3-D texture for all views that show it. It fills in slabs while the
 * window has nothing more urgent to do; until it is complete, planes are drawn by Cairo.
 *
 * Signal "changed": it has become complete, or was lost with its context. Owner: reference-counted;
 * the texture's memory goes with the last reference. Thread: main. */
#pragma once

#include "ui/gl-stage.h"
#include "ui/study.h"

G_BEGIN_DECLS

#define MEDCT_TYPE_GL_STUDY (medct_gl_study_get_type())
G_DECLARE_FINAL_TYPE(MedctGlStudy, medct_gl_study, MEDCT, GL_STUDY, GObject)

/* The study's texture, begun by the first call; a new reference. NULL: in trouble, or no memory. */
MedctGlStudy *medct_gl_study_for(MedctGlStage *stage, MedctStudy *study);
/* The study's texture is thinned out to this many bytes; MEDCT_TEXTURE_LIMIT sets another number,
 * for tests. A volume of 512 × 512 × 1500 fits. */
#define MEDCT_TEXTURE_LIMIT ((gsize)1 << 30)

/* NULL until complete, and after a loss. Its texture is readable in every context of the display.
 */
const MedctGlVolume *medct_gl_study_volume(MedctGlStudy *gl_study);

G_END_DECLS
