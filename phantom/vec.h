/* Places in the phantom: millimetres, x toward the patient's Left, y Posterior, z Superior; the
 * origin lies in the middle of the chest, at the height of the heart's base. */
#pragma once

#include <glib.h>
#include <math.h>

typedef struct {
  float x, y, z;
} MedctVec;

typedef struct {
  MedctVec low, high;
} MedctBounds;

static inline MedctVec
medct_vec_add(MedctVec a, MedctVec b)
{
  return (MedctVec){a.x + b.x, a.y + b.y, a.z + b.z};
}

static inline MedctVec
medct_vec_sub(MedctVec a, MedctVec b)
{
  return (MedctVec){a.x - b.x, a.y - b.y, a.z - b.z};
}

static inline MedctVec
medct_vec_scale(MedctVec a, float s)
{
  return (MedctVec){a.x * s, a.y * s, a.z * s};
}

static inline float
medct_vec_dot(MedctVec a, MedctVec b)
{
  return a.x * b.x + a.y * b.y + a.z * b.z;
}

static inline MedctVec
medct_vec_cross(MedctVec a, MedctVec b)
{
  return (MedctVec){a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}

static inline float
medct_vec_length(MedctVec a)
{
  return sqrtf(medct_vec_dot(a, a));
}

/* The zero vector stays zero. */
static inline MedctVec
medct_vec_unit(MedctVec a)
{
  float length = medct_vec_length(a);
  return length > 0 ? medct_vec_scale(a, 1 / length) : a;
}

static inline MedctVec
medct_vec_mix(MedctVec a, MedctVec b, float t)
{
  return medct_vec_add(a, medct_vec_scale(medct_vec_sub(b, a), t));
}

static inline MedctBounds
medct_bounds_around(MedctVec p, float radius)
{
  return (MedctBounds){{p.x - radius, p.y - radius, p.z - radius},
                       {p.x + radius, p.y + radius, p.z + radius}};
}

static inline MedctBounds
medct_bounds_join(MedctBounds a, MedctBounds b)
{
  return (MedctBounds){{MIN(a.low.x, b.low.x), MIN(a.low.y, b.low.y), MIN(a.low.z, b.low.z)},
                       {MAX(a.high.x, b.high.x), MAX(a.high.y, b.high.y), MAX(a.high.z, b.high.z)}};
}

static inline MedctBounds
medct_bounds_grow(MedctBounds a, float by)
{
  return (MedctBounds){{a.low.x - by, a.low.y - by, a.low.z - by},
                       {a.high.x + by, a.high.y + by, a.high.z + by}};
}
