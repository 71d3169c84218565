#include "phantom/mediastinum.h"
#include "phantom/heart.h"
#include "phantom/vessels.h"

struct _MedctMediastinum {
  const MedctPatient *patient;
  GArray *vessels; /* of MedctGreatVessel */
  MedctHeart heart;
  MedctBounds heart_bounds;
};

MedctMediastinum *
medct_mediastinum_new(const MedctPatient *patient)
{
  MedctMediastinum *mediastinum = g_new0(MedctMediastinum, 1);
  mediastinum->patient = patient;
  mediastinum->vessels = medct_great_vessels(patient);
  mediastinum->heart = medct_heart(patient, patient->heart);
  mediastinum->heart_bounds = medct_heart_bounds(&mediastinum->heart);
  return mediastinum;
}

void
medct_mediastinum_free(MedctMediastinum *mediastinum)
{
  if (mediastinum == NULL)
    return;
  g_array_unref(mediastinum->vessels);
  g_free(mediastinum);
}

/* The sheet between the lungs: thin behind the breast bone, thicker above and below. */
static float
sheet(const MedctPatient *patient, MedctVec p)
{
  float middle = 4 + 10 * medct_shape_step(10, -60, p.z) * medct_shape_step(-20, -80, p.y);
  float half = 4 + 9 * medct_shape_step(55, 110, p.z) + 10 * medct_shape_step(-62, -92, p.y - 2) +
               3 * medct_shape_step(-40, -80, p.z);
  return fabsf(p.x - middle) - half;
}

/* Back bone with the soft parts beside it. */
static float
spine(MedctVec p)
{
  float x = p.x / 1.15f, y = p.y - 68;
  return sqrtf(x * x + y * y) - 21;
}

static inline gboolean
is_near(const MedctBounds *b, MedctVec p)
{
  const float mm = 22; /* beyond, a fillet of 14 mm feels nothing */
  return p.x > b->low.x - mm && p.x < b->high.x + mm && p.y > b->low.y - mm &&
         p.y < b->high.y + mm && p.z > b->low.z - mm && p.z < b->high.z + mm;
}

float
medct_mediastinum_distance(const MedctMediastinum *mediastinum, MedctVec p)
{
  float d = medct_shape_join(sheet(mediastinum->patient, p), spine(p), 14);
  for (guint n = 0; n < mediastinum->vessels->len && fabsf(p.x) < 110; n++) {
    const MedctGreatVessel *v = &g_array_index(mediastinum->vessels, MedctGreatVessel, n);
    if (!v->in_hilum && is_near(&v->bounds, p))
      d = medct_shape_join(d, medct_tube_distance(&v->tube, p) - 1.6f, 8);
  }
  if (!is_near(&mediastinum->heart_bounds, p))
    return d;
  return medct_shape_join(d, medct_heart_distance(&mediastinum->heart, p) - 4, 10);
}

void
medct_mediastinum_draw(const MedctMediastinum *mediastinum, MedctScene *scene)
{
  medct_heart_draw(&mediastinum->heart, scene, -1);
  medct_great_vessels_draw(mediastinum->vessels, scene);
}
