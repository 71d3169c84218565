/* The map over a picture. Where its grid lies along the picture's edges, as it does for a volume's
 * own planes, mixing falls apart into three: across the plane once, down once a row, along at each
 * pixel. medct_overlay_sample() says the same, point by point, and serves grids that lie askew. */
#include "render/overlay.h"

#include <math.h>

#define N_COLOURS 256

/* Two cells of one grid axis and the weight of the second; a −1: outside. */
typedef struct {
  int a, b;
  double weight;
} Tap;

typedef struct {
  const MedctOverlay *overlay;
  double first[3], right[3], down[3]; /* grid point of the first pixel, and a pixel's steps */
  int axis[3];                        /* of grid points: along, down, across; [0] −1: askew */
  Tap *columns;                       /* [width] along the grid, or only whether they are inside */
  double *layer, *line;               /* [rows of the grid, cells along]; one row of it */
  double bare[2];                     /* shares between which nothing is laid over */
  guint32 rgb[N_COLOURS];
} Walk;

static int
cells(const MedctOverlay *overlay, int axis)
{
  return overlay->size[2 - axis];
}

static Tap
tap_at(const MedctOverlay *overlay, int axis, double at)
{
  int count = cells(overlay, axis);
  if (!(at >= -0.5 && at < count - 0.5))
    return (Tap){-1, -1, 0};
  if (overlay->raw) {
    int nearest = (int)floor(at + 0.5);
    return (Tap){nearest, nearest, 0};
  }
  at = CLAMP(at, 0, count - 1);
  return (Tap){(int)at, MIN((int)at + 1, count - 1), at - (int)at};
}

/* ---- where the grid lies ------------------------------------------------------------------- */

/* The one axis that a step of `n` pixels runs along; −1: askew. */
static int
axis_of(const double step[3], int n)
{
  int axis = fabs(step[0]) > fabs(step[1]) ? 0 : 1;
  axis = fabs(step[2]) > fabs(step[axis]) ? 2 : axis;
  for (int a = 0; a < 3; a++)
    if (a != axis && fabs(step[a]) * n > 1e-6)
      return -1;
  return axis;
}

/* Everything from screen to grid is affine: three points give the walk over the pixels. */
static gboolean
find_grid(Walk *walk, const MedctPlane *plane, const MedctView *view, double index, int width,
          int height)
{
  double ras_to_grid[16], voxel_to_grid[16], corner[3][3];
  if (!medct_matrix_invert(walk->overlay->grid_to_ras, ras_to_grid))
    return FALSE;
  medct_matrix_multiply(ras_to_grid, plane->affine, voxel_to_grid);
  for (int n = 0; n < 3; n++) {
    double cell[3] = {0, 0, index}, voxel[3];
    medct_view_to_cell(view, 0.5 + (n == 1), 0.5 + (n == 2), &cell[0], &cell[1]);
    medct_plane_cell_to_voxel(plane, cell, voxel);
    medct_matrix_apply(voxel_to_grid, voxel, corner[n]);
  }
  for (int a = 0; a < 3; a++) {
    walk->first[a] = corner[0][a];
    walk->right[a] = corner[1][a] - corner[0][a];
    walk->down[a] = corner[2][a] - corner[0][a];
  }
  walk->axis[0] = axis_of(walk->right, width);
  walk->axis[1] = axis_of(walk->down, height);
  if (walk->axis[1] < 0 || walk->axis[0] == walk->axis[1])
    walk->axis[0] = -1;
  walk->axis[2] = 3 - walk->axis[0] - walk->axis[1];
  return TRUE;
}

/* FALSE: the plane passes by the grid. */
static gboolean
take_layer(Walk *walk)
{
  const MedctOverlay *overlay = walk->overlay;
  const int *axis = walk->axis;
  gsize stride[3] = {1, (gsize)cells(overlay, 0),
                     (gsize)cells(overlay, 0) * (gsize)cells(overlay, 1)};
  int along = cells(overlay, axis[0]), down = cells(overlay, axis[1]);
  Tap across = tap_at(overlay, axis[2], walk->first[axis[2]]);
  if (across.a < 0)
    return FALSE;
  walk->layer = g_new(double, (gsize)along *(gsize)down);
  walk->line = g_new(double, (gsize)along);
  for (int y = 0; y < down; y++)
    for (int x = 0; x < along; x++) {
      const float *cell = overlay->share + (gsize)x * stride[axis[0]] + (gsize)y * stride[axis[1]];
      walk->layer[y * along + x] =
          (1 - across.weight) * (double)cell[(gsize)across.a * stride[axis[2]]] +
          across.weight * (double)cell[(gsize)across.b * stride[axis[2]]];
    }
  return TRUE;
}

static void
take_columns(Walk *walk, const MedctPlane *plane, const MedctView *view, int width)
{
  walk->columns = g_new(Tap, (gsize)MAX(width, 1));
  for (int x = 0; x < width; x++) {
    double column, row;
    medct_view_to_cell(view, x + 0.5, 0, &column, &row);
    int axis = walk->axis[0];
    gboolean inside = column >= -0.5 && column < (double)plane->count[0] - 0.5;
    walk->columns[x] = !inside ? (Tap){-1, -1, 0}
                       : axis < 0
                           ? (Tap){0, 0, 0}
                           : tap_at(walk->overlay, axis, walk->first[axis] + x * walk->right[axis]);
  }
}

/* ---- pixels -------------------------------------------------------------------------------- */

static inline guint32
blend(guint32 under, guint32 rgb, double alpha)
{
  guint32 out = 0xff000000u;
  for (int shift = 16; shift >= 0; shift -= 8) {
    double a = under >> shift & 0xff, b = rgb >> shift & 0xff;
    out |= (guint32)(a + (b - a) * alpha + 0.5) << shift;
  }
  return out;
}

static inline void
lay_over(const Walk *walk, double share, guint32 *pixel)
{
  if (share >= walk->bare[0] && share <= walk->bare[1])
    return;
  double fraction = medct_overlay_fraction(walk->overlay, share);
  double alpha = medct_overlay_alpha(walk->overlay, fraction);
  if (alpha > 0)
    *pixel = blend(*pixel, walk->rgb[(int)(fraction * (N_COLOURS - 1) + 0.5)], alpha);
}

static void
paint_row(const Walk *walk, int y, guint32 *pixels, int width)
{
  int axis = walk->axis[1], along = cells(walk->overlay, walk->axis[0]);
  Tap row = tap_at(walk->overlay, axis, walk->first[axis] + y * walk->down[axis]);
  if (row.a < 0)
    return;
  for (int x = 0; x < along; x++)
    walk->line[x] = (1 - row.weight) * walk->layer[row.a * along + x] +
                    row.weight * walk->layer[row.b * along + x];
  for (int x = 0; x < width; x++) {
    const Tap *tap = &walk->columns[x];
    if (tap->a >= 0)
      lay_over(walk, (1 - tap->weight) * walk->line[tap->a] + tap->weight * walk->line[tap->b],
               pixels + x);
  }
}

static void
paint_askew(const Walk *walk, int y, guint32 *pixels, int width)
{
  for (int x = 0; x < width; x++) {
    double point[3];
    for (int n = 0; n < 3; n++)
      point[n] = walk->first[n] + x * walk->right[n] + y * walk->down[n];
    if (walk->columns[x].a >= 0)
      lay_over(walk, medct_overlay_sample(walk->overlay, point), pixels + x);
  }
}

static void
take_colours(Walk *walk)
{
  const MedctOverlay *overlay = walk->overlay;
  double bare = MEDCT_COLORMAP_BARE * overlay->top;
  walk->bare[0] = overlay->map == MEDCT_COLORMAP_FOR ? -INFINITY : -bare;
  walk->bare[1] = overlay->map == MEDCT_COLORMAP_AGAINST ? INFINITY : bare;
  for (int n = 0; n < N_COLOURS; n++)
    walk->rgb[n] = medct_colormap_rgb(overlay->map, n / (N_COLOURS - 1.0));
}

void
medct_overlay_paint(const MedctOverlay *overlay, const MedctPlane *plane, const MedctView *view,
                    double index, guint32 *pixels, int width, int height, int stride)
{
  Walk walk = {.overlay = overlay};
  if (!find_grid(&walk, plane, view, index, width, height) ||
      (walk.axis[0] >= 0 && !take_layer(&walk)))
    return;
  take_colours(&walk);
  take_columns(&walk, plane, view, width);
  for (int y = 0; y < height; y++, pixels += stride / 4) {
    double column, row;
    medct_view_to_cell(view, 0, y + 0.5, &column, &row);
    if (row >= -0.5 && row < (double)plane->count[1] - 0.5)
      (walk.axis[0] >= 0 ? paint_row : paint_askew)(&walk, y, pixels, width);
  }
  g_free(walk.columns);
  g_free(walk.layer);
  g_free(walk.line);
}
