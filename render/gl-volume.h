/* A volume as one 3-D texture that all views share, filled in slabs between frames.
 *
 * Texels are signed 16-bit integers (R16I), read with texelFetch and mixed in the shader: that is
 * in the core of both OpenGL 3.3 and ES 3.0 and exact, where R16_SNORM is not in ES and R16F keeps
 * 11 bits. float32 voxels are scaled to 16 bits over the range given.
 * Owner: the caller frees it, with a context of its share group current. After a lost context:
 * free, and make it anew. */
#pragma once

#include "render/gl-program.h"
#include "render/plane.h"

G_BEGIN_DECLS

typedef struct {
  GLuint texture;
  MedctImage image;         /* borrowed until everything is uploaded */
  int step[3];              /* voxels per texel along i, j, k; over 1: thinned out to fit */
  int size[3];              /* texels */
  double scale, offset;     /* HU = scale · texel + offset */
  double from_voxel[2];     /* texel = from_voxel[0] · voxel + from_voxel[1]; float32 only */
  int n_uploaded;           /* of size[2] */
  int64_t slices_available; /* of the volume's k, grows while it loads */
  int16_t *staging;         /* one slab, when texels are not the voxels themselves */
} MedctGlVolume;

/* `range_hu` is used for float32 voxels, as from medct_volume_statistics(). The volume is thinned
 * out until it fits the driver's texture size and `limit_bytes` (0: no limit). All of its slices
 * count as available until medct_gl_volume_set_available() says otherwise. */
MedctGlVolume *medct_gl_volume_new(const MedctImage *image, const double range_hu[2],
                                   gsize limit_bytes, GError **error);
void medct_gl_volume_free(MedctGlVolume *volume);
void medct_gl_volume_set_available(MedctGlVolume *volume, int64_t slices);

/* Uploads slabs for about `budget_ms`, at least one. TRUE when nothing that is available remains.
 */
gboolean medct_gl_volume_upload(MedctGlVolume *volume, double budget_ms);
/* Everything is there, and the voxels are no longer read. */
gboolean medct_gl_volume_complete(const MedctGlVolume *volume);
/* Every voxel has its texel. */
gboolean medct_gl_volume_is_whole(const MedctGlVolume *volume);

G_END_DECLS
