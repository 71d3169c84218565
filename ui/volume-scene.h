/* A study in three dimensions, as fast as the machine allows: rough pictures at once while
 * something moves, one fine picture in small parts when it has come to rest, so that the window
 * stays awake.
 *
 * Signal "changed": a better picture is ready, or the scene has become able to draw. Owner:
 * reference-counted. Thread: main; the blocks are measured on another one. */
#pragma once

#include "render/gl-raycast.h"
#include "ui/gl-study.h"

G_BEGIN_DECLS

#define MEDCT_TYPE_VOLUME_SCENE (medct_volume_scene_get_type())
G_DECLARE_FINAL_TYPE(MedctVolumeScene, medct_volume_scene, MEDCT, VOLUME_SCENE, GObject)

/* How it is looked at. */
typedef struct {
  MedctRayCamera camera; /* mm_per_pixel is for the full size */
  int transfer;          /* MEDCT_TRANSFER_… */
  gboolean cut[3];       /* by MedctPlaneKind */
  gboolean glow;
} MedctVolumeLook;

/* Begins to prepare. */
MedctVolumeScene *medct_volume_scene_new(MedctGlStage *stage, MedctStudy *study);
/* The best picture of this look, width × height device pixels; borrowed until the next call. A
 * rough one is drawn here. NULL: not yet, or in trouble. */
GdkPaintable *medct_volume_scene_picture(MedctVolumeScene *scene, const MedctVolumeLook *look,
                                         int width, int height);
/* How many voxels one texel stands for along i, j, k; NULL: the texture is not there yet. */
const int *medct_volume_scene_steps(MedctVolumeScene *scene);
/* Nobody looks: no more work for a fine picture. */
void medct_volume_scene_rest(MedctVolumeScene *scene);
/* The last picture was the fine one. */
gboolean medct_volume_scene_is_fine(MedctVolumeScene *scene);

G_END_DECLS
