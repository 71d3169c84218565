#include "render/ray-camera.h"

#include <math.h>

/* Right on screen, up; toward the viewer is their cross product. RAS: +x is the patient's right. */
static const double sides[][2][3] = {
    [MEDCT_VIEW_FRONT] = {{-1, 0, 0}, {0, 0, 1}}, [MEDCT_VIEW_BACK] = {{1, 0, 0}, {0, 0, 1}},
    [MEDCT_VIEW_RIGHT] = {{0, 1, 0}, {0, 0, 1}},  [MEDCT_VIEW_LEFT] = {{0, -1, 0}, {0, 0, 1}},
    [MEDCT_VIEW_ABOVE] = {{1, 0, 0}, {0, 1, 0}},  [MEDCT_VIEW_BELOW] = {{-1, 0, 0}, {0, 1, 0}},
};

static void
cross(const double a[3], const double b[3], double out[3])
{
  for (int n = 0; n < 3; n++)
    out[n] = a[(n + 1) % 3] * b[(n + 2) % 3] - a[(n + 2) % 3] * b[(n + 1) % 3];
}

static double
dot(const double a[3], const double b[3])
{
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

static void
normalise(double a[3])
{
  double length = sqrt(dot(a, a));
  for (int n = 0; n < 3; n++)
    a[n] /= length;
}

MedctRayCamera
medct_ray_camera_new(const MedctPlane *plane, MedctViewSide side, int width, int height)
{
  MedctRayCamera camera = {0};
  double half[2] = {0, 0}, end[3] = {0, 0, 0};
  for (int n = 0; n < 2; n++)
    for (int a = 0; a < 3; a++)
      camera.axes[n][a] = sides[side][n][a];
  cross(camera.axes[0], camera.axes[1], camera.axes[2]);
  for (int n = 0; n < 3; n++)
    end[plane->axis[n]] = (double)plane->count[n] - 1;
  double middle[3] = {end[0] / 2, end[1] / 2, end[2] / 2};
  medct_matrix_apply(plane->affine, middle, camera.focus);
  for (int corner = 0; corner < 8; corner++) {
    double at[3], ras[3];
    for (int n = 0; n < 3; n++)
      at[n] = corner >> n & 1 ? end[n] + 0.5 : -0.5;
    medct_matrix_apply(plane->affine, at, ras);
    for (int n = 0; n < 3; n++)
      ras[n] -= camera.focus[n];
    for (int n = 0; n < 2; n++)
      half[n] = fmax(half[n], fabs(dot(ras, camera.axes[n])));
  }
  camera.mm_per_pixel = 1.04 * fmax(2 * half[0] / MAX(width, 1), 2 * half[1] / MAX(height, 1));
  return camera;
}

/* Turns two axes in their plane, then makes them perpendicular again: errors would add up. */
static void
turn(MedctRayCamera *camera, int a, int b, double angle)
{
  double c = cos(angle), s = sin(angle), *u = camera->axes[a], *v = camera->axes[b];
  for (int n = 0; n < 3; n++) {
    double was = u[n];
    u[n] = c * was + s * v[n];
    v[n] = c * v[n] - s * was;
  }
  normalise(camera->axes[2]);
  cross(camera->axes[1], camera->axes[2], camera->axes[0]);
  normalise(camera->axes[0]);
  cross(camera->axes[2], camera->axes[0], camera->axes[1]);
}

void
medct_ray_camera_orbit(MedctRayCamera *camera, double right, double down)
{
  turn(camera, 0, 2, right);
  turn(camera, 1, 2, -down);
}

void
medct_ray_camera_pan(MedctRayCamera *camera, double right_px, double down_px)
{
  for (int n = 0; n < 3; n++)
    camera->focus[n] +=
        camera->mm_per_pixel * (down_px * camera->axes[1][n] - right_px * camera->axes[0][n]);
}

char
medct_ray_camera_letter(const MedctRayCamera *camera, const int screen[2])
{
  double best = 0;
  char letter = 0;
  for (int n = 0; n < 3; n++) {
    double part = screen[0] * camera->axes[0][n] + screen[1] * camera->axes[1][n];
    if (fabs(part) > fabs(best) + 1e-9) {
      best = part;
      letter = (part > 0 ? "RAS" : "LPI")[n];
    }
  }
  return letter;
}

gboolean
medct_ray_geometry_init(MedctRayGeometry *geometry, const MedctRayCamera *camera,
                        const double texel_to_ras[16], int width, int height)
{
  double inverse[16], point[3];
  if (!medct_matrix_invert(texel_to_ras, inverse))
    return FALSE;
  double scale = camera->mm_per_pixel, x = 0.5 - width / 2.0, y = 0.5 - height / 2.0;
  for (int n = 0; n < 3; n++)
    point[n] = camera->focus[n] + scale * (x * camera->axes[0][n] - y * camera->axes[1][n]);
  medct_matrix_apply(inverse, point, geometry->corner);
  for (int n = 0; n < 3; n++) {
    const double *row = inverse + 4 * n;
    geometry->right[n] = scale * dot(row, camera->axes[0]);
    geometry->down[n] = -scale * dot(row, camera->axes[1]);
    geometry->away[n] = -dot(row, camera->axes[2]);
    /* Gradients turn with the transposed inverse. */
    for (int a = 0; a < 3; a++)
      geometry->gradient[3 * a + n] = dot(row, camera->axes[a]);
  }
  return TRUE;
}
