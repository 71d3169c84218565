#include "model/augmentation.h"
#include "model/counter_random.h"
#include <math.h>

gboolean
medct_augmentation_limits_any(const MedctAugmentationLimits *limits)
{
  return limits->shift > 0 || limits->noise_hu > 0 || limits->offset_hu > 0;
}

guint64
medct_augmentation_turn(guint64 epoch, guint item)
{
  return epoch << 32 | item;
}

MedctAugmentation
medct_augmentation_draw(const MedctAugmentationLimits *limits, guint64 seed, guint64 draw)
{
  MedctAugmentation a = {.key = medct_counter_key(seed, "augmentation") ^ medct_counter_mix(draw)};
  for (int axis = 0; axis < 3; axis++)
    a.shift[axis] =
        (int)floorf(medct_counter_unit(a.key + axis) * ((float)limits->shift + 0.5f) + 0.5f);
  a.noise = fabsf(medct_counter_unit(a.key + 3)) * (float)limits->noise_hu;
  a.offset = medct_counter_unit(a.key + 4) * (float)limits->offset_hu;
  return a;
}

/* ---- noise ---------------------------------------------------------------------------------- */

/* Sums of twelve uniform numbers: near enough to normal for noise, and the same everywhere. */
float *
medct_augmentation_noise_new(guint64 seed)
{
  guint64 key = medct_counter_key(seed, "noise");
  float *noise = g_new0(float, MEDCT_AUGMENTATION_NOISE);
  for (int i = 0; i < MEDCT_AUGMENTATION_NOISE; i++)
    for (int j = 0; j < 12; j++)
      noise[i] += medct_counter_unit(key + (guint64)i * 12 + j) * 0.5f;
  return noise;
}

const float *
medct_augmentation_row(const MedctAugmentation *a, const float *noise, guint64 row, int n)
{
  return noise + medct_counter_mix(a->key + 16 + row) % (guint64)(MEDCT_AUGMENTATION_NOISE - n);
}

/* ---- a tensor ------------------------------------------------------------------------------- */

/* One row along p; `from` is NULL where it lies outside. */
static void
apply_row(const MedctAugmentation *a, const MedctConfig *config, float *to, const float *from,
          const float *noise)
{
  const float low = (float)(config->clip_hu[0] / 1000), high = (float)(config->clip_hu[1] / 1000);
  const float offset = a->offset / 1000, sd = a->noise / 1000;
  int n = config->image, shift = a->shift[2];
  for (int i = 0; i < n; i++) {
    gboolean inside = from != NULL && i - shift >= 0 && i - shift < n;
    to[i] = fminf(fmaxf((inside ? from[i - shift] : low) + offset + sd * noise[i], low), high);
  }
}

void
medct_augmentation_apply(const MedctAugmentation *a, const float *noise, const MedctConfig *config,
                         float *to, const float *from)
{
  int F = config->frames, n = config->image;
  for (int s = 0; s < F; s++)
    for (int l = 0; l < n; l++) {
      int from_s = s - a->shift[0], from_l = l - a->shift[1];
      gboolean inside = from_s >= 0 && from_s < F && from_l >= 0 && from_l < n;
      gsize row = (gsize)s * n + l;
      apply_row(a, config, to + row * n, inside ? from + ((gsize)from_s * n + from_l) * n : NULL,
                medct_augmentation_row(a, noise, row, n));
    }
}
