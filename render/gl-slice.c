#include "render/gl-slice.h"

#include "render/gl-slice-shader.h"

/* What a program is compiled for, as bits of its number. */
enum { LINEAR = 1, SLAB = 2, THIN = 4, MAP = 8, RAW = 16, N_PROGRAMS = 32 };

struct _MedctGlSlice {
  GLuint programs[N_PROGRAMS]; /* 0: not needed yet */
  GLuint program;              /* in use */
  GLuint vertices, share;
};

static GLint
at(const MedctGlSlice *slice, const char *name)
{
  return glGetUniformLocation(slice->program, name);
}

static gboolean
use_program(MedctGlSlice *slice, int wanted, GError **error)
{
  static const char *const names[] = {"LINEAR", "SLAB", "THIN", "MAP", "RAW"};
  if (slice->programs[wanted] == 0) {
    g_autoptr(GString) source = g_string_new(NULL);
    for (gsize n = 0; n < G_N_ELEMENTS(names); n++)
      if (wanted >> n & 1)
        g_string_append_printf(source, "#define %s\n", names[n]);
    g_string_append(source, medct_gl_slice_shader);
    slice->programs[wanted] = medct_gl_program_new("slice", source->str, error);
    if (slice->programs[wanted] == 0)
      return FALSE;
  }
  slice->program = slice->programs[wanted];
  glUseProgram(slice->program);
  return TRUE;
}

MedctGlSlice *
medct_gl_slice_new(GError **error)
{
  MedctGlSlice *slice = g_new0(MedctGlSlice, 1);
  /* The plainest and the fullest now: a driver that refuses one is found out at the start. */
  if (!use_program(slice, LINEAR, error) || !use_program(slice, LINEAR | SLAB | MAP, error)) {
    medct_gl_slice_free(slice);
    return NULL;
  }
  glGenVertexArrays(1, &slice->vertices);
  glGenTextures(1, &slice->share);
  return slice;
}

void
medct_gl_slice_free(MedctGlSlice *slice)
{
  if (slice == NULL)
    return;
  glDeleteTextures(1, &slice->share);
  glDeleteVertexArrays(1, &slice->vertices);
  for (int n = 0; n < N_PROGRAMS; n++)
    glDeleteProgram(slice->programs[n]);
  g_free(slice);
}

void
medct_gl_slice_set_overlay(MedctGlSlice *slice, const MedctOverlay *overlay)
{
  glBindTexture(GL_TEXTURE_3D, slice->share);
  glTexParameteri(GL_TEXTURE_3D, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
  glTexParameteri(GL_TEXTURE_3D, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
  glTexParameteri(GL_TEXTURE_3D, GL_TEXTURE_MAX_LEVEL, 0);
  glTexImage3D(GL_TEXTURE_3D, 0, GL_R32F, overlay->size[2], overlay->size[1], overlay->size[0], 0,
               GL_RED, GL_FLOAT, overlay->share);
}

/* Whole-number steps through the volume, from plane cells to voxels. */
static void
set_walk(const MedctGlSlice *slice, const MedctGlSliceView *view)
{
  static const char *const names[3] = {"u_column", "u_row", "u_slice"};
  const MedctPlane *plane = view->plane;
  GLint origin[3] = {0, 0, 0};
  for (int n = 0; n < 3; n++) {
    GLint step[3] = {0, 0, 0};
    step[plane->axis[n]] = plane->reversed[n] ? -1 : 1;
    origin[plane->axis[n]] = plane->reversed[n] ? (GLint)plane->count[n] - 1 : 0;
    glUniform3iv(at(slice, names[n]), 1, step);
  }
  glUniform3iv(at(slice, "u_origin"), 1, origin);
  if (!medct_gl_volume_is_whole(view->volume))
    glUniform3iv(at(slice, "u_thin"), 1, view->volume->step);
  glUniform2i(at(slice, "u_count"), (GLint)plane->count[0], (GLint)plane->count[1]);
}

static void
set_slab(const MedctGlSlice *slice, const MedctGlSliceView *view, int64_t first, int64_t count)
{
  int kind = (int)view->slab.kind;
  /* With a falling HU scale the largest HU is the smallest texel. */
  if (view->volume->scale < 0 && (kind == MEDCT_SLAB_MAXIMUM || kind == MEDCT_SLAB_MINIMUM))
    kind = MEDCT_SLAB_MAXIMUM + MEDCT_SLAB_MINIMUM - kind;
  glUniform1i(at(slice, "u_first"), (GLint)first);
  if (count == 1)
    return;
  glUniform1i(at(slice, "u_slab"), (GLint)count);
  glUniform1i(at(slice, "u_kind"), kind);
}

/* Everything from screen to grid is affine: the grid point of the first pixel, and the steps.
 * FALSE: the map lies nowhere. */
static gboolean
find_grid(const MedctGlSliceView *view, GLfloat grid[9])
{
  double ras_to_grid[16], voxel_to_grid[16], corner[3][3];
  if (view->overlay == NULL || !medct_matrix_invert(view->overlay->grid_to_ras, ras_to_grid))
    return FALSE;
  medct_matrix_multiply(ras_to_grid, view->plane->affine, voxel_to_grid);
  for (int n = 0; n < 3; n++) {
    double cell[3] = {0, 0, (double)view->index}, voxel[3];
    medct_view_to_cell(&view->view, 0.5 + (n == 1), 0.5 + (n == 2), &cell[0], &cell[1]);
    medct_plane_cell_to_voxel(view->plane, cell, voxel);
    medct_matrix_apply(voxel_to_grid, voxel, corner[n]);
    for (int a = 0; a < 3; a++)
      grid[3 * n + a] = (GLfloat)(corner[n][a] - (n > 0 ? corner[0][a] : 0));
  }
  return TRUE;
}

static void
set_map(const MedctGlSlice *slice, const MedctOverlay *overlay, const GLfloat grid[9])
{
  GLfloat stops[15];
  for (int n = 0; n < 5; n++) {
    guint32 rgb = medct_colormap_rgb(overlay->map, n / 4.0);
    for (int c = 0; c < 3; c++)
      stops[3 * n + c] = (GLfloat)(rgb >> (16 - 8 * c) & 0xff) / 255;
  }
  glUniform3fv(at(slice, "u_grid"), 3, grid);
  glUniform3fv(at(slice, "u_stops"), 5, stops);
  glUniform1i(at(slice, "u_share"), 1);
  glUniform1i(at(slice, "u_colours"), (GLint)overlay->map);
  glUniform1f(at(slice, "u_top"), (GLfloat)overlay->top);
  glUniform1f(at(slice, "u_opacity"), (GLfloat)overlay->opacity);
}

gboolean
medct_gl_slice_draw(MedctGlSlice *slice, const MedctGlSliceView *view, int width, int height,
                    GError **error)
{
  int64_t first, count;
  GLfloat grid[9];
  medct_slab_range(view->plane, view->index, view->slab, &first, &count);
  gboolean mapped = find_grid(view, grid);
  int wanted = (view->linear ? LINEAR : 0) | (count > 1 ? SLAB : 0) |
               (medct_gl_volume_is_whole(view->volume) ? 0 : THIN) | (mapped ? MAP : 0) |
               (mapped && view->overlay->raw ? RAW : 0);
  if (!use_program(slice, wanted, error))
    return FALSE;
  glViewport(0, 0, width, height);
  glActiveTexture(GL_TEXTURE1);
  glBindTexture(GL_TEXTURE_3D, slice->share);
  glActiveTexture(GL_TEXTURE0);
  glBindTexture(GL_TEXTURE_3D, view->volume->texture);
  glUniform1i(at(slice, "u_volume"), 0);
  glUniform1f(at(slice, "u_height"), (GLfloat)height);
  glUniform2f(at(slice, "u_view"), (GLfloat)view->view.x, (GLfloat)view->view.y);
  glUniform2f(at(slice, "u_step"), (GLfloat)view->view.step[0], (GLfloat)view->view.step[1]);
  glUniform2f(at(slice, "u_hu"), (GLfloat)view->volume->scale, (GLfloat)view->volume->offset);
  glUniform2f(at(slice, "u_window"), (GLfloat)view->window.width, (GLfloat)view->window.level);
  set_walk(slice, view);
  set_slab(slice, view, first, count);
  if (mapped)
    set_map(slice, view->overlay, grid);
  glBindVertexArray(slice->vertices);
  glDrawArrays(GL_TRIANGLES, 0, 3);
  glBindVertexArray(0);
  return TRUE;
}
