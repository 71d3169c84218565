#include "phantom/acquisition.h"
#include "phantom/random.h"
#include <string.h>

int
medct_acquisition_reach(const MedctPatient *patient, double slice_mm)
{
  double beyond =
      (patient->thickness - slice_mm) / 2; /* a slice itself is as thick as its spacing */
  return beyond <= 0 ? 0 : (int)ceil(beyond / slice_mm);
}

/* Mean over the thickness, outermost slices in part. */
static void
average_slices(const MedctSlab *slab, int k, const MedctPatient *patient, double slice_mm,
               float *out)
{
  int reach = medct_acquisition_reach(patient, slice_mm);
  gsize n = (gsize)slab->nx * (gsize)slab->ny;
  double side = MAX(0, (patient->thickness - slice_mm) / 2 / slice_mm), total = 1 + 2 * side;
  memset(out, 0, n * sizeof *out);
  for (int d = -reach; d <= reach; d++) {
    double part = CLAMP(side - (abs(d) - 1), 0, 1);
    float w = (float)((d == 0 ? 1 : part) / total);
    const float *in = slab->hu + (gsize)(k + d) * n;
    for (gsize i = 0; i < n; i++)
      out[i] += w * in[i];
  }
}

/* x + a·(x − mean of 3×3): a > 0 enhances edges, a < 0 smooths. `out` ≠ `in`. */
static void
apply_kernel(const float *in, int nx, int ny, float a, float *out)
{
  for (int j = 0; j < ny; j++) {
    const float *mid = in + (gsize)j * (gsize)nx, *up = j > 0 ? mid - nx : mid,
                *down = j + 1 < ny ? mid + nx : mid;
    float *to = out + (gsize)j * (gsize)nx;
    for (int i = 0; i < nx; i++) {
      int l = MAX(i - 1, 0), r = MIN(i + 1, nx - 1);
      float sum = up[l] + up[i] + up[r] + mid[l] + mid[i] + mid[r] + down[l] + down[i] + down[r];
      to[i] = mid[i] + a * (mid[i] - sum * (1.0f / 9));
    }
  }
}

/* Sum of four 16-bit uniforms of a hash, scaled to a standard deviation of 1. */
static void
white_noise(guint64 key, gsize n, float *out)
{
  const float scale = 1 / (0.577f * 65536);
  for (gsize i = 0; i < n; i++) {
    guint64 bits = medct_random_mix(key + i);
    gint32 sum =
        (gint32)((bits & 0xffff) + (bits >> 16 & 0xffff) + (bits >> 32 & 0xffff) + (bits >> 48));
    out[i] = scale * (float)(sum - 131070);
  }
}

/* How strong noise is along a row, as a share: little in air and near the skin, more in the middle
 * and where the shoulders take the rays. */
static void
noise_profile(const MedctSlab *slab, const MedctScene *scene, int j, float z, float *skin)
{
  medct_lattice_row(scene->skin, slab->origin.y + (float)j * slab->step.y, z, slab->origin.x,
                    slab->step.x, slab->nx, skin);
  float shoulders = 1 + 0.7f * medct_shape_step(60, 120, z);
  for (int i = 0; i < slab->nx; i++)
    skin[i] = shoulders * (0.4f + 0.6f * CLAMP(-skin[i] / 80, 0.0f, 1.0f));
}

/* Shoulders, and arms that are not raised, take the rays that run from side to side: whole rows of
 * a slice are too dark or too bright together. HU. */
static float
streak(const MedctPatient *patient, guint64 row_key, float z)
{
  float shoulders = 7 * medct_shape_step(70, 115, z);
  float arms = patient->arms_down ? 10 * medct_shape_step(-60, 40, z) : 0;
  float wave = 0;
  for (guint64 n = 0; n < 3; n++) /* neighbouring rows share two thirds */
    wave += (float)(medct_random_mix(row_key + n) >> 40) * 0x1p-24f - 0.5f;
  return 2 * wave * (shoulders + arms);
}

static void
finish_slice(const MedctSlab *slab, const MedctScene *scene, int k, double mm, const float *hu,
             const float *noise, guint64 streak_key, int16_t *out)
{
  const MedctPatient *p = scene->patient;
  g_autofree float *profile = g_new(float, slab->nx);
  float z = slab->origin.z + (float)k * slab->step.z;
  /* smoothing the noise takes some of it away, edge enhancement adds: the level stays as asked */
  float level = p->noise / sqrtf((float)mm) / (p->kernel < 0 ? 0.62f : 1 + 0.8f * p->kernel);
  for (int j = 0; j < slab->ny; j++) {
    noise_profile(slab, scene, j, z, profile);
    float row = streak(p, streak_key + (guint64)j, z);
    gsize at = (gsize)j * (gsize)slab->nx;
    for (int i = 0; i < slab->nx; i++, at++) {
      float v = hu[at] + profile[i] * (level * noise[at] + row);
      v = v * p->gain + p->offset;
      out[at] = (int16_t)lrintf(CLAMP(v, -1024.0f, 3071.0f));
    }
  }
}

void
medct_acquisition_scan(const MedctSlab *slab, const MedctScene *scene, int first, int n, int64_t k0,
                       double slice_mm, int16_t *out)
{
  const MedctPatient *p = scene->patient;
  MedctRandom stream = medct_random_stream(p->seed, p->index, "noise");
  gsize size = (gsize)slab->nx * (gsize)slab->ny;
  g_autofree float *a = g_new(float, size), *b = g_new(float, size), *c = g_new(float, size);
  double mm = (double)slab->step.x * (double)p->scale;
  for (int k = 0; k < n; k++) {
    average_slices(slab, first + k, p, slice_mm, a);
    apply_kernel(a, slab->nx, slab->ny, p->kernel, b);
    white_noise(stream.key + (guint64)(k0 + k) * size, size, a);
    apply_kernel(a, slab->nx, slab->ny, p->kernel < 0 ? -0.75f : p->kernel, c);
    finish_slice(slab, scene, first + k, mm, b, c, medct_random_mix(stream.key ^ (guint64)(k0 + k)),
                 out + (gsize)k * size);
  }
}
