/* Random numbers that are a function of a key and a position: any one without those before it, so
 * that they do not depend on threads, order or how often they are asked for. SplitMix64 (Steele,
 * Lea, Flood 2014). Thread: any. */
#pragma once

#include <glib.h>

static inline guint64
medct_counter_mix(guint64 x)
{
  x += G_GUINT64_CONSTANT(0x9E3779B97F4A7C15);
  x = (x ^ (x >> 30)) * G_GUINT64_CONSTANT(0xBF58476D1CE4E5B9);
  x = (x ^ (x >> 27)) * G_GUINT64_CONSTANT(0x94D049BB133111EB);
  return x ^ (x >> 31);
}

/* A key for everything that is drawn for one named thing. */
static inline guint64
medct_counter_key(guint64 seed, const char *name)
{
  guint64 key = medct_counter_mix(seed);
  for (; *name; name++)
    key = medct_counter_mix(key ^ (guint8)*name);
  return key;
}

/* Uniform in [−1, 1), exact in float. */
static inline float
medct_counter_unit(guint64 key)
{
  return (float)(medct_counter_mix(key) >> 40) * 0x1p-23f - 1;
}
