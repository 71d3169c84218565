/* Signed distances in mm, negative inside: what organs are built from. Ellipsoids give a distance
 * that is exact at the surface and close to it elsewhere. Thread: any. */
#pragma once

#include "phantom/vec.h"

/* A tube from a to b whose radius goes from ra to rb. */
typedef struct {
  MedctVec a, b;
  float ra, rb;
} MedctTube;

/* `axis` are orthonormal; the half axes lie along them. */
typedef struct {
  MedctVec middle, half, axis[3];
} MedctEllipsoid;

static inline float
medct_tube_distance(const MedctTube *tube, MedctVec p)
{
  MedctVec d = medct_vec_sub(tube->b, tube->a), q = medct_vec_sub(p, tube->a);
  float length2 = medct_vec_dot(d, d);
  float t = length2 > 0 ? medct_vec_dot(q, d) / length2 : 0;
  t = CLAMP(t, 0.0f, 1.0f);
  return medct_vec_length(medct_vec_sub(q, medct_vec_scale(d, t))) -
         (tube->ra + (tube->rb - tube->ra) * t);
}

static inline float
medct_ellipsoid_distance(const MedctEllipsoid *e, MedctVec p)
{
  MedctVec q = medct_vec_sub(p, e->middle);
  float x = medct_vec_dot(q, e->axis[0]) / e->half.x, y = medct_vec_dot(q, e->axis[1]) / e->half.y,
        z = medct_vec_dot(q, e->axis[2]) / e->half.z;
  float gx = x / e->half.x, gy = y / e->half.y, gz = z / e->half.z;
  float f = sqrtf(x * x + y * y + z * z), g = sqrtf(gx * gx + gy * gy + gz * gz);
  return g > 1e-9f ? f * (f - 1) / g : -MIN(e->half.x, MIN(e->half.y, e->half.z));
}

/* Union and intersection with a fillet of about k mm. */
static inline float
medct_shape_join(float a, float b, float k)
{
  float h = MAX(k - fabsf(a - b), 0.0f) / k;
  return MIN(a, b) - h * h * k * 0.25f;
}

static inline float
medct_shape_meet(float a, float b, float k)
{
  return -medct_shape_join(-a, -b, k);
}

/* 0 below a, 1 above b, smooth between. */
static inline float
medct_shape_step(float a, float b, float x)
{
  float t = CLAMP((x - a) / (b - a), 0.0f, 1.0f);
  return t * t * (3 - 2 * t);
}

/* Axes along x, y, z. */
MedctEllipsoid medct_ellipsoid(MedctVec middle, MedctVec half);
/* The first axis along `along`, the second as near to `up` as can be. */
MedctEllipsoid medct_ellipsoid_turned(MedctVec middle, MedctVec half, MedctVec along, MedctVec up);
MedctBounds medct_ellipsoid_bounds(const MedctEllipsoid *ellipsoid);
MedctBounds medct_tube_bounds(const MedctTube *tube);
