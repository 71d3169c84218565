#include "phantom/thorax.h"
#include "phantom/mediastinum.h"
#include "phantom/random.h"

#define WIDEST  (-60.0f) /* z at which the chest is widest, mm */
#define LATTICE 5.0f     /* mm between nodes: a fifth of a millimetre off at a radius of 15 mm */

MedctVec
medct_thorax_section(const MedctPatient *patient, float z)
{
  float u = CLAMP((z - WIDEST) / (patient->apex + 4 - WIDEST), 0.0f, 0.999f);
  float taper = sqrtf(1 - u * u * u), low = CLAMP((-110 - z) / 60, 0.0f, 1.0f);
  return (MedctVec){patient->width * taper * (1 - 0.05f * low), 2 + 16 * u * u,
                    patient->depth * taper * (1.15f - 0.15f * taper) * (1 - 0.03f * low)};
}

/* |x/a|^p + |y/b|^p = 1 with p 2.25, made a distance by its gradient. */
static float
superellipse(float x, float y, float a, float b)
{
  float u = fabsf(x) / a, v = fabsf(y) / b;
  float up = u * sqrtf(sqrtf(u)), vp = v * sqrtf(sqrtf(v));
  float sum = u * up + v * vp;
  if (sum < 1e-3f)
    return -MIN(a, b);
  float f = powf(sum, 1 / 2.25f), g = f / sum;
  float gx = g * up / a, gy = g * vp / b;
  return (f - 1) / sqrtf(gx * gx + gy * gy);
}

float
medct_thorax_cage(const MedctPatient *patient, MedctVec p)
{
  MedctVec s = medct_thorax_section(patient, p.z);
  float d = superellipse(p.x, p.y - s.y, s.x, s.z);
  float top = p.z - patient->apex;
  return medct_shape_meet(d, top, 24);
}

float
medct_thorax_dome(const MedctPatient *patient, float x, float y)
{
  float side = x < 0 ? -1 : 1, peak = (x < 0 ? -62.0f : -70.0f) + patient->breath;
  /* Between the domes the heart lies on the central tendon, a little lower. */
  float u = (x - side * 64) / 68, v = (y + 6) / (patient->depth + 4);
  if (fabsf(x) < 64)
    u *= 0.55f;
  float q = u * u + v * v;
  float rim = MAX(0.0f, q - 0.42f);
  float steep = y > 0 ? 118 : 66;
  return peak - 16 * q - steep * rim * rim / (0.34f + rim);
}

float
medct_thorax_oblique(MedctVec p)
{
  return -18 + 0.98f * p.y + 0.06f * fabsf(p.x) + 0.0016f * p.y * p.y;
}

float
medct_thorax_horizontal(MedctVec p)
{
  return -4 + 0.08f * (p.x + 80) + 0.0012f * (p.x + 80) * (p.x + 80);
}

static float
skin(MedctVec p, const void *data)
{
  const MedctPatient *patient = data;
  float shoulder = medct_shape_step(38, 112, p.z), neck = medct_shape_step(95, 150, p.z);
  float a = patient->width + 27 + patient->fat + 34 * shoulder,
        b = patient->depth + 25 + 0.8f * patient->fat - 4 * shoulder - 14 * neck;
  float d = superellipse(p.x, p.y - 7, a, b);
  /* a furrow along the back bone */
  float furrow = expf(-p.x * p.x / 300) * (p.y > 60 ? 6.0f : 0);
  d += furrow;
  if (patient->female) {
    MedctVec half = {54 * patient->breast, 44 * patient->breast, 52 * patient->breast};
    float front = 7 - b;
    for (int side = -1; side <= 1; side += 2) {
      MedctEllipsoid breast = medct_ellipsoid((MedctVec){(float)side * 74, front + 16, -22}, half);
      d = medct_shape_join(d, medct_ellipsoid_distance(&breast, p), 22);
    }
  }
  return d;
}

static float
fat(MedctVec p, const void *data)
{
  const MedctPatient *patient = data;
  float front = medct_shape_step(30, -80, p.y), side = fabsf(p.x) / 150;
  return patient->fat *
         (0.65f + 0.35f * front + 0.25f * side - 0.2f * medct_shape_step(20, 110, p.z));
}

typedef struct {
  const MedctPatient *patient;
  const MedctMediastinum *mediastinum;
  const MedctLattice *bend; /* noise that takes the compass out of the curves, mm */
} LungData;

static float
bent_cage(MedctVec p, const void *data)
{
  const LungData *lung = data;
  return medct_thorax_cage(lung->patient, p) + medct_lattice_at(lung->bend, p);
}

/* The lungs fill what the chest leaves: cage, less mediastinum, less what is below the domes. */
static float
lung(MedctVec p, const void *data)
{
  const LungData *l = data;
  float wall = medct_thorax_cage(l->patient, p) + medct_lattice_at(l->bend, p) + 1.2f;
  if (wall > 12)
    return wall;
  MedctVec q = p;
  q.x += 1.3f * medct_lattice_at(l->bend, (MedctVec){p.y, p.z, p.x});
  q.z += 1.5f * medct_lattice_at(l->bend, (MedctVec){p.z, p.x, p.y});
  float dome = (medct_thorax_dome(l->patient, q.x, q.y) - q.z) * 0.75f;
  float middle = -medct_mediastinum_distance(l->mediastinum, q);
  float d = medct_shape_meet(wall, dome, 6);
  return medct_shape_meet(d, middle, 9);
}

void
medct_thorax_build(MedctScene *scene)
{
  const MedctPatient *patient = scene->patient;
  MedctPool *pool = scene->pool;
  const MedctBounds room = {{-185, -195, -215}, {185, 195, 215}};
  const MedctBounds far = {{-250, -250, -215}, {250, 250, 215}}; /* small bodies leave much air */
  const MedctBounds chest = {{-160, -135, -165}, {160, 140, 165}};
  g_autoptr(MedctLattice) bend = medct_lattice_new(chest, 32);
  g_autoptr(MedctMediastinum) mediastinum = medct_mediastinum_new(patient);
  MedctRandom random = medct_random_stream(patient->seed, patient->index, "bend");
  medct_lattice_noise(bend, random.key, 1.6f, pool);
  LungData data = {patient, mediastinum, bend};
  scene->skin = medct_lattice_new(far, 2 * LATTICE);
  medct_lattice_fill(scene->skin, skin, patient, pool);
  scene->fat = medct_lattice_new(far, 4 * LATTICE);
  medct_lattice_fill(scene->fat, fat, patient, pool);
  scene->cage = medct_lattice_new(room, LATTICE);
  medct_lattice_fill(scene->cage, bent_cage, &data, pool);
  scene->lung = medct_lattice_new(chest, LATTICE);
  medct_lattice_fill(scene->lung, lung, &data, pool);
  medct_mediastinum_draw(mediastinum, scene);
}
