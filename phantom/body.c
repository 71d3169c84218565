/* Air, couch, skin, fat, muscle, the bones that lie in the chest wall, and the lungs' substance:
 * one pass over all voxels, row by row, from the scene's fields. */
#include "phantom/random.h"
#include "phantom/slab.h"
#include "phantom/thorax.h"

enum { MAX_ROW = 2048 };

#define GRAIN_HU 9.0f  /* sd of the fine texture */
#define SHEET_MM 19.0f /* makes the noise about a distance to its zero */

typedef struct {
  const MedctScene *scene;
  const MedctPatient *patient;
  float edge;
  const MedctLattice *sheets, *clouds,
      *grain; /* fat between muscles; slow and fast texture of lung */
  float skin[MAX_ROW], cage[MAX_ROW], lung[MAX_ROW], fat[MAX_ROW];
  float sheet[MAX_ROW], cloud[MAX_ROW], fine[MAX_ROW];
} Row;

static inline float
share(float distance, float edge)
{
  return CLAMP(0.5f - distance / edge, 0.0f, 1.0f);
}

static inline float
over(float below, float hu, float w)
{
  return below + w * (hu - below);
}

/* ---- bones in the chest wall, by their place in the wall: c mm outside the pleura --------- */

/* Bone of half thickness r: dense shell around marrow. `d` is the distance to its surface. */
static float
bone(float below, float d, float shell, float marrow, float edge)
{
  below = over(below, 620, share(d, edge));
  return over(below, marrow, share(d + shell, edge));
}

static float
rib(float below, MedctVec p, float c, const Row *row)
{
  const float gap = 25, slope = 0.56f;
  float z = p.z + slope * (88 - p.y) - 124 + 0.26f * fabsf(p.x);
  float n = roundf(-z / gap);
  if (n < 0 || n > 11 || (fabsf(p.x) < 16 && p.y < 0))
    return below;
  float away = (z + n * gap) * 0.87f, across = c - 5.2f;
  float high = 6.2f, thick = 4.0f;
  float e = sqrtf(away * away / (high * high) + across * across / (thick * thick));
  float d = (e - 1) * thick;
  /* In front ribs are cartilage, the lower the farther round; the last two float. */
  float cartilage = -34 - 5 * n + (n > 6 ? 12 * (n - 6) : 0);
  if (p.y < cartilage)
    return n > 9 ? below : over(below, row->patient->cartilage, share(d, row->edge));
  return bone(below, d, 1.4f, 0.55f * row->patient->marrow, row->edge);
}

static float
sternum(float below, MedctVec p, float c, const Row *row)
{
  if (p.y > 0 || p.z < -78 || p.z > 100)
    return below;
  float half = p.z > 52 ? 15 + 13 * (p.z - 52) / 48 : 15 - 3 * medct_shape_step(-20, 50, p.z);
  half -= 10 * medct_shape_step(-58, -78, p.z);
  float x = MAX(fabsf(p.x) - half + 4, 0.0f), y = c - 6;
  float joint = fabsf(p.z - 50) < 1.2f ? 6 : 0;
  return bone(below, sqrtf(x * x + y * y) - 5 + joint, 1.4f, row->patient->marrow * 0.7f,
              row->edge);
}

static float
scapula(float below, MedctVec p, float c, const Row *row)
{
  float x = fabsf(p.x);
  if (p.y < 10 || p.z < -30 || p.z > 118)
    return below;
  float inner = 58 + 0.04f * p.z, outer = 74 + 0.52f * (p.z + 30);
  float inside = MAX(inner - x, x - MIN(outer, 138.0f));
  float border = medct_shape_step(-14, 0, inside);
  float plane = fabsf(c - 21) - 1.6f - 2.6f * border;
  return bone(below, MAX(plane, inside), 1.6f, 260, row->edge);
}

/* ---- soft parts ------------------------------------------------------------------------------ */

/* Fat, and in breasts the gland behind it. */
static float
subcutaneous(MedctVec p, float s, float c, int i, const Row *row)
{
  float fat = -103 + 0.5f * GRAIN_HU * row->fine[i];
  if (!row->patient->female || c < 30 || s > -9 || p.y > -60 || fabsf(p.z + 22) > 55)
    return fat;
  float gland = row->cloud[i] + 0.04f * (c - 45) + 1.4f * (row->patient->gland - 0.5f);
  return over(fat, 30, medct_shape_step(-0.2f, 0.7f, gland) * medct_shape_step(30, 42, c));
}

static float
wall(MedctVec p, int i, const Row *row)
{
  const MedctPatient *patient = row->patient;
  float c = row->cage[i], s = row->skin[i], edge = row->edge;
  float muscle = patient->muscle + 0.8f * GRAIN_HU * row->fine[i];
  /* Negative in what lies deeper than the fat; in front the breast begins behind the muscle. */
  float outer = s + row->fat[i], front = medct_shape_step(-20, -60, p.y);
  outer = MAX(outer, c - 22 - 70 * (1 - front) - 70 * medct_shape_step(25, 70, p.z));
  float thick = 0.7f + 0.8f * medct_shape_step(40, 110, p.z);
  /* Sheets of fat part the muscles: one close over the ribs, others where the noise changes sign.
   */
  float sheet = fabsf(SHEET_MM * row->sheet[i]) - thick;
  float layer = fabsf(c - 13.0f - 0.1f * SHEET_MM * row->sheet[i]) - thick;
  float hu = over(muscle, -95, share(MAX(MIN(sheet, layer), 11.0f - c), edge));
  hu = over(subcutaneous(p, s, c, i, row), hu, share(outer, edge));
  if (c > -2 && c < 14) {
    hu = over(hu, -60, 0.5f * share(fabsf(c + 0.2f) - 0.5f, edge));
    hu = rib(hu, p, c, row);
    hu = sternum(hu, p, c, row);
  } else if (c > 14 && c < 32) {
    hu = scapula(hu, p, c, row);
  }
  return over(hu, 15, share(-1.5f - s, edge));
}

static float
couch(MedctVec p, const Row *row)
{
  const MedctPatient *patient = row->patient;
  float along = p.x * patient->down.x + p.y * patient->down.y;
  float across = p.x * patient->down.y - p.y * patient->down.x;
  float back =
      (patient->down.y != 0 ? patient->depth + 25 + 0.8f * patient->fat + 8 * patient->down.y
                            : patient->width + 27 + patient->fat);
  float depth = along - back - 9 + across * across / 1900;
  if (fabsf(across) > 215 || depth < -2 || depth > 26)
    return -1000;
  float shell = MIN(fabsf(depth), fabsf(depth - 24)) - 1.2f;
  return over(depth > 0 && depth < 24 ? -955 : -1000, -350, share(shell, row->edge));
}

/* ---- lung ------------------------------------------------------------------------------------ */

static float
parenchyma(MedctVec p, int i, const Row *row)
{
  const MedctPatient *patient = row->patient;
  float deep = medct_vec_dot(p, patient->down);
  return patient->lung + patient->gradient * deep + 9 * row->cloud[i] +
         1.2f * GRAIN_HU * row->fine[i];
}

static float
fissure(float below, MedctVec p, const Row *row, int i)
{
  float d = fabsf(p.z - medct_thorax_oblique(p) + 0.7f * row->cloud[i]) * 0.7f - 0.35f;
  if (p.x < 0 && p.z > medct_thorax_oblique(p))
    d = MIN(d, fabsf(p.z - medct_thorax_horizontal(p) + 0.7f * row->cloud[i]) - 0.35f);
  float edge = MAX(row->edge, 1.0f);
  return over(below, -560, MIN(1.0f, 0.9f / edge) * share(d, edge));
}

static void
paint_voxel(MedctSlab *slab, gsize at, MedctVec p, int i, const Row *row)
{
  float s = row->skin[i], c = row->cage[i], l = row->lung[i], edge = row->edge;
  float in_body = share(s, edge), in_lung = share(l, edge);
  float hu = -1000;
  slab->lung[at] = in_lung;
  if (in_body < 1)
    hu = couch(p, row);
  if (in_body > 0 && in_lung < 1) {
    float fatty = -95 + 0.7f * GRAIN_HU * row->fine[i];
    float soft = c > -1.5f ? wall(p, i, row) : fatty;
    hu = over(hu, soft, in_body);
  }
  if (in_lung > 0)
    hu = over(hu, fissure(parenchyma(p, i, row), p, row, i), in_lung);
  slab->hu[at] = hu;
}

static void
paint_row(MedctSlab *slab, Row *row, int j, int k)
{
  const MedctScene *scene = row->scene;
  MedctVec p = {slab->origin.x, slab->origin.y + (float)j * slab->step.y,
                slab->origin.z + (float)k * slab->step.z};
  float x0 = slab->origin.x, dx = slab->step.x;
  int n = slab->nx;
  medct_lattice_row(scene->skin, p.y, p.z, x0, dx, n, row->skin);
  medct_lattice_row(scene->cage, p.y, p.z, x0, dx, n, row->cage);
  medct_lattice_row(scene->lung, p.y, p.z, x0, dx, n, row->lung);
  medct_lattice_row(scene->fat, p.y, p.z, x0, dx, n, row->fat);
  medct_lattice_row(row->sheets, p.y, p.z, x0, dx, n, row->sheet);
  medct_lattice_row(row->clouds, p.y, p.z, x0, dx, n, row->cloud);
  medct_lattice_row(row->grain, p.y, p.z, x0, dx, n, row->fine);
  gsize at = ((gsize)k * (gsize)slab->ny + (gsize)j) * (gsize)n;
  for (int i = 0; i < n; i++) {
    p.x = x0 + (float)i * dx;
    paint_voxel(slab, at + (gsize)i, p, i, row);
  }
}

void
medct_slab_paint_body(MedctSlab *slab, const MedctScene *scene)
{
  g_autofree Row *row = g_new(Row, 1);
  row->scene = scene, row->patient = scene->patient, row->edge = slab->edge;
  row->sheets = scene->texture[MEDCT_TEXTURE_SHEETS];
  row->clouds = scene->texture[MEDCT_TEXTURE_CLOUDS];
  row->grain = scene->texture[MEDCT_TEXTURE_GRAIN];
  for (int k = 0; k < slab->nz; k++)
    for (int j = 0; j < slab->ny; j++)
      paint_row(slab, row, j, k);
}
