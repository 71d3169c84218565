#include "tests/raycast-twin.h"

#include <math.h>
#include <string.h>

typedef struct {
  const MedctGlRayView *view;
  const float *table; /* [back, front, 4] */
  MedctRayGeometry ray, grid;
  double step, depth[2]; /* mm; nearest corner, one over the range */
} Twin;

static double
voxel_hu(const MedctGlRayView *view, const int at[3])
{
  const MedctVolumeHeader *header = view->volume->image.header;
  int64_t index[3];
  for (int n = 0; n < 3; n++)
    index[n] = (int64_t)CLAMP(at[n], 0, view->volume->size[n] - 1) * view->volume->step[n];
  const int16_t *voxels = view->volume->image.voxels;
  int16_t v = voxels[index[0] + header->dims[0] * (index[1] + header->dims[1] * index[2])];
  return header->hu_slope * v + header->hu_intercept;
}

static double
value(const Twin *twin, const double at[3])
{
  double sum = 0, w[3];
  int low[3];
  for (int n = 0; n < 3; n++) {
    double inside = CLAMP(at[n], 0, twin->view->volume->size[n] - 1);
    low[n] = (int)(twin->view->fine ? floor(inside) : floor(inside + 0.5));
    w[n] = twin->view->fine ? inside - low[n] : 0;
  }
  for (int corner = 0; corner < 8; corner++) {
    double part = 1;
    int to[3];
    for (int n = 0; n < 3; n++) {
      int up = corner >> n & 1;
      part *= up ? w[n] : 1 - w[n];
      to[n] = low[n] + up;
    }
    if (part > 0)
      sum += part * voxel_hu(twin->view, to);
  }
  return sum;
}

static void
shade(const Twin *twin, const double at[3], const float medium[4], double rgb[3])
{
  double d[3], g[3], steep = 0, facing = 0, mirror = 0;
  static const double light[3] = {-0.3714, 0.5571, 0.7428}, half[3] = {-0.1989, 0.2984, 0.9335};
  for (int n = 0; n < 3; n++) {
    double up[3] = {at[0], at[1], at[2]}, down[3] = {at[0], at[1], at[2]};
    up[n] += 1;
    down[n] -= 1;
    d[n] = (value(twin, up) - value(twin, down)) / 2;
  }
  for (int n = 0; n < 3; n++) {
    const double *row = twin->ray.gradient + 3 * n;
    g[n] = row[0] * d[0] + row[1] * d[1] + row[2] * d[2];
    steep += g[n] * g[n];
  }
  steep = sqrt(steep);
  double side = g[2] > 0 ? 1 : -1; /* the normal faces the viewer */
  for (int n = 0; n < 3 && steep >= 1e-3; n++) {
    facing += side * g[n] / steep * light[n];
    mirror += side * g[n] / steep * half[n];
  }
  double part = fmin(steep / 60, 1);
  for (int c = 0; c < 3; c++) {
    double lit =
        (double)medium[c] * (0.26 + 0.80 * fmax(facing, 0)) + 0.22 * pow(fmax(mirror, 0), 28);
    rgb[c] = (1 - part) * (double)medium[c] * 0.8 + part * lit;
  }
}

static gboolean
inside(const double at[3], const double away[3], const double low[3], const double high[3],
       double *from, double *to)
{
  for (int n = 0; n < 3; n++) {
    if (away[n] == 0) {
      if (at[n] < low[n] || at[n] > high[n])
        return FALSE;
      continue;
    }
    double a = (low[n] - at[n]) / away[n], b = (high[n] - at[n]) / away[n];
    *from = fmax(*from, fmin(a, b));
    *to = fmin(*to, fmax(a, b));
  }
  return *from <= *to;
}

static void
point(const double at[3], const double away[3], double t, double out[3])
{
  for (int n = 0; n < 3; n++)
    out[n] = at[n] + t * away[n];
}

/* Returns where the surface lies. */
static double
march(const Twin *twin, const double at[3], double from, double to, gboolean cut, double rgb[3])
{
  int n = (int)((to - from) / twin->step) + 1;
  double alpha = 0, surface = 1e9, front = 0;
  for (int k = 0; k < n && alpha < 0.98; k++) {
    double t = from + k * twin->step, p[3], colour[3];
    point(at, twin->ray.away, t, p);
    double back = value(twin, p);
    if (k == 0)
      front = back;
    const float *medium = twin->table + 4 * (MEDCT_TRANSFER_BINS * medct_transfer_bin(back) +
                                             medct_transfer_bin(front));
    front = back;
    double part = (1 - exp(-(double)medium[3] * twin->step)) * (1 - alpha);
    if (part <= 0)
      continue;
    shade(twin, p, medium, colour);
    double darker = 1 - 0.45 * CLAMP((t - twin->depth[0]) * twin->depth[1], 0, 1);
    for (int c = 0; c < 3; c++) {
      double flat = (double)medium[c] * (k == 0 && cut && part > 0.01 ? 0.85 : 0.8);
      rgb[c] += part * darker * (part <= 0.01 || (k == 0 && cut) ? flat : colour[c]);
    }
    alpha += part;
    if (surface > 1e8 && alpha > 0.5)
      surface = t;
  }
  return surface;
}

static void
glow(const Twin *twin, const double at[3], double from, double surface, double rgb[3])
{
  const MedctOverlay *overlay = twin->view->glow;
  double to = 1e6, most = 0, where = 0;
  const double low[3] = {-0.5, -0.5, -0.5};
  const double high[3] = {overlay->size[2] - 0.5, overlay->size[1] - 0.5, overlay->size[0] - 0.5};
  if (!inside(at, twin->grid.away, low, high, &from, &to))
    return;
  for (double t = from; t <= to; t += 0.5) {
    double p[3], f;
    point(at, twin->grid.away, t, p);
    f = medct_overlay_sample(overlay, p) / overlay->top;
    f = overlay->map == MEDCT_COLORMAP_AGAINST ? -f : f;
    if (overlay->map == MEDCT_COLORMAP_DIFFERENCE ? fabs(f) > fabs(most) : f > most) {
      most = f;
      where = t;
    }
  }
  double alpha = medct_colormap_alpha(fabs(most), overlay->opacity) * (where > surface ? 0.6 : 1);
  guint32 colour = medct_colormap_rgb(
      overlay->map, overlay->map == MEDCT_COLORMAP_DIFFERENCE ? 0.5 + most / 2 : most);
  for (int c = 0; c < 3; c++)
    rgb[c] += alpha * ((colour >> (16 - 8 * c) & 0xff) / 255.0 - rgb[c]);
}

static void
cast(const Twin *twin, int x, int y, float *out)
{
  const MedctGlVolume *volume = twin->view->volume;
  double at[3], cell[3], rgb[3] = {0, 0, 0}, from = -1e6, to = 1e6, cut = 1e6, surface = 1e9;
  double low[3] = {-0.5, -0.5, -0.5}, high[3];
  for (int n = 0; n < 3; n++) {
    at[n] = twin->ray.corner[n] + x * twin->ray.right[n] + y * twin->ray.down[n];
    cell[n] = twin->grid.corner[n] + x * twin->grid.right[n] + y * twin->grid.down[n];
    high[n] = volume->size[n] - 0.5;
    if (twin->view->cut[n] && twin->ray.away[n] != 0)
      cut = fmin(cut, (twin->view->voxel[n] / volume->step[n] - at[n]) / twin->ray.away[n]);
  }
  gboolean hit = inside(at, twin->ray.away, low, high, &from, &to);
  gboolean is_cut = cut < 1e6 && cut > from;
  from = is_cut ? cut : from;
  if (hit && from < to)
    surface = march(twin, at, from, to, is_cut, rgb);
  if (twin->view->glow != NULL)
    glow(twin, cell, is_cut ? cut : -1e6, surface, rgb);
  for (int c = 0; c < 3; c++)
    out[c] = (float)fmin(rgb[c], 1);
}

static void
measure_depth(Twin *twin, const double texel_to_ras[16])
{
  double near = INFINITY, far = -INFINITY;
  for (int corner = 0; corner < 8; corner++) {
    double texel[3], ras[3], depth = 0;
    for (int n = 0; n < 3; n++)
      texel[n] = corner >> n & 1 ? twin->view->volume->size[n] - 1 : 0;
    medct_matrix_apply(texel_to_ras, texel, ras);
    for (int n = 0; n < 3; n++)
      depth -= (ras[n] - twin->view->camera.focus[n]) * twin->view->camera.axes[2][n];
    near = fmin(near, depth);
    far = fmax(far, depth);
  }
  twin->depth[0] = near;
  twin->depth[1] = 1 / fmax(far - near, 1);
}

void
raycast_twin(const MedctGlRayView *view, const MedctTransfer *transfer, int width, int height,
             float *rgb)
{
  enum { N = MEDCT_TRANSFER_BINS };
  g_autofree float *table = g_new(float, 4 * N * N);
  medct_transfer_table(transfer, table);
  Twin twin = {.view = view, .table = table};
  double texel_to_ras[16], fastest = 0;
  memcpy(texel_to_ras, view->volume->image.header->affine, sizeof texel_to_ras);
  for (int n = 0; n < 12; n++)
    texel_to_ras[n] *= n % 4 < 3 ? view->volume->step[n % 4] : 1;
  g_assert_true(medct_ray_geometry_init(&twin.ray, &view->camera, texel_to_ras, width, height));
  if (view->glow != NULL)
    g_assert_true(
        medct_ray_geometry_init(&twin.grid, &view->camera, view->glow->grid_to_ras, width, height));
  for (int n = 0; n < 3; n++)
    fastest = fmax(fastest, fabs(twin.ray.away[n]));
  twin.step = (view->fine ? 1 : 2) / fastest;
  measure_depth(&twin, texel_to_ras);
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++, rgb += 3)
      cast(&twin, x, y, rgb);
}
