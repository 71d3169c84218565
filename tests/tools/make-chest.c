/* make-chest OUT [SIZE IN-PLANE-MM SLICES SLICE-MM]: a made-up chest as NIfTI, for trying things
 * out and for measuring. Ellipsoids and tubes in HU with noise; nobody's anatomy. Axes run toward
 * Left, Posterior, Superior, as chest CT is usually stored. */
#include "model/nifti_write.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Places in mm from the middle of the chest: x to the Left, y Posterior, z Superior. */
typedef struct {
  double x, y, z;
} Point;

typedef struct {
  Point from, to;
  double radius; /* mm at `from`, a third of it at `to` */
} Vessel;

enum { N_VESSELS = 40 };
typedef struct {
  guint32 state; /* of the random numbers */
  Vessel vessels[N_VESSELS];
} Chest;

/* xorshift32: the same chest on every machine; 0 ≤ result < 1. */
static double
uniform(Chest *chest)
{
  chest->state ^= chest->state << 13;
  chest->state ^= chest->state >> 17;
  chest->state ^= chest->state << 5;
  return chest->state / 4294967296.0;
}

static double
noise(Chest *chest)
{
  return uniform(chest) + uniform(chest) + uniform(chest) + uniform(chest) - 2;
}

/* Below 1 inside the ellipsoid with middle c and half axes r. */
static double
ellipsoid(Point p, Point c, Point r)
{
  double x = (p.x - c.x) / r.x, y = (p.y - c.y) / r.y, z = (p.z - c.z) / r.z;
  return x * x + y * y + z * z;
}

static double
ellipse(Point p, double cx, double cy, double rx, double ry)
{
  double x = (p.x - cx) / rx, y = (p.y - cy) / ry;
  return x * x + y * y;
}

static void
grow_vessels(Chest *chest)
{
  for (int i = 0; i < N_VESSELS; i++) {
    double side = i % 2 ? 1 : -1;
    Point hilum = {side * 32, 5, 5};
    Point end = {side * (50 + 70 * uniform(chest)), -65 + 130 * uniform(chest),
                 -105 + 210 * uniform(chest)};
    chest->vessels[i] = (Vessel){hilum, end, 3 + 2 * uniform(chest)};
  }
}

static gboolean
in_vessel(const Chest *chest, Point p)
{
  for (int i = 0; i < N_VESSELS; i++) {
    const Vessel *v = &chest->vessels[i];
    Point d = {v->to.x - v->from.x, v->to.y - v->from.y, v->to.z - v->from.z};
    Point q = {p.x - v->from.x, p.y - v->from.y, p.z - v->from.z};
    double along = (q.x * d.x + q.y * d.y + q.z * d.z) / (d.x * d.x + d.y * d.y + d.z * d.z);
    along = CLAMP(along, 0, 1);
    double x = q.x - along * d.x, y = q.y - along * d.y, z = q.z - along * d.z;
    double radius = v->radius * (1 - 0.67 * along);
    if (x * x + y * y + z * z < radius * radius)
      return TRUE;
  }
  return FALSE;
}

static double
lung(const Chest *chest, Point p)
{
  static const Point nodule = {-82, 30, 35};
  if (ellipsoid(p, nodule, (Point){8, 8, 8}) < 1)
    return 30;
  if (in_vessel(chest, p))
    return 35;
  return -850 + 0.5 * p.y; /* denser behind, where a lying patient's blood gathers */
}

static double
bones(Point p)
{
  double vertebra = ellipse(p, 0, 72, 21, 19);
  if (vertebra < 1)
    return fabs(fmod(p.z + 500, 26) - 13) > 11 ? 60 : vertebra > 0.75 ? 500 : 180;
  if (ellipse(p, 0, 98, 9, 8) < 1)
    return 20; /* spinal canal */
  if (ellipse(p, 0, 101, 15, 14) < 1)
    return 450;
  if (ellipse(p, 0, -88, 17, 6) < 1)
    return 250; /* sternum */
  double cage = ellipse(p, 0, 4, 148, 100);
  gboolean rib = fabs(fmod(p.z - 0.45 * p.y + 1000, 30) - 15) < 5.5;
  return cage > 0.9 && cage < 1.03 && rib ? 420 : NAN;
}

static double
inside(const Chest *chest, Point p)
{
  static const Point heart = {24, -28, -52}, liver = {-70, -5, -165}, left = {72, 0, 0},
                     right = {-74, 0, 0};
  double bone = bones(p);
  if (!isnan(bone))
    return bone;
  if (ellipse(p, 3, 12, 8, 8) < 1 && p.z > 20)
    return -985; /* trachea */
  if (ellipse(p, 20, 48, 13, 13) < 1)
    return 48; /* aorta */
  if (ellipsoid(p, heart, (Point){56, 46, 58}) < 1)
    return 46;
  if (ellipsoid(p, liver, (Point){88, 88, 92}) < 1)
    return 62;
  if (ellipsoid(p, left, (Point){58, 82, 138}) < 1 || ellipsoid(p, right, (Point){60, 84, 134}) < 1)
    return lung(chest, p);
  return ellipse(p, 0, 4, 52, 70) < 1 ? 10 : 50; /* mediastinum, muscle */
}

static double
hu(const Chest *chest, Point p)
{
  double body = ellipse(p, 0, 0, 178, 122);
  if (body < 0.82)
    return inside(chest, p);
  if (body < 1)
    return body > 0.985 ? 20 : -95; /* skin, fat */
  gboolean table = fabs(p.y - 133 - p.x * p.x / 1500) < 3 && fabs(p.x) < 200;
  return table ? -250 : -1000;
}

static void
draw(Chest *chest, int16_t *voxels, const int64_t dims[3], const double spacing[3])
{
  for (int64_t k = 0; k < dims[2]; k++)
    for (int64_t j = 0; j < dims[1]; j++)
      for (int64_t i = 0; i < dims[0]; i++) {
        Point p = {((double)i - (double)(dims[0] - 1) / 2) * spacing[0],
                   ((double)j - (double)(dims[1] - 1) / 2) * spacing[1],
                   ((double)k - (double)(dims[2] - 1) / 2) * spacing[2]};
        double value = hu(chest, p) + 22 * noise(chest);
        *voxels++ = (int16_t)lround(MAX(value, -1024));
      }
}

int
main(int argc, char **argv)
{
  if (argc != 2 && argc != 6) {
    g_printerr("make-chest OUT [SIZE IN-PLANE-MM SLICES SLICE-MM]\n");
    return 2;
  }
  double given[4] = {256, 1.5, 200, 1.5};
  for (int i = 0; i + 2 < argc; i++)
    given[i] = g_ascii_strtod(argv[i + 2], NULL);
  int64_t dims[3] = {(int64_t)given[0], (int64_t)given[0], (int64_t)given[2]};
  double spacing[3] = {given[1], given[1], given[3]};
  if (!(given[0] >= 1 && given[0] <= 2048 && given[2] >= 1 && given[2] <= 4096 && given[1] > 0 &&
        given[3] > 0)) {
    g_printerr("make-chest: sizes must be at least 1 and spacings above 0\n");
    return 2;
  }
  double affine[16] = {
      -spacing[0], 0,           0,          spacing[0] * (double)(dims[0] - 1) / 2,
      0,           -spacing[1], 0,          spacing[1] * (double)(dims[1] - 1) / 2,
      0,           0,           spacing[2], -spacing[2] * (double)(dims[2] - 1) / 2,
      0,           0,           0,          1};
  Chest chest = {.state = 20240229};
  grow_vessels(&chest);
  g_autofree int16_t *voxels = g_new(int16_t, (gsize)(dims[0] * dims[1] * dims[2]));
  draw(&chest, voxels, dims, spacing);
  g_autoptr(GError) error = NULL;
  if (medct_nifti_write_int16(argv[1], voxels, dims, affine, &error))
    return 0;
  g_printerr("make-chest: %s\n", error->message);
  return 1;
}
