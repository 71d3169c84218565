#include "phantom/shape.h"

MedctEllipsoid
medct_ellipsoid(MedctVec middle, MedctVec half)
{
  return (MedctEllipsoid){middle, half, {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
}

MedctEllipsoid
medct_ellipsoid_turned(MedctVec middle, MedctVec half, MedctVec along, MedctVec up)
{
  MedctVec a = medct_vec_unit(along);
  MedctVec b = medct_vec_unit(medct_vec_sub(up, medct_vec_scale(a, medct_vec_dot(up, a))));
  return (MedctEllipsoid){middle, half, {a, b, medct_vec_cross(a, b)}};
}

static float
reach(const MedctEllipsoid *e, float x, float y, float z)
{
  x *= e->half.x, y *= e->half.y, z *= e->half.z;
  return sqrtf(x * x + y * y + z * z);
}

MedctBounds
medct_ellipsoid_bounds(const MedctEllipsoid *e)
{
  const MedctVec *axis = e->axis;
  MedctVec r = {reach(e, axis[0].x, axis[1].x, axis[2].x),
                reach(e, axis[0].y, axis[1].y, axis[2].y),
                reach(e, axis[0].z, axis[1].z, axis[2].z)};
  return (MedctBounds){medct_vec_sub(e->middle, r), medct_vec_add(e->middle, r)};
}

MedctBounds
medct_tube_bounds(const MedctTube *tube)
{
  return medct_bounds_join(medct_bounds_around(tube->a, tube->ra),
                           medct_bounds_around(tube->b, tube->rb));
}
