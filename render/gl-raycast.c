#include "render/gl-raycast.h"

#include "render/gl-raycast-shader.h"
#include <math.h>
#include <string.h>

#define GLOW_STEP_MM 1.5 /* cells are about 15 mm wide */

struct _MedctGlRaycast {
  GLuint programs[2], program; /* rough and fine; the one in use */
  GLuint vertices, transfer, leaps, share;
  int edge[3], last_block[3]; /* voxels in a block; its largest index */
  double box[2][3];           /* grid points between which the share can be seen */
  gboolean anything_glows;    /* in that box */
};

static GLint
at(const MedctGlRaycast *raycast, const char *name)
{
  return glGetUniformLocation(raycast->program, name);
}

static GLuint
texture_new(GLenum target, GLenum filter)
{
  GLuint texture;
  glGenTextures(1, &texture);
  glBindTexture(target, texture);
  glTexParameteri(target, GL_TEXTURE_MIN_FILTER, (GLint)filter);
  glTexParameteri(target, GL_TEXTURE_MAG_FILTER, (GLint)filter);
  glTexParameteri(target, GL_TEXTURE_WRAP_S, GL_CLAMP_TO_EDGE);
  glTexParameteri(target, GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE);
  if (target == GL_TEXTURE_3D)
    glTexParameteri(target, GL_TEXTURE_WRAP_R, GL_CLAMP_TO_EDGE);
  glTexParameteri(target, GL_TEXTURE_MAX_LEVEL, 0);
  return texture;
}

/* Parts of the colour scale, 0 at 128, as u_share reads them. */
static void
set_share(const MedctGlRaycast *raycast, const guint8 *parts, const int size[3], GLint filter)
{
  glBindTexture(GL_TEXTURE_3D, raycast->share);
  glTexParameteri(GL_TEXTURE_3D, GL_TEXTURE_MIN_FILTER, filter);
  glTexParameteri(GL_TEXTURE_3D, GL_TEXTURE_MAG_FILTER, filter);
  glPixelStorei(GL_UNPACK_ALIGNMENT, 1);
  glTexImage3D(GL_TEXTURE_3D, 0, GL_R8, size[2], size[1], size[0], 0, GL_RED, GL_UNSIGNED_BYTE,
               parts);
  glPixelStorei(GL_UNPACK_ALIGNMENT, 4);
}

/* A driver makes the machine code of a shader when it first draws, for the textures that are there:
 * with a map like those to come, of an odd size as they are, the first answer does not wait for it.
 */
static void
set_share_before_any(const MedctGlRaycast *raycast)
{
  guint8 parts[3 * 3 * 3];
  memset(parts, 128, sizeof parts);
  set_share(raycast, parts, (const int[3]){3, 3, 3}, GL_LINEAR);
}

MedctGlRaycast *
medct_gl_raycast_new(GError **error)
{
  g_autofree char *fine = g_strconcat("#define FINE\n", medct_gl_raycast_shader, NULL);
  GLuint rough_program = medct_gl_program_new("3-D", medct_gl_raycast_shader, error);
  if (rough_program == 0)
    return NULL;
  GLuint fine_program = medct_gl_program_new("3-D", fine, error);
  if (fine_program == 0) {
    glDeleteProgram(rough_program);
    return NULL;
  }
  MedctGlRaycast *raycast = g_new0(MedctGlRaycast, 1);
  raycast->programs[0] = rough_program;
  raycast->programs[1] = fine_program;
  glGenVertexArrays(1, &raycast->vertices);
  raycast->transfer = texture_new(GL_TEXTURE_2D, GL_NEAREST);
  raycast->leaps = texture_new(GL_TEXTURE_3D, GL_NEAREST);
  raycast->share = texture_new(GL_TEXTURE_3D, GL_LINEAR);
  set_share_before_any(raycast);
  return raycast;
}

void
medct_gl_raycast_free(MedctGlRaycast *raycast)
{
  if (raycast == NULL)
    return;
  glDeleteTextures(1, &raycast->share);
  glDeleteTextures(1, &raycast->leaps);
  glDeleteTextures(1, &raycast->transfer);
  glDeleteVertexArrays(1, &raycast->vertices);
  glDeleteProgram(raycast->programs[0]);
  glDeleteProgram(raycast->programs[1]);
  g_free(raycast);
}

/* ---- what is handed over ------------------------------------------------------------------- */

void
medct_gl_raycast_reach(const MedctGlVolume *volume, int reach[3])
{
  /* A sample mixes texels up to one away, and the sample before it lies up to one texel away. */
  for (int n = 0; n < 3; n++)
    reach[n] = 2 * volume->step[n];
}

void
medct_gl_raycast_set_transfer(MedctGlRaycast *raycast, const MedctBlocks *blocks,
                              const MedctTransfer *transfer)
{
  enum { N = MEDCT_TRANSFER_BINS };
  const int *count = blocks->count;
  g_autofree float *table = g_new(float, 4 * N * N);
  g_autofree guint8 *leaps = g_new(guint8, (gsize)count[0] * (gsize)count[1] * (gsize)count[2]);
  medct_transfer_table(transfer, table);
  glBindTexture(GL_TEXTURE_2D, raycast->transfer);
  glTexImage2D(GL_TEXTURE_2D, 0, GL_RGBA16F, N, N, 0, GL_RGBA, GL_FLOAT, table);
  medct_blocks_leaps(blocks, transfer, leaps);
  glPixelStorei(GL_UNPACK_ALIGNMENT, 1);
  glBindTexture(GL_TEXTURE_3D, raycast->leaps);
  glTexImage3D(GL_TEXTURE_3D, 0, GL_R8UI, count[0], count[1], count[2], 0, GL_RED_INTEGER,
               GL_UNSIGNED_BYTE, leaps);
  glPixelStorei(GL_UNPACK_ALIGNMENT, 4);
  for (int n = 0; n < 3; n++) {
    raycast->edge[n] = blocks->edge[n];
    raycast->last_block[n] = blocks->count[n] - 1;
  }
}

/* Part of the colour scale, −1 … 1; negative parts glow only as a difference. */
static double
scale_part(const MedctOverlay *overlay, gsize cell)
{
  double f = (double)overlay->share[cell] / overlay->top;
  return CLAMP(overlay->map == MEDCT_COLORMAP_AGAINST ? -f : f, -1, 1);
}

static void
grow_box(MedctGlRaycast *raycast, const int cell[3])
{
  for (int n = 0; n < 3; n++) {
    raycast->box[0][n] = fmin(raycast->box[0][n], cell[n] - 1);
    raycast->box[1][n] = fmax(raycast->box[1][n], cell[n] + 1);
  }
}

void
medct_gl_raycast_set_overlay(MedctGlRaycast *raycast, const MedctOverlay *overlay)
{
  int nw = overlay->size[2], nh = overlay->size[1], nt = overlay->size[0];
  gsize n = (gsize)nw * (gsize)nh * (gsize)nt;
  g_autofree guint8 *parts = g_new(guint8, n);
  for (int a = 0; a < 3; a++) {
    raycast->box[0][a] = INFINITY;
    raycast->box[1][a] = -INFINITY;
  }
  raycast->anything_glows = FALSE;
  for (gsize m = 0; m < n; m++) {
    double f = scale_part(overlay, m);
    int cell[3] = {(int)(m % (gsize)nw), (int)(m / (gsize)nw % (gsize)nh),
                   (int)(m / ((gsize)nw * (gsize)nh))};
    parts[m] = (guint8)lrint(128 + 127 * f);
    if (medct_colormap_alpha(overlay->map == MEDCT_COLORMAP_DIFFERENCE ? fabs(f) : f, 1) > 0) {
      raycast->anything_glows = TRUE;
      grow_box(raycast, cell);
    }
  }
  for (int a = 0; a < 3; a++) { /* a border cell reaches half a cell out */
    raycast->box[0][a] = fmax(raycast->box[0][a], -0.5);
    raycast->box[1][a] = fmin(raycast->box[1][a], overlay->size[2 - a] - 0.5);
  }
  set_share(raycast, parts, overlay->size, overlay->raw ? GL_NEAREST : GL_LINEAR);
}

/* ---- drawing ------------------------------------------------------------------------------- */

static void
set_vector(const MedctGlRaycast *raycast, const char *name, const double v[3])
{
  glUniform3f(at(raycast, name), (GLfloat)v[0], (GLfloat)v[1], (GLfloat)v[2]);
}

static void
set_geometry(const MedctGlRaycast *raycast, const char *name, const MedctRayGeometry *geometry)
{
  const double *rows[4] = {geometry->corner, geometry->right, geometry->down, geometry->away};
  GLfloat values[12];
  for (int n = 0; n < 12; n++)
    values[n] = (GLfloat)rows[n / 3][n % 3];
  glUniform3fv(at(raycast, name), 4, values);
}

/* Away from the viewer, so that a ray crosses one texel at most in a step. */
static double
step_mm(const MedctRayGeometry *geometry, gboolean fine)
{
  double fastest = 0;
  for (int n = 0; n < 3; n++)
    fastest = fmax(fastest, fabs(geometry->away[n]));
  return (fine ? 1 : 2) / fastest;
}

/* Depth darkens: from the nearest corner of the volume to the farthest. */
static void
set_depth(const MedctGlRaycast *raycast, const MedctGlVolume *volume, const MedctRayCamera *camera,
          const double texel_to_ras[16])
{
  double near = INFINITY, far = -INFINITY;
  for (int corner = 0; corner < 8; corner++) {
    double texel[3], ras[3], depth = 0;
    for (int n = 0; n < 3; n++)
      texel[n] = corner >> n & 1 ? volume->size[n] - 1 : 0;
    medct_matrix_apply(texel_to_ras, texel, ras);
    for (int n = 0; n < 3; n++)
      depth -= (ras[n] - camera->focus[n]) * camera->axes[2][n];
    near = fmin(near, depth);
    far = fmax(far, depth);
  }
  glUniform2f(at(raycast, "u_depth"), (GLfloat)near, (GLfloat)(1 / fmax(far - near, 1)));
}

static void
set_volume(const MedctGlRaycast *raycast, const MedctGlRayView *view, int width, int height)
{
  const MedctGlVolume *volume = view->volume;
  double texel_to_ras[16], cut_at[3], cut[3], block[2][3];
  memcpy(texel_to_ras, volume->image.header->affine, sizeof texel_to_ras);
  for (int n = 0; n < 3; n++) {
    for (int row = 0; row < 3; row++)
      texel_to_ras[4 * row + n] *= volume->step[n];
    cut_at[n] = view->voxel[n] / volume->step[n];
    cut[n] = view->cut[n];
    block[0][n] = (double)volume->step[n] / raycast->edge[n];
    block[1][n] = 0.5 / raycast->edge[n];
  }
  MedctRayGeometry geometry;
  medct_ray_geometry_init(&geometry, &view->camera, texel_to_ras, width, height);
  GLfloat gradient[9];
  for (int n = 0; n < 9; n++)
    gradient[n] = (GLfloat)geometry.gradient[n];
  set_geometry(raycast, "u_ray", &geometry);
  glUniformMatrix3fv(at(raycast, "u_gradient"), 1, GL_TRUE, gradient);
  glUniform1f(at(raycast, "u_step"), (GLfloat)step_mm(&geometry, view->fine));
  glUniform3i(at(raycast, "u_last"), volume->size[0] - 1, volume->size[1] - 1, volume->size[2] - 1);
  glUniform3iv(at(raycast, "u_last_block"), 1, raycast->last_block);
  set_vector(raycast, "u_cut_at", cut_at);
  set_vector(raycast, "u_cut", cut);
  set_vector(raycast, "u_block[0]", block[0]);
  set_vector(raycast, "u_block[1]", block[1]);
  set_depth(raycast, volume, &view->camera, texel_to_ras);
}

static void
set_glow(const MedctGlRaycast *raycast, const MedctGlRayView *view, int width, int height)
{
  const MedctOverlay *glow = view->glow;
  MedctRayGeometry grid;
  gboolean shown = glow != NULL && raycast->anything_glows &&
                   medct_ray_geometry_init(&grid, &view->camera, glow->grid_to_ras, width, height);
  glUniform1i(at(raycast, "u_glow"), shown);
  if (!shown)
    return;
  GLfloat stops[15];
  for (int n = 0; n < 5; n++) {
    guint32 rgb = medct_colormap_rgb(glow->map, n / 4.0);
    for (int c = 0; c < 3; c++)
      stops[3 * n + c] = (GLfloat)(rgb >> (16 - 8 * c) & 0xff) / 255;
  }
  set_geometry(raycast, "u_grid", &grid);
  set_vector(raycast, "u_glow_box[0]", raycast->box[0]);
  set_vector(raycast, "u_glow_box[1]", raycast->box[1]);
  glUniform3fv(at(raycast, "u_stops"), 5, stops);
  glUniform1i(at(raycast, "u_colours"), (GLint)glow->map);
  glUniform1f(at(raycast, "u_opacity"), (GLfloat)glow->opacity);
  glUniform1f(at(raycast, "u_glow_step"), (GLfloat)(view->fine ? GLOW_STEP_MM : 2 * GLOW_STEP_MM));
}

static void
bind(GLenum unit, GLenum target, GLuint texture)
{
  glActiveTexture(GL_TEXTURE0 + unit);
  glBindTexture(target, texture);
}

void
medct_gl_raycast_draw(MedctGlRaycast *raycast, const MedctGlRayView *view, int width, int height,
                      const cairo_rectangle_int_t *part)
{
  static const char *const samplers[4] = {"u_volume", "u_leaps", "u_transfer", "u_share"};
  glViewport(0, 0, width, height);
  glScissor(part->x, height - part->y - part->height, part->width, part->height);
  glEnable(GL_SCISSOR_TEST);
  raycast->program = raycast->programs[view->fine ? 1 : 0];
  glUseProgram(raycast->program);
  bind(3, GL_TEXTURE_3D, raycast->share);
  bind(2, GL_TEXTURE_2D, raycast->transfer);
  bind(1, GL_TEXTURE_3D, raycast->leaps);
  bind(0, GL_TEXTURE_3D, view->volume->texture);
  for (int n = 0; n < 4; n++)
    glUniform1i(at(raycast, samplers[n]), n);
  glUniform1f(at(raycast, "u_height"), (GLfloat)height);
  glUniform2f(at(raycast, "u_hu"), (GLfloat)view->volume->scale, (GLfloat)view->volume->offset);
  glUniform2f(at(raycast, "u_bins"), MEDCT_TRANSFER_LOW_HU, MEDCT_TRANSFER_STEP_HU);
  set_volume(raycast, view, width, height);
  set_glow(raycast, view, width, height);
  glBindVertexArray(raycast->vertices);
  glDrawArrays(GL_TRIANGLES, 0, 3);
  glBindVertexArray(0);
  glDisable(GL_SCISSOR_TEST);
}
