#include "render/gl-volume.h"
#include <glib/gi18n.h>

#include <math.h>

enum { SLAB_BYTES = 1 << 20 };

/* Doubles the step of the longest side until the texture fits. */
static void
choose_steps(MedctGlVolume *volume, const int64_t dims[3], int64_t side, gsize limit_bytes)
{
  for (int n = 0; n < 3; n++)
    volume->step[n] = 1;
  for (;;) {
    int64_t size[3];
    int longest = 0;
    for (int n = 0; n < 3; n++) {
      size[n] = (dims[n] - 1) / volume->step[n] + 1;
      volume->size[n] = (int)MIN(size[n], G_MAXINT);
      longest = size[n] > size[longest] ? n : longest;
    }
    double bytes = 2.0 * (double)size[0] * (double)size[1] * (double)size[2];
    if (size[longest] == 1 ||
        (size[longest] <= side && (limit_bytes == 0 || bytes <= (double)limit_bytes)))
      return;
    volume->step[longest] *= 2;
  }
}

static void
choose_scale(MedctGlVolume *volume, const MedctVolumeHeader *header, const double range_hu[2])
{
  volume->scale = header->hu_slope;
  volume->offset = header->hu_intercept;
  if (header->voxel_type == MEDCT_VOXEL_INT16)
    return;
  volume->scale = fmax((range_hu[1] - range_hu[0]) / 65535, 1e-6);
  volume->offset = range_hu[0] + 32768 * volume->scale;
  volume->from_voxel[0] = header->hu_slope / volume->scale;
  volume->from_voxel[1] = (header->hu_intercept - volume->offset) / volume->scale;
}

static int
slab_slices(const MedctGlVolume *volume)
{
  gsize slice = 2 * (gsize)volume->size[0] * (gsize)volume->size[1];
  return (int)CLAMP(SLAB_BYTES / slice, 1, (gsize)volume->size[2]);
}

gboolean
medct_gl_volume_is_whole(const MedctGlVolume *volume)
{
  return volume->step[0] == 1 && volume->step[1] == 1 && volume->step[2] == 1;
}

static gboolean
is_direct(const MedctGlVolume *volume)
{
  return volume->image.header->voxel_type == MEDCT_VOXEL_INT16 && medct_gl_volume_is_whole(volume);
}

MedctGlVolume *
medct_gl_volume_new(const MedctImage *image, const double range_hu[2], gsize limit_bytes,
                    GError **error)
{
  GLint side = 0;
  glGetIntegerv(GL_MAX_3D_TEXTURE_SIZE, &side);
  MedctGlVolume *volume = g_new0(MedctGlVolume, 1);
  volume->image = *image;
  volume->slices_available = image->header->dims[2];
  choose_steps(volume, image->header->dims, MAX(side, 1), limit_bytes);
  choose_scale(volume, image->header, range_hu);
  while (glGetError() != GL_NO_ERROR)
    continue;
  glGenTextures(1, &volume->texture);
  glBindTexture(GL_TEXTURE_3D, volume->texture);
  glTexParameteri(GL_TEXTURE_3D, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
  glTexParameteri(GL_TEXTURE_3D, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
  glTexParameteri(GL_TEXTURE_3D, GL_TEXTURE_MAX_LEVEL, 0);
  glTexImage3D(GL_TEXTURE_3D, 0, GL_R16I, volume->size[0], volume->size[1], volume->size[2], 0,
               GL_RED_INTEGER, GL_SHORT, NULL);
  if (glGetError() != GL_NO_ERROR) {
    g_set_error(error, MEDCT_ERROR, MEDCT_ERROR_MEMORY,
                _("the graphics driver has no room for a texture of %d × %d × %d"), volume->size[0],
                volume->size[1], volume->size[2]);
    medct_gl_volume_free(volume);
    return NULL;
  }
  if (!is_direct(volume))
    volume->staging = g_new(int16_t, (gsize)slab_slices(volume) * (gsize)volume->size[0] *
                                         (gsize)volume->size[1]);
  return volume;
}

void
medct_gl_volume_free(MedctGlVolume *volume)
{
  if (volume == NULL)
    return;
  glDeleteTextures(1, &volume->texture);
  g_free(volume->staging);
  g_free(volume);
}

void
medct_gl_volume_set_available(MedctGlVolume *volume, int64_t slices)
{
  volume->slices_available = CLAMP(slices, 0, volume->image.header->dims[2]);
}

static void
stage_row(const MedctGlVolume *volume, int16_t *out, int64_t start)
{
  int step = volume->step[0];
  if (volume->image.header->voxel_type == MEDCT_VOXEL_INT16) {
    const int16_t *row = (const int16_t *)volume->image.voxels + start;
    for (int x = 0; x < volume->size[0]; x++)
      out[x] = row[(int64_t)x * step];
    return;
  }
  const float *row = (const float *)volume->image.voxels + start;
  for (int x = 0; x < volume->size[0]; x++) {
    double texel = volume->from_voxel[0] * row[(int64_t)x * step] + volume->from_voxel[1];
    /* Not a number is drawn as the lowest value, black in nearly every window. */
    out[x] = texel > -32768 ? (int16_t)lrint(fmin(texel, 32767)) : -32768;
  }
}

static const int16_t *
slab_texels(const MedctGlVolume *volume, int first, int count)
{
  const int64_t *dims = volume->image.header->dims;
  if (is_direct(volume))
    return (const int16_t *)volume->image.voxels + first * dims[0] * dims[1];
  int16_t *out = volume->staging;
  for (int z = first; z < first + count; z++)
    for (int y = 0; y < volume->size[1]; y++, out += volume->size[0])
      stage_row(volume, out,
                dims[0] * ((int64_t)y * volume->step[1] + dims[1] * z * volume->step[2]));
  return volume->staging;
}

gboolean
medct_gl_volume_upload(MedctGlVolume *volume, double budget_ms)
{
  gint64 end = g_get_monotonic_time() + (gint64)(budget_ms * 1000);
  int available = (int)((volume->slices_available + volume->step[2] - 1) / volume->step[2]);
  available = MIN(available, volume->size[2]);
  glBindTexture(GL_TEXTURE_3D, volume->texture);
  glPixelStorei(GL_UNPACK_ALIGNMENT, 2);
  while (volume->n_uploaded < available) {
    int count = MIN(slab_slices(volume), available - volume->n_uploaded);
    glTexSubImage3D(GL_TEXTURE_3D, 0, 0, 0, volume->n_uploaded, volume->size[0], volume->size[1],
                    count, GL_RED_INTEGER, GL_SHORT,
                    slab_texels(volume, volume->n_uploaded, count));
    volume->n_uploaded += count;
    if (g_get_monotonic_time() >= end)
      break;
  }
  glPixelStorei(GL_UNPACK_ALIGNMENT, 4);
  return volume->n_uploaded == available;
}

gboolean
medct_gl_volume_complete(const MedctGlVolume *volume)
{
  return volume->n_uploaded == volume->size[2];
}
